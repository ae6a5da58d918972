package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
)

// scanner sends messages through inspection.
type scanner struct {
	inspector *inspect.Inspector
	spool     *message.Spool
	known     map[string]bool
}

// today is when everything here happens.
func today() time.Time { return time.Date(2025, 11, 4, 9, 12, 44, 0, time.UTC) }

func newScanner() (*scanner, error) {
	in, err := inspect.New(inspect.Options{Now: today})
	if err != nil {
		return nil, err
	}
	s := &scanner{inspector: in, spool: message.NewSpool(1<<30, 1<<30), known: map[string]bool{}}
	for _, d := range detect.Detectors() {
		s.known[d.ID] = true
	}
	return s, nil
}

// scan is what inspection reports of a message.
func (s *scanner) scan(raw []byte) (inspect.Report, error) {
	c, err := s.spool.New()
	if err != nil {
		return inspect.Report{}, err
	}
	m := &message.Message{ID: message.NewID(), Received: today(), Content: c}
	defer m.Close()
	if _, err := c.Write(raw); err != nil {
		return inspect.Report{}, err
	}
	if err := m.Read(); err != nil {
		return inspect.Report{}, fmt.Errorf("reading a message: %w", err)
	}
	return s.inspector.Inspect(context.Background(), m, nil), nil
}

// best is the best confidence that a detector had: 0 none, 1 low, 2 medium, 3
// high.
func best(r inspect.Report, detector string) int {
	top := 0
	for _, f := range r.Findings {
		if f.Detector == detector {
			top = max(top, level(f.Confidence))
		}
	}
	return top
}

func level(confidence string) int {
	return map[string]int{detect.Low: 1, detect.Medium: 2, detect.High: 3}[confidence]
}

// forEach does n things on all cores, and ends with the first error.
func forEach(n int, do func(i int) error) error {
	var next atomic.Int64
	var once sync.Once
	var first error
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
					next.Store(int64(n))
					return
				}
			}
		})
	}
	wg.Wait()
	return first
}
