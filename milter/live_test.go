package milter

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/message"
)

// live is one Postfix for all tests below, and what its milter does now.
type live struct {
	*postfix
	gateway *script
	seen    chan seen
}

// seen is what the gateway was asked about.
type seen struct {
	envelope message.Envelope
	text     string
}

func (l *live) answer(f func(m *message.Message) message.Answer) {
	l.gateway.handle = func(_ context.Context, m *message.Message) message.Answer {
		l.seen <- seen{m.Envelope, contentOf(l.t, m)}
		return f(m)
	}
}

func acceptAll(*message.Message) message.Answer { return message.Answer{Verdict: message.Accept} }

// TestPostfix settles on a live Postfix what the rest of this package relies on.
func TestPostfix(t *testing.T) {
	cert, key := certificate(t)
	l := &live{gateway: &script{}, seen: make(chan seen, 100)}
	l.answer(acceptAll)
	l.postfix = startPostfix(t, Options{Gateway: l.gateway, MaxSessions: 2, ProgressEvery: 200 * time.Millisecond},
		"smtpd_tls_security_level = may", "smtpd_tls_cert_file = "+cert, "smtpd_tls_key_file = "+key, "smtpd_tls_CAfile = "+cert,
		"smtpd_tls_ask_ccert = yes", "smtpd_tls_session_cache_database =", "smtpd_authorized_xclient_hosts = 127.0.0.1")
	t.Run("recipients", l.recipients)
	t.Run("content", l.content)
	t.Run("edits", l.edits)
	t.Run("verdicts", l.verdicts)
	t.Run("starttls", func(t *testing.T) { l.starttls(t, cert, key) })
	t.Run("sendmail", l.sendmail)
	t.Run("slow", l.slow)
	t.Run("too many sessions", l.tooMany)
	t.Run("idle connection closed", l.idleClosed)
}

