package integration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sealpost/sealpost/mta"
)

// SealpostOptions describe the daemon beside the gateway's Postfix.
type SealpostOptions struct {
	Programs Programs
	// LaterRecipients is mta.Expand or mta.Strict.
	LaterRecipients string
	// Plugins are started with these settings, by name.
	Plugins map[string]any
	// Env are additional variables of the daemon. Plugins don't inherit them.
	Env map[string]string
	// Patience is how long a treatment by TLS may fail; 0: as shipped.
	Patience time.Duration
	// PluginTime is how long one call of a plugin may take; 0: as shipped.
	PluginTime time.Duration
}

// Sealpost is the daemon under test. Its methods may be called by several
// goroutines.
type Sealpost struct {
	// Config, Policy, Data and Log are the daemon's settings file, its two
	// policy folders, and the file to which it logs.
	Config, Policy, Data, Log string

	rig  *Rig
	opts SealpostOptions

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// NewSealpost writes the daemon's settings, a copy of the shipped policies and
// lists, and the rig's partners. Nothing is started.
func (r *Rig) NewSealpost(opts SealpostOptions) (*Sealpost, error) {
	dir := filepath.Join(r.Dir, "sealpost")
	s := &Sealpost{
		rig: r, opts: opts, Config: filepath.Join(dir, "sealpost.yaml"), Policy: filepath.Join(dir, "rego"),
		Data: filepath.Join(dir, "data"), Log: filepath.Join(dir, "log"),
	}
	if err := s.makeFolders(dir); err != nil {
		return nil, err
	}
	if err := s.copyPolicy(); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(s.settings(dir))
	if err != nil {
		return nil, fmt.Errorf("writing the daemon's settings: %w", err)
	}
	return s, os.WriteFile(s.Config, text, 0o600)
}

func (s *Sealpost) makeFolders(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the daemon's folder: %w", err)
	}
	sockets := filepath.Join(s.rig.Gateway.Queue, "sealpost")
	if err := os.MkdirAll(sockets, 0o750); err != nil {
		return fmt.Errorf("making the sockets' folder: %w", err)
	}
	return giveTo("postfix", sockets, 0o750)
}

// copyPolicy copies the shipped policies and lists, and puts the rig's
// organisation in the lists' place.
func (s *Sealpost) copyPolicy() error {
	root, err := Root()
	if err != nil {
		return err
	}
	if err := os.CopyFS(s.Data, os.DirFS(filepath.Join(root, "rego", "data"))); err != nil {
		return fmt.Errorf("copying the shipped lists: %w", err)
	}
	shipped, err := filepath.Glob(filepath.Join(root, "rego", "*.rego"))
	if err == nil {
		err = os.MkdirAll(s.Policy, 0o755)
	}
	for _, file := range shipped {
		text, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(s.Policy, filepath.Base(file)), text, 0o644))
	}
	if err != nil {
		return fmt.Errorf("copying the shipped policies: %w", err)
	}
	return os.WriteFile(filepath.Join(s.Data, "organisation.yaml"), []byte(s.organisation()), 0o644)
}

// organisation is what was agreed with the partners of the rig's world.
func (s *Sealpost) organisation() string {
	return strings.ReplaceAll(`local_domains: []
partners:
  partner.example:
    name: Partner Ltd
    level: partner-tls
    match: [mx.partner.example]
    ca_file: CA
    min_bits: 256
  partner-two.example:
    name: Partner Two Ltd
    level: verified-tls
    match: [mx.partner.example]
    ca_file: CA
  notls.example:
    name: Plain Ltd
    level: tls
  wrongname.example:
    name: Wrong Name Ltd
    level: verified-tls
    match: [mx.wrongname.example]
    ca_file: CA
exceptions: {}
holidays: {}
`, "CA", s.rig.CA.CertFile)
}

