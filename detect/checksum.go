package detect

import (
	"bytes"
	"strings"
)

// Check digits, dates and forms that several issuers share. Unless said
// otherwise a text holds digits only, the check digit last.

// weighted is the sum of the first digits times their weights.
func weighted(t []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(t[i]-'0')
	}
	return sum
}

// remainder is the remainder of a number of any length.
func remainder(t []byte, by int) int {
	r := 0
	for _, b := range t {
		r = (r*10 + int(b-'0')) % by
	}
	return r
}

// digit is the value of the digit at i.
func digit(t []byte, i int) int { return int(t[i] - '0') }

// luhn is the check digit of ISO/IEC 7812-1 annex B.
func luhn(text []byte) bool {
	sum := 0
	double := false
	for i := len(text) - 1; i >= 0; i-- {
		d := int(text[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// mod1110 is ISO/IEC 7064, MOD 11,10.
func mod1110(t []byte) bool {
	p := 10
	for _, b := range t[:len(t)-1] {
		s := (int(b-'0') + p) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return (p+digit(t, len(t)-1))%10 == 1
}

// verhoeff is J. Verhoeff's check (Error Detecting Decimal Codes, 1969): the
// digits, each permuted as often as its place from the right, are multiplied
// in the dihedral group of the pentagon.
func verhoeff(t []byte) bool {
	const shuffle = "1576283094"
	c := 0
	for i := range t {
		d := digit(t, len(t)-1-i)
		for range i % 8 {
			d = int(shuffle[d] - '0')
		}
		c = pentagon(c, d)
	}
	return c == 0
}

// pentagon multiplies two symmetries of the pentagon: 0 to 4 turn it, 5 to 9
// turn it over as well.
func pentagon(a, b int) int {
	turn := (a + b) % 5
	if a >= 5 {
		turn = (a - b + 10) % 5
	}
	if (a < 5) == (b < 5) {
		return turn
	}
	return turn + 5
}

// weighs731 is the sum of ICAO Doc 9303-3 section 4.9, modulo 10: weights 7, 3
// and 1, letters from A = 10, and "<" for nothing.
func weighs731(t []byte) int {
	sum := 0
	for i, b := range t {
		v := 0
		switch {
		case b >= 'A':
			v = int(b-'A') + 10
		case b >= '0' && b <= '9':
			v = int(b - '0')
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return sum % 10
}

// crossSums adds up the digits of the first digits' products with their
// weights.
func crossSums(t []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		p := w * int(t[i]-'0')
		sum += p/10 + p%10
	}
	return sum
}

// letterNumber writes a letter as two digits, A = 01 to Z = 26.
func letterNumber(b byte) []byte {
	n := b - 'A' + 1
	return []byte{'0' + n/10, '0' + n%10}
}

// in reports whether the candidate was written in groups of these lengths
// with one of these separators, always the same; a line break may stand for
// it once.
func (c *candidate) in(seps string, lengths ...uint8) bool {
	sep := strings.TrimSuffix(c.Seps, "\n")
	return len(sep) == 1 && strings.Contains(seps, sep) && c.grouped(lengths...)
}

// mixed is in for groups with separators that differ, and no line break.
func (c *candidate) mixed(seps string, lengths ...uint8) bool {
	return strings.Trim(c.Seps, seps) == "" && c.grouped(lengths...)
}

// isBirthday reports whether a day with a year of two digits lies in one of
// the last two centuries as isDate wants it.
func isBirthday(yy, m, d int, c *candidate) bool {
	return isDate(1900+yy, m, d, c.Now) || isDate(2000+yy, m, d, c.Now)
}

// inCapitals reports whether the last word before a candidate, in capitals, is one
// of these: for labels that are ordinary words in small letters.
func inCapitals(before []byte, labels ...string) bool {
	before = bytes.TrimRight(before, " :.#)(\t\"'=")
	for _, label := range labels {
		if rest, ok := bytes.CutSuffix(before, []byte(label)); ok && (len(rest) == 0 || classes[rest[len(rest)-1]] == 0) {
			return true
		}
	}
	return false
}
