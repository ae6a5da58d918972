// Package policy asks the operator's Rego rules what each recipient's copy of
// a message needs.
//
// Input is all that a rule sees: facts about the message, never its content.
// A Generation is rules, data and the form of the input, checked and tried as
// one and never changed; an Engine holds the one in force and exchanges it
// whole, so that a message that is on its way keeps the one it began with.
//
// There is no permissive default anywhere: an answer that is missing, late,
// contradictory or not understood is an error of Decide, and means that the
// mail waits. A bad new generation is refused with all its mistakes, and the
// old one stays.
package policy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Engine holds the generation in force.
type Engine struct {
	source  Source
	bundles *Bundles // nil: the folders of source
	options BuildOptions
	current atomic.Pointer[Generation]

	reload sync.Mutex // one at a time
	mu     sync.Mutex // guards status
	status Status
}

// Status is what an operator wants to know of the policy.
type Status struct {
	Revision string    `json:"revision"`
	Loaded   time.Time `json:"loaded"`
	// Source is where a bundle comes from, "" for folders; Bundle is what its
	// maker calls it, Checked when the server was last asked with success.
	Source  string    `json:"source,omitempty"`
	Bundle  string    `json:"bundle,omitempty"`
	Checked time.Time `json:"checked,omitzero"`
	// Kept says that the bundle in force is the one that was kept on disk.
	Kept bool `json:"kept,omitempty"`
	// Refused is why the last attempt to load was refused, "" if it wasn't:
	// what is in force is then older than the files.
	Refused   string    `json:"refused,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// Problem is what keeps a bundle from being fetched or kept, "" if nothing.
	Problem string `json:"problem,omitempty"`
}

// NewEngine builds the first generation; without a good one there is no
// engine. The folders of the source are read anew at each reload.
func NewEngine(ctx context.Context, src Source, opts BuildOptions) (*Engine, error) {
	e := &Engine{source: src, options: opts}
	g, err := Build(ctx, src, opts)
	if err != nil {
		return nil, err
	}
	e.inForce(g, nil)
	return e, nil
}

// NewBundleEngine is NewEngine for a signed bundle. Where it can't be fetched,
// or is refused, the one that was kept is used, after the same checks; the
// status says so.
func NewBundleEngine(ctx context.Context, b *Bundles, opts BuildOptions) (*Engine, error) {
	e := &Engine{bundles: b, options: opts}
	fetched := e.fetch(ctx, true)
	if fetched == nil {
		return e, nil
	}
	content, err := b.kept()
	if err == nil {
		err = e.take(ctx, content)
	}
	if err != nil {
		return nil, fmt.Errorf("%w; and none was kept that could be used: %w", fetched, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status.Kept = true
	e.refused(fetched)
	return e, nil
}

// Current is the generation in force. Ask it everything that belongs to one
// message, so that all answers come from the same policy.
func (e *Engine) Current() *Generation { return e.current.Load() }

// Reload builds a new generation and puts it in force, or returns why it was
// refused and keeps the old one.
func (e *Engine) Reload(ctx context.Context) error {
	return e.renew(ctx, true)
}

// renew is Reload; without again, a bundle that hasn't changed is left alone.
func (e *Engine) renew(ctx context.Context, again bool) error {
	e.reload.Lock()
	defer e.reload.Unlock()
	var err error
	if e.bundles != nil {
		err = e.fetch(ctx, again)
	} else {
		var g *Generation
		if g, err = Build(ctx, e.source, e.options); err == nil {
			e.inForce(g, nil)
		}
	}
	if err == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refused(err)
	return fmt.Errorf("policy refused, revision %s stays in force: %w", e.Current().Revision(), err)
}

// errFetch is the kind of errors that say nothing of a policy: there is none.
var errFetch = errors.New("no bundle")

// fetch gets the bundle, and if it is another one puts it in force and keeps
// it.
func (e *Engine) fetch(ctx context.Context, again bool) error {
	content, changed, err := e.bundles.fetch(ctx, again)
	if err != nil {
		return fmt.Errorf("%w: %w", errFetch, err)
	}
	e.mu.Lock()
	e.status.Checked, e.status.Problem = time.Now(), ""
	e.mu.Unlock()
	if !changed {
		return nil
	}
	if err := e.take(ctx, content); err != nil {
		return err
	}
	if err := e.bundles.keep(content); err != nil {
		e.mu.Lock()
		e.status.Problem = err.Error()
		e.mu.Unlock()
	}
	return nil
}

// take puts a bundle in force if it is good.
func (e *Engine) take(ctx context.Context, content []byte) error {
	o, err := e.bundles.open(content)
	if err != nil {
		return err
	}
	g, err := Build(ctx, o.source, e.options)
	if err != nil {
		return err
	}
	e.inForce(g, o)
	return nil
}

func (e *Engine) inForce(g *Generation, o *opened) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current.Store(g)
	s := Status{Revision: g.Revision(), Loaded: g.Loaded()}
	if o != nil {
		s.Source, s.Bundle, s.Checked = e.bundles.String(), o.revision, e.status.Checked
	}
	e.status = s
}

// refused notes why there is no new generation. The caller holds mu.
func (e *Engine) refused(err error) {
	if errors.Is(err, errFetch) {
		e.status.Problem = err.Error() // what was refused before still is
		return
	}
	e.status.Refused, e.status.RefusedAt = err.Error(), time.Now()
}

// Status says what is in force, and what was refused since.
func (e *Engine) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// Poll asks for a new bundle again and again, until ctx ends. It calls reloaded
// when one came into force, and when something is wrong that wasn't before.
func (e *Engine) Poll(ctx context.Context, every time.Duration, reloaded func(error)) {
	said := e.trouble()
	for {
		// Many gateways that were started together don't ask together.
		timer := time.NewTimer(every*9/10 + rand.N(every/5+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		before := e.Current()
		err := e.renew(ctx, false)
		if ctx.Err() != nil {
			return
		}
		now := e.trouble()
		switch {
		case err != nil && now != said, err == nil && e.Current() != before:
			reloaded(err)
		case now != "" && now != said:
			reloaded(errors.New(now))
		}
		said = now
	}
}

// trouble is all that is wrong now.
func (e *Engine) trouble() string {
	s := e.Status()
	return strings.TrimSpace(s.Refused + "\n" + s.Problem)
}
