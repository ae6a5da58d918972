package plugins

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/plugins/sdk"
)

func kill(pid int) {
	if pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// Three deaths within the window: degraded, alarmed, and started again slowly.
func TestDegraded(t *testing.T) {
	timing := quick()
	timing.Slow = 500 * time.Millisecond
	h, told := start(t, timing, testPlugin(nil))
	last := 0
	for range deathLimit {
		until(t, "the plugin comes up", func() bool { p := h.Status()[0].Pid; return p != 0 && p != last })
		last = h.Status()[0].Pid
		kill(last)
	}
	until(t, "degraded", func() bool { s := h.Status()[0]; return s.State == Degraded && s.Pid == 0 })
	if got := h.Assess(t.Context(), sdk.AssessRequest{Treatment: "pdf", Recipients: []sdk.Recipient{{Address: "a@b.example", Level: "content"}}}); got[0].Ability != sdk.Unknown {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(told.all(), "ended 3 times") {
		t.Errorf("alarms: %q", told.all())
	}
	until(t, "it comes back", func() bool { return h.Status()[0].Pid != 0 })
	if n := strings.Count(told.all(), "times within"); n != 1 {
		t.Errorf("%d alarms: %s", n, told.all())
	}
}

// A plugin that is killed all the time costs retries, never a wrong answer, a
// goroutine or a file descriptor.
func TestKillStorm(t *testing.T) {
	timing := quick()
	timing.Slow, timing.Window = 20*time.Millisecond, 50*time.Millisecond
	h, _ := start(t, timing, testPlugin(nil))
	goroutines, files := runtime.NumGoroutine(), openFiles(t)

	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	var good, failed, unknowns, kills atomic.Int64
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			content := mail(20000)
			for i := 0; ctx.Err() == nil; i++ {
				if i%2 == 0 {
					got := h.Assess(t.Context(), sdk.AssessRequest{Treatment: "pdf", Recipients: []sdk.Recipient{{Address: "a@b.example", Level: "content"}}})
					if len(got) != 1 || got[0].Ability != sdk.Able {
						unknowns.Add(1)
					}
					continue
				}
				r, err := handle(h, task(fmt.Sprint(i), "bob@c.example"), content)
				switch {
				case err == nil && r.Outcomes[0].Kind == sdk.Replace && len(r.Copies) == 1:
					good.Add(1)
					r.Close()
				case err != nil && r == nil && (kind(err) == Died || kind(err) == NotThere):
					failed.Add(1)
				default:
					t.Errorf("neither done nor failed: %v %v", r, err)
				}
			}
		})
	}
	work.Go(func() {
		for tick := time.Tick(100 * time.Millisecond); ctx.Err() == nil; {
			<-tick
			kill(h.Status()[0].Pid)
			kills.Add(1)
		}
	})
	work.Wait()
	t.Logf("%d kills: %d done, %d temporary failures, %d unknown", kills.Load(), good.Load(), failed.Load(), unknowns.Load())
	if good.Load() == 0 {
		t.Error("nothing was done")
	}
	until(t, "up again", func() bool { return h.Status()[0].Pid != 0 })
	until(t, "no goroutine or file is left over", func() bool {
		return runtime.NumGoroutine() <= goroutines+5 && openFiles(t) <= files+2
	})
}

func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// A grandchild that holds the plugin's pipes must not hide the plugin's death
// and dies with it.
func TestGrandchild(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	r, err := handle(h, task("k", "bob+grandchild@c.example"), mail(100))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	pid := h.Status()[0].Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil || len(children) == 0 {
		children = childrenOf(pid)
	}
	grandchild, _ := strconv.Atoi(strings.Fields(string(children))[0])
	kill(pid)
	until(t, "a new process", func() bool { p := h.Status()[0].Pid; return p != 0 && p != pid })
	until(t, "the grandchild is dead", func() bool { return !alive(grandchild) })
}

// childrenOf looks for children the long way: they may belong to any thread.
func childrenOf(pid int) []byte {
	list, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var all []byte
	for _, f := range list {
		b, _ := os.ReadFile(f)
		all = append(all, b...)
	}
	return all
}

