package detect

import "slices"

func dkCPR() detector {
	context := slices.Concat(words(
		"da: CPR, CPR-nr, CPR-nummer, CPR-nummeret, CPR-numre, CPRnr, cprnr, cpr.nr, personnummer, personnummeret, personnumre, personnr, pers.nr, fødselsdato, født, sygesikring, sundhedskort, cpr_nr",
		"en: CPR number, CPR no, Danish CPR, civil registration number", "de: CPR-Nummer, dänische Personennummer", "fr: numéro CPR", "nl: CPR-nummer", "nordic: dansk personnummer", "pl: numer CPR", "es: número CPR", "it: numero CPR",
	), abroad("dk", person, social, healthcare), birthWords())
	return detector{
		ID:       "dk-cpr",
		Category: Personal,
		Doc:      "Danish civil registration number (CPR) with a date of birth and, mostly, a check digit",
		Source:   "CPR-loven § 3; CPR-kontoret, Personnummeret i CPR-systemet, and Personnumre uden kontrolciffer (modulus 11)",
		Shapes:   []shape{digits(10, 10)},
		Check:    checkCPR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkCPR: 0.2 % of random numbers of ten digits pass. Since 2007 there are
// numbers that fail the check, all for births on a first of January since 1960.
func checkCPR(c *candidate) grade {
	t := c.Text
	year := danishYear(number(t[4:6]), digit(t, 6))
	if number(t[6:]) == 0 || !isDate(year, number(t[2:4]), number(t[:2]), c.Now) || !c.plain() && !c.in("- ", 6, 4) && !c.mixed(" .-", 2, 2, 2, 4) {
		return reject
	}
	if weighted(t, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 != 0 {
		if string(t[:4]) == "0101" && year >= 1960 {
			return hinted
		}
		return reject
	}
	if c.plain() {
		return bare
	}
	return formed
}

// danishYear is the year of birth by its last digits and the seventh digit.
func danishYear(yy, seventh int) int {
	switch {
	case seventh <= 3:
		return 1900 + yy
	case seventh == 4 || seventh == 9:
		if yy <= 36 {
			return 2000 + yy
		}
		return 1900 + yy
	case yy <= 57:
		return 2000 + yy
	}
	return 1800 + yy
}
