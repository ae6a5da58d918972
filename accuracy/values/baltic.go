package values

import "math/rand/v2"

// balticCheck is the check digit that Estonia and Lithuania share: weights
// 1 2 3 4 5 6 7 8 9 1 mod 11; where that is 10, weights 3 4 5 6 7 8 9 1 2 3, and
// where that is 10 too, 0.
func balticCheck(s string) string {
	c := sum(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if c == 10 {
		c = sum(s, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return pad(c, 1)
}

// baltic is sex and century (1–8), date YYMMDD, three digits, check digit.
func baltic(id string, examples ...string) Identifier {
	with := func(r *rand.Rand, first, date string) string {
		s := first + date + digits(r, 3)
		return s + balticCheck(s)
	}
	realDay := func(s string) bool {
		return s[0] == '9' || s[0] >= '1' && s[0] <= '8' && isDay(1800+100*((val(s[0])-1)/2)+number(s[1:3]), number(s[3:5]), number(s[5:7]))
	}
	return Identifier{ID: id, Checked: true, Examples: examples,
		make: func(r *rand.Rand) string {
			t := born(r)
			if t.Year() < 2000 {
				return with(r, pick(r, "3", "4"), yymmdd(t))
			}
			return with(r, pick(r, "5", "6"), yymmdd(t))
		},
		ok: func(s string) bool { return isDigits(s, 11) && realDay(s) && balticCheck(s[:10]) == s[10:] },
		faults: []fault{
			{"no such day", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return with(r, "3", pad(y%100, 2)+pad(m, 2)+pad(d, 2))
			}},
			{"no such century", func(r *rand.Rand) string { return with(r, "0", yymmdd(born(r))) }},
			{"no such month", func(r *rand.Rand) string {
				return with(r, "4", digits(r, 2)+pick(r, "00", "13", "20")+between(r, 1, 28, 2))
			}},
		}}
}

// eeIsikukood: as baltic says. Source: EVS 585:2007 "Isikukood"; Siseministeerium.
func eeIsikukood() Identifier { return baltic("ee-isikukood", "37605030299", "38001085718") }

// ltAsmens: as baltic says; a 9 in front, for special cases, isn't made but
// isn't invalid either.
// Source: Lietuvos Respublikos gyventojų registro įstatymas, 8 straipsnis.
func ltAsmens() Identifier { return baltic("lt-asmens", "33309240064", "38703181745") }
