package detect

import "slices"

func esNIE() detector {
	context := slices.Concat(words(
		"es: NIE, N.I.E, NIE nº, número de NIE, nº NIE, NIF, DNI/NIE, NIF/NIE, número de identidad de extranjero, número de identificación de extranjero, identidad de extranjero, tarjeta de residencia, permiso de residencia, TIE, extranjería",
		"en: NIE number, Spanish NIE, foreigner identification number, foreigner identity number", "de: NIE-Nummer, spanische Ausländernummer, Ausländer-Identifikationsnummer", "fr: numéro NIE, numéro de NIE, numéro d'identité d'étranger", "nl: NIE-nummer", "it: numero NIE", "pl: numer NIE",
	), abroad("es", person, tax, idCard), birthWords(), taxWords())
	return detector{
		ID:       "es-nie",
		Category: Personal,
		Doc:      "Spanish identity number of a foreigner (NIE) with its check letter",
		Source:   "Real Decreto 557/2011, article 206; Orden INT/2058/2008 (Y and Z); modulus 23",
		Shapes:   []shape{{Lead: "A9999999A", Rest: 'A', Min: 9, Max: 9}},
		Check:    checkNIE,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNIE: one in 200 codes of the form passes. X, Y and Z count as 0, 1 and
// 2 before the digits.
func checkNIE(c *candidate) grade {
	t := c.Text
	if t[0] < 'X' || nifLetter(int(t[0]-'X')*10_000_000+number(t[1:8])) != t[8] {
		return reject
	}
	switch {
	case c.plain():
		return formed
	case c.mixed("- ", 1, 7, 1), c.in("- ", 8, 1), c.in("- ", 1, 8), c.mixed(" .-", 1, 1, 3, 3, 1), c.mixed(" .-", 2, 3, 3, 1):
		return proven
	}
	return reject
}
