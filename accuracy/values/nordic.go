package values

import (
	"math/rand/v2"
	"strings"
	"time"
)

// thisYear is the year in which the corpora are read: nobody is born later.
const thisYear = 2025

// isPast is isDay for days of birth of people who may live.
func isPast(y, m, d int) bool { return isDay(y, m, d) && y <= thisYear && y > thisYear-130 }

// sePersonnummer: date of birth, "-" ("+" from the year in which one becomes
// 100), birth number 001–999, Luhn over the nine digits; the year may have four
// digits; +60 on the day is a coordination number. Source: Skatteverket, SKV 704
// and SKV 707.
func sePersonnummer() Identifier {
	with := func(r *rand.Rand, date string) string {
		s := date + between(r, 1, 999, 3)
		return s + luhn(s[len(s)-9:])
	}
	return Identifier{ID: "se-personnummer", Checked: true, Examples: []string{"811218-9876", "640823-3234", "670919-9530"},
		make: func(r *rand.Rand) string {
			t := born(r)
			date := t.Format("060102")
			if r.IntN(8) == 0 {
				date = t.Format("0601") + pad(t.Day()+60, 2)
			}
			if r.IntN(3) == 0 {
				date = pad(t.Year()/100, 2) + date
			}
			return with(r, date)
		},
		squeeze: func(s string) string { return strings.NewReplacer(" ", "", "-", "", "+", "").Replace(keyboard(s)) },
		ok:      sePersonnummerOK,
		forms:   []string{"######-####", "########-####", "##########", "############", "###### ####", "######-####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string { return with(r, digits(r, 2)+pick(r, "00", "13", "17")+between(r, 1, 28, 2)) }},
			{"no such day", func(r *rand.Rand) string { return with(r, digits(r, 2)+"04"+pick(r, "31", "32", "59", "91", "95")) }},
			{"birth number 000", func(r *rand.Rand) string { s := born(r).Format("060102") + "000"; return s + luhn(s) }},
			{"not born yet", func(r *rand.Rand) string { return with(r, day(r, thisYear+2, 2099).Format("20060102")) }},
		}}
}

func sePersonnummerOK(s string) bool {
	month, day := 2, 4
	if isDigits(s, 12) {
		month, day = 4, 6
	} else if !isDigits(s, 10) {
		return false
	}
	d := number(s[day : day+2])
	if d > 60 {
		d -= 60
	}
	year, m := number(s[:month]), number(s[month:day])
	real := isPast(year, m, d)
	if month == 2 {
		real = isPast(1900+year, m, d) || isPast(2000+year, m, d)
	}
	return real && s[day+2:day+5] != "000" && luhnOK(s[len(s)-10:])
}

// noFodselsnummer: date of birth DDMMYY (+40 on the day: D-number; +40 on the
// month: help number), an individual number that tells the century (000–499
// 1900–1999, 500–999 2000–2039, 900–999 1940–1999 too, 500–749 1854–1899 too),
// two check digits of weights 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2, mod 11,
// 10 not issued. Source: Skatteetaten, folkeregisterforskriften § 2-2-1,
// "Fødselsnummer" (table of individual numbers).
func noFodselsnummer() Identifier {
	with := func(r *rand.Rand, date string, from, to int) string {
		return until(func() string {
			s := date + between(r, from, to, 3)
			first, ok := noCheck(s, 3, 7, 6, 1, 8, 9, 4, 5, 2)
			if !ok {
				return ""
			}
			second, ok := noCheck(s+first, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
			if !ok {
				return ""
			}
			return s + first + second
		})
	}
	return Identifier{ID: "no-fodselsnummer", Checked: true, Examples: []string{"01010750160"},
		make: func(r *rand.Rand) string {
			t := born(r)
			date, from, to := t.Format("020106"), 0, 499
			switch {
			case t.Year() >= 2000:
				from, to = 500, 999
			case t.Year() >= 1940 && r.IntN(5) == 0:
				from, to = 900, 999
			}
			switch r.IntN(8) {
			case 0:
				date = pad(t.Day()+40, 2) + t.Format("0106")
			case 1:
				date = t.Format("02") + pad(int(t.Month())+40, 2) + t.Format("06")
			}
			return with(r, date, from, to)
		},
		ok:    noFodselsnummerOK,
		forms: []string{"###########", "###### #####", "## ## ## #####", "######-#####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return with(r, between(r, 1, 28, 2)+pick(r, "13", "20", "39")+digits(r, 2), 0, 999)
			}},
			{"no such day", func(r *rand.Rand) string { return with(r, pick(r, "32", "39", "72", "99")+"05"+digits(r, 2), 0, 999) }},
			{"individual number of no century", func(r *rand.Rand) string { return with(r, day(r, 1940, 1953).Format("020106"), 750, 899) }},
		}}
}

// noCheck is a check digit; false where it would be 10.
func noCheck(s string, weights ...int) (string, bool) {
	c := (11 - sum(s, weights...)%11) % 11
	return pad(c%10, 1), c < 10
}