// Every plain form of a recipient is deleted by the string of its RCPT, and
// only the mark is left. Recipients that Postfix refuses aren't judged.
func (l *live) recipients(t *testing.T) {
	l.answer(func(m *message.Message) message.Answer {
		a := message.Answer{Verdict: message.Accept}
		for i, r := range m.Envelope.Recipients {
			a.Edits.DeleteRecipients = append(a.Edits.DeleteRecipients, r.Typed)
			a.Edits.AddRecipients = append(a.Edits.AddRecipients, message.AddRecipient{Address: fmt.Sprintf("m%d@mark.test", i), Args: "ORCPT=rfc822;o@x.test NOTIFY=FAILURE"})
		}
		return a
	})
	defer l.answer(acceptAll)
	c := l.dial()
	defer c.cmd("QUIT")
	typed := []string{`<Bob@X.Test>`, `<"a b"@x.test>`, `<"plain"@x.test>`, `<"q\"x"@x.test>`, `<"a\b"@x.test>`, `bare@x.test`, `<postmaster>`, `<a@[127.0.0.1]>`, `<dot.@x.test>`, `<x@x.test.>`}
	want := []string{}
	for i := range typed {
		want = append(want, fmt.Sprintf("<m%d@mark.test> ORCPT=rfc822;o@x.test NOTIFY=FAILURE", i))
	}
	if got := c.send("<s@s.test>", typed, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	got := l.sink.next(t)
	if fmt.Sprintf("%q", got.Rcpts) != fmt.Sprintf("%q", want) {
		t.Errorf("left over: %q, want only the marks", got.Rcpts)
	}
	s := <-l.seen
	for i, r := range s.envelope.Recipients {
		if want := strings.TrimSuffix(strings.TrimPrefix(typed[i], "<"), ">"); r.Typed != want {
			t.Errorf("typed %q arrived as %q", typed[i], r.Typed)
		}
	}
	c.cmd("MAIL FROM:<s@s.test>")
	for _, r := range []string{"<@r.test:x@y.test>", "<u%r.test@gw.test>", "<r.test!u@gw.test>", `<"u@r.test"@gw.test>`, "<a@b@x.test>", "<a (c) @x.test>"} {
		if got := c.cmd("RCPT TO:" + r); !strings.HasPrefix(got, "553 5.1.3 ") {
			t.Errorf("%s was answered by %s", r, got)
		}
	}
	if got := c.cmd("RCPT TO:<refused@x.test>"); !strings.HasPrefix(got, "554 5.7.1 <refused") {
		t.Errorf("Postfix's own refusal: %s", got)
	}
	c.cmd("RSET")
	// SMTPUTF8 survives edits.
	if got := c.send("<grüße@s.test> SMTPUTF8 BODY=8BITMIME", []string{"<ü@x.test>"}, "Subject: ü\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	m := l.sink.next(t)
	if !strings.Contains(m.From, "<grüße@s.test>") || !strings.Contains(m.From, "SMTPUTF8") || len(m.Rcpts) != 1 {
		t.Errorf("SMTPUTF8 message left as %+v", m)
	}
	<-l.seen
}

// What the gateway sees is what Postfix delivers, but for Postfix's own
// Received field.
func (l *live) content(t *testing.T) {
	c := l.dial()
	defer c.cmd("QUIT")
	for name, data := range map[string]string{
		"blanks":        "Subject : a\r\nX-A:\r\nX-B: \r\nX-C:tight\r\nX-D:\ttab\r\nX-E: a  \r\n\tb\r\n  c\r\nX-F: tail  \r\n\r\nbody\r\n\r\n",
		"NUL":           "Subject: nul \x00 cut\r\nX-G: after\r\n\r\nbody \x00 nul\r\n",
		"line ends":     "Subject: lf\nX-H: bare\r\n\r\nline1\nline2\rline3\r\n",
		"8 bit":         "Subject: \xe4 gr\xc3\xbc\r\n\r\n\xff\xfe\r\n",
		"no header":     "no header line\r\nSubject: not\r\n\r\nbody",
		"empty lines":   "X: 1\r\n\r\n\r\n\r\n",
		"long header":   "X-Long: " + strings.Repeat("y", 70000) + "\r\nX-After: 1\r\n\r\nb",
		"mailbox line":  ">From x\r\nX-After: 1\r\n\r\nb",
		"dots":          "X: 1\r\n\r\n..\r\n..x\r\n",
		"beyond chunks": "X: 1\r\n\r\n" + strings.Repeat("0123456789\r\n", 20000),
	} {
		if got := c.send("<s@s.test> BODY=8BITMIME", []string{"<b@x.test>"}, data); !strings.HasPrefix(got, "250") {
			t.Fatal(got)
		}
		delivered := l.sink.next(t).Data
		_, delivered, _ = strings.Cut(delivered, "(UTC)\r\n") // end of Received
		if name == "long header" {                            // broken into lines only on its way out
			delivered = strings.ReplaceAll(delivered, "\r\n ", "")
		}
		if s := <-l.seen; s.text != delivered {
			t.Errorf("%s: seen %.300q, delivered %.300q", name, s.text, delivered)
		}
	}
}

// New fields stand on top in their order, the named ones are gone, RET=HDRS is
// set and leaves the rest of the sender's arguments alone.
func (l *live) edits(t *testing.T) {
	l.answer(func(*message.Message) message.Answer {
		return message.Answer{Verdict: message.Accept, Edits: message.Edits{
			SenderArgs:    "RET=HDRS",
			InsertHeaders: []message.HeaderField{{Name: "X-One", Value: "1"}, {Name: "X-Two", Value: "2\r\n folded"}},
			DeleteHeaders: []message.HeaderRef{{Name: "x-del", Index: 1}, {Name: "X-Del", Index: 3}},
		}}
	})
	defer l.answer(acceptAll)
	c := l.dial()
	defer c.cmd("QUIT")
	if got := c.send(`<"S s"@s.test> BODY=8BITMIME RET=FULL ENVID=abc`, []string{"<b@x.test> NOTIFY=DELAY ORCPT=rfc822;O@x.test"}, "X-Del: a\r\nX-Del:b\r\nX-DEL:  c\r\nX-Keep: 1\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	m := l.sink.next(t)
	if !strings.HasPrefix(m.Data, "X-One: 1\r\nX-Two: 2\r\n folded\r\nReceived: ") || !strings.Contains(m.Data, "(UTC)\r\nX-Del:b\r\nX-Keep: 1\r\n") {
		t.Errorf("delivered %q", m.Data)
	}
	for _, want := range []string{`<"S s"@s.test>`, "BODY=8BITMIME", "ENVID=abc", "RET=HDRS"} {
		if !strings.Contains(m.From, want) {
			t.Errorf("MAIL FROM:%s lacks %s", m.From, want)
		}
	}
	if want := "<b@x.test> NOTIFY=DELAY ORCPT=rfc822;O@x.test"; !strings.Contains(m.Rcpts[0], "NOTIFY=DELAY") || !strings.Contains(m.Rcpts[0], "ORCPT=rfc822;O@x.test") {
		t.Errorf("RCPT TO:%s, want %s", m.Rcpts[0], want)
	}
	<-l.seen
}

// Each verdict becomes what it says, with the session going on.
func (l *live) verdicts(t *testing.T) {
	defer l.answer(acceptAll)
	c := l.dial()
	defer c.cmd("QUIT")
	for _, v := range []struct {
		answer message.Answer
		want   string
	}{
		{message.Answer{Verdict: message.Reject, Reply: message.Reply{Code: 550, Enhanced: "5.7.1", Text: "No 100% way"}}, "550 5.7.1 No 100? way ("},
		{message.Answer{Verdict: message.TempFail, Reply: message.Reply{Code: 451, Enhanced: "4.7.1", Text: "Later"}}, "451 4.7.1 Later ("},
		{message.Answer{}, "451 4.3.0 Internal error, try again later ("},
		{message.Answer{Verdict: message.Hold}, "250 "},
		{message.Answer{Verdict: message.Accept}, "250 "},
	} {
		l.answer(func(*message.Message) message.Answer { return v.answer })
		if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, v.want) {
			t.Errorf("%+v: %s, want %s", v.answer, got, v.want)
		}
		<-l.seen
	}
	l.sink.next(t)
	if held, _ := filepath.Glob(l.dir + "/queue/hold/*"); len(held) != 1 {
		t.Errorf("%d messages on hold, want 1", len(held))
	}
	l.gateway.handle = func(context.Context, *message.Message) message.Answer { panic("x") }
	if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "451 4.3.0") {
		t.Errorf("after a panic: %s", got)
	}
	l.answer(acceptAll)
	if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Errorf("the message after a panic: %s", got)
	}
	l.sink.next(t)
	<-l.seen
}

