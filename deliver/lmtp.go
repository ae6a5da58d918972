package deliver

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/accept"
	"github.com/sealpost/sealpost/message"
)

// Treater does the work of a message that came back from the MTA's queue.
type Treater interface {
	// Treat returns one reply for each of m.Envelope.Recipients, in their
	// order. m is the Treater's until it returns; the server closes it. ctx
	// isn't cancelled when the LMTP client goes away, only when the server is
	// cut off.
	Treat(ctx context.Context, m *message.Message) []message.Reply
}

// LMTPOptions say how an LMTP server works. Treater, Spool and Log must be
// there; zero stands for the default elsewhere.
type LMTPOptions struct {
	Treater Treater
	Spool   *message.Spool
	Log     *zap.Logger
	// Hostname stands in the greeting (default "localhost").
	Hostname string
	// MaxSessions is how many connections are served at once (default 50);
	// more are told 421.
	MaxSessions int
	// MaxRecipients is how many recipients one transaction may have (default
	// 1000); the ones beyond are told 452 and come in the next.
	MaxRecipients int
	// IdleTimeout ends a connection on which nothing came for that long
	// (default 5 min).
	IdleTimeout time.Duration
}

// LMTP takes messages from the MTA's queue (RFC 2033) with PIPELINING,
// 8BITMIME, SMTPUTF8, DSN and XFORWARD.
//
// A message over a limit of ours is told 452, never 552, and no size is
// announced: nothing may be bounced because the gateway has little room.
type LMTP struct {
	opts   LMTPOptions
	server server
}

// NewLMTP returns a server that isn't listening yet.
func NewLMTP(o LMTPOptions) *LMTP {
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.MaxSessions <= 0 {
		o.MaxSessions = 50
	}
	if o.MaxRecipients <= 0 {
		o.MaxRecipients = 1000
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 5 * time.Minute
	}
	l := &LMTP{opts: o}
	l.server = server{
		Loop:        accept.Loop{What: "LMTP", Log: o.Log},
		maxSessions: o.MaxSessions, idle: o.IdleTimeout,
		session: func(ctx context.Context, p *peer) { newSession(l, p).run(ctx) },
		busy: func(p *peer) {
			_, _ = fmt.Fprintf(p, "421 4.3.2 %s too many connections, try again later\r\n", o.Hostname)
		},
		peers: map[*peer]context.CancelFunc{}, empty: make(chan struct{}),
	}
	return l
}

// Serve accepts connections until Shutdown is called, and then returns nil, or
// until ctx ends, and then returns its error and cancels the work that is under
// way. It closes ln. It may be called for several listeners.
func (l *LMTP) Serve(ctx context.Context, ln net.Listener) error { return l.server.serve(ctx, ln) }

// Shutdown stops accepting. Sessions that wait for their client are ended with
// 421; messages whose end hasn't come are dropped (the client keeps them);
// messages that are being treated are finished and answered. When ctx ends
// first, they are cancelled, and its error is returned.
func (l *LMTP) Shutdown(ctx context.Context) error { return l.server.shutdown(ctx) }

// treat asks the Treater and makes sure that there is a sane reply for each
// recipient.
func (l *LMTP) treat(ctx context.Context, m *message.Message) (replies []message.Reply) {
	n := len(m.Envelope.Recipients)
	defer func() {
		if r := recover(); r != nil {
			l.opts.Log.Error("treating panicked", zap.String("id", m.ID), zap.String("queue_id", m.Envelope.QueueID),
				zap.String("panic", panicText(r)), zap.String("stack", string(debug.Stack())))
			replies = repeat(n, internalError(m.ID))
		}
		if err := m.Close(); err != nil {
			l.opts.Log.Error("closing a message", zap.String("id", m.ID), zap.Error(err))
		}
	}()
	replies = l.opts.Treater.Treat(ctx, m)
	if len(replies) != n {
		l.opts.Log.Error("treating gave a wrong number of replies", zap.String("id", m.ID), zap.Int("recipients", n), zap.Int("replies", len(replies)))
		return repeat(n, internalError(m.ID))
	}
	for i := range replies {
		replies[i] = saneReply(replies[i], m.ID)
	}
	return replies
}

// panicText says what a panic was about without what its author put into it:
// that may come from the message.
func panicText(r any) string {
	if err, ok := r.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", r)
}

func internalError(id string) message.Reply {
	return message.Reply{Code: 451, Enhanced: "4.3.0", Text: "internal error, try again later (" + id + ")"}
}

func repeat(n int, r message.Reply) []message.Reply {
	replies := make([]message.Reply, n)
	for i := range replies {
		replies[i] = r
	}
	return replies
}

// longestText is how much of a reply's text is passed on; RFC 5321 allows
// lines of 512 bytes.
const longestText = 400

// saneReply lets only 250, 4xx and 5xx with a fitting enhanced code through, in
// one line; everything else is a temporary failure.
func saneReply(r message.Reply, id string) message.Reply {
	class := r.Code / 100
	if r.Code != 250 && (r.Code < 400 || r.Code > 599) || !validEnhanced(r.Enhanced) || int(r.Enhanced[0]-'0') != class {
		return internalError(id)
	}
	r.Text = cleanText(r.Text)
	return r
}

// validEnhanced reports whether s is a status code of RFC 3463.
func validEnhanced(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return false
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// cleanText makes a text fit for one reply line: printable ASCII and not too
// long.
func cleanText(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\r' || c == '\n' || c == '\t':
			return ' '
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, s)
	return s[:min(len(s), longestText)]
}
