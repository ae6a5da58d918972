package detect

import (
	"bytes"
	"strings"
)

// date is a day as it is written; which of its parts is the month is known
// only from its form.
type date struct{ year, month, day int }

// monthNames are the beginnings of the months' names in the languages, lower
// case.
var monthNames = [13]string{1: "jan sty ene gen tammi", "feb lut fév fev helmi", "mar mär mrt maa", "apr kwi abr avr huhti", "may mai maj mei mag touko",
	"jun cze juin giu kesä", "jul lip juil lug heinä", "aug sie aoû ago elo", "sep wrz set syys", "oct okt paź paz ott out loka", "nov lis marras", "dec dez gru déc dic des joulu"}

// parseDate reads a date at the front of a text and returns how long it is; 0
// where there is none. Days and months may have one digit, years two.
func parseDate(text []byte) (d date, size int) {
	if d, size = numericDate(text); size > 0 {
		return d, size
	}
	return wordDate(text)
}

// numericDate reads 1985-03-12, 12.3.1985, 12/03/85, "12. 3. 1985".
func numericDate(text []byte) (d date, size int) {
	var parts [3]int
	var lengths [3]int
	at := 0
	for i := range 3 {
		run := digitRun(text[at:])
		if len(run) == 0 || len(run) > 4 || len(run) == 3 {
			return date{}, 0
		}
		parts[i], lengths[i] = number(run), len(run)
		at += len(run)
		if i == 2 {
			break
		}
		if at >= len(text) || strings.IndexByte("./- ", text[at]) < 0 {
			return date{}, 0
		}
		if at++; at < len(text) && text[at] == ' ' {
			at++
		}
	}
	switch {
	case lengths[0] == 4 && lengths[1] <= 2 && lengths[2] <= 2:
		return date{parts[0], parts[1], parts[2]}, at
	case lengths[0] > 2 || lengths[1] > 2 || lengths[2] == 1:
		return date{}, 0
	case parts[1] > 12 && bytes.IndexByte(text[:at], '/') > 0: // month first
		return date{fullYear(parts[2], lengths[2]), parts[0], parts[1]}, at
	}
	return date{fullYear(parts[2], lengths[2]), parts[1], parts[0]}, at
}

// fullYear reads years of two digits as those of people who live.
func fullYear(year, length int) int {
	switch {
	case length == 4:
		return year
	case year <= 30:
		return 2000 + year
	}
	return 1900 + year
}

// wordDate reads "12 March 1985", "March 12, 1985", "12. März 1985", "12 de
// marzo de 1985".
func wordDate(text []byte) (d date, size int) {
	rest := text
	var numbers [2]int
	seen := 0
	for range 6 {
		rest = bytes.TrimLeft(rest, " .,-\u00ba")
		if run := digitRun(rest); len(run) > 0 {
			if len(run) > 4 || seen == 2 {
				return date{}, 0
			}
			numbers[seen] = number(run)
			seen++
			if rest = rest[len(run):]; seen == 2 && d.month > 0 {
				d.day, d.year = numbers[0], numbers[1]
				return d, len(text) - len(rest)
			}
			continue
		}
		word := wordEnd(rest)
		if word == 0 {
			return date{}, 0
		}
		switch name := rest[:word]; string(name) {
		case "de", "del", "st", "nd", "rd", "th", "er", "e", "den", "the", "of":
		default:
			if d.month > 0 {
				return date{}, 0
			}
			if d.month = monthOf(name); d.month == 0 {
				return date{}, 0
			}
		}
		rest = rest[word:]
	}
	return date{}, 0
}

// monthOf is the month that a name begins like, by the longest such beginning;
// 0 for none.
func monthOf(name []byte) (month int) {
	if len(name) < 3 {
		return 0
	}
	low := strings.ToLower(string(name[:min(len(name), 20)]))
	longest := 0
	for i, starts := range monthNames {
		for start := range strings.FieldsSeq(starts) {
			if len(start) > longest && strings.HasPrefix(low, start) {
				month, longest = i, len(start)
			}
		}
	}
	return month
}