// TLS facts and login come with the message, also with the session's second
// one, and before STARTTLS there are none.
func (l *live) starttls(t *testing.T, certFile, keyFile string) {
	c := l.dial()
	defer c.Close()
	c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi")
	l.sink.next(t)
	if s := <-l.seen; s.envelope.Client.TLS != nil || s.envelope.Client.Helo != "client.test" {
		t.Errorf("before STARTTLS: %+v", s.envelope.Client)
	}
	if got := c.cmd("STARTTLS"); got[0] != '2' {
		t.Fatal(got)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}})
	c.Conn = conn
	c.r.Reset(conn)
	c.cmd("EHLO tls.test")
	if got := c.cmd("XCLIENT LOGIN=alice ADDR=192.0.2.9 NAME=c.test"); got[0] != '2' {
		t.Fatal(got)
	}
	c.cmd("EHLO tls.test")
	for range 2 {
		if got := c.send("<s@s.test>", []string{"<b@x.test>", "<c@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
			t.Fatal(got)
		}
		l.sink.next(t)
		s := <-l.seen
		client := s.envelope.Client
		if client.TLS == nil {
			t.Fatalf("after STARTTLS: %+v", client)
		}
		got := *client.TLS
		want := message.TLS{Version: "TLSv1.3", Cipher: got.Cipher, Bits: got.Bits, Verified: true, Subject: "gw.test", Issuer: "gw.test"}
		if got != want || got.Bits < 128 || got.Cipher == "" {
			t.Errorf("TLS facts %+v, want %+v", got, want)
		}
		if client.Addr.String() != "192.0.2.9" || client.Name != "c.test" || client.Helo != "tls.test" || client.User != "alice" {
			t.Errorf("client %+v", client)
		}
		if s.envelope.QueueID == "" {
			t.Error("no queue id")
		}
	}
	c.cmd("QUIT")
}

