package message

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// derive makes a content of what fill writes. It belongs to the message.
func (s *readings) derive(fill func(w io.Writer) error) (*Content, error) {
	c, err := s.m.Content.spool.New()
	if err != nil {
		return nil, err
	}
	s.m.decoded = append(s.m.decoded, c)
	w := bufio.NewWriterSize(c, 32<<10)
	if err := fill(w); err != nil {
		return nil, fmt.Errorf("decoding a part: %w", err)
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("decoding a part: %w", err)
	}
	return c, nil
}

// closeDecoded closes the contents that Read made.
func (m *Message) closeDecoded() error {
	var first error
	for _, c := range m.decoded {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	m.decoded = nil
	return first
}

// filter writes a span of a content as a program sees it that takes lone CR,
// LF and NUL characters by a rule.
func (s *readings) filter(c *Content, span Span, rule rules, w io.Writer) error {
	l := newLines(s.ctx, c, span, &s.work)
	defer l.close()
	var out []byte
	open := false // a line is begun
	for {
		piece, _, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		end := eol(piece)
		text := piece[:len(piece)-end]
		switch rule {
		case crEnds:
			out = appendSplit(out[:0], text, '\r')
		case nulEnds:
			out = appendSplit(out[:0], text, 0)
		case nulGone:
			out = append(out[:0], bytes.ReplaceAll(text, []byte{0}, nil)...)
		case lfGoesOn:
			out = append(out[:0], text...)
			switch {
			case end == 1 && len(text) > 0:
				out, end = append(out, ' '), 0
			case end == 1 && !open: // an empty line is none
				end = 0
			}
		}
		if end > 0 {
			out = append(out, '\r', '\n')
		}
		open = end == 0 && (open || len(out) > 0)
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
}

// appendSplit appends text with a line end for each byte of one kind.
func appendSplit(dst, text []byte, at byte) []byte {
	for {
		i := bytes.IndexByte(text, at)
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:i]...), '\r', '\n')
		text = text[i+1:]
	}
}

// leastRun is how many characters of base64 in a line count as base64; the
// last line of several may have fewer.
const leastRun = 16

// runs writes a span of a content with every line decoded that is base64, and
// quoted-printable decoded in all others.
func (s *readings) runs(c *Content, span Span, w io.Writer) error {
	l := newLines(s.ctx, c, span, &s.work)
	defer l.close()
	d := runDecoder{run: newBase64Step(base64Skips)}
	for {
		piece, start, err := l.next()
		if err == io.EOF {
			_, err = w.Write(d.end())
			return err
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(d.line(piece, start)); err != nil {
			return err
		}
	}
}

// runDecoder decodes lines that may be encoded in one way or another.
type runDecoder struct {
	run   *base64Step
	inRun bool // the last line was base64
	soft  bool // the last line goes on
	out   []byte
	// tokens are decoded runs of base64 inside the present line, which soft
	// line breaks may continue. They follow at its end.
	tokens []byte
}

// maxTokens is how many bytes of tokens wait for the end of a line.
const maxTokens = 4 << 10

// line returns what a piece of a line says; it is valid until the next call.
func (d *runDecoder) line(piece []byte, start bool) []byte {
	d.out = d.out[:0]
	text := bytes.Trim(piece, " \t\r\n\x00")
	least := leastRun
	if d.inRun {
		least = 1
	}
	if allBase64(d.run.table, text) && len(text) >= least && !allEscapes(text) {
		if !d.inRun {
			d.out = append(append(d.out, d.tokens...), "\r\n"...)
			d.tokens = d.tokens[:0]
		}
		d.inRun = true
		d.out, _ = d.run.decode(d.out, text, false)
		return d.out
	}
	if d.inRun && start {
		d.out = append(d.run.flush(d.out), "\r\n"...)
	}
	d.inRun = false
	for _, token := range longTokens(d.run.table, text) {
		d.tokens = append(d.tokens, ' ')
		d.tokens, _ = newBase64Step(base64Skips).decode(d.tokens, token, true)
	}
	if d.soft && start {
		piece = bytes.TrimLeft(piece, ">| ") // of a mail that is quoted
	}
	d.out = quotedLine(d.out, piece)
	d.soft = len(d.out) == 0 || d.out[len(d.out)-1] != '\n'
	if n := len(d.out); len(d.tokens) > maxTokens || len(d.tokens) > 0 && n > 0 && d.out[n-1] == '\n' {
		d.out = append(append(d.out, d.tokens...), "\r\n"...)
		d.tokens = d.tokens[:0]
	}
	return d.out
}

// end returns what is left at the end.
func (d *runDecoder) end() []byte { return append(d.run.flush(d.out[:0]), d.tokens...) }

// allBase64 reports whether text is nothing but base64.
func allBase64(t *base64Table, text []byte) bool {
	for _, c := range text {
		if v := t[c]; v >= 64 && v != b64Pad {
			return false
		}
	}
	return true
}

// allEscapes reports whether a "=" stands inside a line and each begins an
// escape of quoted-printable, which all of base64's alphabet may follow.
func allEscapes(line []byte) bool {
	line = bytes.TrimRight(line, "=")
	return bytes.IndexByte(line, '=') >= 0 && goodQuoted(line, true)
}

// longTokens returns the runs of base64 inside a line that holds other things
// too.
func longTokens(t *base64Table, text []byte) [][]byte {
	var all [][]byte
	begin := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && t[text[i]] < 64 {
			continue
		}
		if i-begin >= leastRun {
			all = append(all, text[begin:i])
		}
		begin = i + 1
	}
	return all
}

