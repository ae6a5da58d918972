package detect

import "slices"

func trTCKN() detector {
	context := slices.Concat(words(
		"tr: TC Kimlik, T.C. Kimlik, TC Kimlik No, T.C. Kimlik No, TC Kimlik Numarası, kimlik no, kimlik numarası, kimlik numarasi, TCKN, TCKNo, TC No, T.C. No, vatandaşlık numarası, vatandaşlık no, nüfus cüzdanı, doğum tarihi",
		"en: Turkish TCKN, TCKN number, TC number, TC ID, TC identity number, TC no", "de: TC-Nummer, TC-Kimlik-Nummer, türkischer Ausweis", "fr: numéro TC", "nl: TC-nummer", "pl: turecki numer TC",
	), abroad("tr", person, tax, idCard), birthWords())
	return detector{
		ID:       "tr-tckn",
		Category: Personal,
		Doc:      "Turkish identity number (TCKN) with its two check digits",
		Source:   "Nüfus Hizmetleri Kanunu 5490, article 46; NVİ, T.C. kimlik numarası (check digits)",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkTCKN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkTCKN: 0.9 % of random numbers of eleven digits pass.
func checkTCKN(c *candidate) grade {
	t := c.Text
	odd := weighted(t, 1, 0, 1, 0, 1, 0, 1, 0, 1)
	even := weighted(t, 0, 1, 0, 1, 0, 1, 0, 1, 0)
	if t[0] == '0' || (odd*7-even+100)%10 != digit(t, 9) || (odd+even+digit(t, 9))%10 != digit(t, 10) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" ", 3, 3, 3, 2), c.in(" ", 3, 2, 3, 3), c.in(" ", 3, 3, 2, 3), c.in(" ", 2, 3, 3, 3):
		return claimed
	}
	return reject
}
