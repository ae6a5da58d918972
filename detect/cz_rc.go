package detect

import "slices"

func czRC() detector {
	context := slices.Concat(words(
		"cs: rodné číslo, rodného čísla, rodným číslem, rodném čísle, rodné č, rod. č, rod. číslo, r. č, rč, RČ, datum narození, narozen, narozena, číslo pojištěnce, čísla pojištěnce, pojištěnec, pojištěnce, rodne_cislo",
		"sk: rodné číslo, rodného čísla, rodným číslom, dátum narodenia, narodený, narodená, číslo poistenca, poistenec, poistenca",
		"en: birth number, Czech birth number, Slovak birth number, rodne cislo", "de: Geburtsnummer, tschechische Geburtsnummer, slowakische Geburtsnummer", "fr: numéro de naissance", "nl: geboortenummer",
		"pl: numer rodny, numer urodzenia", "es: número de nacimiento", "it: numero di nascita",
	), abroad("cz", person, healthcare), abroad("sk", person, healthcare), birthWords())
	return detector{
		ID:       "cz-rc",
		Category: Personal,
		Doc:      "Czech and Slovak birth number (rodné číslo) with a date of birth and, since 1954, divisible by 11",
		Source:   "Czech act 133/2000 Sb. § 13; Slovak act 301/1995 Z. z. § 2",
		Shapes:   []shape{digits(9, 10)},
		Check:    checkRC,
		Context:  context,
		Against:  otherNumbers(context, "účet"),
		Mask:     dots,
	}
}

// checkRC: 0.7 % of random numbers of ten digits pass, and 15 % of nine, so
// that those are nothing without context.
func checkRC(c *candidate) grade {
	t := c.Text
	if !rcBirthday(t, c) || number(t[6:9]) == 0 {
		return reject
	}
	if len(t) == 9 {
		if c.plain() || c.in("/", 6, 3) {
			return hinted
		}
		return reject
	}
	// Until 1985 a remainder of 10 was written as 0.
	first := remainder(t[:9], 11)
	if first%10 != digit(t, 9) || first == 10 && number(t[:2]) > 85 {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in("/- ", 6, 4):
		return formed
	}
	return reject
}

// rcBirthday: nine digits were given out until 1953. Women have 50 added to
// the month, and where a day is used up, since 2004, 20 more.
func rcBirthday(t []byte, c *candidate) bool {
	year, month, day := 1900+number(t[:2]), number(t[2:4]), number(t[4:6])
	switch {
	case len(t) == 9 && year > 1953:
		return false
	case len(t) == 10 && year < 1954:
		year += 100
	}
	if month > 50 {
		month -= 50
	}
	if month > 20 && year >= 2004 {
		month -= 20
	}
	return isDate(year, month, day, c.Now)
}
