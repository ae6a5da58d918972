package values

import (
	"math/rand/v2"
	"strings"
	"time"
)

// grAMKA: date of birth DDMMYY, four digits, Luhn digit. Source: ν. 3655/2008;
// ΗΔΙΚΑ, amka.gr.
func grAMKA() Identifier {
	with := func(r *rand.Rand, date string) string { s := date + digits(r, 4); return s + luhn(s) }
	return Identifier{ID: "gr-amka", forms: []string{"###########", "###### #####"}, Checked: true, Examples: []string{"01013099997"},
		make: func(r *rand.Rand) string { return with(r, born(r).Format("020106")) },
		ok: func(s string) bool {
			return isDigits(s, 11) && luhnOK(s) && isAnyDay(number(s[4:6]), number(s[2:4]), number(s[:2]))
		},
		faults: []fault{{"no such day", func(r *rand.Rand) string { y, m, d := badDay(r); return with(r, pad(d, 2)+pad(m, 2)+pad(y%100, 2)) }}}}
}

// czRC: date of birth YYMMDD (month +50 for women, +20 or +70 where a day's
// numbers ran out), then until 1953 three digits without a check, since 1954
// four: the whole divisible by 11, or (until 1985) the last digit 0 where the
// remainder of the other nine is 10. Source: zákon č. 133/2000 Sb., § 13.
func czRC() Identifier {
	realDay := func(s string) bool {
		m, d := number(s[2:4])%50, number(s[4:6])
		if m > 20 {
			m -= 20
		}
		return number(s[2:4]) < 83 && isAnyDay(number(s[:2]), m, d)
	}
	ok := func(s string) bool {
		switch {
		case isDigits(s, 9):
			return number(s[:2]) <= 53 && realDay(s) && s[6:] != "000"
		case isDigits(s, 10):
			return realDay(s) && (number(s)%11 == 0 || number(s[:9])%11 == 10 && s[9] == '0')
		}
		return false
	}
	divisible := func(s string) string { return s + pad(number(s)%11%10, 1) }
	date := func(r *rand.Rand, t time.Time) string {
		return t.Format("06") + pad(int(t.Month())+pick(r, 0, 50), 2) + t.Format("02")
	}
	return Identifier{ID: "cz-rc", Checked: true, ok: ok, Examples: []string{"710319/2745", "7801233540"},
		make: func(r *rand.Rand) string {
			return until(func() string {
				if r.IntN(6) == 0 {
					return date(r, day(r, 1931, 1953)) + between(r, 1, 999, 3)
				}
				s := date(r, day(r, 1954, 2019)) + digits(r, 3)
				if number(s)%11 == 10 {
					return ""
				}
				return divisible(s)
			})
		},
		forms: []string{"######/####", "######/###", "##########", "######/####", "###### ####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return divisible(digits(r, 2) + pick(r, "13", "20", "40", "99") + between(r, 1, 28, 2) + digits(r, 3))
			}},
			{"no such day", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return divisible(pad(y%100, 2) + pad(m, 2) + pad(d, 2) + digits(r, 3))
			}},
			{"nine digits after 1953", func(r *rand.Rand) string { return date(r, day(r, 1960, 1999)) + digits(r, 3) }},
		}}
}

