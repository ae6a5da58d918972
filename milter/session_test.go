package milter

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sealpost/sealpost/message"
)

// mta is go-milter's client with failures that end the test.
type mta struct {
	t testing.TB
	*gomilter.ClientSession
	macros *gomilter.MacroBag
}

func dialMTA(t testing.TB, r *rig) *mta {
	t.Helper()
	m := &mta{t: t, macros: gomilter.NewMacroBag()}
	c := gomilter.NewClient("unix", r.socket, gomilter.WithReadTimeout(30*time.Second))
	s, err := c.Session(m.macros)
	if err != nil {
		t.Fatal(err)
	}
	m.ClientSession = s
	t.Cleanup(func() { s.Close() })
	return m
}

func (m *mta) ok(a *gomilter.Action, err error) {
	m.t.Helper()
	if err != nil || a.Type != gomilter.ActionContinue {
		m.t.Fatalf("got %+v, %v, want continue", a, err)
	}
}

// hello begins a session as Postfix does for an SMTP client.
func (m *mta) hello() {
	m.t.Helper()
	m.ok(m.Conn("client.test", gomilter.FamilyInet, 2525, "192.0.2.7"))
	m.ok(m.Helo("helo.test"))
}

// content sends header and body; header lines end in LF as the MTA has them.
func (m *mta) content(body string) {
	m.t.Helper()
	m.ok(m.DataStart())
	m.ok(m.HeaderField("Subject", " x", nil))
	m.ok(m.HeaderEnd())
	if body != "" {
		m.ok(m.BodyChunk([]byte(body)))
	}
}

// send hands in a small message and returns what the MTA would do.
func (m *mta) send(body string) ([]gomilter.ModifyAction, *gomilter.Action) {
	m.t.Helper()
	m.ok(m.Mail("s@s.test", ""))
	m.ok(m.Rcpt("r@r.test", ""))
	m.content(body)
	if body == "" {
		m.ok(m.BodyChunk([]byte("b\r\n")))
	}
	acts, a, err := m.End()
	if err != nil {
		m.t.Fatal(err)
	}
	return acts, a
}

func said(a *gomilter.Action) string {
	switch a.Type {
	case gomilter.ActionAccept:
		return "accept"
	case gomilter.ActionRejectWithCode:
		return a.SMTPReply
	}
	return fmt.Sprintf("%+v", a)
}

func mustSay(t testing.TB, a *gomilter.Action, prefix string) {
	t.Helper()
	if !strings.HasPrefix(said(a), prefix) {
		t.Errorf("the MTA was told %q, want %q…", said(a), prefix)
	}
}

func socketPath(t testing.TB) string { return t.TempDir() + "/m" }

