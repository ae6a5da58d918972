package detect

import "slices"

func usNPI() detector {
	context := slices.Concat(words(
		"en: NPI, NPIs, NPI number, NPI no, National Provider Identifier, national provider id, provider NPI, rendering provider, billing provider, referring provider, ordering provider, NPPES",
		"es: identificador nacional de proveedor, número NPI", "de: NPI-Nummer", "fr: numéro NPI", "pl: numer NPI",
	))
	return detector{
		ID:       "us-npi",
		Category: Personal,
		Doc:      "United States number of a health care provider (NPI) with its check digit",
		Source:   "45 CFR 162.406; CMS, Requirements for National Provider Identifier and NPI Check Digit (2004)",
		Shapes:   []shape{digits(10, 10), digits(15, 15)},
		Check:    checkNPI,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNPI: 2 % of random numbers of ten digits pass, and a telephone number
// is as long; with the issuer's prefix it is a card number of the health
// industry (80) in the United States (840).
func checkNPI(c *candidate) grade {
	full := [15]byte{'8', '0', '8', '4', '0'}
	t := full[:]
	if copy(full[15-len(c.Text):], c.Text); string(t[:5]) != "80840" || t[5] != '1' && t[5] != '2' || !luhn(t) {
		return reject
	}
	switch {
	case c.plain() && len(c.Text) == 15, c.in(" -", 5, 10):
		return proven
	case c.plain() && len(c.Text) == 10:
		return claimed
	}
	return reject
}
