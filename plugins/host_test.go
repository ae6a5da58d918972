package plugins

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// programs is where TestMain built the test plugin.
var programs string

func TestMain(m *testing.M) {
	if os.Getenv("PLUGINS_TEST_LIAR") != "" {
		liar() // this binary as a plugin that speaks the protocol wrongly
		return
	}
	if programs = os.Getenv("PLUGINS_TEST_PROGRAMS"); programs != "" {
		os.Exit(m.Run()) // started by another test, which has built them
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sp")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	programs = dir
	for _, p := range []string{"testplugin", "tls"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, p), "../plugins/"+p).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", p, err, out)
			return 1
		}
	}
	return m.Run()
}

// memory is a Content for tests.
type memory struct {
	bytes.Buffer
	closed bool
}

func (m *memory) Reader() io.ReadSeeker { return bytes.NewReader(m.Bytes()) }
func (m *memory) Size() int64           { return int64(m.Len()) }
func (m *memory) Close() error          { m.closed = true; return nil }

func newMemory() (Content, error) { return &memory{}, nil }

// alarms collects what an operator would be told.
type alarms struct {
	mu    sync.Mutex
	texts []string
}

func (a *alarms) tell(plugin, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts = append(a.texts, plugin+": "+text)
}

func (a *alarms) all() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.texts, "\n")
}

// testPlugin is the test plugin as a configuration, with changes.
func testPlugin(change func(*Config)) Config {
	c := Config{Name: "test", Path: filepath.Join(programs, "testplugin"), Timeout: 20 * time.Second}
	if change != nil {
		change(&c)
	}
	return c
}

// quick are delays that let tests end soon.
func quick() Timing {
	return Timing{Backoff: time.Millisecond, Slow: 300 * time.Millisecond, Start: 10 * time.Second, Stop: time.Second}
}

// start starts a host with plugins, and closes it with the test.
func start(t testing.TB, timing Timing, list ...Config) (*Host, *alarms) {
	t.Helper()
	told := &alarms{}
	dir, err := os.MkdirTemp("", "sp")
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Plugins: list, SocketDir: filepath.Join(dir, "s"), NewContent: newMemory, Alarm: told.tell, Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("closing: %v", err)
		}
		os.RemoveAll(dir)
	})
	return h, told
}

// mail is a message of about n bytes.
func mail(n int) string {
	return "From: a@b.example\r\nSubject: plain\r\n\r\n" + strings.Repeat("SECRET-MARKER and some more text in a line\r\n", n/44)
}

func task(key string, addresses ...string) *sdk.Task {
	t := &sdk.Task{Job: "job", Key: key, Treatment: "pdf", Sender: "a@b.example", Class: "confidential", Revision: "r1"}
	for _, a := range addresses {
		t.Recipients = append(t.Recipients, sdk.Recipient{Address: a, Level: "content", Kind: "business"})
	}
	return t
}

func handle(h *Host, t *sdk.Task, content string) (*Result, error) {
	t.Size = int64(len(content))
	return h.Handle(context.Background(), t, strings.NewReader(content))
}

// kind is the kind of failure of an error.
func kind(err error) Kind {
	var f *Failure
	if errors.As(err, &f) {
		return f.Kind
	}
	return ""
}

// until waits for something that happens in another process.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

func TestTreatment(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	content := mail(1 << 20)
	r, err := handle(h, task("k", "bob@c.example", "eve+refuse@c.example", "ann+retry@c.example"), content)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var kinds []string
	for _, o := range r.Outcomes {
		kinds = append(kinds, o.Kind)
	}
	if got := strings.Join(kinds, " "); got != "replace refuse retry" {
		t.Errorf("outcomes: %s", got)
	}
	body, _ := io.ReadAll(r.Copies[0].Content.Reader())
	if bytes.Contains(body, []byte("SECRET-MARKER")) || !bytes.Contains(body, []byte("X-Treated: pdf\r\n")) {
		t.Errorf("the copy isn't a treated one")
	}
	// The original is in it, whole.
	_, part, _ := strings.Cut(string(body), "filename=\"original.bin\"\r\n\r\n")
	part, _, _ = strings.Cut(part, "\r\n--")
	if original, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(part, "\r\n", "")); err != nil || string(original) != content {
		t.Errorf("the original has %d bytes instead of %d: %v", len(original), len(content), err)
	}
}

