package detect

import "slices"

func caSIN() detector {
	// "SIN" alone is Spanish for "without", and "NAS" Polish for "us": as labels
	// they count in capitals only.
	context := slices.Concat(words(
		"en: Social Insurance Number, Social Insurance Numbers, Social Insurance No, social insurance, SIN number, SIN no, SIN card, SINs, SIN is, my SIN, your SIN, his SIN, her SIN, their SIN, the SIN, employee SIN, client SIN, patient SIN, applicant SIN, Canadian SIN, Canada SIN, SIN NAS, NAS SIN, sin_number",
		"fr: numéro d'assurance sociale, numéros d'assurance sociale, assurance sociale, numéro NAS, no NAS, votre NAS, NAS canadien",
		"de: Sozialversicherungsnummer Kanada, kanadische Sozialversicherungsnummer, SIN-Nummer", "es: número de seguro social de Canadá, número de seguro social canadiense, número SIN",
		"pl: numer SIN", "it: numero SIN", "nl: SIN-nummer",
	), abroad("ca", social))
	return detector{
		ID:       "ca-sin",
		Category: Personal,
		Doc:      "Canadian social insurance number with its check digit",
		Source:   "Service Canada, Social Insurance Number Code of Practice (2018), annex; first digits as published by ESDC",
		Shapes:   []shape{digits(9, 9)},
		Check:    checkSIN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkSIN: 8 % of random numbers of nine digits pass. None begins with 0, and
// 8 is for firms.
func checkSIN(c *candidate) grade {
	if c.Text[0] == '0' || c.Text[0] == '8' || !luhn(c.Text) {
		return reject
	}
	switch {
	case !c.plain() && !c.in(" -.", 3, 3, 3):
		return reject
	case inCapitals(c.Before, "SIN", "NAS"):
		return proven
	}
	return claimed
}
