package detect

import "slices"

func itPIVA() detector {
	context := slices.Concat(words(
		"it: partita IVA, partite IVA, P.IVA, P. IVA, PIVA, P.I, part. IVA, partita_iva, numero di partita IVA, codice fiscale e partita IVA, C.F. e P.IVA",
		"de: italienische Umsatzsteuernummer, MwSt-Nummer Italien", "en: Italian VAT, Italian VAT number", "fr: TVA italienne, numéro de TVA italien", "es: NIF-IVA italiano, IVA italiano", "pl: włoski numer VAT", "nl: Italiaans btw-nummer",
	))
	return detector{
		ID:       "it-piva",
		Category: Financial,
		Doc:      "Italian VAT number (partita IVA) with its check digit and office",
		Source:   "DPR 633/1972, article 35; Decreto ministeriale 23 dicembre 1976, article 10 (check digit); Agenzia delle Entrate, office codes",
		Shapes:   []shape{digits(11, 11), {Begins: "IT", Lead: "AA", Rest: '9', Min: 13, Max: 13}},
		Check:    checkPIVA,
		Context:  context,
		Against:  otherNumbers(context, "VAT", "IVA", "fattura", "numero fattura", "codice fiscale"),
		Mask:     dots,
	}
}

// checkPIVA: 1 % of random numbers of eleven digits pass.
func checkPIVA(c *candidate) grade {
	t := c.Text
	if len(t) == 13 {
		if string(t[:2]) != "IT" {
			return reject
		}
		t = t[2:]
	}
	if !pivaDigit(t) {
		return reject
	}
	switch {
	case len(c.Text) == 13 && c.plain():
		return formed
	case c.plain():
		return bare
	case c.in(" -", 2, 11), c.in(" ", 3, 3, 5), c.in(" ", 3, 3, 3, 2):
		return claimed
	}
	return reject
}

// pivaDigit: a firm's seven digits, the office of its province and Luhn.
func pivaDigit(t []byte) bool {
	office := number(t[7:10])
	return number(t[:7]) != 0 && (office >= 1 && office <= 100 || office == 120 || office == 121 || office == 888 || office == 999) && luhn(t)
}