func contentOf(t testing.TB, m *message.Message) string {
	t.Helper()
	b, err := io.ReadAll(m.Content.Reader())
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// What the MTA tells arrives in the message as it was told.
func TestMessage(t *testing.T) {
	var got message.Envelope
	var text string
	g := &script{handle: func(_ context.Context, m *message.Message) message.Answer {
		got, text = m.Envelope, contentOf(t, m)
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	m := dialMTA(t, r)
	m.hello()
	// STARTTLS: ABORT and a new HELO, with the macros there.
	if err := m.Abort(nil); err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"{tls_version}": "TLSv1.3", "{cipher}": "TLS_AES_256_GCM_SHA384", "{cipher_bits}": "256", "{cert_subject}": "client.test", "{cert_issuer}": "ca.test"} {
		m.macros.Set(k, v)
	}
	m.ok(m.Helo("again.test"))
	// Not sent again: what HELO said stays, also across ABORT.
	for _, k := range []string{"{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"} {
		m.macros.Set(k, "")
	}
	if err := m.Abort(nil); err != nil {
		t.Fatal(err)
	}
	m.macros.Set("{auth_authen}", "alice")
	m.ok(m.Mail("Sender@S.test", "SIZE=100 BODY=8BITMIME"))
	m.ok(m.Rcpt(`"A b"@R.Test`, "NOTIFY=NEVER ORCPT=rfc822;x@y.test"))
	m.macros.Set("i", "4abc")
	m.ok(m.Rcpt("grüße@r.test", ""))
	m.ok(m.DataStart())
	m.ok(m.HeaderField("Subject", "  two blanks", nil))
	m.ok(m.HeaderField("X-Tight", "value \n\tfold\n  fold", nil))
	m.ok(m.HeaderField("X-Empty", "", nil))
	m.ok(m.HeaderField("X-8bit", " \xff\xfe", nil))
	m.ok(m.HeaderEnd())
	m.ok(m.BodyChunk([]byte("one\r\n\x00two\xff\n")))
	m.ok(m.BodyChunk([]byte("\r\n\r\n")))
	if _, a, err := m.End(); err != nil || a.Type != gomilter.ActionAccept {
		t.Fatal(a, err)
	}
	want := message.Envelope{
		Sender: "Sender@S.test", SenderArgs: []string{"SIZE=100", "BODY=8BITMIME"},
		Recipients: []message.Recipient{
			{Typed: `"A b"@R.Test`, Address: `"A b"@R.Test`, Args: []string{"NOTIFY=NEVER", "ORCPT=rfc822;x@y.test"}},
			{Typed: "grüße@r.test", Address: "grüße@r.test"},
		},
		Client: message.Client{
			Addr: netip.MustParseAddr("192.0.2.7"), Name: "client.test", Helo: "again.test", User: "alice",
			TLS: &message.TLS{Version: "TLSv1.3", Cipher: "TLS_AES_256_GCM_SHA384", Bits: 256, Verified: true, Subject: "client.test", Issuer: "ca.test"},
		},
		QueueID: "4abc",
	}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	wantText := "Subject:  two blanks\r\nX-Tight:value \r\n\tfold\r\n  fold\r\nX-Empty:\r\nX-8bit: \xff\xfe\r\n\r\none\r\n\x00two\xff\n\r\n\r\n"
	if d := cmp.Diff(wantText, text); d != "" {
		t.Error(d)
	}
}

// A certificate counts as verified only where the MTA says so; the next
// message of the session doesn't inherit a login.
func TestClientFacts(t *testing.T) {
	var got message.Client
	g := &script{handle: func(_ context.Context, m *message.Message) message.Answer {
		got = m.Envelope.Client
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	m := dialMTA(t, r)
	// Sendmail shows the names of any certificate, and says what it is worth.
	for k, v := range map[string]string{"{tls_version}": "TLSv1.2", "{cipher}": "X", "{cipher_bits}": "nonsense", "{cert_subject}": "/CN=evil", "{verify}": "FAIL", "{auth_authen}": "bob"} {
		m.macros.Set(k, v)
	}
	m.ok(m.Conn("[192.0.2.8]", gomilter.FamilyInet6, 25, "2001:db8::1"))
	m.ok(m.Helo("h"))
	m.send("")
	want := message.Client{Addr: netip.MustParseAddr("2001:db8::1"), Helo: "h", User: "bob", TLS: &message.TLS{Version: "TLSv1.2", Cipher: "X", Subject: "/CN=evil"}}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
	m.macros.Set("{auth_authen}", "")
	m.send("")
	if got.User != "" {
		t.Errorf("the second message has the user %q of the first", got.User)
	}
	// A new SMTP session on the same connection forgets all.
	if err := m.Reset(gomilter.NewMacroBag()); err != nil {
		t.Fatal(err)
	}
	m.ok(m.Conn("localhost", gomilter.FamilyInet, 0, "127.0.0.1"))
	m.ok(m.Helo("localhost"))
	m.send("")
	if got.Addr.IsValid() || got.TLS != nil || got.User != "" {
		t.Errorf("mail of the machine itself came with %+v", got)
	}
}

// Edits come in an order in which each does what was meant.
func TestEdits(t *testing.T) {
	spool := message.NewSpool(1<<20, 1<<20)
	body, err := spool.New()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(body, "new\r\n")
	g := &script{handle: func(_ context.Context, m *message.Message) message.Answer {
		return message.Answer{Verdict: message.Hold, Edits: message.Edits{
			DeleteRecipients: []string{"r@r.test"},
			AddRecipients:    []message.AddRecipient{{Address: "r@r.test.x.sealpost.invalid", Args: "ORCPT=rfc822;r@r.test"}, {Address: "p@r.test"}},
			SenderArgs:       "RET=HDRS",
			DeleteHeaders:    []message.HeaderRef{{Name: "X-A", Index: 1}, {Name: "X-B", Index: 2}, {Name: "x-a", Index: 3}},
			InsertHeaders:    []message.HeaderField{{Name: "X-One", Value: "1"}, {Name: "X-Two", Value: "2\r\n fold"}},
			Body:             body,
		}}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g, Spool: spool})
	m := dialMTA(t, r)
	m.hello()
	acts, a := m.send("")
	mustSay(t, a, "accept")
	if len(acts) == 0 || !strings.Contains(acts[len(acts)-1].Reason, "held by mail filter (") {
		t.Fatalf("no quarantine at the end of %+v", acts)
	}
	acts[len(acts)-1].Reason = ""
	want := []gomilter.ModifyAction{
		{Type: gomilter.ActionChangeFrom, From: "<s@s.test>", FromArgs: "RET=HDRS"},
		{Type: gomilter.ActionDelRcpt, Rcpt: "<r@r.test>"},
		{Type: gomilter.ActionAddRcpt, Rcpt: "<r@r.test.x.sealpost.invalid>", RcptArgs: "ORCPT=rfc822;r@r.test"},
		{Type: gomilter.ActionAddRcpt, Rcpt: "<p@r.test>"},
		{Type: gomilter.ActionChangeHeader, HeaderIndex: 3, HeaderName: "x-a"},
		{Type: gomilter.ActionChangeHeader, HeaderIndex: 2, HeaderName: "X-B"},
		{Type: gomilter.ActionChangeHeader, HeaderIndex: 1, HeaderName: "X-A"},
		{Type: gomilter.ActionInsertHeader, HeaderName: "X-Two", HeaderValue: " 2\n fold"},
		{Type: gomilter.ActionInsertHeader, HeaderName: "X-One", HeaderValue: " 1"},
		{Type: gomilter.ActionReplaceBody, Body: []byte("new\r\n")},
		{Type: gomilter.ActionQuarantine},
	}
	if d := cmp.Diff(want, acts); d != "" {
		t.Error(d)
	}
	if _, n := spool.Usage(); n != 0 {
		t.Errorf("%d contents left open", n)
	}
}

// Whatever an answer says that can't be understood or done is a temporary
// failure, and no edit of it is sent.
func TestAnswers(t *testing.T) {
	del := message.Edits{DeleteRecipients: []string{"R@r.test"}}
	for _, c := range []struct {
		name   string
		answer message.Answer
		want   string
	}{
		{"accept", message.Answer{Verdict: message.Accept}, "accept"},
		{"reject", message.Answer{Verdict: message.Reject, Reply: message.Reply{Code: 550, Enhanced: "5.7.1", Text: "no\r\n250 way\x00, 100%"}}, "550 5.7.1 no 250 way?, 100? ("},
		{"temporary", message.Answer{Verdict: message.TempFail, Reply: message.Reply{Code: 451, Enhanced: "4.7.1", Text: strings.Repeat("x", 2000)}}, "451 4.7.1 xxx"},
		{"empty", message.Answer{}, "451 4.3.0"},
		{"unknown verdict", message.Answer{Verdict: "discard"}, "451 4.3.0"},
		{"reject with a temporary code", message.Answer{Verdict: message.Reject, Reply: message.Reply{Code: 451, Enhanced: "4.7.1"}}, "451 4.3.0"},
		{"reject with 250", message.Answer{Verdict: message.Reject, Reply: message.Reply{Code: 250, Enhanced: "2.0.0"}}, "451 4.3.0"},
		{"codes disagree", message.Answer{Verdict: message.Reject, Reply: message.Reply{Code: 550, Enhanced: "4.7.1"}}, "451 4.3.0"},
		{"deletes another's spelling", message.Answer{Verdict: message.Accept, Edits: del}, "451 4.3.0"},
		{"adds a header with a line of its own", message.Answer{Verdict: message.Accept, Edits: message.Edits{InsertHeaders: []message.HeaderField{{Name: "X", Value: "a\r\nBcc: b"}}}}, "451 4.3.0"},
		{"adds a header without name", message.Answer{Verdict: message.Accept, Edits: message.Edits{InsertHeaders: []message.HeaderField{{Name: "X Y", Value: "a"}}}}, "451 4.3.0"},
		{"adds two addresses in one", message.Answer{Verdict: message.Accept, Edits: message.Edits{AddRecipients: []message.AddRecipient{{Address: "a@b> <c@d"}}}}, "451 4.3.0"},
		{"deletes header zero", message.Answer{Verdict: message.Accept, Edits: message.Edits{DeleteHeaders: []message.HeaderRef{{Name: "X"}}}}, "451 4.3.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &script{handle: func(context.Context, *message.Message) message.Answer { return c.answer }}
			r := startServer(t, socketPath(t), Options{Gateway: g})
			m := dialMTA(t, r)
			m.hello()
			acts, a := m.send("")
			mustSay(t, a, c.want)
			if len(acts) > 0 {
				t.Errorf("edits were sent: %+v", acts)
			}
			if s := said(a); len(s) > 500 || strings.ContainsAny(strings.TrimSuffix(s, "\r\n"), "\r\n") {
				t.Errorf("reply of %d bytes: %q", len(s), s)
			}
		})
	}
}

// An MTA that doesn't allow an edit gets a temporary failure for the message
// that needs it, and only for that.
func TestNotNegotiated(t *testing.T) {
	answer := message.Answer{Verdict: message.Accept}
	g := &script{handle: func(context.Context, *message.Message) message.Answer { return answer }}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	m := &mta{t: t, macros: gomilter.NewMacroBag()}
	s, err := gomilter.NewClient("unix", r.socket, gomilter.WithActions(gomilter.OptAddHeader)).Session(m.macros)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m.ClientSession = s
	m.hello()
	_, a := m.send("")
	mustSay(t, a, "accept")
	answer.Edits.DeleteRecipients = []string{"r@r.test"}
	_, a = m.send("")
	mustSay(t, a, "451 4.3.5")
	answer = message.Answer{Verdict: message.Hold}
	_, a = m.send("")
	mustSay(t, a, "451 4.3.5")
}

// A panic is a temporary failure for its message, as a reply: the session and
// the process go on.
func TestPanic(t *testing.T) {
	where := ""
	g := &script{
		recipient: func(context.Context, *message.Envelope, *message.Recipient) *message.Reply {
			if where == "rcpt" {
				panic("secret subject")
			}
			return nil
		},
		handle: func(_ context.Context, m *message.Message) message.Answer {
			if where == "end" {
				m.Root.Parts[0] = nil
			}
			return message.Answer{Verdict: message.Accept}
		},
	}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	m := dialMTA(t, r)
	m.hello()
	where = "end"
	_, a := m.send("")
	mustSay(t, a, "451 4.3.0")
	where = "rcpt"
	m.ok(m.Mail("s@s.test", ""))
	a, err := m.Rcpt("r@r.test", "")
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "451 4.3.0")
	where = ""
	if err := m.Abort(nil); err != nil {
		t.Fatal(err)
	}
	_, a = m.send("")
	mustSay(t, a, "accept")
	if n := r.count(Panicked); n != 2 {
		t.Errorf("%d panics observed, want 2", n)
	}
	for _, e := range r.logs.All() {
		if strings.Contains(fmt.Sprint(e.Message, e.ContextMap()), "secret subject") {
			t.Errorf("the log shows the panic's value: %v", e)
		}
	}
}

// Over a limit of ours the answer is temporary, and the next message fares
// well.
func TestLimits(t *testing.T) {
	spool := message.NewSpool(1<<20, 1<<20+1000)
	r := startServer(t, socketPath(t), Options{Spool: spool, MaxRecipients: 2})
	m := dialMTA(t, r)
	m.hello()
	big := func() *gomilter.Action {
		m.ok(m.Mail("s@s.test", ""))
		m.ok(m.Rcpt("r@r.test", ""))
		m.content("")
		for range 20 {
			m.ok(m.BodyChunk(make([]byte, 60000)))
		}
		_, a, err := m.End()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	mustSay(t, big(), "452 4.3.4")
	other, err := spool.New()
	if err != nil {
		t.Fatal(err)
	}
	other.Write(make([]byte, 500<<10))
	mustSay(t, big(), "452 4.3.1")
	other.Close()
	m.ok(m.Mail("s@s.test", ""))
	m.ok(m.Rcpt("a@r.test", ""))
	m.ok(m.Rcpt("b@r.test", ""))
	a, err := m.Rcpt("c@r.test", "")
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "452 4.5.3")
	m.content("b\r\n")
	_, a, err = m.End()
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "accept")
	if used, n := spool.Usage(); used != 0 || n != 0 {
		t.Errorf("spool still holds %d bytes in %d contents", used, n)
	}
}

// A recipient's refusal is told at RCPT; where nobody listens (mail of the
// machine itself), at the end of the message.
func TestRecipientRefused(t *testing.T) {
	var asked []string
	g := &script{
		recipient: func(_ context.Context, env *message.Envelope, r *message.Recipient) *message.Reply {
			if strings.HasSuffix(r.Typed, "sealpost.invalid") {
				return &message.Reply{Code: 550, Enhanced: "5.1.2", Text: "no marks"}
			}
			return nil
		},
		handle: func(_ context.Context, m *message.Message) message.Answer {
			for _, r := range m.Envelope.Recipients {
				asked = append(asked, r.Typed)
			}
			return message.Answer{Verdict: message.Accept}
		},
	}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	m := dialMTA(t, r)
	m.hello()
	m.ok(m.Mail("s@s.test", ""))
	m.ok(m.Rcpt("a@r.test", ""))
	for _, odd := range []string{"<a@x.sealpost.invalid>", "<@relay.test:b@r.test>", "<b%r.test@own.test>", "<r.test!b@own.test>", `<"b@r.test"@own.test>`, "<b%r.test>", "Bob <b@r.test>", "<a (c)@r.test>", "<a@b@r.test>", "<>", "<a@>", "<@r.test>", "<a b@r.test>", `<"open@r.test>`} {
		a, err := m.Rcpt(gomilter.RemoveAngle(odd), "")
		if err != nil {
			t.Fatal(err)
		}
		mustSay(t, a, "55")
	}
	for _, plain := range []string{"<B@R.test>", "bare@r.test", "<postmaster>", `<"a b"@r.test>`, `<"q\"x"@r.test>`, "<a@[192.0.2.1]>", "<a@[IPv6:2001:db8::1]>", "<a+b=c@r.test>", "<dot.@r.test>", "<ü@ü.test>"} {
		a, err := m.Rcpt(gomilter.RemoveAngle(plain), "")
		if err != nil || a.Type != gomilter.ActionContinue {
			t.Errorf("%s: %+v %v", plain, a, err)
		}
	}
	m.content("b\r\n")
	_, a, err := m.End()
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "accept")
	if len(asked) != 11 || asked[0] != "a@r.test" {
		t.Errorf("judged %q", asked)
	}

	m = dialMTA(t, r)
	m.ok(m.Conn("localhost", gomilter.FamilyInet, 0, "127.0.0.1"))
	m.ok(m.Helo("localhost"))
	m.ok(m.Mail("s@s.test", ""))
	m.ok(m.Rcpt("a@x.sealpost.invalid", ""))
	m.ok(m.Rcpt("b@r.test", ""))
	m.content("b\r\n")
	_, a, err = m.End()
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "550 5.1.2")
}

