package detect

import "slices"

func plNIP() detector {
	context := slices.Concat(words(
		"pl: NIP, nr NIP, numer NIP, numeru NIP, NIPu, numer identyfikacji podatkowej, numeru identyfikacji podatkowej, NIP UE, NIP firmy, NIP nabywcy, NIP sprzedawcy, podatnik, podatnika, nr identyfikacji podatkowej",
		"en: NIP number, Polish NIP", "de: NIP-Nummer", "fr: numéro NIP", "nl: NIP-nummer", "es: número NIP", "it: numero NIP",
	), abroad("pl", tax))
	return detector{
		ID:       "pl-nip",
		Category: Financial,
		Doc:      "Polish tax number (NIP) with its check digit",
		Source:   "Polish act on registration of taxpayers of 13 October 1995, article 8a; Ministry of Finance, NIP check digit (modulus 11)",
		Shapes:   []shape{digits(10, 10), {Begins: "PL", Lead: "AA", Rest: '9', Min: 12, Max: 12}},
		Check:    checkNIP,
		Context:  context,
		Against:  otherNumbers(context, "VAT"),
		Mask:     dots,
	}
}

// checkNIP: 9 % of random numbers of ten digits pass.
func checkNIP(c *candidate) grade {
	t := c.Text
	if len(t) == 12 {
		if string(t[:2]) != "PL" {
			return reject
		}
		t = t[2:]
	}
	if !nipDigit(t) {
		return reject
	}
	switch {
	case c.in(" ", 2, 10), c.mixed(" -", 2, 3, 3, 2, 2), c.mixed(" -", 2, 3, 2, 2, 3), c.in(" -", 5, 3, 2, 2), c.in(" -", 5, 2, 2, 3),
		c.plain(), c.in(" -", 3, 3, 2, 2), c.in(" -", 3, 2, 2, 3):
		return claimed
	}
	return reject
}

// nipDigit checks the last digit; a remainder of 10 is not given out, nor is
// an office of 000.
func nipDigit(t []byte) bool {
	return number(t[:3]) != 0 && weighted(t, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(t, 9)
}
