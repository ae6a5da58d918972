package values

import "math/rand/v2"

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// esDNI: eight digits and a letter, mod 23. Source: Real Decreto 1553/2005;
// Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
func esDNI() Identifier {
	return Identifier{ID: "es-dni", Small: true, Checked: true, Examples: []string{"12345678Z", "00000000T"},
		make:   func(r *rand.Rand) string { s := digits(r, 8); return s + string(dniLetters[number(s)%23]) },
		ok:     func(s string) bool { return like(`\d{8}[A-Z]`, s) && dniLetters[number(s[:8])%23] == s[8] },
		forms:  []string{"#########", "########-#", "##.###.###-#", "## ### ### #", "##.###.###-#", "######## #"},
		faults: []fault{{"letter that is not used", func(r *rand.Rand) string { return digits(r, 8) + chars(r, "IOU", 1) }}}}
}

// esNIE: X, Y or Z (counting 0, 1, 2), seven digits, a letter, mod 23. Source:
// Orden INT/2058/2008; Ministerio del Interior as for the DNI.
func esNIE() Identifier {
	letter := func(s string) string { return string(dniLetters[number(string('0'+s[0]-'X')+s[1:])%23]) }
	return Identifier{ID: "es-nie", Small: true, Checked: true, Examples: []string{"X1234567L", "Y1234567X", "Z1234567R"},
		make:  func(r *rand.Rand) string { s := chars(r, "XYZ", 1) + digits(r, 7); return s + letter(s) },
		ok:    func(s string) bool { return like(`[XYZ]\d{7}[A-Z]`, s) && letter(s[:8]) == s[8:] },
		forms: []string{"#########", "#-#######-#", "########-#", "# ####### #", "#-####### #"}}
}

// ptNIF: first digit 1–3, 5–9 (45 for non-residents), weights 9–2, mod 11, 10
// and 11 count as 0. Source: Decreto-Lei 14/2013; Autoridade Tributária.
func ptNIF() Identifier {
	check := func(s string) string { return mod11table(s, "00987654321", 9, 8, 7, 6, 5, 4, 3, 2) }
	return Identifier{ID: "pt-nif", Checked: true, Examples: []string{"123456789", "501442600"},
		make: func(r *rand.Rand) string {
			s := pick(r, "1", "2", "2", "3", "5", "6", "45", "71", "90", "98") + digits(r, 8)
			s = s[:8]
			return s + check(s)
		},
		ok: func(s string) bool {
			return isDigits(s, 9) && s[0] != '0' && (s[0] != '4' || s[1] == '5') && check(s) == s[8:]
		},
		forms: []string{"#########", "### ### ###", "###.###.###"},
		faults: []fault{{"first digit not in use", func(r *rand.Rand) string {
			s := pick(r, "0", "40", "43") + digits(r, 8)
			s = s[:8]
			return s + check(s)
		}}}}
}
