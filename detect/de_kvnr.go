package detect

import "slices"

func deKVNR() detector {
	context := slices.Concat(words(
		"de: KVNR, KVNr, KV-Nummer, KV-Nr, Krankenversichertennummer, Krankenversicherten-Nr, Krankenversichertennr, Krankenversicherungsnummer, Versichertennummer, Versicherten-Nr, Versichertennr, Versicherten-ID, VersichertenID, Gesundheitskarte, eGK, Krankenkasse, Krankenkassennummer",
		"en: German health insurance number", "fr: numéro d'assurance maladie",
	), abroad("de", healthcare))
	return detector{
		ID:       "de-kvnr",
		Category: Personal,
		Doc:      "German health insurance number with its check digit",
		Source:   "§ 290 SGB V; GKV-Spitzenverband, Richtlinie zur Krankenversichertennummer (2019), annex 1",
		Shapes:   []shape{{Lead: "A", Rest: '9', Min: 10, Max: 10}},
		Check:    checkKVNR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkKVNR: one in ten codes of the form passes.
func checkKVNR(c *candidate) grade {
	t := c.Text
	sum := crossSums(letterNumber(t[0]), 1, 2) + crossSums(t[1:], 1, 2, 1, 2, 1, 2, 1, 2)
	if sum%10 != digit(t, 9) || sameDigit(t[1:]) {
		return reject
	}
	if c.plain() || c.in(" -", 1, 9) || c.in(" ", 1, 3, 3, 3) || c.in(" ", 4, 3, 3) {
		return claimed
	}
	return reject
}
