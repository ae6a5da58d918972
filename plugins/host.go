// Package plugins is the host of Sealpost's plugins: it starts them as
// processes of their own, watches over them, asks them and checks what they
// answer.
//
// What a reader must know:
//   - A plugin decides nothing. It says what it can do (Assess), what it did
//     (Handle) and what it saw (Inspect). Every answer is checked against the
//     question before it leaves this package; an answer that breaks a rule is
//     refused whole.
//   - Whatever goes wrong (not running, late, crashed, lying) ends in
//     "unknown" from Assess and in an error from Handle and Inspect. An error
//     is always a temporary failure: nobody may read it as "done".
//   - The host keeps no content. Copies that a plugin makes are written to
//     what Options.NewContent gives, and belong to the caller of Handle.
//   - Every task is signed with a key that lives as long as one process of a
//     plugin, so only the host that started a plugin can make it act.
//   - Which plugin carries out a treatment comes from its own description.
//     Where two describe the same one, the first in the configuration has it,
//     whether it is up or not; the other is not a spare.
package plugins

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// Config is one plugin as the operator wrote it.
type Config struct {
	Name string // lower-case letters, digits, "-"
	Path string // absolute
	// SHA256 of the program, hex; "" isn't checked.
	SHA256 string
	// User runs the program; "" is the gateway's own user.
	User string
	// Env is the program's whole environment, beside what the protocol needs.
	Env map[string]string
	// Memory is the most that the process may occupy, bytes; 0: no limit.
	Memory int64
	// Timeout is the deadline of one call; 0 is 60 s.
	Timeout time.Duration
	// Settings are the plugin's own, JSON.
	Settings json.RawMessage
}

// Content is where a copy is written while it comes from a plugin. It is what
// package message's Content is.
type Content interface {
	io.Writer
	Reader() io.ReadSeeker
	Size() int64
	Close() error
}

// Options are what a host needs.
type Options struct {
	// Plugins in the order of the configuration.
	Plugins []Config
	// SocketDir holds the plugins' sockets. It belongs to this host alone and
	// is emptied at the start. At most 60 bytes, because a socket's path is
	// limited to 107.
	SocketDir string
	// NewContent makes room for one copy. Its Write returns an error when
	// there is none.
	NewContent func() (Content, error)
	// CopyLimit is the largest copy, bytes; 0 is 200 MiB.
	CopyLimit int64
	// Log gets what happens to the plugins; nil: nothing. Fields: plugin,
	// plugin_version, pid, state, restarts, error, stderr.
	Log *zap.Logger
	// Alarm is told what an operator must see: a plugin that keeps dying, is
	// refused or lies. It must not block; nil: nobody is told.
	Alarm func(plugin, text string)
	// Timing is for tests; zero fields have the defaults.
	Timing Timing
}

// Timing are the host's delays and deadlines.
type Timing struct {
	Start     time.Duration // from start to configured: 15 s
	Assess    time.Duration // deadline of one Assess: 5 s, or the plugin's Timeout if that is less
	Wait      time.Duration // how long a call waits for a plugin that is starting: 1 s
	Backoff   time.Duration // before the first restart, doubled for each further one: 20 ms
	BackoffTo time.Duration // at most: 2 s
	Slow      time.Duration // between starts of a degraded plugin: 10 s
	Refused   time.Duration // between looks whether a refused plugin is fit now: 60 s
	Window    time.Duration // three deaths in it make a plugin degraded: 60 s
	Probe     time.Duration // between looks whether a plugin still answers: 10 s
	Answer    time.Duration // how long it may take to answer such a look: 10 s
	Memory    time.Duration // between looks at its memory: 250 ms
	Stop      time.Duration // from SIGTERM to SIGKILL: 3 s
}

