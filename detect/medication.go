package detect

import (
	"bytes"
	"slices"
)

func medication() detector {
	names, _ := terms("medication")
	diseases, _ := terms("diagnosis")
	return detector{
		ID:       "medication",
		Category: Health,
		Doc:      "name of a medicine; low alone, medium with a dose and how often it is taken or near words on somebody's health or the name of a disease",
		Source:   "international non-proprietary names with the endings of the languages: terms/medication.*.txt",
		Anchors:  names,
		Check:    checkMedication,
		Context: slices.Concat(healthContext(), diseases, words(
			"en: prescribed, prescription, prescriptions, dosage, daily dose, twice daily, once daily, side effects, current medications, medications, drug allergy",
			"de: Rezept, Rezepte, Privatrezept, Kassenrezept, Folgerezept, E-Rezept, verordnet, Verordnung, verschrieben, Medikation, Medikationsplan, Medikament, Medikamente, Dosierung, Tagesdosis, Nebenwirkungen, Einnahme",
			"fr: prescrit, prescrite, posologie, médicament, médicaments, traitement, traitement en cours, effets secondaires", "nl: recept, recepten, herhaalrecept, voorgeschreven, medicatie, medicijn, medicijnen, dosering, bijwerkingen",
			"pl: przepisano, przepisał, przepisała, dawkowanie, dawka, lek, leki, leków, recepta, recepty, receptę, e-recepta, działania niepożądane", "es: recetado, recetada, posología, medicamento, medicamentos, medicación",
			"it: prescritto, prescritta, posologia, farmaco, farmaci, medicinale", "nordic: ordinerad, medicinering, läkemedel, dosering, foreskrevet, legemiddel, ordineret, lægemiddel, lääke, lääkitys, annostus")),
		Mask: dots,
	}
}

// checkMedication: a medicine with a dose and a time of day is somebody's;
// without, it may be a product.
func checkMedication(c *candidate) grade {
	after := line(c.Text[c.Label:], 80)
	rest := afterDose(after)
	if rest != nil && schedule(rest) {
		return formed
	}
	return named
}

// afterDose returns what follows an amount and its unit, nil where there are
// none.
func afterDose(text []byte) []byte {
	for range 12 { // "-ratiopharm", "retard", brackets
		if len(text) > 0 && classes[text[0]] == isDigit {
			break
		}
		i := bytes.IndexAny(text, " (,:")
		if i < 0 || i > 20 {
			return nil
		}
		text = text[i+1:]
	}
	end := 0
	for end < len(text) && (classes[text[end]] == isDigit || bytes.IndexByte([]byte(".,/"), text[end]) >= 0) {
		end++
	}
	if end == 0 {
		return nil
	}
	text = bytes.TrimLeft(text[end:], " ")
	unit := tokenEnd(text, 0)
	if !doseUnit(string(bytes.ToLower(text[:unit]))) {
		return nil
	}
	return text[unit:]
}

func doseUnit(s string) bool {
	switch s {
	case "mg", "g", "µg", "μg", "ug", "mcg", "ml", "ie", "iu", "ui", "jm", "j", "mmol", "hub", "puffs", "tropfen", "gtt":
		return true
	}
	return false
}

// schedule reports whether a text says how often something is taken: "1-0-1",
// or a word of the languages.
func schedule(text []byte) bool {
	for i := 0; i+4 < len(text); i++ {
		if text[i+1] == '-' && text[i+3] == '-' && dose(text[i]) && dose(text[i+2]) && dose(text[i+4]) {
			return true
		}
	}
	return mentions(text, "daily", "a day", "per day", "every", "bid", "tid", "qd", "morning", "bedtime", "at night",
		"täglich", "tägl", "tgl", "am tag", "morgens", "abends", "mittags", "par jour", "matin", "soir", "/j",
		"daags", "per dag", "dd", "dziennie", "na dobę", "rano", "wieczor", "al día", "diario", "cada", "al giorno", "al dì",
		"dagl", "om dagen", "päivässä", "1x", "2x", "3x", "x1", "x2", "x3", "1 x", "2 x", "3 x", "x 1", "x 2", "x 3")
}

func dose(b byte) bool { return classes[b] == isDigit }
