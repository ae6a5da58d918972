package message

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
)

// What the bytes of base64 mean: a value below 64, or one of these.
const (
	b64Space = 0x40 // blanks and line ends, which are skipped
	b64Pad   = 0x80 // "="
	b64Junk  = 0x81 // anything else
)

// base64Meaning returns what a byte means in base64 (RFC 2045 section 6.8).
func base64Meaning(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A'
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26
	case '0' <= c && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	case c == '\r' || c == '\n' || c == ' ' || c == '\t':
		return b64Space
	case c == '=':
		return b64Pad
	}
	return b64Junk
}

// base64Table is base64Meaning for all bytes.
type base64Table [256]byte

// base64Values never changes.
var base64Values = func() (t base64Table) {
	for i := range t {
		t[i] = base64Meaning(byte(i))
	}
	return t
}()

// base64Flavour is what a program does with what is no clean base64.
type base64Flavour int

const (
	base64Skips      base64Flavour = iota // foreign characters are skipped; padding ends a group, and what follows begins a new one
	base64StopsAtPad                      // the first padding is the end
	base64Stops                           // so is the first foreign character
	base64IgnoresPad                      // padding is a foreign character to skip
	base64ByLine                          // a line end ends a group too
	base64URL                             // "-" and "_" are the last two of the alphabet (RFC 4648 section 5)
)

// step turns encoded bytes into decoded ones.
type step interface {
	// decode appends to dst what src says. It returns how much of src it
	// took; the rest comes again with more behind it. With last nothing more
	// comes, and all must be taken.
	decode(dst, src []byte, last bool) (out []byte, taken int)
	// clone returns a step that goes on from the same state.
	clone() step
}

// base64Step decodes base64 in pieces, and whatever is between.
type base64Step struct {
	table   *base64Table
	flavour base64Flavour
	bits    uint32
	count   int // characters of the current group, 0–3
	over    bool
}

func newBase64Step(flavour base64Flavour) *base64Step {
	s := &base64Step{table: &base64Values, flavour: flavour}
	if flavour >= base64IgnoresPad {
		own := base64Values
		s.table = &own
	}
	switch flavour {
	case base64IgnoresPad:
		s.table['='] = b64Junk
	case base64ByLine:
		s.table['\n'] = b64Pad
	case base64URL:
		s.table['-'], s.table['_'] = 62, 63
	}
	return s
}

func (s *base64Step) clone() step {
	c := *s
	return &c
}

func (s *base64Step) decode(dst, src []byte, last bool) ([]byte, int) {
	i := 0
	for i < len(src) && !s.over {
		if s.count == 0 {
			var n int
			dst, n = s.clean(dst, src[i:])
			i += n
		}
		// Line ends and what is odd go one by one, up to the next group.
		for i < len(src) && !s.over {
			dst = s.one(dst, src[i])
			i++
			if s.count == 0 && i < len(src) && s.table[src[i]] < 64 {
				break
			}
		}
	}
	if last {
		dst = s.flush(dst)
	}
	return dst, len(src)
}

// clean decodes the groups of eight characters at the beginning of src that
// are nothing but base64, which is nearly all there is.
func (s *base64Step) clean(dst, src []byte) ([]byte, int) {
	t := s.table
	dst = slices.Grow(dst, len(src)+8)
	n, room, i := len(dst), dst[:cap(dst)], 0
	for ; i+8 <= len(src); i += 8 {
		x := src[i : i+8 : i+8]
		a, b, c, d, e, f, g, h := t[x[0]], t[x[1]], t[x[2]], t[x[3]], t[x[4]], t[x[5]], t[x[6]], t[x[7]]
		if a|b|c|d|e|f|g|h >= 64 {
			break
		}
		v := uint64(a)<<58 | uint64(b)<<52 | uint64(c)<<46 | uint64(d)<<40 | uint64(e)<<34 | uint64(f)<<28 | uint64(g)<<22 | uint64(h)<<16
		binary.BigEndian.PutUint64(room[n:], v)
		n += 6
	}
	return room[:n], i
}

// one decodes one character.
func (s *base64Step) one(dst []byte, c byte) []byte {
	switch v := s.table[c]; {
	case v < 64:
		s.bits = s.bits<<6 | uint32(v)
		if s.count++; s.count == 4 {
			dst = append(dst, byte(s.bits>>16), byte(s.bits>>8), byte(s.bits))
			s.bits, s.count = 0, 0
		}
	case v == b64Pad:
		dst = s.flush(dst)
		s.over = s.flavour == base64Stops || s.flavour == base64StopsAtPad
	case v == b64Junk:
		s.over = s.flavour == base64Stops
	}
	return dst
}

