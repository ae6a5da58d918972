package values

import (
	"math/rand/v2"
	"time"
)

// centuryMonth is the month as PESEL writes it: +80 in the 1800s, +20 in the
// 2000s, +40 and +60 later.
func centuryMonth(t time.Time) string {
	return pad(int(t.Month())+map[int]int{18: 80, 19: 0, 20: 20, 21: 40, 22: 60}[t.Year()/100], 2)
}

// plPESEL: date of birth with the century in the month, four digits, check
// digit of weights 1 3 7 9. Source: ustawa z dnia 24 września 2010 r. o
// ewidencji ludności, art. 15; Ministerstwo Cyfryzacji, "Co to jest numer PESEL".
func plPESEL() Identifier {
	check := func(s string) string { return pad((10-sum(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10, 1) }
	with := func(r *rand.Rand, date string) string { s := date + digits(r, 4); return s + check(s) }
	realDay := func(s string) bool {
		m := number(s[2:4])
		century := map[int]int{0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[m/20]
		return isDay(century+number(s[:2]), m%20, number(s[4:6]))
	}
	return Identifier{ID: "pl-pesel", forms: []string{"###########", "###### #####"}, Checked: true, Examples: []string{"44051401359", "02070803628"},
		make: func(r *rand.Rand) string { t := born(r); return with(r, t.Format("06")+centuryMonth(t)+t.Format("02")) },
		ok:   func(s string) bool { return isDigits(s, 11) && realDay(s) && check(s) == s[10:] },
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return with(r, digits(r, 2)+pick(r, "00", "13", "19", "33", "40")+between(r, 1, 28, 2))
			}},
			{"no such day", func(r *rand.Rand) string { y, m, d := badDay(r); return with(r, pad(y%100, 2)+pad(m, 2)+pad(d, 2)) }},
		}}
}

// plNIP: ten digits, weights 6 5 7 2 3 4 5 6 7, mod 11, 10 not issued. Source:
// ustawa z dnia 13 października 1995 r. o zasadach ewidencji i identyfikacji
// podatników; Ministerstwo Finansów, structure of the NIP.
func plNIP() Identifier {
	return Identifier{ID: "pl-nip", Checked: true, Examples: []string{"526-025-02-74", "5213017228"},
		make: func(r *rand.Rand) string {
			return until(func() string { return withNIPCheck(between(r, 101, 998, 3) + digits(r, 6)) })
		},
		ok:    func(s string) bool { return isDigits(s, 10) && withNIPCheck(s[:9]) == s },
		forms: []string{"###-###-##-##", "##########", "###-##-##-###", "### ### ## ##"}}
}

// withNIPCheck puts the check digit behind nine digits; "" where there is none.
func withNIPCheck(s string) string {
	c := sum(s, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11
	if c == 10 {
		return ""
	}
	return s + pad(c, 1)
}

// plREGON: eight digits and a check digit, or those nine with four of a local
// unit and a second check digit; mod 11, 10 counts as 0. Source: rozporządzenie
// Rady Ministrów z dnia 30 listopada 2015 r. w sprawie rejestru REGON.
func plREGON() Identifier {
	nine := func(s string) string { return s + pad(sum(s, 8, 9, 2, 3, 4, 5, 6, 7)%11%10, 1) }
	fourteen := func(s string) string { return s + pad(sum(s, 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)%11%10, 1) }
	return Identifier{ID: "pl-regon", forms: []string{"#########", "##############", "### ### ###"}, Checked: true, Examples: []string{"123456785", "12345678512347", "000331501"},
		make: func(r *rand.Rand) string {
			s := nine(between(r, 1, 38, 2) + digits(r, 6))
			if r.IntN(4) == 0 {
				return fourteen(s + between(r, 1, 99, 4))
			}
			return s
		},
		ok: func(s string) bool {
			return isDigits(s, 9) && nine(s[:8]) == s || isDigits(s, 14) && nine(s[:8]) == s[:9] && fourteen(s[:13]) == s
		},
		faults: []fault{{"the nine digits in front don't hold", func(r *rand.Rand) string {
			s := nine(digits(r, 8))
			return fourteen(change(r, s, 8) + digits(r, 4))
		}}}}
}

// plDowod: three letters and six digits; the first digit is the check of
// weights 7 3 1 7 3 1 7 3 on the rest. Source: rozporządzenie MSWiA w sprawie
// wzoru dowodu osobistego; ICAO Doc 9303 part 3.
func plDowod() Identifier {
	check := func(s string) string { return pad(sum(s[:3]+s[4:], 7, 3, 1, 7, 3, 1, 7, 3)%10, 1) }
	const letters = "ABCDEFGHIJKLMNPRSTUVWXYZ"
	return Identifier{ID: "pl-dowod", Small: true, Checked: true, Examples: []string{"ABA300000"},
		make: func(r *rand.Rand) string {
			s := chars(r, "ACD", 1) + chars(r, letters, 2) + "0" + digits(r, 5)
			return s[:3] + check(s) + s[4:]
		},
		ok:    func(s string) bool { return like(`[A-Z]{3}\d{6}`, s) && check(s) == s[3:4] },
		forms: []string{"### ######", "#########", "### ### ###", "###-######"},
		faults: []fault{{"wrong check digit", func(r *rand.Rand) string {
			s := chars(r, "ACD", 1) + chars(r, letters, 2) + digits(r, 6)
			return s
		}}}}
}