func (s *Sealpost) settings(dir string) map[string]any {
	sockets := "unix:" + filepath.Join(s.rig.Gateway.Queue, "sealpost")
	var plugins []map[string]any
	for _, name := range slices.Sorted(maps.Keys(s.opts.Plugins)) {
		plugin := map[string]any{"name": name, "path": s.opts.Programs.Plugin(name), "settings": s.opts.Plugins[name]}
		if s.opts.PluginTime > 0 {
			plugin["timeout"] = s.opts.PluginTime.String()
		}
		plugins = append(plugins, plugin)
	}
	m := map[string]any{
		"config_dir": s.rig.Gateway.Config, "log": []string{s.rig.Gateway.Log}, "kind": "postfix",
		"later_recipients": s.opts.LaterRecipients, "reinject": "unix:" + filepath.Join(s.rig.Gateway.Queue, "public", "sealpost-in"),
	}
	if s.opts.Patience > 0 {
		m["tls_patience"] = s.opts.Patience.String()
	}
	return map[string]any{
		"hostname": GatewayHost, "domains": []string{OurDomain}, "mta": m,
		"milter":  map[string]any{"listen": []string{sockets + "/milter"}, "socket_group": "postfix"},
		"deliver": map[string]any{"listen": sockets + "/deliver", "map": sockets + "/map"},
		"policy":  map[string]any{"dir": s.Policy, "data": s.Data, "test": false, "deadline": "500ms"},
		"plugins": plugins,
		"limits":  map[string]any{"message": "110MiB"},
		"store":   map[string]any{"path": filepath.Join(dir, "sealpost.db")},
		"audit":   map[string]any{"dir": filepath.Join(dir, "audit")},
		"metrics": map[string]any{"listen": "127.0.0.1:9464"},
		"admin":   map[string]any{"listen": "unix:" + filepath.Join(dir, "admin")},
	}
}

// StartWithPostfix starts the daemon, and then the gateway's Postfix with the
// settings that `setup postfix` would give it and extra lines of main.cf.
func (s *Sealpost) StartWithPostfix(ctx context.Context, extra map[string]string) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	main, services, files, err := s.PostfixLines(extra)
	if err != nil {
		return err
	}
	return s.rig.Start(ctx, main, services, files)
}

// PostfixLines are the settings that make the gateway's Postfix work with the
// daemon, with extra lines of main.cf as if the operator had had them before.
func (s *Sealpost) PostfixLines(extra map[string]string) (main map[string]string, services []string, files map[string]string, err error) {
	out, err := exec.Command("postconf", "-h", "-d", "mail_version").Output()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("asking for Postfix's version: %w", err)
	}
	version, err := mta.ParseVersion(string(out))
	if err != nil {
		return nil, nil, nil, err
	}
	p := mta.NewParams(version, s.opts.LaterRecipients)
	p.Files = filepath.Join(s.rig.Gateway.Config, "sealpost")
	p.CAFile = s.rig.CA.CertFile
	p.DNSSEC = true
	p.Existing = s.rig.GatewayMain()
	maps.Copy(p.Existing, extra)
	settings := mta.PostfixSettings(p)
	main, files = maps.Clone(extra), map[string]string{}
	if main == nil {
		main = map[string]string{}
	}
	for _, m := range settings.Main {
		main[m.Name] = m.Value
	}
	for _, v := range settings.Services {
		services = append(services, v.Line())
	}
	for _, f := range settings.Files {
		files[f.Path] = f.Content
	}
	return main, services, files, nil
}

