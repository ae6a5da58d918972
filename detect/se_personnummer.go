package detect

import "slices"

func sePersonnummer() detector {
	context := slices.Concat(words(
		"sv: personnummer, personnumret, personnumrets, personnumren, personnr, pers.nr, persnr, pnr, person nr, samordningsnummer, samordningsnumret, samordningsnr, födelsenummer, född, födelsedatum, reservnummer, patientens personnummer, personbevis",
		"en: Swedish personnummer, coordination number, Swedish coordination number", "de: schwedische Personnummer, Koordinierungsnummer", "fr: numéro de coordination", "fi: henkilönumero, ruotsalainen henkilötunnus", "nordic: personnummeret, svensk personnummer",
	), abroad("se", person, social, tax), birthWords())
	return detector{
		ID:       "se-personnummer",
		Category: Personal,
		Doc:      "Swedish personal or coordination number with its check digit and a date of birth",
		Source:   "Folkbokföringslag (1991:481) § 18; lag (2022:1697) om samordningsnummer; Skatteverket SKV 704 and SKV 707",
		Shapes:   []shape{digits(10, 10), digits(12, 12)},
		Check:    checkPersonnummer,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkPersonnummer: 0.7 % of random numbers of ten digits pass. Coordination
// numbers have 60 added to the day.
func checkPersonnummer(c *candidate) grade {
	t := c.Text
	century := 0
	if len(t) == 12 {
		century = number(t[:2]) * 100
		t = t[2:]
	}
	yy, month, day := number(t[:2]), number(t[2:4]), number(t[4:6])
	if day > 60 {
		day -= 60
	}
	if number(t[6:9]) == 0 || !luhn(t) || century == 0 && !isBirthday(yy, month, day, c) || century > 0 && !isDate(century+yy, month, day, c.Now) {
		return reject
	}
	switch {
	case c.plain() && century == 2000:
		return claimed // as long as a time stamp without seconds
	case c.plain():
		return bare
	case c.in("- ", 6, 4), c.in("- ", 8, 4), c.in("- ", 4, 2, 2, 4):
		return formed
	}
	return reject
}
