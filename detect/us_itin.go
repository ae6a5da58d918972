package detect

import "slices"

func usITIN() detector {
	context := slices.Concat(words(
		"en: ITIN, ITINs, individual taxpayer identification number, individual taxpayer id, taxpayer identification number, taxpayer identification no, taxpayer id, W-7, 1040NR",
		"es: número de identificación personal del contribuyente, identificación personal del contribuyente, identificación del contribuyente",
		"fr: numéro d'identification de contribuable", "de: Steuernummer für Ausländer, persönliche Steueridentifikationsnummer",
	), abroad("us", tax))
	return detector{
		ID:       "us-itin",
		Category: Personal,
		Doc:      "United States taxpayer number of people without a social security number; it has no check digit",
		Source:   "IRS Publication 1915; IRM 3.21.263.5.3 (the ranges of the fourth and fifth digit)",
		Shapes:   []shape{digits(9, 9)},
		Check:    checkITIN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkITIN: 4.6 % of random numbers of nine digits have the form.
func checkITIN(c *candidate) grade {
	if c.Text[0] != '9' || !itinGroup(number(c.Text[3:5])) {
		return reject
	}
	switch {
	case c.in("-", 3, 2, 4):
		return claimed
	case c.plain(), c.in(" ", 3, 2, 4):
		return hinted
	}
	return reject
}

// itinGroup reports whether numbers with this fourth and fifth digit are given
// out.
func itinGroup(n int) bool {
	return n >= 50 && n <= 65 || n >= 70 && n <= 88 || n >= 90 && n <= 92 || n >= 94
}
