package detect

func plPesel() detector {
	return detector{
		ID:       "pl-pesel",
		Category: Personal,
		Doc:      "Polish personal number (PESEL) with its check digit and a date of birth",
		Source:   "Polish act on population registration of 24 September 2010, article 15",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkPesel,
		Context: words(
			"pl: PESEL, nr PESEL, numer PESEL, numer ewidencyjny, data urodzenia, urodzony, urodzona, dowód osobisty, dowodu osobistego, pacjent, pacjentka, ubezpieczony, obywatel, zamieszkały, zamieszkała",
			"en: Polish national id, Polish id, national id, national identification number, personal number, date of birth",
			"de: polnische Personennummer, Personenkennzahl, Personalnummer, Geburtsdatum",
			"fr: numéro national, date de naissance, numéro d'identification",
			"nl: persoonsnummer, geboortedatum", "es: número de identificación, fecha de nacimiento",
			"it: codice personale, data di nascita", "nordic: personnummer, fødselsdato, födelsedatum, henkilötunnus",
		),
		Against: orderWords(),
		Mask:    dots,
	}
}

// checkPesel: 1.8 % of random numbers of eleven digits pass.
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
