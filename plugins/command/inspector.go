package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's.
type settings struct {
	// Program is the program's absolute path, Arguments what it gets. In them
	// {type} stands for the part's media type.
	Program   string   `json:"program"`
	Arguments []string `json:"arguments"`
	// Env is the program's whole environment.
	Env map[string]string `json:"env"`
	// Types are the media types that it wants to see; empty: all.
	Types []string `json:"types"`
	// Text says that its standard output is the part's text, and that a part
	// counts as read when the program has read it.
	Text bool `json:"text"`
	// Found are the exit codes that mean "seen", Clean those that mean "not
	// seen". All others mean that it could not tell.
	Found []int `json:"found"`
	Clean []int `json:"clean"`
	// Detector, Category and Confidence are what is reported where it saw
	// something.
	Detector   string `json:"detector"`
	Category   string `json:"category"`
	Confidence string `json:"confidence"`
	// Seconds is how long it may take, MaxOutput how much text it may write.
	Seconds   int   `json:"seconds"`
	MaxOutput int64 `json:"max_output"`
}

func defaults() *settings {
	return &settings{Found: []int{1}, Clean: []int{0}, Detector: "command", Category: "own", Confidence: "high",
		Seconds: 30, MaxOutput: 8 << 20}
}

// inspector shows parts to a program.
type inspector struct{ settings atomic.Pointer[settings] }

func (i *inspector) Describe(context.Context) (sdk.Description, error) {
	d := sdk.Description{Name: "command", Version: "1", Inspects: true}
	if s := i.settings.Load(); s != nil {
		d.Types, d.Reads = s.Types, s.Text
	}
	return d, nil
}

func (i *inspector) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s := defaults()
	wrong := sdk.DecodeSettings(raw, s)
	if len(wrong) == 0 {
		wrong = s.check()
	}
	if len(wrong) == 0 && !checkOnly {
		i.settings.Store(s)
	}
	return wrong, nil
}

// check says all that is wrong with the values.
func (s *settings) check() (wrong []sdk.Diagnostic) {
	add := func(path, format string, args ...any) {
		wrong = append(wrong, sdk.Diagnostic{Path: path, Text: fmt.Sprintf(format, args...)})
	}
	switch info, err := os.Stat(s.Program); {
	case s.Program == "":
		add("program", "is missing; want the absolute path of a program")
	case !filepath.IsAbs(s.Program):
		add("program", "read %q, want an absolute path", s.Program)
	case err != nil:
		add("program", "%v", err)
	case info.IsDir() || info.Mode()&0o111 == 0:
		add("program", "%s can't be executed", s.Program)
	}
	if !slices.Contains([]string{"personal", "financial", "health", "secret", "contact", "own"}, s.Category) {
		add("category", "read %q, want personal, financial, health, secret, contact or own", s.Category)
	}
	if !slices.Contains([]string{"low", "medium", "high"}, s.Confidence) {
		add("confidence", "read %q, want low, medium or high", s.Confidence)
	}
	if len(s.Clean) == 0 {
		add("clean", "is empty; want at least one exit code, or nothing ever counts as looked at")
	}
	for _, code := range s.Found {
		if slices.Contains(s.Clean, code) {
			add("found", "the exit code %d stands in clean, too", code)
		}
	}
	if s.Seconds < 1 || s.Seconds > 600 {
		add("seconds", "read %d, want 1 to 600", s.Seconds)
	}
	if s.MaxOutput < 1 || s.MaxOutput > 16<<20 {
		add("max_output", "read %d, want 1 to 16777216 bytes", s.MaxOutput)
	}
	return wrong
}

// Inspect runs the program on one part.
func (i *inspector) Inspect(ctx context.Context, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	s := i.settings.Load()
	if s == nil {
		return sdk.Inspection{}, errors.New("the plugin has no settings yet")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Seconds)*time.Second)
	defer cancel()
	out := &limited{left: s.MaxOutput}
	code, err := s.run(ctx, part, content, out)
	if err != nil {
		return unable("command-failed"), nil
	}
	switch {
	case slices.Contains(s.Found, code):
		return s.answer(out, []sdk.Finding{{Detector: s.Detector, Category: s.Category, Confidence: s.Confidence, Count: 1, Masked: "•••"}}), nil
	case slices.Contains(s.Clean, code):
		return s.answer(out, nil), nil
	}
	return unable("command-could-not-tell"), nil
}

// run starts the program and waits for it. The error is nil only where it has
// ended by itself with an exit code.
func (s *settings) run(ctx context.Context, part sdk.Part, content io.Reader, out io.Writer) (code int, err error) {
	args := make([]string, len(s.Arguments))
	for i, a := range s.Arguments {
		args[i] = strings.ReplaceAll(a, "{type}", part.Type)
	}
	cmd := exec.CommandContext(ctx, s.Program, args...)
	cmd.Stdin, cmd.Stdout = content, out
	cmd.Env = []string{}
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Dir = "/"
	// A group of its own, so that what it starts dies with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() && ctx.Err() == nil {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// answer is what is said where the program could tell.
func (s *settings) answer(out *limited, found []sdk.Finding) sdk.Inspection {
	in := sdk.Inspection{Findings: found, Scanned: "full"}
	if !s.Text {
		return in
	}
	in.Text = out.buf.String()
	if !utf8.ValidString(in.Text) {
		in.Text, in.Scanned, in.Problems = strings.ToValidUTF8(in.Text, "\uFFFD"), "partial", []string{"command-output-not-utf-8"}
	}
	if out.left < 0 {
		in.Scanned, in.Problems = "partial", append(in.Problems, "command-output-too-long")
	}
	return in
}

func unable(why string) sdk.Inspection {
	return sdk.Inspection{Scanned: "partial", Problems: []string{why}}
}

// limited keeps the beginning of what is written, and takes the rest.
type limited struct {
	buf  bytes.Buffer
	left int64 // below 0 when something was dropped
}

func (l *limited) Write(p []byte) (int, error) {
	keep := min(int64(len(p)), max(l.left, 0))
	l.buf.Write(p[:keep])
	l.left -= int64(len(p))
	return len(p), nil
}