func (t *Timing) defaults() {
	set := func(d *time.Duration, to time.Duration) { *d = cmp.Or(*d, to) }
	set(&t.Start, 15*time.Second)
	set(&t.Assess, 5*time.Second)
	set(&t.Wait, time.Second)
	set(&t.Backoff, 20*time.Millisecond)
	set(&t.BackoffTo, 2*time.Second)
	set(&t.Slow, 10*time.Second)
	set(&t.Refused, time.Minute)
	set(&t.Window, time.Minute)
	set(&t.Probe, 10*time.Second)
	set(&t.Answer, 10*time.Second)
	set(&t.Memory, 250*time.Millisecond)
	set(&t.Stop, 3*time.Second)
}

// deathLimit is how many deaths in Timing.Window make a plugin degraded.
const deathLimit = 3

// State is how a plugin fares.
type State string

// States. A plugin with a Pid answers calls whatever its state.
const (
	Starting State = "starting"
	Up       State = "up"
	Degraded State = "degraded" // died three times in a minute: alarmed, started slowly
	Down     State = "down"     // died, will be started again soon; or not started yet
	Refused  State = "refused"  // must not run as it is: checksum, settings, program file; looked at again each minute
)

// Status is one plugin at one moment.
type Status struct {
	Name       string    `json:"name"`
	Version    string    `json:"version,omitempty"`
	Path       string    `json:"path"`
	Pid        int       `json:"pid,omitempty"` // 0: not running
	State      State     `json:"state"`
	Restarts   int       `json:"restarts"` // starts after the first
	LastError  string    `json:"last_error,omitempty"`
	Since      time.Time `json:"since"` // of State
	Treatments []string  `json:"treatments,omitempty"`
	Inspects   bool      `json:"inspects,omitempty"`
	Calls      int       `json:"calls"`          // in work
	Memory     int64     `json:"memory"`         // bytes resident, as last looked at
	Took       []string  `json:"took,omitempty"` // treatments that an earlier plugin has
}

// Host runs plugins. Its methods may be called by any number of goroutines.
type Host struct {
	opts   Options
	log    *zap.Logger
	thread *thread // starts all processes

	ctx    context.Context
	cancel context.CancelFunc
	loops  sync.WaitGroup

	reload sync.Mutex // one Reload or Restart at a time
	mu     sync.RWMutex
	slots  []*slot // in the order of the configuration
}

