package values

import (
	"math/rand/v2"
	"strings"
)

// nirKey is 97 minus the remainder by 97; 2A counts as 19 and 2B as 18.
func nirKey(s string) string {
	n := strings.Replace(strings.Replace(s, "2A", "19", 1), "2B", "18", 1)
	return pad(97-number(n)%97, 2)
}

// frNIR: sex, year and month of birth (20 and up where unknown), department
// (01–95, 2A, 2B, 97x, 98x, 99 abroad), commune, serial, key. Source: décret
// n° 82-103 du 22 janvier 1982; INSEE, "Numéro de sécurité sociale".
func frNIR() Identifier {
	const shape = `[123478]\d\d(0[1-9]|1[0-2]|[2-9]\d)(\d\d|2[AB])\d{6}`
	with := func(r *rand.Rand, sex, month, place string) string {
		s := sex + digits(r, 2) + month + place + between(r, 1, 899, 3) + between(r, 1, 999, 3)
		return s + nirKey(s)
	}
	place := func(r *rand.Rand) string {
		return pick(r, between(r, 1, 19, 2), between(r, 21, 95, 2), "75", "69", "13", "2A", "2B", "99")
	}
	return Identifier{ID: "fr-nir", Checked: true, Examples: []string{"2 55 08 14 168 025 38", "1 84 12 76 451 089 46"},
		make: func(r *rand.Rand) string { return with(r, pick(r, "1", "2"), between(r, 1, 12, 2), place(r)) },
		ok: func(s string) bool {
			return len(s) == 15 && like(shape+`\d\d`, s) && !strings.HasPrefix(s[5:], "00") && nirKey(s[:13]) == s[13:]
		},
		forms: []string{"# ## ## ## ### ### ##", "###############", "# ## ## ## ### ### / ##", "# ## ## ## ###### ##", "#.##.##.##.###.###.##"},
		faults: []fault{
			{"no such sex", func(r *rand.Rand) string { return with(r, pick(r, "0", "5", "9"), "07", "75") }},
			{"no such month", func(r *rand.Rand) string { return with(r, "1", pick(r, "00", "13", "17"), "75") }},
			{"department 00", func(r *rand.Rand) string { return with(r, "2", "05", "00") }},
		}}
}

// frSIRET: SIREN (nine digits with a Luhn digit) and five of the place, Luhn
// over all fourteen; La Poste (356000000) may instead have a sum of digits that
// 5 divides. Source: INSEE, article R123-221 du code de commerce.
func frSIRET() Identifier {
	siren := func(r *rand.Rand) string { s := between(r, 301, 999, 3) + digits(r, 5); return s + luhn(s) }
	return Identifier{ID: "fr-siret", Checked: true, Examples: []string{"73282932000074", "35600000000048"},
		make: func(r *rand.Rand) string { s := siren(r) + "000" + digits(r, 1); return s + luhn(s) },
		ok: func(s string) bool {
			return isDigits(s, 14) && luhnOK(s[:9]) && (luhnOK(s) || s[:9] == "356000000")
		},
		forms: []string{"### ### ### #####", "##############", "### ### ### ## ###", "###.###.###.#####", "### ### ### #####"},
		faults: []fault{{"the SIREN in front doesn't hold", func(r *rand.Rand) string {
			s := change(r, siren(r), 8) + "000" + digits(r, 1)
			return s + luhn(s)
		}}}}
}
