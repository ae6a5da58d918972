package detect

import (
	"bytes"
	"slices"
	"strings"
)

func ukNINO() detector {
	context := slices.Concat(words(
		"en: National Insurance number, National Insurance numbers, National Insurance no, National Insurance, NI number, N.I. number, NI no, NI num, NINO, NINOs, Nat Ins, NI contributions, HMRC, P45, P60, national_insurance_number, ni_number",
		"de: National-Insurance-Nummer, NI-Nummer, NI-Nr, NINO-Nummer", "fr: numéro d'assurance nationale", "es: número de seguro nacional", "pl: numer ubezpieczenia NIN, brytyjski NIN",
		"it: numero di assicurazione nazionale", "nl: verzekeringsnummer NINO",
	), abroad("uk", social))
	return detector{
		ID:       "uk-nino",
		Category: Personal,
		Doc:      "British national insurance number; it has no check digit",
		Source:   "HMRC National Insurance Manual NIM39110 (format and prefixes)",
		Shapes:   []shape{{Lead: "AA999999A", Rest: '9', Min: 9, Max: 9}, {Lead: "AA", Rest: '9', Min: 8, Max: 8}},
		Check:    checkNINO,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNINO: the suffix may be left out, then it is much like a part number.
func checkNINO(c *candidate) grade {
	t := c.Text
	if bytes.IndexByte([]byte("DFIQUV"), t[0]) >= 0 || bytes.IndexByte([]byte("DFIOQUV"), t[1]) >= 0 ||
		strings.Contains("BG GB KN NK NT TN ZZ", string(t[:2])) || len(t) == 9 && t[8] > 'D' {
		return reject
	}
	switch {
	case c.in(" -", 2, 2, 2, 2, 1):
		return formed
	case len(t) == 9 && (c.plain() || c.in(" ", 2, 6, 1) || c.in(" ", 2, 7)):
		return claimed
	case otherSuffix(c.After):
		return reject
	case c.plain(), c.in(" ", 2, 6), c.in(" ", 2, 2, 2, 2):
		return hinted
	}
	return reject
}

// otherSuffix reports whether a capital alone stands behind a candidate, as the
// suffix does, that is none. "I" begins sentences.
func otherSuffix(after []byte) bool {
	rest := bytes.TrimPrefix(after, []byte(" "))
	return len(rest) > 0 && rest[0] >= 'A' && rest[0] <= 'Z' && rest[0] != 'I' && (len(rest) == 1 || classes[rest[1]] == 0)
}