var (
	nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	envForm  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// New checks the options and says everything that is wrong with them.
func New(opts Options) (*Host, error) {
	opts.Timing.defaults()
	opts.CopyLimit = cmp.Or(opts.CopyLimit, 200<<20)
	if opts.Log == nil {
		opts.Log = zap.NewNop()
	}
	if opts.Alarm == nil {
		opts.Alarm = func(string, string) {}
	}
	var wrong []error
	if opts.NewContent == nil {
		wrong = append(wrong, errors.New("plugins: NewContent is missing"))
	}
	if !filepath.IsAbs(opts.SocketDir) || len(opts.SocketDir) > 60 {
		wrong = append(wrong, fmt.Errorf("plugins: socket folder %q must be absolute and at most 60 bytes long", opts.SocketDir))
	}
	wrong = append(wrong, check(opts.Plugins)...)
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	h := &Host{opts: opts, log: opts.Log}
	for _, c := range opts.Plugins {
		h.slots = append(h.slots, newSlot(h, c))
	}
	return h, nil
}

// check says what is wrong with a list of plugins.
func check(list []Config) (wrong []error) {
	seen := map[string]bool{}
	for i, c := range list {
		at := fmt.Sprintf("plugins[%d] %q: ", i, c.Name)
		if !nameForm.MatchString(c.Name) {
			wrong = append(wrong, errors.New(at+"name must be 1 to 32 lower-case letters, digits and \"-\""))
		}
		if seen[c.Name] {
			wrong = append(wrong, errors.New(at+"name stands there twice"))
		}
		seen[c.Name] = true
		if !filepath.IsAbs(c.Path) {
			wrong = append(wrong, fmt.Errorf("%spath %q must be absolute", at, c.Path))
		}
		if c.SHA256 != "" && !sumForm.MatchString(c.SHA256) {
			wrong = append(wrong, errors.New(at+"sha256 must be 64 hexadecimal digits"))
		}
		for name, value := range c.Env {
			if !envForm.MatchString(name) || strings.HasPrefix(name, "PLUGIN_") || strings.HasPrefix(name, "SEALPOST_") || strings.ContainsRune(value, 0) {
				wrong = append(wrong, fmt.Errorf("%senv %q isn't a variable's name, or is one of the protocol's own", at, name))
			}
		}
		if len(c.Settings) > 0 && !json.Valid(c.Settings) {
			wrong = append(wrong, errors.New(at+"settings are not JSON"))
		}
	}
	return wrong
}

// Start empties the socket folder, starts all plugins and returns when each
// has come up or has failed for the first time. A plugin that fails is no
// error: Status has it, and it is tried again. The plugins live until Close;
// ctx bounds only the waiting.
func (h *Host) Start(ctx context.Context) error {
	if err := h.sweep(); err != nil {
		return err
	}
	h.thread = newThread()
	h.ctx, h.cancel = context.WithCancel(context.Background())
	for _, s := range h.list() {
		h.loops.Go(s.run)
	}
	for _, s := range h.list() {
		select {
		case <-s.tried:
		case <-ctx.Done():
			return fmt.Errorf("waiting for plugin %s: %w", s.name, ctx.Err())
		}
	}
	return nil
}

// sweep makes the socket folder, or empties it of what a killed host left.
func (h *Host) sweep() error {
	dir := h.opts.SocketDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the plugins' socket folder: %w", err)
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		return fmt.Errorf("the plugins' socket folder %s isn't a folder of ours", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the plugins' socket folder: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "plugin-dir") {
			return fmt.Errorf("the plugins' socket folder %s holds %s, which isn't ours", dir, e.Name())
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("emptying the plugins' socket folder: %w", err)
		}
	}
	// A plugin with a user of its own must be able to pass through; its own
	// folder in there is 0700 and its own.
	mode := os.FileMode(0o700)
	if slices.ContainsFunc(h.opts.Plugins, func(c Config) bool { return c.User != "" }) {
		mode = 0o711
	}
	if err := os.Chmod(dir, mode); err != nil {
		return fmt.Errorf("setting the mode of the plugins' socket folder: %w", err)
	}
	return nil
}

// Close stops all plugins: calls in work may end until ctx is done, then
// everything is killed. The host can't be used again.
func (h *Host) Close(ctx context.Context) error {
	if h.cancel == nil {
		return nil
	}
	h.reload.Lock() // a Reload under way ends first, and none comes after
	defer h.reload.Unlock()
	if h.ctx.Err() != nil {
		return nil
	}
	var stops sync.WaitGroup
	for _, s := range h.list() {
		stops.Go(func() { s.drain(ctx) })
	}
	stops.Wait()
	h.cancel()
	h.loops.Wait()
	h.thread.stop()
	return os.RemoveAll(h.opts.SocketDir)
}

func (h *Host) list() []*slot {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.slots
}

// Status says how each plugin fares, in the order of the configuration.
func (h *Host) Status() []Status {
	var out []Status
	taken := map[string]bool{}
	for _, s := range h.list() {
		st := s.status()
		for _, t := range st.Treatments {
			if taken[t] {
				st.Took = append(st.Took, t)
			}
			taken[t] = true
		}
		out = append(out, st)
	}
	return out
}

