package integration

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// sinkLimit bounds a message, far above what tests send.
const sinkLimit = 256 << 20

// sinkSession is one SMTP connection to a sink.
type sinkSession struct {
	sink *Sink
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	tls  *tls.ConnectionState
	mail *Delivery // nil outside a transaction
}

func newSinkSession(s *Sink, conn net.Conn) *sinkSession {
	return &sinkSession{sink: s, conn: conn, r: bufio.NewReaderSize(conn, 64<<10), w: bufio.NewWriter(conn)}
}

func (s *sinkSession) run() {
	s.reply("220 %s ESMTP", s.sink.opts.Host)
	for {
		// Answers to pipelined commands leave together.
		if s.r.Buffered() == 0 && s.w.Flush() != nil {
			return
		}
		_ = s.conn.SetDeadline(time.Now().Add(5 * time.Minute))
		line, err := s.r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if !s.do(strings.ToUpper(verb), rest) {
			_ = s.w.Flush() // the peer may be gone
			return
		}
	}
}

// do carries one command out and reports whether the session goes on.
func (s *sinkSession) do(verb, rest string) bool {
	switch verb {
	case "EHLO":
		s.mail = nil
		s.hello()
	case "HELO":
		s.mail = nil
		s.reply("250 %s", s.sink.opts.Host)
	case "STARTTLS":
		return s.startTLS()
	case "MAIL":
		s.from(rest)
	case "RCPT":
		s.rcpt(rest)
	case "DATA":
		return s.data()
	case "RSET":
		s.mail = nil
		s.reply("250 2.0.0 forgotten")
	case "NOOP":
		s.reply("250 2.0.0 ok")
	case "QUIT":
		s.reply("221 2.0.0 bye")
		return false
	default:
		s.reply("500 5.5.1 not known: %s", verb)
	}
	return true
}

func (s *sinkSession) reply(format string, args ...any) { fmt.Fprintf(s.w, format+"\r\n", args...) }

func (s *sinkSession) hello() {
	words := []string{s.sink.opts.Host, "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", fmt.Sprintf("SIZE %d", sinkLimit)}
	if s.sink.opts.TLS != nil && s.tls == nil {
		words = append(words, "STARTTLS")
	}
	for i, word := range words {
		mark := "-"
		if i == len(words)-1 {
			mark = " "
		}
		s.reply("250%s%s", mark, word)
	}
}

func (s *sinkSession) startTLS() bool {
	if s.sink.opts.TLS == nil || s.tls != nil {
		s.reply("502 5.5.1 no TLS here")
		return true
	}
	s.reply("220 2.0.0 go on")
	if s.w.Flush() != nil || s.r.Buffered() > 0 { // RFC 3207: nothing may follow in clear
		return false
	}
	conn := tls.Server(s.conn, s.sink.opts.TLS)
	if conn.Handshake() != nil {
		return false
	}
	state := conn.ConnectionState()
	s.conn, s.tls, s.mail = conn, &state, nil
	s.r, s.w = bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)
	return true
}

func (s *sinkSession) from(rest string) {
	address, args, ok := smtpPath(rest, "FROM:")
	refusal := s.sink.refused("MAIL")
	switch {
	case !ok:
		s.reply("501 5.5.4 what sender?")
	case s.mail != nil:
		s.reply("503 5.5.1 nested MAIL")
	case refusal != "":
		s.reply("%s", refusal)
	default:
		s.mail = &Delivery{From: address, FromArgs: args}
		if s.tls != nil {
			// Go says "TLS 1.3", mail servers say "TLSv1.3".
			s.mail.TLS = strings.Replace(tls.VersionName(s.tls.Version), " ", "v", 1)
			s.mail.Cipher = tls.CipherSuiteName(s.tls.CipherSuite)
		}
		s.reply("250 2.1.0 ok")
	}
}

func (s *sinkSession) rcpt(rest string) {
	address, args, ok := smtpPath(rest, "TO:")
	if !ok || s.mail == nil {
		s.reply("503 5.5.1 what recipient?")
		return
	}
	if refusal := s.sink.refused(address); refusal != "" {
		s.reply("%s", refusal)
		return
	}
	s.mail.To = append(s.mail.To, Recipient{Address: address, Args: args})
	s.reply("250 2.1.5 ok")
}

func (s *sinkSession) data() bool {
	if s.mail == nil || len(s.mail.To) == 0 {
		s.reply("554 5.5.1 no recipients")
		return true
	}
	s.reply("354 go on")
	if s.w.Flush() != nil {
		return false
	}
	content, err := readData(s.r)
	if err != nil {
		return false
	}
	mail := s.mail
	s.mail, mail.Data = nil, content
	s.sink.mu.Lock()
	pause := s.sink.pause
	s.sink.mu.Unlock()
	time.Sleep(pause)
	if refusal := s.sink.refused("DATA"); refusal != "" {
		s.reply("%s", refusal)
		return true
	}
	if !s.sink.accept(*mail) {
		s.reply("451 4.3.0 can't record it")
		return true
	}
	s.reply("250 2.0.0 recorded")
	return true
}

// readData reads up to the final dot and takes the stuffed dots away. Nothing
// else is changed.
func readData(r *bufio.Reader) ([]byte, error) {
	var b bytes.Buffer
	atStart := true
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		if atStart && len(line) > 0 && line[0] == '.' {
			if string(line) == ".\r\n" {
				return b.Bytes(), nil
			}
			line = line[1:]
		}
		b.Write(line)
		atStart = bytes.HasSuffix(line, []byte("\r\n"))
		if b.Len() > sinkLimit {
			return nil, io.ErrShortBuffer
		}
	}
}

// smtpPath splits "FROM:<a@b> ARGS". A quoted local part may hold anything.
func smtpPath(s, word string) (address, args string, ok bool) {
	if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
		return "", "", false
	}
	s = strings.TrimLeft(s[len(word):], " ")
	if !strings.HasPrefix(s, "<") {
		return "", "", false
	}
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return s[1:i], strings.TrimSpace(s[i+1:]), true
		}
	}
	return "", "", false
}
