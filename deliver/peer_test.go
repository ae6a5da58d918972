package deliver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/sealpost/sealpost/store"
)

// mta is an SMTP server that behaves like Postfix, writes its log like Postfix
// and can break at each point.
type mta struct {
	t       testing.TB
	socket  string
	logPath string
	offers  []string

	mu sync.Mutex
	// break points, looked at for each session
	greeting string            // instead of 220
	answers  map[string]string // for a command's first word, or "RCPT <address>", or "."
	die      string            // "MAIL", "RCPT", "DATA", "content" (mid-way), "dot" (read, not committed), "committed" (no reply)
	silent   bool              // writes no log
	onDot    func()            // called when the dot was read

	queue    []delivery
	commands []string
	sessions int
}

// delivery is one message that the MTA has committed.
type delivery struct {
	ID, Batch, Mail string
	Rcpts           []string
	Data            string
}

func startMTA(t testing.TB) *mta {
	t.Helper()
	dir, err := os.MkdirTemp("", "mta") // a short path: Unix sockets allow 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := &mta{t: t, socket: filepath.Join(dir, "in"), logPath: filepath.Join(dir, "mail.log"), answers: map[string]string{},
		offers: []string{"PIPELINING", "SIZE 10240000", "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT", "8BITMIME", "DSN", "SMTPUTF8"}}
	ln, err := net.Listen("unix", m.socket)
	if err != nil {
		t.Fatal(err)
	}
	m.log("master[1]: daemon started")
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	t.Cleanup(func() { ln.Close() })
	group.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.sessions++
			n := m.sessions
			m.mu.Unlock()
			group.Go(func() {
				defer conn.Close()
				m.serve(conn, n)
			})
		}
	})
	return m
}

// set changes how the MTA behaves from now on.
func (m *mta) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *mta) log(format string, args ...any) {
	if m.silent {
		return
	}
	f, err := os.OpenFile(m.logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Error(err)
		return
	}
	defer f.Close()
	fmt.Fprintf(f, "Nov 22 02:11:16 gw postfix/"+format+"\n", args...)
}

func (m *mta) serve(conn net.Conn, n int) {
	r := bufio.NewReader(conn)
	say := func(s string) { fmt.Fprintf(conn, "%s\r\n", s) }
	m.mu.Lock()
	greeting := m.greeting
	m.mu.Unlock()
	if greeting != "" {
		say(greeting)
		return
	}
	say("220 gw ESMTP")
	d := delivery{ID: fmt.Sprintf("4jXCH84lGsz1S%04d", n)}
	data := "0/1"
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.log("sealpost-in/smtpd[%d]: disconnect from localhost[127.0.0.1] ehlo=1 xforward=1 mail=1 rcpt=1 data=%s commands=5", n, data)
	}()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		m.mu.Lock()
		m.commands = append(m.commands, line)
		die, answer := m.die, m.answers[verb]
		if verb == "RCPT" {
			address, _, _ := strings.Cut(strings.TrimPrefix(rest, "TO:<"), ">")
			if a := m.answers["RCPT "+address]; a != "" {
				answer = a
			}
		}
		m.mu.Unlock()
		switch {
		case die == verb:
			return
		case answer != "":
			say(answer)
		case verb == "EHLO":
			say("250-gw\r\n250-" + strings.Join(m.offers, "\r\n250-") + "\r\n250 CHUNKING")
		case verb == "XFORWARD":
			d.Batch = strings.TrimPrefix(rest, "IDENT=")
			say("250 2.0.0 Ok")
		case verb == "MAIL":
			d.Mail = rest
			say("250 2.1.0 Ok")
		case verb == "RCPT":
			if len(d.Rcpts) == 0 {
				m.mu.Lock()
				m.log("sealpost-in/smtpd[%d]: %s: client=localhost[127.0.0.1], orig_queue_id=%s", n, d.ID, d.Batch)
				m.mu.Unlock()
			}
			d.Rcpts = append(d.Rcpts, rest)
			say("250 2.1.5 Ok")
		case verb == "DATA":
			say("354 End data with <CR><LF>.<CR><LF>")
			if !m.content(r, &d, die) {
				return
			}
			reply, ok := m.commit(d)
			if ok {
				data = "1"
			}
			if reply == "" {
				return
			}
			say(reply)
		case verb == "QUIT":
			say("221 2.0.0 Bye")
			return
		default:
			say("250 2.0.0 Ok")
		}
	}
}

// content reads as Postfix does: every LF ends a line.
func (m *mta) content(r *bufio.Reader, d *delivery, die string) bool {
	var b bytes.Buffer
	for {
		line, err := r.ReadString('\n')
		if err != nil || die == "content" {
			return false
		}
		if line == ".\r\n" || line == ".\n" {
			d.Data = b.String()
			return true
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (m *mta) commit(d delivery) (reply string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.onDot != nil {
		m.onDot()
	}
	if a := m.answers["."]; a != "" {
		return a, strings.HasPrefix(a, "2")
	}
	if m.die == "dot" {
		return "", false
	}
	m.queue = append(m.queue, d)
	m.log("qmgr[2]: %s: from=<a@example.org>, size=1, nrcpt=1 (queue active)", d.ID)
	if m.die == "committed" {
		return "", true
	}
	return "250 2.0.0 Ok: queued as " + d.ID, true
}

// delivered counts what the MTA has for each recipient.
func (m *mta) delivered() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	count := map[string]int{}
	for _, d := range m.queue {
		for _, r := range d.Rcpts {
			address, _, _ := strings.Cut(strings.TrimPrefix(r, "TO:<"), ">")
			count[address]++
		}
	}
	return count
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// injector returns one that talks to m, asks its log and keeps its ledger in
// ledger.
func injector(t testing.TB, m *mta, ledger Ledger, change ...func(*InjectorOptions)) *Injector {
	t.Helper()
	o := InjectorOptions{Address: "unix:" + m.socket, Ledger: ledger, Asker: NewLog(LogOptions{Paths: []string{m.logPath}}),
		Log: zaptest.NewLogger(t), Hostname: "gw.example", Timeout: 5 * time.Second, DotTimeout: 5 * time.Second}
	for _, c := range change {
		c(&o)
	}
	i, err := NewInjector(o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func injection(to ...string) Injection {
	in := Injection{Job: "job1", Kind: "copy", Sender: "alice@example.org", Content: strings.NewReader("Subject: x\r\n\r\nhi\r\n")}
	for _, a := range to {
		in.Recipients = append(in.Recipients, InjectRecipient{Address: a, To: a})
	}
	return in
}

func codes(results []Result) []int {
	var out []int
	for _, r := range results {
		out = append(out, r.Reply.Code)
	}
	return out
}

// states are the ledger's words for each recipient of job1.
func states(t *testing.T, l Ledger) map[string]store.State {
	t.Helper()
	list, err := l.Ledger(context.Background(), "job1")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]store.State{}
	for _, e := range list {
		out[e.Recipient] = e.State
	}
	return out
}
