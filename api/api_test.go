package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "spa")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "admin")
}

// What the daemon says is what the client hears, and why it refused.
func TestAdminSocket(t *testing.T) {
	path := socket(t)
	want := Status{
		Version: "1", PID: 7, Started: time.Unix(1e9, 0).UTC(), Sessions: 3, LaterRecipients: "strict",
		Policy: Policy{Revision: "abc", Refused: "x.rego:3: unknown level"}, Plugins: []Plugin{{Name: "tls", State: "running"}},
	}
	restarted := ""
	d := Daemon{
		Status: func(context.Context) Status { return want },
		Restart: func(_ context.Context, name string) error {
			if restarted = name; name != "tls" {
				return fmt.Errorf("plugin %q: %w", name, ErrUnknown)
			}
			return nil
		},
		Reload: func(context.Context) error { return errors.New("sealpost.yaml:3:1: wrong") },
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error)
	go func() { served <- Serve(ctx, l, d.Handler()) }()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("socket: %v %v, want mode 660", info, err)
	}
	if _, err := Listen(path); err == nil {
		t.Error("a second daemon took the socket of one that answers")
	}
	c := NewClient("unix:" + path)
	got, err := c.Status(ctx)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("status: %v\n%s", err, diff)
	}
	if p, err := c.Plugins(ctx); err != nil || !cmp.Equal(p, want.Plugins) {
		t.Errorf("plugins: %v %v", p, err)
	}
	if p, err := c.Policy(ctx); err != nil || !cmp.Equal(p, want.Policy) {
		t.Errorf("policy: %v %v", p, err)
	}
	if err := c.Restart(ctx, "tls"); err != nil || restarted != "tls" {
		t.Errorf("restart: %v, restarted %q", err, restarted)
	}
	if err := c.Restart(ctx, "a/../b"); !errors.Is(err, ErrUnknown) || restarted != "a/../b" {
		t.Errorf("restart of none: %v, asked for %q", err, restarted)
	}
	if err := c.Reload(ctx); err == nil || err.Error() != "sealpost.yaml:3:1: wrong" {
		t.Errorf("reload: %v", err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if _, err := c.Status(context.Background()); !errors.Is(err, ErrNoDaemon) {
		t.Errorf("after the end: %v, want %v", err, ErrNoDaemon)
	}
}

// A socket file that a killed daemon left doesn't keep the next one away; a
// file that isn't a socket isn't removed.
func TestListenReplacesDeadSocket(t *testing.T) {
	path := socket(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
	l.Close()
	if l, err = Listen(path); err != nil {
		t.Fatalf("a dead socket: %v", err)
	}
	l.Close()
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil {
		t.Error("a plain file was replaced")
	}
}

// Every method shows in /metrics under its name.
func TestMetrics(t *testing.T) {
	m := NewMetrics()
	m.Message("accept")
	m.Recipient("content", "pdf")
	m.Recipient("opportunistic", "")
	m.Stage(StageDecide, 2*time.Millisecond)
	m.PluginState("tls", "starting")
	m.PluginState("tls", "running")
	m.Reload("policy", true)
	m.Reload("policy", false)
	m.Sessions(2)
	m.Sessions(-1)
	m.Spool(func() (int64, int) { return 4096, 2 })
	m.GuardRefused()
	m.Injected("done")
	m.LogQuestion("committed")
	m.Message("bob@partner.example")
	body := scrape(t, m)
	for _, want := range []string{
		`sealpost_messages_total{verdict="accept"} 1`,
		`sealpost_messages_total{verdict="other"} 1`,
		`sealpost_recipients_total{level="content",treatment="pdf"} 1`,
		`sealpost_recipients_total{level="opportunistic",treatment="none"} 1`,
		`sealpost_stage_seconds_bucket{stage="decide",le="0.0025"} 1`,
		`sealpost_plugin_state{plugin="tls",state="running"} 1`,
		`sealpost_reloads_total{kind="policy",result="ok"} 1`,
		`sealpost_reloads_total{kind="policy",result="refused"} 1`,
		`sealpost_sessions 1`,
		`sealpost_spool_bytes 4096`,
		`sealpost_spool_messages 2`,
		`sealpost_guard_refused_total 1`,
		`sealpost_injected_total{result="done"} 1`,
		`sealpost_log_questions_total{result="committed"} 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
	for _, never := range []string{"bob@", `state="starting"`} {
		if strings.Contains(body, never) {
			t.Errorf("%q stands in the metrics", never)
		}
	}
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	s := httptest.NewServer(m.Handler())
	defer s.Close()
	resp, err := s.Client().Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
