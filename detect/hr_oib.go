package detect

import "slices"

func hrOIB() detector {
	context := slices.Concat(words(
		"hr: OIB, OIB-a, OIBa, OIB-om, osobni identifikacijski broj, osobnog identifikacijskog broja, osobni broj, identifikacijski broj, porezni broj",
		"en: OIB number, Croatian OIB, Croatia OIB", "de: OIB-Nummer", "fr: numéro OIB", "nl: OIB-nummer", "pl: numer OIB", "es: número OIB", "it: numero OIB, codice OIB",
	), abroad("hr", person, tax))
	return detector{
		ID:       "hr-oib",
		Category: Personal,
		Doc:      "Croatian personal identification number (OIB) with its check digit",
		Source:   "Croatian act on the personal identification number (NN 60/08), article 7; ISO/IEC 7064 MOD 11,10",
		Shapes:   []shape{digits(11, 11), {Begins: "HR", Lead: "AA", Rest: '9', Min: 13, Max: 13}},
		Check:    checkOIB,
		Context:  context,
		Against:  otherNumbers(context, "VAT"),
		Mask:     dots,
	}
}

// checkOIB: one in ten random numbers of eleven digits passes.
func checkOIB(c *candidate) grade {
	t := c.Text
	if len(t) == 13 {
		if string(t[:2]) != "HR" {
			return reject
		}
		t = t[2:]
	}
	if !mod1110(t) || sameDigit(t) {
		return reject
	}
	if c.plain() || c.in(" ", 2, 11) || c.in(" ", 3, 3, 3, 2) || c.in(" ", 2, 3, 3, 3) {
		return claimed
	}
	return reject
}
