package values

import (
	"math/rand/v2"
	"strings"
)

const (
	cfMonths  = "ABCDEHLMPRST" // of the codice fiscale
	omocodia  = "LMNPQRSTUV"   // letters for 0–9 where two persons have one code
	cfLetters = "BCDFGLMNPRSTVZ"
)

// cfDigits turns letters of omocodia back into digits.
func cfDigits(s string) string {
	b := []byte(s)
	for i, c := range b {
		if at := strings.IndexByte(omocodia, c); at >= 0 {
			b[i] = byte('0' + at)
		}
	}
	return string(b)
}

// cfDay says whether year, month letter and day (+40 for women) are a date.
func cfDay(s string) bool {
	m := strings.IndexByte(cfMonths, s[2]) + 1
	y, d := number(cfDigits(s[:2])), number(cfDigits(s[3:]))
	if d > 40 {
		d -= 40
	}
	return m > 0 && isAnyDay(y, m, d)
}

// itCodiceFiscale: surname, name, year, month letter, day, place, check letter;
// digits may be letters from the right (omocodia). Source: DM 23 dicembre 1976,
// Agenzia delle Entrate.
func itCodiceFiscale() Identifier {
	with := func(r *rand.Rand, month string, d int) string {
		s := chars(r, cfLetters, 6) + digits(r, 2) + month + pad(d+pick(r, 0, 40), 2) + chars(r, "ABCDEFGHIL", 1) + between(r, 1, 999, 3)
		if r.IntN(8) == 0 {
			s = s[:14] + string(omocodia[val(s[14])])
		}
		return s + cin(s)
	}
	const d = `[0-9LMNP-V]`
	return Identifier{ID: "it-codice-fiscale", Small: true, Checked: true, Examples: []string{"RSSMRA85T10A562S", "MRTMTT25D09F205Z"},
		make: func(r *rand.Rand) string { return with(r, chars(r, cfMonths, 1), 1+r.IntN(28)) },
		ok: func(s string) bool {
			return like(`[A-Z]{6}`+d+`{2}[A-Z]`+d+`{2}[A-Z]`+d+`{3}[A-Z]`, s) && cfDay(s[6:11]) && cin(s[:15]) == s[15:]
		},
		forms: []string{"################", "### ### ##### #####", "### ### ##### #####"},
		faults: []fault{
			{"no such month", func(r *rand.Rand) string { return with(r, chars(r, "FGIJKNOQUVWXYZ", 1), 12) }},
			{"no such day", func(r *rand.Rand) string { return with(r, "D", 32+r.IntN(8)) }},
		}}
}

// itPIVA: seven digits, the office's province (001–100, 120, 121, 888, 999),
// Luhn digit. Source: DPR 633/1972 art. 35; Agenzia delle Entrate.
func itPIVA() Identifier {
	with := func(r *rand.Rand, office string) string { s := digits(r, 7) + office; return s + luhn(s) }
	return Identifier{ID: "it-piva", Checked: true, Examples: []string{"00743110157", "12345670017"},
		make: func(r *rand.Rand) string { return with(r, pick(r, between(r, 1, 100, 3), "120", "121", "999")) },
		ok: func(s string) bool {
			return isDigits(s, 11) && luhnOK(s) && like(`.{7}(0\d\d|1[0-2]\d|888|999).`, s) && s[:7] != "0000000"
		},
		faults: []fault{{"no such office", func(r *rand.Rand) string { return with(r, between(r, 200, 700, 3)) }}}}
}
