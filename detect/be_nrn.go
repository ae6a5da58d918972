package detect

import "slices"

func beNRN() detector {
	context := slices.Concat(words(
		"nl: rijksregisternummer, rijksregisternummers, rijksregisternr, rijksregister, RRN, RR-nummer, INSZ, INSZ-nummer, identificatienummer sociale zekerheid, BIS-nummer, bisnummer, nationaal nummer",
		"fr: registre national, numéro de registre national, numéro du registre national, numéro national, n° national, no national, NISS, numéro NISS, numéro d'identification de la sécurité sociale, numéro bis, NRN, n° registre national",
		"de: Nationalregisternummer, Nationalregister, Nationalnummer, ENSS, ENSS-Nummer, Erkennungsnummer der sozialen Sicherheit",
		"en: national register number, national registry number, Belgian NISS", "pl: numer rejestru krajowego, numer rejestru narodowego, rejestru narodowego", "es: número de registro nacional", "it: numero di registro nazionale",
	), abroad("be", person, social), birthWords(), insuranceWords())
	return detector{
		ID:       "be-nrn",
		Category: Personal,
		Doc:      "Belgian national register or BIS number with its check digits and a date of birth",
		Source:   "Belgian royal decree of 3 April 1984 on the identification number of the national register; royal decree of 8 February 1991 (BIS numbers)",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkNRN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNRN: 0.1 % of random numbers of eleven digits pass.
func checkNRN(c *candidate) grade {
	t := c.Text
	serial, check := number(t[6:9]), number(t[9:])
	old := 97-remainder(t[:9], 97) == check && nrnBirthday(1900, t, c)
	// Since 2000 a 2 stands before the nine digits when the check is made.
	young := 97-(remainder(t[:9], 97)+2_000_000_000)%97 == check && nrnBirthday(2000, t, c)
	if serial == 0 || serial == 999 || !old && !young {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.mixed(" .-", 2, 2, 2, 3, 2):
		return proven
	case c.in("- ", 6, 3, 2), c.in("- ", 6, 5), c.mixed(" .-", 6, 3, 2), c.mixed(" .-", 2, 2, 2, 5):
		return formed
	}
	return reject
}

// nrnBirthday: a BIS number has 20 or 40 added to the month, and the month of
// an unknown date is 00.
func nrnBirthday(century int, t []byte, c *candidate) bool {
	year, month, day := century+number(t[:2]), number(t[2:4]), number(t[4:6])
	if month >= 60 {
		return false
	}
	if month %= 20; month == 0 {
		return day <= 31 && year <= c.Now.Year()
	}
	return isDate(year, month, day, c.Now)
}
