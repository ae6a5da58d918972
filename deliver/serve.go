package deliver

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/accept"
)

// server accepts connections, knows which are open and ends them in order. It
// is what LMTP and Maps have in common.
type server struct {
	accept.Loop
	maxSessions int
	idle        time.Duration // longest wait for the peer's next bytes
	// session talks to one peer. It may not close the connection.
	session func(ctx context.Context, p *peer)
	// busy tells a peer beyond maxSessions that there is no room.
	busy func(p *peer)

	mu      sync.Mutex
	closing bool
	peers   map[*peer]context.CancelFunc
	empty   chan struct{} // closed when closing and no peer is left
}

// peer is one connection.
type peer struct {
	net.Conn
	server *server
}

// writeTimeout is how long a peer may take to read our answer.
const writeTimeout = time.Minute

// Read waits for the peer no longer than the server's idle time, and not at
// all once the server is closing.
func (p *peer) Read(b []byte) (int, error) {
	if !p.arm() {
		return 0, net.ErrClosed
	}
	return p.Conn.Read(b)
}

// arm sets the deadline of the next read. It and the end of waiting in
// Shutdown exclude each other, so that neither undoes the other.
func (p *peer) arm() bool {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.server.closing {
		return false
	}
	return p.SetReadDeadline(time.Now().Add(p.server.idle)) == nil
}

func (p *peer) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

// serve accepts connections until shutdown is called, and then returns nil, or
// until ctx ends, and then returns its error. It closes ln.
func (s *server) serve(ctx context.Context, ln net.Listener) error {
	return s.Serve(ctx, ln, func(conn net.Conn) { s.open(ctx, conn) })
}

func (s *server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// open starts a session, or turns the peer away where there are too many.
func (s *server) open(ctx context.Context, conn net.Conn) {
	p := &peer{Conn: conn, server: s}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	full, closing := len(s.peers) >= s.maxSessions, s.closing
	if !full && !closing {
		s.peers[p] = cancel
	}
	s.mu.Unlock()
	if full || closing {
		cancel()
		s.Log.Warn("too many connections", zap.String("server", s.What), zap.Int("sessions", s.maxSessions))
		// A fresh connection takes a line without blocking.
		s.busy(p)
		conn.Close()
		return
	}
	// The server's own end, not a peer's leaving, ends a session's work.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer s.left(p)
		defer conn.Close()
		defer cancel()
		defer stop()
		s.session(ctx, p)
	}()
}

func (s *server) left(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	s.signal()
}

// signal closes empty once nobody is left. The caller holds mu.
func (s *server) signal() {
	if !s.closing || len(s.peers) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// shutdown stops accepting, ends what is waiting for its peer and waits for
// what is at work. When ctx ends first, the work is cancelled and cut off.
func (s *server) shutdown(ctx context.Context) error {
	s.Stop()
	s.mu.Lock()
	s.closing = true
	for p := range s.peers {
		// Wakes a Read; the session sees that the server is closing.
		_ = p.SetReadDeadline(time.Unix(1, 0))
	}
	s.signal()
	s.mu.Unlock()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.peers)
	for _, cancel := range s.peers {
		cancel()
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("shutting %s down: %d sessions cut off: %w", s.What, n, ctx.Err())
}
