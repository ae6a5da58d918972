package values

import (
	"math/rand/v2"
	"strings"
	"time"
)

// sePersonnummer: date of birth, "-" ("+" from the year in which one becomes
// 100), three digits, Luhn over the nine digits; the year may have four digits;
// +60 on the day is a coordination number. Source: Skatteverket, SKV 704 and
// SKV 707.
func sePersonnummer() Identifier {
	realDay := func(s string) bool {
		return isAnyDay(number(s[:2]), number(s[2:4]), number(s[4:6])%60) && number(s[4:6]) < 92
	}
	with := func(r *rand.Rand, date string) string { s := date + digits(r, 3); return s + luhn(s[len(s)-9:]) }
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
		squeeze: func(s string) string { return strings.NewReplacer("-", "", "+", "").Replace(s) },
		ok: func(s string) bool {
			if isDigits(s, 12) && like(`(18|19|20).*`, s) {
				s = s[2:]
			}
			return isDigits(s, 10) && realDay(s) && luhnOK(s)
		},
		forms: []string{"######-####", "########-####", "##########", "############"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string { return with(r, digits(r, 2)+pick(r, "00", "13", "17")+between(r, 1, 28, 2)) }},
			{"no such day", func(r *rand.Rand) string { return with(r, digits(r, 2)+"04"+pick(r, "31", "32", "59", "91", "95")) }},
		}}
}

// noFodselsnummer: date of birth DDMMYY (+40 on the day: D-number; +40 on the
// month: help number; +80: synthetic), three digits, two check digits of weights
// 3 7 6 1 8 9 4 5 2 and 5 4 3 2 7 6 5 4 3 2, mod 11, 10 not issued. From 2032
// the first remainder may also be 1, 2 or 3. Source: Skatteetaten,
// folkeregisterforskriften § 2-2-1, "Ny kontrollsifferalgoritme".
func noFodselsnummer() Identifier {
	second := func(s string) int { return (11 - sum(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11 }
	with := func(r *rand.Rand, date string) string {
		return until(func() string {
			s := date + digits(r, 3)
			first := (11 - sum(s, 3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11
			if first == 10 {
				return ""
			}
			s += pad(first, 1)
			if c := second(s); c != 10 {
				return s + pad(c, 1)
			}
			return ""
		})
	}
	realDay := func(s string) bool {
		d, m := number(s[:2]), number(s[2:4])
		return d <= 71 && isAnyDay(number(s[4:6]), m%40, d%40)
	}
	return Identifier{ID: "no-fodselsnummer", Checked: true, Examples: []string{"01010750160"},
		make: func(r *rand.Rand) string {
			t := born(r)
			if r.IntN(6) == 0 {
				return with(r, pad(t.Day()+40, 2)+t.Format("0106"))
			}
			return with(r, t.Format("020106"))
		},
		ok: func(s string) bool {
			return isDigits(s, 11) && realDay(s) && sum(s, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 <= 3 && second(s) == val(s[10])
		},
		forms: []string{"###########", "###### #####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string { return with(r, between(r, 1, 28, 2)+pick(r, "13", "20", "39")+digits(r, 2)) }},
			{"no such day", func(r *rand.Rand) string { return with(r, pick(r, "32", "39", "72", "99")+"05"+digits(r, 2)) }},
		}}
}

// dkCPR: date of birth DDMMYY (+60 on the day: replacement number), four
// digits. Weights 4 3 2 7 6 5 4 3 2 1 mod 11 held until 2007 and are no longer
// demanded, so only a date or a length makes a number impossible. Source:
// CPR-kontoret, "Personnummeret i CPR".
func dkCPR() Identifier {
	const serial = 4
	weighted := func(s string) bool { return sum(s, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }
	cpr := func(r *rand.Rand) string {
		date := born(r).Format("020106")
		return until(func() string {
			// Most people's number still has the old check.
			if s := date + digits(r, serial); weighted(s) || r.IntN(60) == 0 {
				return s
			}
			return ""
		})
	}
	return Identifier{ID: "dk-cpr", make: cpr, Examples: []string{"211062-5629", "070761-4285"}, noFaults: true,
		ok: func(s string) bool {
			return isDigits(s, 10) && number(s[:2]) <= 91 && isAnyDay(number(s[4:6]), number(s[2:4]), number(s[:2])%60)
		},
		forms: []string{"######-####", "##########", "###### ####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return between(r, 1, 28, 2) + pick(r, "00", "13", "27") + digits(r, 2+serial)
			}},
			{"no such day", func(r *rand.Rand) string { return pick(r, "00", "32", "45", "60", "92") + "05" + digits(r, 2+serial) }},
			{"a day that its month has not", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return pad(d, 2) + pad(m, 2) + pad(y%100, 2) + digits(r, serial)
			}},
			{"too long", func(r *rand.Rand) string { return cpr(r) + digits(r, 1) }},
		}}
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
	return Identifier{ID: "fi-hetu", Checked: true, Examples: []string{"131052-308T", "010594Y9032", "010594Y9021"},
		squeeze: func(s string) string { return s }, make: hetu,
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
