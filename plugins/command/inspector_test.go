package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/plugins/sdktest"
)

// script writes a program.
func script(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
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

// The exit code says what the program saw; whatever it can't say leaves the
// part unread.
func TestExitCodes(t *testing.T) {
	seen := []sdk.Finding{{Detector: "word", Category: "own", Confidence: "medium", Count: 1, Masked: "•••"}}
	for name, c := range map[string]struct {
		body string
		want sdk.Inspection
	}{
		"clean":               {"cat >/dev/null; exit 0", sdk.Inspection{Scanned: "full"}},
		"found":               {"grep -q secret && exit 1; exit 0", sdk.Inspection{Scanned: "full", Findings: seen}},
		"another code":        {"exit 7", sdk.Inspection{Scanned: "partial", Problems: []string{"command-could-not-tell"}}},
		"killed":              {"kill -9 $$", sdk.Inspection{Scanned: "partial", Problems: []string{"command-failed"}}},
		"hangs":               {"sleep 100", sdk.Inspection{Scanned: "partial", Problems: []string{"command-failed"}}},
		"leaves a child":      {"sleep 100 & exit 0", sdk.Inspection{Scanned: "partial", Problems: []string{"command-failed"}}},
		"reads nothing":       {"exit 0", sdk.Inspection{Scanned: "full"}},
		"no inherited secret": {`[ -z "$SEALPOST_TASK_KEY$HOME" ]`, sdk.Inspection{Scanned: "full"}},
	} {
		t.Run(name, func(t *testing.T) {
			settings := fmt.Sprintf(`{"program": %q, "detector": "word", "confidence": "medium", "seconds": 1}`, script(t, c.body))
			began := time.Now()
			if d := cmp.Diff(c.want, inspect(t, settings, strings.Repeat("a secret\n", 50_000))); d != "" {
				t.Error(d)
			}
			if time.Since(began) > 30*time.Second {
				t.Error("the program was waited for")
			}
		})
	}
}

// The program's output is the part's text, as far as it may go.
func TestText(t *testing.T) {
	echo := script(t, "tr a-z A-Z")
	if got := inspect(t, fmt.Sprintf(`{"program": %q, "text": true}`, echo), "words"); got.Text != "WORDS" || got.Scanned != "full" {
		t.Errorf("got %+v", got)
	}
	if got := inspect(t, fmt.Sprintf(`{"program": %q, "text": true, "max_output": 3}`, echo), "words"); got.Text != "WOR" || got.Scanned != "partial" {
		t.Errorf("got %+v", got)
	}
	if got := inspect(t, fmt.Sprintf(`{"program": %q, "text": true}`, script(t, `printf 'a\377b'`)), "x"); got.Text != "a\uFFFDb" || got.Scanned != "partial" {
		t.Errorf("got %+v", got)
	}
}

func TestSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{}`:                         "program",
		`{"program": "grep"}`:        "program",
		`{"program": "/none"}`:       "program",
		`{"program": "/etc/passwd"}`: "program",
		`{"program": "/bin/true", "category": "x"}`:                "category",
		`{"program": "/bin/true", "confidence": "x"}`:              "confidence",
		`{"program": "/bin/true", "seconds": 0}`:                   "seconds",
		`{"program": "/bin/true", "clean": []}`:                    "clean",
		`{"program": "/bin/true", "found": [0], "clean": [0]}`:     "found",
		`{"program": "/bin/true", "max_output": 0}`:                "max_output",
		`{"program": "/bin/true", "arguments": ["-x"], "oops": 1}`: "oops",
	} {
		if got := sdktest.Diagnostics(t, &inspector{}, settings); len(got) != 1 || got[0].Path != want {
			t.Errorf("%s: got %v, want one about %s", settings, got, want)
		}
	}
	if got := sdktest.Diagnostics(t, &inspector{}, `{"program": "/bin/true"}`); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
