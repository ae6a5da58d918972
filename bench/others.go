package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	gomilter "github.com/d--j/go-milter"
)

func startNoop(_ context.Context, c *contestant, _ *bench) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return c.launch(self, "noop", c.socket)
}

// serveNoop is the no-op milter: it takes the whole message and accepts it,
// and answers nothing before the end.
func serveNoop(socket string) error {
	ln, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o666); err != nil { // in a folder of its own
		return err
	}
	return gomilter.NewServer(
		gomilter.WithMilter(func() gomilter.Milter { return noop{} }),
		gomilter.WithProtocol(gomilter.OptNoReplies),
	).Serve(ln)
}

type noop struct{ gomilter.NoOpMilter }

func (noop) RcptTo(string, string, gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

func (noop) Header(string, string, gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

func (noop) BodyChunk([]byte, gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

// offline are those of rspamd's modules that ask name servers or other
// services for each message. Those that need Redis switch themselves off.
var offline = []string{"rbl", "surbl", "emails", "spf", "dkim", "dmarc", "arc", "asn", "mx_check", "hfilter", "fuzzy_check", "dcc", "url_redirector", "rspamd_update"}

// startRspamd runs rspamd as a milter that scans by itself, one process for
// each processor, with all of its package's rules but those that ask the
// network.
func startRspamd(ctx context.Context, c *contestant, b *bench) error {
	if err := install(ctx, []string{"/usr/bin/rspamd"}, "rspamd"); err != nil {
		return err
	}
	base := filepath.Join(b.dir, "rspamd.d")
	files := map[string]string{
		"override.d/worker-proxy.inc":      fmt.Sprintf("bind_socket = \"%s mode=0666\";\nmilter = yes;\ntimeout = 120s;\ncount = %d;\nupstream \"local\" { default = yes; self_scan = yes; }\n", c.socket, runtime.NumCPU()),
		"override.d/worker-normal.inc":     "enabled = false;\n",
		"override.d/worker-controller.inc": "enabled = false;\n",
		"override.d/worker-fuzzy.inc":      "enabled = false;\n",
		"override.d/options.inc":           "dns { nameserver = [\"127.0.0.1:1\"]; timeout = 0.01s; retransmits = 1; }\n",
	}
	for _, m := range offline {
		files["override.d/"+m+".conf"] = "enabled = false;\n"
	}
	for name, text := range files {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, d := range []string{"db", "run", "log"} {
		if err := ownedFolder(filepath.Join(base, d), "_rspamd"); err != nil {
			return err
		}
	}
	if err := giveTo(filepath.Dir(c.socket), "_rspamd"); err != nil { // it makes its socket there
		return err
	}
	log := filepath.Join(base, "log", "rspamd.log")
	c.ready = func(ctx context.Context) error { return expressionsCompiled(ctx, log) }
	return c.launch("rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", "/etc/rspamd/rspamd.conf",
		"--var=DBDIR="+base+"/db", "--var=RUNDIR="+base+"/run", "--var=LOGDIR="+base+"/log", "--var=LOCAL_CONFDIR="+base)
}

// expressionsCompiled waits until rspamd has compiled its expressions, which
// it does behind its first answers; it is several times slower until then. A
// machine whose rspamd doesn't compile isn't waited for for ever.
func expressionsCompiled(ctx context.Context, log string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 90*time.Second, errors.New("rspamd hasn't compiled its expressions in 90 s"))
	defer cancel()
	for {
		text, err := os.ReadFile(log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if bytes.Count(text, []byte("full hyperscan database of")) > runtime.NumCPU() || bytes.Contains(text, []byte("hyperscan is disabled")) {
			return nil // the main process and each worker have said it
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// startMIMEDefang runs MIMEDefang with a filter that accepts every part, and a
// worker for each processor.
func startMIMEDefang(ctx context.Context, c *contestant, b *bench) error {
	// Debian's package forgets the second one, without which no filter runs.
	if err := install(ctx, []string{"/usr/bin/mimedefang", "/usr/share/perl5/Net/DNS.pm"}, "mimedefang", "libnet-dns-perl"); err != nil {
		return err
	}
	base := filepath.Join(b.dir, "mimedefang.d")
	spool := filepath.Join(base, "spool")
	if err := os.MkdirAll(base, 0o755); err != nil {
		return err
	}
	if err := ownedFolder(spool, "defang"); err != nil {
		return err
	}
	filter := filepath.Join(base, "filter")
	if err := os.WriteFile(filter, []byte("sub filter { return action_accept(); }\n1;\n"), 0o644); err != nil {
		return err
	}
	mx, own := filepath.Join(spool, "mx"), filepath.Join(spool, "milter")
	workers := strconv.Itoa(max(2, runtime.NumCPU()))
	if err := c.launch("mimedefang-multiplexor", "-D", "-E", "-U", "defang", "-z", spool, "-f", "/usr/bin/mimedefang.pl", "-F", filter, "-s", mx,
		"-m", workers, "-x", workers, "-q", "100", "-Q", "60", "-r", "100000", "-p", spool+"/mx.pid", "-o", spool+"/mx.lock"); err != nil {
		return err
	}
	if err := reachable(ctx, mx, c); err != nil {
		return err
	}
	if err := c.launch("mimedefang", "-D", "-q", "-X", "-U", "defang", "-z", spool, "-m", mx, "-p", "unix:"+own, "-P", spool+"/md.pid", "-o", spool+"/md.lock"); err != nil {
		return err
	}
	if err := reachable(ctx, own, c); err != nil {
		return err
	}
	for path, mode := range map[string]os.FileMode{spool: 0o755, own: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
	}
	return os.Symlink(own, c.socket)
}
