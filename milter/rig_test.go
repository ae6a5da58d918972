package milter

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sealpost/sealpost/message"
)

// script is a Gateway that does what a test says.
type script struct {
	recipient func(context.Context, *message.Envelope, *message.Recipient) *message.Reply
	handle    func(context.Context, *message.Message) message.Answer
}

func (s *script) Recipient(ctx context.Context, env *message.Envelope, r *message.Recipient) *message.Reply {
	if s.recipient == nil {
		return nil
	}
	return s.recipient(ctx, env, r)
}

func (s *script) Handle(ctx context.Context, m *message.Message) message.Answer {
	if s.handle == nil {
		return message.Answer{Verdict: message.Accept}
	}
	return s.handle(ctx, m)
}

// rig is a server on a Unix socket, with what it logged and observed.
type rig struct {
	*Server
	socket string
	logs   *observer.ObservedLogs
	served chan error

	mu     sync.Mutex
	events []Event
}

func startServer(t testing.TB, socket string, o Options) *rig {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	r := &rig{socket: socket, logs: logs, served: make(chan error, 1)}
	if o.Gateway == nil {
		o.Gateway = &script{}
	}
	if o.Spool == nil {
		o.Spool = message.NewSpool(64<<20, 1<<30)
	}
	if o.Log == nil {
		o.Log = zap.New(core)
	}
	o.Observe = func(e Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}
	r.Server = New(o)
	ln, err := Listen("unix:"+socket, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { r.served <- r.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		for r.Sessions() > 0 {
			time.Sleep(time.Millisecond)
		}
	})
	return r
}

func (r *rig) count(kind EventKind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, e := range r.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// sinkMail is what a mail server received.
type sinkMail struct {
	From  string   // the MAIL line's arguments
	Rcpts []string // the RCPT lines' arguments
	Data  string   // as on the wire, dots unstuffed
}

// sink is a mail server that takes everything.
type sink struct {
	ln  net.Listener
	got chan sinkMail
}

func startSink(t testing.TB) *sink {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{ln: ln, got: make(chan sinkMail, 100)}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go s.session(c)
		}
	}()
	return s
}

func (s *sink) session(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(l string) { io.WriteString(c, l+"\r\n") }
	say("220 sink ESMTP")
	var m sinkMail
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb := strings.ToUpper(line[:min(4, len(line))])
		switch verb {
		case "EHLO":
			say("250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-PIPELINING\r\n250 SIZE 100000000")
		case "MAIL":
			m = sinkMail{From: line[len("MAIL FROM:"):]}
			say("250 ok")
		case "RCPT":
			m.Rcpts = append(m.Rcpts, line[len("RCPT TO:"):])
			say("250 ok")
		case "DATA":
			say("354 go")
			var b bytes.Buffer
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(l, "."))
			}
			m.Data = b.String()
			s.got <- m
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// next waits for the next message.
func (s *sink) next(t testing.TB) sinkMail {
	t.Helper()
	select {
	case m := <-s.got:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("nothing arrived at the sink")
		return sinkMail{}
	}
}

// postfix is a private instance: own queue, own configuration, a loopback port.
type postfix struct {
	dir, addr string
	sink      *sink
	rig       *rig
	t         testing.TB
}

func freePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// startPostfix starts Postfix with our milter in front of smtpd and of
// cleanup. More main.cf lines may be given.
func startPostfix(t testing.TB, o Options, lines ...string) *postfix {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test starts a Postfix instance of its own and must run as root")
	}
	if _, err := exec.LookPath("postfix"); err != nil {
		t.Fatal("Postfix is missing: apt-get install postfix")
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pf")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	p := &postfix{dir: dir, sink: startSink(t), t: t, addr: "127.0.0.1:" + strconv.Itoa(freePort(t))}
	for _, d := range []string{"etc", "queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	uid, _ := strconv.Atoi(owner.Uid)
	os.Chown(filepath.Join(dir, "data"), uid, -1)
	p.configure(lines)
	p.rig = startServer(t, filepath.Join(dir, "milter"), o)
	if err := os.Chown(p.rig.socket, uid, -1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("postfix", "-c", dir+"/etc", "stop").CombinedOutput(); err != nil {
			t.Errorf("stopping Postfix: %v\n%s", err, out)
		}
		if t.Failed() {
			log, _ := os.ReadFile(dir + "/log")
			t.Logf("%s", log)
		}
		os.RemoveAll(dir)
	})
	if out, err := exec.Command("postfix", "-c", dir+"/etc", "start").CombinedOutput(); err != nil {
		t.Fatalf("starting Postfix: %v\n%s", err, out)
	}
	return p
}

