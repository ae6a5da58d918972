package detect

import "slices"

func plREGON() detector {
	context := slices.Concat(words(
		"pl: REGON, nr REGON, numer REGON, numeru REGON, REGONu, numer statystyczny, numer identyfikacyjny REGON",
		"en: REGON number, Polish business register, Polish statistical number", "de: REGON-Nummer, polnische Unternehmensnummer", "fr: numéro REGON", "nl: REGON-nummer", "es: número REGON", "it: numero REGON",
	))
	return detector{
		ID:       "pl-regon",
		Category: Financial,
		Doc:      "Polish business register number (REGON) of nine or fourteen digits with its check digits",
		Source:   "Regulation of the Polish Council of Ministers on the REGON register of 30 November 2015; GUS, check digit",
		Shapes:   []shape{digits(9, 9), digits(14, 14)},
		Check:    checkREGON,
		Context:  context,
		Against:  otherNumbers(context, "VAT"),
		Mask:     dots,
	}
}

// checkREGON: 9 % of random numbers of nine digits pass, 0.9 % of fourteen,
// which are as long as a time stamp.
func checkREGON(c *candidate) grade {
	t := c.Text
	if sameDigit(t) || weighted(t, 8, 9, 2, 3, 4, 5, 6, 7)%11%10 != digit(t, 8) ||
		len(t) == 14 && weighted(t, 2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)%11%10 != digit(t, 13) {
		return reject
	}
	if c.plain() || c.in(" -", 3, 3, 3) || c.in(" -", 9, 5) {
		return claimed
	}
	return reject
}
