package detect

import "slices"

func plPesel() detector {
	context := slices.Concat(words(
		"pl: PESEL, PESELu, PESEL-u, nr PESEL, numer PESEL, numeru PESEL, numerem PESEL, numer ewidencyjny, numeru ewidencyjnego, data urodzenia, daty urodzenia, urodzony, urodzona, urodzonego, urodzonej, dowód osobisty, dowodu osobistego, pacjent, pacjenta, pacjentka, pacjentki, ubezpieczony, ubezpieczonego, obywatel, zamieszkały, zamieszkała",
		"en: PESEL number, Polish PESEL, personal number", "de: PESEL-Nummer, polnische PESEL, Personenkennzahl", "fr: numéro PESEL, numéro d'identification", "nl: PESEL-nummer", "es: número PESEL, número de identificación",
		"it: numero PESEL, codice PESEL", "nordic: PESEL-nummer, personnummer, henkilötunnus",
	), abroad("pl", person, social), birthWords())
	return detector{
		ID:       "pl-pesel",
		Category: Personal,
		Doc:      "Polish personal number (PESEL) with its check digit and a date of birth",
		Source:   "Polish act on population registration of 24 September 2010, article 15",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkPesel,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkPesel: 0.5 % of random numbers of eleven digits pass.
func checkPesel(c *candidate) grade {
	t := c.Text
	month := number(t[2:4])
	// The century is in the month: 1800 +80, 1900 +0, 2000 +20, 2100 +40, 2200 +60.
	century := [...]int{1900, 2000, 2100, 2200, 1800}[month/20]
	if !isDate(century+number(t[:2]), month%20, number(t[4:6]), c.Now) || !peselDigit(t) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.grouped(6, 5):
		return formed
	}
	return hinted
}

func peselDigit(t []byte) bool {
	sum := 0
	for i, weight := range [11]int{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1} {
		sum += weight * int(t[i]-'0')
	}
	return sum%10 == 0
}
