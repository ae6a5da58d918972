package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// What the checks of literals and anchors have in common: reading a text from
// its front.

// blanks cuts spaces and tabs off the front.
func blanks(text []byte) []byte { return bytes.TrimLeft(text, " \t") }

// labelled cuts off what stands between a label and its value: blanks, one of
// the marks or a tab, more blanks, and one line break behind a mark. marked
// says whether there was a mark or tab.
func labelled(text []byte, marks string) (value []byte, marked bool) {
	text = bytes.TrimLeft(text, " ")
	if len(text) == 0 || text[0] != '\t' && bytes.IndexByte([]byte(marks), text[0]) < 0 {
		return text, false
	}
	text = blanks(text[1:])
	if len(text) > 0 && (text[0] == '\n' || text[0] == '\r') {
		text = blanks(bytes.TrimLeft(text, "\r\n"))
	}
	return text, true
}

// line is the text up to a line break or tab, at most n bytes.
func line(text []byte, n int) []byte {
	text = text[:min(len(text), n)]
	if i := bytes.IndexAny(text, "\t\r\n"); i >= 0 {
		text = text[:i]
	}
	return text
}

// lastLine is the text from the last line break on.
func lastLine(text []byte) []byte {
	return text[bytes.LastIndexAny(text, "\r\n")+1:]
}

// digitRun is the decimal digits at the front.
func digitRun(text []byte) []byte {
	i := 0
	for i < len(text) && classes[text[i]] == isDigit {
		i++
	}
	return text[:i]
}

// within returns how long the run of bytes at the front is that are letters,
// digits or one of the others.
func within(text []byte, others string) int {
	for i, b := range text {
		if classes[b]&(isLetter|isDigit) == 0 && bytes.IndexByte([]byte(others), b) < 0 {
			return i
		}
	}
	return len(text)
}

// inToken reports whether text before a candidate ends within a token, so
// that the candidate is the tail of something longer.
func inToken(before []byte) bool {
	return len(before) > 0 && classes[before[len(before)-1]] != 0
}

// capital reports whether text begins with a letter in upper case.
func capital(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return unicode.IsUpper(r)
}

// wordEnd is the length of the word at the front: letters of any script,
// hyphens and apostrophes between them.
func wordEnd(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		joint := i > 0 && (r == '-' || r == '\'' || r == '’') && i+size < len(text) && classes[text[i+size]]&(isLetter|isForeign) != 0
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !joint {
			return i
		}
		i += size
	}
	return len(text)
}

// mentions reports whether a text holds one of the stems. They are written in
// lower case; the case of the text's ASCII letters doesn't matter.
func mentions(text []byte, stems ...string) bool {
	var room [nearby]byte
	folded := room[:0]
	for _, b := range text[max(0, len(text)-nearby):] {
		folded = append(folded, lower[b])
	}
	for _, stem := range stems {
		if bytes.Contains(folded, []byte(stem)) {
			return true
		}
	}
	return false
}
