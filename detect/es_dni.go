package detect

import (
	"bytes"
	"slices"
)

func esDNI() detector {
	context := slices.Concat(words(
		"es: DNI, D.N.I, NIF, N.I.F, DNI/NIF, DNI nº, número de DNI, nº DNI, n.º DNI, documento nacional de identidad, documento de identidad, número de identificación fiscal, con DNI, titular del DNI",
		"ca: document nacional d'identitat", "en: DNI number, Spanish DNI, Spanish NIF", "de: DNI-Nummer, spanischer Ausweis", "fr: numéro DNI, numéro de DNI", "nl: DNI-nummer", "it: numero DNI", "pl: numer DNI, hiszpański DNI",
	), abroad("es", person, tax, idCard))
	return detector{
		ID:       "es-dni",
		Category: Personal,
		Doc:      "Spanish identity number (DNI, NIF) with its check letter",
		Source:   "Real Decreto 1553/2005, article 11; Real Decreto 1065/2007, article 19; Ministerio del Interior, letra del NIF (modulus 23)",
		Shapes:   []shape{{Lead: "99999999A", Rest: 'A', Min: 9, Max: 9}},
		Check:    checkDNI,
		Context:  context,
		// "dni" are Polish days.
		Against: append(otherNumbers(context), words("pl: dni roboczych, dni robocze, dni roboczego, dni kalendarzowych, dni wolne, kilka dni, ciągu, terminie, dniach, dniem")...),
		Mask:    dots,
	}
}

// checkDNI: one in 23 codes of the form passes.
func checkDNI(c *candidate) grade {
	if sameDigit(c.Text[:8]) || nifLetter(number(c.Text[:8])) != c.Text[8] {
		return reject
	}
	switch {
	case bytes.Contains(c.Before, polishDays()) || bytes.Contains(c.After, polishDays()):
		return hinted
	case c.plain():
		return bare
	case c.in("- ./", 8, 1), c.mixed(" .-", 2, 3, 3, 1), c.mixed(" .", 2, 3, 4):
		return formed
	}
	return reject
}

// polishDays is what "DNI" means in small letters in a Polish sentence.
func polishDays() []byte { return []byte(" dni ") }

// nifLetter is the letter of a Spanish number.
func nifLetter(n int) byte { return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] }
