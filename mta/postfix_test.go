package mta

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// instance is a Postfix of the test's own, in a folder of its own, on a
// loopback port of its own.
type instance struct {
	dir, queue, port string
}

// newInstance writes the configuration of a private Postfix; main is added to
// its main.cf. It isn't started.
func newInstance(t *testing.T, main string) *instance {
	t.Helper()
	if _, err := exec.LookPath("postconf"); err != nil {
		t.Fatal("these tests need Postfix: apt-get install -y postfix")
	}
	// Short, because Unix socket names may have 107 bytes; readable, because
	// Postfix's daemons aren't root.
	root, err := os.MkdirTemp("/tmp", "spf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	in := &instance{dir: root + "/etc", queue: root + "/q", port: freePort(t)}
	must(t, os.Chmod(root, 0o755))
	for _, d := range []string{in.dir, in.queue, in.queue + "/sealpost", root + "/data"} {
		must(t, os.Mkdir(d, 0o755))
	}
	sh(t, "chown postfix "+root+"/data && cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf "+in.dir)
	must(t, os.WriteFile(in.dir+"/main.cf", []byte(fmt.Sprintf(`# an operator's own words
compatibility_level = 3.6
queue_directory = %[1]s/q
data_directory = %[1]s/data
maillog_file = %[1]s/mail.log
maillog_file_prefixes = /tmp
alias_maps =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = gw.test.example
mydestination = test.example, gw.test.example
mynetworks = 127.0.0.0/8
smtp_tls_CApath = /etc/ssl/certs
%[2]s`, root, main)), 0o644))
	master, err := os.ReadFile("testdata/master.cf")
	must(t, err)
	must(t, os.WriteFile(in.dir+"/master.cf", []byte(strings.ReplaceAll(string(master), "PORT", in.port)), 0o644))
	in.cool(t)
	return in
}

// cool makes main.cf look a minute old: Postfix's tools wait for a second or
// two when they find it just written.
func (in *instance) cool(t *testing.T) {
	t.Helper()
	old := time.Now().Add(-time.Minute)
	must(t, os.Chtimes(in.dir+"/main.cf", old, old))
	must(t, os.Chtimes(in.dir+"/master.cf", old, old))
}

func (in *instance) start(t *testing.T) {
	t.Helper()
	sh(t, "postfix -c "+in.dir+" start 2>&1")
	t.Cleanup(func() { _ = exec.Command("postfix", "-c", in.dir, "abort").Run() })
}

func (in *instance) postfix(t *testing.T) *Postfix {
	t.Helper()
	pf, err := InspectPostfix(context.Background(), in.dir)
	must(t, err)
	return pf
}

// params are the shipped ones with the tables in this instance's folder.
func (in *instance) params(t *testing.T, pf *Postfix, later string) Params {
	t.Helper()
	p := pf.Params(later)
	p.Files = filepath.Join(filepath.Dir(in.dir), "tables")
	return p.Over(pf.Main)
}

func (in *instance) config(t *testing.T) string {
	t.Helper()
	main, err := os.ReadFile(in.dir + "/main.cf")
	must(t, err)
	master, err := os.ReadFile(in.dir + "/master.cf")
	must(t, err)
	return string(main) + "\n-- master.cf --\n" + string(master)
}

// gateway plays the gateway's three sockets, as far as Postfix's start and
// Verify ask: it lets everything pass and knows no mark.
func (in *instance) gateway(t *testing.T) {
	t.Helper()
	serve(t, in.queue+"/sealpost/milter", milterSession)
	serve(t, in.queue+"/sealpost/deliver", lmtpSession)
	serve(t, in.queue+"/sealpost/map", mapSession)
}

func serve(t *testing.T, path string, session func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", path)
	must(t, err)
	must(t, os.Chmod(path, 0o666))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				session(conn)
			}()
		}
	}()
}

func milterSession(conn net.Conn) {
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(head[:4]))-1); err != nil {
			return
		}
		switch head[4] {
		case 'O':
			conn.Write([]byte{0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0})
		case 'D', 'A':
		case 'Q':
			return
		default:
			conn.Write([]byte{0, 0, 0, 1, 'c'})
		}
	}
}

func lmtpSession(conn net.Conn) {
	fmt.Fprint(conn, "220 gw.test.example LMTP\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		fmt.Fprint(conn, "250-gw.test.example\r\n250 XFORWARD NAME IDENT\r\n")
	}
}

func mapSession(conn net.Conn) {
	mapAnswers(conn, func(string) string { return "NOTFOUND " })
}

func mapAnswers(conn net.Conn, answer func(question string) string) {
	for r := bufio.NewReader(conn); ; {
		length, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, _ := strconv.Atoi(strings.TrimSuffix(length, ":"))
		question := make([]byte, n+1)
		if _, err := io.ReadFull(r, question); err != nil {
			return
		}
		a := answer(string(question[:n]))
		fmt.Fprintf(conn, "%d:%s,", len(a), a)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func sh(t *testing.T, script string) string {
	t.Helper()
	out, err := exec.Command("sh", "-ec", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
