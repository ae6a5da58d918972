package detect

import "bytes"

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
		"nl: geboortedatum, geboren op, geboren te, geb datum, geb, geboren, geboortedag", "pl: data urodzenia, daty urodzenia, urodzony, urodzona, urodzony dnia, urodzona dnia, ur, ur dnia, ur. dnia, data ur, urodzenia",
		"es: fecha de nacimiento, nacido el, nacida el, nacido en, nacida en, nacido/a el, F.N, F. nacimiento, fecha nacimiento, nacimiento", "it: data di nascita, nato il, nata il, nato a, nata a, nascita, data nascita, nato/a il, nato/a a",
		"nordic: födelsedatum, födelsedag, född, född den, fødselsdato, født, født den, fødselsdag, syntymäaika, syntynyt, syntymäpäivä, synt")
}

// birthContext are those labels that mean nothing else.
func birthContext() []string {
	return words("en: date of birth, DOB, D.O.B, birth date, birthdate, born on, wholecell born wholecell, wholecell birthday wholecell", "de: Geburtsdatum, geboren am, geb am, Geb-Datum, wholecell geboren wholecell, wholecell geb wholecell, wholecell Geburtstag wholecell", "fr: date de naissance, né le, née le, DDN, date naissance, wholecell naissance wholecell", "nl: geboortedatum, geboren op, geb datum, wholecell geboortedag wholecell",
		"pl: data urodzenia, daty urodzenia, urodzony, urodzona, data ur, ur dnia, wholecell ur wholecell, wholecell urodzenia wholecell", "es: fecha de nacimiento, nacido el, nacida el, fecha nacimiento, F nacimiento, fecha de nac, wholecell nacimiento wholecell", "it: data di nascita, nato il, nata il, data nascita, wholecell nascita wholecell", "nordic: födelsedatum, fødselsdato, syntymäaika, födelsedag, fødselsdag, född den, født den, wholecell född wholecell, wholecell født wholecell, wholecell syntynyt wholecell")
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
	if own := bytes.TrimLeft(value, " \r\n"); !marked && len(value) > 0 && (value[0] == '\n' || value[0] == '\r') {
		value, marked = unlisted(own), true // on a line of its own
	}
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

// unlisted is a text without the number that a list puts before a date.
func unlisted(text []byte) []byte {
	n := len(digitRun(text))
	if n == 0 || n > 2 || !bytes.HasPrefix(text[n:], []byte(". ")) {
		return text
	}
	if _, size := parseDate(text[n+2 : min(len(text), n+42)]); size > 0 {
		return text[n+2:]
	}
	return text
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
