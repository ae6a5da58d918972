package inspect

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/message"
)

// testNow is the clock of all tests.
var testNow = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// best is the surest confidence with which a detector saw something, or "-".
func best(all []Finding, detector string) string {
	for _, f := range all {
		if f.Detector == detector {
			return f.Confidence
		}
	}
	return "-"
}

// mailText makes text of ordinary words with an identifier now and then.
func mailText(size int) []byte {
	line := strings.Repeat("the meeting about your request und vielen Dank für Ihre Anfrage ", 12) + "\r\nOrder no. 4711-0815, 12:30, page 3 of 5\r\n"
	text := strings.Repeat(strings.Repeat(line, 20)+"Card number 4539 1488 0343 6467, SSN 712-34-5678\r\n", 1+size/(20*len(line)))
	return []byte(text[:size])
}

var update = flag.Bool("update", false, "rewrite the expected reports")

// oneOf is d, or byDefault where d is zero.
func oneOf(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return d
}

func testInspector(t testing.TB, opts Options) *Inspector {
	t.Helper()
	opts.Now = func() time.Time { return testNow }
	// However busy the machine is, time is up only where a test says so.
	opts.Budget = oneOf(opts.Budget, 10*time.Minute)
	opts.Extract.Time = oneOf(opts.Extract.Time, 10*time.Minute)
	// Compiling the PDF reader takes seconds.
	opts.Extract.Cache = filepath.Join(os.TempDir(), "sealpost-test-pdf-cache")
	in, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// testMessage makes a message of its bytes, taken apart.
func testMessage(t testing.TB, raw []byte) *message.Message {
	t.Helper()
	c, err := message.NewSpool(1<<30, 1<<30).New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(raw); err != nil {
		t.Fatal(err)
	}
	m := &message.Message{ID: message.NewID(), Content: c}
	t.Cleanup(func() { _ = m.Close() })
	if err := m.Read(); err != nil {
		t.Fatal(err)
	}
	return m
}

// Each testdata/messages/NAME.eml has the report in NAME.json.
func TestMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	in := testInspector(t, Options{Passwords: true})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			report, err := json.MarshalIndent(in.Inspect(context.Background(), testMessage(t, raw), nil), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got := string(report) + "\n"
			expected := strings.TrimSuffix(file, ".eml") + ".json"
			if *update {
				if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("report differs (-want +got):\n%s", diff)
			}
		})
	}
}

// after is a context that ends after its Err was asked a number of times.
type after struct {
	context.Context
	left *int
}

func (a after) Err() error {
	if *a.left--; *a.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// parts counts a report's parts, without the files in them.
func parts(r Report) (n int) {
	for _, p := range r.Parts {
		if !strings.Contains(p.Path, "/") {
			n++
		}
	}
	return n
}

// Wherever the time ends, what was not read is never reported as read: either
// the report says so, or it is the whole report.
func TestTimeBudget(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	in := testInspector(t, Options{})
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, []byte("\r\n"+strings.Repeat("more text\r\n", 10_000))...)
		m := testMessage(t, raw)
		whole := in.Inspect(context.Background(), m, nil)
		for steps := 0; ; steps++ {
			left := steps
			r := newReading(after{context.Background(), &left}, in, m, nil)
			r.message(m)
			got := r.report()
			if left >= 0 { // the time did not end
				if diff := cmp.Diff(whole, got); diff != "" {
					t.Errorf("%s: with time enough:\n%s", file, diff)
				}
				break
			}
			if got.Scanned == Full || !slices.Contains(got.Problems, ProblemTime) || parts(got) != parts(whole) {
				t.Fatalf("%s: stopped after %d steps: %s, problems %v, %d of %d parts", file, steps, got.Scanned, got.Problems, parts(got), parts(whole))
			}
		}
	}
}

// A context that has ended, and a budget that is used up, leave nothing
// scanned.
func TestNoTime(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		budget time.Duration
	}{"context": {ended, 0}, "budget": {context.Background(), 1}} {
		m := testMessage(t, []byte("Subject: card 4539 1488 0343 6467\r\n\r\nx\r\n"))
		got := testInspector(t, Options{Budget: c.budget}).Inspect(c.ctx, m, nil)
		want := Report{
			Scanned: None, Findings: []Finding{}, Labels: []Label{}, Problems: []string{ProblemTime},
			Parts: []PartReport{{Path: "1", Type: "text/plain", Size: 3, Scanned: None, Problems: []string{ProblemTime}}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A step that panics costs the part, not the process, and the part counts as
// unread; the next one is read.
func TestPanic(t *testing.T) {
	m := testMessage(t, []byte("Subject: x\r\n\r\nSSN 712-34-5678\r\n"))
	r := newReading(context.Background(), testInspector(t, Options{}), m, nil)
	broken := PartReport{Path: "1", Scanned: Full}
	r.guarded(&broken, func() { panic("broken") })
	if broken.Scanned != None || !slices.Contains(broken.Problems, ProblemFailed) {
		t.Errorf("got %+v", broken)
	}
	r.part(m.Root, "")
	if best(r.rep.Findings, "us-ssn") != detect.High {
		t.Errorf("the next part was not read: %v", r.rep.Findings)
	}
}

// A message that nobody took apart is not scanned.
func TestNotParsed(t *testing.T) {
	in := testInspector(t, Options{})
	for _, m := range []*message.Message{nil, {}} {
		if got := in.Inspect(context.Background(), m, nil); got.Scanned != None || !slices.Contains(got.Problems, ProblemParsed) {
			t.Errorf("got %+v", got)
		}
	}
}

// Content that can't be read to its end is not scanned.
func TestReadFails(t *testing.T) {
	m := testMessage(t, []byte("Subject: x\r\n\r\n"+strings.Repeat("text\r\n", 50_000)))
	_ = m.Close()
	got := testInspector(t, Options{}).Inspect(context.Background(), m, nil)
	if got.Scanned == Full || !slices.Contains(got.Problems, ProblemRead) {
		t.Errorf("got %+v", got)
	}
}

// Options that can't be used are refused.
func TestOptions(t *testing.T) {
	for _, opts := range []Options{{Budget: -1}, {Keywords: []string{"a", ""}}, {Keywords: []string{"!!"}}, {Keywords: []string{strings.Repeat("x", 100)}}} {
		if _, err := New(opts); err == nil {
			t.Errorf("%+v was taken", opts)
		}
	}
}

// Messages that are inspected at the same time don't see one another.
func TestConcurrent(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	in := testInspector(t, Options{})
	var wg sync.WaitGroup
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := testMessage(t, raw)
		want := in.Inspect(context.Background(), m, nil)
		for range 4 {
			wg.Go(func() {
				if diff := cmp.Diff(want, in.Inspect(context.Background(), m, nil)); diff != "" {
					t.Errorf("%s:\n%s", file, diff)
				}
			})
		}
	}
	wg.Wait()
}
