package detect

import (
	"bytes"
	"slices"
)

func usSSN() detector {
	context := slices.Concat(words(
		"en: SSN, SSNs, SSN no, SSN number, SS no, soc sec, soc sec no, social security, social security number, social security no, social sec, taxpayer id, taxpayer identification number, TIN, W-2, W-4, W-9",
		"de: Sozialversicherungsnummer, US-Sozialversicherungsnummer", "fr: sécurité sociale, numéro de sécurité sociale",
		"nl: sociale zekerheid", "pl: numer ubezpieczenia, ubezpieczenia społecznego",
		"es: seguro social, número de seguro social, seguridad social", "it: previdenza sociale, sicurezza sociale",
		"nordic: amerikanskt personnummer, amerikansk personnummer, socialförsäkringsnummer, sosiaaliturvatunnus",
	), abroad("us", social, tax))
	return detector{
		ID:       "us-ssn",
		Category: Personal,
		Doc:      "United States social security number; it has no check digit, so form and context decide",
		Source:   "SSA POMS RM 10201.035 and SSA Randomization (2011): areas, groups and serials never given out",
		Shapes:   []shape{digits(9, 9)},
		Check:    checkSSN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

func checkSSN(c *candidate) grade {
	area, group, serial := number(c.Text[:3]), number(c.Text[3:5]), number(c.Text[5:])
	if area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0 || unusedSSN(string(c.Text)) {
		return reject
	}
	switch {
	case c.grouped(3, 2, 4) && c.Seps == "-", (c.grouped(3, 2, 4) || c.plain()) && ssSign(c):
		return formed
	case c.grouped(3, 2, 4), c.plain():
		return hinted
	}
	return reject
}

// ssSign reports whether "SS#" stands beside a candidate: a word of two letters
// says nothing without its sign.
func ssSign(c *candidate) bool {
	sign := []byte("SS#")
	return bytes.Contains(c.Before[max(0, len(c.Before)-40):], sign) || bytes.Contains(c.After[:min(len(c.After), 16)], sign)
}

// unusedSSN are numbers that advertisements made known, and sequences.
func unusedSSN(text string) bool {
	switch text {
	case "078051120", "219099999", "457555462", "123456789", "987654321":
		return true
	}
	return sameDigit([]byte(text))
}
