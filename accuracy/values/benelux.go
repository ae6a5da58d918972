package values

import "math/rand/v2"

// nlBSN: nine digits, weights 9 8 7 6 5 4 3 2 −1, divisible by 11; not all
// zero. Source: Besluit burgerservicenummer; Logisch Ontwerp BSN, "elfproef".
// Eight digits are a BSN whose leading zero is left out, so they are no fault.
func nlBSN() Identifier {
	ok := func(s string) bool {
		return isDigits(s, 9) && s != "000000000" && sum(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0
	}
	bsn := func(r *rand.Rand) string {
		return until(func() string {
			s := between(r, 10, 99, 2) + digits(r, 6)
			c := sum(s, 9, 8, 7, 6, 5, 4, 3, 2) % 11
			if c == 10 {
				return ""
			}
			return s + pad(c, 1)
		})
	}
	return Identifier{ID: "nl-bsn", Checked: true, Examples: []string{"111222333", "123456782"}, make: bsn, ok: ok, noFaults: true,
		forms: []string{"#########", "####.##.###", "### ### ###"},
		faults: []fault{
			{"wrong check digit", func(r *rand.Rand) string { return change(r, bsn(r), 8) }},
			{"one digit wrong", func(r *rand.Rand) string { return change(r, bsn(r), r.IntN(9)) }},
			{"two digits swapped", func(r *rand.Rand) string { return swap(bsn(r), r.IntN(8)) }},
			{"too long", func(r *rand.Rand) string { return bsn(r) + digits(r, 1) }},
		}}
}

// beNRN: date of birth YYMMDD, serial, 97 minus the remainder by 97 of the
// nine digits, with a 2 in front for those born since 2000; month +20 or +40
// in BIS numbers, 00 where the date isn't known. Source: Koninklijk besluit
// 3 april 1984; Rijksregister, "Informatietypen" IT000.
func beNRN() Identifier {
	key := func(s string, since2000 bool) string {
		if since2000 {
			s = "2" + s
		}
		return pad(97-number(s)%97, 2)
	}
	with := func(r *rand.Rand, date string, since2000 bool) string {
		s := date + between(r, 1, 997, 3)
		return s + key(s, since2000)
	}
	realDay := func(s string) bool {
		m, d := number(s[2:4]), number(s[4:6])
		return m <= 52 && m%20 <= 12 && (m%20 == 0 && d <= 31 || d == 0 || isAnyDay(number(s[:2]), m%20, d))
	}
	return Identifier{ID: "be-nrn", Checked: true, Examples: []string{"85.07.30-033.28", "17.07.30-033.84"},
		make: func(r *rand.Rand) string { t := born(r); return with(r, t.Format("060102"), t.Year() >= 2000) },
		ok: func(s string) bool {
			return isDigits(s, 11) && realDay(s) && (s[9:] == key(s[:9], false) || s[9:] == key(s[:9], true))
		},
		forms: []string{"##.##.##-###.##", "###########", "## ## ## ### ##", "##.##.## ###-##", "######-###-##", "######-###.##"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return with(r, digits(r, 2)+pick(r, "13", "19", "33", "53", "77")+between(r, 1, 28, 2), false)
			}},
			{"no such day", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return with(r, pad(y%100, 2)+pad(m, 2)+pad(d, 2), y >= 2000)
			}},
		}}
}

// luMatricule: date of birth YYYYMMDD, serial of three, Luhn digit over the
// eleven, Verhoeff digit over the same eleven. Source: règlement grand-ducal
// du 21 juin 2013 fixant les modalités de calcul du numéro d'identification.
func luMatricule() Identifier {
	with := func(r *rand.Rand, date string) string { s := date + digits(r, 3); return s + luhn(s) + verhoeff(s) }
	return Identifier{ID: "lu-matricule", Checked: true, Examples: []string{"1893120105732"},
		make: func(r *rand.Rand) string { return with(r, born(r).Format("20060102")) },
		ok: func(s string) bool {
			return isDigits(s, 13) && isDay(number(s[:4]), number(s[4:6]), number(s[6:8])) && luhn(s[:11]) == s[11:12] && verhoeff(s[:11]) == s[12:]
		},
		forms:  []string{"#############", "######## #####", "#### ## ## #####"},
		faults: []fault{{"no such day", func(r *rand.Rand) string { y, m, d := badDay(r); return with(r, pad(y, 4)+pad(m, 2)+pad(d, 2)) }}}}
}
