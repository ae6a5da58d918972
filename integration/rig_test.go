package integration

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Enclose(os.Stderr, m.Run)) }

// newRig builds the world for one test. Where the test fails, the ends of the
// logs are shown.
func newRig(t *testing.T) *Rig {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of Postfix's log:\n%s", r.Gateway.LogTail(40))
		}
		if err := r.Close(); err != nil {
			t.Errorf("closing the rig: %v", err)
		}
	})
	return r
}

// programs builds Sealpost's programs, once for all tests with the same tags.
func programs(t *testing.T, tags ...string) Programs {
	t.Helper()
	dir, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(filepath.Join(dir, strings.Join(append([]string{"bin"}, tags...), "-")), tags...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func deadline(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func note(subject string) []byte {
	return []byte("From: Alice <alice@bank.example>\r\nTo: undisclosed-recipients:;\r\nSubject: " + subject +
		"\r\nDate: Fri, 02 Jan 2026 10:00:00 +0000\r\nMessage-ID: <" + strings.ReplaceAll(subject, " ", ".") +
		"@bank.example>\r\n\r\nHello.\r\n.a line with a dot\r\n")
}

// The rig itself, without Sealpost: what the other tests build on.
func TestRig(t *testing.T) {
	r := newRig(t)
	ctx := deadline(t, time.Minute)
	if err := r.Start(ctx, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	t.Run("mail arrives byte for byte, over TLS where it is offered", func(t *testing.T) { rigDelivers(t, r) })
	t.Run("the client's TLS", func(t *testing.T) { rigClientTLS(t, r) })
	t.Run("a sink refuses, and the sender gets a bounce", func(t *testing.T) { rigBounces(t, r) })
	t.Run("an unknown domain is refused", func(t *testing.T) { rigUnknownDomain(t, r) })
	t.Run("TLS demanded of bad servers", func(t *testing.T) { rigBadServers(t, r) })
	t.Run("queue commands", func(t *testing.T) { rigQueue(t, r) })
	t.Run("aliases", func(t *testing.T) { rigAliases(t, r) })
	t.Run("pipelining", func(t *testing.T) { rigPipelines(t, r) })
	t.Run("sendmail and swaks", func(t *testing.T) { rigPrograms(t, r) })
}

func rigDelivers(t *testing.T, r *Rig) {
	data := note("plain note")
	res, err := Send(deadline(t, 20*time.Second), GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example", Data: data, To: []Recipient{
		{Address: "bob@partner.example", Args: "NOTIFY=FAILURE ORCPT=rfc822;bob@partner.example"},
		{Address: "n@notls.example"}, {Address: "g@gmail.com"}, {Address: "carol@bank.example"},
	}})
	if err != nil || !res.Final.OK() {
		t.Fatalf("handing the message over: %+v, %v", res, err)
	}
	for _, want := range []struct {
		sink, address, tls string
	}{
		{Partner, "bob@partner.example", "TLSv1.3"}, {NoTLS, "n@notls.example", ""},
		{Internet, "g@gmail.com", "TLSv1.3"}, {Mailstore, "carol@bank.example", ""},
	} {
		got, err := r.Sinks[want.sink].Wait(deadline(t, 20*time.Second), 1, func(d *Delivery) bool { return d.For(want.address) })
		if err != nil {
			t.Fatal(err)
		}
		if d := got[0]; d.TLS != want.tls || !bytes.HasSuffix(d.Data, data) || d.From != "alice@bank.example" || len(d.To) != 1 {
			t.Errorf("%s: from %q, to %v, TLS %q %s, %d bytes: %q", want.sink, d.From, d.To, d.TLS, d.Cipher, len(d.Data), d.Data)
		}
	}
	got := r.Sinks[Partner].Deliveries(nil)
	if args := got[0].To[0].Args; args != "ORCPT=rfc822;bob@partner.example NOTIFY=FAILURE" {
		t.Errorf("arguments at the partner: %q", args)
	}
	if !got[0].Strong() {
		t.Errorf("the partner's server chose %s, not 256 bit", got[0].Cipher)
	}
}

func rigClientTLS(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	res, err := Send(ctx, GatewayAddr, ClientOptions{TLS: r.ClientTLS(), Local: "127.0.0.100"},
		Mail{From: "alice@bank.example", To: []Recipient{{Address: "carol@bank.example"}}, Data: note("over TLS")})
	if err != nil || !res.Accepted(0) {
		t.Fatalf("%+v, %v", res, err)
	}
	got, err := r.Sinks[Mailstore].Wait(ctx, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if received := got[0].Header("Received"); !strings.Contains(received, "127.0.0.100") || !strings.Contains(received, "using TLSv1.3") {
		t.Errorf("Received: %s", received)
	}
}

func rigBounces(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	r.Sinks[Partner].Refuse("nobody@*", "550 5.1.1 no such user")
	if _, err := Send(ctx, GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example",
		To: []Recipient{{Address: "nobody@partner.example"}}, Data: note("to nobody")}); err != nil {
		t.Fatal(err)
	}
	got, err := r.Sinks[Mailstore].Wait(ctx, 1, func(d *Delivery) bool { return d.From == "" && d.For("alice@bank.example") })
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got[0].Data, []byte("nobody@partner.example")) {
		t.Errorf("the bounce doesn't name the recipient:\n%s", got[0].Data)
	}
}

func rigUnknownDomain(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	if _, err := Send(ctx, GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example",
		To: []Recipient{{Address: "x@nowhere.invalid"}}, Data: note("to nowhere")}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sinks[Mailstore].Wait(ctx, 1, func(d *Delivery) bool { return d.From == "" }); err != nil {
		t.Error(err)
	}
}

// Each kind of bad server is refused by a Postfix that demands verified TLS,
// and the good one isn't: otherwise the sinks prove nothing. (Postfix has no
// opinion on a key of 1,024 bit: that has to be seen by a probe.)
func rigBadServers(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 40*time.Second)
	main := r.GatewayMain()
	main["smtp_tls_security_level"] = "secure"
	main["smtp_tls_secure_cert_match"] = "hostname"
	main["smtp_tls_mandatory_protocols"] = ">=TLSv1.2"
	main["smtp_tls_mandatory_ciphers"] = "high"
	main["smtp_tls_mandatory_exclude_ciphers"] = "AES128"
	if err := r.Gateway.Configure(main, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Gateway.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	bad := []string{"notls.example", "wrongname.example", "expired.example", "selfsigned.example", "weak.example"}
	mail := Mail{From: "alice@bank.example", Data: note("verified only"), To: []Recipient{{Address: "bob@partner.example"}}}
	for _, domain := range bad {
		mail.To = append(mail.To, Recipient{Address: "x@" + domain})
	}
	if _, err := Send(ctx, GatewayAddr, ClientOptions{}, mail); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sinks[Partner].Wait(ctx, 1, nil); err != nil {
		t.Error(err)
	}
	for _, domain := range bad {
		reason, err := r.Gateway.WaitDeferred(ctx, "@"+domain)
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(reason, "TLS") && !strings.Contains(reason, "certificate") {
			t.Errorf("%s: deferred because %q", domain, reason)
		}
	}
	for _, name := range []string{NoTLS, "wrongname", "expired", "selfsigned", "weak"} {
		if got := r.Sinks[name].Deliveries(nil); len(got) > 0 {
			t.Errorf("%s got mail: %+v", name, got)
		}
	}
	if err := r.Gateway.Drop(); err != nil {
		t.Fatal(err)
	}
	if err := r.Gateway.Configure(r.GatewayMain(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Gateway.Reload(ctx); err != nil {
		t.Fatal(err)
	}
}

func rigQueue(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 30*time.Second)
	r.Sinks[Partner].Refuse("*", "450 4.2.0 not now")
	if _, err := Send(ctx, GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example",
		To: []Recipient{{Address: "bob@partner.example"}}, Data: note("later")}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Gateway.WaitDeferred(ctx, "bob@partner.example"); err != nil {
		t.Fatal(err)
	}
	r.Sinks[Partner].Refuse("*", "")
	if err := r.Gateway.Requeue(); err != nil {
		t.Fatal(err)
	}
	if err := r.Gateway.WaitEmpty(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(r.Sinks[Partner].Deliveries(nil)); n != 1 {
		t.Errorf("%d copies arrived", n)
	}
}

func rigAliases(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	if err := r.Aliases(map[string]string{"team@bank.example": "carol@bank.example, bob@partner.example"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Gateway.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := Send(ctx, GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example",
		To: []Recipient{{Address: "team@bank.example"}}, Data: note("to the team")}); err != nil {
		t.Fatal(err)
	}
	for _, sink := range []string{Partner, Mailstore} {
		if _, err := r.Sinks[sink].Wait(ctx, 1, nil); err != nil {
			t.Error(err)
		}
	}
}

func rigPipelines(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	c, err := Dial(ctx, GatewayAddr, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	mail := Mail{From: "alice@bank.example", Data: note("pipelined"), To: []Recipient{{Address: "a@gmail.com"}, {Address: "b@gmail.com"}}}
	res, err := c.SendPipelined(mail, mail)
	if err != nil || len(res) != 2 || !res[1].Accepted(1) {
		t.Fatalf("%+v, %v", res, err)
	}
	if _, err := r.Sinks[Internet].Wait(ctx, 2, nil); err != nil {
		t.Error(err)
	}
}

func rigPrograms(t *testing.T, r *Rig) {
	r.Forget()
	ctx := deadline(t, 20*time.Second)
	content := append([]byte("Bcc: hidden@gmail.com\r\n"), bytes.Replace(note("by sendmail"), []byte("undisclosed-recipients:;"), []byte("bob@partner.example"), 1)...)
	if err := r.Gateway.Submit(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), "-t", "-f", "alice@bank.example"); err != nil {
		t.Fatal(err)
	}
	for _, sink := range []string{Partner, Internet} {
		got, err := r.Sinks[sink].Wait(ctx, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got[0].Data, []byte("hidden")) {
			t.Errorf("Bcc shows in:\n%s", got[0].Data)
		}
	}
	file := filepath.Join(r.Dir, "swaks.eml")
	if err := os.WriteFile(file, note("by swaks"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("swaks", "--server", "127.0.0.1", "--tls", "--helo", "client.bank.example",
		"--from", "alice@bank.example", "--to", "carol@bank.example", "--data", "@"+file).CombinedOutput()
	if err != nil {
		t.Fatalf("swaks: %v\n%s", err, out)
	}
	if _, err := r.Sinks[Mailstore].Wait(ctx, 1, nil); err != nil {
		t.Error(err)
	}
}

// Debian runs Postfix's services in its queue directory: names must be
// resolved and certificates read there, too.
func TestRigChroot(t *testing.T) {
	r := newRig(t)
	if err := r.Chroot(); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(deadline(t, time.Minute), nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	rigDelivers(t, r)
}

// Every case can be read, says what it promises, and wants something.
func TestRigReadsCases(t *testing.T) {
	for _, dir := range []string{"cases", "strict", "late"} {
		for _, c := range readCases(t, dir) {
			if len(c.want) == 0 || len(c.mail.Data) == 0 {
				t.Errorf("%s/%s is empty", dir, c.name)
			}
		}
	}
}
