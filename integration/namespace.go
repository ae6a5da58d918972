package integration

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	insideEnv = "SEALPOST_RIG"        // the namespace's name, set inside it
	parentEnv = "SEALPOST_RIG_PARENT" // pid of the process outside
	keepEnv   = "SEALPOST_RIG_KEEP"   // not empty: the folder is left behind, for a look at the logs

	namePrefix = "sealpost-"
	lockDir    = "/run/sealpost-rig" // one lock file for each run that is alive
	netnsDir   = "/run/netns"
	etcDir     = "/etc/netns"

	// Resolver is the address of the rig's name server, for port 53.
	Resolver = "127.0.0.53"
)

// Enclose runs run inside a fresh network namespace and returns its exit code.
// Outside, it installs the packages that the rig needs (progress goes to out),
// makes the namespace, starts this same program again inside it with the same
// arguments, waits, and removes everything. It needs root.
//
// Calls come from main or TestMain only: what stands before the call happens
// twice, outside and inside.
func Enclose(out io.Writer, run func() int) int {
	if os.Getenv(insideEnv) != "" {
		return run()
	}
	code, err := enclose(out)
	if err != nil {
		fmt.Fprintf(os.Stderr, "rig: %v\n", err)
		return 2
	}
	return code
}

func enclose(out io.Writer) (code int, err error) {
	if os.Geteuid() != 0 {
		return 0, errors.New("this needs root: it makes a network namespace and starts a private Postfix in it (try sudo)")
	}
	if err := EnsurePackages(out, Packages()...); err != nil {
		return 0, err
	}
	if err := sweep(); err != nil {
		return 0, err
	}
	name := namePrefix + strconv.Itoa(os.Getpid())
	lock, err := lockName(name)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	defer func() { err = errors.Join(err, remove(name)) }()
	if err := makeNamespace(name); err != nil {
		return 0, err
	}
	return again(name)
}

// folder is where a run keeps its files. Postfix's users must be able to pass
// through it.
func folder(name string) string { return filepath.Join("/tmp", name) }

// Folder returns the folder of this run, inside the namespace. It is removed
// with the namespace.
func Folder() (string, error) {
	name := os.Getenv(insideEnv)
	if name == "" {
		return "", errors.New("not inside the rig's namespace: main or TestMain has to call integration.Enclose")
	}
	return folder(name), nil
}

// lockName takes the lock that says that a run is alive. The kernel gives it
// back when the process ends, however it ends.
func lockName(name string) (*os.File, error) {
	if err := os.MkdirAll(lockDir, 0o755); err != nil {
		return nil, fmt.Errorf("making the rig's lock folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(lockDir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the rig's lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", f.Name(), err), f.Close())
	}
	return f, nil
}

func makeNamespace(name string) error {
	etc := filepath.Join(etcDir, name)
	for _, dir := range []string{folder(name), etc} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making %s: %w", dir, err)
		}
	}
	// "ip netns exec" lays these files over their namesakes in /etc.
	files := map[string]string{
		"resolv.conf": "nameserver " + Resolver + "\noptions trust-ad timeout:2 attempts:2\n",
		"hosts":       "127.0.0.1 localhost\n",
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(etc, file), []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing the namespace's %s: %w", file, err)
		}
	}
	if err := command("ip", "netns", "add", name); err != nil {
		return fmt.Errorf("making a network namespace (is this a container without CAP_SYS_ADMIN?): %w", err)
	}
	return command("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up")
}

// again runs this program inside the namespace. It passes signals on, and the
// program dies with this process.
func again(name string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("finding this program: %w", err)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	// The parent-death signal belongs to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command("ip", append([]string{"netns", "exec", name, self}, os.Args[1:]...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideEnv+"="+name, parentEnv+"="+strconv.Itoa(os.Getpid()),
		// Go's TLS server prefers AES-128 where the processor has AES-GCM. Mail
		// servers in the field (OpenSSL) choose 256 bit, so the sinks must too.
		"GODEBUG="+strings.TrimPrefix(os.Getenv("GODEBUG")+",cpu.pclmulqdq=off", ","))
	// A process group of its own, so that Ctrl-C arrives once: through us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("starting inside the namespace: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var late <-chan time.Time
	for {
		select {
		case sig := <-signals:
			_ = cmd.Process.Signal(sig) // it may just have ended
			late = time.After(20 * time.Second)
		case <-late:
			_ = cmd.Process.Kill()
		case err := <-done:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 0, fmt.Errorf("running inside the namespace: %w", err)
			}
			if code := cmd.ProcessState.ExitCode(); code >= 0 {
				return code, nil
			}
			return 1, nil // ended by a signal
		}
	}
}

// sweep removes what runs left behind that are no longer alive.
func sweep() error {
	names := map[string]bool{}
	for _, dir := range []string{lockDir, netnsDir, etcDir} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("looking for leftovers of earlier runs: %w", err)
		}
		for _, e := range entries {
			pid := strings.TrimPrefix(e.Name(), namePrefix)
			if _, err := strconv.Atoi(pid); err == nil && pid != e.Name() {
				names[e.Name()] = true
			}
		}
	}
	for name := range names {
		lock, err := lockName(name)
		if errors.Is(err, unix.EWOULDBLOCK) {
			continue // alive
		}
		if err != nil {
			return err
		}
		err = remove(name)
		if err := errors.Join(err, lock.Close()); err != nil {
			return fmt.Errorf("removing what an earlier run left behind: %w", err)
		}
	}
	return nil
}

// remove takes a run's processes, namespace and files away.
func remove(name string) error {
	if err := endAll(name); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(netnsDir, name)); err == nil {
		if err := command("ip", "netns", "delete", name); err != nil {
			return fmt.Errorf("removing the network namespace: %w", err)
		}
	}
	if os.Getenv(keepEnv) == "" {
		if err := os.RemoveAll(folder(name)); err != nil {
			return fmt.Errorf("removing the rig's folder: %w", err)
		}
	}
	return errors.Join(os.RemoveAll(filepath.Join(etcDir, name)), os.Remove(filepath.Join(lockDir, name)))
}

// endAll ends every process that lives in the namespace: only the rig's own
// can be there.
func endAll(name string) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		pids, err := residents(name)
		if err != nil || len(pids) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v of the rig won't end", pids)
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone already
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// residents lists the processes whose network namespace is the named one.
func residents(name string) ([]int, error) {
	var ours, its unix.Stat_t
	err := unix.Stat(filepath.Join(netnsDir, name), &ours)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the network namespace: %w", err)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || unix.Stat(filepath.Join("/proc", e.Name(), "ns/net"), &its) != nil {
			continue // no process, or a process that has just ended
		}
		if its.Ino == ours.Ino && its.Dev == ours.Dev {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Outside returns a command that runs outside the namespace, where the network
// is: for builds that may have to fetch modules.
func Outside(name string, args ...string) *exec.Cmd {
	parent := os.Getenv(parentEnv)
	if parent == "" {
		return exec.Command(name, args...)
	}
	return exec.Command("nsenter", append([]string{"--target", parent, "--net", "--mount", "--", name}, args...)...)
}

// command runs a short command; what it printed is part of the error.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