// looseQuotes writes quoted-printable as the most forgiving decoder has it:
// soft breaks are taken out first, at any kind of line end, then escapes are
// undone, and an "=" before anything else goes; with whole, the two characters
// behind it go too.
func (s *readings) looseQuotes(c *Content, span Span, w io.Writer, whole bool) error {
	s.work += span.Size()
	r := bufio.NewReaderSize(span.Open(c), 32<<10)
	soft := &softBreaks{r: r}
	out := bufio.NewWriterSize(w, 4<<10)
	for n := 0; ; n++ {
		if n%(64<<10) == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		b, err := soft.next()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if b != '=' {
			if err := out.WriteByte(b); err != nil {
				return err
			}
			continue
		}
		high, err := soft.next()
		if err != nil {
			continue // seen again by the next turn
		}
		low, lowErr := soft.next()
		switch {
		case lowErr == nil && isHex(high) && isHex(low):
			err = out.WriteByte(unhex(high)<<4 | unhex(low))
		case lowErr == nil && whole:
		case lowErr == nil:
			soft.back(low)
			soft.back(high)
		default:
			err = out.WriteByte(high)
		}
		if err != nil {
			return err
		}
	}
}

// softBreaks reads bytes and leaves out soft line breaks.
type softBreaks struct {
	r    *bufio.Reader
	kept []byte // read again first, last one first
}

func (s *softBreaks) back(b byte) { s.kept = append(s.kept, b) }

func (s *softBreaks) next() (byte, error) {
	if n := len(s.kept); n > 0 {
		b := s.kept[n-1]
		s.kept = s.kept[:n-1]
		return b, nil
	}
	for {
		b, err := s.r.ReadByte()
		if b != '=' || err != nil {
			return b, err
		}
		n := softLength(s.r)
		if n == 0 {
			return b, nil
		}
		if _, err := s.r.Discard(n); err != nil {
			return 0, err
		}
	}
}

// softLength returns the length of blanks and a line end that come next; 0
// where something else does.
func softLength(r *bufio.Reader) int {
	next, _ := r.Peek(maxBlanks)
	rest := bytes.TrimLeft(next, " \t")
	blanks := len(next) - len(rest)
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return blanks + 2
	case len(rest) > 0 && (rest[0] == '\r' || rest[0] == '\n'):
		return blanks + 1
	}
	return 0
}
