package mta

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// On a live Postfix a mark takes the service that the gateway's map names, and
// arrives without the mark; a transport entry that was there before keeps its
// force, but not over marks, even if its pattern fits them.
func TestMarksTravel(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	arrived := make(chan string, 10)
	sink := sinkServer(t, arrived)
	in := newInstance(t, "smtp_address_preference = ipv4\ntransport_maps = inline:{{plain.example=smtp:["+strings.Replace(sink, ":", "]:", 1)+"}}, regexp:{{/partner\\.example/ error:caught}}\n")
	in.start(t)
	serve(t, in.queue+"/sealpost/milter", milterSession)
	serve(t, in.queue+"/sealpost/deliver", lmtpSession)
	hop := "[" + strings.Replace(sink, ":", "]:", 1)
	serve(t, in.queue+"/sealpost/map", func(conn net.Conn) {
		mapAnswers(conn, func(question string) string {
			if strings.HasPrefix(question, TransportMap+" ") && strings.HasSuffix(question, ".opportunistic"+Suffix) {
				return "OK sealpost-opportunistic:" + hop
			}
			return "NOTFOUND "
		})
	})
	pf := in.postfix(t)
	p := in.params(t, pf, Expand)
	_, err := pf.Apply(ctx, p, func(ctx context.Context) ([]string, error) { return pf.Verify(ctx, p) })
	must(t, err)

	mark := "Bob@partner.example." + strings.Repeat("a", 26) + ".opportunistic" + Suffix
	must(t, smtp.SendMail("127.0.0.1:"+in.port, nil, "anna@test.example", []string{mark, "carol@plain.example"}, []byte("Subject: x\r\n\r\nx\r\n")))
	var got []string
	for range 2 {
		select {
		case rcpt := <-arrived:
			got = append(got, rcpt)
		case <-time.After(30 * time.Second):
			t.Fatalf("only %q arrived; the log:\n%s", got, sh(t, "tail -30 "+in.dir+"/../mail.log"))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"Bob@partner.example", "carol@plain.example"}, got); diff != "" {
		t.Error(diff)
	}
}

// The negative twin for the guard: where other transport maps are there, it
// would hide their domain entries, and so it isn't written.
func TestGuardStandsAlone(t *testing.T) {
	guard := `!/\.sealpost\.invalid$/`
	for name, c := range map[string]struct {
		later, maps string
		want        bool
	}{
		"expand":                 {Expand, "", true},
		"expand with other maps": {Expand, "hash:/etc/postfix/transport", false},
		"strict":                 {Strict, "", false},
	} {
		p := NewParams(Version{3, 7}, c.later)
		p.Existing = map[string]string{"transport_maps": c.maps}
		if got := strings.Contains(PostfixSettings(p).Files[0].Content, guard); got != c.want {
			t.Errorf("%s: guard %v, want %v", name, got, c.want)
		}
	}
}

// sinkServer takes every message and tells its recipients.
func sinkServer(t *testing.T, arrived chan<- string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				sinkSession(conn, arrived)
			}()
		}
	}()
	return l.Addr().String()
}

func sinkSession(conn net.Conn, arrived chan<- string) {
	fmt.Fprint(conn, "220 sink\r\n")
	data := false
	var to []string
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch {
		case data && line != ".":
			continue
		case data:
			data = false
			for _, rcpt := range to {
				arrived <- rcpt
			}
			to = nil
		case strings.HasPrefix(line, "RCPT TO:<"):
			address, _, _ := strings.Cut(strings.TrimPrefix(line, "RCPT TO:<"), ">")
			to = append(to, address)
		case line == "DATA":
			data = true
			fmt.Fprint(conn, "354 go on\r\n")
			continue
		}
		fmt.Fprint(conn, "250 ok\r\n")
	}
}
