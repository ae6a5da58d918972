package detect

import "slices"

func noFodselsnummer() detector {
	context := slices.Concat(words(
		"no: fødselsnummer, fødselsnummeret, fødselsnumre, fødselsnr, f.nr, fnr, fødsels- og personnummer, personnummer, personnummeret, personnr, pers.nr, D-nummer, D-nummeret, dnr, H-nummer, hjelpenummer, født, fødselsdato, pasientens fødselsnummer, identitetsnummer",
		"en: Norwegian birth number, birth number, fodselsnummer, D number, D-number", "de: norwegische Geburtsnummer, Geburtsnummer", "fr: numéro de naissance norvégien", "nordic: norsk personnummer, foedselsnummer", "pl: norweski numer osobisty, numer personalny",
	), abroad("no", person, social, tax), birthWords())
	return detector{
		ID:       "no-fodselsnummer",
		Category: Personal,
		Doc:      "Norwegian birth number, D or H number with its two check digits and a date of birth",
		Source:   "Folkeregisterforskriften (FOR-2017-07-14-1201) §§ 2-2-1 and 2-2-3; Skatteetaten, fødselsnummer and D-nummer",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkFodselsnummer,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkFodselsnummer: 0.1 % of random numbers of eleven digits pass. A D
// number has 40 added to the day, an H number to the month.
func checkFodselsnummer(c *candidate) grade {
	t := c.Text
	day, month := number(t[:2]), number(t[2:4])
	if day > 40 {
		day -= 40
	}
	if month > 40 {
		month -= 40
	}
	if !isDate(norwegianYear(number(t[4:6]), number(t[6:9])), month, day, c.Now) ||
		weighted(t, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 != 0 || weighted(t, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 != 0 {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -", 6, 5), c.in(" ", 6, 3, 2), c.mixed(" .-", 2, 2, 2, 5):
		return formed
	}
	return reject
}

// norwegianYear is the year of birth by its last digits and the individual
// number; 0 where there is none.
func norwegianYear(yy, individual int) int {
	switch {
	case individual <= 499:
		return 1900 + yy
	case yy < 40:
		return 2000 + yy
	case individual >= 900:
		return 1900 + yy
	case individual <= 749 && yy >= 54:
		return 1800 + yy
	}
	return 0
}
