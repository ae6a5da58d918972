package extract

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// numFormat is how a sheet shows a number, as far as it matters for what a
// person reads there.
type numFormat struct {
	date, clock bool
	pattern     []patternPlace // digits with fixed places, nil if there are none
}

// patternPlace is a character of a number format: a literal, or a place for a
// digit (0, # or ?).
type patternPlace struct {
	c     byte
	digit bool
}

// builtinFormat is one of the number formats that files refer to without saying
// it (ECMA-376 part 1, 18.8.30).
func builtinFormat(id int) numFormat {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numFormat{date: true}
	case id == 22:
		return numFormat{date: true, clock: true}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return numFormat{clock: true}
	}
	return numFormat{}
}

// parseNumFormat reads a format code; only its section for positive numbers.
func parseNumFormat(code string) numFormat {
	var f numFormat
	var pattern []patternPlace
	digits, months, fixed := 0, false, true
	literal := func(c byte) { pattern = append(pattern, patternPlace{c: c}) }
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			i = len(code)
		case '"':
			for i++; i < len(code) && code[i] != '"'; i++ {
				literal(code[i])
			}
		case '\\':
			if i++; i < len(code) {
				literal(code[i])
			}
		case '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return numFormat{}
			}
			if end >= 2 && strings.Trim(strings.ToLower(code[i+1:i+end]), "hms") == "" {
				f.clock = true
			}
			i += end
		case '0', '#', '?':
			digits++
			pattern = append(pattern, patternPlace{c, true})
		case 'y', 'Y', 'd', 'D':
			f.date = true
		case 'h', 'H', 's', 'S':
			f.clock = true
		case 'm', 'M':
			months = true
		case '.', ',', '%', 'E', 'e', '@':
			fixed = false
		case 'G', 'g':
			if strings.HasPrefix(strings.ToLower(code[i:]), "general") {
				return numFormat{}
			}
		default:
			literal(c)
		}
	}
	if months && !f.clock {
		f.date = true
	}
	if f.date || f.clock {
		return f
	}
	if fixed && digits > 0 && len(pattern) > 1 && len(pattern) < 200 {
		f.pattern = pattern
	}
	return f
}

// show is the number as a person reads it, but dates always as ISO dates, and
// never in scientific notation. raw is how the file wrote it, "" if it did not
// write it in digits.
func (f numFormat) show(v float64, raw string, date1904 bool) string {
	switch {
	case (f.date || f.clock) && v >= 0 && v < 2_958_466:
		return showDate(v, f.date, f.clock, date1904)
	case f.pattern != nil && v >= 0 && v < 1e18 && v == math.Trunc(v):
		return showPattern(f.pattern, strconv.FormatInt(int64(v), 10))
	case raw != "" && strings.Trim(raw, "0123456789") == "", plainNumber(raw):
		return raw
	}
	return showNumber(v)
}

// plainNumber says whether a number is written as a person would: not too
// many digits, at most one point.
func plainNumber(raw string) bool {
	points := 0
	for i := range len(raw) {
		if raw[i] == '.' {
			points++
		} else if raw[i] < '0' || raw[i] > '9' {
			return false
		}
	}
	return raw != "" && len(raw) <= 16 && points == 1
}

func showNumber(v float64) string {
	size := math.Abs(v)
	switch {
	case v == math.Trunc(v) && size < 1e18:
		return strconv.FormatInt(int64(v), 10)
	case size < 1e18 && size > 1e-9:
		// Fifteen digits, as sheets show them.
		short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
		return strconv.FormatFloat(short, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// showDate turns days since the epoch of the sheet into a date.
func showDate(v float64, date, clock, date1904 bool) string {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if v < 60 {
		epoch = epoch.AddDate(0, 0, 1) // 1900 counts as a leap year
	}
	days := math.Trunc(v)
	at := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round((v-days)*86400)) * time.Second)
	switch {
	case date && clock:
		return at.Format("2006-01-02 15:04:05")
	case date:
		return at.Format("2006-01-02")
	}
	return at.Format("15:04:05")
}

// showPattern puts digits into the places of a pattern, from the right; what is
// left over goes to its first place.
func showPattern(pattern []patternPlace, digits string) string {
	first := slices.IndexFunc(pattern, func(p patternPlace) bool { return p.digit })
	var out []byte // backwards
	take := func() {
		out = append(out, digits[len(digits)-1])
		digits = digits[:len(digits)-1]
	}
	for i := len(pattern) - 1; i >= 0; i-- {
		switch place := pattern[i]; {
		case !place.digit, digits == "" && place.c == '0':
			out = append(out, place.c)
		case digits != "":
			take()
		}
		for i == first && digits != "" {
			take()
		}
	}
	slices.Reverse(out)
	return string(out)
}
