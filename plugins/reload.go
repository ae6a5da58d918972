package plugins

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"go.uber.org/zap"
)

// Restart replaces a plugin's process by a new one of the same program, which
// may have been exchanged meanwhile. The new one is started and configured
// first; then it takes over, and the old one ends when its calls have. If the
// new one doesn't come up, the old one stays and the error says why. A name
// that isn't in the configuration is a Failure of kind NotThere.
func (h *Host) Restart(ctx context.Context, name string) error {
	h.reload.Lock()
	defer h.reload.Unlock()
	if err := h.running(); err != nil {
		return err
	}
	s := h.named(name)
	if s == nil {
		return &Failure{Plugin: name, Kind: NotThere, Text: "no such plugin"}
	}
	s.mu.Lock()
	cfg := s.cfg
	s.mu.Unlock()
	p, err := h.launch(ctx, cfg)
	if err != nil {
		return fmt.Errorf("starting plugin %s anew: %w", name, err)
	}
	h.retire(s.install(cfg, p))
	return nil
}

// Reload puts a new list of plugins in force, whole or not at all: whatever is
// new or changed is started and configured aside; only if all of them come up
// do they take over. Plugins whose configuration is the same are left alone,
// even if they are down. With an error, everything is as before.
func (h *Host) Reload(ctx context.Context, list []Config) error {
	h.reload.Lock()
	defer h.reload.Unlock()
	if err := errors.Join(append(check(list), h.running())...); err != nil {
		return err
	}
	started, err := h.startChanged(ctx, list)
	if err != nil {
		for _, p := range started {
			p.stop(h.opts.Timing.Stop)
		}
		return err
	}
	var slots []*slot
	for _, c := range list {
		s, p := h.named(c.Name), started[c.Name]
		switch {
		case s == nil:
			s = newSlot(h, c)
			s.install(c, p)
			h.loops.Go(s.run)
		case p != nil:
			h.retire(s.install(c, p))
		}
		slots = append(slots, s)
	}
	h.mu.Lock()
	old := h.slots
	h.slots = slots
	h.mu.Unlock()
	for _, s := range old {
		if h.named(s.name) == nil {
			h.loops.Go(func() { s.drain(h.ctx) })
		}
	}
	h.log.Info("plugins reloaded", zap.Int("count", len(slots)))
	return nil
}

// running says whether processes can be started. h.reload is held.
func (h *Host) running() error {
	if h.ctx == nil || h.ctx.Err() != nil {
		return errors.New("the host of plugins isn't running")
	}
	return nil
}

// startChanged starts what is new or changed, aside. With an error it returns
// what had come up.
func (h *Host) startChanged(ctx context.Context, list []Config) (map[string]*process, error) {
	started := map[string]*process{}
	var wrong []error
	for _, c := range list {
		if s := h.named(c.Name); s != nil && s.same(c) {
			continue
		}
		p, err := h.launch(ctx, c)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("starting plugin %s: %w", c.Name, err))
			continue
		}
		started[c.Name] = p
	}
	return started, errors.Join(wrong...)
}

func (s *slot) same(c Config) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return reflect.DeepEqual(s.cfg, c)
}

// retire lets an old process end its calls and stops it then.
func (h *Host) retire(p *process) {
	if p == nil {
		return
	}
	h.loops.Go(func() {
		ctx, cancel := context.WithTimeout(h.ctx, p.cfg.timeout())
		defer cancel()
		p.drain(ctx)
	})
}
