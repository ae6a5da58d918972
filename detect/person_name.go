package detect

import (
	"bytes"
	"slices"
	"strings"
)

func personName() detector {
	given, _ := terms("given-name")
	knows := nameCheck{given: wordSet(given), labels: wordSet(nameLabels()), titles: wordSet(nameTitles())}
	return detector{
		ID:       "person-name",
		Category: Personal,
		Doc:      "name of a person: behind a label, a title, or a given name with a family name; low without a label",
		Source:   "given names of the languages: terms/given-name.*.txt; forms of address of the languages",
		Anchors:  slices.Concat(given, nameLabels(), nameTitles()),
		Check:    knows.check,
		Mask:     dots,
	}
}

func nameLabels() []string {
	return words(
		"en: name, full name, first name, last name, surname, family name, given name, patient, patient name, client name, customer name, employee, insured, policyholder, account holder, contact person, applicant, beneficiary",
		"de: Vorname, Nachname, Familienname, Vor- und Nachname, Patientin, Kundenname, Versicherter, Versicherte, Versicherungsnehmer, Kontoinhaber, Ansprechpartner, Mitarbeiter, Antragsteller, Inhaber",
		"fr: nom, prénom, nom de famille, nom complet, assuré, assurée, titulaire, bénéficiaire, salarié", "nl: naam, voornaam, achternaam, patiënt, klant, verzekerde, cliënt, contactpersoon, rekeninghouder",
		"pl: imię, nazwisko, imię i nazwisko, pacjent, pacjentka, klient, ubezpieczony, pracownik, posiadacz rachunku", "es: nombre, apellido, apellidos, nombre y apellidos, paciente, titular, asegurado, empleado",
		"it: nome, cognome, nome e cognome, paziente, intestatario, assicurato, dipendente", "nordic: namn, förnamn, efternamn, navn, fornavn, etternavn, efternavn, nimi, etunimi, sukunimi, potilas, pasient")
}

func nameTitles() []string {
	return words("en: Mr, Mrs, Ms, Miss, Dr, Prof", "de: Herr, Herrn, Frau, Familie, Dipl-Ing", "fr: Monsieur, Madame, Mademoiselle, Mme, Mlle", "nl: Dhr, de heer, mevrouw, mevr, mw",
		"pl: Pan, Pani, Pana, Panu, Panią, Panem", "es: Señor, Señora, Sr, Sra, Don, Doña", "it: Signor, Signora, Sig, Sig.ra, Dott, Dott.ssa", "nordic: Herra, Rouva, Hr, Fru")
}

// nameCheck is what the check of person-name knows.
type nameCheck struct{ given, labels, titles map[string]bool }

// check: behind a label two capitalised words are a name, with a given name
// among them surely; behind a title they most likely are. A given name before
// a capitalised word is often a place or a company: that stays low.
func (n nameCheck) check(c *candidate) grade {
	word := unaccented(string(c.Text[:c.Label]))
	if n.labels[word] {
		value, marked := labelled(c.Text[c.Label:], ":")
		if marked {
			return n.behindLabel(c, value)
		}
		return reject
	}
	if !capital(c.Text) || inToken(c.Before) {
		return reject
	}
	if n.titles[word] {
		value := blanks(bytes.TrimLeft(c.Text[c.Label:], "."))
		for range 2 { // "Herr Prof. Dr."
			if end := wordEnd(value); n.titles[unaccented(string(value[:end]))] {
				value = blanks(bytes.TrimLeft(value[end:], "."))
			}
		}
		count, known, size := n.read(value)
		c.end = len(c.Text) - len(value) + size
		switch {
		case count >= 2 && known:
			return formed
		case count >= 1:
			return named
		}
		return reject
	}
	count, _, size := n.read(c.Text)
	if c.end = size; count < 2 {
		return reject
	}
	return named
}

func (n nameCheck) behindLabel(c *candidate, value []byte) grade {
	count, known, size := n.read(value)
	if size == 0 {
		return reject
	}
	c.Value, c.end = value[:size], len(c.Text)-len(value)+size
	whole := strings.IndexByte("\t\r\n,;|<(", append(value[size:], '\n')[0]) >= 0
	switch {
	case known && count >= 2:
		return proven
	case known && whole:
		return formed
	case count >= 2 && count <= 3 && whole:
		return named
	}
	return reject
}

// read counts the capitalised words at the front, at most four, with single
// letters, particles and a comma between them. known says that one of them is
// a given name.
func (n nameCheck) read(text []byte) (count int, known bool, size int) {
	at := 0
	for count < 4 && at < len(text) && at < 80 {
		end := wordEnd(text[at:])
		if end == 0 {
			break
		}
		word := text[at : at+end]
		switch {
		case at == 0 && string(word) == "der": // "Herr der Ringe"
			return 0, false, 0
		case particle(string(word)):
		case !capital(word):
			return count, known, size
		default:
			if end > 1 {
				count++
			}
			known = known || n.given[unaccented(string(word))]
			size = at + end
		}
		at += end
		if at < len(text) && (text[at] == ',' && count == 1 || text[at] == '.' && end <= 2) {
			at++
		}
		if at >= len(text) || text[at] != ' ' {
			break
		}
		at++
	}
	return count, known, size
}

func particle(word string) bool {
	switch word {
	case "von", "van", "der", "den", "de", "du", "del", "della", "di", "da", "la", "le", "zu", "ter", "ten", "af", "av", "y":
		return true
	}
	return false
}
