package detect

import (
	"bytes"
	"slices"
	"strings"
)

func frNIR() detector {
	context := slices.Concat(words(
		"fr: NIR, numéro de sécurité sociale, numéros de sécurité sociale, n° de sécurité sociale, no de sécurité sociale, sécurité sociale, n° sécu, numéro de sécu, sécu, n° SS, no SS, numéro SS, NSS, numéro INSEE, n° INSEE, no INSEE, code INSEE du patient, INSEE, numéro d'inscription au répertoire, carte vitale, INS, identité nationale de santé, matricule INS, numéro d'assuré social, assuré social, numero_ss",
		"en: French social security, INSEE number", "de: französische Sozialversicherung",
	), abroad("fr", social, healthcare), insuranceWords())
	return detector{
		ID:       "fr-nir",
		Category: Personal,
		Doc:      "French social security number (NIR) with its key, month of birth and department",
		Source:   "Code de la sécurité sociale, article R115-1; INSEE, numéro d'inscription au répertoire (décret 82-103), key 97",
		Shapes:   []shape{digits(15, 15), digits(13, 13), {Lead: "999999A", Rest: '9', Min: 15, Max: 15}, {Lead: "999999A", Rest: '9', Min: 13, Max: 13}},
		Check:    checkNIR,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkNIR: 0.5 % of random numbers of fifteen digits pass. Without the key,
// as people write it too, the form is all there is.
func checkNIR(c *candidate) grade {
	t := c.Text
	if !nirForm(t) {
		return reject
	}
	if len(t) == 13 {
		key := keyBehind(c.After)
		switch {
		case key != nil && 97-nirRemainder(t) != number(key):
			return reject
		case key != nil && c.in(" ", 1, 2, 2, 2, 3, 3):
			return proven
		case c.plain(), c.in(" ", 1, 2, 2, 2, 3, 3):
			return hinted
		}
		return reject
	}
	if 97-nirRemainder(t) != number(t[13:]) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" .-", 1, 2, 2, 2, 3, 3, 2), c.in(" ", 1, 2, 2, 2, 6, 2), c.in(" ", 1, 4, 5, 3, 2):
		return proven
	case c.in(" -/", 13, 2):
		return formed
	}
	return reject
}

// keyBehind is the two digits behind a candidate that a key would be; nil where
// there are none.
func keyBehind(after []byte) []byte {
	after = after[:min(len(after), 6)]
	rest := bytes.TrimLeft(after, " /-.")
	if key := digitRun(rest); len(rest) < len(after) && len(key) == 2 {
		return key
	}
	return nil
}

// nirForm: sex (7 and 8 are provisional), month (20 and more where it isn't
// known), department with Corsica's 2A and 2B, commune and order.
func nirForm(t []byte) bool {
	month := number(t[3:5])
	sex := strings.IndexByte("123478", t[0]) >= 0
	if t[6] >= 'A' && (t[5] != '2' || t[6] > 'B') || string(t[5:7]) == "00" {
		return false
	}
	return sex && (month >= 1 && month <= 12 || month >= 20 && month <= 42 || month >= 50) &&
		number(t[7:10]) != 0 && number(t[10:13]) != 0
}

// nirRemainder counts 2A as 19 and 2B as 18.
func nirRemainder(t []byte) int {
	var plain [13]byte
	copy(plain[:], t)
	switch plain[6] {
	case 'A':
		plain[5], plain[6] = '1', '9'
	case 'B':
		plain[5], plain[6] = '1', '8'
	}
	return remainder(plain[:], 97)
}
