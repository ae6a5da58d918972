package milter

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Commands of the milter protocol, as the first byte of a packet.
const (
	cmdNegotiate = 'O'
	cmdMacro     = 'D'
	cmdConnect   = 'C'
	cmdHelo      = 'H'
	cmdMail      = 'M'
	cmdRcpt      = 'R'
	cmdData      = 'T'
	cmdHeader    = 'L'
	cmdEOH       = 'N'
	cmdBody      = 'B'
	cmdEnd       = 'E'
	cmdAbort     = 'A'
	cmdQuit      = 'Q'
	cmdQuitNew   = 'K'
	cmdUnknown   = 'U'
)

const (
	// maxPacket is the longest packet let through, command byte included.
	// 64 KiB is what we negotiate; the rest is room for MTAs that put long
	// header fields into one packet.
	maxPacket = 128 << 10
	// negotiateWithin is how long the MTA may take for its first packet,
	// packetWithin for the rest of a packet whose first byte came.
	negotiateWithin = 30 * time.Second
	packetWithin    = 2 * time.Minute
	// writeWithin is how long the MTA may take to read what we send.
	writeWithin = 2 * time.Minute
	// readWindow is the read buffer of a connection; body packets are read
	// past it.
	readWindow  = 8 << 10
	writeWindow = 4 << 10
)

// guard is a connection that lets through only well-formed packets, because
// the protocol library trusts its peer: an empty packet, or a command without
// its NUL, would end the whole process there, and it allocates whatever length
// a packet claims. It also keeps its own time limits and joins small writes.
//
// The first bad packet closes the connection. Every error is reported here and
// reaches the library as the plain end of the stream.
type guard struct {
	net.Conn
	idle    time.Duration
	refused func(reason string) // told once, for a bad packet
	failed  func(err error)     // told once, where reading or writing fails
	onClose func()

	r          *bufio.Reader
	negotiated bool
	packet     []byte // checked, not yet read by the library
	buf        []byte // what packet lies in
	through    int    // bytes of a body packet to pass without looking
	dead       bool

	mu    sync.Mutex // the session's goroutine and its progress ticker write
	w     *bufio.Writer
	close sync.Once
}

func newGuard(conn net.Conn, idle time.Duration) *guard {
	g := &guard{Conn: conn, idle: idle, r: bufio.NewReaderSize(conn, readWindow)}
	g.w = bufio.NewWriterSize(limitedWriter{conn}, writeWindow)
	return g
}

// Read gives the library bytes of packets that have been checked.
func (g *guard) Read(p []byte) (int, error) {
	if g.dead {
		return 0, io.EOF
	}
	if len(g.packet) == 0 && g.through == 0 {
		if err := g.next(); err != nil {
			return 0, g.end(err)
		}
	}
	if len(g.packet) > 0 {
		n := copy(p, g.packet)
		g.packet = g.packet[n:]
		return n, nil
	}
	n, err := g.r.Read(p[:min(len(p), g.through)])
	g.through -= n
	if err != nil {
		return n, g.end(io.ErrUnexpectedEOF)
	}
	return n, nil
}

// badPacket is the error for a packet that isn't let through.
type badPacket string

func (b badPacket) Error() string { return string(b) }

// end closes the connection for good and says why, if it is worth saying.
func (g *guard) end(err error) error {
	g.dead = true
	var bad badPacket
	switch {
	case errors.As(err, &bad):
		g.refused(string(bad))
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	default:
		g.failed(err)
	}
	g.Conn.Close()
	return io.EOF
}

