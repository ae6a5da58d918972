package detect

import (
	"slices"
	"strings"
)

func itCodiceFiscale() detector {
	context := slices.Concat(words(
		"it: codice fiscale, codici fiscali, cod. fiscale, cod. fisc, cod fisc, C.F, CF, codice_fiscale, tessera sanitaria, nato a, nata a, residente in",
		"de: Codice Fiscale, italienische Steuernummer, Steuernummer", "en: Italian fiscal code, fiscal code, tax code", "fr: code fiscal, code fiscal italien", "es: código fiscal, código fiscal italiano",
		"pl: włoski kod podatkowy, kod fiskalny", "nl: Italiaanse fiscale code, fiscale code",
	), abroad("it", person, tax, healthcare), taxWords())
	return detector{
		ID:       "it-codice-fiscale",
		Category: Personal,
		Doc:      "Italian tax code of a person with its check letter, date and place of birth, also in the forms for people whose codes would be the same",
		Source:   "Decreto ministeriale 23 dicembre 1976, articles 1 to 7 (form, check letter, omocodia)",
		Shapes:   []shape{{Lead: "AAAAAAXXAXXAXXXA", Rest: 'A', Min: 16, Max: 16}},
		Check:    checkCodiceFiscale,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkCodiceFiscale: fewer than one in 1,000 random codes of this form pass.
func checkCodiceFiscale(c *candidate) grade {
	t := c.Text
	if t[11] > 'M' && t[11] != 'Z' || cfLetter(t[:15]) != t[15] {
		return reject
	}
	yy, dd, place := cfNumber(t[6:8]), cfNumber(t[9:11]), cfNumber(t[12:15])
	month := strings.IndexByte("ABCDEHLMPRST", t[8]) + 1
	if dd > 40 {
		dd -= 40 // women
	}
	if yy < 0 || place <= 0 || !isBirthday(yy, month, dd, c) {
		return reject
	}
	if c.plain() || c.in(" -", 3, 3, 5, 5) || c.in(" -", 3, 3, 5, 4, 1) || c.in(" ", 6, 5, 5) || c.in(" ", 6, 5, 4, 1) || c.in(" ", 3, 3, 2, 1, 2, 4, 1) || c.in(" ", 4, 4, 4, 4) {
		return proven
	}
	return reject
}

// cfNumber reads digits, each of which may be a letter where two people would
// have the same code; -1 where there is another letter.
func cfNumber(t []byte) int {
	n := 0
	for _, b := range t {
		d := int(b - '0')
		if b >= 'A' {
			if d = strings.IndexByte("LMNPQRSTUV", b); d < 0 {
				return -1
			}
		}
		n = n*10 + d
	}
	return n
}

// oddValues are what characters count at odd places, 0 to 9 as A to J.
var oddValues = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// cfLetter is the check letter.
func cfLetter(t []byte) byte {
	sum := 0
	for i, b := range t {
		v := int(b - '0')
		if b >= 'A' {
			v = int(b - 'A')
		}
		if i%2 == 0 {
			v = oddValues[v]
		}
		sum += v
	}
	return 'A' + byte(sum%26)
}
