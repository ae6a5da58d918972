package message

import "io"

// What the bytes of base64 mean: a value below 64, or one of these.
const (
	b64Space = 0x40 // blanks and line ends, which are skipped
	b64Pad   = 0x80 // "="
	b64Junk  = 0x81 // anything else, skipped too, but noted
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

func newBase64Table() *base64Table {
	var t base64Table
	for i := range t {
		t[i] = base64Meaning(byte(i))
	}
	return &t
}

// base64Decoder decodes base64 in pieces, and whatever is between: foreign
// characters are skipped, padding ends a group, and what follows the padding
// begins a new one.
type base64Decoder struct {
	bits  uint32
	count int // characters of the current group, 0–3
}

// decode appends what src says to dst.
func (d *base64Decoder) decode(dst, src []byte) []byte {
	for _, c := range src {
		v := base64Meaning(c)
		switch {
		case v < 64:
			d.bits = d.bits<<6 | uint32(v)
			if d.count++; d.count == 4 {
				dst = append(dst, byte(d.bits>>16), byte(d.bits>>8), byte(d.bits))
				d.bits, d.count = 0, 0
			}
		case v == b64Pad:
			dst = d.flush(dst)
		}
	}
	return dst
}

// flush ends a group early.
func (d *base64Decoder) flush(dst []byte) []byte {
	switch d.count {
	case 2:
		dst = append(dst, byte(d.bits>>4))
	case 3:
		dst = append(dst, byte(d.bits>>10), byte(d.bits>>2))
	}
	d.bits, d.count = 0, 0
	return dst
}

// step turns encoded bytes into decoded ones.
type step interface {
	// decode appends to dst what src says. It returns how much of src it
	// took; the rest comes again with more behind it. With last nothing more
	// comes, and all must be taken.
	decode(dst, src []byte, last bool) (out []byte, taken int)
}

type base64Step struct {
	d     base64Decoder
	table *base64Table
}

func (s *base64Step) decode(dst, src []byte, last bool) ([]byte, int) {
	i, t := 0, s.table
	for i < len(src) {
		// Groups of four clean characters are nearly all there is.
		for s.d.count == 0 && i+4 <= len(src) {
			a, b, c, e := t[src[i]], t[src[i+1]], t[src[i+2]], t[src[i+3]]
			if a|b|c|e >= 64 {
				break
			}
			v := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
			dst = append(dst, byte(v>>16), byte(v>>8), byte(v))
			i += 4
		}
		if i < len(src) {
			dst = s.d.decode(dst, src[i:i+1])
			i++
		}
	}
	if last {
		dst = s.d.flush(dst)
	}
	return dst, i
}

// quotedStep decodes quoted-printable (RFC 2045 section 6.7). An "=" that is
// no escape stays; blanks at the end of a line are dropped.
type quotedStep struct{}

func (quotedStep) decode(dst, src []byte, last bool) ([]byte, int) {
	i := 0
	for i < len(src) {
		switch c := src[i]; c {
		case '=', ' ', '\t':
			out, n := quotedSpecial(dst, src[i:], last)
			if n == 0 {
				return dst, i
			}
			dst = out
			i += n
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, i
}

// maxBlanks is how long a run of blanks may be to count as the end of a line
// that isn't there yet.
const maxBlanks = 1 << 10

// quotedSpecial decodes an "=" or a run of blanks at the beginning of src. It
// takes nothing where it must see more first.
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
	for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
		i++
	}
	atEnd := i == len(src)
	if i+1 == len(src) && src[i] == '\r' {
		atEnd = true
	}
	switch {
	case atEnd && !last && i < maxBlanks:
		return dst, 0
	case atEnd && last, i < len(src) && src[i] == '\n', i+1 < len(src) && src[i] == '\r' && src[i+1] == '\n':
		// The end of a line: the blanks go, after an "=" the line end too.
		if !soft {
			return dst, i
		}
		return dst, min(len(src), i+eolAt(src[i:]))
	case soft:
		return append(dst, '='), 1
	}
	return append(dst, src[begin:i]...), i
}

// eolAt returns the length of the line end at the beginning of b.
func eolAt(b []byte) int {
	switch {
	case len(b) >= 2 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) >= 1 && (b[0] == '\n' || b[0] == '\r'):
		return 1
	}
	return 0
}

// stepReader reads through a step, with fixed buffers.
type stepReader struct {
	src  io.Reader
	step step
	in   []byte // read, not decoded yet
	buf  []byte // behind in
	out  []byte // decoded, not read yet
	room []byte // behind out
	err  error
}

// newStepReader reads size bytes from src through a step. The size only says
// how large the buffers should be.
func newStepReader(src io.Reader, s step, size int64) *stepReader {
	n := min(max(size, 4*maxBlanks), 8<<10)
	return &stepReader{src: src, step: s, buf: make([]byte, n), room: make([]byte, 0, n+16)}
}

func (r *stepReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		kept := copy(r.buf, r.in)
		n, err := r.src.Read(r.buf[kept:])
		r.err = err
		src := r.buf[:kept+n]
		var taken int
		r.out, taken = r.step.decode(r.room[:0], src, err == io.EOF)
		r.in = src[taken:]
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}
