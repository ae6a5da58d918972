package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Text returns the part's body as UTF-8: transfer encoding and charset undone.
// Where the charset is not given, not known, or falsely UTF-8 or US-ASCII, it
// is guessed: by a byte order mark or the zero bytes of UTF-16, else bytes
// that are UTF-8 are taken as such and others as the charset of one byte that
// fits best, and NULs, which nobody shows, are left out. For types other than
// text it is the same as Open.
func (p *Part) Text() io.Reader {
	if !strings.HasPrefix(p.Type, "text/") {
		return p.Open()
	}
	d, _ := decoderFor(p.Charset)
	if _, ok := d.(*guess); ok {
		return &textReader{part: p, src: p.Open()}
	}
	return transform.NewReader(p.Open(), d)
}

// textReader passes UTF-8 on as it is, and goes over to a transformer where
// something else comes.
type textReader struct {
	part  *Part
	src   io.Reader
	begun bool
	kept  [utf8.UTFMax]byte // of a character whose rest is not there yet
	nKept int
	slow  io.Reader
}

func (r *textReader) Read(p []byte) (int, error) {
	const least = 16 // to look at a beginning, and hold a character
	if r.slow == nil && len(p) < least {
		if len(p) == 0 {
			return 0, nil
		}
		if err := r.goSlow(nil); err != nil {
			return 0, err
		}
	}
	for {
		if r.slow != nil {
			return r.slow.Read(p)
		}
		n := copy(p, r.kept[:r.nKept])
		m, err := r.src.Read(p[n:])
		n += m
		if !r.begun && m > 0 {
			r.begun = true
			if p[0] >= 0xef || bytes.IndexByte(p[:min(n, 64)], 0) >= 0 {
				if err := r.goSlow(p[:n]); err != nil {
					return 0, err
				}
				continue
			}
		}
		good, open := validUTF8(p[:n])
		if i := bytes.IndexByte(p[:good], 0); i >= 0 {
			good, open = i, false // the transformer leaves it out
		}
		r.nKept = copy(r.kept[:], p[good:n])
		switch {
		case good < n && (!open || err != nil):
			r.nKept = 0
			if err := r.goSlow(p[good:n]); err != nil {
				return 0, err
			}
			if good > 0 {
				return good, nil
			}
		case good > 0:
			return good, nil // an error comes again
		case err != nil:
			return 0, err
		}
	}
}

// goSlow reads the rest, of which some is there already, through a
// transformer.
func (r *textReader) goSlow(there []byte) error {
	there = append(bytes.Clone(r.kept[:r.nKept]), there...)
	r.nKept = 0
	t, err := r.part.guess()
	if err != nil {
		return err
	}
	r.slow = transform.NewReader(io.MultiReader(bytes.NewReader(there), r.src), t)
	return nil
}

// validUTF8 returns how much of b is valid UTF-8, and whether what is left is
// a character whose end is missing.
func validUTF8(b []byte) (good int, open bool) {
	if utf8.Valid(b) {
		return len(b), false
	}
	for {
		i := good
		for i < len(b) && b[i] < utf8.RuneSelf {
			i++
		}
		good = i
		r, n := utf8.DecodeRune(b[good:])
		if r == utf8.RuneError && n <= 1 {
			return good, good < len(b) && !utf8.FullRune(b[good:])
		}
		good += n
	}
}

// sampleSize is how much of a text is looked at to guess its charset.
const sampleSize = 32 << 10

// guess returns what reads the text of a part whose charset can't be relied
// on.
func (p *Part) guess() (transform.Transformer, error) {
	sample, err := p.head(sampleSize)
	if err != nil {
		return nil, err
	}
	if e := wide(sample); e != nil {
		return e.NewDecoder(), nil
	}
	g := &guess{legacy: legacyOf(notUTF8(sample))}
	if bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")) {
		g.mark = 3
	}
	return g, nil
}

// notUTF8 returns the bytes that are not part of valid UTF-8.
func notUTF8(b []byte) []byte {
	var rest []byte
	for len(b) > 0 {
		good, _ := validUTF8(b)
		if b = b[good:]; len(b) > 0 {
			rest = append(rest, b[0])
			b = b[1:]
		}
	}
	return rest
}

// ErrBeyond is what Locate returns for an offset that a text does not have.
var ErrBeyond = errors.New("the text ends before the offset")

