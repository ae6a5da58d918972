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
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Engine holds the generation in force.
type Engine struct {
	source  Source
	options BuildOptions
	current atomic.Pointer[Generation]

	reload  sync.Mutex // one at a time
	mu      sync.Mutex // guards refused
	refused *refusal
}

// refusal is a generation that was not put in force.
type refusal struct {
	when time.Time
	err  error // Mistakes, where an author can mend it
}

// Status is what an operator wants to know of the policy.
type Status struct {
	Revision string    `json:"revision"`
	Loaded   time.Time `json:"loaded"`
	// Refused is why the last attempt to load was refused, "" if it wasn't:
	// what is in force is then older than the files.
	Refused   string    `json:"refused,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
}

// NewEngine builds the first generation; without a good one there is no
// engine. The folders of the source are read anew at each reload.
func NewEngine(ctx context.Context, src Source, opts BuildOptions) (*Engine, error) {
	e := &Engine{source: src, options: opts}
	g, err := Build(ctx, src, opts)
	if err != nil {
		return nil, err
	}
	e.current.Store(g)
	return e, nil
}

// Current is the generation in force. Ask it everything that belongs to one
// message, so that all answers come from the same policy.
func (e *Engine) Current() *Generation { return e.current.Load() }

// Reload builds a new generation and puts it in force, or returns why it was
// refused and keeps the old one.
func (e *Engine) Reload(ctx context.Context) error {
	e.reload.Lock()
	defer e.reload.Unlock()
	g, err := Build(ctx, e.source, e.options)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.refused = &refusal{when: time.Now(), err: err}
		return fmt.Errorf("policy refused, revision %s stays in force: %w", e.Current().Revision(), err)
	}
	e.refused = nil
	e.current.Store(g)
	return nil
}

// Status says what is in force, and what was refused since.
func (e *Engine) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.Current()
	s := Status{Revision: g.Revision(), Loaded: g.Loaded()}
	if e.refused != nil {
		s.Refused, s.RefusedAt = e.refused.err.Error(), e.refused.when
	}
	return s
}