// next sends what was written so far and reads up to the data of the next
// packet: all of it, except for a body packet.
func (g *guard) next() error {
	if err := g.Flush(); err != nil {
		return err
	}
	if g.r.Buffered() == 0 {
		limit := g.idle
		if !g.negotiated {
			limit = negotiateWithin
		}
		g.Conn.SetReadDeadline(time.Now().Add(limit))
		if _, err := g.r.Peek(1); err != nil {
			return err
		}
	}
	g.Conn.SetReadDeadline(time.Now().Add(packetWithin))
	head, err := g.r.Peek(4)
	if err != nil {
		return truncated(err)
	}
	length := binary.BigEndian.Uint32(head)
	switch {
	case length == 0:
		return badPacket("empty packet")
	case length > maxPacket:
		return badPacket("packet too long")
	}
	head, err = g.r.Peek(5)
	if err != nil {
		return truncated(err)
	}
	if head[4] == cmdBody && g.negotiated {
		g.through = 4 + int(length)
		return nil
	}
	if cap(g.buf) < 4+int(length) {
		g.buf = make([]byte, 4+int(length))
	}
	g.packet = g.buf[:4+int(length)]
	if _, err := io.ReadFull(g.r, g.packet); err != nil {
		return truncated(err)
	}
	if cap(g.buf) > readWindow { // a long one is rare: don't keep it for an idle session
		g.buf = nil
	}
	return g.check(g.packet[4], g.packet[5:])
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// check says what is wrong with a packet. Whatever the library or the session
// relies on without looking is checked here.
func (g *guard) check(cmd byte, data []byte) error {
	if !g.negotiated {
		if cmd != cmdNegotiate {
			return badPacket("no negotiation")
		}
		g.negotiated = true
		if len(data) < 12 {
			return badPacket("malformed negotiation")
		}
		return nil
	}
	ok := true
	switch cmd {
	case cmdNegotiate:
		return badPacket("second negotiation")
	case cmdConnect:
		ok = validConnect(data)
	case cmdMail, cmdRcpt:
		ok = len(data) > 0 && data[len(data)-1] == 0
	case cmdHelo, cmdUnknown:
		ok = bytes.IndexByte(data, 0) == len(data)-1 && len(data) > 0
	case cmdHeader:
		// Exactly two strings, the name not empty: a value with a NUL would
		// be read in two ways.
		ok = bytes.Count(data, []byte{0}) == 2 && data[len(data)-1] == 0 && data[0] != 0
	case cmdMacro:
		ok = validMacro(data)
	case cmdEnd:
		// The protocol allows a last piece of the body here, which the
		// library would drop. No MTA that we know sends one.
		ok = len(data) == 0
	case cmdBody, cmdData, cmdEOH, cmdAbort, cmdQuit, cmdQuitNew:
	default:
		return badPacket("unknown command")
	}
	if !ok {
		return badPacket("malformed " + commandName(cmd))
	}
	return nil
}

func commandName(cmd byte) string {
	switch cmd {
	case cmdConnect:
		return "connect"
	case cmdHelo:
		return "helo"
	case cmdMail:
		return "mail"
	case cmdRcpt:
		return "rcpt"
	case cmdHeader:
		return "header"
	case cmdMacro:
		return "macros"
	case cmdEnd:
		return "end of message"
	}
	return "command"
}

// validConnect checks: host name, NUL, family, and except for the unknown
// family a port of two bytes, an address that parses, NUL.
func validConnect(data []byte) bool {
	_, rest, found := bytes.Cut(data, []byte{0})
	if !found || len(rest) == 0 {
		return false
	}
	family, rest := rest[0], rest[1:]
	if family == 'U' {
		return true
	}
	if len(rest) < 3 || bytes.IndexByte(rest[2:], 0) != len(rest)-3 {
		return false
	}
	addr := string(rest[2 : len(rest)-1])
	switch family {
	case 'L':
		return true
	case '4':
		ip := net.ParseIP(addr)
		return ip != nil && ip.To4() != nil
	case '6':
		addr = strings.TrimPrefix(addr, "IPv6:")
		if strings.HasPrefix(addr, "[") && strings.HasSuffix(addr, "]") {
			addr = addr[1 : len(addr)-1]
		}
		return net.ParseIP(addr) != nil
	}
	return false
}

// validMacro checks: the command that the macros belong to, and after it names
// and values in pairs, each ended by NUL.
func validMacro(data []byte) bool {
	if len(data) == 0 || strings.IndexByte("CHMRTNELBUA", data[0]) < 0 {
		return false
	}
	pairs := data[1:]
	return len(pairs) == 0 || pairs[len(pairs)-1] == 0 && bytes.Count(pairs, []byte{0})%2 == 0
}

// Write keeps p until the next packet is read, or Flush.
func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, err := g.w.Write(p)
	return n, g.written(err)
}

// Flush sends what was written.
func (g *guard) Flush() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written(g.w.Flush())
}

// written hides an error's kind from the library, which would print it. The
// MTA having gone away is nothing to report.
func (g *guard) written(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		g.failed(err)
	}
	return net.ErrClosed
}

// Close ends the session. The library calls it when it is done.
func (g *guard) Close() error {
	err := g.Conn.Close()
	g.close.Do(g.onClose)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// The guard sets the deadlines itself: the library would give a loaded machine
// one second for the negotiation.

func (g *guard) SetDeadline(time.Time) error      { return nil }
func (g *guard) SetReadDeadline(time.Time) error  { return nil }
func (g *guard) SetWriteDeadline(time.Time) error { return nil }

// limitedWriter gives each write its own deadline.
type limitedWriter struct{ conn net.Conn }

func (l limitedWriter) Write(p []byte) (int, error) {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	return l.conn.Write(p)
}
