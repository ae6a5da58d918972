package detect

import "slices"

func deSteuerID() detector {
	context := slices.Concat(words(
		"de: Steuer-ID, Steuer-IDs, SteuerID, Steuer-IdNr, SteuerIdNr, Steuerliche IdNr, IdNr, IDNr, steuerliche Identifikationsnummer, steuerlichen Identifikationsnummer, Steueridentifikationsnummer, Steueridentifikationsnummern, Steuer-Identifikationsnummer, Steueridentnummer, Steuer-Ident-Nr, Steuer-Ident, Steueridentnr, Identifikationsnummer, TIN, Lohnsteuer, Lohnsteuerbescheinigung, Finanzamt, steuer_id",
		"en: tax id Germany, German tax number, German tax ID", "fr: numéro fiscal allemand", "pl: niemiecki numer podatkowy",
	), abroad("de", tax, person), taxWords())
	return detector{
		ID:       "de-steuer-id",
		Category: Personal,
		Doc:      "German tax identification number of a person with its check digit",
		Source:   "§ 139b Abgabenordnung; § 1 StIdV; ISO/IEC 7064 MOD 11,10; BZSt on numbers given out since 2016",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkSteuerID,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkSteuerID: 0.4 % of random numbers of eleven digits pass; a long column
// of numbers has some that do.
func checkSteuerID(c *candidate) grade {
	if c.Text[0] == '0' || !steuerDigits(c.Text) || !mod1110(c.Text) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" ./-", 2, 3, 3, 3):
		return formed
	}
	return reject
}

// steuerDigits: of the first ten digits exactly one is there twice or, since
// 2016, three times, but not three times in a row; no other is repeated.
func steuerDigits(t []byte) bool {
	var count [10]int
	for i := range 10 {
		count[digit(t, i)]++
		if i > 1 && t[i] == t[i-1] && t[i] == t[i-2] {
			return false
		}
	}
	repeated := 0
	for _, n := range count {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1
}
