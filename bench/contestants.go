package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// contestant is one milter, or none.
type contestant struct {
	name   string
	socket string // path; empty for "none"
	// judges says that this one treats messages as the shipped policy demands,
	// which is looked at while it is measured.
	judges bool
	// ready waits for what its socket doesn't tell; nil where there is nothing.
	ready func(context.Context) error
	// failed is why it isn't measured any more.
	failed error

	log      string // file with what its programs print
	programs []*exec.Cmd
}

// starter is how a contestant is started; start is nil for "none".
type starter struct {
	name  string
	start func(context.Context, *contestant, *bench) error
}

// starters are all contestants, in the order of the tables.
func starters() []starter {
	return []starter{{"none", nil}, {"noop", startNoop}, {"sealpost", startSealpost}, {"rspamd", startRspamd}, {"mimedefang", startMIMEDefang}}
}

// prepare names the contestants that are wanted, without starting them.
func (b *bench) prepare(only string) error {
	wanted := strings.Split(only, ",")
	for _, s := range starters() {
		if !slices.Contains(wanted, s.name) {
			continue
		}
		c := &contestant{name: s.name, judges: s.name == "sealpost", log: filepath.Join(b.dir, s.name+".log")}
		if s.start != nil {
			folder := filepath.Join(b.dir, s.name+".s")
			if err := os.Mkdir(folder, 0o755); err != nil {
				return err
			}
			c.socket = filepath.Join(folder, "milter")
		}
		b.all = append(b.all, c)
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(b.all, func(c *contestant) bool { return c.name == name }) {
			return fmt.Errorf("no contestant is called %q", name)
		}
	}
	return nil
}

// start starts all and waits until they are at rest. Who can't be started is
// left out with the reason, except for Sealpost.
func (b *bench) start(ctx context.Context) error {
	for _, s := range slices.Backward(starters()) { // those that take long first
		c := b.find(s.name)
		if c == nil || s.start == nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "starting %s …\n", c.name)
		c.failed = s.start(ctx, c, b)
	}
	for _, c := range b.all {
		if c.failed == nil && c.socket != "" {
			c.failed = c.settle(ctx)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if c.failed == nil {
			continue
		}
		c.failed = fmt.Errorf("starting %s: %w", c.name, c.failed)
		fmt.Fprintf(os.Stderr, "%v\n%s", c.failed, c.lastWords())
		if c.judges {
			return c.failed
		}
	}
	return nil
}

func (b *bench) find(name string) *contestant {
	for _, c := range b.all {
		if c.name == name {
			return c
		}
	}
	return nil
}

// launch starts one of its programs, in a process group of its own so that a
// Ctrl-C at the terminal reaches it through us only.
func (c *contestant) launch(name string, args ...string) error {
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.programs = append(c.programs, cmd)
	return nil
}

// stop ends its programs, the last one first, kindly and then not.
func (c *contestant) stop() {
	for _, cmd := range slices.Backward(c.programs) {
		cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
		}
		// What it started and left behind, and itself.
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
	}
	c.programs = nil
}

// lastWords are the end of what its programs printed.
func (c *contestant) lastWords() []byte {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return nil
	}
	return text[max(0, len(text)-2000):]
}

// reachable waits until somebody answers on the socket.
func reachable(ctx context.Context, socket string, c *contestant) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			return conn.Close()
		}
		if _, gone := c.usage(); gone != nil {
			return gone
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// settle waits until it listens, is ready, and has nothing more to do at its
// start.
func (c *contestant) settle(ctx context.Context) error {
	if err := reachable(ctx, c.socket, c); err != nil {
		return err
	}
	if c.ready != nil {
		if err := c.ready(ctx); err != nil {
			return err
		}
	}
	last, err := c.usage()
	for quiet := 0; quiet < 2 && err == nil; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
		}
		var now used
		if now, err = c.usage(); now.cpu-last.cpu < 30*time.Millisecond {
			quiet++
		} else {
			quiet = 0
		}
		last = now
	}
	return err
}
