package values

import (
	"math/rand/v2"
	"strings"
)

// deSteuerID: eleven digits, first not 0; of the first ten exactly one digit
// occurs two or three times (three not side by side) and the others once or
// never; MOD 11,10. Source: § 139b AO, Bundeszentralamt für Steuern,
// "Informationen zur Prüfziffernberechnung der Steuerlichen Identifikationsnummer".
func deSteuerID() Identifier {
	repeats := func(s string) bool {
		twice, thrice := 0, 0
		for d := range 10 {
			c := pad(d, 1)
			switch n := strings.Count(s, c); {
			case n == 2:
				twice++
			case n == 3:
				thrice++
				if strings.Contains(s, c+c+c) {
					return false
				}
			case n > 3:
				return false
			}
		}
		return twice+thrice == 1
	}
	body := func(r *rand.Rand) string {
		return until(func() string {
			d := []byte("0123456789")
			r.Shuffle(10, func(i, j int) { d[i], d[j] = d[j], d[i] })
			d[r.IntN(10)] = d[r.IntN(10)]
			if s := string(d); s[0] != '0' && repeats(s) {
				return s
			}
			return ""
		})
	}
	return Identifier{ID: "de-steuer-id", Checked: true, Examples: []string{"86095742719", "47036892816", "65929970489", "57549285017", "25768131411"},
		make: func(r *rand.Rand) string { s := body(r); return s + mod1110(s) },
		ok: func(s string) bool {
			return isDigits(s, 11) && s[0] != '0' && repeats(s[:10]) && mod1110(s[:10]) == s[10:]
		},
		forms: []string{"## ### ### ###", "###########", "##/###/###/###", "## ### ### ###"},
		faults: []fault{
			{"begins with 0", func(r *rand.Rand) string { s := "0" + body(r)[1:]; return s + mod1110(s) }},
			{"all digits once", func(r *rand.Rand) string {
				d := []byte("123456789")
				r.Shuffle(9, func(i, j int) { d[i], d[j] = d[j], d[i] })
				s := string(d) + "0"
				return s + mod1110(s)
			}},
			{"three repeated side by side", func(r *rand.Rand) string { s := "1117" + chars(r, "234568", 6); return s + mod1110(s) }},
		}}
}

// crossSum adds the digits of the products of digits and weights.
func crossSum(s string, weights ...int) int {
	t := 0
	for i, w := range weights {
		p := val(s[i]) * w
		t += p/10 + p%10
	}
	return t
}

// place is a letter's place in the alphabet as two digits.
func place(c byte) string { return pad(int(c-'A')+1, 2) }

