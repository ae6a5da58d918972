// Package milter is the wire between Sealpost and the mail server in front of
// the queue: Postfix and Sendmail speak the milter protocol (version 6) to it.
//
// It turns what the MTA tells into a message.Message, asks a Gateway, and
// carries the answer out. What a reader must know:
//
//   - The MTA's bytes are checked by a guard before the protocol library sees
//     them: a malformed packet ends its own connection and nothing else.
//   - Only RCPT and the end of the message are answered; everything else goes
//     by without a reply. So whatever goes wrong earlier is remembered and
//     becomes a temporary failure at the end of the message. There is no path
//     on which an error, a limit or a panic ends in "accept".
//   - A refusal is a reply, never a closed connection: after one broken
//     connection Postfix answers 451 to everything in that SMTP session.
//   - Edits without a final reply are discarded by the MTA. The reply is sent
//     last, so dying at any point before it means that the client tries again.
//   - Content is spooled through message.Spool and never held in the heap
//     beyond one packet.
//
// Sealpost must be the last milter in the MTA's list: a recipient that a later
// milter refuses has been judged here already, and its mark would be added.
package milter

import (
	"context"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/accept"
	"github.com/sealpost/sealpost/message"
)

// Gateway decides. Its methods are called in the goroutine of the session, for
// many sessions at once; a panic in them is a temporary failure for the
// message that was asked about.
type Gateway interface {
	// Recipient is asked at RCPT; nil means go on. It may set rcpt.Address;
	// env is for reading only and doesn't hold rcpt yet.
	Recipient(ctx context.Context, env *message.Envelope, rcpt *message.Recipient) *message.Reply
	// Handle is asked at the end of the message. The message is the callee's
	// until it returns; the milter closes it, and Answer.Edits.Body too. ctx
	// ends when the MTA has gone away or the server is being closed: then
	// nobody waits for the answer any more.
	Handle(ctx context.Context, m *message.Message) message.Answer
}

// Options say how a Server works. Gateway, Spool and Log must be there; zero
// stands for the default elsewhere.
type Options struct {
	Gateway Gateway
	Spool   *message.Spool
	Log     *zap.Logger
	// MaxSessions is how many connections may hand in messages at once
	// (default 500). As many again are answered with 451 at MAIL; still more
	// are closed at once.
	MaxSessions int
	// MaxRecipients is how many recipients a message may have (default
	// 1000); the ones beyond are told 452.
	MaxRecipients int
	// IdleTimeout ends a connection on which nothing came for that long
	// (default 2 h). The MTA says nothing while its client sends the
	// content, however slowly, so it must not be short.
	IdleTimeout time.Duration
	// ProgressEvery is how often the MTA is told that work goes on (default
	// 1 s).
	ProgressEvery time.Duration
	// Observe, where not nil, is called for every Event, from any goroutine;
	// it must not block.
	Observe func(Event)
}

// EventKind names what happened on the wire.
type EventKind string

const (
	SessionOpened EventKind = "session-opened"
	SessionClosed EventKind = "session-closed" // Duration: how long it was open
	SessionBusy   EventKind = "session-busy"   // over MaxSessions: a message was told 451, or the connection closed
	PacketRefused EventKind = "packet-refused" // Reason: what was wrong; the connection was closed
	RcptRefused   EventKind = "rcpt-refused"   // Reason: the reply's enhanced code
	Answered      EventKind = "answered"       // Verdict, and Duration from the end of the message to the answer
	Panicked      EventKind = "panicked"       // a callback panicked; the message was told 451
)

// Event is one thing that happened, for metrics. It never holds anything of a
// message.
type Event struct {
	Kind     EventKind
	Verdict  message.Verdict
	Duration time.Duration
	Reason   string
}

// Server speaks to any number of MTAs on any number of listeners.
type Server struct {
	opts   Options
	accept accept.Loop

	mu       sync.Mutex
	closing  bool
	sessions map[*session]struct{}
	admitted int           // sessions that may hand in messages
	empty    chan struct{} // closed when closing and no session is left
}

// New returns a server that isn't listening yet.
func New(o Options) *Server {
	if o.MaxSessions <= 0 {
		o.MaxSessions = 500
	}
	if o.MaxRecipients <= 0 {
		o.MaxRecipients = 1000
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 2 * time.Hour
	}
	if o.ProgressEvery <= 0 {
		o.ProgressEvery = time.Second
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	return &Server{
		opts:     o,
		accept:   accept.Loop{What: "milter", Log: o.Log},
		sessions: map[*session]struct{}{},
		empty:    make(chan struct{}),
	}
}

// Serve accepts connections until Shutdown is called, and then returns nil, or
// until ctx ends, and then returns its error. It closes ln. ctx is also what
// the Gateway's contexts come from: its end cancels all of them. The caller may
// hand in any listener, also one that was inherited.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { s.closeSessions() })()
	return s.accept.Serve(ctx, ln, func(conn net.Conn) { s.open(ctx, conn) })
}

// Shutdown stops accepting and waits until the MTA has ended every session.
// Sessions go on meanwhile, also with new messages: a connection that we close
// between two messages costs Postfix's client a 451 for each message that
// follows in its SMTP session. When ctx ends first, what still runs is
// cancelled and cut off (the MTA answers 451), and ctx's error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.accept.Stop()
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	if first && len(s.sessions) == 0 {
		close(s.empty)
	}
	s.mu.Unlock()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	if n := s.closeSessions(); n > 0 {
		s.opts.Log.Warn("milter sessions cut off at shutdown", zap.Int("count", n))
	}
	return ctx.Err()
}

// Sessions returns how many connections are open.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// open starts a session, over MaxSessions one that only says so.
func (s *Server) open(ctx context.Context, conn net.Conn) {
	x := newSession(ctx, s, conn)
	s.mu.Lock()
	full := s.closing || len(s.sessions) >= 2*s.opts.MaxSessions
	if !full {
		s.sessions[x] = struct{}{}
		if s.admitted < s.opts.MaxSessions {
			s.admitted++
			x.admitted = true
		}
	}
	s.mu.Unlock()
	if full {
		// The MTA answers this as its default_action says, which the set-up
		// makes tempfail; there is no room left to say it ourselves.
		x.cancel()
		conn.Close()
		s.opts.Observe(Event{Kind: SessionBusy, Reason: "closed"})
		s.opts.Log.Warn("milter connection closed: too many sessions")
		return
	}
	s.opts.Observe(Event{Kind: SessionOpened})
	x.serve()
}

// admit lets a session over the limit in, if there is room by now.
func (s *Server) admit(x *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !x.admitted && s.admitted < s.opts.MaxSessions {
		s.admitted++
		x.admitted = true
	}
	return x.admitted
}

// closed is called once for every session, when its connection is closed.
func (s *Server) closed(x *session) {
	s.mu.Lock()
	delete(s.sessions, x)
	if x.admitted {
		s.admitted--
	}
	if s.closing && len(s.sessions) == 0 {
		close(s.empty)
	}
	s.mu.Unlock()
	s.opts.Observe(Event{Kind: SessionClosed, Duration: time.Since(x.opened)})
}

func (s *Server) closeSessions() int {
	s.mu.Lock()
	all := make([]*session, 0, len(s.sessions))
	for x := range s.sessions {
		all = append(all, x)
	}
	s.mu.Unlock()
	for _, x := range all {
		x.cancel()
		x.wire.Conn.Close() // the library's goroutine sees it and ends the session
	}
	return len(all)
}