func TestAssess(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	var req sdk.AssessRequest
	req.Treatment = "pdf"
	for i := range 250 { // more than one batch
		a := fmt.Sprintf("r%d@c.example", i)
		if i == 7 {
			a = "r7+unable@c.example"
		}
		req.Recipients = append(req.Recipients, sdk.Recipient{Address: a, Level: "content"})
	}
	got := h.Assess(t.Context(), req)
	if len(got) != 250 {
		t.Fatalf("%d answers", len(got))
	}
	for i, a := range got {
		want := sdk.Able
		if i == 7 {
			want = sdk.Unable
		}
		if a.Address != req.Recipients[i].Address || a.Ability != want {
			t.Errorf("recipient %d: %+v", i, a)
		}
	}
}

// What can't be asked is unknown, for every recipient, with a reason.
func TestAssessUnknown(t *testing.T) {
	timing := quick()
	timing.Assess = 300 * time.Millisecond
	timing.Wait = 200 * time.Millisecond
	h, _ := start(t, timing, testPlugin(nil))
	for _, c := range []struct{ name, treatment, address string }{
		{"hangs", "pdf", "bob+hang-assess@c.example"},
		{"exits", "pdf", "bob+exit-assess@c.example"},
		{"other address", "pdf", "bob+bad-assess@c.example"},
		{"level not reached", "pdf", "bob+bad-assess-level@c.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := sdk.AssessRequest{Treatment: c.treatment, Recipients: []sdk.Recipient{
				{Address: "ann@c.example", Level: "content"}, {Address: c.address, Level: "content"}}}
			got := h.Assess(t.Context(), req)
			if len(got) != 2 {
				t.Fatalf("%d answers", len(got))
			}
			for _, a := range got {
				if a.Ability != sdk.Unknown || a.Reason == "" || strings.Contains(a.Reason, "@") {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

// A treatment that nobody has is unable, so that the sender is told; but only
// once every plugin has said what it does.
func TestAssessWhatNobodyDoes(t *testing.T) {
	req := sdk.AssessRequest{Treatment: "no-such", Recipients: []sdk.Recipient{{Address: "ann@c.example", Level: "content"}}}
	h, _ := start(t, quick(), testPlugin(nil))
	if got := h.Assess(t.Context(), req); len(got) != 1 || got[0].Ability != sdk.Unable || got[0].Reason == "" {
		t.Errorf("all plugins known: %+v", got)
	}
	h, _ = start(t, quick(), testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_START": "noise"} }))
	if got := h.Assess(t.Context(), req); len(got) != 1 || got[0].Ability != sdk.Unknown {
		t.Errorf("a plugin that never came up: %+v", got)
	}
}

// Every answer against the rules is refused whole, and the operator is told.
func TestBadAnswers(t *testing.T) {
	h, told := start(t, quick(), testPlugin(nil))
	for _, do := range []string{"bad-address", "bad-missing", "bad-twice", "bad-kind", "bad-copy", "bad-unused", "bad-route",
		"bad-weak", "bad-header", "bad-lf", "bad-nul", "bad-notice"} {
		t.Run(do, func(t *testing.T) {
			w := task("k-"+do, "ann@c.example", "bob+"+do+"@c.example")
			w.Recipients[1].Level = "verified-tls"
			r, err := handle(h, w, mail(1000))
			if kind(err) != BadAnswer || r != nil {
				t.Errorf("got %v, %v", r, err)
			}
			if err != nil && strings.Contains(err.Error(), "c.example") {
				t.Errorf("the error holds an address: %v", err)
			}
		})
	}
	if !strings.Contains(told.all(), "against the rules") {
		t.Errorf("alarms: %s", told.all())
	}
	if st := h.Status()[0]; st.State != Up || st.Restarts != 0 {
		t.Errorf("a lying plugin needn't be restarted: %+v", st)
	}
}

// Behaviour that takes the process with it: the call fails as a temporary
// failure, the plugin comes back.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		do      string
		want    Kind
		restart bool
	}{
		{"hang", Late, true},
		{"stop", Late, true},
		{"exit", Died, true},
		{"crash", Died, true},
		{"panic", Failed, false},
		{"error", Failed, false},
	} {
		t.Run(c.do, func(t *testing.T) {
			h, _ := start(t, quick(), testPlugin(func(p *Config) { p.Timeout = time.Second }))
			before := h.Status()[0].Pid
			// Not a Seeker, so that it isn't tried twice.
			w := task("k", "bob+"+c.do+"@c.example")
			w.Size = 10 << 20 // more than the wire takes without a reader
			_, err := h.Handle(t.Context(), w, io.LimitReader(strings.NewReader(strings.Repeat("x", 10<<20)), 10<<20))
			if kind(err) != c.want {
				t.Fatalf("got %v", err)
			}
			r, err := handle(h, task("k2", "ann@c.example"), mail(100))
			if err != nil {
				t.Fatalf("afterwards: %v", err)
			}
			r.Close()
			if after := h.Status()[0].Pid; (after != before) != c.restart {
				t.Errorf("process %d, then %d", before, after)
			}
		})
	}
}

// The panic's text is what the operator finds as the last error.
func TestLastWords(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_START": "crash"} }))
	if st := h.Status()[0]; !strings.Contains(st.LastError, "panic: before the handshake") {
		t.Errorf("%+v", st)
	}
}

// A plugin may answer without reading; the rest isn't sent.
func TestEarlyAnswer(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	content := &counting{r: strings.NewReader(mail(25 << 20))}
	w := task("k", "bob+early@c.example")
	w.Size = content.r.Size()
	r, err := h.Handle(t.Context(), w, content)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if content.n > 8<<20 {
		t.Errorf("%d bytes were read for nothing", content.n)
	}
}

type counting struct {
	r *strings.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// Content that ends too early must never look like a short message.
func TestTruncatedContent(t *testing.T) {
	dir := t.TempDir()
	h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Settings = fmt.Appendf(nil, `{"dir":%q}`, dir) }))
	for name, content := range map[string]io.Reader{
		"short":  strings.NewReader("abc"),
		"broken": io.MultiReader(strings.NewReader("abc"), brokenReader{io.ErrUnexpectedEOF}),
	} {
		w := task("k-"+name, "bob+taken@c.example")
		w.Size = 1000
		if _, err := h.Handle(t.Context(), w, content); kind(err) != Ours {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, _ := filepath.Glob(dir + "/taken-*"); len(found) > 0 {
		t.Errorf("half a message was taken: %v", found)
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// The same key is the same work, across a crash too.
func TestIdempotency(t *testing.T) {
	dir := t.TempDir()
	h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Settings = fmt.Appendf(nil, `{"dir":%q}`, dir) }))
	for range 3 {
		r, err := handle(h, task("the-key", "bob+taken@c.example"), mail(1000))
		if err != nil || r.Outcomes[0].Kind != sdk.Taken {
			t.Fatalf("%v %v", r, err)
		}
		if err := h.Restart(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if found, _ := filepath.Glob(dir + "/taken-*"); len(found) != 1 {
		t.Errorf("taken %d times", len(found))
	}
	// The same key with another recipient beside: that one is work of its own.
	r, err := handle(h, task("the-key", "bob+taken@c.example", "ann+taken@c.example"), mail(1000))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if found, _ := filepath.Glob(dir + "/taken-*"); len(found) != 2 {
		t.Errorf("taken for %d recipients", len(found))
	}
}

func TestInspect(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	if got := h.Inspectors("image/png"); len(got) != 1 || got[0] != "test" {
		t.Fatalf("inspectors: %v", got)
	}
	if got := h.Inspectors("application/pdf"); len(got) != 0 {
		t.Fatalf("inspectors: %v", got)
	}
	text := strings.Repeat("a confidential paper\n", 50000)
	got, err := h.Inspect(t.Context(), "test", sdk.Part{Path: "1.2", Name: "a.txt", Type: "text/plain", Size: -1}, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != 1 || got.Findings[0].Count != 50000 || got.Text != strings.ToUpper(text) || got.Scanned != "full" {
		t.Errorf("%+v", got.Findings)
	}
	for name, want := range map[string]Kind{"bad-finding.txt": BadAnswer, "exit.txt": Died, "error.txt": Failed} {
		if _, err := h.Inspect(t.Context(), "test", sdk.Part{Name: name, Size: -1}, strings.NewReader(text)); kind(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	early, err := h.Inspect(t.Context(), "test", sdk.Part{Name: "early.txt", Size: -1}, strings.NewReader(text))
	if err != nil || early.Scanned != "none" {
		t.Errorf("%+v %v", early, err)
	}
}

// A plugin that never came up might be an inspector: nothing passes it unseen.
func TestInspectorNeverUp(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Path = "/no/such/program" }))
	if got := h.Inspectors("application/pdf"); len(got) != 1 {
		t.Errorf("inspectors: %v", got)
	}
	if st := h.Status()[0]; st.State != Refused {
		t.Errorf("%+v", st)
	}
	if _, err := h.Inspect(t.Context(), "test", sdk.Part{Size: -1}, strings.NewReader("x")); kind(err) != NotThere {
		t.Errorf("%v", err)
	}
}
