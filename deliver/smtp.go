package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/sealpost/sealpost/message"
)

// Limits on what the peer's reply may be; RFC 5321 says 512 bytes a line.
const (
	longestReplyLine = 4096
	mostReplyLines   = 128
)

// errReply says that the peer's answer is no SMTP reply.
var errReply = errors.New("not an SMTP reply")

// smtpReply is what the peer said.
type smtpReply struct {
	Code  int
	Lines []string // without code and line end
}

func (r smtpReply) ok() bool { return r.Code/100 == 2 }

// readReply reads one reply of one or more lines (RFC 5321 section 4.2.1).
func readReply(r *bufio.Reader) (smtpReply, error) {
	var reply smtpReply
	for range mostReplyLines {
		line, err := readReplyLine(r)
		if err != nil {
			return smtpReply{}, err
		}
		code, more, text, err := parseReplyLine(line)
		if err != nil {
			return smtpReply{}, err
		}
		if reply.Code != 0 && code != reply.Code {
			return smtpReply{}, errReply
		}
		reply.Code = code
		reply.Lines = append(reply.Lines, text)
		if !more {
			return reply, nil
		}
	}
	return smtpReply{}, errReply
}

func readReplyLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if line = append(line, piece...); len(line) > longestReplyLine {
			return "", errReply
		}
		if err == nil {
			return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
	}
}

// parseReplyLine reads "250-text" (more follows), "250 text" or "250".
func parseReplyLine(line string) (code int, more bool, text string, err error) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' {
		return 0, false, "", errReply
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", errReply
		}
		code = code*10 + int(c-'0')
	}
	if len(line) == 3 {
		return code, false, "", nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, "", errReply
	}
	return code, line[3] == '-', line[4:], nil
}

// reply is the last line as one that may be passed on. A class that doesn't
// belong at this point of the dialogue (a 3xx, say) becomes a temporary failure.
func (r smtpReply) reply() message.Reply {
	text := ""
	if len(r.Lines) > 0 {
		text = r.Lines[len(r.Lines)-1]
	}
	enhanced, rest, _ := strings.Cut(text, " ")
	if !validEnhanced(enhanced) || int(enhanced[0]-'0') != r.Code/100 {
		enhanced, rest = fmt.Sprintf("%d.0.0", r.Code/100), text
	}
	if r.Code/100 != 2 && r.Code/100 != 4 && r.Code/100 != 5 {
		return temporary("4.5.0", "the mail server gave an unexpected reply")
	}
	return message.Reply{Code: r.Code, Enhanced: enhanced, Text: cleanText(rest)}
}

var queuedAs = regexp.MustCompile(`\bqueued as ([0-9A-Za-z]{5,40})\b`)

// queueID is what the MTA calls the message that it has taken, or "".
func (r smtpReply) queueID() string {
	for _, line := range r.Lines {
		if m := queuedAs.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// dialogue is one SMTP connection to the MTA.
type dialogue struct {
	conn    net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	timeout time.Duration // for each answer
	offers  map[string]struct{}
	stop    func() bool
}

// dial connects and says EHLO. When ctx ends, whatever the dialogue is doing
// fails.
func dial(ctx context.Context, network, address, hostname string, timeout time.Duration) (*dialogue, error) {
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d := &dialogue{conn: conn, timeout: timeout}
	d.r, d.w = bufio.NewReader(deadlineConn{d}), bufio.NewWriterSize(deadlineConn{d}, 64<<10)
	d.stop = context.AfterFunc(ctx, func() { conn.Close() })
	if err := d.greet(hostname); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// deadlineConn gives each read and write of the dialogue its time.
type deadlineConn struct{ d *dialogue }

func (c deadlineConn) Read(p []byte) (int, error) {
	if err := c.d.conn.SetReadDeadline(time.Now().Add(c.d.timeout)); err != nil {
		return 0, err
	}
	return c.d.conn.Read(p)
}

func (c deadlineConn) Write(p []byte) (int, error) {
	if err := c.d.conn.SetWriteDeadline(time.Now().Add(c.d.timeout)); err != nil {
		return 0, err
	}
	return c.d.conn.Write(p)
}

func (d *dialogue) greet(hostname string) error {
	hello, err := readReply(d.r)
	if err != nil {
		return fmt.Errorf("reading the greeting: %w", err)
	}
	if !hello.ok() {
		return &refusal{"greeting", hello}
	}
	reply, err := d.must("EHLO", "EHLO "+hostname)
	if err != nil {
		return err
	}
	d.offers = map[string]struct{}{}
	for _, line := range reply.Lines[1:] {
		word, _, _ := strings.Cut(line, " ")
		d.offers[strings.ToUpper(word)] = struct{}{}
	}
	return nil
}

// offersWord reports whether the peer's EHLO had an extension.
func (d *dialogue) offersWord(word string) bool {
	_, ok := d.offers[word]
	return ok
}

// refusal is a reply that ends the transaction.
type refusal struct {
	command string
	reply   smtpReply
}

// Error leaves the peer's text out: it may hold addresses.
func (r *refusal) Error() string { return fmt.Sprintf("%s was answered %d", r.command, r.reply.Code) }

// say sends a command and reads the reply, whatever it is.
func (d *dialogue) say(command string) (smtpReply, error) {
	if _, err := d.w.WriteString(command + "\r\n"); err != nil {
		return smtpReply{}, err
	}
	if err := d.w.Flush(); err != nil {
		return smtpReply{}, err
	}
	return readReply(d.r)
}

// must sends a command whose refusal ends the transaction; name stands for it
// in errors.
func (d *dialogue) must(name, command string) (smtpReply, error) {
	reply, err := d.say(command)
	if err != nil {
		return reply, fmt.Errorf("%s: %w", name, err)
	}
	want := 2
	if name == "DATA" {
		want = 3
	}
	if reply.Code/100 != want {
		return reply, &refusal{name, reply}
	}
	return reply, nil
}

// quit ends the dialogue politely; by then nobody depends on the answer.
func (d *dialogue) quit() {
	d.timeout = min(d.timeout, 5*time.Second)
	_, _ = d.say("QUIT")
	d.close()
}

// close ends the dialogue as it stands.
func (d *dialogue) close() {
	d.stop()
	_ = d.conn.Close()
}
