package deliver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/sealpost/sealpost/message"
)

// treater does as a test says; it remembers what it was given.
type treater struct {
	do func(ctx context.Context, m *message.Message) []message.Reply

	mu   sync.Mutex
	seen []treated
}

type treated struct {
	Envelope message.Envelope
	Data     string
}

func (tr *treater) Treat(ctx context.Context, m *message.Message) []message.Reply {
	data, err := io.ReadAll(m.Content.Reader())
	if err != nil {
		panic(err)
	}
	tr.mu.Lock()
	tr.seen = append(tr.seen, treated{m.Envelope, string(data)})
	tr.mu.Unlock()
	if tr.do != nil {
		return tr.do(ctx, m)
	}
	return repeat(len(m.Envelope.Recipients), accepted)
}

// listen returns a listener on a Unix socket with a short path.
func listen(t testing.TB) net.Listener {
	t.Helper()
	dir, err := os.MkdirTemp("", "lmtp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// startLMTP serves until the test ends.
func startLMTP(t testing.TB, tr *treater, change ...func(*LMTPOptions)) (*LMTP, string) {
	t.Helper()
	o := LMTPOptions{Treater: tr, Spool: message.NewSpool(1<<20, 4<<20), Log: zaptest.NewLogger(t), Hostname: "gw.example", IdleTimeout: 10 * time.Second}
	for _, c := range change {
		c(&o)
	}
	l, ln := NewLMTP(o), listen(t)
	done := make(chan error, 1)
	go func() { done <- l.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n, contents := o.Spool.Usage(); n != 0 || contents != 0 {
			t.Errorf("left in the spool: %d bytes of %d messages", n, contents)
		}
	})
	return l, ln.Addr().String()
}

// client is an LMTP client that says what it is told.
type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func connect(t testing.TB, socket string) *client {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads replies that must begin with these words, one after the other.
func (c *client) expect(begins ...string) {
	c.t.Helper()
	for _, b := range begins {
		r, err := readReply(c.r)
		if err != nil {
			c.t.Fatalf("want %q: %v", b, err)
		}
		if got := fmt.Sprintf("%d %s", r.Code, strings.Join(r.Lines, "\n")); !strings.HasPrefix(got, b) {
			c.t.Fatalf("got %q, want %q", got, b)
		}
	}
}

// begin goes up to DATA for these recipients.
func (c *client) begin(rcpts ...string) {
	c.t.Helper()
	c.expect("220")
	c.send("LHLO mta\r\nMAIL FROM:<a@b.c>\r\n")
	c.expect("250", "250")
	for _, r := range rcpts {
		c.send("RCPT TO:<" + r + ">\r\n")
		c.expect("250")
	}
	c.send("DATA\r\n")
	c.expect("354")
}

func TestLMTPSession(t *testing.T) {
	tr := &treater{do: func(_ context.Context, m *message.Message) []message.Reply {
		if len(m.Envelope.Recipients) == 1 {
			return []message.Reply{accepted}
		}
		return []message.Reply{{Code: 250, Enhanced: "2.0.0", Text: "ok"}, {Code: 451, Enhanced: "4.7.1", Text: "later"}, {Code: 550, Enhanced: "5.7.1", Text: "no\r\n250 forged"}}
	}}
	_, socket := startLMTP(t, tr)
	c := connect(t, socket)
	c.expect("220 gw.example LMTP")
	c.send("LHLO mta.example\r\n")
	c.expect("250 gw.example\nPIPELINING\n8BITMIME\nSMTPUTF8\nDSN\nSIZE\nENHANCEDSTATUSCODES\nXFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE")
	// Pipelined, as Postfix does.
	c.send("XFORWARD NAME=client.example ADDR=192.0.2.1 PORT=4711\r\nXFORWARD PROTO=ESMTP HELO=x+3Dy IDENT=4jXCH84lGsz1SDxn SOURCE=REMOTE\r\n" +
		"MAIL FROM:<\"a >b\"@c.d> SIZE=12 BODY=8BITMIME RET=HDRS ENVID=e+2B\r\n" +
		"RCPT TO:<Bob@X.example.job.content.sealpost.invalid> ORCPT=rfc822;bob@x.example NOTIFY=FAILURE,DELAY\r\n" +
		"RCPT TO:<carol@x.example>\r\nRCPT TO:<carol@x.example>\r\nDATA\r\n")
	c.expect("250", "250", "250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.1.5", "354")
	c.send("Subject: x\r\n\r\n..dot\r\n...\r\nbare\nlf\n.\nh\x00\xff\r.\r\n.\r\n")
	c.expect("250 2.0.0 ok", "451 4.7.1 later", "550 5.7.1 no  250 forged")
	// The next transaction knows nothing of the first.
	c.send("MAIL FROM:<>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n")
	c.expect("250", "250", "354")
	c.send(".\r\n")
	c.expect("250")
	c.send("QUIT\r\n")
	c.expect("221")
	want := []treated{{
		Envelope: message.Envelope{Sender: `"a >b"@c.d`, SenderArgs: []string{"SIZE=12", "BODY=8BITMIME", "RET=HDRS", "ENVID=e+2B"},
			Recipients: []message.Recipient{
				{Typed: "Bob@X.example.job.content.sealpost.invalid", Address: "Bob@X.example.job.content.sealpost.invalid", Args: []string{"ORCPT=rfc822;bob@x.example", "NOTIFY=FAILURE,DELAY"}},
				{Typed: "carol@x.example", Address: "carol@x.example", Args: []string{}},
				{Typed: "carol@x.example", Address: "carol@x.example", Args: []string{}}},
			Client:  message.Client{Addr: netip.MustParseAddr("192.0.2.1"), Name: "client.example", Helo: "x=y"},
			QueueID: "4jXCH84lGsz1SDxn"},
		Data: "Subject: x\r\n\r\n.dot\r\n..\r\nbare\nlf\n.\nh\x00\xff\r.\r\n",
	}, {Envelope: message.Envelope{SenderArgs: []string{}, Recipients: []message.Recipient{{Typed: "d@e.f", Address: "d@e.f", Args: []string{}}}}}}
	if d := cmp.Diff(want, tr.seen, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestLMTPCommandsOutOfPlace(t *testing.T) {
	_, socket := startLMTP(t, &treater{}, func(o *LMTPOptions) { o.MaxRecipients = 2 })
	c := connect(t, socket)
	c.expect("220")
	for _, s := range [][2]string{
		{"MAIL FROM:<a@b.c>", "503"}, {"RCPT TO:<a@b.c>", "503"}, {"DATA", "503"}, {"EHLO x", "500"}, {"LHLO", "501"}, {"XFORWARD IDENT=x", "503"},
		{"LHLO x", "250"}, {"NOOP", "250"}, {"VRFY x", "500"}, {"", "500"}, {"BDAT 3", "500"}, {"STARTTLS", "500"},
		{"XFORWARD", "501"}, {"XFORWARD FOO=x", "501"}, {"XFORWARD IDENT=a+0D+0Ab", "501"}, {"XFORWARD IDENT", "501"}, {"XFORWARD NAME=+4", "501"},
		{"MAIL FROM:a@b.c", "501"}, {"MAIL FROM:<a@b.c", "501"}, {"MAIL FROM:<a@b.c>X=1", "501"}, {"MAIL FROM:<a@b.c> =1", "501"}, {"MAIL FROM:<a b@c>", "501"},
		{"RCPT TO:<a@b.c>", "503"}, {"MAIL FROM:<a@b.c>", "250"}, {"MAIL FROM:<a@b.c>", "503"}, {"XFORWARD IDENT=x", "503"}, {"DATA", "503"},
		{"RCPT TO:<>", "501"}, {"RCPT TO:<a@b.c> X=", "501"}, {"RCPT TO:<a@b.c>\nRSET", "500"}, {"RCPT TO:<a\x00@b.c>", "500"},
		{"RCPT TO:<" + strings.Repeat("a", 9000) + "@b.c>", "500"}, {"RCPT TO:<" + strings.Repeat("a", 100_000) + "@b.c>", "500"},
		{"rcpt to:<a@b.c>", "250"}, {"DATA x", "501"}, {"RCPT TO:<b@b.c>", "250"}, {"RCPT TO:<c@b.c>", "452 4.5.3"},
		{"RSET", "250"}, {"DATA", "503"}, {"RCPT TO:<a@b.c>", "503"}, {"QUIT", "221"},
	} {
		c.send(s[0] + "\r\n")
		if strings.Contains(s[0], "\n") {
			c.expect("500", "250") // two lines
			c.send("MAIL FROM:<a@b.c>\r\n")
			c.expect("250")
			continue
		}
		c.expect(s[1])
	}
}

// A client that says nothing but rubbish is sent away.
func TestLMTPRubbish(t *testing.T) {
	_, socket := startLMTP(t, &treater{})
	c := connect(t, socket)
	c.expect("220")
	for range mostMistakes {
		c.send("x\r\n")
		c.expect("500")
	}
	c.send("x\r\n")
	c.expect("500", "421")
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
}

// Whatever a Treater does that isn't an answer is a temporary failure for
// everybody.
func TestTreaterThatBreaks(t *testing.T) {
	for name, do := range map[string]func(context.Context, *message.Message) []message.Reply{
		"panics":        func(context.Context, *message.Message) []message.Reply { panic("secret") },
		"says nothing":  func(context.Context, *message.Message) []message.Reply { return nil },
		"says too few":  func(context.Context, *message.Message) []message.Reply { return []message.Reply{accepted} },
		"says too much": func(context.Context, *message.Message) []message.Reply { return repeat(3, accepted) },
		"gives zeros":   func(context.Context, *message.Message) []message.Reply { return make([]message.Reply, 2) },
		"mixes classes": func(context.Context, *message.Message) []message.Reply {
			return repeat(2, message.Reply{Code: 250, Enhanced: "5.1.1"})
		},
		"invents a code": func(context.Context, *message.Message) []message.Reply {
			return repeat(2, message.Reply{Code: 299, Enhanced: "2.0.0"})
		},
		"wants more": func(context.Context, *message.Message) []message.Reply {
			return repeat(2, message.Reply{Code: 354, Enhanced: "3.0.0"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, socket := startLMTP(t, &treater{do: do})
			c := connect(t, socket)
			c.begin("b@b.c", "d@b.c")
			c.send("x\r\n.\r\n")
			c.expect("451 4.3.0", "451 4.3.0")
			c.send("NOOP\r\n")
			c.expect("250")
		})
	}
}

// Our own limits make a message wait; they never bounce it.
func TestLMTPLimitsAreTemporary(t *testing.T) {
	tr := &treater{}
	_, socket := startLMTP(t, tr, func(o *LMTPOptions) { o.Spool = message.NewSpool(100_000, 1<<20); o.MaxSessions = 2 })
	c := connect(t, socket)
	c.begin("b@b.c", "d@b.c")
	c.send(strings.Repeat(strings.Repeat("x", 98)+"\r\n", 2000) + ".\r\n")
	c.expect("452 4.3.1", "452 4.3.1")
	if len(tr.seen) != 0 {
		t.Error("a part of a message was treated")
	}
	c.send("MAIL FROM:<a@b.c>\r\nRCPT TO:<b@b.c>\r\nDATA\r\n")
	c.expect("250", "250", "354")
	c.send("fits\r\n.\r\n")
	c.expect("250")
	second := connect(t, socket)
	second.expect("220")
	third := connect(t, socket)
	third.expect("421 4.3.2")
}

func TestLMTPClientLeavesBeforeTheEnd(t *testing.T) {
	tr := &treater{}
	l, socket := startLMTP(t, tr)
	for _, last := range []string{"", "x\r\n", "x\r\n.", "x\r\n.\r", "x\n.\n", "x\r\n.\n", "x\r.\r", "x\n.\r\n"} {
		c := connect(t, socket)
		c.begin("b@b.c")
		c.send(last)
		c.conn.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := l.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if len(tr.seen) != 0 {
		t.Errorf("treated %+v", tr.seen)
	}
}

// Once a message has been handed over its treatment goes on.
func TestLMTPClientLeavesDuringTreat(t *testing.T) {
	entered, left, result := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	_, socket := startLMTP(t, &treater{do: func(ctx context.Context, m *message.Message) []message.Reply {
		close(entered)
		<-left
		result <- ctx.Err()
		return []message.Reply{accepted}
	}})
	c := connect(t, socket)
	c.begin("b@b.c")
	c.send("x\r\n.\r\n")
	<-entered
	c.conn.Close()
	close(left)
	if err := <-result; err != nil {
		t.Errorf("the Treater's context: %v", err)
	}
}

func TestLMTPShutdown(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	tr := &treater{do: func(context.Context, *message.Message) []message.Reply {
		close(entered)
		<-leave
		return []message.Reply{accepted}
	}}
	l := NewLMTP(LMTPOptions{Treater: tr, Spool: message.NewSpool(1<<20, 1<<20), Log: zaptest.NewLogger(t)})
	ln := listen(t)
	served := make(chan error, 1)
	go func() { served <- l.Serve(t.Context(), ln) }()
	idle, half, busy := connect(t, ln.Addr().String()), connect(t, ln.Addr().String()), connect(t, ln.Addr().String())
	idle.expect("220")
	half.begin("b@b.c")
	half.send("half a message\r\n")
	busy.begin("b@b.c")
	busy.send("x\r\n.\r\n")
	<-entered
	down := make(chan error, 1)
	go func() { down <- l.Shutdown(t.Context()) }()
	idle.expect("421 4.3.2")
	half.expect("421 4.3.2")
	close(leave)
	busy.expect("250", "421 4.3.2")
	if err := <-down; err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if len(tr.seen) != 1 {
		t.Errorf("treated %d", len(tr.seen))
	}
	if err := l.Serve(t.Context(), listen(t)); err == nil {
		t.Error("serving after Shutdown gave no error")
	}
}

// When its time is up, Shutdown cancels what is at work.
func TestLMTPShutdownCutsOff(t *testing.T) {
	entered, ended := make(chan struct{}), make(chan error, 1)
	l := NewLMTP(LMTPOptions{Spool: message.NewSpool(1<<20, 1<<20), Log: zaptest.NewLogger(t), Treater: &treater{do: func(ctx context.Context, m *message.Message) []message.Reply {
		close(entered)
		<-ctx.Done()
		ended <- ctx.Err()
		return repeat(1, accepted)
	}}})
	ln := listen(t)
	go l.Serve(t.Context(), ln)
	c := connect(t, ln.Addr().String())
	c.begin("b@b.c")
	c.send("x\r\n.\r\n")
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Shutdown(ctx); err == nil {
		t.Error("no error")
	}
	if err := <-ended; err == nil {
		t.Error("not cancelled")
	}
}

func TestLMTPIdle(t *testing.T) {
	_, socket := startLMTP(t, &treater{}, func(o *LMTPOptions) { o.IdleTimeout = 20 * time.Millisecond })
	c := connect(t, socket)
	c.expect("220", "421 4.4.2")
}

// FuzzCommand: whatever is said, the session answers or ends, and only a
// proper end of data makes a message.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"LHLO x\r\nMAIL FROM:<a@b.c> SIZE=1\r\nRCPT TO:<\"a>\\\"\"@b.c> ORCPT=rfc822;x\r\nDATA\r\nx\r\n.\r\nQUIT\r\n",
		"XFORWARD NAME=x+41 ADDR=IPv6:::1 IDENT=y\r\n", "LHLO x\nMAIL FROM:<>\r\n"} {
		f.Add([]byte(s))
	}
	spool := message.NewSpool(1<<20, 1<<24)
	f.Fuzz(func(t *testing.T, input []byte) {
		tr := &treater{}
		l := NewLMTP(LMTPOptions{Treater: tr, Spool: spool, Log: zap.NewNop()})
		var out bytes.Buffer
		p := &peer{Conn: &script{Reader: bytes.NewReader(input), Writer: &out}, server: &l.server}
		newSession(l, p).run(t.Context())
		if len(tr.seen) > bytes.Count(input, []byte("\r\n.\r\n")) {
			t.Errorf("%d messages from %q", len(tr.seen), input)
		}
		if n, contents := spool.Usage(); n != 0 || contents != 0 {
			t.Errorf("left in the spool: %d bytes of %d messages", n, contents)
		}
		for line := range strings.Lines(out.String()) {
			if !strings.HasSuffix(line, "\r\n") || line[0] < '2' || line[0] > '5' {
				t.Errorf("said %q", line)
			}
		}
	})
}

// script is a connection that says what it was given.
type script struct {
	net.Conn
	io.Reader
	io.Writer
}

func (s *script) Read(p []byte) (int, error)       { return s.Reader.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.Writer.Write(p) }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// FuzzData: what is sent comes out as it was, but for bare LF and a missing
// last line end; and nothing in it ends the data early, for a reader that
// takes CR LF for a line end and for one that takes LF.
func FuzzData(f *testing.F) {
	for _, s := range []string{"", ".", ".\r\n", "a\r\n.\r\nb", "a\n.\nb", "a\r\n.\nb", "a\r.\r\n", "a\r", "\r\r\n", "..", "\n", strings.Repeat("x", 70_000) + "\r\n.y"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var wire bytes.Buffer
		if err := sendData(bufio.NewWriter(&wire), bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		want := bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		if len(want) > 0 && !bytes.HasSuffix(want, []byte("\n")) {
			want = append(bytes.TrimSuffix(want, []byte("\r")), '\r', '\n')
		}
		for line := range bytes.Lines(wire.Bytes()) {
			if s := string(line); s == ".\r\n" || s == ".\n" {
				t.Fatalf("the content ends early: %q", wire.Bytes())
			}
		}
		r := bufio.NewReaderSize(io.MultiReader(&wire, strings.NewReader(".\r\nNOOP\r\n")), 4096)
		var got bytes.Buffer
		if werr, err := receiveData(r, &got); werr != nil || err != nil {
			t.Fatal(werr, err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%q came as %q, want %q", content, got.Bytes(), want)
		}
		if rest, _ := io.ReadAll(r); string(rest) != "NOOP\r\n" {
			t.Errorf("left on the wire: %q", rest)
		}
	})
}
