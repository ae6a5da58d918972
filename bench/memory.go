package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// memory is what the daemon took while large messages were in work at once.
type memory struct {
	kind                kind
	messages            int
	elapsed             time.Duration
	heap, spool         int64 // most bytes seen: heap in use, and messages outside of it
	heapBefore          int64
	anonymous, resident int64 // most bytes of the daemon's own process
	failed              error
}

// measureMemory hands n messages to the daemon so that all are there in whole
// before the first one is ended, and watches its memory until the last answer.
func (b *bench) measureMemory(ctx context.Context, c *contestant, k kind, n int) *memory {
	m := &memory{kind: k, messages: n}
	d := newDriver(c, k, 1)
	d.patience = 5 * time.Minute
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	before, err := b.metric(ctx, "go_memstats_heap_inuse_bytes")
	if err != nil {
		m.failed = err
		return m
	}
	m.heapBefore = int64(before)
	var sessions, whole sync.WaitGroup
	watched := make(chan error, 1)
	done := make(chan struct{})
	go func() { watched <- b.watch(ctx, c, m, done) }()
	began := time.Now()
	whole.Add(n)
	for range n {
		sessions.Go(func() {
			if err := d.large(ctx, &whole); err != nil {
				cancel(err)
			}
		})
	}
	sessions.Wait()
	m.elapsed = time.Since(began)
	close(done)
	m.failed = <-watched
	if cause := context.Cause(ctx); cause != nil { // of which the other is the consequence
		m.failed = cause
	}
	return m
}

// large hands in the sample message, and ends it when whole says that all the
// others are there, too.
func (d *driver) large(ctx context.Context, whole *sync.WaitGroup) error {
	s, err := d.connect(ctx)
	if err == nil {
		defer s.close()
		if err = s.message(&d.texts[0]); err == nil {
			err = s.w.Flush()
		}
	}
	whole.Done()
	if err != nil {
		return err
	}
	whole.Wait()
	return s.end()
}

// watch keeps the highest figures until done.
func (b *bench) watch(ctx context.Context, c *contestant, m *memory, done <-chan struct{}) error {
	for {
		for name, most := range map[string]*int64{"go_memstats_heap_inuse_bytes": &m.heap, "sealpost_spool_bytes": &m.spool} {
			v, err := b.metric(ctx, name)
			if err != nil {
				return fmt.Errorf("asking the daemon for its memory: %w", err)
			}
			*most = max(*most, int64(v))
		}
		anonymous, resident, err := memoryOf(c.programs[0].Process.Pid)
		if err != nil {
			return err
		}
		m.anonymous, m.resident = max(m.anonymous, anonymous), max(m.resident, resident)
		select {
		case <-done:
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}
