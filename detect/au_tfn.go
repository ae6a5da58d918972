package detect

import "slices"

func auTFN() detector {
	context := slices.Concat(words(
		"en: TFN, TFNs, tax file number, tax file numbers, tax file no, TFN number, TFN declaration, Australian Taxation Office, ATO, superannuation, tax_file_number",
		"de: TFN-Nummer", "fr: numéro TFN, numéro de dossier fiscal", "es: número TFN", "it: numero TFN", "pl: numer TFN",
	), abroad("au", tax))
	return detector{
		ID:       "au-tfn",
		Category: Personal,
		Doc:      "Australian tax file number (TFN) of eight or nine digits with its check digit",
		Source:   "Taxation Administration Act 1953 (Australia), section 202; ATO, TFN algorithm (modulus 11)",
		Shapes:   []shape{digits(8, 9)},
		Check:    checkTFN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkTFN: 9 % of random numbers pass. Eight digits are as long as a date.
func checkTFN(c *candidate) grade {
	t := c.Text
	switch {
	case sameDigit(t):
		return reject
	case len(t) == 9 && weighted(t, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && (c.plain() || c.in(" -", 3, 3, 3)):
		return claimed
	case len(t) == 8 && weighted(t, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0 && (c.plain() || c.in(" -", 3, 3, 2) || c.in(" -", 2, 3, 3)):
		return hinted
	}
	return reject
}
