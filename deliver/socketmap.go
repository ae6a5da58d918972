package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/accept"
)

// Lookup answers for one key of one map. found is false where the map has
// nothing for the key. An error is a temporary failure for the mail that
// Postfix asks about: it stays in the queue. ctx ends with the deadline of the
// answer.
type Lookup func(ctx context.Context, key string) (value string, found bool, err error)

// MapsOptions say how a socketmap server works. Maps and Log must be there;
// zero stands for the default elsewhere.
type MapsOptions struct {
	// Maps are the tables by their names.
	Maps map[string]Lookup
	Log  *zap.Logger
	// MaxSessions is how many connections are served at once (default 1000:
	// each of the MTA's delivery processes may have one); more are closed.
	MaxSessions int
	// IdleTimeout ends a connection without a question (default 15 min).
	IdleTimeout time.Duration
	// Timeout is how long one answer may take (default 30 s; Postfix waits
	// 100 s).
	Timeout time.Duration
}

// Maps is a socketmap server (socketmap_table(5)). Whatever isn't a clear
// answer makes Postfix keep the mail in its queue: an error, a panic or a late
// lookup is TEMP, an unknown map is PERM, which Postfix treats the same for
// routes and TLS policies.
type Maps struct {
	opts   MapsOptions
	server server
}

// longestNetstring is the longest payload of a request or answer
// (socketmap_table(5)).
const longestNetstring = 100_000

// NewMaps returns a server that isn't listening yet.
func NewMaps(o MapsOptions) *Maps {
	if o.MaxSessions <= 0 {
		o.MaxSessions = 1000
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 15 * time.Minute
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	m := &Maps{opts: o}
	m.server = server{
		Loop:        accept.Loop{What: "socketmap", Log: o.Log},
		maxSessions: o.MaxSessions, idle: o.IdleTimeout,
		session: m.session,
		busy:    func(*peer) {},
		peers:   map[*peer]context.CancelFunc{}, empty: make(chan struct{}),
	}
	return m
}

// Serve accepts connections until Shutdown is called, and then returns nil, or
// until ctx ends, and then returns its error. It closes ln. It may be called
// for several listeners.
func (m *Maps) Serve(ctx context.Context, ln net.Listener) error { return m.server.serve(ctx, ln) }

// Shutdown stops accepting and waits for the answers that are being looked up.
// When ctx ends first, they are cancelled, and its error is returned.
func (m *Maps) Shutdown(ctx context.Context) error { return m.server.shutdown(ctx) }

// session answers questions until the peer leaves or says something that is no
// netstring.
func (m *Maps) session(ctx context.Context, p *peer) {
	r, w := bufio.NewReader(p), bufio.NewWriter(p)
	for {
		request, err := readNetstring(r)
		if err != nil {
			if errors.Is(err, errNetstring) {
				m.opts.Log.Warn("socketmap request is no netstring; connection closed")
			}
			return
		}
		answer := m.answer(ctx, request)
		_, _ = fmt.Fprintf(w, "%d:%s,", len(answer), answer)
		if err := w.Flush(); err != nil {
			return
		}
	}
}

// Texts of answers. Errors are for our log: what Postfix gets goes into its own.
const (
	notFound    = "NOTFOUND "
	unavailable = "TEMP Sealpost can't answer now"
	unknownMap  = "PERM Sealpost has no such map"
	badRequest  = "PERM not a request"
)

// answer looks one request up: "map key".
func (m *Maps) answer(ctx context.Context, request string) string {
	name, key, ok := strings.Cut(request, " ")
	if !ok {
		return badRequest
	}
	lookup := m.opts.Maps[name]
	if lookup == nil {
		m.opts.Log.Error("socketmap request for an unknown map")
		return unknownMap
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.Timeout)
	defer cancel()
	value, found, err := m.lookup(ctx, lookup, key)
	switch {
	case err != nil:
		m.opts.Log.Error("map lookup failed", zap.String("map", name), zap.Error(err))
		return unavailable
	case !found:
		return notFound
	case value == "" || !validLine(value) || len(value)+len("OK ") > longestNetstring:
		// An empty value could mean "the default" to Postfix.
		m.opts.Log.Error("map lookup gave a value that can't be said", zap.String("map", name), zap.Int("length", len(value)))
		return unavailable
	}
	return "OK " + value
}

// lookup calls a Lookup, and returns when ctx ends even if it doesn't.
func (m *Maps) lookup(ctx context.Context, lookup Lookup, key string) (string, bool, error) {
	type result struct {
		value string
		found bool
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("lookup panicked: %s", panicText(p))}
			}
			done <- r
		}()
		r.value, r.found, r.err = lookup(ctx, key)
	}()
	select {
	case r := <-done:
		return r.value, r.found, r.err
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
}

// errNetstring says that the peer doesn't speak netstrings.
var errNetstring = errors.New("not a netstring")

// readNetstring reads "N:payload,". Lengths have no leading zeros and are at
// most longestNetstring; nothing is allocated before the length is known to be
// allowed.
func readNetstring(r *bufio.Reader) (string, error) {
	n, digits := 0, 0
	for {
		c, err := r.ReadByte()
		if err != nil {
			return "", err
		}
		if c == ':' && digits > 0 {
			break
		}
		if c < '0' || c > '9' || digits > 0 && n == 0 {
			return "", errNetstring
		}
		n = n*10 + int(c-'0')
		if digits++; n > longestNetstring {
			return "", errNetstring
		}
	}
	payload := make([]byte, n+1)
	if _, err := io.ReadFull(r, payload); err != nil {
		return "", err
	}
	if payload[n] != ',' {
		return "", errNetstring
	}
	return string(payload[:n]), nil
}