// Locate returns where in Source what stands at an offset of the part's text
// begins: the first byte of the character, escape or group of base64 that it
// comes from. Nothing is kept for it: the text is decoded once more, up to
// there.
func (p *Part) Locate(offset int64) (int64, error) {
	if offset < 0 {
		return 0, fmt.Errorf("locating text: %w", ErrBeyond)
	}
	if strings.HasPrefix(p.Type, "text/") {
		var err error
		if offset, err = p.undoCharset(offset); err != nil {
			return 0, fmt.Errorf("locating text: %w", err)
		}
	}
	at, err := p.undoEncoding(offset)
	if err != nil {
		return 0, fmt.Errorf("locating text: %w", err)
	}
	return at, nil
}

// transformer returns what Text reads with; nil where it passes bytes on.
func (p *Part) transformer() (transform.Transformer, error) {
	d, _ := decoderFor(p.Charset)
	if _, ok := d.(*guess); ok {
		return p.guess()
	}
	return d, nil
}

// undoCharset turns an offset in the text into one in the decoded bytes.
func (p *Part) undoCharset(offset int64) (int64, error) {
	t, err := p.transformer()
	if err != nil {
		return 0, err
	}
	var in, out [4 << 10]byte
	src, r := in[:0], p.Open()
	at, left, ended := int64(0), offset, false
	for {
		// No more room than up to the offset: what would go beyond is not
		// taken. Some transformers ask for room that they don't need.
		n, taken, err := t.Transform(out[:min(left, int64(len(out)))], src, ended)
		at, left, src = at+int64(taken), left-int64(n), src[taken:]
		switch {
		case err == transform.ErrShortDst && left < int64(len(out)):
			n, rest, found := within(t, src, left)
			if at, left, src = at+n, rest, src[n:]; found {
				return at, nil
			}
			if ended {
				n, _, _ := t.Transform(out[:], src, true) // what waits for more
				return at, beyond(left + 1 - int64(n))
			}
		case err == transform.ErrShortDst:
		case err != nil && err != transform.ErrShortSrc:
			return 0, err
		case ended && len(src) == 0:
			return at, beyond(left)
		case ended:
			return 0, ErrBeyond
		default:
			kept := copy(in[:], src)
			n, err := r.Read(in[kept:])
			src, ended = in[:kept+n], err == io.EOF
			if err != nil && err != io.EOF {
				return 0, err
			}
		}
	}
}

// within takes src byte by byte until t gave left bytes for it, or would give
// more. It returns how many bytes of src that takes, and how many bytes are
// missing where src has too few.
func within(t transform.Transformer, src []byte, left int64) (taken, missing int64, found bool) {
	var out [64]byte
	at := 0
	for end := 1; end <= len(src) && left > 0; end++ {
		n, some, _ := t.Transform(out[:], src[at:end], false)
		if int64(n) > left {
			return int64(at), 0, true
		}
		at, left = at+some, left-int64(n)
	}
	return int64(at), left, left == 0
}

func beyond(left int64) error {
	if left > 0 {
		return ErrBeyond
	}
	return nil
}

// undoEncoding turns an offset in the decoded bytes into one in Source.
func (p *Part) undoEncoding(offset int64) (int64, error) {
	s := p.step()
	if s == nil {
		if offset > p.body().Size() {
			return 0, ErrBeyond
		}
		return p.Start + offset, nil
	}
	var in, room [4 << 10]byte
	var src []byte
	r, at, ended := p.Raw(), p.Start, false
	for !ended {
		kept := copy(in[:], src)
		n, err := r.Read(in[kept:])
		if err != nil && err != io.EOF {
			return 0, err
		}
		src, ended = in[:kept+n], err == io.EOF
		before := s.clone()
		out, taken := s.decode(room[:0], src, ended)
		if int64(len(out)) > offset {
			return at + byUnits(before, src, offset, ended), nil
		}
		offset -= int64(len(out))
		at += int64(taken)
		src = src[taken:]
	}
	return at, beyond(offset)
}

// byUnits returns how many bytes of src come before what gives the byte at an
// offset, decoding the least that can be at a time.
func byUnits(s step, src []byte, offset int64, ended bool) int64 {
	var room [2 * maxBlanks]byte
	_, quoted := s.(*quotedStep) // whose units are whole by themselves
	at, unit := 0, 0
	for n := 1; at+n <= len(src); n++ {
		out, taken := s.decode(room[:0], src[at:at+n], ended && at+n == len(src))
		if taken == 0 {
			continue
		}
		if offset < int64(len(out)) {
			if bytes.Equal(out, src[at:at+taken]) {
				return int64(at) + offset // blanks had to wait for what follows them
			}
			break
		}
		offset -= int64(len(out))
		at += taken
		n = 0
		if quoted || len(out) > 0 {
			unit = at
		}
	}
	return int64(unit)
}
