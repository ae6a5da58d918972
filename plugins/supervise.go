package plugins

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// slot is one plugin of the configuration, through all its processes.
type slot struct {
	host *Host
	name string

	tried chan struct{} // closed when the first start has come up or failed
	once  sync.Once

	mu       sync.Mutex
	cfg      Config
	cur      *process      // nil: not running
	changed  chan struct{} // closed and replaced when anything below changes
	starting bool
	refused  bool // as it is it must not run
	closed   bool
	desc     sdk.Description // as last heard
	known    bool            // desc was heard at least once
	deaths   []time.Time     // in the window
	starts   int
	lastErr  string
	since    time.Time
	next     time.Time // not started before
	lied     time.Time // when the alarm was last raised about an answer
}

func newSlot(h *Host, cfg Config) *slot {
	return &slot{host: h, name: cfg.Name, cfg: cfg, tried: make(chan struct{}), changed: make(chan struct{}), since: time.Now()}
}

// change tells all who wait. s.mu is held.
func (s *slot) change() {
	s.since = time.Now()
	close(s.changed)
	s.changed = make(chan struct{})
}

// run starts the plugin again and again until the host or the slot is closed.
func (s *slot) run() {
	defer s.once.Do(func() { close(s.tried) })
	for {
		s.mu.Lock()
		cur, changed := s.cur, s.changed
		wait := time.Until(s.next)
		if s.closed {
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		switch {
		case cur != nil:
			select {
			case <-cur.ctx.Done():
				s.died(cur)
			case <-changed:
			}
		case wait > 0:
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-changed:
			}
			timer.Stop()
		default:
			s.start()
		}
	}
}

// start starts a process and takes it, unless a replacement was faster.
func (s *slot) start() {
	s.mu.Lock()
	cfg := s.cfg
	s.starting = true
	s.change()
	s.mu.Unlock()
	p, err := s.host.launch(s.host.ctx, cfg)

	s.mu.Lock()
	s.starting = false
	if s.closed || s.cur != nil || !reflect.DeepEqual(s.cfg, cfg) {
		s.mu.Unlock()
		if err == nil {
			p.stop(0)
		}
		return
	}
	alarm := ""
	if err == nil {
		s.take(p)
	} else {
		alarm = s.failed(err)
	}
	s.mu.Unlock()
	s.alarm(alarm)
	s.once.Do(func() { close(s.tried) })
}

// take makes p the process that answers. s.mu is held.
func (s *slot) take(p *process) {
	s.cur, s.desc, s.known, s.refused = p, p.desc, true, false
	s.starts++
	s.change()
	s.host.log.Info("plugin is up", zap.String("plugin", s.name), zap.String("plugin_version", p.desc.Version), zap.Int("pid", p.run.pid))
}

// alarm tells the operator, if there is something to tell. s.mu isn't held, so
// that whoever is told may ask for the status.
func (s *slot) alarm(text string) {
	if text != "" {
		s.host.opts.Alarm(s.name, text)
	}
}

// failed notes a start that came to nothing, and returns what the operator
// must be told. s.mu is held.
func (s *slot) failed(err error) (alarm string) {
	before := s.lastErr
	s.lastErr = err.Error()
	if !errors.Is(err, errRefused) {
		s.refused = false
		return s.count()
	}
	again := s.refused && s.lastErr == before
	s.refused = true
	s.next = time.Now().Add(s.host.opts.Timing.Refused)
	s.change()
	if again {
		return "" // the operator knows
	}
	s.host.log.Error("plugin is refused", zap.String("plugin", s.name), zap.String("error", s.lastErr))
	return s.lastErr
}

// died notes the end of a process that nobody asked to end.
func (s *slot) died(p *process) {
	s.mu.Lock()
	if s.cur != p {
		s.mu.Unlock()
		return
	}
	s.cur = nil
	s.lastErr = p.end()
	alarm := s.count()
	s.mu.Unlock()
	s.alarm(alarm)
	p.stop(0) // what a dead process leaves behind
}

// count counts a death or a failed start, plans the next one, and returns what
// the operator must be told. s.mu is held.
func (s *slot) count() (alarm string) {
	before := len(s.recent())
	s.deaths = append(s.deaths, time.Now())
	n := before + 1
	t := s.host.opts.Timing
	delay := min(t.Backoff<<min(n-1, 10), t.BackoffTo)
	if n >= deathLimit {
		delay = t.Slow
	}
	s.next = time.Now().Add(delay)
	s.change()
	s.host.log.Warn("plugin is down", zap.String("plugin", s.name), zap.String("error", s.lastErr), zap.Int("restarts", s.starts))
	if n == deathLimit {
		s.host.log.Error("plugin is degraded", zap.String("plugin", s.name), zap.String("error", s.lastErr))
		return fmt.Sprintf("it ended %d times within %s; the last time: %s", n, t.Window, s.lastErr)
	}
	return ""
}

// recent are the deaths in the window. s.mu is held.
func (s *slot) recent() []time.Time {
	from := time.Now().Add(-s.host.opts.Timing.Window)
	s.deaths = slices.DeleteFunc(s.deaths, func(t time.Time) bool { return t.Before(from) })
	return s.deaths
}

