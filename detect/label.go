package detect

import (
	"bytes"
	"strings"
)

func label() detector {
	return detector{
		ID:       "label",
		Category: Own,
		Doc:      "mark of classification: on a line of its own, in brackets, in capitals, or behind a word that announces it",
		Source:   "the languages' marks of companies and authorities (EU 2013/488/EU annex III; VSA; IGI 1300; ustawa o ochronie informacji niejawnych); FIRST TLP 2.0",
		Anchors:  labelWords(),
		Check:    checkLabel,
		Mask:     dots,
	}
}

func labelWords() []string {
	return words(
		"en: confidential, strictly confidential, company confidential, private and confidential, highly confidential, commercial in confidence, internal use only, for internal use only, internal only, restricted, secret, top secret, official sensitive, sensitive, highly sensitive, proprietary and confidential, attorney-client privileged, privileged and confidential, not for distribution, do not forward, do not distribute, for your eyes only, need to know, NATO restricted, NATO confidential, EU restricted, UNCLASSIFIED, TLP RED, TLP AMBER, TLP GREEN, TLP CLEAR, TLP AMBER STRICT",
		"de: vertraulich, streng vertraulich, persönlich und vertraulich, persönlich/vertraulich, geheim, streng geheim, VS-NfD, VS-Vertraulich, Verschlusssache, Nur für den Dienstgebrauch, nur für den internen Gebrauch, nur zur internen Verwendung, nur intern, firmenvertraulich, betriebsgeheim, Geschäftsgeheimnis, nicht zur Weitergabe",
		"fr: confidentiel, strictement confidentiel, confidentiel défense, très secret, secret défense, diffusion restreinte, usage interne, à usage interne, réservé à l'usage interne, ne pas diffuser, secret des affaires, confidentiel entreprise",
		"nl: vertrouwelijk, strikt vertrouwelijk, zeer vertrouwelijk, geheim, zeer geheim, staatsgeheim, departementaal vertrouwelijk, intern gebruik, alleen voor intern gebruik, bedrijfsvertrouwelijk, niet verspreiden",
		"pl: poufne, ściśle poufne, tajne, ściśle tajne, zastrzeżone, tajemnica przedsiębiorstwa, do użytku wewnętrznego, do użytku służbowego, tylko do użytku wewnętrznego, informacja niejawna, tajemnica służbowa, nie rozpowszechniać",
		"es: confidencial, estrictamente confidencial, secreto, alto secreto, uso interno, difusión limitada, no difundir", "it: riservato, strettamente riservato, confidenziale, segreto, segretissimo, riservatissimo, uso interno, ad uso interno, non divulgare",
		"nordic: konfidentiellt, strikt konfidentiellt, hemlig, kvalificerat hemlig, begränset hemlig, internt bruk, fortrolig, strengt fortrolig, hemmelig, strengt hemmelig, til internt brug, til tjenestebruk, luottamuksellinen, erittäin salainen, salainen, sisäiseen käyttöön")
}

// checkLabel: in a sentence these are words as any; as a label they stand
// alone. Words that announce a label make it sure.
func checkLabel(c *candidate) grade {
	before := lastLine(c.Before)
	after := line(c.Text[c.Label:], 60)
	c.Value = bytes.ToLower(c.Text[:c.Label])
	if announced(before) {
		return formed
	}
	open, alone := frame(before), frame(after)
	marked := capital(c.Text) || bytes.IndexByte(c.Text[:c.Label], ' ') > 0
	tlp := bytes.HasPrefix(c.Text, []byte("TLP:")) || bytes.HasPrefix(c.Text, []byte("TLP "))
	switch {
	case tlp:
		return formed
	case open && alone && marked && !inToken(before):
		return formed
	case marked && bracketed(before, after):
		return formed
	case shouted(c.Text[:c.Label]):
		return named
	}
	return reject
}

// announced reports whether a text ends with a word for classification and a
// mark.
func announced(before []byte) bool {
	text := bytes.TrimRight(before, " \t\"'*")
	if len(text) == 0 || text[len(text)-1] != ':' && text[len(text)-1] != '=' {
		return false
	}
	word := text[:len(text)-1]
	return mentions(word[max(0, len(word)-28):], "classification", "sensitivity", "label", "klassifizierung", "einstufung", "vertraulichkeit", "klassifikation", "confidentialité",
		"rubricering", "classificatie", "vertrouwelijkheid", "klauzula", "klasyfikacja", "clasificación", "classificazione", "klassificering", "klassifisering", "luokitus", "turvaluokka", "schutzklasse", "confidentiality", "marking")
}

// frame reports whether nothing but marks stands beside a label on its line.
func frame(text []byte) bool {
	return len(bytes.Trim(text, " *-_=#!.|/:>[](){}<~+\"\r")) == 0
}

// bracketed reports whether a label stands in brackets of its own, as in
// "[Confidential] Offer"; round ones at the front of a line only.
func bracketed(before, after []byte) bool {
	if len(before) == 0 || len(after) == 0 || strings.IndexByte("[({<*", before[len(before)-1]) < 0 {
		return false
	}
	return strings.IndexByte("])}>*", after[0]) >= 0 && (after[0] == ']' || frame(before))
}

// shouted reports whether a label has at least two words or ten letters, all
// in upper case.
func shouted(text []byte) bool {
	return len(text) >= 10 && bytes.Equal(bytes.ToUpper(text), text)
}