// Start starts the daemon and waits until all its sockets answer.
func (s *Sealpost) Start(ctx context.Context) error {
	if err := s.launch(); err != nil {
		return err
	}
	for _, name := range []string{"milter", "deliver", "map"} {
		if err := s.waitSocket(ctx, filepath.Join(s.rig.Gateway.Queue, "sealpost", name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sealpost) launch() error {
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("opening the daemon's log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(s.opts.Programs.Sealpost(), "serve", "--config", s.Config)
	cmd.Stdout, cmd.Stderr = log, log
	// Temporary files lie in the rig, so that a killed daemon leaves nothing behind.
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "TMPDIR=" + s.rig.Dir}
	for name, value := range s.opts.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	// Plugins live in the daemon's process group unless it gives them their own.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return errors.New("the daemon runs already")
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the daemon: %w", err)
	}
	done := make(chan struct{})
	s.cmd, s.done = cmd, done
	go func() {
		_ = cmd.Wait() // how it ended is in its log, and seen by waitSocket
		s.mu.Lock()
		s.cmd = nil
		s.mu.Unlock()
		close(done)
	}()
	return nil
}

func (s *Sealpost) waitSocket(ctx context.Context, path string) error {
	for {
		s.mu.Lock()
		done := s.done
		s.mu.Unlock()
		conn, err := net.Dial("unix", path)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-done:
			return fmt.Errorf("the daemon has ended; its log:\n%s", s.LogTail(15))
		case <-ctx.Done():
			return fmt.Errorf("waiting for the daemon's socket %s: %w; its log:\n%s", filepath.Base(path), ctx.Err(), s.LogTail(15))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Signal sends a signal to the daemon, and reports whether there was one to
// send it to.
func (s *Sealpost) Signal(sig syscall.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd != nil && s.cmd.Process.Signal(sig) == nil
}

// Freeze stops the daemon in its tracks (SIGSTOP), Thaw lets it go on.
func (s *Sealpost) Freeze() bool { return s.Signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Sealpost) Thaw() bool { return s.Signal(syscall.SIGCONT) }

// Ended is closed when the daemon that runs now has ended.
func (s *Sealpost) Ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		ended := make(chan struct{})
		close(ended)
		return ended
	}
	return s.done
}

// Kill ends the daemon at once (SIGKILL) and waits until it is gone.
func (s *Sealpost) Kill() { s.end(syscall.SIGKILL) }

// Stop ends the daemon as an operator would (SIGTERM) and waits; after 20
// seconds it is killed.
func (s *Sealpost) Stop() { s.end(syscall.SIGTERM) }

func (s *Sealpost) end(sig syscall.Signal) {
	ended := s.Ended()
	if !s.Signal(sig) {
		return
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		s.Signal(syscall.SIGKILL)
		<-ended
	}
}

// Plugins lists the processes of the daemon's plugins, by plugin name.
func (s *Sealpost) Plugins() map[string]int {
	found := map[string]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return found
	}
	for _, e := range entries {
		exe, err := os.Readlink(filepath.Join("/proc", e.Name(), "exe"))
		if err != nil || filepath.Dir(exe) != filepath.Join(s.opts.Programs.Dir, "plugins") {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(e.Name(), &pid); err == nil {
			found[filepath.Base(exe)] = pid
		}
	}
	return found
}

// WritePolicy puts additional files into the policy folder and its lists, and
// removes those that an earlier call put there. The names end in .rego or
// .yaml. Reload puts them in force.
func (s *Sealpost) WritePolicy(files map[string]string) error {
	for _, dir := range []string{s.Policy, s.Data} {
		old, err := filepath.Glob(filepath.Join(dir, "case_*"))
		for _, file := range old {
			err = errors.Join(err, os.Remove(file))
		}
		if err != nil {
			return fmt.Errorf("removing the last case's policy: %w", err)
		}
	}
	for name, text := range files {
		dir := s.Policy
		if filepath.Ext(name) != ".rego" {
			dir = s.Data
		}
		if err := os.WriteFile(filepath.Join(dir, "case_"+name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing a case's policy: %w", err)
		}
	}
	return nil
}

// policyAnswer is the daemon's log line about a reload.
var policyAnswer = regexp.MustCompile(`"message":"policy (in force|refused)`)

// Reload makes the daemon read its policies again (SIGHUP) and waits for what
// it says about them. A refused policy is an error.
func (s *Sealpost) Reload(ctx context.Context) error {
	offset := fileSize(s.Log)
	if !s.Signal(syscall.SIGHUP) {
		return errors.New("reloading the policy: the daemon isn't running")
	}
	line, err := waitLine(ctx, s.Log, offset, policyAnswer)
	if err == nil && strings.Contains(line, "policy refused") {
		err = fmt.Errorf("the daemon refused the policy: %s", line)
	}
	return err
}

// LogTail returns the last n lines of the daemon's log.
func (s *Sealpost) LogTail(n int) string { return tail(s.Log, n) }
