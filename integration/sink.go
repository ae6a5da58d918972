package integration

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Delivery is one message that a sink has accepted, for all the recipients
// that came in one transaction.
type Delivery struct {
	Sink     string      `json:"sink"`
	Time     time.Time   `json:"time"`
	From     string      `json:"from"` // without angle brackets
	FromArgs string      `json:"from_args,omitempty"`
	To       []Recipient `json:"to"`
	TLS      string      `json:"tls"` // "TLSv1.3", or "" for a connection in clear
	Cipher   string      `json:"cipher,omitempty"`
	Data     []byte      `json:"-"` // as sent, dots unstuffed
	Size     int         `json:"size"`
}

// Recipient is one RCPT: the address without angle brackets and the ESMTP
// arguments as they stand.
type Recipient struct {
	Address string `json:"address"`
	Args    string `json:"args,omitempty"`
}

// For reports whether the delivery had that recipient (exact comparison).
func (d *Delivery) For(address string) bool {
	return slices.ContainsFunc(d.To, func(r Recipient) bool { return r.Address == address })
}

// Strong reports whether the message came under a cipher of 256 bit.
func (d *Delivery) Strong() bool {
	return strings.Contains(d.Cipher, "AES_256") || strings.Contains(d.Cipher, "CHACHA20")
}

// Header returns the value of the first header field with that name, unfolded;
// "" where there is none.
func (d *Delivery) Header(name string) string { return headerValue(d.Data, name) }

// SinkOptions describe a recording mail server.
type SinkOptions struct {
	Name string // in reports
	Host string // in the greeting
	Addr string // "127.0.0.10:25"
	// TLS is nil for a server that offers no STARTTLS.
	TLS *tls.Config
	// Log is a file to which every delivery is added as a line of JSON
	// (without its content); "" for none.
	Log string
}

// Sink is a mail server that accepts everything and records it, unless it was
// told to refuse.
type Sink struct {
	opts     SinkOptions
	listener net.Listener
	log      *os.File

	mu         sync.Mutex
	deliveries []Delivery
	rules      []refusal
	pause      time.Duration
	changed    chan struct{} // closed and renewed with each delivery
	conns      map[net.Conn]bool
	closed     bool
}

type refusal struct{ pattern, reply string }

// NewSink starts a sink.
func NewSink(opts SinkOptions) (*Sink, error) {
	s := &Sink{opts: opts, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	var err error
	if opts.Log != "" {
		if s.log, err = os.OpenFile(opts.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
			return nil, fmt.Errorf("starting the sink %s: %w", opts.Name, err)
		}
	}
	if s.listener, err = net.Listen("tcp", opts.Addr); err != nil {
		return nil, fmt.Errorf("starting the sink %s: %w", opts.Name, err)
	}
	go s.serve()
	return s, nil
}

// Name returns the sink's name in reports.
func (s *Sink) Name() string { return s.opts.Name }

// Host returns the sink's host name.
func (s *Sink) Host() string { return s.opts.Host }

// Refuse makes the sink answer reply ("450 4.2.0 mailbox busy") at RCPT to
// addresses that match the pattern (path.Match), at MAIL if the pattern is
// "MAIL", and at the end of the data if it is "DATA". An empty reply ends it.
func (s *Sink) Refuse(pattern, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = slices.DeleteFunc(s.rules, func(r refusal) bool { return r.pattern == pattern })
	if reply != "" {
		s.rules = append(s.rules, refusal{pattern, reply})
	}
}

// Slow makes the sink wait before it answers the end of the data.
func (s *Sink) Slow(pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = pause
}

// Deliveries returns what was accepted so far and matches, oldest first.
func (s *Sink) Deliveries(match func(*Delivery) bool) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Delivery
	for i := range s.deliveries {
		if match == nil || match(&s.deliveries[i]) {
			found = append(found, s.deliveries[i])
		}
	}
	return found
}

// Wait returns as soon as at least n deliveries match. If ctx ends first, it
// returns those that there are and an error.
func (s *Sink) Wait(ctx context.Context, n int, match func(*Delivery) bool) ([]Delivery, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		found := s.Deliveries(match)
		if len(found) >= n {
			return found, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return found, fmt.Errorf("waiting for mail at %s: %d of %d came: %w", s.opts.Name, len(found), n, ctx.Err())
		}
	}
}

// Forget drops what was recorded so far.
func (s *Sink) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = nil
}

// Close stops the sink.
func (s *Sink) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	if s.log != nil {
		s.log.Close()
	}
	return s.listener.Close()
}

func (s *Sink) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		go func() {
			newSinkSession(s, conn).run()
			conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		}()
	}
}

// refused returns the reply for a word or an address, "" to accept it.
func (s *Sink) refused(what string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if ok, _ := path.Match(r.pattern, what); ok || r.pattern == what {
			return r.reply
		}
	}
	return ""
}

// accept records a delivery. After Close nothing is accepted any more.
func (s *Sink) accept(d Delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	d.Sink, d.Time, d.Size = s.opts.Name, time.Now(), len(d.Data)
	s.deliveries = append(s.deliveries, d)
	if s.log != nil {
		line, err := json.Marshal(d)
		if err == nil {
			_, err = s.log.Write(append(line, '\n'))
		}
		if err != nil {
			return false
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return true
}

// headerValue finds a header field in message bytes.
func headerValue(data []byte, name string) string {
	value, found := "", false
	for line := range bytes.Lines(data) {
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case text == "":
			return value
		case text[0] == ' ' || text[0] == '\t':
			if found {
				value += " " + strings.TrimSpace(text)
			}
		case found:
			return value
		default:
			field, rest, ok := strings.Cut(text, ":")
			if ok && strings.EqualFold(field, name) {
				value, found = strings.TrimSpace(rest), true
			}
		}
	}
	return value
}
