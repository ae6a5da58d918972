package plugins

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
	"golang.org/x/sys/unix"
)

// pipeGrace is how long what a dead process wrote is still read. After it the
// pipes are closed even if a grandchild holds their other ends.
const pipeGrace = 200 * time.Millisecond

// child is one operating-system process. It is go-plugin's runner, because
// go-plugin's own notices an end only when the pipes are closed, which a
// grandchild can put off for ever.
type child struct {
	path       string
	env        []string
	credential *syscall.Credential
	thread     *thread

	cmd            *exec.Cmd
	dir            string // of its socket, its own
	stdout, stderr *os.File
	pidfd          int
	pid            int
	dead           chan struct{} // closed when it has ended and was reaped

	mu     sync.Mutex
	doomed bool // was told to end before it was there
	reaped bool // its number may belong to another process now
	err    error
}

// prepare is go-plugin's RunnerFunc. spec holds go-plugin's variables, dir is
// the new folder for the socket.
func (c *child) prepare(_ hclog.Logger, spec *exec.Cmd, dir string) (runner.Runner, error) {
	c.dir = dir
	if c.credential != nil {
		if err := os.Chown(dir, int(c.credential.Uid), int(c.credential.Gid)); err != nil {
			return nil, fmt.Errorf("giving the socket folder to the plugin's user: %w", err)
		}
	}
	c.cmd = exec.Command(c.path)
	c.cmd.Env = append(spec.Env, c.env...)
	c.cmd.Dir = "/"
	return c, nil
}

// Start starts the process: in a group of its own, and so that the kernel
// kills it when this process dies.
func (c *child) Start(context.Context) error {
	outR, outW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer outW.Close()
	errR, errW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, outR.Close())
	}
	defer errW.Close()
	pidfd := -1
	c.stdout, c.stderr = outR, errR
	c.cmd.Stdout, c.cmd.Stderr = outW, errW
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: c.credential, PidFD: &pidfd}
	if err := c.thread.do(func() error { return withoutCore(c.cmd.Start) }); err != nil {
		return errors.Join(err, outR.Close(), errR.Close())
	}
	c.mu.Lock()
	c.pid = c.cmd.Process.Pid
	if c.doomed {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
	c.mu.Unlock()
	if pidfd < 0 {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
		return errors.Join(errors.New("the kernel has no pidfd"), c.cmd.Wait(), outR.Close(), errR.Close())
	}
	c.pidfd = pidfd
	go c.wait()
	return nil
}

// withoutCore runs f while core dumps are off, which the process that f starts
// inherits: a dump would be content in clear on a disk. (The kernel lets us set
// the limit of a process of another user only with CAP_SYS_RESOURCE, so it
// can't be done afterwards.)
func withoutCore(f func() error) error {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &old); err != nil {
		return fmt.Errorf("reading the limit of core dumps: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 0, Max: old.Max}); err != nil {
		return fmt.Errorf("forbidding core dumps: %w", err)
	}
	err := f()
	return errors.Join(err, unix.Setrlimit(unix.RLIMIT_CORE, &old))
}

// wait reaps the process when the pidfd says that it has ended. Its group is
// killed while the number still belongs to it.
func (c *child) wait() {
	for { // one thread each; EINTR is the only error that can be
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(c.pidfd), Events: unix.POLLIN}}, -1)
		if n > 0 && err == nil {
			break
		}
	}
	c.mu.Lock()
	_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	c.err = c.cmd.Wait()
	c.reaped = true
	c.mu.Unlock()
	_ = unix.Close(c.pidfd)
	_ = c.stdout.SetReadDeadline(time.Now().Add(pipeGrace))
	_ = c.stderr.SetReadDeadline(time.Now().Add(pipeGrace))
	close(c.dead)
}

// signal sends a signal to the whole group, as long as that is still ours.
func (c *child) signal(sig syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.pid == 0:
		c.doomed = true // it dies as soon as it is there
	case !c.reaped:
		_ = syscall.Kill(-c.pid, sig)
	}
}

func (c *child) gone() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// result says how the process ended.
func (c *child) result() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return "it ended: " + c.err.Error()
	}
	return "it ended by itself"
}

// clean removes what is left of a dead process.
func (c *child) clean() {
	for _, f := range []*os.File{c.stdout, c.stderr} {
		if f != nil {
			_ = f.Close()
		}
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}

// The rest is what go-plugin wants of a runner.

// Wait waits until the process has ended.
func (c *child) Wait(context.Context) error {
	<-c.dead
	return nil
}

// Kill ends the process and its group.
func (c *child) Kill(context.Context) error {
	c.signal(syscall.SIGKILL)
	return nil
}

// Stdout has the handshake line and nothing after it.
func (c *child) Stdout() io.ReadCloser { return &handshake{from: c.stdout} }

// Stderr is the process's standard error.
func (c *child) Stderr() io.ReadCloser { return c.stderr }

// Name is the program's path.
func (c *child) Name() string { return c.path }

// ID is the process's number, "" before the start.
func (c *child) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		return ""
	}
	return strconv.Itoa(c.pid)
}

// Diagnose adds nothing: startFailed says it in our words.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost makes sure that the plugin's address is a socket in its own
// folder: a plugin must not send the host elsewhere.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(c.dir) {
		return "", "", errors.New("its address isn't a socket in the folder that it was given")
	}
	return network, address, nil
}

// HostToPlugin isn't used: plugins don't call the host.
func (c *child) HostToPlugin(string, string) (string, string, error) {
	return "", "", errors.New("plugins can't call the host")
}

// maxHandshake is the longest handshake line, bytes.
const maxHandshake = 4 << 10

// handshake passes the first line of a program's standard output on and
// throws the rest away. go-plugin would stop reading at a long line, and the
// program would hang in its next print.
type handshake struct {
	from *os.File
	n    int
	over bool
}

func (h *handshake) Read(p []byte) (int, error) {
	if h.over {
		_, _ = io.Copy(io.Discard, h.from)
		return 0, io.EOF
	}
	n, err := h.from.Read(p)
	if i := bytes.IndexByte(p[:n], '\n'); i >= 0 {
		h.over = true
		return i + 1, err
	}
	if h.n += n; h.n > maxHandshake {
		h.over = true
		p[0] = '\n' // what came so far is the line: it will be found unfit
		return 1, nil
	}
	return n, err
}

func (h *handshake) Close() error { return h.from.Close() }

// thread is one operating-system thread that starts all processes and lives as
// long as the host: the kernel sends Pdeathsig when the *thread* that started
// a process ends.
type thread struct {
	work chan func()
	done chan struct{}
}

func newThread() *thread {
	t := &thread{work: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
}

func (t *thread) do(f func() error) error {
	result := make(chan error, 1)
	t.work <- func() { result <- f() }
	return <-result
}

func (t *thread) stop() {
	close(t.work)
	<-t.done
}
