package audit

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a clock that goes on by a minute each time it is read.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { c.t = c.t.Add(time.Minute); return c.t }

func newClock() *clock { return &clock{time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)} }

type record struct{ Level string }

func open(t *testing.T, dir string, o Options) *Log {
	t.Helper()
	o.Problem = func(err error) { t.Error(err) }
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closed(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, l *Log, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := l.Append("decision", fmt.Sprintf("m%d", i), record{"tls"}); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(t *testing.T, dir, containing string) (all []string) {
	t.Helper()
	for e, err := range Entries(dir, containing) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.ID)
	}
	return all
}

func whole(t *testing.T, dir string, entries int) Report {
	t.Helper()
	r := Verify(dir)
	if !r.Whole() || r.Entries != entries {
		t.Fatalf("%+v", r)
	}
	return r
}

func TestChainGoesOnOverFilesAndProcesses(t *testing.T) {
	dir, c := filepath.Join(t.TempDir(), "audit"), newClock()
	for i := range 3 {
		l := open(t, dir, Options{MaxFile: 700, Now: c.now})
		add(t, l, i*5+1, i*5+5)
		if got := l.Head().Seq; got != uint64(i*5+5) {
			t.Errorf("head %d", got)
		}
		closed(t, l)
	}
	r := whole(t, dir, 15)
	if r.Files < 3 || r.First != 1 || r.Head.Seq != 15 || !r.To.After(r.From) {
		t.Errorf("%+v", r)
	}
	if d := cmp.Diff([]string{"m7"}, ids(t, dir, `"m7"`)); d != "" {
		t.Error(d)
	}
}

func TestADayHasItsOwnFile(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	l := open(t, dir, Options{Now: c.now})
	add(t, l, 1, 2)
	c.t = c.t.Add(24 * time.Hour)
	add(t, l, 3, 3)
	closed(t, l)
	if r := whole(t, dir, 3); r.Files != 2 {
		t.Errorf("%+v", r)
	}
}

// Whatever byte is changed, whatever line is removed, doubled or put elsewhere:
// the chain is broken, or shorter than the head that was noted.
func TestChangesAreSeen(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{Now: newClock().now})
	add(t, l, 1, 4)
	head := l.Head()
	closed(t, l)
	names, err := files(dir)
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(good, []byte("\n"))[:4]
	changed := map[string][]byte{
		"nothing is left":  {},
		"the last is gone": bytes.Join(lines[:3], nil),
		"one is gone":      bytes.Join([][]byte{lines[0], lines[1], lines[3]}, nil),
		"one is doubled":   bytes.Join([][]byte{lines[0], lines[1], lines[1], lines[2], lines[3]}, nil),
		"two are swapped":  bytes.Join([][]byte{lines[0], lines[2], lines[1], lines[3]}, nil),
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		changed[fmt.Sprint("byte ", i)] = bad
	}
	for name, text := range changed {
		if err := os.WriteFile(names[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := Verify(dir, head); r.Whole() {
			t.Errorf("%s: not seen\n%s", name, text)
		}
	}
	if err := os.WriteFile(names[0], good, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := Verify(dir, head); !r.Whole() {
		t.Errorf("the good one: %v", r.Problems)
	}
}

// A process that dies within a line leaves half of it: nobody had its answer.
func TestHalfALineIsCutOff(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{Now: newClock().now})
	add(t, l, 1, 3)
	closed(t, l)
	names, _ := files(dir)
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	third := bytes.LastIndexByte(good[:len(good)-1], '\n') + 1
	for cut := third; cut < len(good); cut++ {
		if err := os.WriteFile(names[0], good[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, dir, Options{Now: newClock().now})
		add(t, l, 3, 3)
		closed(t, l)
		whole(t, dir, 3)
	}
}

// Damage at the end doesn't stop the mail: the chain goes on in a new file,
// and tells of it.
func TestDamageIsNotedAndReported(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{Now: newClock().now})
	add(t, l, 1, 2)
	closed(t, l)
	names, _ := files(dir)
	f, err := os.OpenFile(names[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("rubbish\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	l = open(t, dir, Options{Now: newClock().now})
	add(t, l, 3, 4)
	closed(t, l)
	r := Verify(dir)
	if r.Whole() || r.Entries != 5 || r.Head.Seq != 5 || !strings.Contains(strings.Join(r.Problems, "\n"), "damaged") {
		t.Errorf("%+v", r)
	}
}

// A full disk is the caller's error, and what was written before stays whole.
func TestNoRoomIsTheCallersError(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{Now: newClock().now})
	add(t, l, 1, 3)
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	tight := syscall.Rlimit{Cur: uint64(l.size) + 50, Max: old.Max}
	l.mu.Unlock()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		t.Fatal(err)
	}
	err := l.Append("decision", "m4", record{"tls"})
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); e != nil {
		t.Fatal(e)
	}
	if err == nil {
		t.Error("it was written into a file that may not grow")
	}
	whole(t, dir, 3)
	add(t, l, 4, 5) // room again
	closed(t, l)
	whole(t, dir, 5)
}

func TestOneWriterAtATime(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
	closed(t, l)
	closed(t, open(t, dir, Options{}))
	if err := l.Append("decision", "x", nil); err == nil {
		t.Error("a closed log took a record")
	}
}

func TestOldFilesAreRemovedAndTheRestIsWhole(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	l := open(t, dir, Options{Now: c.now, Keep: 48 * time.Hour})
	for day := range 5 {
		add(t, l, day+1, day+1)
		names, _ := files(dir)
		if err := os.Chtimes(names[len(names)-1], c.t, c.t); err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(24 * time.Hour)
	}
	closed(t, l)
	if r := Verify(dir); !r.Whole() || r.First == 1 || r.Head.Seq != 5 || r.Files != 2 {
		t.Errorf("%+v", r)
	}
}

func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{MaxFile: 10_000})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 100 {
				if err := l.Append("decision", fmt.Sprint(i, n), record{"tls"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	closed(t, l)
	whole(t, dir, 800)
}

func FuzzParseHead(f *testing.F) {
	f.Add("1:" + strings.Repeat("a", 64))
	f.Add(":")
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := ParseHead(text); err == nil && h.String() != text {
			t.Error(h)
		}
	})
}

// A log of whatever bytes is read without harm, and a chain in it is either
// whole or said to be broken.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"seq":1,"time":"2026-11-01T08:01:00Z","kind":"decision","id":"m1","prev":"","record":{"Level":"tls"}}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName(1)), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r := Verify(dir)
		l, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append("decision", "m", nil); err != nil {
			t.Fatal(err)
		}
		closed(t, l)
		if again := Verify(dir); r.Whole() && r.Entries > 0 && !again.Whole() {
			t.Errorf("%+v\n%+v", r, again)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	l, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	r := strings.Repeat("x", 2000)
	for b.Loop() {
		if err := l.Append("decision", "m", r); err != nil {
			b.Fatal(err)
		}
	}
}
