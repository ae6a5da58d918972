package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/plugins/sdktest"
)

// The test's own signature: clamd knows nothing else, and needs no network.
const marker = "sealpost-test-malware-marker"

// startClamd runs a real clamd with one signature and small limits.
func startClamd(t *testing.T) (address string) {
	t.Helper()
	clamd, err := exec.LookPath("clamd")
	if err != nil {
		t.Fatal("clamd isn't installed; as root: apt-get install --no-install-recommends clamav-daemon")
	}
	dir, err := os.MkdirTemp("/tmp", "clamd") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("test.ndb", fmt.Sprintf("Sealpost.Test:0:*:%x\n", marker))
	write("clamd.conf", fmt.Sprintf("DatabaseDirectory %s\nLocalSocket %s\nForeground yes\nStreamMaxLength 1M\nAlertExceedsMax yes\nUser root\nOfficialDatabaseOnly no\n", dir, socket))
	cmd := exec.Command(clamd, "--config-file", filepath.Join(dir, "clamd.conf"))
	out := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 600 {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return "unix:" + socket
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("clamd doesn't answer:\n%s", out)
	return ""
}

func inspect(t *testing.T, settings, content string) sdk.Inspection {
	t.Helper()
	conn := sdktest.Start(t, &inspector{}, settings)
	got, err := conn.Inspect(t.Context(), sdk.Part{Job: "id", Path: "1", Type: "text/plain", Size: int64(len(content))}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A real clamd sees what its signatures know, and what it can't look at is
// never clean.
func TestClamd(t *testing.T) {
	address := startClamd(t)
	seen := sdk.Inspection{Scanned: "full", Findings: []sdk.Finding{{Detector: "malware", Category: "own", Confidence: "high", Count: 1, Masked: "•••"}}}
	large := sdk.Inspection{Scanned: "partial", Problems: []string{"malware-scan-too-large"}}
	for name, c := range map[string]struct {
		content string
		maxSize int
		want    sdk.Inspection
	}{
		"clean":                       {"a letter", 1 << 20, sdk.Inspection{Scanned: "full"}},
		"empty":                       {"", 1 << 20, sdk.Inspection{Scanned: "full"}},
		"malware":                     {"text " + marker + " text", 1 << 20, seen},
		"malware behind a chunk":      {strings.Repeat("x", chunkSize+5) + marker, 1 << 20, seen},
		"over our limit":              {strings.Repeat("x", 1000), 999, large},
		"over clamd's limit, unknown": {strings.Repeat("x", 3<<20) + marker, 100 << 20, large},
	} {
		t.Run(name, func(t *testing.T) {
			settings := fmt.Sprintf(`{"address": %q, "max_size": %d}`, address, c.maxSize)
			if d := cmp.Diff(c.want, inspect(t, settings, c.content)); d != "" {
				t.Error(d)
			}
		})
	}
}

// Whatever answers in clamd's place, "nothing found" needs clamd's own word.
func TestNoVerdict(t *testing.T) {
	for name, reply := range map[string]string{
		"rubbish": "hello\x00", "empty": "\x00", "cut": "stream: O", "error": "stream: Can't open file ERROR\x00",
		"nothing": "", "another's": "other: OK\x00", "no name": "stream:  FOUND\x00",
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = bufio.NewReader(conn).ReadString(0)
				_, _ = conn.Write([]byte(reply))
			}()
			got := inspect(t, fmt.Sprintf(`{"address": "tcp:%s"}`, ln.Addr()), "text")
			if got.Scanned != "partial" || len(got.Problems) != 1 || got.Problems[0] != "malware-scan-unavailable" {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := inspect(t, `{"address": "unix:/nowhere/clamd"}`, "text"); got.Scanned != "partial" {
		t.Errorf("without clamd: %+v", got)
	}
}

// A part that breaks off was not seen whole, whatever clamd says of it.
func TestBrokenPart(t *testing.T) {
	if _, err := understand("stream: OK", errors.New("broken")); err == nil {
		t.Error("half a part is clean")
	}
	if v, err := understand("stream: Eicar FOUND", errors.New("broken")); err != nil || v.Signature != "Eicar" {
		t.Errorf("what was found in half a part was lost: %v %v", v, err)
	}
}

// A clamd that hangs is waited for as long as the settings say.
func TestHang(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := scan(ctx, "tcp", ln.Addr().String(), strings.NewReader("text")); err == nil {
		t.Error("a clamd that says nothing gave a verdict")
	}
}

func TestSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"address": "clamd"}`: "address", `{"address": "unix:clamd"}`: "address", `{"address": "tcp:3310"}`: "address",
		`{"max_size": 0}`: "max_size", `{"seconds": 0}`: "seconds", `{"oops": 1}`: "oops",
	} {
		if got := sdktest.Diagnostics(t, &inspector{}, settings); len(got) != 1 || got[0].Path != want {
			t.Errorf("%s: got %v, want one about %s", settings, got, want)
		}
	}
}
