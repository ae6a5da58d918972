package extract

import (
	"io"
)

// forward reads pieces one after the other.
type forward struct {
	r        io.Reader
	buf      []byte
	pos, end int
	err      error
}

func newForward(r io.Reader) *forward { return &forward{r: r, buf: make([]byte, room(r, 16<<10))} }

// leastRoom is the smallest buffer: whatever is looked at as one fits in.
const leastRoom = 1 << 10

// room is how long a buffer for reading r has to be, at most so many bytes: for
// a small file, no longer than it is.
func room(r io.Reader, most int64) int64 {
	switch r := r.(type) {
	case *io.SectionReader:
		return min(most, min(most, r.Size())+leastRoom)
	case *narrowReader:
		return room(r.r, most)
	}
	return most
}

// next returns the next n bytes, fewer at the end, and goes behind them. They
// are valid until the next call.
func (f *forward) next(n int) []byte {
	b := f.peek(n)
	b = b[:min(n, len(b))]
	f.pos += len(b)
	return b
}

// peek returns at least n bytes that come next, fewer at the end.
func (f *forward) peek(n int) []byte {
	for f.end-f.pos < n && f.err == nil {
		if f.pos > 0 {
			f.end = copy(f.buf, f.buf[f.pos:f.end])
			f.pos = 0
		}
		if n > len(f.buf) {
			f.buf = append(f.buf, make([]byte, n)...)
		}
		k, err := f.r.Read(f.buf[f.end:])
		f.end += k
		f.err = err
	}
	return f.buf[f.pos:f.end]
}
