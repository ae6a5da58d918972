package detect

import "slices"

func deSVNR() detector {
	context := slices.Concat(words(
		"de: Sozialversicherungsnummer, Sozialversicherungsnummern, Sozialversicherungs-Nr, Sozialversicherungsnr, Sozialversicherungsausweis, Sozialversicherung, SV-Nummer, SV-Nr, SVNR, SVN, SozVersNr, Rentenversicherungsnummer, Rentenversicherungs-Nr, RVNR, RV-Nummer, RV-Nr, RVN, Versicherungsnummer, Versicherungsnr, VSNR, VSNr, Rentenversicherung, Rentenvers-Nr, Rentenvers, sv_nummer",
		"en: German pension insurance number, German social security",
	), abroad("de", social), insuranceWords())
	return detector{
		ID:       "de-svnr",
		Category: Personal,
		Doc:      "German pension insurance number with its check digit and a date of birth",
		Source:   "§ 147 SGB VI; VKVV §§ 2 and 4 (area numbers, check digit); Deutsche Rentenversicherung on unknown dates of birth",
		Shapes:   []shape{{Lead: "99999999A999", Rest: '9', Min: 12, Max: 12}},
		Check:    checkSVNR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkSVNR: 0.6 % of random codes of this form pass.
func checkSVNR(c *candidate) grade {
	t := c.Text
	if !rvArea(number(t[:2])) || !rvBirthday(number(t[2:4]), number(t[4:6])) {
		return reject
	}
	letter := letterNumber(t[8])
	sum := crossSums(t, 2, 1, 2, 5, 7, 1, 2, 1) + crossSums(letter, 2, 1) + crossSums(t[9:], 2, 1)
	if sum%10 != digit(t, 11) {
		return reject
	}
	switch {
	case c.plain():
		return formed
	case c.in(" -/", 2, 6, 1, 3), c.in(" -/", 2, 6, 1, 2, 1), c.in(" -", 8, 1, 3), c.mixed(" .-", 2, 2, 2, 2, 1, 3), c.mixed(" .-", 2, 2, 2, 2, 1, 2, 1):
		return proven
	}
	return reject
}

// rvArea reports whether an insurer has this number.
func rvArea(n int) bool {
	if n >= 42 && n <= 69 {
		n -= 40 // Deutsche Rentenversicherung Bund, in the region of n-40
	}
	return n >= 2 && n <= 29 && n != 5 && n != 6 && n != 7 && n != 22 && n != 27 || n == 38 || n == 39 || n >= 78 && n <= 82 || n == 89
}

// rvBirthday: where day or month aren't known, or the serial numbers of a day
// are used up, they are 00 and the day goes on by 32.
func rvBirthday(day, month int) bool {
	return month <= 12 && day <= 95
}
