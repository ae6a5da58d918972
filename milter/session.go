package milter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	gomilter "github.com/d--j/go-milter"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/message"
)

// stage is how far a message has come.
type stage int

const (
	idle stage = iota
	envelope
	header
	body
)

// session is one connection from the MTA: one SMTP session, with any number of
// messages one after the other. All callbacks run in one goroutine.
type session struct {
	srv      *Server
	log      *zap.Logger
	wire     *guard
	ctx      context.Context
	cancel   context.CancelFunc
	opened   time.Time
	admitted bool // guarded by srv.mu once the session runs

	client   message.Client // of the connection; copied into each envelope
	internal bool           // a message that the MTA made or took in from a local program

	msg     *message.Message
	content *message.Content
	stage   stage
	failed  *message.Reply // what the message is told at its end
	line    []byte         // scratch
}

var _ gomilter.Milter = (*session)(nil)

func newSession(ctx context.Context, srv *Server, conn net.Conn) *session {
	x := &session{srv: srv, log: srv.opts.Log, opened: time.Now()}
	x.ctx, x.cancel = context.WithCancel(ctx)
	x.wire = newGuard(conn, srv.opts.IdleTimeout)
	x.wire.refused = func(reason string) {
		srv.opts.Observe(Event{Kind: PacketRefused, Reason: reason})
		x.log.Warn("milter packet refused, connection closed", zap.String("reason", reason))
	}
	x.wire.failed = func(err error) {
		x.log.Info("milter connection lost", zap.Error(err))
	}
	x.wire.onClose = func() {
		x.cancel()
		srv.closed(x)
	}
	return x
}

// guarded runs one callback and turns a panic into a temporary failure: of the
// command, where that is answered, and of the message at its end.
func (x *session) guarded(f func() *gomilter.Response) (resp *gomilter.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			x.panicked(v)
			r := internalError
			x.fail(r)
			resp = x.response(r)
		}
	}()
	return f(), nil
}

// panicked logs a panic without its value, which may hold part of a message,
// unless the value comes from the runtime.
func (x *session) panicked(v any) {
	x.srv.opts.Observe(Event{Kind: Panicked})
	text := fmt.Sprintf("%T", v)
	if err, ok := v.(interface {
		error
		RuntimeError()
	}); ok {
		text = err.Error()
	}
	x.log.Error("panic in a milter session", zap.String("id", x.id()), zap.String("panic", text), zap.ByteString("stack", debug.Stack()))
}

// fail remembers what the message is told at its end; the first failure stays.
func (x *session) fail(r message.Reply) {
	if x.failed == nil {
		x.failed = &r
	}
}

func (x *session) id() string {
	if x.msg == nil {
		return ""
	}
	return x.msg.ID
}

// drop ends the message that is on its way, if there is one.
func (x *session) drop() {
	if x.content != nil {
		if err := x.content.Close(); err != nil {
			x.log.Error("closing message content", zap.String("id", x.id()), zap.Error(err))
		}
	}
	x.msg, x.content, x.failed, x.stage = nil, nil, nil, idle
}

// NewConnection begins a session; the MTA may begin several on one connection.
func (x *session) NewConnection(gomilter.Modifier) error {
	x.drop()
	x.client, x.internal = message.Client{}, false
	return nil
}

// Connect notes the SMTP client's address. Mail that was submitted on the
// machine (sendmail -t) or made by Postfix itself comes from "localhost", port
// 0, which no real client has.
func (x *session) Connect(host, family string, port uint16, addr string, _ gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		x.drop()
		x.client, x.internal = message.Client{Name: clientName(host)}, false
		if family != "tcp4" && family != "tcp6" {
			return gomilter.RespContinue
		}
		ip, err := netip.ParseAddr(addr)
		if err != nil {
			return gomilter.RespContinue // the guard has seen to it that it parses
		}
		ip = ip.Unmap()
		if port == 0 && host == "localhost" && ip.IsLoopback() {
			x.internal = true
			return gomilter.RespContinue
		}
		x.client.Addr = ip
		return gomilter.RespContinue
	})
}

// clientName returns "" for what MTAs say where the address has no name.
func clientName(host string) string {
	if host == "unknown" || strings.HasPrefix(host, "[") {
		return ""
	}
	return strings.TrimSuffix(host, ".")
}

// Helo begins anew after STARTTLS, too: what was said before doesn't count.
func (x *session) Helo(name string, m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		x.drop()
		x.client.Helo = name
		x.client.TLS = tlsFacts(m)
		return gomilter.RespContinue
	})
}

