package extract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// collector is a Sink that keeps everything and reads contained files too.
type collector struct {
	x      *Extractor
	ctx    context.Context
	budget *Budget
	depth  int
	place  map[string]string
	last   string
	piece  []byte
	files  []got
	labels []string
}

// got is a contained file, with what became of it.
type got struct {
	child  Child
	data   []byte
	err    error
	result Result
	inner  *collector
}

func (c *collector) Text(place string, text []byte) {
	if c.last != place {
		c.end()
		if c.place[place] != "" {
			c.piece = append(c.piece, '|') // another piece that doesn't follow the last
		}
	}
	c.last = place
	c.piece = append(c.piece, text...)
}

// end ends a run of pieces with the same place.
func (c *collector) end() {
	if len(c.piece) > 0 {
		c.place[c.last] += string(c.piece)
	}
	c.piece, c.last = c.piece[:0], "none"
}

func (c *collector) Label(id, name string) { c.labels = append(c.labels, id+" "+name) }

func (c *collector) Child(f Child, r io.Reader) error {
	g := got{child: f}
	g.data, g.err = io.ReadAll(r)
	c.end()
	g.inner = &collector{place: map[string]string{}}
	if c.depth < 16 {
		g.inner = &collector{x: c.x, ctx: c.ctx, budget: c.budget, depth: c.depth + 1, place: map[string]string{}}
		g.result = c.x.Extract(c.ctx, File{Data: bytes.NewReader(g.data), Size: int64(len(g.data)), Name: f.Name, Type: f.Type}, c.budget, g.inner)
		g.inner.end()
	} else {
		g.result = Result{Scanned: None, Problems: []Problem{ProblemBudget}}
	}
	c.files = append(c.files, g)
	return g.err
}

// all is the text of all places, also of the contained files.
func (c *collector) all() string {
	var b strings.Builder
	for _, place := range sortedKeys(c.place) {
		fmt.Fprintf(&b, "%s\n", c.place[place])
	}
	for _, f := range c.files {
		b.WriteString(f.inner.all())
	}
	return b.String()
}

func sortedKeys(m map[string]string) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	for i := range keys {
		for k := i; k > 0 && keys[k] < keys[k-1]; k-- {
			keys[k], keys[k-1] = keys[k-1], keys[k]
		}
	}
	return keys
}

func newExtractor(t testing.TB) *Extractor {
	t.Helper()
	x, err := New(Options{Time: 10 * time.Minute}) // however busy the machine is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// extracted reads data and everything in it.
func extracted(t testing.TB, f File, data []byte, passwords ...string) (Result, *collector) {
	t.Helper()
	return extractedBy(t, newExtractor(t), f, data, passwords...)
}

func extractedBy(t testing.TB, x *Extractor, f File, data []byte, passwords ...string) (Result, *collector) {
	t.Helper()
	f.Data, f.Size = bytes.NewReader(data), int64(len(data))
	b := x.Budget(f.Size)
	b.Passwords = passwords
	c := &collector{x: x, ctx: t.Context(), budget: b, place: map[string]string{}}
	r := x.Extract(t.Context(), f, b, c)
	c.end()
	return r, c
}

// A reader that panics costs its file, and what it had read before stays.
func TestPanic(t *testing.T) {
	x := newExtractor(t)
	for name, c := range map[string]struct {
		read reader
		want string
	}{
		"at once":    {func(*work) error { panic("a mistake") }, None},
		"after text": {func(w *work) error { _ = w.text("", []byte("x")); panic("a mistake") }, Partial},
	} {
		x.readers[KindText] = c.read
		r, _ := extractedBy(t, x, File{}, []byte("text"))
		if r.Scanned != c.want || len(r.Problems) != 1 || r.Problems[0] != ProblemReader {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The clock of a file stands still while the sink works, and ends a reader that
// doesn't.
func TestTime(t *testing.T) {
	x, err := New(Options{Time: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	for name, c := range map[string]struct {
		read reader
		want string
	}{
		"slow sink": {func(w *work) error { _ = w.text("", []byte("x")); return w.spend(0) }, Full},
		"slow reader": {func(w *work) error {
			<-w.ctx.Done()
			return w.spend(0)
		}, Partial},
	} {
		x.readers[KindText] = c.read
		r := x.Extract(t.Context(), File{Data: strings.NewReader("text"), Size: 4}, x.Budget(4), slowSink{})
		if r.Scanned != c.want || c.want == Partial && (len(r.Problems) != 1 || r.Problems[0] != ProblemTime) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

type slowSink struct{ discard }

func (slowSink) Text(string, []byte) { time.Sleep(500 * time.Millisecond) }

// What may be made of a message's files depends on its size, within bounds.
func TestBudget(t *testing.T) {
	x := newExtractor(t)
	for size, want := range map[int64]int64{0: smallest, 1000: smallest, 1 << 20: 100 << 20, 1 << 40: 300 << 20} {
		if b := x.Budget(size); b.Bytes != want || b.Files != 1500 {
			t.Errorf("%d: %+v, want %d bytes", size, b, want)
		}
	}
	if _, err := New(Options{Time: -1}); err == nil {
		t.Error("a limit below zero is taken")
	}
}

// Files in files use one budget together.
func TestSharedBudget(t *testing.T) {
	data := []byte(strings.Repeat("x", 1000))
	inner := zipped1(t, 5, "a.txt", data)
	outer := zipped1(t, 5, "a.zip", inner)
	x := newExtractor(t)
	b := &Budget{Bytes: 1 << 20, Files: 12}
	c := &collector{x: x, ctx: t.Context(), budget: b, place: map[string]string{}}
	r := x.Extract(t.Context(), File{Data: bytes.NewReader(outer), Size: int64(len(outer))}, b, c)
	if scanned, problems := worst(r, c); scanned == Full || !slices.Contains(problems, ProblemBudget) {
		t.Errorf("30 files with a budget of 12: %s %v", scanned, problems)
	}
}
