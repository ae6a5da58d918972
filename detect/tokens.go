package detect

// What a byte can be in a token. The underscore belongs to a token, so that
// neither a digit run in an identifier nor a word in one stands alone.
const (
	isLetter  = 1
	isDigit   = 2
	isForeign = 4 // part of a character beyond ASCII
)

// classes says what each byte is; 0 ends a token. lower folds ASCII letters.
// Both are tables of constants.
var classes, lower = makeTables()

func makeTables() (classes, lower [256]uint8) {
	for i := range 256 {
		b := byte(i)
		lower[i] = b
		switch {
		case b >= '0' && b <= '9':
			classes[i] = isDigit
		case b >= 'A' && b <= 'Z':
			classes[i] = isLetter
			lower[i] = b + 'a' - 'A'
		case b >= 'a' && b <= 'z':
			classes[i] = isLetter
		case b == '_' || b >= 0x80:
			classes[i] = isForeign
		}
	}
	return classes, lower
}

// tokenEnd returns the end of the token that begins at i.
func tokenEnd(text []byte, i int) int {
	for i < len(text) && classes[text[i]] != 0 {
		i++
	}
	return i
}

// separator returns the length of the one separator at i that may stand
// within a number: a space, hyphen, dot, slash, or a line break, which may have
// a space before it (RFC 3676 section 4.1); 0 where there is none. A tab
// divides cells.
func separator(text []byte, i int) int {
	if i >= len(text) {
		return 0
	}
	switch text[i] {
	case ' ':
		return 1 + lineBreak(text, i+1)
	case '-', '.', '/':
		return 1
	}
	return lineBreak(text, i)
}

// lineBreak returns the length of the line end at i, 0 where there is none.
func lineBreak(text []byte, i int) int {
	switch {
	case i < len(text) && text[i] == '\n':
		return 1
	case i+1 < len(text) && text[i] == '\r' && text[i+1] == '\n':
		return 2
	}
	return 0
}

// separatorBefore is separator for the one that ends at i.
func separatorBefore(text []byte, i int) int {
	if i == 0 {
		return 0
	}
	switch text[i-1] {
	case '\n':
		n := 1
		if i > 1 && text[i-2] == '\r' {
			n++
		}
		if i > n && text[i-n-1] == ' ' {
			n++
		}
		return n
	case ' ', '-', '.', '/':
		return 1
	}
	return 0
}

// letters reports whether text is nothing but ASCII letters.
func letters(text []byte) bool {
	for _, b := range text {
		if classes[b] != isLetter {
			return false
		}
	}
	return len(text) > 0
}
