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

	"github.com/sealpost/sealpost/message"
)

// longestCommand is the longest command line that is taken; RFC 5321 says 512,
// but DSN arguments and marks make it longer.
const longestCommand = 8192

// mostMistakes is how many commands may be refused before the session is ended.
const mostMistakes = 100

// session is one LMTP connection.
type session struct {
	lmtp *LMTP
	peer *peer
	r    *bufio.Reader
	w    *bufio.Writer

	greeted  bool
	mail     bool // MAIL was accepted
	envelope message.Envelope
	mistakes int
}

func newSession(l *LMTP, p *peer) *session {
	return &session{lmtp: l, peer: p, r: bufio.NewReaderSize(p, 64<<10), w: bufio.NewWriter(p)}
}

// errQuit ends a session in order.
var errQuit = errors.New("quit")

// errLine says that a command line isn't one.
var errLine = errors.New("bad command line")

func (s *session) run(ctx context.Context) {
	s.say(220, "", s.lmtp.opts.Hostname+" LMTP Sealpost")
	for {
		line, err := s.readLine()
		if errors.Is(err, errLine) {
			s.refuse(500, "5.5.2", "bad command line")
		} else if err == nil {
			err = s.command(ctx, line)
		}
		if s.mistakes > mostMistakes {
			s.say(421, "4.7.0", "too many errors")
			err = errQuit
		}
		if err != nil && !errors.Is(err, errLine) {
			s.end(err)
			return
		}
	}
}

// end says why the session ends, if anybody listens.
func (s *session) end(err error) {
	var timeout net.Error
	switch {
	case s.lmtp.server.isClosing() && !errors.Is(err, errQuit):
		s.say(421, "4.3.2", "shutting down, try again later")
	case errors.As(err, &timeout) && timeout.Timeout():
		s.say(421, "4.4.2", "idle for too long")
	}
	if ferr := s.w.Flush(); ferr != nil || !errors.Is(err, errQuit) {
		s.lmtp.opts.Log.Debug("LMTP session ended", zap.Error(errors.Join(err, ferr)))
	}
}

