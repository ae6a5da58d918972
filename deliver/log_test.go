package deliver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

const askedBatch = "abcdefghijklmnopqrstuvwx22"

// Each case is a log and what it says of the batch above. The comment may say
// how long ago the dot was ("dot 2s", default 1m) and the log was last written
// ("written 5s", default 0s).
func TestLog(t *testing.T) {
	cases, err := filepath.Glob("testdata/log/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err, "no cases")
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir, want, now := t.TempDir(), "", time.Now()
			for _, f := range ar.Files {
				if f.Name == "want" {
					want = strings.TrimSpace(string(f.Data))
					continue
				}
				// The last line of "cut-" cases has no line end.
				data := f.Data
				if strings.Contains(file, "cut-line") {
					data = []byte(strings.TrimSuffix(string(data), "\n"))
				}
				writeLog(t, filepath.Join(dir, f.Name), string(data), now.Add(-age(t, ar, "written", 0)))
			}
			a := NewLog(LogOptions{Paths: []string{filepath.Join(dir, "mail.log")}}).
				Committed(t.Context(), askedBatch, now.Add(-age(t, ar, "dot", time.Minute)))
			if got := strings.TrimSpace(string(a.Known) + " " + a.QueueID); got != want {
				t.Errorf("%s (%s), want %s", got, a.Why, want)
			}
			if (a.Known == CantTell) != (a.Why != "") {
				t.Errorf("reason %q", a.Why)
			}
		})
	}
}

func writeLog(t testing.TB, path, data string, written time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, written, written); err != nil {
		t.Fatal(err)
	}
}

func age(t *testing.T, ar *txtar.Archive, word string, otherwise time.Duration) time.Duration {
	for line := range strings.Lines(string(ar.Comment)) {
		if value, ok := strings.CutPrefix(line, word+" "); ok {
			d, err := time.ParseDuration(strings.TrimSpace(value))
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	return otherwise
}

// Of a long log only the window is read, and what lies before it can't be told.
func TestLogWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	client := "Nov 22 02:11:16 gw postfix/smtpd[7]: 4jXCH84lGsz1SDxn: client=localhost[127.0.0.1], orig_queue_id=" + askedBatch + "\n"
	qmgr := "Nov 22 02:11:16 gw postfix/qmgr[8]: 4jXCH84lGsz1SDxn: from=<>, size=1, nrcpt=1 (queue active)\n"
	noise := strings.Repeat("Nov 22 02:11:16 gw postfix/qmgr[8]: 4jXCH84lGsz1SDxx: removed\n", 1000)
	long := strings.Repeat("x", 200<<10) + "\n"
	writeLog(t, path, noise+client+long+qmgr+noise, time.Now())
	for window, want := range map[int64]Known{0: Committed, 1 << 20: Committed, 20 << 10: CantTell} {
		a := NewLog(LogOptions{Paths: []string{path}, Window: window}).Committed(t.Context(), askedBatch, time.Now())
		if a.Known != want {
			t.Errorf("window %d: %s (%s)", window, a.Known, a.Why)
		}
	}
	// The quick first look ends within the message's lines; the second sees all.
	writeLog(t, path, client+qmgr+strings.Repeat(noise, quickWindow/len(noise)+1), time.Now())
	if a := NewLog(LogOptions{Paths: []string{path}}).Committed(t.Context(), askedBatch, time.Now()); a.Known != Committed {
		t.Errorf("%s (%s)", a.Known, a.Why)
	}
}

func TestLogOfSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "mail.log")
	writeLog(t, good, "Nov 22 02:11:16 gw postfix/smtpd[7]: 4jXCH84lGsz1SDxn: client=localhost[127.0.0.1], orig_queue_id="+askedBatch+
		"\nNov 22 02:11:16 gw postfix/qmgr[8]: 4jXCH84lGsz1SDxn: from=<>, size=1, nrcpt=1 (queue active)\n", time.Now())
	l := NewLog(LogOptions{Paths: []string{filepath.Join(dir, "none"), good}})
	if a := l.Committed(t.Context(), askedBatch, time.Now()); a.Known != Committed {
		t.Errorf("%s (%s)", a.Known, a.Why)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a := l.Committed(ctx, askedBatch, time.Now()); a.Known != CantTell {
		t.Errorf("after the caller has left: %s", a.Known)
	}
	for _, batch := range []string{"", "x", askedBatch + "a", strings.ToUpper(askedBatch)} {
		if a := l.Committed(t.Context(), batch, time.Now()); a.Known != CantTell {
			t.Errorf("batch %q: %s", batch, a.Known)
		}
	}
	if a := NewLog(LogOptions{}).Committed(t.Context(), askedBatch, time.Now()); a.Known != CantTell || a.Why == "" {
		t.Errorf("no files: %+v", a)
	}
}

// A log that is rotated while it is read has a gap, which must not look like
// silence.
func TestLogRotatedWhileRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mail.log")
	writeLog(t, path, "Nov 22 02:11:16 gw postfix/smtpd[7]: 4jXCH84lGsz1SDxn: client=localhost[127.0.0.1], orig_queue_id="+askedBatch+"\n", time.Now())
	rotate := &rotatingContext{Context: t.Context(), rotate: func(n int) {
		if err := os.Rename(path, fmt.Sprintf("%s.%d", path, n)); err != nil {
			t.Fatal(err)
		}
		writeLog(t, path, "", time.Now())
	}}
	if _, err := scanLog(rotate, path, askedBatch, 1<<20); err == nil {
		t.Error("no error though the log was rotated at each try")
	}
}

// rotatingContext is asked for its error while a log is being read.
type rotatingContext struct {
	context.Context
	n      int
	rotate func(n int)
}

func (c *rotatingContext) Err() error {
	c.n++
	c.rotate(c.n)
	return nil
}

func FuzzLogLine(f *testing.F) {
	cases, _ := filepath.Glob("testdata/log/*.txtar")
	for _, file := range cases {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			f.Add(line)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if found, err := follow(t.Context(), strings.NewReader(raw), askedBatch); err != nil || found.queueID != "" && !strings.Contains(raw, "orig_queue_id="+askedBatch) {
			t.Errorf("%+v, %v from %q", found, err, raw)
		}
		line, ok := parseLogLine([]byte(raw))
		if !ok {
			return
		}
		if strings.Contains(line.program, " ") || !strings.HasSuffix(line.program, "/"+line.process) {
			t.Errorf("%+v", line)
		}
		if id, batch, ok := line.client(); ok && (!validBatch(batch) || !strings.HasPrefix(line.text, id+": client=") || line.process != "smtpd") {
			t.Errorf("%q %q from %q", id, batch, raw)
		}
		line.account()
		if line.queued("4jXCH84lGsz1SDxn") && !strings.HasSuffix(line.process, "qmgr") {
			t.Errorf("queued, says %s: %q", line.process, raw)
		}
	})
}
