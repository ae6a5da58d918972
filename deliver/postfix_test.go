package deliver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/store"
)

// postfix is a private Postfix: its own queue, log and sockets. It takes copies
// on public/sealpost-in and throws them away, but for marked recipients: our
// socketmap routes them to our LMTP server.
type postfix struct{ dir, log, socket string }

func startPostfix(t *testing.T) *postfix {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil {
		t.Fatal("postfix is missing: apt-get install -y postfix")
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{dir: dir, log: filepath.Join(dir, "log"), socket: filepath.Join(dir, "queue/public/sealpost-in")}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, sub := range []string{"conf", "queue", "queue/sealpost", "data"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "data"), uid, -1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main.cf", "master.cf"} {
		raw, err := os.ReadFile(filepath.Join("testdata/postfix", name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, name, strings.ReplaceAll(string(raw), "DIR", dir))
	}
	for _, name := range []string{"postfix-files", "dynamicmaps.cf"} {
		raw, err := os.ReadFile(filepath.Join("/etc/postfix", name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, name, string(raw))
	}
	p.run(t, "start")
	t.Cleanup(func() { p.run(t, "stop") })
	maps := NewMaps(MapsOptions{Log: zaptest.NewLogger(t), Maps: map[string]Lookup{
		"transport": func(_ context.Context, key string) (string, bool, error) {
			return "sealpost:unix:sealpost/deliver", strings.HasSuffix(key, mark), nil
		},
	}})
	p.listen(t, "map", maps.Serve)
	return p
}

func (p *postfix) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "conf", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *postfix) run(t *testing.T, command string) {
	t.Helper()
	cmd := exec.Command("postfix", "-c", filepath.Join(p.dir, "conf"), command)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("postfix %s: %v\n%s%s", command, err, out, p.logged())
	}
}

func (p *postfix) logged() string {
	raw, _ := os.ReadFile(p.log)
	return string(raw)
}

// accepted counts the messages that the queue manager has seen.
func (p *postfix) accepted() int { return strings.Count(p.logged(), "(queue active)") }

func (p *postfix) injector(t *testing.T, s *store.Store) *Injector {
	t.Helper()
	return injector(t, &mta{socket: p.socket, logPath: p.log}, s)
}

// eventually waits for what Postfix does in its own time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

// mark makes an address one that Postfix hands to our LMTP server.
const mark = "." + askedBatch + ".content.sealpost.invalid"

// TestPostfix runs against one real Postfix, because starting and stopping it
// takes seconds.
func TestPostfix(t *testing.T) {
	p := startPostfix(t)
	t.Run("takes a copy", p.testCopy)
	t.Run("its log tells what was committed", p.testLog)
	t.Run("a try after a death", p.testRetry)
	t.Run("there and back", p.testLoop)
}

func (p *postfix) testCopy(t *testing.T) {
	s := openStore(t)
	in := injection("bob@a.example", `"x y"@b.example`, "jürgen@c.example")
	in.Args = []string{"RET=HDRS", "ENVID=e"}
	in.Recipients[0].To = "bob@a.example." + askedBatch + ".tls.sealpost.invalid"
	in.Recipients[0].Args = []string{"ORCPT=rfc822;bob@a.example", "NOTIFY=FAILURE"}
	in.Content = strings.NewReader("Subject: ü\r\n\r\n.\r\n..\r\n" + strings.Repeat("long", 5000) + "\r\n")
	i := p.injector(t, s)
	if err := i.Check(t.Context()); err != nil {
		t.Error(err)
	}
	results := i.Inject(t.Context(), in)
	if d := cmp.Diff([]int{250, 250, 250}, codes(results)); d != "" {
		t.Fatalf("%s\n%v\n%s", d, results, p.logged())
	}
	if results[0].QueueID == "" {
		t.Error("no queue id")
	}
	// postlogd writes when it gets to it: an answer can come before its line.
	eventually(t, "the copy's queue id in the log", func() bool {
		return strings.Contains(p.logged(), results[0].QueueID+": client=localhost[127.0.0.1], orig_queue_id=")
	})
	eventually(t, "a message in the queue", func() bool { return p.accepted() == 1 })
}