// readLine reads a command. Answers are held back while more commands are
// there already (PIPELINING).
func (s *session) readLine() (string, error) {
	if s.r.Buffered() == 0 {
		if err := s.w.Flush(); err != nil {
			return "", err
		}
	}
	var line []byte
	long := false
	for {
		piece, err := s.r.ReadSlice('\n')
		if long = long || len(line)+len(piece) > longestCommand; !long {
			line = append(line, piece...)
		}
		switch {
		case err == nil && long:
			return "", errLine
		case err == nil:
			text, ok := strings.CutSuffix(string(line), "\r\n")
			if !ok || !validLine(text) {
				return "", errLine
			}
			return text, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}

func (s *session) say(code int, enhanced, text string) {
	// The writer keeps its first error until Flush.
	if enhanced != "" {
		text = enhanced + " " + text
	}
	_, _ = fmt.Fprintf(s.w, "%d %s\r\n", code, text)
}

func (s *session) refuse(code int, enhanced, text string) {
	s.mistakes++
	s.say(code, enhanced, text)
}

func (s *session) command(ctx context.Context, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "LHLO":
		s.hello(rest)
	case "XFORWARD":
		s.xforward(rest)
	case "MAIL":
		s.mailFrom(rest)
	case "RCPT":
		s.rcptTo(rest)
	case "DATA":
		return s.data(ctx, rest)
	case "RSET":
		s.reset()
		s.say(250, "2.0.0", "OK")
	case "NOOP":
		s.say(250, "2.0.0", "OK")
	case "QUIT":
		s.say(221, "2.0.0", "bye")
		return errQuit
	case "HELO", "EHLO":
		s.refuse(500, "5.5.1", "this is LMTP: say LHLO")
	default:
		s.refuse(500, "5.5.2", "command not known")
	}
	return nil
}

func (s *session) reset() {
	s.mail = false
	s.envelope = message.Envelope{}
}

func (s *session) hello(name string) {
	if strings.TrimSpace(name) == "" {
		s.refuse(501, "5.5.4", "LHLO needs a name")
		return
	}
	s.reset()
	s.greeted = true
	// SIZE stands without a number: Postfix would bounce what is larger.
	for _, word := range []string{s.lmtp.opts.Hostname, "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE", "ENHANCEDSTATUSCODES",
		"XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"} {
		_, _ = fmt.Fprintf(s.w, "250-%s\r\n", word)
	}
	_, _ = fmt.Fprint(s.w, "250 NOOP\r\n")
}

func (s *session) xforward(rest string) {
	switch {
	case !s.greeted || s.mail:
		s.refuse(503, "5.5.1", "XFORWARD comes after LHLO and before MAIL")
	case forward(rest, &s.envelope.Client, &s.envelope.QueueID) != nil:
		s.refuse(501, "5.5.4", "bad XFORWARD")
	default:
		s.say(250, "2.0.0", "OK")
	}
}

func (s *session) mailFrom(rest string) {
	sender, args, err := parsePath(rest, "FROM:")
	switch {
	case !s.greeted || s.mail:
		s.refuse(503, "5.5.1", "MAIL comes after LHLO, once")
	case err != nil:
		s.refuse(501, "5.1.7", "bad sender or argument")
	default:
		s.mail = true
		s.envelope.Sender, s.envelope.SenderArgs = sender, args
		s.say(250, "2.1.0", "OK")
	}
}

func (s *session) rcptTo(rest string) {
	rcpt, args, err := parsePath(rest, "TO:")
	switch {
	case !s.mail:
		s.refuse(503, "5.5.1", "RCPT comes after MAIL")
	case err != nil || rcpt == "":
		s.refuse(501, "5.1.3", "bad recipient or argument")
	case len(s.envelope.Recipients) >= s.lmtp.opts.MaxRecipients:
		s.say(452, "4.5.3", "too many recipients, send the others separately")
	default:
		s.envelope.Recipients = append(s.envelope.Recipients, message.Recipient{Typed: rcpt, Address: rcpt, Args: args})
		s.say(250, "2.1.5", "OK")
	}
}

// data takes the content, has it treated and gives each recipient's reply
// (RFC 2033 section 4.2). An error ends the session.
func (s *session) data(ctx context.Context, rest string) error {
	if rest != "" {
		s.refuse(501, "5.5.4", "DATA has no argument")
		return nil
	}
	if len(s.envelope.Recipients) == 0 {
		s.refuse(503, "5.5.1", "no recipients")
		return nil
	}
	m := &message.Message{ID: message.NewID(), Received: time.Now(), Envelope: s.envelope}
	defer s.reset()
	content, err := s.lmtp.opts.Spool.New()
	if err != nil {
		s.lmtp.opts.Log.Error("no room for a message", zap.String("id", m.ID), zap.String("queue_id", m.Envelope.QueueID), zap.Error(err))
		s.say(452, "4.3.1", "no room, try again later ("+m.ID+")")
		return nil
	}
	m.Content = content
	s.say(354, "", "end with a dot")
	if err := s.w.Flush(); err != nil {
		return errors.Join(err, m.Close())
	}
	werr, err := s.receive(content)
	if err != nil {
		return errors.Join(err, m.Close())
	}
	replies := s.answer(ctx, m, werr)
	for _, r := range replies {
		s.say(r.Code, r.Enhanced, r.Text)
	}
	return s.w.Flush()
}

// receive reads the content. werr is why it couldn't be kept.
func (s *session) receive(w io.Writer) (werr, err error) { return receiveData(s.r, w) }

// answer has a complete message treated, or says why that can't be.
func (s *session) answer(ctx context.Context, m *message.Message, werr error) []message.Reply {
	if werr == nil {
		return s.lmtp.treat(ctx, m)
	}
	log := s.lmtp.opts.Log.With(zap.String("id", m.ID), zap.String("queue_id", m.Envelope.QueueID))
	if err := m.Close(); err != nil {
		log.Error("closing a message", zap.Error(err))
	}
	text := "no room for the message, try again later"
	if errors.Is(werr, message.ErrTooLarge) {
		text = "the message is larger than the gateway takes"
	}
	log.Error("message could not be taken", zap.Error(werr))
	return repeat(len(m.Envelope.Recipients), message.Reply{Code: 452, Enhanced: "4.3.1", Text: text + " (" + m.ID + ")"})
}