// roCNP: sex and century (1–8; 9 for foreigners), date YYMMDD, county (01–46,
// 51, 52; later also 47, 48, 70), serial, check digit of the constant
// 279146358279, mod 11, 10 counts as 1. Source: OUG 97/2005, HG 1375/2006.
func roCNP() Identifier {
	check := func(s string) string {
		return pad(map[bool]int{true: 1, false: sum(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11}[sum(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)%11 == 10], 1)
	}
	with := func(r *rand.Rand, sex, date, county string) string {
		s := sex + date + county + between(r, 1, 999, 3)
		return s + check(s)
	}
	county := func(r *rand.Rand) string { return pick(r, between(r, 1, 46, 2), "51", "52") }
	realDay := func(s string) bool {
		y, m, d := number(s[1:3]), number(s[3:5]), number(s[5:7])
		switch s[0] {
		case '1', '2':
			return isDay(1900+y, m, d)
		case '3', '4':
			return isDay(1800+y, m, d)
		case '5', '6':
			return isDay(2000+y, m, d)
		}
		return s[0] != '0' && isAnyDay(y, m, d)
	}
	return Identifier{ID: "ro-cnp", forms: []string{"#############", "# ###### ######"}, Checked: true, Examples: []string{"1630615123457", "1800101221144"},
		make: func(r *rand.Rand) string {
			t := born(r)
			sex := pick(r, "1", "2")
			if t.Year() >= 2000 {
				sex = pick(r, "5", "6")
			}
			return with(r, sex, yymmdd(t), county(r))
		},
		ok: func(s string) bool {
			return isDigits(s, 13) && realDay(s) && like(`.{7}(0[1-9]|[1-3]\d|4[0-8]|5[12]|70|8[0-3]).*`, s) && check(s) == s[12:]
		},
		faults: []fault{
			{"no such county", func(r *rand.Rand) string {
				return with(r, "1", yymmdd(day(r, 1950, 1999)), pick(r, "00", "60", "65", "77", "99"))
			}},
			{"no such day", func(r *rand.Rand) string {
				y, m, d := badDay(r)
				return with(r, "1", pad(y%100, 2)+pad(m, 2)+pad(d, 2), county(r))
			}},
			{"begins with 0", func(r *rand.Rand) string { return with(r, "0", yymmdd(born(r)), county(r)) }},
		}}
}

// yymmdd is a date of birth with two digits of the year.
func yymmdd(t time.Time) string { return t.Format("060102") }

// bgEGN: date of birth YYMMDD (month +20 in the 1800s, +40 in the 2000s), three
// digits, check digit of weights 2 4 8 5 10 9 7 3 6, mod 11 mod 10. Source:
// Закон за гражданската регистрация; ГД ГРАО.
func bgEGN() Identifier {
	check := func(s string) string { return pad(sum(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10, 1) }
	with := func(r *rand.Rand, date string) string { s := date + digits(r, 3); return s + check(s) }
	realDay := func(s string) bool {
		m := number(s[2:4])
		return m <= 52 && isDay(map[int]int{0: 1900, 1: 1800, 2: 2000}[m/20]+number(s[:2]), m%20, number(s[4:6]))
	}
	return Identifier{ID: "bg-egn", forms: []string{"##########", "###### ####"}, Checked: true, Examples: []string{"7523169263", "8032056031", "6101057509"},
		make: func(r *rand.Rand) string {
			t := born(r)
			return with(r, t.Format("06")+pad(int(t.Month())+map[bool]int{true: 40}[t.Year() >= 2000], 2)+t.Format("02"))
		},
		ok: func(s string) bool { return isDigits(s, 10) && realDay(s) && check(s) == s[9:] },
		faults: []fault{
			{"no such month", func(r *rand.Rand) string {
				return with(r, digits(r, 2)+pick(r, "00", "13", "33", "53")+between(r, 1, 28, 2))
			}},
			{"no such day", func(r *rand.Rand) string { y, m, d := badDay(r); return with(r, pad(y%100, 2)+pad(m, 2)+pad(d, 2)) }},
		}}
}

// hrOIB: ten digits and one of MOD 11,10. Source: Zakon o osobnom
// identifikacijskom broju (NN 60/08); Porezna uprava.
func hrOIB() Identifier {
	return Identifier{ID: "hr-oib", Checked: true, Examples: []string{"33392005961", "94577403194"},
		make: func(r *rand.Rand) string { s := digits(r, 10); return s + mod1110(s) },
		ok:   func(s string) bool { return isDigits(s, 11) && mod1110(s[:10]) == s[10:] }}
}

// trTCKN: nine digits, first not 0; the tenth is 7 × the odd places minus the
// even ones, the eleventh the sum of the ten, mod 10. Source: Nüfus ve
// Vatandaşlık İşleri, 5490 sayılı Kanun.
func trTCKN() Identifier {
	check := func(s string) string {
		s += pad(((7*sum(s, 1, 0, 1, 0, 1, 0, 1, 0, 1)-sum(s, 0, 1, 0, 1, 0, 1, 0, 1))%10+10)%10, 1)
		return s + pad(sum(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10, 1)
	}
	return Identifier{ID: "tr-tckn", forms: []string{"###########", "### ### ### ##"}, Checked: true, Examples: []string{"10000000146"},
		make:   func(r *rand.Rand) string { return check(between(r, 1, 9, 1) + digits(r, 8)) },
		ok:     func(s string) bool { return isDigits(s, 11) && s[0] != '0' && check(s[:9]) == s },
		faults: []fault{{"begins with 0", func(r *rand.Rand) string { return check("0" + digits(r, 8)) }}}}
}

// inAadhaar: twelve digits, first 2–9, last a Verhoeff digit; no palindromes.
// Source: UIDAI, "A UID Numbering Scheme" (2010).
func inAadhaar() Identifier {
	palindrome := func(s string) bool {
		for i := range len(s) / 2 {
			if s[i] != s[len(s)-1-i] {
				return false
			}
		}
		return true
	}
	return Identifier{ID: "in-aadhaar", Checked: true,
		make: func(r *rand.Rand) string { s := between(r, 2, 9, 1) + digits(r, 10); return s + verhoeff(s) },
		ok: func(s string) bool {
			return isDigits(s, 12) && s[0] > '1' && verhoeff(s[:11]) == s[11:] && !palindrome(s)
		},
		forms:  []string{"#### #### ####", "############", "####-####-####"},
		faults: []fault{{"begins with 0 or 1", func(r *rand.Rand) string { s := pick(r, "0", "1") + digits(r, 10); return s + verhoeff(s) }}}}
}

// auTFN: nine digits of weights 1 4 3 7 5 8 6 9 10, or eight of weights
// 10 7 8 4 6 3 5 1; divisible by 11. Source: Australian Taxation Office, "Tax
// file number" (algorithm as published for software developers).
func auTFN() Identifier {
	ok := func(s string) bool {
		return isDigits(s, 9) && sum(s, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && strings.Trim(s, "0") != "" ||
			isDigits(s, 8) && sum(s, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0
	}
	return Identifier{ID: "au-tfn", Checked: true, Examples: []string{"123456782", "876543210"}, ok: ok,
		make: func(r *rand.Rand) string {
			return until(func() string {
				if s := between(r, 1, 9, 1) + digits(r, 8); ok(s) {
					return s
				}
				return ""
			})
		},
		forms: []string{"### ### ###", "#########"}}
}
