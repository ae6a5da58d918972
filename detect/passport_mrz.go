package detect

import (
	"bytes"
	"slices"
)

func passportMRZ() detector {
	return detector{
		ID:       "passport-mrz",
		Category: Personal,
		Doc:      "machine-readable lines of a passport, identity card or residence permit with all their check digits",
		Source:   "ICAO Doc 9303, parts 3 (check digits), 4 (TD3), 5 (TD1) and 6 (TD2)",
		// Names are divided by "<<", and the line with the check digits
		// follows. The three lines of a card begin with what it is.
		Literals: []string{"<<", "I<", "ID", "IR", "A<", "AR", "AC", "C<"},
		Check:    checkMRZ,
		Mask:     dots,
	}
}

// checkMRZ takes the text from the names or from a card's first line to the
// end of the last line with check digits.
func checkMRZ(c *candidate) grade {
	first, at := mrzLine(c.Text, 0)
	second, end := mrzLine(c.Text, at)
	switch {
	case len(second) == 44 && mrzPassport(second), len(second) == 36 && mrzCard(second):
		c.end = end
	case len(first) == 30 && len(second) == 30 && mrzSmallCard(first, second):
		if third, after := mrzLine(c.Text, end); len(third) == 30 {
			end = after
		}
		c.end = end
	default:
		return reject
	}
	return proven
}

// mrzLine returns the characters of the next line, and where it ends. Up to
// four others may divide it from what precedes.
func mrzLine(text []byte, at int) (line []byte, end int) {
	start := at
	for at > 0 && start < len(text) && start-at < 4 && !inMRZ(text[start]) {
		start++
	}
	end = start
	for end < len(text) && end-start <= 45 && inMRZ(text[end]) {
		end++
	}
	return text[start:end], end
}

func inMRZ(b byte) bool { return b == '<' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' }

// mrzPassport: number, birth, expiry, personal number, and all of them (TD3).
func mrzPassport(l []byte) bool {
	return mrzCore(l[13:]) && mrzDigit(l[:9], l[9]) && (l[42] == '<' || mrzDigit(l[28:42], l[42])) &&
		mrzDigit(slices.Concat(l[:10], l[13:20], l[21:43]), l[43])
}

// mrzCard is the second line of two of 36 characters (TD2).
func mrzCard(l []byte) bool {
	return mrzCore(l[13:]) && (l[9] == '<' || mrzDigit(l[:9], l[9])) && mrzDigit(slices.Concat(l[:10], l[13:20], l[21:35]), l[35])
}

// mrzSmallCard is the first two lines of three of 30 characters (TD1).
func mrzSmallCard(upper, l []byte) bool {
	document, check := upper[5:14], upper[14]
	if check == '<' { // a longer number goes on behind, its check digit last
		rest, _, _ := bytes.Cut(upper[15:], []byte("<"))
		if len(rest) < 2 {
			return false
		}
		document, check = slices.Concat(document, []byte("<"), rest[:len(rest)-1]), rest[len(rest)-1]
	}
	return mrzCore(l) && mrzDigit(document, check) && mrzDigit(slices.Concat(upper[5:], l[:7], l[8:15], l[18:29]), l[29])
}

// mrzCore is what all have: birth, sex and expiry.
func mrzCore(l []byte) bool {
	sex := l[7] == 'M' || l[7] == 'F' || l[7] == 'X' || l[7] == '<'
	return sex && mrzDate(l[:6]) && mrzDate(l[8:14]) && mrzDigit(l[:6], l[6]) && mrzDigit(l[8:14], l[14])
}

// mrzDate: what isn't known of a date is "<".
func mrzDate(d []byte) bool {
	known := bytes.TrimRight(d, "<")
	for _, b := range known {
		if classes[b] != isDigit {
			return false
		}
	}
	return (len(known) < 4 || number(d[2:4]) <= 12) && (len(known) < 6 || number(d[4:6]) <= 31)
}

func mrzDigit(field []byte, check byte) bool {
	return check >= '0' && check <= '9' && weighs731(field) == int(check-'0')
}
