package detect

func dateOfBirth() detector {
	return detector{
		ID:       "date-of-birth",
		Category: Personal,
		Doc:      "date of birth behind a word that says so",
		Source:   "ISO 8601-1:2019 and the languages' ways to write dates and months",
		Shapes:   []shape{digits(6, 8)},
		Groups:   3,
		Anchors:  birthLabels(),
		Check:    checkBirth,
		Context:  birthContext(),
		Mask:     dots,
	}
}

func birthLabels() []string {
	return words(
		"en: date of birth, DOB, D.O.B, birth date, birthdate, born, born on, born in, birthday, birthday is, year of birth",
		"de: Geburtsdatum, Geburtsdatum ist, geboren am, geboren, geboren in, geb, geb am, Geburtstag, Geb-Datum, Geburtsdaten",
		"fr: date de naissance, né le, née le, né à, née à, naissance, date naissance, DDN, né(e) le",
		"nl: geboortedatum, geboren op, geboren te, geb datum, geboortedag", "pl: data urodzenia, daty urodzenia, urodzony, urodzona, urodzony dnia, urodzona dnia, ur, data ur, urodzenia",
		"es: fecha de nacimiento, nacido el, nacida el, nacido en, nacida en, F.N, nacimiento", "it: data di nascita, nato il, nata il, nato a, nata a, nascita",
		"nordic: födelsedatum, född, född den, fødselsdato, født, født den, fødselsdag, syntymäaika, syntynyt, syntymäpäivä, synt")
}

// birthContext are those labels that mean nothing else.
func birthContext() []string {
	return words("en: date of birth, DOB, D.O.B, birth date, birthdate, born on", "de: Geburtsdatum, geboren am, geb am, Geb-Datum", "fr: date de naissance, né le, née le, DDN", "nl: geboortedatum, geboren op",
		"pl: data urodzenia, daty urodzenia, urodzony, urodzona, data ur", "es: fecha de nacimiento, nacido el, nacida el", "it: data di nascita, nato il, nata il", "nordic: födelsedatum, fødselsdato, syntymäaika")
}

// checkBirth: a date right behind the label is one of birth; behind a place
// and a few words it most likely is.
func checkBirth(c *candidate) grade {
	if c.Groups != nil {
		// A date in a column, or near such a word.
		if d, size := parseDate(written(c)); size > 0 && isDate(d.year, d.month, d.day, c.Now) {
			return hinted
		}
		return reject
	}
	value, marked := labelled(c.Text[c.Label:], ":=.")
	if !marked && unsure(unaccented(string(c.Text[:c.Label]))) {
		return reject
	}
	skipped, found := 0, false
	for skipped < len(value) && skipped < 40 {
		if found = classes[value[skipped]] == isDigit || skipped == 0 && monthOf(value[:wordEnd(value[:min(len(value), 20)])]) > 0; found {
			break
		}
		if value[skipped] == '\n' {
			return reject
		}
		skipped++
	}
	if !found {
		return reject
	}
	d, size := parseDate(value[skipped:min(len(value), skipped+40)])
	if size == 0 || !isDate(d.year, d.month, d.day, c.Now) {
		return reject
	}
	c.Value = []byte{byte(d.year >> 8), byte(d.year), byte(d.month), byte(d.day)}
	c.end = len(c.Text) - len(value) + skipped + size
	if skipped < 12 {
		return proven
	}
	return formed
}

// unsure reports whether a label needs its mark.
func unsure(label string) bool {
	switch label {
	case "birthday", "geburtstag", "geboortedag", "fødselsdag", "syntymapaiva", "ur", "geb", "synt", "naissance", "nascita", "nacimiento", "urodzenia":
		return true
	}
	return false
}

// written is a candidate with its groups apart.
func written(c *candidate) []byte {
	text := make([]byte, 0, maxShape+runTokens)
	at := 0
	for i, n := range c.Groups {
		if i > 0 {
			text = append(text, '.')
		}
		text = append(text, c.Text[at:at+int(n)]...)
		at += int(n)
	}
	return text
}
