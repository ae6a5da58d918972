package detect

import "slices"

func ukUTR() detector {
	context := slices.Concat(words(
		"en: UTR, UTRs, UTR number, UTR no, Unique Taxpayer Reference, Unique Taxpayer Reference number, unique tax reference, Self Assessment, tax reference, SA100, SA302, HMRC reference",
		"de: UTR-Nummer", "fr: référence fiscale unique, numéro UTR", "pl: numer UTR", "es: número UTR", "it: codice UTR", "nl: UTR-nummer",
	), abroad("uk", tax))
	return detector{
		ID:       "uk-utr",
		Category: Financial,
		Doc:      "British unique taxpayer reference (UTR) with its check digit",
		Source:   "HMRC, Corporation Tax and Self Assessment online services, UTR modulus 11 check (weights 6 7 8 9 10 5 4 3 2)",
		Shapes:   []shape{digits(10, 10), {Lead: "9999999999A", Rest: '9', Min: 11, Max: 11}},
		Check:    checkUTR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkUTR: 9 % of random numbers of ten digits pass. The check digit comes
// first; a K may follow.
func checkUTR(c *candidate) grade {
	t := c.Text
	if len(t) == 11 && t[10] != 'K' || sameDigit(t[:10]) || "21987654321"[weighted(t[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] != t[0] {
		return reject
	}
	if c.plain() || c.in(" -", 5, 5) || c.in(" -", 5, 5, 1) || c.in(" ", 10, 1) {
		return claimed
	}
	return reject
}
