// Package accept is what servers of any protocol have in common: accepting
// connections on several listeners until they are told to stop, and going on
// after an accept that failed for a reason that passes (no file descriptors
// left, for example). What a connection is, and when it ends, is its server's
// own.
//
// This package imports nothing else of Sealpost.
package accept

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"
)

// pause is how long Serve waits after a failed accept before it tries again.
// Connections wait in the kernel meanwhile.
const pause = 100 * time.Millisecond

// Loop accepts for one server. The zero value with What and Log is ready.
type Loop struct {
	What string // the protocol's name, for errors and logs
	Log  *zap.Logger

	mu        sync.Mutex
	stopped   bool
	listeners map[net.Listener]struct{}
}

// Serve calls open with each connection until Stop is called, and then returns
// nil, or until ctx ends, and then returns its error. It closes ln. open must
// return at once. Serve may run for several listeners at the same time.
func (l *Loop) Serve(ctx context.Context, ln net.Listener, open func(net.Conn)) error {
	if !l.add(ln) {
		return errors.Join(fmt.Errorf("serving %s: server is shut down", l.What), ln.Close())
	}
	defer l.remove(ln)
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			open(conn)
		case ctx.Err() != nil:
			return ctx.Err()
		case l.isStopped():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accepting %s connections: %w", l.What, err)
		default:
			l.Log.Error("accepting a connection", zap.String("server", l.What), zap.Error(err))
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}

// Stop ends every Serve, now and in future. Connections are left alone.
func (l *Loop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	for ln := range l.listeners {
		ln.Close()
	}
}

func (l *Loop) add(ln net.Listener) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	if l.listeners == nil {
		l.listeners = map[net.Listener]struct{}{}
	}
	l.listeners[ln] = struct{}{}
	return true
}

func (l *Loop) remove(ln net.Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.listeners, ln)
	ln.Close()
}

func (l *Loop) isStopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped
}
