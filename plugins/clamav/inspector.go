package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's.
type settings struct {
	// Address is clamd's socket: unix:/path or tcp:host:port.
	Address string `json:"address"`
	// MaxSize is clamd's StreamMaxLength in bytes: what is larger is reported
	// as not seen.
	MaxSize int64 `json:"max_size"`
	// Seconds is how long one part may take.
	Seconds int `json:"seconds"`
}

// inspector shows parts to clamd.
type inspector struct{ settings atomic.Pointer[settings] }

func (i *inspector) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "clamav", Version: "1", Inspects: true}, nil
}

func (i *inspector) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s := &settings{Address: "unix:/run/clamav/clamd.ctl", MaxSize: 25 << 20, Seconds: 30}
	wrong := sdk.DecodeSettings(raw, s)
	if len(wrong) == 0 {
		wrong = s.check()
	}
	if len(wrong) == 0 && !checkOnly {
		i.settings.Store(s)
	}
	return wrong, nil
}

func (s *settings) check() (wrong []sdk.Diagnostic) {
	add := func(path, format string, args ...any) {
		wrong = append(wrong, sdk.Diagnostic{Path: path, Text: fmt.Sprintf(format, args...)})
	}
	network, address := s.dial()
	_, _, err := net.SplitHostPort(address)
	if network == "unix" && !strings.HasPrefix(address, "/") || network == "tcp" && err != nil || network == "" {
		add("address", "read %q, want unix:/path or tcp:host:port", s.Address)
	}
	if s.MaxSize < 1 {
		add("max_size", "read %d, want clamd's StreamMaxLength in bytes", s.MaxSize)
	}
	if s.Seconds < 1 || s.Seconds > 600 {
		add("seconds", "read %d, want 1 to 600", s.Seconds)
	}
	return wrong
}

// dial returns where clamd is; network is "" where that can't be read.
func (s *settings) dial() (network, address string) {
	network, address, _ = strings.Cut(s.Address, ":")
	if network != "unix" && network != "tcp" {
		return "", ""
	}
	return network, address
}

// Inspect has clamd look at one part. The name of what it found isn't told:
// names of signatures may quote what they match.
func (i *inspector) Inspect(ctx context.Context, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	s := i.settings.Load()
	if s == nil {
		return sdk.Inspection{}, errors.New("the plugin has no settings yet")
	}
	if part.Size > s.MaxSize {
		return unseen("malware-scan-too-large"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Seconds)*time.Second)
	defer cancel()
	network, address := s.dial()
	found, err := scan(ctx, network, address, content)
	switch {
	case errors.Is(err, errTooLarge):
		return unseen("malware-scan-too-large"), nil
	case err != nil:
		return unseen("malware-scan-unavailable"), nil
	case found.Signature != "":
		return sdk.Inspection{Scanned: "full", Findings: []sdk.Finding{
			{Detector: "malware", Category: "own", Confidence: "high", Count: 1, Masked: "•••"}}}, nil
	}
	return sdk.Inspection{Scanned: "full"}, nil
}

func unseen(why string) sdk.Inspection {
	return sdk.Inspection{Scanned: "partial", Problems: []string{why}}
}
