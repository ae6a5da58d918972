package detect

import "slices"

func eeIsikukood() detector {
	context := slices.Concat(words(
		"et: isikukood, isikukoodi, isikukoodiga, isikukoodid, isikukoodide, isiku kood, isikunumber, ID-kood, ID-koodi, sünniaeg, sünnikuupäev, sündinud, patsient, patsiendi",
		"en: isikukood number, Estonian ID code", "fi: virolainen henkilötunnus", "ru: личный код", "de: estnischer Personencode, Personencode", "fr: code personnel estonien", "nl: Estse persoonscode", "pl: estoński kod osobowy",
	), abroad("ee", person), birthWords())
	return detector{
		ID:       "ee-isikukood",
		Category: Personal,
		Doc:      "Estonian personal code with its check digit and a date of birth",
		Source:   "Rahvastikuregistri seadus (Estonia) § 39; EVS 585:2007 (personal code)",
		Shapes:   []shape{digits(11, 11)},
		Check:    func(c *candidate) grade { return checkBalticCode(c, '8') },
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkBalticCode: 0.1 % of random numbers of eleven digits pass. The first
// digit, up to most, is sex and century: 1 and 2 the 19th, 3 and 4 the 20th.
// Estonia's rule is Lithuania's too.
func checkBalticCode(c *candidate, most byte) grade {
	t := c.Text
	if t[0] == '0' || t[0] > most ||
		!isDate(1800+(digit(t, 0)-1)/2*100+number(t[1:3]), number(t[3:5]), number(t[5:7]), c.Now) || balticDigit(t) != digit(t, 10) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -", 1, 6, 4), c.in(" -", 7, 4), c.in(" ", 1, 2, 2, 2, 4), c.in(" ", 1, 2, 2, 2, 3, 1):
		return formed
	}
	return reject
}

// balticDigit is the check digit: weights from 1, or from 3 where that leaves
// a remainder of 10.
func balticDigit(t []byte) int {
	if r := weighted(t, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11; r < 10 {
		return r
	}
	return weighted(t, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
}
