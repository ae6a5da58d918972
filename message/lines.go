package message

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// lines reads a stretch of a content line by line through one window, whatever
// the lines' length. Each byte is read once. It stops when its context ends.
type lines struct {
	ctx  context.Context
	c    *Content
	work *int64 // counts what is read
	end  int64  // where the stretch ends
	win  *[]byte
	buf  []byte // the window
	base int64  // where in the content buf[0] stands
	pos  int    // next byte in buf
	n    int    // bytes in buf
	used int    // bytes of buf that ever held content
	eof  bool   // nothing is left to read behind buf[:n]

	midLine bool // the last piece did not end its line
}

func newLines(ctx context.Context, c *Content, s Span, work *int64) *lines {
	w := c.spool.window()
	return &lines{ctx: ctx, c: c, work: work, base: s.Start, end: s.End, win: w, buf: *w}
}

func (l *lines) close() { l.c.spool.giveBack(l.win, l.used) }

// offset is where in the content the next piece begins.
func (l *lines) offset() int64 { return l.base + int64(l.pos) }

// next returns the next line with its line end, or a piece of one that is
// longer than the window; start says that it begins a line. A piece never ends
// between CR and LF. It is valid until the next call. At the end it returns
// io.EOF, and never both bytes and an error.
func (l *lines) next() (piece []byte, start bool, err error) {
	end := bytes.IndexByte(l.buf[l.pos:l.n], '\n')
	if end < 0 && !l.eof {
		seen := l.n - l.pos
		if err := l.fill(); err != nil {
			return nil, false, err
		}
		if end = bytes.IndexByte(l.buf[seen:l.n], '\n'); end >= 0 {
			end += seen
		}
	}
	start = !l.midLine
	switch rest := l.n - l.pos; {
	case end >= 0:
		piece = l.buf[l.pos : l.pos+end+1]
		l.midLine = false
	case rest == 0:
		return nil, false, io.EOF
	default:
		piece = l.buf[l.pos:l.n]
		if !l.eof && piece[rest-1] == '\r' {
			piece = piece[:rest-1]
		}
		l.midLine = true
	}
	l.pos += len(piece)
	return piece, start, nil
}

// fill moves what is left to the front of the window and fills it up.
func (l *lines) fill() error {
	copy(l.buf, l.buf[l.pos:l.n])
	l.base += int64(l.pos)
	l.n -= l.pos
	l.pos = 0
	if err := l.ctx.Err(); err != nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	at := l.base + int64(l.n)
	room := l.buf[l.n:]
	if rest := l.end - at; int64(len(room)) >= rest {
		room, l.eof = room[:rest], true
	}
	n, err := l.c.ReadAt(room, at)
	l.n += n
	*l.work += int64(n)
	l.used = max(l.used, l.n)
	if err == io.EOF {
		l.eof, err = true, nil
	}
	return err
}

// back takes the piece that next just returned back, so that it comes again.
func (l *lines) back(piece []byte, start bool) {
	l.pos -= len(piece)
	l.midLine = !start
}

// skip passes over all that is left.
func (l *lines) skip() {
	l.base, l.pos, l.n = l.end, 0, 0
	l.eof, l.midLine = true, false
}

// eol returns the length of the line end of a piece: 2, 1 or 0.
func eol(piece []byte) int {
	n := len(piece)
	switch {
	case n >= 2 && piece[n-2] == '\r' && piece[n-1] == '\n':
		return 2
	case n >= 1 && piece[n-1] == '\n':
		return 1
	}
	return 0
}

// headerLine is what a line means in a header.
type headerLine int

const (
	fieldBegins headerLine = iota
	fieldGoesOn            // a fold, or a further piece of a long line
	lostFold               // a fold with no field before it
	mboxLine               // "From x" or ">From x" before the first field
	headerEnds             // the empty line
	noHeader               // something else: the header ended before it
)

// headerLineKind says what a piece means in a header. first says that nothing
// stood before it in this header, inField that a field is open.
func headerLineKind(piece []byte, start, first, inField bool, how rules) headerLine {
	switch {
	case start && how&blankEnds != 0 && blankLine(piece):
		return headerEnds
	case !start && inField:
		return fieldGoesOn
	case !start:
		return lostFold
	case len(piece) == eol(piece):
		return headerEnds
	case piece[0] == ' ' || piece[0] == '\t':
		switch {
		case inField && how&foldBegins != 0 && looksLikeMIME(piece):
			return fieldBegins
		case inField:
			return fieldGoesOn
		case how&foldBegins != 0 && len(fieldName(bytes.TrimLeft(piece, " \t"))) > 0:
			return fieldBegins
		}
		return lostFold
	case first && (bytes.HasPrefix(piece, []byte("From ")) || bytes.HasPrefix(piece, []byte(">From "))):
		return mboxLine
	case len(fieldName(piece)) > 0:
		return fieldBegins
	case how&junkGoesOn != 0:
		return lostFold
	}
	return noHeader
}

// blankLine reports whether a line holds nothing but blanks and controls.
func blankLine(line []byte) bool {
	for _, b := range line {
		if b > ' ' && b != 0x7f && b != 0xa0 {
			return false
		}
	}
	return true
}

// fieldName returns what stands before the first colon of a line without
// blanks behind it; nil where that is no name (RFC 5322 section 2.2: printable
// US-ASCII).
func fieldName(line []byte) []byte {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return nil
	}
	name := bytes.TrimRight(line[:colon], " \t")
	for _, b := range name {
		if b <= ' ' || b > '~' {
			return nil
		}
	}
	return name
}
