package detect

import "slices"

func inAadhaar() detector {
	context := slices.Concat(words(
		"en: Aadhaar, Aadhar, Adhaar, Adhar, Aadhaar number, Aadhaar no, Aadhaar card, Aadhar card, UIDAI, UID number, UID no, unique identification number, eKYC, aadhaar_number, aadhaar_no",
		"hi: आधार, आधार संख्या, आधार कार्ड, आधार नंबर", "de: Aadhaar-Nummer", "fr: numéro Aadhaar", "nl: Aadhaar-nummer", "pl: numer Aadhaar", "es: número Aadhaar", "it: numero Aadhaar",
	), abroad("in", person))
	return detector{
		ID:       "in-aadhaar",
		Category: Personal,
		Doc:      "Indian Aadhaar number with its check digit",
		Source:   "Aadhaar Act 2016, section 4; UIDAI, A UID Numbering Scheme (2010): Verhoeff, no 0 or 1 in front",
		Shapes:   []shape{digits(12, 12)},
		Check:    checkAadhaar,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkAadhaar: 8 % of random numbers of twelve digits pass.
func checkAadhaar(c *candidate) grade {
	if c.Text[0] < '2' || sameDigit(c.Text) || !verhoeff(c.Text) {
		return reject
	}
	if c.plain() || c.in(" -", 4, 4, 4) {
		return claimed
	}
	return reject
}
