package detect

import "slices"

func ukNHS() detector {
	context := slices.Concat(words(
		"en: NHS, NHS number, NHS no, NHS num, NHS id, NHS identifier, NHSNo, nhs_number, National Health Service number, CHI number, Community Health Index, H&C number, Health and Care Number",
		"de: NHS-Nummer", "fr: numéro NHS", "nl: NHS-nummer", "pl: numer NHS", "es: número NHS, número del NHS", "it: numero NHS",
	), abroad("uk", healthcare, person))
	return detector{
		ID:       "uk-nhs",
		Category: Personal,
		Doc:      "British NHS number with its check digit",
		Source:   "NHS Data Model and Dictionary, NHS NUMBER (modulus 11); ISB 0149",
		Shapes:   []shape{digits(10, 10)},
		Check:    checkNHS,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNHS: 9 % of random numbers of ten digits pass, telephone numbers too.
func checkNHS(c *candidate) grade {
	t := c.Text
	if sameDigit(t) || (weighted(t, 10, 9, 8, 7, 6, 5, 4, 3, 2)+digit(t, 9))%11 != 0 {
		return reject
	}
	if c.plain() || c.in(" -", 3, 3, 4) {
		return claimed
	}
	return reject
}
