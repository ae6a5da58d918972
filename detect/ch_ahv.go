package detect

import "slices"

func chAHV() detector {
	context := slices.Concat(words(
		"de: AHV, AHV-Nummer, AHV-Nr, AHVNr, AHV-Nummern, AHVN13, Sozialversicherungsnummer, Versichertennummer, SV-Nummer, NAVS13, ahv_nummer",
		"fr: AVS, numéro AVS, no AVS, n° AVS, NAVS, NAVS13, AVS13, AHVN13, AHV13, numéro d'assuré, numéro de sécurité sociale", "it: numero AVS, n. AVS, numero d'assicurato",
		"en: AHV number, AVS number, Swiss social security, OASI number, Swiss OASI", "rm: numer AVS",
	), abroad("ch", social, person), birthWords(), insuranceWords())
	return detector{
		ID:       "ch-ahv",
		Category: Personal,
		Doc:      "Swiss insured person's number (AHV, AVS) with the country's prefix and its check digit",
		Source:   "AHVV art. 133; ZAS, The 13-digit AHV number (756, nine digits, EAN-13 check digit)",
		Shapes:   []shape{digits(13, 13)},
		Check:    checkAHV,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkAHV: one in 10,000 random numbers of thirteen digits passes; 756 is no
// prefix of goods.
func checkAHV(c *candidate) grade {
	t := c.Text
	if string(t[:3]) != "756" || weighted(t, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 != 0 {
		return reject
	}
	switch {
	case c.in(". -", 3, 4, 4, 2):
		return proven
	case c.plain(), c.mixed(" .-/", 3, 4, 4, 2), c.in(". -", 3, 10), c.in(" .", 3, 3, 3, 3, 1):
		return formed
	}
	return reject
}