// Treatments are those that some plugin described, sorted, whether it is
// running now or not.
func (h *Host) Treatments() []string {
	var all []string
	for _, s := range h.list() {
		all = append(all, s.status().Treatments...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Inspectors are the names of the plugins that must see a part of this media
// type. A plugin that is down is among them: not asking it would be passing
// over a part unseen. So is one that never came up, because it might be an
// inspector.
func (h *Host) Inspectors(mediaType string) []string {
	var names []string
	for _, s := range h.list() {
		if d, known := s.description(); !known || d.Inspects && wants(d.Types, mediaType) {
			names = append(names, s.name)
		}
	}
	return names
}

func wants(types []string, mediaType string) bool {
	mediaType = strings.ToLower(mediaType)
	kind, _, _ := strings.Cut(mediaType, "/")
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool {
		t = strings.ToLower(t)
		return t == mediaType || t == kind+"/*" || t == "*/*"
	})
}

// carrier finds the plugin that carries out a treatment.
func (h *Host) carrier(treatment string) *slot {
	for _, s := range h.list() {
		if d, _ := s.description(); slices.Contains(d.Treatments, treatment) {
			return s
		}
	}
	return nil
}

func (h *Host) named(name string) *slot {
	for _, s := range h.list() {
		if s.name == name {
			return s
		}
	}
	return nil
}

// Assess asks the plugin that carries out the treatment what it could do. It
// returns one assessment for each recipient in the order of the request;
// whatever goes wrong is "unknown" for all of them, with a reason that holds
// no address. A treatment that no plugin has is "unable", once all of them
// have said what they have.
func (h *Host) Assess(ctx context.Context, req sdk.AssessRequest) []sdk.Assessment {
	s := h.carrier(req.Treatment)
	if s == nil {
		ability := sdk.Unable
		for _, s := range h.list() {
			if _, known := s.description(); !known {
				ability = sdk.Unknown // it may be this one's
			}
		}
		return forAll(req, ability, "no plugin carries out "+req.Treatment)
	}
	var out []sdk.Assessment
	// Assess has no side effects: a plugin that died meanwhile is asked again.
	err := s.call(ctx, min(h.opts.Timing.Assess, s.timeout()), 2, func(ctx context.Context, c *Connection) (err error) {
		out, err = c.Assess(ctx, req)
		return err
	})
	if err != nil {
		return forAll(req, sdk.Unknown, err.Error())
	}
	return out
}

func forAll(req sdk.AssessRequest, ability sdk.Ability, reason string) []sdk.Assessment {
	out := make([]sdk.Assessment, 0, len(req.Recipients))
	for _, r := range req.Recipients {
		out = append(out, sdk.Assessment{Address: r.Address, Ability: ability, Reason: reason})
	}
	return out
}

// Handle has a task done by the plugin that carries out its treatment. Every
// error means a temporary failure for all recipients, with nothing known
// about what the plugin did: the same Task.Key must be used again. If content
// is an io.Seeker, a plugin that dies is asked a second time.
//
// The result is the caller's, who closes it.
func (h *Host) Handle(ctx context.Context, task *sdk.Task, content io.Reader) (*Result, error) {
	s := h.carrier(task.Treatment)
	if s == nil {
		return nil, &Failure{Kind: NotThere, Text: "no plugin carries out " + task.Treatment}
	}
	tries := 1
	var from int64
	seeker, rewinds := content.(io.Seeker)
	if rewinds {
		var err error
		if from, err = seeker.Seek(0, io.SeekCurrent); err != nil {
			return nil, &Failure{Plugin: s.name, Kind: Ours, Text: "reading the content", Err: err}
		}
		tries = 2
	}
	var out *Result
	first := true
	err := s.call(ctx, s.timeout(), tries, func(ctx context.Context, c *Connection) (err error) {
		if !first {
			if _, err := seeker.Seek(from, io.SeekStart); err != nil {
				return &Failure{Kind: Ours, Text: "rewinding the content", Err: err}
			}
		}
		first = false
		out, err = c.Handle(ctx, task, content)
		return err
	})
	return out, err
}

// Inspect has one part seen by the named plugin, one of Inspectors. An error
// means that the part was not seen. Scanned is "" where a plugin that reads
// nothing has seen all of it.
func (h *Host) Inspect(ctx context.Context, plugin string, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	s := h.named(plugin)
	if s == nil {
		return sdk.Inspection{}, &Failure{Plugin: plugin, Kind: NotThere, Text: "no such plugin"}
	}
	var out sdk.Inspection
	err := s.call(ctx, s.timeout(), 1, func(ctx context.Context, c *Connection) (err error) {
		out, err = c.Inspect(ctx, part, content)
		return err
	})
	if d, _ := s.description(); !d.Reads && out.Scanned == "full" {
		out.Scanned = "" // it saw all of it, and read nothing
	}
	return out, err
}