// A message told out of order is never handed on.
func TestOutOfOrder(t *testing.T) {
	r := startServer(t, socketPath(t), Options{Gateway: &script{handle: func(context.Context, *message.Message) message.Answer {
		t.Error("handed on")
		return message.Answer{Verdict: message.Accept}
	}}})
	for name, packets := range map[string]string{
		"end alone":               "E",
		"no recipient":            "M L N B E",
		"header after body":       "M R L N B L E",
		"recipient after header":  "M R L R N B E",
		"body without header end": "M R L B E",
		"no mail":                 "L N B E",
	} {
		t.Run(name, func(t *testing.T) {
			w := dialRaw(t, r.socket)
			w.negotiate()
			for _, p := range strings.Fields(packets) {
				w.send(p[0], map[byte]string{'M': "<s@s.test>\x00", 'R': "<r@r.test>\x00", 'L': "Subject\x00 x\x00", 'B': "b\r\n"}[p[0]])
			}
			for {
				cmd, data := w.receive()
				if cmd == 'c' || cmd == 'y' && name == "recipient after header" && strings.Count(packets, "R") == 2 {
					packets = "" // the answer to a RCPT
					continue
				}
				if cmd != 'y' || !strings.HasPrefix(data, "451 4.3.0") {
					t.Errorf("told %q %q", cmd, data)
				}
				break
			}
		})
	}
}

// Many sessions at once don't mix.
func TestConcurrentSessions(t *testing.T) {
	g := &script{handle: func(_ context.Context, m *message.Message) message.Answer {
		if text := contentOf(t, m); !strings.HasSuffix(text, m.Envelope.Sender+"\r\n") {
			t.Errorf("%s has the content %q", m.Envelope.Sender, text)
		}
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	var wg sync.WaitGroup
	for i := range 20 {
		m := dialMTA(t, r)
		m.hello()
		wg.Go(func() {
			for j := range 10 {
				from := fmt.Sprintf("%d.%d@s.test", i, j)
				m.Mail(""+from+"", "")
				m.Rcpt("r@r.test", "")
				m.DataStart()
				m.HeaderEnd()
				m.BodyChunk([]byte(from + "\r\n"))
				if _, a, err := m.End(); err != nil || a.Type != gomilter.ActionAccept {
					t.Error(a, err)
				}
			}
		})
	}
	wg.Wait()
}