// die goes through a dialogue as the Injector does and closes the connection
// at a point, as a kill would.
func (p *postfix) die(t *testing.T, batch, point string) {
	t.Helper()
	d, err := dial(t.Context(), "unix", p.socket, "gw.example", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for _, c := range []string{"XFORWARD IDENT=" + batch, "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@a.example>", "DATA"} {
		if strings.HasPrefix(c, point) {
			return
		}
		if r, err := d.say(c); err != nil || r.Code >= 400 {
			t.Fatalf("%s: %v %v", c, r, err)
		}
	}
	end := map[string]string{"content": "", "half-dot": "\r\n.", "dot": "\r\n.\r\n"}[point]
	if _, err := d.w.WriteString("Subject: x\r\n\r\nhi" + end); err != nil {
		t.Fatal(err)
	}
	if err := d.w.Flush(); err != nil {
		t.Fatal(err)
	}
	if point == "dot" {
		// A kill closes the socket with the reply unread.
		d.conn.(*net.UnixConn).CloseWrite()
	}
}

// Postfix commits what it got with the final dot although its client is gone,
// and nothing else; its log says which.
func (p *postfix) testLog(t *testing.T) {
	before := p.accepted()
	l := NewLog(LogOptions{Paths: []string{p.log}, Grace: time.Hour}) // only what is said counts, not silence
	want := 0
	for n := range 31 {
		batch := fmt.Sprintf("aaaaaaaaaaaaaaaaaaaaaaa%c%c%c", 'a'+n%26, 'a'+n/26, 'b')
		point := "dot"
		if n%4 == 3 {
			point = []string{"content", "half-dot", "DATA"}[n/4%3]
		}
		known := NotCommitted
		if point == "dot" {
			known, want = Committed, want+1
		}
		p.die(t, batch, point)
		var a Answer
		eventually(t, fmt.Sprint("an answer for a death at ", point), func() bool {
			a = l.Committed(t.Context(), batch, time.Now())
			return a.Known != CantTell
		})
		if a.Known != known {
			t.Errorf("death at %s: %s", point, a.Known)
		}
	}
	eventually(t, "all committed messages in the queue", func() bool { return p.accepted()-before >= want })
	if got := p.accepted() - before; got != want {
		t.Errorf("Postfix took %d messages, the log said %d", got, want)
	}
}

// A ledger that stopped at "dot" is settled by the real log: nothing is sent
// twice, nothing is left out.
func (p *postfix) testRetry(t *testing.T) {
	s, before := openStore(t), p.accepted()
	i := p.injector(t, s)
	for n, point := range []string{"content", "dot"} {
		batch := askedBatch[:25] + string(rune('a'+n))
		in := injection("bob@a.example")
		in.Job = "job-" + point
		e := store.Entry{Job: in.Job, Recipient: "bob@a.example", Kind: "copy", Batch: batch, State: store.Dot}
		if err := s.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		p.die(t, batch, point)
		var results []Result
		eventually(t, "250 after a death at "+point, func() bool {
			results = i.Inject(t.Context(), in)
			return results[0].Reply.Code == 250
		})
		if results[0].Earlier != (point == "dot") {
			t.Errorf("death at %s: %+v", point, results[0])
		}
	}
	eventually(t, "two messages", func() bool { return p.accepted()-before >= 2 })
	if n := p.accepted() - before; n != 2 {
		t.Errorf("%d messages for two jobs", n)
	}
}

// listen serves on a socket in Postfix's queue directory, which any user may
// reach.
func (p *postfix) listen(t *testing.T, name string, serve func(context.Context, net.Listener) error) {
	t.Helper()
	path := filepath.Join(p.dir, "queue/sealpost", name)
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		serve(ctx, ln)
		close(done)
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// testLoop sends a marked recipient through Postfix's queue to our LMTP server,
// by a route from our socketmap, and back into the queue without its mark.
func (p *postfix) testLoop(t *testing.T) {
	s, before := openStore(t), p.accepted()
	back := p.injector(t, s)
	tr := &treater{do: func(ctx context.Context, m *message.Message) []message.Reply {
		var replies []message.Reply
		for _, r := range m.Envelope.Recipients {
			in := Injection{Job: askedBatch, Kind: "copy", Sender: m.Envelope.Sender, Args: m.Envelope.SenderArgs, Content: m.Content.Reader(),
				Recipients: []InjectRecipient{{Address: r.Address, To: strings.TrimSuffix(r.Address, mark), Args: r.Args}}}
			replies = append(replies, back.Inject(ctx, in)[0].Reply)
		}
		return replies
	}}
	l := NewLMTP(LMTPOptions{Treater: tr, Spool: message.NewSpool(10<<20, 20<<20), Log: zaptest.NewLogger(t)})
	p.listen(t, "deliver", l.Serve)

	body := "Subject: \xc3\xbc\r\nX: y\r\n\r\n.\r\n..dots\r\n\xff\x80\r\n" + strings.Repeat("long", 5000) + "\r\nlast\r\n"
	in := injection("Bob@A.example"+mark, `"c>d"@a.example`+mark)
	in.Job, in.Args = "first", []string{"RET=HDRS", "ENVID=e+2Bf"}
	in.Content = strings.NewReader(body)
	in.Recipients[0].Args = []string{"ORCPT=rfc822;bob@a.example", "NOTIFY=FAILURE"}
	results := p.injector(t, s).Inject(t.Context(), in)
	if d := cmp.Diff([]int{250, 250}, codes(results)); d != "" {
		t.Fatalf("%s\n%s", d, p.logged())
	}
	// One message in; a copy for each recipient back.
	eventually(t, "copies in the queue", func() bool { return p.accepted()-before >= 3 })
	eventually(t, "delivery", func() bool {
		return strings.Contains(p.logged(), "to=<Bob@A.example>, ") && strings.Contains(p.logged(), `to=<"c>d"@a.example>, `)
	})
	if len(tr.seen) != 1 {
		t.Fatalf("treated %d times\n%s", len(tr.seen), p.logged())
	}
	got := tr.seen[0]
	if !strings.HasSuffix(got.Data, body) {
		t.Errorf("the content changed on the way: %q", got.Data)
	}
	e := got.Envelope
	// Postfix tells the name that a message was handed in with, where it has
	// one, and else its own.
	if !validBatch(e.QueueID) || e.Sender != in.Sender || len(e.Recipients) != 2 || e.Client.Name != "localhost" {
		t.Errorf("envelope %+v", e)
	}
	if r := e.Recipients[0]; r.Typed != "Bob@A.example"+mark || !slices.Contains(r.Args, "ORCPT=rfc822;bob@a.example") || !slices.Contains(r.Args, "NOTIFY=FAILURE") {
		t.Errorf("recipient %+v", r)
	}
	if !slices.Contains(e.SenderArgs, "RET=HDRS") || !slices.Contains(e.SenderArgs, "ENVID=e+2Bf") || !slices.Contains(e.SenderArgs, "BODY=8BITMIME") {
		t.Errorf("arguments %q", e.SenderArgs)
	}
}
