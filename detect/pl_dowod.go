package detect

import (
	"bytes"
	"slices"
)

func plDowod() detector {
	context := slices.Concat(words(
		"pl: dowód osobisty, dowodu osobistego, dowodem osobistym, dowodzie osobistym, nr dowodu, numer dowodu, seria i numer, seria i nr, seria i numer dowodu, dokument tożsamości, dokumentu tożsamości, tożsamość, legitymujący się, legitymująca się, e-dowód",
		"en: identity card, identity card number, id card, id card number, national identity card", "de: Personalausweis, Personalausweisnummer", "fr: carte d'identité", "nl: identiteitskaart",
		"es: documento de identidad", "it: carta d'identità", "nordic: identitetskort, ID-kort",
	), abroad("pl", idCard, person))
	return detector{
		ID:       "pl-dowod",
		Category: Personal,
		Doc:      "series and number of a Polish identity card with its check digit",
		Source:   "Polish act on identity cards of 6 August 2010; Ministry of the Interior, series and number (7-3-1, check digit first)",
		Shapes:   []shape{{Lead: "AAA", Rest: '9', Min: 9, Max: 9}},
		Check:    checkDowod,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkDowod: one in ten codes of the form passes. O and Q aren't used.
func checkDowod(c *candidate) grade {
	t := c.Text
	// The check digit stands between letters and digits and counts for nothing.
	if bytes.ContainsAny(t[:3], "OQ") || (weighs731(t[:3])+weighted(t[4:], 7, 3, 1, 7, 3))%10 != digit(t, 3) {
		return reject
	}
	if c.plain() || c.in(" -", 3, 6) || c.in(" -", 3, 3, 3) {
		return claimed
	}
	return reject
}
