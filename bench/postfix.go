package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// postfix is a private instance with one SMTP port for each contestant. What it
// accepts it throws away.
type postfix struct {
	base, etc string
	ports     map[*contestant]int
	started   bool
}

func (p *postfix) queue() string { return filepath.Join(p.base, "queue") }

// newPostfix writes its configuration into dir, without starting it.
func newPostfix(ctx context.Context, dir string, all []*contestant) (*postfix, error) {
	if err := install(ctx, []string{"/usr/sbin/postfix", "/usr/sbin/smtp-source"}, "postfix"); err != nil {
		return nil, err
	}
	base := filepath.Join(dir, "postfix")
	p := &postfix{base: base, etc: filepath.Join(base, "etc"), ports: map[*contestant]int{}}
	for _, d := range []string{p.etc, p.queue()} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	if err := ownedFolder(filepath.Join(base, "data"), "postfix"); err != nil {
		return nil, err
	}
	main := []string{
		"compatibility_level = 3.6", "queue_directory = " + p.queue(), "data_directory = " + base + "/data",
		"daemon_directory = /usr/lib/postfix/sbin", "command_directory = /usr/sbin",
		"maillog_file = " + base + "/log", "maillog_file_prefixes = /var, /dev/stdout, " + base,
		"myhostname = gw.example", "mydestination =", "alias_maps =", "alias_database =", "local_recipient_maps =", "inet_protocols = ipv4",
		"inet_interfaces = loopback-only", "mynetworks = 127.0.0.0/8", "default_transport = discard", "message_size_limit = 100000000",
		"smtpd_client_connection_count_limit = 0", "milter_default_action = tempfail", "enable_long_queue_ids = yes", "default_process_limit = 100",
		"milter_content_timeout = 600s",
	}
	var master strings.Builder
	for _, c := range all {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		p.ports[c] = port
		milter := ""
		if c.socket != "" {
			milter = "unix:" + c.socket
		}
		fmt.Fprintf(&master, "127.0.0.1:%d inet n - n - - smtpd\n  -o smtpd_milters=%s -o syslog_name=postfix/%s\n", port, milter, c.name)
	}
	master.WriteString("pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n" +
		"bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\ndiscard unix - - n - - discard\nerror unix - - n - - error\n" +
		"retry unix - - n - - error\npostlog unix-dgram n - n - 1 postlogd\nproxymap unix - - n - - proxymap\nshowq unix n - n - - showq\n")
	files := map[string]string{"main.cf": strings.Join(main, "\n") + "\n", "master.cf": master.String()}
	for _, name := range []string{"postfix-files", "dynamicmaps.cf"} {
		text, err := os.ReadFile("/etc/postfix/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = string(text)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(p.etc, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *postfix) start() error {
	p.started = true
	if out, err := exec.Command("postfix", "-c", p.etc, "start").CombinedOutput(); err != nil {
		return fmt.Errorf("starting Postfix: %w\n%s", err, out)
	}
	return nil
}

// stop ends it at once, mail in its queue or not.
func (p *postfix) stop() {
	if p == nil || !p.started {
		return
	}
	if out, err := exec.Command("postfix", "-c", p.etc, "abort").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "stopping Postfix: %v\n%s", err, out)
	}
}

// measure sends messages with Postfix's own test client, one connection each.
// The processor time is the milter's, not Postfix's. What Postfix does to
// throw messages away takes some of the machine, from all alike.
func (p *postfix) measure(ctx context.Context, c *contestant, k kind, s settings) (result, error) {
	file := filepath.Join(p.base, "message")
	if err := os.WriteFile(file, sampleTexts(k, 1)[0].file(), 0o644); err != nil {
		return result{}, err
	}
	n := s.messages
	if k.bytes >= 1<<20 {
		n = max(s.concurrency, n/20)
	}
	if _, err := p.send(ctx, c, file, s.concurrency, s.concurrency); err != nil { // to warm up
		return result{}, err
	}
	before, err := c.usage()
	if err != nil {
		return result{}, err
	}
	took, err := p.send(ctx, c, file, s.concurrency, n)
	if err != nil {
		return result{}, err
	}
	after, err := c.usage()
	return result{messages: n, elapsed: took, cpu: after.cpu - before.cpu, rss: after.rss}, err
}

// send returns how long the client took, and waits until the queue is empty,
// so that the next contestant has the machine to itself.
func (p *postfix) send(ctx context.Context, c *contestant, file string, concurrency, n int) (time.Duration, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("more than two minutes for one turn"))
	defer cancel()
	began := time.Now()
	out, err := exec.CommandContext(ctx, "smtp-source", "-s", strconv.Itoa(concurrency), "-m", strconv.Itoa(n), "-F", file,
		"-f", sender, "-t", recipient, fmt.Sprintf("127.0.0.1:%d", p.ports[c])).CombinedOutput()
	took := time.Since(began)
	if ctx.Err() != nil {
		return took, context.Cause(ctx)
	}
	if err != nil {
		return took, fmt.Errorf("smtp-source: %w %s", err, out)
	}
	return took, p.drain(ctx)
}

func (p *postfix) drain(ctx context.Context) error {
	for {
		left := 0
		for _, d := range []string{"incoming", "active", "deferred"} {
			// The deferred queue has a level of folders more.
			err := filepath.WalkDir(filepath.Join(p.queue(), d), func(_ string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					left++
				}
				return nil // files go while we look
			})
			if err != nil {
				return err
			}
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d messages are still in the queue: %w", left, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
