package message

import (
	"bytes"
	"io"
	"strings"
)

// blockBegins returns how a file is encoded that begins at a line: "uuencode"
// or "base64" (POSIX uuencode), "yenc" (yEnc 1.3), "binhex" (RFC 1741); or "".
func blockBegins(line []byte) string {
	switch {
	case bytes.HasPrefix(line, []byte("begin ")) && hasMode(line[6:]):
		return "uuencode"
	case bytes.HasPrefix(line, []byte("begin-base64 ")) && hasMode(line[13:]):
		return "base64"
	case bytes.HasPrefix(line, []byte("=ybegin ")):
		return "yenc"
	case bytes.HasPrefix(line, []byte("(This file must be converted with BinHex")):
		return "binhex"
	}
	return ""
}

// hasMode reports whether a file's mode and name follow: octal digits, a blank,
// something. Decoders don't mind how many there are of each.
func hasMode(b []byte) bool {
	b = bytes.TrimLeft(b, " ")
	mode, name, ok := bytes.Cut(b, []byte{' '})
	return ok && 1 <= len(mode) && len(mode) <= 6 && len(bytes.Trim(mode, "01234567")) == 0 && len(bytes.TrimSpace(name)) > 0
}

// blockName returns the file name that the first line of a block gives.
func blockName(meaning string, line []byte) string {
	s := strings.TrimSpace(string(line))
	switch meaning {
	case "uuencode", "base64":
		if words := strings.Fields(s); len(words) > 2 {
			return plainText(strings.Join(words[2:], " "))
		}
	case "yenc":
		_, name, _ := strings.Cut(s, "name=")
		return plainText(name)
	}
	return ""
}

// decodeBlock writes what a block says that begins in span, at its first line
// or later. It returns the name that the block gives.
func (s *readings) decodeBlock(c *Content, span Span, meaning string, w io.Writer) (name string, err error) {
	l := newLines(s.ctx, c, span, &s.work)
	defer l.close()
	d := blockDecoder{meaning: meaning}
	if meaning == "base64" {
		d.base64 = newBase64Step(base64Skips)
	}
	var out []byte
	for !d.ended {
		piece, start, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
		line := piece[:len(piece)-eol(piece)]
		if start && !d.begun && blockBegins(line) == meaning {
			name, d.begun = blockName(meaning, line), true
			continue
		}
		if out = d.line(out[:0], line, start); len(out) > 0 {
			if _, err := w.Write(out); err != nil {
				return "", err
			}
		}
	}
	return name, nil
}

// blockDecoder decodes the lines of one block.
type blockDecoder struct {
	meaning      string
	begun, ended bool
	base64       *base64Step
	escape       bool // yEnc: the next byte is escaped
	hex          binhexDecoder
}

func (d *blockDecoder) line(dst, line []byte, start bool) []byte {
	switch d.meaning {
	case "uuencode":
		return d.uu(dst, line, start)
	case "base64":
		if d.ended = bytes.Equal(line, []byte("====")); d.ended {
			return dst
		}
		dst, _ = d.base64.decode(dst, line, false)
		return dst
	case "yenc":
		return d.yenc(dst, line, start)
	case "binhex":
		return d.hex.line(dst, line, &d.ended)
	}
	return dst
}

// uu decodes a line: its first character says how many bytes there are, the
// others have six bits each.
func (d *blockDecoder) uu(dst, line []byte, start bool) []byte {
	switch {
	case !start || len(line) == 0:
		return dst
	case bytes.Equal(bytes.TrimSpace(line), []byte("end")):
		d.ended = true
		return dst
	case line[0] < ' ' || line[0] > '`':
		return dst
	}
	n := int(line[0]-' ') & 63
	chars := line[1:]
	at := func(i int) uint32 {
		if i < len(chars) {
			return uint32(chars[i]-' ') & 63
		}
		return 0 // blanks at the end are often lost
	}
	for i := 0; n > 0 && i < len(chars); i += 4 {
		v := at(i)<<18 | at(i+1)<<12 | at(i+2)<<6 | at(i+3)
		three := [3]byte{byte(v >> 16), byte(v >> 8), byte(v)}
		dst = append(dst, three[:min(n, 3)]...)
		n -= 3
	}
	return dst
}

// yenc decodes a line: each byte is 42 too high, and 64 more behind an "=".
func (d *blockDecoder) yenc(dst, line []byte, start bool) []byte {
	switch {
	case start && bytes.HasPrefix(line, []byte("=yend")):
		d.ended = true
		return dst
	case start && (bytes.HasPrefix(line, []byte("=ypart")) || bytes.HasPrefix(line, []byte("=ybegin"))):
		return dst
	case start:
		d.escape = false
	}
	for _, c := range line {
		switch {
		case d.escape:
			dst = append(dst, c-64-42)
			d.escape = false
		case c == '=':
			d.escape = true
		default:
			dst = append(dst, c-42)
		}
	}
	return dst
}

// binhexAlphabet is that of RFC 1741 section 4.
const binhexAlphabet = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"

// binhexDecoder decodes BinHex 4.0: six bits a character, between colons, with
// runs of the same byte shortened. What comes out is header, data fork and
// resource fork, one behind the other.
type binhexDecoder struct {
	inside bool
	bits   uint32
	count  int
	last   byte
	run    bool
}

func (d *binhexDecoder) line(dst, line []byte, ended *bool) []byte {
	for _, c := range line {
		if c == ':' {
			if *ended = d.inside; *ended {
				return dst
			}
			d.inside = true
			continue
		}
		v := strings.IndexByte(binhexAlphabet, c)
		if v < 0 || !d.inside {
			continue
		}
		d.bits, d.count = d.bits<<6|uint32(v), d.count+6
		if d.count >= 8 {
			d.count -= 8
			dst = d.byte(dst, byte(d.bits>>d.count))
		}
	}
	return dst
}

// byte takes one byte, of which 0x90 says that a count follows.
func (d *binhexDecoder) byte(dst []byte, b byte) []byte {
	const mark = 0x90
	switch {
	case d.run && b == 0:
		d.run, d.last = false, mark
		return append(dst, mark)
	case d.run:
		d.run = false
		for range int(b) - 1 {
			dst = append(dst, d.last)
		}
		return dst
	case b == mark:
		d.run = true
		return dst
	}
	d.last = b
	return append(dst, b)
}
