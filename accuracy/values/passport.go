package values

import (
	"math/rand/v2"
	"strings"
)

// mrzCheck is the check digit of ICAO Doc 9303: weights 7 3 1, A–Z 10–35,
// "<" 0, mod 10.
func mrzCheck(s string) string {
	t := 0
	for i := range len(s) {
		if s[i] != '<' {
			t += val(s[i]) * []int{7, 3, 1}[i%3]
		}
	}
	return pad(t%10, 1)
}

// fillers makes a field of n places.
func fillers(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }

// passportMRZ: machine-readable zones TD3 (passports, 2 × 44), TD1 and TD2
// (cards, 3 × 30 and 2 × 36): number, date of birth and of expiry with a check
// digit each, and one over all. Source: ICAO Doc 9303, parts 3–6.
func passportMRZ() Identifier {
	type holder struct{ number, born, expires, state, sex, names string }
	person := func(r *rand.Rand) holder {
		return holder{
			number: chars(r, "CFGHJKLMNPRTVWXYZ", 1) + chars(r, "0123456789CFGHJKLMNPRTVWXYZ", 8), born: yymmdd(born(r)), expires: yymmdd(day(r, 2027, 2035)),
			state: pick(r, "D<<", "POL", "NLD", "FRA", "GBR", "ITA", "ESP", "SWE", "FIN", "AUT", "CHE"), sex: pick(r, "M", "F", "<"),
			names: pick(r, "MUSTERMANN<<ERIKA", "KOWALSKA<<ANNA<MARIA", "DE<BRUIJN<<WILLEKE", "ROSSI<<GIULIA", "LINDSTROEM<<NILS<ERIK", "GARCIA<LOPEZ<<ELENA", "MARTIN<<LUC<ANTOINE"),
		}
	}
	td3 := func(h holder) string {
		a, b, c := h.number+mrzCheck(h.number), h.born+mrzCheck(h.born), h.expires+mrzCheck(h.expires)
		personal := fillers("", 14) + "0"
		second := a + h.state + b + h.sex + c + personal
		return fillers("P<"+h.state+h.names, 44) + "\n" + second + mrzCheck(a+b+c+personal)
	}
	td2 := func(h holder) string {
		a, b, c := h.number+mrzCheck(h.number), h.born+mrzCheck(h.born), h.expires+mrzCheck(h.expires)
		return fillers("I<"+h.state+h.names, 36) + "\n" + a + h.state + b + h.sex + c + fillers("", 7) + mrzCheck(a+b+c+fillers("", 7))
	}
	td1 := func(h holder) string {
		a, b, c := h.number+mrzCheck(h.number)+fillers("", 15), h.born+mrzCheck(h.born), h.expires+mrzCheck(h.expires)
		return "I<" + h.state + a + "\n" + b + h.sex + c + h.state + fillers("", 11) + mrzCheck(a+b+c+fillers("", 11)) + "\n" + fillers(h.names, 30)
	}
	mrz := func(r *rand.Rand) string { return pick(r, td3, td3, td2, td1)(person(r)) }
	return Identifier{ID: "passport-mrz", Checked: true, Kind: Block, make: mrz, ok: mrzOK, noFaults: true,
		squeeze: func(s string) string { return s },
		Examples: []string{
			"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
			"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
			"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
		},
		faults: []fault{
			{"wrong check digit of the number", func(r *rand.Rand) string { s := td3(person(r)); return change(r, s, 45+9) }},
			{"wrong check digit of the birth", func(r *rand.Rand) string { s := td3(person(r)); return change(r, s, 45+19) }},
			{"wrong check digit over all", func(r *rand.Rand) string { s := td3(person(r)); return change(r, s, 45+43) }},
			{"no such day of birth", func(r *rand.Rand) string { h := person(r); h.born = "811332"; return td3(h) }},
			{"wrong check digit of a card", func(r *rand.Rand) string { s := td2(person(r)); return change(r, s, 37+9) }},
			{"a line too short", func(r *rand.Rand) string { s := td3(person(r)); return s[:85] }},
		}}
}

// mrzOK checks a zone of any of the three sizes.
func mrzOK(s string) bool {
	lines := strings.Split(s, "\n")
	for _, l := range lines {
		if !like(`[A-Z0-9<]+`, l) || len(l) != len(lines[0]) {
			return false
		}
	}
	field := func(s string) bool { return mrzCheck(s[:len(s)-1]) == s[len(s)-1:] }
	date := func(s string) bool { return field(s) && isAnyDay(number(s[:2]), number(s[2:4]), number(s[4:6])) }
	switch {
	case len(lines) == 2 && len(lines[0]) == 44:
		l := lines[1]
		return field(l[:10]) && date(l[13:20]) && date(l[21:28]) && field(l[:10]+l[13:20]+l[21:])
	case len(lines) == 2 && len(lines[0]) == 36:
		l := lines[1]
		return field(l[:10]) && date(l[13:20]) && date(l[21:28]) && field(l[:10]+l[13:20]+l[21:])
	case len(lines) == 3 && len(lines[0]) == 30:
		l, m := lines[0], lines[1]
		return field(l[5:15]) && date(m[:7]) && date(m[8:15]) && field(l[5:]+m[:7]+m[8:15]+m[18:])
	}
	return false
}
