package detect

import "slices"

func fiHetu() detector {
	context := slices.Concat(words(
		"fi: henkilötunnus, henkilötunnuksen, henkilötunnusta, henkilötunnuksella, henkilötunnukset, henkilötunnuksesi, hetu, hetun, hetua, sotu, sosiaaliturvatunnus, sosiaaliturvatunnuksen, syntymäaika, syntynyt, potilas, potilaan",
		"sv: personbeteckning, personbeteckningen, finländsk personbeteckning, finsk personnummer, personnummer", "en: Finnish HETU, personal identity code", "de: finnische Personenkennung, Personenkennung", "fr: code personnel finlandais", "nl: Finse persoonscode", "pl: fiński kod osobowy",
	), abroad("fi", person, social), birthWords())
	return detector{
		ID:       "fi-hetu",
		Category: Personal,
		Doc:      "Finnish personal identity code with its check character and a date of birth",
		Source:   "Finnish act 661/2009 §§ 11 and 12; Valtioneuvoston asetus 690/2022 (separators since 2023); DVV, henkilötunnus (modulus 31)",
		Shapes:   []shape{{Lead: "999999999X", Rest: '9', Min: 10, Max: 10}, {Lead: "999999A999X", Rest: '9', Min: 11, Max: 11}},
		Check:    checkHetu,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkHetu: 0.1 % of random codes of the form pass. The separator is the
// century: "-" and Y to U are the 20th, A to F the 21st.
func checkHetu(c *candidate) grade {
	t := c.Text
	century, serial := 1900, t[6:9]
	if len(t) == 11 {
		serial = t[7:10]
		switch {
		case t[6] <= 'F':
			century = 2000
		case t[6] < 'U' || t[6] > 'Y':
			return reject
		}
		if !c.plain() {
			return reject
		}
	} else if !c.in("-", 6, 4) {
		return reject
	}
	n := number(t[:6])*1000 + number(serial)
	if number(serial) < 2 || !isDate(century+number(t[4:6]), number(t[2:4]), number(t[:2]), c.Now) ||
		"0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31] != t[len(t)-1] || serial[0] == '9' {
		return reject
	}
	if len(t) == 10 && t[9] < 'A' {
		return formed
	}
	return proven
}
