package detect

import "slices"

func bgEGN() detector {
	context := slices.Concat(words(
		"bg: ЕГН, единен граждански номер, единния граждански номер, граждански номер, дата на раждане, роден, родена, лична карта, личен номер, пациент",
		"en: EGN, EGN number, unified civil number, uniform civil number, Bulgarian EGN", "de: einheitliche Bürgernummer, EGN-Nummer", "fr: numéro civil unique, numéro EGN", "es: número civil único", "it: numero civile unico", "pl: numer EGN", "nl: EGN-nummer",
	), abroad("bg", person), birthWords())
	return detector{
		ID:       "bg-egn",
		Category: Personal,
		Doc:      "Bulgarian civil number (ЕГН) with its check digit and a date of birth",
		Source:   "Bulgarian Civil Registration Act, article 11; ordinance RD-02-20-9 of 2012 (ESGRAON)",
		Shapes:   []shape{digits(10, 10)},
		Check:    checkEGN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkEGN: 0.5 % of random numbers of ten digits pass. The month has 20 added
// for births before 1900 and 40 for those since 2000.
func checkEGN(c *candidate) grade {
	t := c.Text
	month := number(t[2:4])
	century := [...]int{1900, 1800, 2000, 0, 0}[month/20]
	if !isDate(century+number(t[:2]), month%20, number(t[4:6]), c.Now) ||
		weighted(t, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 != digit(t, 9) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -", 6, 4):
		return formed
	}
	return reject
}
