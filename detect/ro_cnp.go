package detect

import "slices"

func roCNP() detector {
	context := slices.Concat(words(
		"ro: CNP, CNP-ul, CNPul, codul numeric personal, cod numeric personal, codului numeric personal, cod personal, data nașterii, data naşterii, născut, născută, buletin, carte de identitate, cărții de identitate, număr de identificare, pacient, pacientul, pacienta",
		"en: CNP number, personal numerical code, Romanian CNP", "de: persönlicher Zahlencode", "fr: code numérique personnel", "es: código numérico personal", "it: codice numerico personale", "pl: numer CNP",
	), abroad("ro", person, social), birthWords())
	return detector{
		ID:       "ro-cnp",
		Category: Personal,
		Doc:      "Romanian personal numerical code (CNP) with its check digit, a date of birth and a county",
		Source:   "Romanian law 105/1996; OUG 97/2005 article 6; HG 1375/2006 (county codes, control key 279146358279)",
		Shapes:   []shape{digits(13, 13)},
		Check:    checkCNP,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkCNP: 0.1 % of random numbers of thirteen digits pass.
func checkCNP(c *candidate) grade {
	t := c.Text
	check := weighted(t, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
	if check == 10 {
		check = 1
	}
	if check != digit(t, 12) || !cnpBirthday(t, c) || !cnpCounty(number(t[7:9])) || number(t[9:12]) == 0 {
		return reject
	}
	switch {
	case c.plain():
		return bare
	case c.in(" -", 1, 6, 6), c.in(" -", 1, 2, 2, 2, 2, 3, 1), c.in(" -", 7, 6), c.in(" -", 1, 6, 2, 3, 1), c.in(" ", 1, 2, 2, 2, 6):
		return formed
	}
	return reject
}

// cnpBirthday: the first digit says sex and century; 7, 8 and 9 are residents
// born in any.
func cnpBirthday(t []byte, c *candidate) bool {
	yy, m, d := number(t[1:3]), number(t[3:5]), number(t[5:7])
	switch t[0] {
	case '0':
		return false
	case '1', '2':
		return isDate(1900+yy, m, d, c.Now)
	case '3', '4':
		return isDate(1800+yy, m, d, c.Now)
	case '5', '6':
		return isDate(2000+yy, m, d, c.Now)
	}
	return isBirthday(yy, m, d, c)
}

// cnpCounty: 41 counties, Bucharest with six sectors and two that were, two
// counties of 1981, and 70 for births registered since 2021.
func cnpCounty(n int) bool {
	return n >= 1 && n <= 48 || n == 51 || n == 52 || n == 70
}
