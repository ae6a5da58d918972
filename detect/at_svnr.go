package detect

import "slices"

func atSVNR() detector {
	context := slices.Concat(words(
		"de: SVNR, SVNr, SV-Nr, SV-Nummer, SVN, VSNR, VSNr, Sozialversicherungsnummer, Sozialversicherungsnummern, Sozialversicherungsnr, Sozialversicherung, Versicherungsnummer, Versicherungsnr, Vers-Nr, e-card, ecard, ÖGK, BVAEB, SVS, sv_nummer",
		"en: Austrian insurance number",
	), abroad("at", social, healthcare), birthWords(), insuranceWords())
	return detector{
		ID:       "at-svnr",
		Category: Personal,
		Doc:      "Austrian social insurance number with its check digit and a date of birth",
		Source:   "ASVG § 30c and § 31 (4); Dachverband der Sozialversicherungsträger, Aufbau der Versicherungsnummer",
		Shapes:   []shape{digits(10, 10)},
		Check:    checkATSVNR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkATSVNR: 0.4 % of random numbers of ten digits pass. Where a day's
// numbers are used up, the month is 13 to 15.
func checkATSVNR(c *candidate) grade {
	t := c.Text
	day, month := number(t[4:6]), number(t[6:8])
	if t[0] == '0' || day < 1 || day > 31 || month < 1 || month > 15 || month <= 12 && !isBirthday(number(t[8:]), month, day, c) ||
		weighted(t, 3, 7, 9, 0, 5, 8, 4, 2, 1, 6)%11 != digit(t, 3) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -/", 4, 6), c.in(" ", 3, 1, 6), c.mixed(" .-", 4, 2, 2, 2):
		return formed
	}
	return reject
}