// Noise after the handshake does no harm; before it, it is fatal and said.
func TestNoise(t *testing.T) {
	t.Run("after", func(t *testing.T) {
		h, _ := start(t, quick(), testPlugin(nil))
		for i := range 3 {
			r, err := handle(h, task(fmt.Sprint(i), "bob+flood@c.example"), mail(1000))
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
		if s := h.Status()[0]; s.Restarts != 0 {
			t.Errorf("%+v", s)
		}
	})
	for start1, want := range map[string]string{
		"noise":      `standard output before the handshake: "hello, I am a chatty plugin"`,
		"long-noise": "standard output before the handshake",
		"exit":       "without a handshake",
	} {
		t.Run(start1, func(t *testing.T) {
			h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_START": start1} }))
			if s := h.Status()[0]; !strings.Contains(s.LastError, want) || s.Pid != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// A plugin that never says anything is given up in time and leaves nothing.
func TestHangAtStart(t *testing.T) {
	timing := quick()
	timing.Start = 300 * time.Millisecond
	began := time.Now()
	h, _ := start(t, timing, testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_START": "hang"} }))
	if s := h.Status()[0]; s.Pid != 0 || s.LastError == "" || time.Since(began) > 5*time.Second {
		t.Errorf("%+v after %s", s, time.Since(began))
	}
}

func TestMemoryLimit(t *testing.T) {
	timing := quick()
	timing.Memory = 10 * time.Millisecond
	h, _ := start(t, timing, testPlugin(func(c *Config) { c.Memory = 100 << 20 }))
	_, err := h.Handle(t.Context(), withSize(task("k", "bob+memory@c.example"), 1), onlyReader{strings.NewReader("x")})
	if kind(err) != Died || !strings.Contains(err.Error(), "memory") {
		t.Errorf("%v", err)
	}
}

func withSize(t *sdk.Task, n int64) *sdk.Task { t.Size = n; return t }

// onlyReader hides Seek, so that a call isn't tried a second time.
type onlyReader struct{ r *strings.Reader }

func (o onlyReader) Read(p []byte) (int, error) { return o.r.Read(p) }

// A frozen plugin is found even if nobody calls it.
func TestProbe(t *testing.T) {
	timing := quick()
	timing.Probe, timing.Answer = 50*time.Millisecond, 300*time.Millisecond
	h, _ := start(t, timing, testPlugin(nil))
	pid := h.Status()[0].Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	until(t, "a new process", func() bool { p := h.Status()[0].Pid; return p != 0 && p != pid })
	if s := h.Status()[0]; !strings.Contains(s.LastError, "doesn't answer") {
		t.Errorf("%+v", s)
	}
}

// The program gets the environment that the configuration says and none of ours.
func TestEnvironment(t *testing.T) {
	t.Setenv("SEALPOST_TEST_SECRET", "must not be inherited")
	h, _ := start(t, quick(), testPlugin(func(c *Config) {
		c.Env = map[string]string{"TESTPLUGIN_VERSION": "7"}
		c.Memory = 1 << 30
	}))
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", h.Status()[0].Pid))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for line := range strings.SplitSeq(strings.Trim(string(env), "\x00"), "\x00") {
		name, _, _ := strings.Cut(line, "=")
		got[name] = true
	}
	want := map[string]bool{"TESTPLUGIN_VERSION": true, "SEALPOST_PLUGIN": true, "SEALPOST_TASK_KEY": true, "GOMEMLIMIT": true,
		"PLUGIN_MIN_PORT": true, "PLUGIN_MAX_PORT": true, "PLUGIN_PROTOCOL_VERSIONS": true, "PLUGIN_UNIX_SOCKET_DIR": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if h.Status()[0].Version != "7" {
		t.Errorf("%+v", h.Status()[0])
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", h.Status()[0].Pid))
	if err != nil || !regexp.MustCompile(`Max core file size +0 `).Match(limits) {
		t.Errorf("core dumps: %v\n%s", err, limits)
	}
}

// What must not be started is refused, never started, and alarmed.
func TestRefused(t *testing.T) {
	path := copyProgram(t)
	open := copyProgram(t)
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"checksum", func(c *Config) { c.Path, c.SHA256 = path, strings.Repeat("0", 64) }, "SHA-256"},
		{"not there", func(c *Config) { c.Path = "/no/such/program" }, "no such file"},
		{"a folder", func(c *Config) { c.Path = "/tmp" }, "isn't a program"},
		{"writable by others", func(c *Config) { c.Path = open }, "written by others"},
		{"settings", func(c *Config) { c.Settings = []byte(`{"dor": 1, "bytes": "x"}`) }, "dor"},
		{"user", func(c *Config) { c.User = "no-such-user-here" }, "unknown user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, told := start(t, quick(), testPlugin(c.change))
			s := h.Status()[0]
			if s.State != Refused || s.Pid != 0 || !strings.Contains(s.LastError, c.want) || !strings.Contains(told.all(), c.want) {
				t.Errorf("%+v, alarms %q", s, told.all())
			}
			if _, err := handle(h, task("k", "bob@c.example"), "x"); kind(err) != NotThere {
				t.Errorf("%v", err)
			}
		})
	}
	// Put right, it comes up by itself.
	t.Run("mended", func(t *testing.T) {
		timing := quick()
		timing.Refused = 20 * time.Millisecond
		h, told := start(t, timing, testPlugin(func(c *Config) { c.Path = open }))
		time.Sleep(100 * time.Millisecond) // several looks, one alarm
		if s := h.Status()[0]; s.State != Refused || strings.Count(told.all(), "\n") > 0 {
			t.Errorf("%+v, alarms %q", s, told.all())
		}
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
		until(t, "it is up", func() bool { return h.Status()[0].State == Up })
	})
	t.Run("right checksum", func(t *testing.T) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		h, _ := start(t, quick(), testPlugin(func(c *Config) { c.Path, c.SHA256 = path, strings.ToUpper(hex.EncodeToString(sum[:])) }))
		if s := h.Status()[0]; s.State != Up {
			t.Errorf("%+v", s)
		}
	})
}

func copyProgram(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(programs, "testplugin"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is wrong with the options is said all at once.
func TestOptions(t *testing.T) {
	_, err := New(Options{SocketDir: "relative", Plugins: []Config{{Name: "A b", Path: "x"}, {Name: "ok", Path: "/x", SHA256: "12"},
		{Name: "ok", Path: "/x", Settings: []byte("{"), Env: map[string]string{"SEALPOST_TASK_KEY": "x"}}}})
	for _, want := range []string{"NewContent", "relative", `"A b"`, "absolute", "64 hexadecimal", "twice", "JSON", "SEALPOST_TASK_KEY"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't in: %v", want, err)
		}
	}
}

// The socket folder is ours alone: a killed host's leftovers go, a stranger's
// files stop us.
func TestSweep(t *testing.T) {
	dir, err := os.MkdirTemp("", "sp")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Mkdir(filepath.Join(dir, "plugin-dir123"), 0o700); err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{SocketDir: dir, NewContent: newMemory})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h2, err := New(Options{SocketDir: dir, NewContent: newMemory})
	if err != nil {
		t.Fatal(err)
	}
	if err := h2.Start(t.Context()); err == nil {
		t.Error("a folder with strange files was taken")
	}
}

// The kernel kills a plugin whose host was killed.
func TestHostKilled(t *testing.T) {
	dir, err := os.MkdirTemp("", "sp")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(os.Args[0], "-test.run=^TestAsHost$")
	cmd.Env = append(os.Environ(), "PLUGINS_TEST_HOST="+dir, "PLUGINS_TEST_PROGRAMS="+programs)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		_, number, _ := strings.Cut(lines.Text(), "plugin pid ")
		pid, _ = strconv.Atoi(number)
	}
	if pid == 0 || !alive(pid) {
		t.Fatalf("no plugin: %d", pid)
	}
	kill(cmd.Process.Pid)
	_ = cmd.Wait()
	until(t, "the plugin is dead", func() bool { return !alive(pid) })
}

// TestAsHost is the other half of TestHostKilled; by itself it does nothing.
func TestAsHost(t *testing.T) {
	dir := os.Getenv("PLUGINS_TEST_HOST")
	if dir == "" {
		return
	}
	h, err := New(Options{SocketDir: dir, NewContent: newMemory, Plugins: []Config{{Name: "test", Path: filepath.Join(programs, "testplugin")}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("plugin pid %d\n", h.Status()[0].Pid)
	select {}
}

// Own user: the process runs as it, in a socket folder of its own.
func TestUser(t *testing.T) {
	if os.Getuid() != 0 {
		h, _ := start(t, quick(), testPlugin(func(c *Config) { c.User = "nobody" }))
		if s := h.Status()[0]; s.State == Up {
			t.Errorf("users were changed without the right to: %+v", s)
		}
		return
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("sp-program-%d", os.Getpid()))
	b, err := os.ReadFile(filepath.Join(programs, "testplugin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("sp-sockets-%d", os.Getpid()))
	h, err := New(Options{SocketDir: dir, NewContent: newMemory, Plugins: []Config{{Name: "test", Path: path, User: "nobody"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer h.Close(context.Background())
	s := h.Status()[0]
	if s.State != Up {
		t.Fatalf("%+v", s)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "Uid:\t65534\t65534") {
		t.Errorf("%s", status)
	}
}

// A caller who gives up gets his answer at once, and costs nobody else.
func TestCallerGivesUp(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	pid := h.Status()[0].Pid
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	w := withSize(task("k", "bob+wait@c.example"), 1)
	_, err := h.Handle(ctx, w, strings.NewReader("x"))
	if kind(err) != Cancelled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	r, err := handle(h, task("k2", "ann@c.example"), mail(100))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if h.Status()[0].Pid != pid {
		t.Error("the process was killed for it")
	}
}
