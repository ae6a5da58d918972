package milter

import (
	"io"
	"net"

	gomilter "github.com/d--j/go-milter"
	"go.uber.org/zap"
)

// wanted are the edits that answers may ask for.
const wanted = gomilter.OptAddHeader | gomilter.OptChangeHeader | gomilter.OptChangeBody |
	gomilter.OptAddRcpt | gomilter.OptAddRcptWithArgs | gomilter.OptRemoveRcpt |
	gomilter.OptChangeFrom | gomilter.OptQuarantine | gomilter.OptSetMacros

// quiet is what the MTA need not send or wait for. RCPT is answered, because
// some recipients are refused there. Header values come with their leading
// blank, without which they wouldn't be byte-exact.
const quiet = gomilter.OptNoData | gomilter.OptNoUnknown | gomilter.OptHeaderLeadingSpace |
	gomilter.OptNoConnReply | gomilter.OptNoHeloReply | gomilter.OptNoMailReply |
	gomilter.OptNoHeaderReply | gomilter.OptNoEOHReply | gomilter.OptNoBodyReply |
	gomilter.OptNoDataReply | gomilter.OptNoUnknownReply

// Macros beyond the library's list.
const (
	macroVerify = "{verify}" // Sendmail: "OK" where the client's certificate was verified; Postfix has no such macro
)

// macroRequests replaces what main.cf or sendmail.cf would send, altogether.
// The TLS macros come at HELO and MAIL, and not later; the queue id isn't
// there yet at Postfix's first RCPT, but at the end of the header.
func macroRequests() []gomilter.Option {
	tls := []gomilter.MacroName{gomilter.MacroTlsVersion, gomilter.MacroCipher, gomilter.MacroCipherBits,
		gomilter.MacroCertSubject, gomilter.MacroCertIssuer, macroVerify}
	mail := append([]gomilter.MacroName{gomilter.MacroQueueId, gomilter.MacroAuthAuthen}, tls...)
	return []gomilter.Option{
		gomilter.WithMacroRequest(gomilter.StageHelo, tls),
		gomilter.WithMacroRequest(gomilter.StageMail, mail),
		gomilter.WithMacroRequest(gomilter.StageRcpt, []gomilter.MacroName{gomilter.MacroQueueId}),
		gomilter.WithMacroRequest(gomilter.StageEOH, []gomilter.MacroName{gomilter.MacroQueueId}),
		gomilter.WithMacroRequest(gomilter.StageEOM, []gomilter.MacroName{gomilter.MacroQueueId}),
	}
}

// negotiate takes what the MTA offers of what we want. What is missing shows
// when an answer needs it (and is a temporary failure then), so that an MTA
// that offers less can still hand in messages that need less.
func (x *session) negotiate(mtaVersion, ourVersion uint32, mtaActions, _ gomilter.OptAction,
	mtaProtocol, _ gomilter.OptProtocol, _ gomilter.DataSize,
) (uint32, gomilter.OptAction, gomilter.OptProtocol, gomilter.DataSize, error) {
	if mtaVersion < 2 {
		x.log.Error("the MTA's milter protocol is too old", zap.Uint32("version", mtaVersion))
		return 0, 0, 0, 0, io.EOF // ends the session without a line of the library's own
	}
	protocol := quiet
	if !x.admitted {
		protocol &^= gomilter.OptNoMailReply // so that it can be told 451 at MAIL
	}
	return min(mtaVersion, ourVersion), wanted & mtaActions, protocol & mtaProtocol, gomilter.DataSize64K, nil
}

// oneConn is a listener with a single connection. The library tells a session
// nothing about its connection; a library server for each connection does.
type oneConn struct{ conn net.Conn }

func (o *oneConn) Accept() (net.Conn, error) {
	if o.conn == nil {
		return nil, io.EOF
	}
	c := o.conn
	o.conn = nil
	return c, nil
}

func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return &net.UnixAddr{} }

// serve starts the library's goroutine for this connection and returns.
func (x *session) serve() {
	opts := append(macroRequests(),
		gomilter.WithDynamicMilter(func(uint32, gomilter.OptAction, gomilter.OptProtocol, gomilter.DataSize) gomilter.Milter {
			return x
		}),
		gomilter.WithNegotiationCallback(x.negotiate),
		gomilter.WithActions(wanted),
		gomilter.WithWriteTimeout(0), // the guard keeps the time
	)
	// Serve starts the session and returns at the end of this listener.
	_ = gomilter.NewServer(opts...).Serve(&oneConn{conn: x.wire})
}
