package values

import (
	"math/rand/v2"
	"strings"
)

// ukNHS: nine digits and one of mod 11, weights 10–2; remainder 10 is not
// issued. Source: NHS Data Dictionary, "NHS NUMBER".
func ukNHS() Identifier {
	check := func(s string) string { return mod11table(s, "0X987654321", 10, 9, 8, 7, 6, 5, 4, 3, 2) }
	return Identifier{ID: "uk-nhs", Checked: true, Examples: []string{"943 476 5919", "401 023 2137"},
		make: func(r *rand.Rand) string {
			return until(func() string {
				s := between(r, 4, 7, 1) + digits(r, 8)
				if c := check(s); c != "X" {
					return s + c
				}
				return ""
			})
		},
		ok:    func(s string) bool { return isDigits(s, 10) && check(s) == s[9:] },
		forms: []string{"### ### ####", "##########", "###-###-####", "### ### ####"}}
}

// ukNINO: two letters, six digits, A–D. First letter without D F I Q U V,
// second also without O; not BG GB KN NK NT TN ZZ. No check; the suffix is left
// out at times. Source: HMRC, National Insurance Manual NIM39110.
func ukNINO() Identifier {
	ok := func(s string) bool {
		return like(`[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]?`, s) && !like(`(BG|GB|KN|NK|NT|TN|ZZ).*`, s)
	}
	nino := func(r *rand.Rand) string {
		return until(func() string {
			if s := chars(r, "ABCEGHJKLMNPRSTWXYZ", 1) + chars(r, "ABCEGHJKLMNPRSTWXYZ", 1) + digits(r, 6) + chars(r, "ABCD", 1); ok(s) {
				return s
			}
			return ""
		})
	}
	return Identifier{ID: "uk-nino", Small: true, make: nino, ok: ok, forms: []string{"## ## ## ## #", "#########", "## ###### #", "##-##-##-##-#", "## ## ## ## #"},
		faults: []fault{
			{"prefix not in use", func(r *rand.Rand) string { return pick(r, "BG", "GB", "KN", "NK", "NT", "TN", "ZZ") + nino(r)[2:] }},
			{"first letter not in use", func(r *rand.Rand) string { return chars(r, "DFIQUV", 1) + nino(r)[1:] }},
			{"second letter not in use", func(r *rand.Rand) string { s := nino(r); return s[:1] + chars(r, "DFIOQUV", 1) + s[2:] }},
			{"suffix not in use", func(r *rand.Rand) string { return nino(r)[:8] + chars(r, "EFGHJKLMPQRTXYZ", 1) }},
		}}
}

// ukUTR: ten digits, the first is the check of the other nine: weights
// 6 7 8 9 10 5 4 3 2, mod 11. Source: HMRC, Corporation Tax technical
// specifications, "UTR modulus 11 check".
func ukUTR() Identifier {
	check := func(s string) string { return mod11table(s, "21987654321", 6, 7, 8, 9, 10, 5, 4, 3, 2) }
	return Identifier{ID: "uk-utr", Checked: true, Examples: []string{"1955839661"},
		make:   func(r *rand.Rand) string { s := digits(r, 9); return check(s) + s },
		ok:     func(s string) bool { return isDigits(s, 10) && check(s[1:]) == s[:1] },
		forms:  []string{"##########", "##### #####"},
		faults: []fault{{"begins with 0", func(r *rand.Rand) string { return "0" + digits(r, 9) }}}}
}

// ppsCheck is the letter of the Irish mod 23 check; a second letter counts
// nine times its place in the alphabet, W (the old form for wives) nothing.
func ppsCheck(s, second string) string {
	t := sum(s, 8, 7, 6, 5, 4, 3, 2)
	if second != "" && second != "W" && second != "T" && second != "X" {
		t += 9 * (int(second[0]-'A') + 1)
	}
	return string("WABCDEFGHIJKLMNOPQRSTUV"[t%23])
}

// iePPS: seven digits, a check letter, and since 2013 a second letter (A, B
// or H), which is part of the sum; before, W, T or X could follow and weren't.
// Source: Revenue, "PPS Number structure"; Department of Social Protection.
func iePPS() Identifier {
	return Identifier{ID: "ie-pps", Small: true, forms: []string{"#########", "########", "####### ##", "####### #"}, Checked: true, Examples: []string{"1234567T", "1234567FA"},
		make: func(r *rand.Rand) string {
			s, second := digits(r, 7), pick(r, "", "", "A", "B", "H")
			return s + ppsCheck(s, second) + second
		},
		ok: func(s string) bool {
			return like(`\d{7}[A-W][ABHWTX]?`, s) && ppsCheck(s, s[8:]) == s[7:8]
		},
		faults: []fault{
			{"wrong check letter", func(r *rand.Rand) string {
				s := digits(r, 7)
				c := chars(r, strings.Replace("ABCDEFGHIJKLMNOPQRSTUVW", ppsCheck(s, ""), "", 1), 1)
				return s + c
			}},
			{"check letter beyond W", func(r *rand.Rand) string { return digits(r, 7) + chars(r, "XYZ", 1) }},
		}}
}