// sendmail -t: no client, recipients without angle brackets, and refusals at
// the end of the message become bounces.
func (l *live) sendmail(t *testing.T) {
	l.answer(func(m *message.Message) message.Answer {
		return message.Answer{Verdict: message.Accept, Edits: message.Edits{
			DeleteRecipients: []string{`"a b"@X.test`},
			AddRecipients:    []message.AddRecipient{{Address: "mark@mark.test", Args: `ORCPT=rfc822;"a+20b"@X.test`}},
		}}
	})
	l.gateway.recipient = func(_ context.Context, _ *message.Envelope, r *message.Recipient) *message.Reply {
		if strings.HasSuffix(r.Typed, ".invalid") {
			return &message.Reply{Code: 550, Enhanced: "5.1.2", Text: "No marks"}
		}
		return nil
	}
	defer func() { l.gateway.recipient = nil; l.answer(acceptAll) }()
	submit := func(text string) {
		t.Helper()
		cmd := exec.Command("sendmail", "-C", l.dir+"/etc", "-t", "-f", "me@s.test")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("sendmail: %v\n%s", err, out)
		}
	}
	submit("To: \"a b\"@X.test, C@x.test\nBcc: blind@x.test\nSubject: t\n\nhello\n")
	if got := fmt.Sprintf("%q", l.sink.next(t).Rcpts); !strings.Contains(got, "<mark@mark.test>") || !strings.Contains(got, "<C@x.test>") || !strings.Contains(got, "<blind@x.test>") || strings.Contains(got, "a b") {
		t.Errorf("delivered to %s", got)
	}
	s := <-l.seen
	if c := s.envelope.Client; c.Addr.IsValid() || c.TLS != nil || c.User != "" {
		t.Errorf("client %+v", c)
	}
	submit("To: x@x.mark.sealpost.invalid\nSubject: t\n\nhello\n")
	if m := l.sink.next(t); !strings.HasPrefix(m.From, "<>") || !strings.Contains(m.Data, "invalid>: No marks (") {
		t.Errorf("no bounce with our words: %+v", m)
	}
}

// Progress keeps Postfix waiting beyond its content_timeout of two seconds.
func (l *live) slow(t *testing.T) {
	l.answer(func(m *message.Message) message.Answer {
		time.Sleep(3 * time.Second)
		return acceptAll(m)
	})
	defer l.answer(acceptAll)
	c := l.dial()
	defer c.cmd("QUIT")
	if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Error(got)
	}
	l.sink.next(t)
	<-l.seen
}

// Over MaxSessions Postfix's client hears 451 with our words, at MAIL.
func (l *live) tooMany(t *testing.T) {
	for l.rig.Sessions() > 0 {
		time.Sleep(time.Millisecond)
	}
	for range 2 {
		defer l.dial().Close()
	}
	for l.rig.Sessions() < 2 {
		time.Sleep(time.Millisecond)
	}
	c := l.dial()
	if got := c.cmd("MAIL FROM:<s@s.test>"); !strings.HasPrefix(got, "451 4.3.2 Too many sessions") {
		t.Error(got)
	}
}

// Why Shutdown doesn't close idle connections: Postfix answers 451 to all that
// follows in the SMTP session, and never connects again for it.
func (l *live) idleClosed(t *testing.T) {
	l.rig.closeSessions()
	for l.rig.Sessions() > 0 {
		time.Sleep(time.Millisecond)
	}
	c := l.dial()
	if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	l.sink.next(t)
	l.rig.closeSessions()
	for l.rig.Sessions() > 0 {
		time.Sleep(time.Millisecond)
	}
	for range 2 {
		if got := c.send("<s@s.test>", []string{"<b@x.test>"}, "Subject: x\r\n\r\nhi"); !strings.Contains(got, "451 4.7.1 Service unavailable") {
			t.Errorf("got %s; if Postfix connects again by now, Shutdown may close idle connections", got)
		}
		c.cmd("RSET")
		c.cmd("EHLO again.test")
	}
}

// certificate writes a self-signed certificate for gw.test.
func certificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gw.test"}, DNSNames: []string{"gw.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert"), filepath.Join(dir, "key")
}
