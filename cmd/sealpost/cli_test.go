package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/api"
)

var update = flag.Bool("update", false, "rewrite what is expected")

// Each testdata/cli/NN-name.txtar is a session: lines that begin with "$ "
// are typed one after the other in a folder with the archive's files; "want"
// is what a terminal then shows, with exit codes.
func TestCommandLine(t *testing.T) {
	files, err := filepath.Glob("testdata/cli/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { session(t, file) })
	}
}

var revisions = regexp.MustCompile(`\b[0-9a-f]{24}\b`)

func session(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "spc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	want := ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		name := filepath.Join(dir, f.Name)
		content := strings.ReplaceAll(string(f.Data), "$DIR", dir)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), mode(name))); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	pretend(t, filepath.Join(dir, "admin"))
	var screen strings.Builder
	for line := range strings.Lines(string(archive.Comment)) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ sealpost "); ok {
			screen.WriteString(typed(strings.ReplaceAll(command, "$DIR", dir), dir))
		}
	}
	got := strings.ReplaceAll(screen.String(), dir, "$DIR")
	got = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`).ReplaceAllString(got, "$$NOW")
	got = regexp.MustCompile(`"built":"[^"]*"|"hash":"[^"]*"`).ReplaceAllString(got, `"$$NEW"`)
	got = revisions.ReplaceAllString(got, "$$REVISION") // another one with each field that policies may read
	if *update {
		keep := archive.Files[:0]
		for _, f := range archive.Files {
			if f.Name != "want" {
				keep = append(keep, f)
			}
		}
		archive.Files = append(keep, txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// mode is that of keys, or of other files.
func mode(name string) os.FileMode {
	if filepath.Ext(name) == ".key" {
		return 0o600
	}
	return 0o644
}

// typed is what a terminal shows for one command.
func typed(command, dir string) string {
	var out, errs bytes.Buffer
	code := run(context.Background(), strings.Fields(command), strings.NewReader(""), &out, &errs)
	s := "$ sealpost " + command + "\n" + out.String()
	for line := range strings.Lines(errs.String()) {
		s += "stderr: " + line
	}
	return s + fmt.Sprintf("[exit %d]\n", code)
}

// pretend answers on an admin socket like a daemon of which one plugin is
// degraded.
func pretend(t *testing.T, path string) {
	t.Helper()
	loaded := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := api.Daemon{
		Status: func(context.Context) api.Status {
			return api.Status{Version: "1.0", PID: 7, Started: loaded, LaterRecipients: "expand",
				Policy: api.Policy{Revision: "abc123", Loaded: loaded, Refused: "x.rego:3:1: unknown level \"tsl\""},
				Plugins: []api.Plugin{{Name: "tls", Version: "1", State: "up", PID: 8, Treatments: []string{"tls"}},
					{Name: "pdf", State: "degraded", Restarts: 3, Treatments: []string{"pdf"}, Problem: "died three times in a minute"}}}
		},
		Restart: func(_ context.Context, name string) error {
			if name != "tls" {
				return fmt.Errorf("plugin %s: %w", name, api.ErrUnknown)
			}
			return nil
		},
		Reload: func(context.Context) error { return nil },
	}
	l, err := api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- api.Serve(ctx, l, d.Handler()) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Every command has a sentence and an example, and its flags have words.
func TestEveryCommandIsExplained(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: short %q, example %q; want both", c.CommandPath(), c.Short, c.Example)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand(&app{errs: os.Stderr}))
}

// The man pages can be made, one for each command.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if code := run(context.Background(), []string{"man", dir}, nil, os.Stdout, os.Stderr); code != exitFine {
		t.Fatalf("exit code %d", code)
	}
	for _, name := range []string{"sealpost.8", "sealpost-setup-postfix.8", "sealpost-config-check.8"} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Contains(content, []byte("EXAMPLE")) {
			t.Errorf("%s: %v, want a page with an example", name, err)
		}
	}
}
