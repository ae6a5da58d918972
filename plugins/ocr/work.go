package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// Limits of what the programs may make.
const (
	maxText = 8 << 20 // of all pages, bytes
	dpi     = 200     // at which pages become pictures
	maxSide = 6000    // of a page's picture, pixels
)

// work is the reading of one part.
type work struct {
	*settings
	dir, file string
	text      bytes.Buffer
	read      int      // pages or pictures that were read
	problems  []string // why not all
}

// begin puts the part into a folder of its own, which nobody else can read.
func (s *settings) begin(content io.Reader) (*work, error) {
	dir, err := os.MkdirTemp(s.Scratch, "sealpost-ocr-")
	if err != nil {
		return nil, fmt.Errorf("making room for a part: %w", err)
	}
	w := &work{settings: s, dir: dir, file: filepath.Join(dir, "part")}
	f, err := os.OpenFile(w.file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err == nil {
		_, err = io.Copy(f, content)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeping a part: %w", err), os.RemoveAll(dir))
	}
	return w, nil
}

func (w *work) end() { _ = os.RemoveAll(w.dir) }

// picture reads one picture.
func (w *work) picture(ctx context.Context, file string) {
	out, err := w.run(ctx, w.Tesseract, file, "stdout", "-l", strings.Join(w.Languages, "+"), "--psm", "3")
	if err != nil {
		w.fail(ctx, "ocr-failed")
		return
	}
	w.read++
	if w.text.Len()+len(out) > maxText {
		w.lost("ocr-too-much-text")
		return
	}
	w.text.Write(out)
	w.text.WriteString("\n\n")
}

// pages reads the pages of a PDF file, one at a time.
func (w *work) pages(ctx context.Context) {
	for n := 1; ; n++ {
		picture := filepath.Join(w.dir, "page.pgm")
		page := strconv.Itoa(n)
		_, err := w.run(ctx, w.Pdftoppm, "-f", page, "-l", page, "-r", strconv.Itoa(dpi), "-scale-to", strconv.Itoa(maxSide),
			"-gray", "-singlefile", w.file, strings.TrimSuffix(picture, ".pgm"))
		if _, statErr := os.Stat(picture); statErr != nil {
			// Behind the last page there is nothing; before the first one
			// there was a file that nobody could read.
			if n == 1 || ctx.Err() != nil {
				w.fail(ctx, "ocr-failed")
			}
			return
		}
		if n > w.Pages {
			w.lost("ocr-too-many-pages")
			return
		}
		if err != nil {
			w.fail(ctx, "ocr-failed")
		}
		w.picture(ctx, picture)
		if err := os.Remove(picture); err != nil || ctx.Err() != nil {
			w.fail(ctx, "ocr-failed")
			return
		}
	}
}

// fail notes why something wasn't read.
func (w *work) fail(ctx context.Context, why string) {
	if ctx.Err() != nil {
		why = "ocr-time"
	}
	w.lost(why)
}

func (w *work) lost(why string) {
	for _, have := range w.problems {
		if have == why {
			return
		}
	}
	w.problems = append(w.problems, why)
}

func (w *work) answer() sdk.Inspection {
	in := sdk.Inspection{Text: strings.ToValidUTF8(w.text.String(), "\uFFFD"), Scanned: "full", Problems: w.problems}
	switch {
	case len(w.problems) > 0 && w.read == 0:
		in.Scanned = "none"
	case len(w.problems) > 0:
		in.Scanned = "partial"
	}
	return in
}

// run runs a program and returns what it wrote, at most maxText bytes. The
// program dies with the plugin and with everything that it started.
func (w *work) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"OMP_THREAD_LIMIT=1", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"}
	cmd.Dir = w.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	out, readErr := io.ReadAll(io.LimitReader(pipe, maxText+1))
	_, _ = io.Copy(io.Discard, pipe) // the rest is over the limit anyway
	return out, errors.Join(readErr, cmd.Wait())
}
