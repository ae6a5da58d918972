package detect

import (
	"bytes"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Normalised text has these where the direction of writing changes: nobody
// sees them, but what people see depends on them.
const (
	markOverride = 0x1C // U+202E: what follows is shown in the reverse order
	markEmbed    = 0x1D // U+202B, U+2067: numbers that follow are shown in the reverse order
	markPop      = 0x1F // U+202C, U+2069: the end of that
)

// disguised has text looked through as people read it, where that differs from
// how it is stored: letters among digits that look like some, characters
// between digits that nobody sees, digits with something between all of them,
// and text that is shown from right to left.
func (s *Scanner) disguised() {
	s.directions()
	done, apart := 0, 0
	for b := s.from >> 6; b<<6 < s.to && b < len(s.marks.digit)-1; b++ {
		digits := s.marks.digit[b]
		if digits == 0 {
			continue
		}
		before := digits << 1
		if b > 0 {
			before |= s.marks.digit[b-1] >> 63
		}
		for edges := digits ^ before; edges != 0; edges &= edges - 1 {
			at := b<<6 | bits.TrailingZeros64(edges)
			if classes[s.marks.wide[at]] == isDigit {
				at = s.wordBegin(at)
			}
			if at >= max(s.from, done) && at < s.to {
				done = max(done, s.lookalikes(at))
			}
		}
		if at := s.digitsApart(b); at >= max(s.from, apart) && at < s.to {
			apart = s.joined(at)
		}
	}
}

// wordBegin is where the one letter stands that begins the word of a digit; 0
// where there is none.
func (s *Scanner) wordBegin(at int) int {
	text := s.marks.text
	_, size := utf8.DecodeLastRune(text[max(0, at-2):at])
	if at -= size; at <= 0 || classes[text[at]] == 0 && text[at] < utf8.RuneSelf || classes[text[at-1]] != 0 || text[at-1] >= utf8.RuneSelf {
		return 0
	}
	return at
}

// lineAround is the stretch of text to be read with what stands at a place: its
// line, or so much of it.
func (s *Scanner) lineAround(at, end int) (from, to int) {
	text := s.marks.text
	from, to = max(0, at-escapedArea), min(len(text), end+escapedArea)
	from += bytes.LastIndexByte(text[from:at], '\n') + 1
	if i := bytes.IndexByte(text[end:to], '\n'); i >= 0 {
		to = end + i
	}
	return from, to
}

// longestDisguise is how much of a number with other characters in it is read.
const longestDisguise = 80

// lookalikes reads the number that what stands at a place belongs to as people
// do, if that may be taken for a digit, or isn't seen. It returns where what it
// read ends.
func (s *Scanner) lookalikes(at int) int {
	text := s.marks.text
	if at >= len(text) {
		return 0
	}
	if _, size := lookalike(text[at:]); size == 0 {
		return 0
	}
	start, end := at, at
	for start > max(0, at-longestDisguise) && inDisguise(text[start-1]) {
		start--
	}
	for end < min(len(text), at+longestDisguise) && inDisguise(text[end]) {
		_, size := lookalike(text[end:])
		end += max(1, size)
	}
	from, to := s.lineAround(start, end)
	var before []byte
	for _, inside := range []bool{true, false} {
		plain, ok := withDigits(text[start:end], inside)
		if !ok || bytes.Equal(plain, before) {
			continue
		}
		s.aside(bytes.Join([][]byte{text[from:start], plain, text[end:to]}, nil))
		before = plain
	}
	return end
}

// inDisguise reports whether a byte may stand in a number that is disguised.
func inDisguise(b byte) bool {
	return classes[b] != 0 || b >= utf8.RuneSelf || b == ' ' || b == '-' || b == '.' || b == '>' || b < ' ' && b != '\t' || b == 0x7F
}

// leastDigits is how many real digits a disguised number has at least.
const leastDigits = 6

// withDigits is text with what looks like digits beside digits made digits;
// with inside, capitals only where they have digits on both sides, since some
// numbers have capitals. It isn't ok where hardly
// anything is made, or too much.
func withDigits(text []byte, inside bool) (plain []byte, ok bool) {
	digits, made := 0, 0
	for i := 0; i < len(text); {
		b := text[i]
		digit, size := lookalike(text[i:])
		switch {
		case size == 0:
			plain = append(plain, b)
			if classes[b] == isDigit {
				digits++
			}
			i++
			continue
		case digit == 0:
			made++
		case besideDigits(text, i, size, inside && b >= 'A' && b <= 'Z'):
			plain = append(plain, digit)
			made++
		default:
			plain = append(plain, text[i:i+size]...)
		}
		i += size
	}
	return plain, made > 0 && digits >= leastDigits && made <= 2*digits
}

// besideDigits reports whether a look-alike has digits beside it, or on both
// sides.
func besideDigits(text []byte, at, size int, both bool) bool {
	before, behind := digitBefore(text, at), digitBehind(text, at, size)
	return before && behind || !both && (before || behind)
}

// digitBehind reports whether a look-alike at a place has a digit behind it, or
// others and then one.
func digitBehind(text []byte, at, size int) bool {
	for i := at + size; i < len(text); {
		if classes[text[i]] == isDigit {
			return true
		}
		_, n := lookalike(text[i:])
		if n == 0 {
			break
		}
		i += n
	}
	return false
}

// digitBefore is digitBehind for the other side.
func digitBefore(text []byte, at int) bool {
	for i := at - 1; i >= 0; i-- {
		if classes[text[i]] == isDigit {
			return true
		}
		if text[i] >= utf8.RuneSelf && !utf8.RuneStart(text[i]) {
			continue
		}
		if _, n := lookalike(text[i:]); n == 0 {
			break
		}
	}
	return false
}

// lookalike returns the digit that text begins with something like, and the
// length of that: 0 where it doesn't. The digit is 0 for what isn't seen.
func lookalike(text []byte) (digit byte, size int) {
	switch b := text[0]; b {
	case 'O', 'o':
		return '0', 1
	case 'l', 'I':
		return '1', 1
	case 'Z':
		return '2', 1
	case 'S':
		return '5', 1
	case 'B':
		return '8', 1
	case '\t':
		return 0, 0
	case '\n', '\r', ' ':
		return 0, flowedBreak(text)
	case 0x1B:
		return 0, escape(text)
	case 0xCE, 0xD0, 0xD1, 0xD2, 0xD3:
		r, n := utf8.DecodeRune(text)
		if r >= 0x483 && r <= 0x489 { // combining marks
			return 0, n
		}
		if d := foreignDigit(r); d != 0 {
			return d, n
		}
	default:
		if b < ' ' || b == 0x7F {
			return 0, 1
		}
	}
	return 0, 0
}

// escape is the length of a terminal's or character set's escape sequence
// (ECMA-35, ECMA-48) that text begins with.
func escape(text []byte) int {
	n := 1
	for n < len(text) && n < 12 && (text[n] >= ' ' && text[n] < '0' || text[1] == '[' && text[n] < '@' || n == 1 && text[n] == '[') {
		n++
	}
	return min(n+1, len(text))
}

// flowedBreak is the length of a line break behind a blank, with the marks of
// quotation that follow: programs that know flowed text (RFC 3676) join such
// lines. It is 0 for anything else.
func flowedBreak(text []byte) int {
	if text[0] != ' ' {
		return 0
	}
	rest := bytes.TrimLeft(text[1:min(len(text), 16)], "\r")
	if len(rest) < 2 || rest[0] != '\n' || rest[1] != '>' {
		return 0
	}
	rest = bytes.TrimLeft(rest[1:], "> ")
	return min(len(text), 16) - len(rest)
}

// foreignDigit is the digit that a Greek or Cyrillic letter looks like, or 0.
func foreignDigit(r rune) byte {
	switch r {
	case 'О', 'о', 'Ο', 'ο':
		return '0'
	case 'І', 'і', 'Ӏ', 'ӏ', 'Ι':
		return '1'
	case 'Ζ':
		return '2'
	case 'З', 'з':
		return '3'
	case 'Ч':
		return '4'
	case 'Ѕ':
		return '5'
	case 'б':
		return '6'
	case 'В', 'Β':
		return '8'
	}
	return 0
}

// How digits stand apart: leastApart of them, each apartMost bytes from the
// next at most.
const (
	leastApart = 8
	apartMost  = 4
)

// digitsApart is where in block b, or soon behind it, a row of single digits
// begins that have the same distance; -1 where there is none.
func (s *Scanner) digitsApart(b int) int {
	here, behind := s.single(b), uint64(0)
	if here == 0 {
		return -1
	}
	if b+1 < len(s.marks.digit)-1 {
		behind = s.single(b + 1)
	}
	for step := 2; step <= apartMost; step++ {
		row := here
		for n := step; n <= 3*step; n += step {
			row &= here>>n | behind<<(64-n)
		}
		if row != 0 {
			return b<<6 | bits.TrailingZeros64(row)
		}
	}
	return -1
}

// single are the digits of a block that have none beside them.
func (s *Scanner) single(b int) uint64 {
	d := s.marks.digit[b]
	beside := d<<1 | d>>1 | s.marks.digit[b+1]<<63
	if b > 0 {
		beside |= s.marks.digit[b-1] >> 63
	}
	return d &^ beside
}

// joined reads the row of single digits and letters that begins at a place as
// one number, where words stand before it. It returns where the row ends.
func (s *Scanner) joined(at int) int {
	text := s.marks.text
	step := 2
	for step < apartMost && at+step < len(text) && classes[text[at+step]] != isDigit {
		step++
	}
	if at+step > len(text) {
		return at
	}
	gap := text[at+1 : at+step]
	start, end := at, at
	for start >= step && s.goesOn(start-step, gap) {
		start -= step
	}
	plain := []byte{text[start]}
	for end = start; end+step < len(text) && s.goesOn(end, gap); {
		end += step
		plain = append(plain, text[end])
	}
	if len(plain) < leastApart || len(plain) > longestDisguise {
		return end
	}
	from, to := s.lineAround(start, end)
	if before := len(bytes.TrimRight(text[:from], " \r\n")); from == start && start-before < 8 {
		from, _ = s.lineAround(before, before) // the line before says what it is
	}
	if !bytes.ContainsFunc(text[from:start], unicode.IsLetter) {
		return end // a column of numbers
	}
	s.aside(bytes.Join([][]byte{text[from:start], plain, text[min(end+1, to):to]}, nil))
	return end
}

// goesOn reports whether a single letter or digit at a place has another
// behind it, with this gap between.
func (s *Scanner) goesOn(at int, gap []byte) bool {
	text, next := s.marks.text, at+1+len(gap)
	if next >= len(text) || classes[text[at]] == 0 || classes[text[next]] == 0 || !bytes.Equal(text[at+1:next], gap) {
		return false
	}
	return next+1 >= len(text) || classes[text[next+1]] == 0 || text[next+1] == gap[0]
}

// directions has lines that are shown from right to left looked through as
// they are shown.
func (s *Scanner) directions() {
	text := s.marks.text
	for _, mark := range [...]byte{markOverride, markEmbed} {
		for at := s.from; at < s.to; {
			i := bytes.IndexByte(text[at:s.to], mark)
			if i < 0 {
				break
			}
			from, to := s.lineAround(at+i, at+i)
			s.aside(shown(text[from:to]))
			at = max(at+i+1, to-escapedArea/2)
		}
	}
}

// shown is a line as it is shown: what is between the marks in the other
// direction, and without them.
func shown(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		at := bytes.IndexAny(line, string([]byte{markOverride, markEmbed}))
		if at < 0 {
			return append(out, line...)
		}
		out = append(out, line[:at]...)
		mark, rest := line[at], line[at+1:]
		end := bytes.IndexAny(rest, string([]byte{markOverride, markEmbed, markPop}))
		if end < 0 {
			end = len(rest)
		}
		out = append(out, turned(rest[:end], mark)...)
		line = rest[end:]
		if len(line) > 0 && line[0] == markPop {
			line = line[1:]
		}
	}
	return out
}

// turned is text from right to left: all of it, or its words. (Digits of a
// number stay in their order in text that is only embedded, UAX #9.)
func turned(text []byte, mark byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		at := len(text)
		if mark == markEmbed {
			at = bytes.LastIndexByte(text, ' ') + 1
			if at == len(text) {
				at--
			}
		} else {
			_, n := utf8.DecodeLastRune(text)
			at -= n
		}
		out = append(out, text[at:]...)
		text = text[:at]
	}
	return out
}