// tlsFacts reads the macros about the client's connection. Postfix sends the
// certificate's names only if it trusts the certificate; Sendmail sends them
// always, and says in {verify} what they are worth.
func tlsFacts(m gomilter.Macros) *message.TLS {
	version := m.Get(gomilter.MacroTlsVersion)
	if version == "" {
		return nil
	}
	bits, err := strconv.Atoi(m.Get(gomilter.MacroCipherBits))
	if err != nil {
		bits = 0 // unknown counts as none
	}
	t := &message.TLS{
		Version: version,
		Cipher:  m.Get(gomilter.MacroCipher),
		Bits:    bits,
		Subject: m.Get(gomilter.MacroCertSubject),
		Issuer:  m.Get(gomilter.MacroCertIssuer),
	}
	if verify, sendmail := m.GetEx(macroVerify); sendmail && verify != "" {
		t.Verified = verify == "OK"
	} else {
		t.Verified = t.Subject != ""
	}
	return t
}

// MailFrom begins a message.
func (x *session) MailFrom(from, args string, m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		x.drop()
		x.msg = &message.Message{ID: message.NewID(), Received: time.Now()}
		x.stage = envelope
		if !x.srv.admit(x) {
			x.srv.opts.Observe(Event{Kind: SessionBusy, Reason: "told"})
			x.log.Warn("message put off: too many sessions", zap.String("id", x.msg.ID))
			x.fail(busy)
			return x.response(busy)
		}
		// Sent again by Postfix at MAIL; the HELO's stays where it isn't.
		if t := tlsFacts(m); t != nil {
			x.client.TLS = t
		}
		x.client.User = m.Get(gomilter.MacroAuthAuthen)
		x.msg.Envelope = message.Envelope{
			Sender:     from,
			SenderArgs: strings.Fields(args),
			Client:     x.client,
		}
		if t := x.client.TLS; t != nil {
			own := *t
			x.msg.Envelope.Client.TLS = &own
		}
		x.queueID(m)
		return gomilter.RespContinue
	})
}

func (x *session) queueID(m gomilter.Macros) {
	if q := m.Get(gomilter.MacroQueueId); q != "" && x.msg != nil {
		x.msg.Envelope.QueueID = q
	}
}

// RcptTo judges one recipient. In a session that isn't SMTP a refusal here
// would have no one to tell it to: it is kept for the end of the message.
func (x *session) RcptTo(to, args string, m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		if x.stage != envelope {
			x.fail(outOfOrder)
			return x.response(outOfOrder)
		}
		x.queueID(m)
		if x.failed != nil { // nothing can become of this message
			return x.refuse(*x.failed)
		}
		rcpt := message.Recipient{Typed: to, Address: to, Args: strings.Fields(args)}
		if len(x.msg.Envelope.Recipients) >= x.srv.opts.MaxRecipients {
			return x.refuse(tooManyRecipients)
		}
		if !plainAddress(to) {
			return x.refuse(oddRecipient)
		}
		var reply *message.Reply
		x.working(m, func(ctx context.Context) {
			reply = x.srv.opts.Gateway.Recipient(ctx, &x.msg.Envelope, &rcpt)
		})
		if reply != nil {
			return x.refuse(*reply)
		}
		if rcpt.Typed != to {
			x.log.Error("the gateway changed a recipient's typed form", zap.String("id", x.id()))
			return x.refuse(internalError)
		}
		x.msg.Envelope.Recipients = append(x.msg.Envelope.Recipients, rcpt)
		return gomilter.RespContinue
	})
}

// refuse answers one RCPT, or where nobody listens, the whole message.
func (x *session) refuse(r message.Reply) *gomilter.Response {
	if r.Code < 400 || !validReply(r) {
		r = internalError
	}
	x.srv.opts.Observe(Event{Kind: RcptRefused, Reason: r.Enhanced})
	if x.internal {
		x.fail(r)
		return gomilter.RespContinue
	}
	return x.response(r)
}

// Data isn't asked for; an MTA that sends it all the same does no harm.
func (x *session) Data(gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

// Header writes a field as it came. The MTA hands over folds as bare LF.
func (x *session) Header(name, value string, m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		if !x.enter(header) {
			return gomilter.RespContinue
		}
		x.line = append(append(x.line[:0], name...), ':')
		if m.Protocol()&gomilter.OptHeaderLeadingSpace == 0 {
			x.line = append(x.line, ' ') // eaten by the MTA
		}
		x.line = append(appendCRLF(x.line, value), '\r', '\n')
		x.write(x.line)
		return gomilter.RespContinue
	})
}

// appendCRLF appends value with every line end as CRLF.
func appendCRLF(dst []byte, value string) []byte {
	for i := 0; i < len(value); i++ {
		if value[i] == '\n' && (i == 0 || value[i-1] != '\r') {
			dst = append(dst, '\r')
		}
		dst = append(dst, value[i])
	}
	return dst
}

// Headers ends the header.
func (x *session) Headers(m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		if x.enter(header) {
			x.queueID(m)
			x.write([]byte("\r\n"))
			x.stage = body
		}
		return gomilter.RespContinue
	})
}

// BodyChunk writes a piece of the body as it came.
func (x *session) BodyChunk(chunk []byte, _ gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		if x.enter(body) {
			x.write(chunk)
		}
		return gomilter.RespContinue
	})
}