// deSVNR: area of the pension insurer, date of birth, first letter of the name
// at birth, serial, check digit: digit sums with weights 2 1 2 5 7 1 2 1 2 1 2 1,
// the letter as two digits. Source: § 147 SGB VI; VKVO; Deutsche
// Rentenversicherung, "Versicherungsnummer".
func deSVNR() Identifier {
	check := func(s string) string {
		return pad(crossSum(s[:8]+place(s[8])+s[9:11], 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)%10, 1)
	}
	areas := []string{"10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "23", "24", "25", "26", "28", "29", "50", "51", "52", "53", "54", "56", "65", "80", "82"}
	with := func(r *rand.Rand, area, date string) string {
		s := area + date + chars(r, "ABCDEFGHIJKLMNOPQRSTUVWZ", 1) + digits(r, 2)
		return s + check(s)
	}
	return Identifier{ID: "de-svnr", Checked: true, Examples: []string{"15070649C103", "10010490A443"},
		make: func(r *rand.Rand) string { return with(r, pick(r, areas...), born(r).Format("020106")) },
		ok: func(s string) bool {
			return like(`\d{8}[A-Z]\d{3}`, s) && !like(`(00|01|3[0-7]|7[0-7]|9\d).*`, s) && svnrDay(s[2:8]) && check(s) == s[11:]
		},
		forms: []string{"## ###### # ###", "############"},
		faults: []fault{
			{"no such area", func(r *rand.Rand) string { return with(r, pick(r, "00", "01", "99", "95"), born(r).Format("020106")) }},
			{"no such month", func(r *rand.Rand) string {
				return with(r, pick(r, areas...), between(r, 1, 28, 2)+pick(r, "13", "17", "20")+digits(r, 2))
			}},
		}}
}

// svnrDay says whether DDMMYY can stand in an insurance number: unknown days
// and months are 00.
func svnrDay(s string) bool {
	d, m, y := number(s[:2]), number(s[2:4]), number(s[4:])
	return m <= 12 && (d == 0 || m == 0 && d <= 31 || isAnyDay(y, m, d))
}

// deKVNR: the ten characters that stay for life: letter, eight digits, check
// digit: digit sums with weights 1 2 1 2 …, the letter as two digits. Source:
// § 290 SGB V, GKV-Spitzenverband, "Richtlinie zur Krankenversichertennummer".
func deKVNR() Identifier {
	check := func(s string) string {
		return pad(crossSum(place(s[0])+s[1:9], 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)%10, 1)
	}
	return Identifier{ID: "de-kvnr", Small: true, Checked: true, Examples: []string{"A123456780"},
		make: func(r *rand.Rand) string {
			s := chars(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) + digits(r, 8)
			return s + check(s)
		},
		ok:     func(s string) bool { return like(`[A-Z]\d{9}`, s) && check(s) == s[9:] },
		forms:  []string{"##########", "# ### ### ###"},
		faults: []fault{{"digit in place of the letter", func(r *rand.Rand) string { return digits(r, 10) }}}}
}

// dePersonalausweis: four characters of the authority (first one L–Y) and five
// of the card, without vowels and B D Q S, then a check digit of weights 7 3 1
// (ICAO Doc 9303). Source: § 5 PAuswG, PAuswV annex; BSI TR-03119.
func dePersonalausweis() Identifier {
	const alphabet = "0123456789CFGHJKLMNPRTVWXYZ"
	return Identifier{ID: "de-personalausweis", forms: []string{"#########", "##########", "######### #"}, Checked: true, Examples: []string{"L01X00T471", "T220001293"},
		make: func(r *rand.Rand) string {
			s := until(func() string {
				s := chars(r, "LMNPRTVWXY", 1) + chars(r, alphabet, 8)
				if strings.ContainsAny(s[1:], "0123456789") {
					return s
				}
				return ""
			})
			return s + mrzCheck(s)
		},
		ok: func(s string) bool {
			return like(`[LMNPRTVWXY][0-9CFGHJ-NPRTV-Z]{8}\d`, s) && mrzCheck(s[:9]) == s[9:]
		},
		faults: []fault{{"letter that is not used", func(r *rand.Rand) string {
			s := "L" + chars(r, "AEIOUBDQS", 2) + digits(r, 6)
			return s + mrzCheck(s)
		}}}}
}

// atSVNR: three digits (first not 0), check digit, date of birth DDMMYY:
// weights 3 7 9 – 5 8 4 2 1 6, mod 11, 10 not issued; months 13–15 where a
// day's numbers were used up. Source: Dachverband der Sozialversicherungsträger,
// § 31 ASVG.
func atSVNR() Identifier {
	check := func(s string) int { return sum(s[:3]+s[4:], 3, 7, 9, 5, 8, 4, 2, 1, 6) % 11 }
	with := func(r *rand.Rand, date string) string {
		return until(func() string {
			s := between(r, 100, 999, 3) + "0" + date
			if c := check(s); c < 10 {
				return s[:3] + pad(c, 1) + date
			}
			return ""
		})
	}
	return Identifier{ID: "at-svnr", Checked: true, Examples: []string{"1237010180"},
		make: func(r *rand.Rand) string { return with(r, born(r).Format("020106")) },
		ok: func(s string) bool {
			return isDigits(s, 10) && s[0] != '0' && number(s[6:8]) <= 15 && number(s[4:6]) <= 31 && check(s) == val(s[3])
		},
		forms: []string{"#### ######", "##########", "####-######", "#### ## ## ##", "####/######", "#### ##.##.##"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string { return with(r, between(r, 1, 28, 2)+pick(r, "16", "21", "40")+digits(r, 2)) }},
			{"no such day", func(r *rand.Rand) string { return with(r, between(r, 41, 99, 2)+between(r, 1, 12, 2)+digits(r, 2)) }},
			{"wrong check digit", func(r *rand.Rand) string { return change(r, with(r, born(r).Format("020106")), 3) }},
		}}
}

// chAHV: 756, nine digits, EAN-13 check digit. Source: Art. 50c AHVG,
// Zentrale Ausgleichsstelle, "AHV-Nummer".
func chAHV() Identifier {
	check := func(s string) string { return pad((10-sum(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10, 1) }
	return Identifier{ID: "ch-ahv", Checked: true, Examples: []string{"756.9217.0769.85", "756.1234.5678.97"},
		make:  func(r *rand.Rand) string { s := "756" + digits(r, 9); return s + check(s) },
		ok:    func(s string) bool { return isDigits(s, 13) && s[:3] == "756" && check(s) == s[12:] },
		forms: []string{"###.####.####.##", "#############", "### #### #### ##", "###-####-####-##"},
		faults: []fault{{"another country's prefix", func(r *rand.Rand) string {
			s := pick(r, "755", "757", "400", "978") + digits(r, 9)
			return s + check(s)
		}}}}
}
