package plugins

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// process is one running plugin, from its start to its end. A slot has many of
// them, one after the other.
type process struct {
	*Connection
	cfg    Config
	run    *child
	client *goplugin.Client
	desc   sdk.Description
	timing Timing

	// ctx is done when the process is dead.
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	calls   int
	leaving bool          // no new calls
	idle    chan struct{} // closed when leaving and calls is 0
	why     string        // why we killed it, "" if we didn't
	memory  int64
	probing bool
}

// errRefused marks what starting again can't mend.
var errRefused = errors.New("refused")

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errRefused, fmt.Sprintf(format, args...))
}

// launch starts a plugin, has it describe itself and hands over its settings.
// Client, command and key are new each time: go-plugin can use none of them
// twice.
func (h *Host) launch(ctx context.Context, cfg Config) (*process, error) {
	if err := checkProgram(cfg); err != nil {
		return nil, err
	}
	key := sdk.NewTaskKey()
	credential, err := credentialOf(cfg.User)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, h.opts.Timing.Start)
	defer stop()

	noise := newNoise(h.log, cfg.Name)
	run := &child{path: cfg.Path, env: environment(cfg, key), credential: credential, thread: h.thread, dead: make(chan struct{})}
	p := &process{cfg: cfg, run: run, timing: h.opts.Timing, idle: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		Plugins:          goplugin.PluginSet{"plugin": bare{}},
		RunnerFunc:       run.prepare,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		StartTimeout:     h.opts.Timing.Start,
		Stderr:           noise,
		SyncStderr:       noise,
		SyncStdout:       io.Discard,
		Logger:           hclog.NewNullLogger(),
		SkipHostEnv:      true,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: h.opts.SocketDir},
		// A call that failed is ours to repeat: gRPC would do it unseen.
		GRPCDialOptions: []grpc.DialOption{grpc.WithDisableRetry(), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessage))},
	})
	// A plugin that never says its handshake line must not hold up Close.
	release := context.AfterFunc(ctx, func() { p.kill("it wasn't ready in time") })
	defer release()
	if err := p.greet(ctx, h, key); err != nil {
		p.stop(0)
		if last := noise.last(); last != "" && !errors.Is(err, errRefused) {
			err = fmt.Errorf("%w; it wrote %q", err, last)
		}
		return nil, err
	}
	go p.watch()
	return p, nil
}

// greet takes a new process through handshake, Describe and Configure.
func (p *process) greet(ctx context.Context, h *Host, key sdk.TaskKey) error {
	protocol, err := p.client.Client()
	if err != nil {
		return p.startFailed(err)
	}
	conn, err := protocol.Dispense("plugin")
	if err != nil {
		return p.startFailed(err)
	}
	p.Connection = NewConnection(p.cfg.Name, conn.(*grpc.ClientConn), key, h.opts.NewContent, h.opts.CopyLimit)
	go func() {
		<-p.run.dead
		p.cancel()
	}()
	if p.desc, err = p.Describe(ctx); err != nil {
		return fmt.Errorf("describing itself: %w", err)
	}
	found, err := p.Configure(ctx, p.cfg.Settings, false)
	if err != nil {
		return fmt.Errorf("taking its settings: %w", err)
	}
	var wrong []string
	for _, d := range found {
		wrong = append(wrong, fmt.Sprintf("%s (line %d): %s", d.Path, d.Line, d.Text))
	}
	if len(wrong) > 0 {
		return refused("settings: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// startFailed says in our words what go-plugin found.
func (p *process) startFailed(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if line, noise := strings.CutPrefix(text, "Unrecognized remote plugin message: "); noise && line != "" {
		return fmt.Errorf("it wrote on standard output before the handshake: %q", oneLine(line, 100))
	} else if noise {
		return errors.New("it ended without a handshake: it isn't a plugin, or it crashed")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why != "" {
		return errors.New(p.why)
	}
	return errors.New(oneLine(text, 300))
}

// checkProgram makes sure that the program is the one that the operator meant,
// and that nobody else can change it. The check and the start are two steps:
// the folder must be as safe as the file.
func checkProgram(cfg Config) error {
	f, err := os.Open(cfg.Path)
	if err != nil {
		return refused("%v", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return refused("%v", err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return refused("%s isn't a program", cfg.Path)
	case info.Mode()&0o022 != 0:
		return refused("%s may be written by others than its owner (mode %04o)", cfg.Path, info.Mode().Perm())
	}
	if cfg.SHA256 == "" || fault.Off("plugins.sha256") {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return refused("%v", err)
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum.Sum(nil))), []byte(strings.ToLower(cfg.SHA256))) != 1 {
		return refused("%s has another SHA-256 than the configuration says", cfg.Path)
	}
	return nil
}

func credentialOf(name string) (*syscall.Credential, error) {
	if name == "" {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, refused("%v", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, refused("user %s: %v", name, err)
	}
	if int(uid) == os.Getuid() {
		return nil, nil
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: false}, nil
}

// environment is all that the program gets; go-plugin adds its own variables.
// The garbage collector is told of the memory limit, so that a Go program
// rather works harder than is killed.
func environment(cfg Config, key sdk.TaskKey) []string {
	env := []string{key.Environment()}
	if _, given := cfg.Env["GOMEMLIMIT"]; !given && cfg.Memory > 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%d", cfg.Memory/10*8))
	}
	for k, v := range cfg.Env {
		env = append(env, k+"="+v)
	}
	return env
}

// bare is go-plugin's client side; all it does is hand out the connection.
type bare struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (bare) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host serves nothing")
}

func (bare) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// watch looks at a running process until it is dead: whether it answers, and
// how much memory it has.
func (p *process) watch() {
	memory, alive := time.NewTicker(p.timing.Memory), time.NewTicker(p.timing.Probe)
	defer memory.Stop()
	defer alive.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-memory.C:
			p.weigh()
		case <-alive.C:
			p.probe()
		}
	}
}

// weigh kills a process that has more memory than allowed. It counts the
// process itself and not its children.
func (p *process) weigh() {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.run.pid))
	if err != nil {
		return // it has just died
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	p.mu.Lock()
	p.memory = pages * int64(os.Getpagesize())
	p.mu.Unlock()
	if p.cfg.Memory > 0 && pages*int64(os.Getpagesize()) > p.cfg.Memory {
		p.kill(fmt.Sprintf("it used more than %d bytes of memory", p.cfg.Memory))
	}
}