// enter reports whether content of that stage may come now; if not, the
// message fails at its end.
func (x *session) enter(s stage) bool {
	ok := x.stage == s || s == header && x.stage == envelope
	if !ok || len(x.msg.Envelope.Recipients) == 0 {
		x.fail(outOfOrder)
		return false
	}
	x.stage = s
	return true
}

// write adds to the content. A message that has failed isn't kept.
func (x *session) write(p []byte) {
	if x.failed != nil {
		return
	}
	err := error(nil)
	if x.content == nil {
		if x.content, err = x.srv.opts.Spool.New(); err == nil {
			x.msg.Content = x.content
		}
	}
	if err == nil {
		_, err = x.content.Write(p)
	}
	if err == nil {
		return
	}
	x.log.Warn("message not taken", zap.String("id", x.id()), zap.Error(err))
	switch {
	case errors.Is(err, message.ErrTooLarge):
		x.fail(tooLarge)
	case errors.Is(err, message.ErrSpoolFull):
		x.fail(spoolFull)
	default:
		x.fail(internalError)
	}
	if x.content != nil { // it occupies memory for nothing
		if err := x.content.Close(); err != nil {
			x.log.Error("closing message content", zap.String("id", x.id()), zap.Error(err))
		}
		x.content, x.msg.Content = nil, nil
	}
}

// working runs f, which may take long, and tells the MTA every ProgressEvery
// that work goes on. f's context ends when the MTA has gone away.
func (x *session) working(m gomilter.Modifier, f func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(x.ctx)
	defer cancel()
	var mu sync.Mutex // only one of the two may write
	done := false
	var tick *time.Timer
	mu.Lock()
	tick = time.AfterFunc(x.srv.opts.ProgressEvery, func() {
		mu.Lock()
		defer mu.Unlock()
		if done {
			return
		}
		err := m.Progress()
		if err == nil {
			err = x.wire.Flush()
		}
		if err != nil && !errors.Is(err, gomilter.ErrVersionTooLow) {
			cancel()
			return
		}
		tick.Reset(x.srv.opts.ProgressEvery)
	})
	mu.Unlock()
	defer func() {
		mu.Lock()
		done = true
		mu.Unlock()
		tick.Stop()
	}()
	f(ctx)
}

// Abort ends a message, not the session: HELO and TLS stay. STARTTLS comes as
// Abort and a new HELO.
func (x *session) Abort(gomilter.Modifier) error {
	_, err := x.guarded(func() *gomilter.Response { x.drop(); return nil })
	return err
}

// Unknown isn't asked for.
func (x *session) Unknown(string, gomilter.Modifier) (*gomilter.Response, error) {
	return gomilter.RespContinue, nil
}

// Cleanup ends the session.
func (x *session) Cleanup(gomilter.Modifier) { x.drop() }

// plainAddress reports whether an address is of a form that the MTA reads just
// as we do: local part, or local part and domain. Seen on Postfix 3.7:
//
//   - A source route (<@relay.example:bob@partner.example>) is delivered to
//     the address inside, but a deletion by the string that the client typed
//     silently does nothing: the unprotected copy leaves beside the marked one.
//   - bob%partner.example@ours.example, partner.example!bob@ours.example,
//     "bob@partner.example"@ours.example and the same without @ours.example
//     look like a recipient of ours, and go to bob@partner.example.
//   - Comments, blanks and several "@" are taken, too; they are refused
//     because nobody needs them.
//
// Everything else, in whatever case or quotes, is deleted by just that string.
func plainAddress(a string) bool {
	local, domain := a, ""
	if strings.HasPrefix(a, `"`) {
		end := closingQuote(a)
		if end < 0 {
			return false
		}
		local, domain = "", a[end+1:]
		if domain != "" && domain[0] != '@' {
			return false
		}
		if strings.ContainsAny(a[:end], routing) {
			return false
		}
	} else if at := strings.IndexByte(a, '@'); at >= 0 {
		local, domain = a[:at], a[at:]
	}
	if local == "" && !strings.HasPrefix(a, `"`) || strings.ContainsAny(local, routing) || strings.ContainsAny(local, specials) || hasControl(a) {
		return false
	}
	if domain == "" {
		return true
	}
	domain = domain[1:]
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") {
		domain = domain[1 : len(domain)-1]
		return domain != "" && !strings.ContainsAny(domain, `()<>[],;\"@ `)
	}
	return domain != "" && !strings.ContainsAny(domain, specials)
}

// specials mean something in an address outside of quotes (RFC 5322 section
// 3.2.3, without the dot).
const specials = `()<>[]:;@\," `

// routing makes the MTA read another address out of a local part.
const routing = "%!@"

// closingQuote returns where the quoted string at the start of a ends.
func closingQuote(a string) int {
	for i := 1; i < len(a); i++ {
		switch a[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func hasControl(a string) bool {
	return bytes.ContainsFunc([]byte(a), func(r rune) bool { return r < ' ' || r == 0x7f })
}
