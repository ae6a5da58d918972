package detect

import (
	"bytes"
	"slices"
)

func caSIN() detector {
	// "SIN" alone is Spanish for "without", and "NAS" Polish for "us": as labels
	// they count in capitals, as names of fields and as headings only.
	context := slices.Concat(words(
		"en: Social Insurance Number, Social Insurance Numbers, Social Insurance No, social insurance, SIN number, SIN no, SIN card, SINs, SIN is, my SIN, your SIN, his SIN, her SIN, their SIN, the SIN, employee SIN, client SIN, patient SIN, applicant SIN, Canadian SIN, Canada SIN, SIN NAS, NAS SIN, sin_number, S.I.N, wholecell SIN wholecell, wholecell NAS wholecell",
		"fr: numéro d'assurance sociale, numéros d'assurance sociale, assurance sociale, numéro NAS, no NAS, n° NAS, votre NAS, le NAS, mon NAS, son NAS, leur NAS, du NAS, NAS est, N.A.S, NAS canadien",
		"de: Sozialversicherungsnummer Kanada, kanadische Sozialversicherungsnummer, SIN-Nummer", "es: número de seguro social de Canadá, número de seguro social canadiense, número SIN",
		"pl: numer SIN", "it: numero SIN", "nl: SIN-nummer",
	), abroad("ca", social))
	return detector{
		ID:       "ca-sin",
		Category: Personal,
		Doc:      "Canadian social insurance number with its check digit",
		Source:   "Service Canada, Social Insurance Number Code of Practice (2018), annex; first digits as published by ESDC",
		Shapes:   []shape{digits(9, 9)},
		Check:    checkSIN,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkSIN: 8 % of random numbers of nine digits pass. None begins with 0, and
// 8 is for firms.
func checkSIN(c *candidate) grade {
	if c.Text[0] == '0' || c.Text[0] == '8' || !luhn(c.Text) {
		return reject
	}
	switch {
	case !c.plain() && !c.in(" -.", 3, 3, 3):
		return reject
	case inCapitals(c.Before, "SIN", "NAS"), isField(c.Before, "sin", "nas"):
		return proven
	case abbreviated(c.Before, nil, 40, "SIN"):
		return proven
	case abbreviated(c.Before, c.After, 90, "SIN"):
		return formed
	}
	return claimed
}

// isField reports whether one of these names, in small letters, stands before a
// candidate as programs write the name of a field: alone on its line, with a
// mark behind it.
func isField(before []byte, names ...string) bool {
	line := lastLine(before)
	name := bytes.TrimRight(line, " :=>\"'")
	if len(name) == len(line) || !bytes.ContainsAny(line[len(name):], ":=>") {
		return false
	}
	name = bytes.ToLower(bytes.TrimLeft(name, " \t-<{\"'"))
	return slices.Contains(names, string(name))
}

// abbreviated reports whether a label in capitals stands a few words before a
// candidate or right behind it, in a text that isn't all in capitals: "the SIN
// that we have is", "46… (SIN)".
func abbreviated(before, after []byte, reach int, label string) bool {
	before, after = before[max(0, len(before)-reach):], after[:min(len(after), 24)]
	for _, text := range [][]byte{before, after} {
		at := bytes.Index(text, []byte(label))
		if at < 0 || at > 0 && classes[text[at-1]] != 0 || at+len(label) < len(text) && classes[text[at+len(label)]] != 0 {
			continue
		}
		if next := bytes.TrimLeft(text[at+len(label):], " "); len(next) > 1 && isCapital(next[0]) && isCapital(next[1]) {
			continue // "SIN COSTE"
		}
		small := 0
		for _, b := range slices.Concat(before, after) {
			if b >= 'a' && b <= 'z' {
				small++
			}
		}
		return small > 3 || len(before)+len(after) < 40
	}
	return false
}

func isCapital(b byte) bool { return b >= 'A' && b <= 'Z' }