func (p *postfix) configure(lines []string) {
	milter := fmt.Sprintf("{ unix:%s/milter, connect_timeout=10s, command_timeout=20s, content_timeout=2s, default_action=tempfail }", p.dir)
	main := []string{
		"compatibility_level = 3.6",
		"queue_directory = " + p.dir + "/queue", "data_directory = " + p.dir + "/data",
		"daemon_directory = /usr/lib/postfix/sbin", "command_directory = /usr/sbin",
		"maillog_file = " + p.dir + "/log", "maillog_file_prefixes = /var, /dev/stdout, " + p.dir,
		"myhostname = gw.test", "mydestination = gw.test", "alias_maps =", "local_recipient_maps =",
		"inet_interfaces = loopback-only", "inet_protocols = ipv4", "mynetworks = 127.0.0.0/8, 192.0.2.0/24",
		"smtpd_recipient_restrictions = check_recipient_access inline:{refused@x.test=REJECT}, permit_mynetworks, reject",
		"relayhost = [127.0.0.1]:" + strconv.Itoa(p.sink.ln.Addr().(*net.TCPAddr).Port),
		"smtpd_milters = " + milter, "non_smtpd_milters = " + milter, "milter_protocol = 6",
		"enable_long_queue_ids = yes", "smtpd_forbid_bare_newline = no", "header_size_limit = 102400",
		"smtpd_client_connection_count_limit = 0", "internal_mail_filter_classes =",
		"queue_run_delay = 300s", "smtp_connection_cache_on_demand = no", "max_idle = 100s",
	}
	master := "127.0.0.1:" + strings.TrimPrefix(p.addr, "127.0.0.1:") + ` inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
showq unix n - n - - showq
tlsmgr unix - - n 1000? 1 tlsmgr
`
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(p.dir, "etc", name), []byte(text), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
	write("main.cf", strings.Join(append(main, lines...), "\n")+"\n")
	write("master.cf", master)
	for _, f := range []string{"postfix-files", "dynamicmaps.cf"} {
		text, err := os.ReadFile("/etc/postfix/" + f)
		if err != nil {
			p.t.Fatal(err)
		}
		write(f, string(text))
	}
}

// smtpClient speaks SMTP byte for byte.
type smtpClient struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func (p *postfix) dial() *smtpClient {
	p.t.Helper()
	var conn net.Conn
	var err error
	for range 100 {
		if conn, err = net.Dial("tcp", p.addr); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(60 * time.Second))
	c := &smtpClient{t: p.t, Conn: conn, r: bufio.NewReader(conn)}
	p.t.Cleanup(func() { conn.Close() })
	c.reply()
	c.cmd("EHLO client.test")
	return c
}

// reply reads one reply, all its lines.
func (c *smtpClient) reply() string {
	c.t.Helper()
	var all []string
	for {
		l, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("reading the reply: %v after %q", err, all)
		}
		l = strings.TrimRight(l, "\r\n")
		all = append(all, l)
		if len(l) < 4 || l[3] != '-' {
			return strings.Join(all, "\n")
		}
	}
}

func (c *smtpClient) cmd(line string) string {
	c.t.Helper()
	io.WriteString(c, line+"\r\n")
	return c.reply()
}

// send hands in a message and returns the reply to its final dot; every
// earlier reply must be positive.
func (c *smtpClient) send(from string, rcpts []string, data string) string {
	c.t.Helper()
	lines := []string{"MAIL FROM:" + from}
	for _, r := range rcpts {
		lines = append(lines, "RCPT TO:"+r)
	}
	for _, l := range append(lines, "DATA") {
		if got := c.cmd(l); got[0] > '3' {
			return l + " -> " + got
		}
	}
	io.WriteString(c, data+"\r\n.\r\n")
	return c.reply()
}
