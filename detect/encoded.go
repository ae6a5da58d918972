package detect

import (
	"bytes"
	"encoding/base64"
	"html"
	"unicode/utf8"
)

// Limits of what is decoded. A text is decoded once only: what comes out is
// looked through, and not decoded again.
const (
	minBase64   = 32 // characters
	escapedArea = 300
)

// encoded looks for text that is written in another way within this one, and
// has it looked through as a text of its own: escapes of URLs and of HTML,
// runs of base64, and what is written to look otherwise than it is.
func (s *Scanner) encoded() {
	if s.within {
		return
	}
	s.escapes('%', percentEscape, unescapePercent)
	s.escapes('&', entity, func(text []byte) []byte { return []byte(html.UnescapeString(string(text))) })
	s.base64()
	s.disguised()
}

// aside has a decoded text looked through. Its hits count as this text's.
func (s *Scanner) aside(text []byte) {
	if s.inner == nil {
		s.inner = s.engine.Scanner()
		s.inner.within = true
	}
	s.inner.tables = s.tables
	in := s.inner
	in.begin()
	in.now, in.seed, in.explains, in.reasons = s.now, s.seed, s.explains, s.reasons
	in.tally, in.seen = s.tally, s.seen
	_, _ = in.Write(text)
	in.Close()
	s.reasons = in.reasons
}

// escapes decodes what stands around each escape, up to the ends of its line.
func (s *Scanner) escapes(sign byte, is func([]byte) bool, decode func([]byte) []byte) {
	text := s.marks.text
	for at := s.from; at < s.to; at++ {
		i := bytes.IndexByte(text[at:s.to], sign)
		if i < 0 {
			return
		}
		if at += i; !is(text[at:]) {
			continue
		}
		start, end := max(0, at-escapedArea), min(len(text), at+escapedArea)
		if i := bytes.LastIndexByte(text[start:at], '\n'); i >= 0 {
			start += i + 1
		}
		if i := bytes.IndexByte(text[at:end], '\n'); i >= 0 {
			end = at + i
		}
		s.aside(decode(text[start:end]))
		// What follows stands in the same area, but for a number at its end.
		at = max(at, end-maxShape*4)
	}
}

func percentEscape(text []byte) bool {
	return len(text) > 2 && unhex(text[1]) < 16 && unhex(text[2]) < 16
}

// entity reports whether text begins with a character reference that a number
// or a word may be written with.
func entity(text []byte) bool {
	for _, name := range []string{"&#", "&nbsp;", "&ensp;", "&emsp;", "&thinsp;", "&shy;", "&hyphen;", "&dash;", "&ndash;", "&commat;", "&period;", "&sol;", "&colon;", "&zwnj;", "&zwj;"} {
		if bytes.HasPrefix(text, []byte(name)) {
			return true
		}
	}
	return false
}

func unescapePercent(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if b := text[i]; b == '%' && percentEscape(text[i:]) {
			out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		} else if b == '+' {
			out = append(out, ' ')
		} else {
			out = append(out, b)
		}
	}
	return out
}

func unhex(b byte) byte {
	switch {
	case b-'0' < 10:
		return b - '0'
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return b | 0x20 - 'a' + 10
	}
	return 16
}

// base64 decodes runs of base64 that hold text. A run that goes on from the
// window before is decoded again from where this one begins.
func (s *Scanner) base64() {
	text, next := s.marks.text, 0
	for _, at := range s.longTokens {
		if at < next {
			continue
		}
		start := at
		for start > 0 && inBase64(text[start-1]) {
			start--
		}
		end := base64End(text, start)
		if next = end; end-start < minBase64 || start < s.from && end <= s.from+ahead {
			continue // the window before had all of it
		}
		// Nobody knows where its fours begin: what stands before it may look
		// like a part of it.
		for shift := range 4 {
			if plain := decodeBase64(text[start+shift : end]); plain != nil {
				s.aside(plain)
				break
			}
		}
	}
}

// longToken notes a token that may belong to base64.
func (s *Scanner) longToken(start, end int) {
	for _, b := range s.marks.text[start:end] {
		if classes[b] == isLetter {
			s.longTokens = append(s.longTokens, start)
			return
		}
	}
}

// minLong is the least length of a token with letters and digits that is taken
// for a sign of base64.
const minLong = 12

// base64End is the end of a run: lines of base64, of which all but the last
// are as long as the first.
func base64End(text []byte, start int) int {
	end := start
	for end < len(text) && inBase64(text[end]) {
		end++
	}
	width := end - start
	for end < len(text) && width >= minBase64 {
		at := end
		if text[at] == '\r' {
			at++
		}
		if at >= len(text) || text[at] != '\n' {
			break
		}
		at++
		line := at
		for at < len(text) && at-line <= width && inBase64(text[at]) {
			at++
		}
		if at-line > width || at == line || at < len(text) && text[at] > ' ' && text[at] != '=' {
			break
		}
		end = at
		if at-line < width {
			break
		}
	}
	return end
}

func inBase64(b byte) bool {
	return classes[b] == isLetter || classes[b] == isDigit || b == '+' || b == '/' || b == '-' || b == '_'
}

// decodeBase64 decodes a run; nil where it holds no text.
func decodeBase64(run []byte) []byte {
	quads := make([]byte, 0, len(run))
	for _, b := range run {
		switch b {
		case '\r', '\n':
			continue
		case '-':
			b = '+'
		case '_':
			b = '/'
		}
		quads = append(quads, b)
	}
	if len(quads)%4 == 1 {
		quads = quads[:len(quads)-1]
	}
	plain := make([]byte, base64.RawStdEncoding.DecodedLen(len(quads)))
	n, err := base64.RawStdEncoding.Decode(plain, quads)
	if err != nil && n < minBase64/2 {
		return nil
	}
	return asText(plain[:n])
}

// asText returns bytes that are text, in UTF-8; nil where they aren't.
func asText(plain []byte) []byte {
	for high := range 2 { // UTF-16 of ASCII, as some programs and UTF-7 encode it
		if !wide(plain, high) {
			continue
		}
		narrow := make([]byte, 0, len(plain)/2)
		for i := 1 - high; i < len(plain); i += 2 {
			narrow = append(narrow, plain[i])
		}
		return narrow
	}
	bad := 0
	for i := 0; i < len(plain); {
		r, size := utf8.DecodeRune(plain[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			bad++
		}
		i += size
	}
	if bad*10 > len(plain) {
		return nil
	}
	return plain
}

// wide reports whether most bytes at even or odd places are zero: the high ones
// of UTF-16.
func wide(plain []byte, high int) bool {
	zeros := 0
	for i := high; i < len(plain); i += 2 {
		if plain[i] == 0 {
			zeros++
		}
	}
	return zeros > 8 && zeros*5 > len(plain)*2
}