// state is the slot's state. s.mu is held.
func (s *slot) state() State {
	switch {
	case s.cur == nil && s.refused:
		return Refused
	case len(s.recent()) >= deathLimit:
		return Degraded
	case s.cur != nil:
		return Up
	case s.starting:
		return Starting
	}
	return Down
}

func (s *slot) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Name: s.name, Path: s.cfg.Path, State: s.state(), Restarts: max(0, s.starts-1), LastError: s.lastErr,
		Since: s.since, Version: s.desc.Version, Treatments: slices.Clone(s.desc.Treatments), Inspects: s.desc.Inspects}
	if p := s.cur; p != nil {
		p.mu.Lock()
		st.Pid, st.Calls, st.Memory = p.run.pid, p.calls, p.memory
		p.mu.Unlock()
	}
	return st
}

func (s *slot) description() (sdk.Description, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.desc, s.known
}

// timeout is the deadline of one call.
func (s *slot) timeout() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg.timeout()
}

func (c *Config) timeout() time.Duration { return cmp.Or(c.Timeout, time.Minute) }

// install puts a process that was started aside, and perhaps a new
// configuration, in the place of what was there, and returns that.
func (s *slot) install(cfg Config, p *process) (old *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old = s.cur
	s.cfg, s.deaths = cfg, nil
	s.take(p)
	return old
}

// drain closes the slot: calls in work may end until ctx is done.
func (s *slot) drain(ctx context.Context) {
	s.mu.Lock()
	p := s.cur
	s.closed, s.cur = true, nil
	s.change()
	s.mu.Unlock()
	if p != nil {
		p.drain(ctx)
	}
}

// acquire returns the running process with a call counted in. It waits a
// little for one that is being started.
func (s *slot) acquire(ctx context.Context) (*process, error) {
	timer := time.NewTimer(s.host.opts.Timing.Wait)
	defer timer.Stop()
	for {
		s.mu.Lock()
		p, changed, state, why := s.cur, s.changed, s.state(), s.lastErr
		idle := s.closed || p == nil && !s.starting && (state == Refused || state == Degraded)
		s.mu.Unlock()
		if p != nil && p.begin() {
			return p, nil
		}
		down := &Failure{Plugin: s.name, Kind: NotThere, Text: fmt.Sprintf("it is %s: %s", state, why)}
		if idle {
			return nil, down
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, down
		case <-ctx.Done():
			return nil, &Failure{Plugin: s.name, Kind: Cancelled, Text: "the caller gave up", Err: ctx.Err()}
		}
	}
}

// call has something done by the running process, within a time; where it dies
// meanwhile up to tries times.
func (s *slot) call(ctx context.Context, within time.Duration, tries int, do func(context.Context, *Connection) error) error {
	for try := 1; ; try++ {
		p, err := s.acquire(ctx)
		if err != nil {
			return err
		}
		f := p.use(ctx, within, do)
		p.done()
		if f == nil {
			return nil
		}
		if f.Kind == BadAnswer {
			s.liar(f)
		}
		if f.Kind != Died || try >= tries || ctx.Err() != nil {
			return f
		}
	}
}

// use makes one call and says what a failure means. A process that doesn't
// answer in time is killed: whatever it is doing, it can't be trusted to stop.
func (p *process) use(ctx context.Context, within time.Duration, do func(context.Context, *Connection) error) *Failure {
	call, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	err := do(call, p.Connection)
	if err == nil {
		return nil
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Plugin: p.cfg.Name, Kind: Failed, Text: oneLine(err.Error(), 200)}
	}
	if f.Kind == BadAnswer || f.Kind == Ours && call.Err() == nil {
		return f
	}
	switch f.code {
	case codes.Unavailable:
		p.broken()
	case codes.DeadlineExceeded:
		// The plugin's side of gRPC has a clock too and may be first.
		select {
		case <-call.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	switch {
	case p.ctx.Err() != nil:
		return &Failure{Plugin: p.cfg.Name, Kind: Died, Text: p.end()}
	case ctx.Err() != nil:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			p.probe() // it may hang: don't wait for somebody with more patience
		}
		return &Failure{Plugin: p.cfg.Name, Kind: Cancelled, Text: "the caller gave up", Err: ctx.Err()}
	case call.Err() != nil:
		text := fmt.Sprintf("no answer within %s", within)
		p.kill(text)
		return &Failure{Plugin: p.cfg.Name, Kind: Late, Text: text}
	}
	return f
}

// broken waits for the end of a process whose connection is gone, and ends it
// if it doesn't come: it is of no use without one.
func (p *process) broken() {
	select {
	case <-p.ctx.Done():
		return
	case <-time.After(200 * time.Millisecond):
		p.kill("it closed its connection")
	}
	<-p.ctx.Done()
}

// liar tells the operator of an answer against the rules, once a minute.
func (s *slot) liar(f *Failure) {
	s.host.log.Error("plugin answered against the rules", zap.String("plugin", s.name), zap.String("error", f.Text))
	s.mu.Lock()
	loud := time.Since(s.lied) > time.Minute
	if loud {
		s.lied = time.Now()
	}
	s.lastErr = "it answered against the rules: " + f.Text
	s.mu.Unlock()
	if loud {
		s.alarm("it answered against the rules: " + f.Text)
	}
}
