package detect

import (
	"slices"
	"strings"
)

func usMBI() detector {
	context := slices.Concat(words(
		"en: MBI, MBIs, MBI number, Medicare, Medicare number, Medicare no, Medicare id, Medicare card, Medicare Beneficiary Identifier, beneficiary identifier, HICN",
		"es: número de Medicare, tarjeta de Medicare, identificador de beneficiario", "de: Medicare-Nummer", "fr: numéro Medicare",
	), abroad("us", healthcare, social))
	return detector{
		ID:       "us-mbi",
		Category: Personal,
		Doc:      "United States Medicare beneficiary identifier (MBI); it has no check digit, but a form of its own",
		Source:   "CMS, Understanding the Medicare Beneficiary Identifier (MBI) Format",
		Shapes:   []shape{{Lead: "9AX9AX9AA99", Rest: '9', Min: 11, Max: 11}},
		Check:    checkMBI,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkMBI: one in five codes with letters in these places passes.
func checkMBI(c *candidate) grade {
	// Letters that look like digits aren't used.
	if c.Text[0] == '0' || strings.ContainsAny(string(c.Text), "SLOIBZ") {
		return reject
	}
	switch {
	case c.in("-", 4, 3, 4):
		return formed
	case c.plain(), c.in(" ", 4, 3, 4):
		return claimed
	}
	return reject
}
