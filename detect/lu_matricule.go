package detect

import "slices"

func luMatricule() detector {
	context := slices.Concat(words(
		"fr: matricule, numéro de matricule, no matricule, numéro matricule, matricule national, numéro d'identification national, numéro CNS, numéro de sécurité sociale, CNS, matricule luxembourgeois",
		"lb: Matricule, Matrikel, Matrikelnummer, Sozialversécherungsnummer", "de: Matrikelnummer, Sozialversicherungsnummer, nationale Identifikationsnummer, luxemburgische Matrikel",
		"en: matricule number, Luxembourg matricule, national identification number",
	), abroad("lu", person, social), birthWords(), insuranceWords())
	return detector{
		ID:       "lu-matricule",
		Category: Personal,
		Doc:      "Luxembourg national identification number with its two check digits and a date of birth",
		Source:   "Loi du 19 juin 2013 relative à l'identification des personnes physiques; règlement grand-ducal du 28 novembre 2013 (Luhn and Verhoeff)",
		Shapes:   []shape{digits(13, 13)},
		Check:    checkMatricule,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkMatricule: one in 200,000 random numbers of thirteen digits passes.
// Both check digits are of the first eleven.
func checkMatricule(c *candidate) grade {
	t := c.Text
	if !isDate(number(t[:4]), number(t[4:6]), number(t[6:8]), c.Now) || !luhn(t[:12]) {
		return reject
	}
	var other [12]byte
	copy(other[:], t[:11])
	if other[11] = t[12]; !verhoeff(other[:]) {
		return reject
	}
	switch {
	case c.plain(), c.in(" -", 8, 5), c.in(" -", 8, 3, 2), c.in(" -", 4, 2, 2, 5), c.in(" -", 4, 2, 2, 3, 2), c.in(" ", 4, 4, 5), c.in(" ", 4, 4, 3, 2):
		return proven
	}
	return formed
}