func noFodselsnummerOK(s string) bool {
	if !isDigits(s, 11) {
		return false
	}
	d, m, yy, individual := number(s[:2]), number(s[2:4]), number(s[4:6]), number(s[6:9])
	if d > 40 {
		d -= 40
	}
	if m > 40 {
		m -= 40
	}
	century := isPast(1900+yy, m, d) && (individual < 500 || individual >= 900 && yy >= 40) ||
		isPast(2000+yy, m, d) && individual >= 500 && yy < 40
	first, ok1 := noCheck(s, 3, 7, 6, 1, 8, 9, 4, 5, 2)
	second, ok2 := noCheck(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
	return century && ok1 && ok2 && s[9:] == first+second
}

// dkCPR: date of birth DDMMYY and four digits, of which the first tells the
// century together with the year: 0–3 1900–1999; 4 and 9 2000–2036 and
// 1937–1999; 5–8 2000–2057 and 1858–1899. Weights 4 3 2 7 6 5 4 3 2 1 mod 11
// hold, but since 2007 not for some who were born on a first of January. Source:
// CPR-kontoret, "Personnummeret i CPR" and "Personnumre uden kontrolciffer
// (modulus 11 kontrol)".
func dkCPR() Identifier {
	const serial = 4
	cpr := func(r *rand.Rand) string {
		t := born(r)
		sevenths := "012349"
		switch {
		case t.Year() >= 2000:
			sevenths = "456789"
		case t.Year() < 1937:
			sevenths = "0123"
		}
		if r.IntN(40) == 0 {
			return pick(r, "010165", "010166", "010190", "010170") + chars(r, "0123", 1) + digits(r, serial-1)
		}
		return until(func() string {
			if s := t.Format("020106") + chars(r, sevenths, 1) + digits(r, serial-1); sum(s, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 && dkCPROK(s) {
				return s
			}
			return ""
		})
	}
	return Identifier{ID: "dk-cpr", make: cpr, Examples: []string{"211062-5629", "070761-4285"}, noFaults: true,
		ok:    dkCPROK,
		forms: []string{"######-####", "##########", "###### ####", "######-####", "## ## ## ####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return between(r, 1, 28, 2) + pick(r, "00", "13", "27") + digits(r, 2+serial)
			}},
			{"no such day", func(r *rand.Rand) string { return pick(r, "00", "32", "45", "60", "92") + "05" + digits(r, 2+serial) }},
			{"a day that its month has not", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return pad(d, 2) + pad(m, 2) + pad(y%100, 2) + digits(r, serial)
			}},
			{"not born yet", func(r *rand.Rand) string {
				return day(r, thisYear+2, 2036).Format("020106") + chars(r, "49", 1) + digits(r, serial-1)
			}},
			{"too long", func(r *rand.Rand) string { return cpr(r) + digits(r, 1) }},
		}}
}

// dkCPROK is the rule without the check digit.
func dkCPROK(s string) bool {
	if !isDigits(s, 10) {
		return false
	}
	d, m, yy, seventh := number(s[:2]), number(s[2:4]), number(s[4:6]), val(s[6])
	switch {
	case seventh <= 3 || (seventh == 4 || seventh == 9) && yy >= 37:
		return isPast(1900+yy, m, d)
	case seventh == 4 || seventh == 9 || yy <= 57:
		return isPast(2000+yy, m, d)
	}
	return isDay(1800+yy, m, d)
}

// fiHETU: date of birth DDMMYY, a sign of the century (+ 1800s; - and since
// 2023 U V W X Y 1900s; A and since 2023 B C D E F 2000s), individual number
// 002–899 (900–999 for temporary use), check character of mod 31. Source:
// Digi- ja väestötietovirasto, "Henkilötunnus"; asetus 128/2010, laki 2022.
func fiHETU() Identifier {
	check := func(s string) string { return string("0123456789ABCDEFHJKLMNPRSTUVWXY"[number(s[:6]+s[7:10])%31]) }
	with := func(r *rand.Rand, date, sign string, n int) string { s := date + sign + pad(n, 3); return s + check(s) }
	sign := func(r *rand.Rand, t time.Time) string {
		if t.Year() >= 2000 {
			return pick(r, "A", "A", "A", "B", "C", "D", "E", "F")
		}
		return pick(r, "-", "-", "-", "-", "U", "V", "W", "X", "Y")
	}
	hetu := func(r *rand.Rand) string { t := born(r); return with(r, t.Format("020106"), sign(r, t), 2+r.IntN(898)) }
	return Identifier{ID: "fi-hetu", Checked: true, Small: true, Textual: true, Examples: []string{"131052-308T", "010594Y9032", "010594Y9021"},
		squeeze: func(s string) string { return strings.ToUpper(keyboard(s)) }, make: hetu,
		ok: func(s string) bool {
			return like(`\d{6}[-+U-YA-F]\d{3}[0-9A-Y]`, s) && isAnyDay(number(s[4:6]), number(s[2:4]), number(s[:2])) && number(s[7:10]) >= 2 && check(s) == s[10:]
		},
		noFaults: true,
		faults: []fault{
			{"wrong check character", func(r *rand.Rand) string { return change(r, hetu(r), 10) }},
			{"one digit wrong", func(r *rand.Rand) string { return change(r, hetu(r), pick(r, 0, 1, 2, 3, 4, 5, 7, 8, 9)) }},
			{"two digits swapped", func(r *rand.Rand) string { return swap(hetu(r), pick(r, 0, 2, 4, 7, 8)) }},
			{"no such day", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return with(r, pad(d, 2)+pad(m, 2)+pad(y%100, 2), "-", 2+r.IntN(898))
			}},
			{"no such sign", func(r *rand.Rand) string {
				return with(r, born(r).Format("020106"), chars(r, "GHJKLMNPRST", 1), 2+r.IntN(898))
			}},
			{"number 000 or 001", func(r *rand.Rand) string { return with(r, born(r).Format("020106"), "-", r.IntN(2)) }},
			{"too long", func(r *rand.Rand) string { return hetu(r) + digits(r, 1) }},
		}}
}
