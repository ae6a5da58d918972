package detect

import "slices"

func nlBSN() detector {
	context := slices.Concat(words(
		"nl: burgerservicenr, burger service nummer, bsnnr, BSN, BSN's, BSNs, BSN-nummer, BSN nr, BSNnr, burgerservicenummer, burgerservicenummers, burger service nummer, sofinummer, sofi-nummer, sofi, persoonsnummer, onderwijsnummer",
		"en: citizen service number, Dutch BSN, BSN number", "de: BSN-Nummer, Bürgerservicenummer", "fr: numéro BSN, numéro de service citoyen, numéro de citoyen", "pl: numer BSN", "es: número BSN, número de servicio ciudadano", "it: numero BSN",
	), abroad("nl", person, social, tax))
	return detector{
		ID:       "nl-bsn",
		Category: Personal,
		Doc:      "Dutch citizen service number (BSN) that passes the eleven test",
		Source:   "Wet algemene bepalingen burgerservicenummer; Logisch Ontwerp BSN (RvIG), elfproef",
		Shapes:   []shape{digits(8, 9)},
		Check:    checkBSN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkBSN: 9 % of random numbers pass. Eight digits are an old number
// without its zero, and as long as a date.
func checkBSN(c *candidate) grade {
	t := c.Text
	if sameDigit(t) || !elevenTest(t) {
		return reject
	}
	switch {
	case len(t) == 9 && (c.plain() || c.in(". -", 3, 3, 3) || c.in(". -", 4, 2, 3) || c.in(". ", 2, 2, 2, 3)):
		return claimed
	case len(t) == 8 && (c.plain() || c.in(". ", 4, 2, 2) || c.in(". ", 2, 3, 3)):
		return hinted
	}
	return reject
}

func elevenTest(t []byte) bool {
	if len(t) == 9 {
		return (weighted(t, 9, 8, 7, 6, 5, 4, 3, 2)-digit(t, 8))%11 == 0
	}
	return (weighted(t, 8, 7, 6, 5, 4, 3, 2)-digit(t, 7))%11 == 0
}
