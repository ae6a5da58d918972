package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNoDaemon says that nobody answers on the admin socket.
var ErrNoDaemon = errors.New("the daemon doesn't answer")

// Client asks the daemon.
type Client struct{ http *http.Client }

// NewClient returns a client for an admin socket, "unix:/path". Nothing is
// opened before the first question.
func NewClient(listen string) *Client {
	path := strings.TrimPrefix(listen, "unix:")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("%w on %s: %w", ErrNoDaemon, path, err)
		}
		return conn, nil
	}
	return &Client{&http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status returns the daemon's state.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	return s, c.ask(ctx, http.MethodGet, "/status", &s)
}

// Plugins returns the state of each plugin.
func (c *Client) Plugins(ctx context.Context) ([]Plugin, error) {
	var p []Plugin
	return p, c.ask(ctx, http.MethodGet, "/plugins", &p)
}

// Policy returns the policy in force.
func (c *Client) Policy(ctx context.Context) (Policy, error) {
	var p Policy
	return p, c.ask(ctx, http.MethodGet, "/policy", &p)
}

// Restart restarts a plugin; ErrUnknown if there is none of that name.
func (c *Client) Restart(ctx context.Context, plugin string) error {
	return c.ask(ctx, http.MethodPost, "/plugins/"+url.PathEscape(plugin)+"/restart", nil)
}

// Reload has the daemon read configuration and policy again. The error is why
// it kept the old ones.
func (c *Client) Reload(ctx context.Context) error {
	return c.ask(ctx, http.MethodPost, "/reload", nil)
}

func (c *Client) ask(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://sealpost"+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var f failure
		if json.Unmarshal(body, &f) != nil || f.Error == "" {
			f.Error = resp.Status
		}
		if resp.StatusCode == http.StatusNotFound {
			return unknown(f.Error)
		}
		return errors.New(f.Error)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	return nil
}

// unknown is ErrUnknown in the daemon's words.
type unknown string

func (u unknown) Error() string { return string(u) }

func (u unknown) Is(target error) bool { return target == ErrUnknown }
