package detect

import "slices"

func frSIRET() detector {
	context := slices.Concat(words(
		"fr: SIRET, SIRETs, numéro SIRET, numéro de SIRET, n° SIRET, no SIRET, code SIRET, SIRET du siège, établissement SIRET, SIREN, RCS, APE, code NAF",
		"en: SIRET number, French company number, French business number", "de: SIRET-Nummer, französische Unternehmensnummer", "nl: SIRET-nummer", "pl: numer SIRET", "es: número SIRET", "it: numero SIRET, codice SIRET",
	))
	return detector{
		ID:       "fr-siret",
		Category: Financial,
		Doc:      "French number of an establishment (SIRET) with the check digits of it and of its firm (SIREN)",
		Source:   "Code de commerce, article R123-221; INSEE, identification SIREN and SIRET (Luhn; La Poste)",
		Shapes:   []shape{digits(14, 14)},
		Check:    checkSIRET,
		Context:  context,
		Against:  otherNumbers(context, "TVA"),
		Mask:     dots,
	}
}

// checkSIRET: 1 % of random numbers of fourteen digits pass, which are as
// long as a time stamp.
func checkSIRET(c *candidate) grade {
	t := c.Text
	if sameDigit(t) || number(t[:9]) == 0 || !luhn(t[:9]) || !siretDigit(t) {
		return reject
	}
	switch {
	case c.plain():
		return claimed
	case c.in(" .", 3, 3, 3, 5), c.in(" .", 3, 3, 3, 2, 3), c.in(" ", 9, 5):
		return formed
	}
	return reject
}

// siretDigit: La Poste has more establishments than Luhn leaves room for; the
// sum of their digits is a multiple of 5, its seat's apart.
func siretDigit(t []byte) bool {
	if string(t[:9]) != "356000000" || string(t[9:]) == "00048" {
		return luhn(t)
	}
	return weighted(t, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%5 == 0
}
