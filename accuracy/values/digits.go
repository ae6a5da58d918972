package values

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// digits are n random digits.
func digits(r *rand.Rand, n int) string { return chars(r, "0123456789", n) }

// chars are n random characters of an alphabet.
func chars(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// pick is one of a list.
func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// between is a number from low to high as n digits.
func between(r *rand.Rand, low, high, n int) string { return pad(low+r.IntN(high-low+1), n) }

// pad writes a number with n digits.
func pad(v, n int) string {
	s := strconv.Itoa(v)
	return strings.Repeat("0", max(0, n-len(s))) + s
}

// until repeats f until it gives something.
func until(f func() string) string {
	for {
		if s := f(); s != "" {
			return s
		}
	}
}

// number is the value of a string of at most 18 digits.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// val is the value of a character: 0–9, and 10–35 for A–Z.
func val(c byte) int {
	if c >= 'A' {
		return int(c-'A') + 10
	}
	return int(c - '0')
}

// sum adds the characters' values times their weights.
func sum(s string, weights ...int) int {
	t := 0
	for i, w := range weights {
		t += val(s[i]) * w
	}
	return t
}

// isDigits says whether s is n digits.
func isDigits(s string, n int) bool { return len(s) == n && allDigits(s) }

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// like says whether the whole of s has the shape of a regular expression.
func like(shape, s string) bool { return regexp.MustCompile("^(?:" + shape + ")$").MatchString(s) }

// luhn is the check digit that belongs behind s (ISO/IEC 7812-1 annex B).
func luhn(s string) string {
	t := 0
	for i := range len(s) {
		d := val(s[len(s)-1-i])
		if i%2 == 0 {
			d *= 2
		}
		t += d/10 + d%10
	}
	return pad((10-t%10)%10, 1)
}

// luhnOK checks digits that end in a Luhn digit.
func luhnOK(s string) bool { return allDigits(s) && luhn(s[:len(s)-1]) == s[len(s)-1:] }

// mod1110 is the check digit of ISO/IEC 7064, MOD 11,10.
func mod1110(s string) string {
	p := 10
	for i := range len(s) {
		p = (p + val(s[i])) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return pad((11-p)%10, 1)
}

// mod97 is the remainder by 97 of a string in which letters are two digits
// (ISO/IEC 7064, MOD 97-10).
func mod97(s string) int {
	m := 0
	for i := range len(s) {
		if v := val(s[i]); v < 10 {
			m = (m*10 + v) % 97
		} else {
			m = (m*100 + v) % 97
		}
	}
	return m
}

// verhoeff is the check digit of the Verhoeff scheme: the dihedral group D5
// is computed and not looked up in the usual table.
func verhoeff(s string) string {
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(s) {
		d := val(s[len(s)-1-i])
		for range (i + 1) % 8 {
			d = permutation[d]
		}
		c = d5(c, d)
	}
	for inverse := range 10 {
		if d5(c, inverse) == 0 {
			return pad(inverse, 1)
		}
	}
	return ""
}

// d5 multiplies in the dihedral group of the pentagon: 0–4 are turns, 5–9 are
// turns with a reflection.
func d5(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return (a+b-5)%5 + 5
	case b < 5:
		return (a-5-b+5)%5 + 5
	default:
		return (a - b + 5) % 5
	}
}

// mod11table is a check digit by a table of remainders by 11.
func mod11table(s, table string, weights ...int) string {
	return string(table[sum(s, weights...)%11])
}

// day is a random day of birth from one year to another.
func day(r *rand.Rand, from, to int) time.Time {
	start := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	days := int(time.Date(to, 12, 31, 0, 0, 0, 0, time.UTC).Sub(start).Hours() / 24)
	return start.AddDate(0, 0, r.IntN(days+1))
}

// born is a day of birth of somebody who may live.
func born(r *rand.Rand) time.Time { return day(r, 1931, 2019) }

// isDay says whether there is such a day.
func isDay(y, m, d int) bool {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return m >= 1 && m <= 12 && d >= 1 && t.Day() == d
}

// isAnyDay says whether there is such a day in any century, as far as a year of
// two digits tells.
func isAnyDay(yy, m, d int) bool {
	return isDay(1800+yy, m, d) || isDay(1900+yy, m, d) || isDay(2000+yy, m, d)
}

// badDay is a day of the calendar that doesn't exist, as year, month and day.
func badDay(r *rand.Rand) (y, m, d int) {
	y = 1931 + r.IntN(89)
	switch r.IntN(3) {
	case 0:
		return y, 2, 30 + r.IntN(2)
	case 1:
		return y, pick(r, 4, 6, 9, 11), 31
	default:
		return y, 1 + r.IntN(12), 32
	}
}