// flush ends a group early.
func (s *base64Step) flush(dst []byte) []byte {
	switch s.count {
	case 2:
		dst = append(dst, byte(s.bits>>4))
	case 3:
		dst = append(dst, byte(s.bits>>10), byte(s.bits>>2))
	}
	s.bits, s.count = 0, 0
	return dst
}

// quotedStep decodes quoted-printable (RFC 2045 section 6.7). An "=" that is
// no escape stays; blanks at the end of a line are dropped, if they are fewer
// than maxBlanks.
type quotedStep struct {
	blanks bool // within more blanks than that
}

func (s *quotedStep) clone() step {
	c := *s
	return &c
}

func (s *quotedStep) decode(dst, src []byte, last bool) ([]byte, int) {
	i := 0
	for i < len(src) {
		if s.blanks = s.blanks && isBlank(src[i]); s.blanks {
			dst = append(dst, src[i])
			i++
			continue
		}
		if end := bytes.IndexByte(src[i:], '\n'); end >= 0 {
			dst = quotedLine(dst, src[i:i+end+1])
			i += end + 1
			continue
		}
		switch c := src[i]; c {
		case '=', ' ', '\t':
			out, n := quotedSpecial(dst, src[i:], last)
			if n == 0 {
				return dst, i
			}
			dst = out
			s.blanks = n >= maxBlanks
			i += n
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, i
}

// quotedLine decodes a line that is there with its end.
func quotedLine(dst, line []byte) []byte {
	n := len(line) - eol(line)
	text, end := line[:n], line[n:]
	if blanks := trailingBlanks(text); blanks < maxBlanks {
		n -= blanks
	}
	if text = text[:n]; n > 0 && text[n-1] == '=' {
		text, end = text[:n-1], nil
	}
	for {
		i := bytes.IndexByte(text, '=')
		if i < 0 {
			break
		}
		dst = append(dst, text[:i]...)
		if text = text[i:]; len(text) >= 3 && isHex(text[1]) && isHex(text[2]) {
			dst = append(dst, unhex(text[1])<<4|unhex(text[2]))
			text = text[3:]
		} else {
			dst = append(dst, '=')
			text = text[1:]
		}
	}
	return append(append(dst, text...), end...)
}

// maxBlanks is how many blanks are more than the end of a line: whoever writes
// so many hides something behind them.
const maxBlanks = 1 << 10

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// trailingBlanks is how many blanks a text ends with.
func trailingBlanks(text []byte) int { return len(text) - len(bytes.TrimRight(text, " \t")) }

// quotedSpecial decodes an "=" or a run of blanks at the beginning of src, in
// a line whose end isn't there. It takes nothing where it must see more first.
func quotedSpecial(dst, src []byte, last bool) ([]byte, int) {
	i := 0
	if src[0] == '=' {
		if len(src) >= 3 && isHex(src[1]) && isHex(src[2]) {
			return append(dst, unhex(src[1])<<4|unhex(src[2])), 3
		}
		if len(src) < 3 && !last {
			return dst, 0
		}
		i = 1
	}
	soft, begin := i == 1, i
	for i < len(src) && isBlank(src[i]) {
		i++
	}
	if i-begin >= maxBlanks {
		if soft {
			return append(dst, '='), 1
		}
		return append(dst, src[:i]...), i
	}
	atEnd := i == len(src) || i+1 == len(src) && src[i] == '\r' && !last
	switch {
	case atEnd && !last:
		return dst, 0
	case atEnd && last:
		return dst, i // the end: the blanks go
	case soft:
		return append(dst, '='), 1
	}
	return append(dst, src[begin:i]...), i
}

// stepReader reads through a step, with a buffer of the spool's, which it
// gives back at the end.
type stepReader struct {
	src  io.Reader
	step step
	in   []byte // read, not decoded yet
	out  []byte // decoded, not read yet
	err  error

	spool *Spool
	room  *[stepRoom]byte // the buffer: first what is read, then what is decoded
}

const (
	stepChunk = 8 << 10
	stepRoom  = 2*stepChunk + 64
)

// newStepReader reads a span of c through a step.
func newStepReader(c *Content, s Span, by step) *stepReader {
	return &stepReader{src: s.Open(c), step: by, spool: c.spool}
}

func (r *stepReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 {
		if r.err != nil {
			r.done()
			return 0, r.err
		}
		if r.room == nil {
			r.room = r.spool.scratch()
		}
		buf := r.room[:stepChunk]
		kept := copy(buf, r.in)
		n, err := r.src.Read(buf[kept:])
		r.err = err
		src := buf[:kept+n]
		var taken int
		r.out, taken = r.step.decode(r.room[stepChunk:stepChunk], src, err == io.EOF)
		r.in = src[taken:]
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// done gives the buffer back.
func (r *stepReader) done() {
	if r.room != nil {
		r.spool.giveBackScratch(r.room)
		r.room, r.in, r.out = nil, nil, nil
	}
}
