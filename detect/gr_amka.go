package detect

import "slices"

func grAMKA() detector {
	context := slices.Concat(words(
		"el: ΑΜΚΑ, Α.Μ.Κ.Α, αριθμός ΑΜΚΑ, μητρώου κοινωνικής ασφάλισης, αριθμός μητρώου, κοινωνικής ασφάλισης, κοινωνική ασφάλιση, ημερομηνία γέννησης, ασφαλισμένος, ασφαλισμένου",
		"en: AMKA, A.M.K.A, AMKA number, Greek AMKA", "de: AMKA-Nummer", "fr: numéro AMKA", "nl: AMKA-nummer", "it: numero AMKA", "es: número AMKA", "pl: numer AMKA",
	), abroad("gr", social, person, healthcare), birthWords(), insuranceWords())
	return detector{
		ID:       "gr-amka",
		Category: Personal,
		Doc:      "Greek social security number (ΑΜΚΑ) with its check digit and a date of birth",
		Source:   "Greek law 3655/2008, article 153; ΗΔΙΚΑ, form of the ΑΜΚΑ (Luhn)",
		Shapes:   []shape{digits(11, 11)},
		Check:    checkAMKA,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkAMKA: 0.3 % of random numbers of eleven digits pass.
func checkAMKA(c *candidate) grade {
	t := c.Text
	if !isBirthday(number(t[4:6]), number(t[2:4]), number(t[:2]), c) || !luhn(t) {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -", 6, 5), c.in(" -", 6, 4, 1), c.in(" ", 2, 2, 2, 5):
		return formed
	}
	return reject
}
