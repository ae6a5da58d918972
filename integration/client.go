package integration

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Mail is a message to hand to a mail server.
type Mail struct {
	From     string // without angle brackets; "" is the null sender
	FromArgs string // "SMTPUTF8 BODY=8BITMIME"
	To       []Recipient
	Data     []byte // as it shall arrive; dots are stuffed on the way
}

// Reply is what a mail server answered.
type Reply struct {
	Code int
	Text string // with the enhanced status code; lines joined by " "
}

// OK reports whether the reply is positive.
func (r Reply) OK() bool { return r.Code/100 == 2 }

func (r Reply) String() string { return fmt.Sprintf("%d %s", r.Code, r.Text) }

// Result is what became of a Mail: the replies to MAIL, to each RCPT in order,
// and to the content. Final is the zero Reply if no content was sent, because
// no recipient was accepted.
type Result struct {
	From  Reply
	Rcpt  []Reply
	Final Reply
	// Dotted says that the content and the final dot were sent: without a
	// Final, nobody can tell whether the server has the message.
	Dotted bool
}

// Accepted reports whether the server took the message for recipient i.
func (r Result) Accepted(i int) bool { return r.Final.OK() && r.Rcpt[i].OK() }

// ClientOptions say how a Client connects.
type ClientOptions struct {
	// TLS, where not nil, makes the client use STARTTLS.
	TLS *tls.Config
	// Local is the address that the client comes from ("127.0.0.100"), or "".
	Local string
	Helo  string // default "client.bank.example"
}

// Client is an SMTP connection that says exactly what it is told to, right or
// wrong.
type Client struct {
	conn net.Conn
	r    *textproto.Reader
}

// Dial connects and says EHLO. ctx bounds the whole life of the connection if
// it has a deadline.
func Dial(ctx context.Context, addr string, opts ClientOptions) (*Client, error) {
	var dialer net.Dialer
	if opts.Local != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(opts.Local)}
	}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(2 * time.Minute)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	c := &Client{conn: conn, r: textproto.NewReader(bufio.NewReader(conn))}
	if err := c.greet(opts); err != nil {
		conn.Close()
		return nil, fmt.Errorf("greeting %s: %w", addr, err)
	}
	return c, nil
}

func (c *Client) greet(opts ClientOptions) error {
	helo := opts.Helo
	if helo == "" {
		helo = "client.bank.example"
	}
	if err := positive(c.read()); err != nil {
		return err
	}
	if err := positive(c.Command("EHLO " + helo)); err != nil {
		return err
	}
	if opts.TLS == nil {
		return nil
	}
	if err := positive(c.Command("STARTTLS")); err != nil {
		return err
	}
	conn := tls.Client(c.conn, opts.TLS)
	if err := conn.Handshake(); err != nil {
		return fmt.Errorf("starting TLS: %w", err)
	}
	c.conn, c.r = conn, textproto.NewReader(bufio.NewReader(conn))
	return positive(c.Command("EHLO " + helo))
}

// Refused is the error of Dial where the server doesn't want to talk.
type Refused struct{ Reply Reply }

func (e *Refused) Error() string { return "the server answered " + e.Reply.String() }

func positive(r Reply, err error) error {
	if err == nil && !r.OK() {
		err = &Refused{r}
	}
	return err
}

// Command sends one line and reads its reply.
func (c *Client) Command(line string) (Reply, error) {
	if _, err := fmt.Fprintf(c.conn, "%s\r\n", line); err != nil {
		return Reply{}, err
	}
	return c.read()
}

func (c *Client) read() (Reply, error) {
	var text []string
	for {
		line, err := c.r.ReadLine()
		if err != nil {
			return Reply{}, fmt.Errorf("reading a reply: %w", err)
		}
		if len(line) < 3 {
			return Reply{}, fmt.Errorf("not a reply: %q", line)
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			return Reply{}, fmt.Errorf("not a reply: %q", line)
		}
		text = append(text, strings.TrimLeft(line[3:], "- "))
		if len(line) == 3 || line[3] == ' ' {
			return Reply{Code: code, Text: strings.Join(text, " ")}, nil
		}
	}
}

// Send hands a message over, command by command. An error means that the
// connection is of no use any more and that what became of the message isn't
// known, unless Result.Final was read.
func (c *Client) Send(m Mail) (res Result, err error) {
	commands := envelopeCommands(m)
	for i, command := range commands {
		r, err := c.Command(command)
		if err != nil {
			return res, err
		}
		if i == 0 {
			if res.From = r; !r.OK() {
				return res, nil
			}
		} else {
			res.Rcpt = append(res.Rcpt, r)
		}
	}
	return c.content(m, res)
}

// SendPipelined hands several messages over, the envelope commands of each in
// one packet (RFC 2920).
func (c *Client) SendPipelined(mails ...Mail) (all []Result, err error) {
	for _, m := range mails {
		commands := envelopeCommands(m)
		if _, err := c.conn.Write([]byte(strings.Join(commands, "\r\n") + "\r\n")); err != nil {
			return all, err
		}
		var res Result
		for i := range commands {
			r, err := c.read()
			if err != nil {
				return all, err
			}
			if i == 0 {
				res.From = r
			} else {
				res.Rcpt = append(res.Rcpt, r)
			}
		}
		if res, err = c.content(m, res); err != nil {
			return all, err
		}
		all = append(all, res)
	}
	return all, nil
}

func envelopeCommands(m Mail) []string {
	commands := []string{strings.TrimRight("MAIL FROM:<"+m.From+"> "+m.FromArgs, " ")}
	for _, to := range m.To {
		commands = append(commands, strings.TrimRight("RCPT TO:<"+to.Address+"> "+to.Args, " "))
	}
	return commands
}

func (c *Client) content(m Mail, res Result) (Result, error) {
	any := false
	for _, r := range res.Rcpt {
		any = any || r.OK()
	}
	if !any {
		_, err := c.Command("RSET")
		return res, err
	}
	r, err := c.Command("DATA")
	if err != nil || r.Code != 354 {
		res.Final = r
		return res, err
	}
	// Also after an error some of it may have got through.
	res.Dotted = true
	if _, err := c.conn.Write(stuffed(m.Data)); err != nil {
		return res, fmt.Errorf("sending the content: %w", err)
	}
	res.Final, err = c.read()
	return res, err
}

// Close says goodbye.
func (c *Client) Close() error {
	_, _ = c.Command("QUIT") // the server may be gone, and nothing depends on it
	return c.conn.Close()
}

// Send connects, hands one message over and closes.
func Send(ctx context.Context, addr string, opts ClientOptions, m Mail) (Result, error) {
	c, err := Dial(ctx, addr, opts)
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	return c.Send(m)
}

// stuffed doubles dots at the start of lines and adds the final dot.
func stuffed(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/64+8)
	if bytes.HasPrefix(data, []byte(".")) {
		out = append(out, '.')
	}
	out = append(out, bytes.ReplaceAll(data, []byte("\n."), []byte("\n.."))...)
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, '\r', '\n')
	}
	return append(out, '.', '\r', '\n')
}