// probe kills a process that doesn't answer the simplest question.
func (p *process) probe() {
	p.mu.Lock()
	if p.probing {
		p.mu.Unlock()
		return
	}
	p.probing = true
	p.mu.Unlock()
	go func() {
		ctx, stop := context.WithTimeout(p.ctx, p.timing.Answer)
		defer stop()
		if _, err := p.Describe(ctx); err != nil && p.ctx.Err() == nil {
			p.kill("it doesn't answer any more")
		}
		p.mu.Lock()
		p.probing = false
		p.mu.Unlock()
	}()
}

// begin counts a call in; false if the process takes none any more.
func (p *process) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leaving || p.ctx.Err() != nil || p.run.gone() {
		return false
	}
	p.calls++
	return true
}

func (p *process) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	if p.leaving && p.calls == 0 {
		close(p.idle)
	}
}

// kill ends the process and its children at once; it doesn't wait.
func (p *process) kill(why string) {
	p.mu.Lock()
	if p.why == "" {
		p.why = why
	}
	p.mu.Unlock()
	p.run.signal(syscall.SIGKILL)
}

// drain lets the calls in work end until ctx is done, then stops the process.
func (p *process) drain(ctx context.Context) {
	p.mu.Lock()
	if !p.leaving {
		p.leaving = true
		if p.calls == 0 {
			close(p.idle)
		}
	}
	p.mu.Unlock()
	select {
	case <-p.idle:
		p.stop(p.timing.Stop)
	case <-ctx.Done():
		p.stop(0)
	case <-p.ctx.Done():
		p.stop(0)
	}
}

// stop ends the process, with SIGTERM first if there is a grace, and gives
// back all that it occupied. go-plugin's Kill has no deadline on a hung
// process, so it comes after SIGKILL.
func (p *process) stop(grace time.Duration) {
	if grace > 0 {
		p.run.signal(syscall.SIGTERM)
		select {
		case <-p.run.dead:
		case <-time.After(grace):
		}
	}
	p.run.signal(syscall.SIGKILL)
	killed := make(chan struct{})
	go func() { p.client.Kill(); close(killed) }()
	select {
	case <-killed:
	case <-time.After(10 * time.Second): // in uninterruptible sleep: nobody can end it
	}
	p.cancel()
	p.run.clean()
}

// end says how the process ended.
func (p *process) end() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why != "" {
		return "killed: " + p.why
	}
	return p.run.result()
}
