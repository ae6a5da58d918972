package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's.
type settings struct {
	// Languages are tesseract's words for them, as installed.
	Languages []string `json:"languages"`
	// Tesseract and Pdftoppm are the programs.
	Tesseract string `json:"tesseract"`
	Pdftoppm  string `json:"pdftoppm"`
	// Pages is how many pages of one part are read at most.
	Pages int `json:"pages"`
	// Seconds is how long one part may take, all pages together.
	Seconds int `json:"seconds"`
	// MaxSize is the largest part that is read, bytes.
	MaxSize int64 `json:"max_size"`
	// Scratch is a folder in memory for the part while it is read.
	Scratch string `json:"scratch"`
}

func defaults() *settings {
	return &settings{Languages: []string{"eng"}, Tesseract: "/usr/bin/tesseract", Pdftoppm: "/usr/bin/pdftoppm",
		Pages: 20, Seconds: 50, MaxSize: 50 << 20, Scratch: "/dev/shm"}
}

// inspector reads pictures.
type inspector struct{ settings atomic.Pointer[settings] }

func (i *inspector) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "ocr", Version: "1", Inspects: true, Reads: true, Types: []string{"image/*", "application/pdf"}}, nil
}

func (i *inspector) Configure(ctx context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s := defaults()
	wrong := sdk.DecodeSettings(raw, s)
	if len(wrong) == 0 {
		wrong = s.check(ctx)
	}
	if len(wrong) == 0 && !checkOnly {
		i.settings.Store(s)
	}
	return wrong, nil
}

var language = regexp.MustCompile(`^[A-Za-z_]{2,20}$`)

func (s *settings) check(ctx context.Context) (wrong []sdk.Diagnostic) {
	add := func(path, format string, args ...any) {
		wrong = append(wrong, sdk.Diagnostic{Path: path, Text: fmt.Sprintf(format, args...)})
	}
	if _, err := exec.LookPath(s.Pdftoppm); err != nil {
		add("pdftoppm", "%v; as root: apt-get install poppler-utils", err)
	}
	if _, err := exec.LookPath(s.Tesseract); err != nil {
		add("tesseract", "%v; as root: apt-get install tesseract-ocr", err)
	} else {
		for _, l := range s.missing(ctx) {
			add("languages", "tesseract has no %q; as root: apt-get install tesseract-ocr-%s", l, strings.ReplaceAll(l, "_", "-"))
		}
	}
	if len(s.Languages) == 0 {
		add("languages", "is empty; want at least one of tesseract's languages")
	}
	if s.Pages < 1 || s.Pages > 1000 {
		add("pages", "read %d, want 1 to 1000", s.Pages)
	}
	if s.Seconds < 1 || s.Seconds > 600 {
		add("seconds", "read %d, want 1 to 600", s.Seconds)
	}
	if s.MaxSize < 1 {
		add("max_size", "read %d, want a number of bytes", s.MaxSize)
	}
	if info, err := os.Stat(s.Scratch); err != nil || !info.IsDir() {
		add("scratch", "read %q, want a folder", s.Scratch)
	}
	return wrong
}

// missing are the languages that tesseract hasn't.
func (s *settings) missing(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, s.Tesseract, "--list-langs").Output()
	have := strings.Fields(string(out))
	return slices.DeleteFunc(slices.Clone(s.Languages), func(l string) bool {
		return err == nil && language.MatchString(l) && slices.Contains(have, l)
	})
}

// Inspect reads one part.
func (i *inspector) Inspect(ctx context.Context, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	s := i.settings.Load()
	if s == nil {
		return sdk.Inspection{}, errors.New("the plugin has no settings yet")
	}
	if part.Size > s.MaxSize {
		return sdk.Inspection{Scanned: "none", Problems: []string{"ocr-too-large"}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Seconds)*time.Second)
	defer cancel()
	w, err := s.begin(content)
	if err != nil {
		return sdk.Inspection{}, err
	}
	defer w.end()
	if part.Type == "application/pdf" {
		w.pages(ctx)
	} else {
		w.picture(ctx, w.file)
	}
	return w.answer(), nil
}
