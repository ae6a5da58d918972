package values

import (
	"math/rand/v2"
	"strings"
)

// localised makes a choice of a list in one of the languages; the value keeps
// its language in front ("de:…") until it is written.
func localised(r *rand.Rand, lists map[string][]string) (language, text string) {
	language = pick(r, "en", "de", "fr", "nl", "pl")
	return language, pick(r, lists[language]...)
}

// icd10: a letter, two digits, and after a dot one or two more; categories that
// WHO's list has. Source: WHO, ICD-10 volume 1 (version 2019); BfArM, ICD-10-GM.
// The invalid ones have another form, or a category that neither WHO, ICD-10-GM
// nor ICD-10-CM has.
func icd10() Identifier {
	codes := []string{"E11.9", "E10.1", "I10.0", "I21.4", "I48.9", "I50.1", "J45.0", "J44.1", "J18.9", "C50.9", "C34.1", "C61", "C18.7", "F32.1", "F33.2", "F41.1", "F10.2", "G20", "G35", "G40.2", "G43.1",
		"K50.0", "K51.9", "K80.2", "K35.8", "M54.5", "M16.1", "M17.1", "M05.8", "N18.3", "N39.0", "O80", "S72.0", "S52.5", "S82.6", "B20", "B18.2", "A15.0", "D50.9", "E66.0", "E78.0", "H25.1", "H40.1", "L40.0", "R07.4", "Z95.1", "U07.1"}
	none := []string{"B12", "B14", "B28", "B62", "E17", "E18", "E19", "E48", "E62", "G15", "G17", "G28", "G34", "H12", "H24", "I03", "I17", "K16", "K33", "L16", "M38", "N24", "P31", "Q08"}
	return Identifier{ID: "icd10", squeeze: asWritten, noFaults: true, Neutral: true,
		make: func(r *rand.Rand) string { return pick(r, codes...) },
		ok: func(s string) bool {
			for _, n := range none {
				if strings.HasPrefix(s, n) {
					return false
				}
			}
			return like(`[A-Z]\d\d(\.\d{1,2})?`, s)
		},
		faults: []fault{
			{"no such category", func(r *rand.Rand) string { return pick(r, none...) + "." + digits(r, 1) }},
			{"digits before the letter", func(r *rand.Rand) string { return digits(r, 2) + chars(r, "EIJKM", 1) + "." + digits(r, 1) }},
			{"two letters", func(r *rand.Rand) string { return chars(r, "EIJK", 2) + digits(r, 2) + "." + digits(r, 1) }},
			{"too many digits", func(r *rand.Rand) string { return chars(r, "EIJK", 1) + digits(r, 5) }},
		}}
}

// diagnosis: names of diseases in en, de, fr, nl, pl. Source: WHO's ICD-10 and
// its translations (BfArM, ATIH, WHO-FIC Netherlands, CSIOZ), in the forms in
// which physicians write them. The others only sound like it.
func diagnosis() Identifier {
	names, others := diagnosisNames(), diagnosisOthers()
	return Identifier{ID: "diagnosis", localised: true, squeeze: asWritten, noFaults: true, Neutral: true,
		make:   func(r *rand.Rand) string { l, s := localised(r, names); return l + ":" + s },
		ok:     func(s string) bool { return contains(names, s) },
		faults: []fault{{"no disease", func(r *rand.Rand) string { l, s := localised(r, others); return l + ":" + s }}}}
}

// medication: an international nonproprietary name in the language's form, and
// a dose. Source: WHO, INN lists (English, French); Gelbe Liste, Farmacotherapeutisch
// Kompas and Rejestr Produktów Leczniczych for the forms in use.
func medication() Identifier {
	names, others := medicationNames(), map[string][]string{
		"en": {"Copper pipe", "Sugar", "Coffee beans", "Printer paper", "Sand"}, "de": {"Kupferrohr", "Zucker", "Kaffee", "Schrauben M8", "Mehl"}, "fr": {"Tube cuivre", "Sucre", "Farine", "Café moulu", "Papier"},
		"nl": {"Koperen buis", "Suiker", "Koffiebonen", "Papier", "Meel"}, "pl": {"Rura miedziana", "Cukier", "Kawa", "Papier", "Mąka"}}
	return Identifier{ID: "medication", localised: true, squeeze: asWritten, noFaults: true, Neutral: true,
		make: func(r *rand.Rand) string {
			l, s := localised(r, names)
			return l + ":" + s + pick(r, " 5", " 10", " 20", " 40", " 100", " 500") + " mg" + pick(r, "", " 1-0-0", " 1-0-1", " 0-0-1")
		},
		ok: func(s string) bool {
			for _, list := range names {
				for _, n := range list {
					if strings.HasPrefix(s, n+" ") {
						return true
					}
				}
			}
			return false
		},
		faults: []fault{{"no medicine", func(r *rand.Rand) string {
			l, s := localised(r, others)
			return l + ":" + s + pick(r, " 15 mm", " 500 g", " 250 g", " 1 kg", " 80 g/m²", " 100 mg")
		}}}}
}

// labResult: an analyte, a value and its unit as laboratories print them.
// Source: LOINC's and UCUM's names and units.
func labResult() Identifier {
	names := labNames()
	others := map[string][]string{
		"en": {"RAM 16 GB", "CO2 420 ppm", "Speed 130 km/h", "Load 0.75", "Room 21.5 °C"}, "de": {"RAM 16 GB", "CO2 420 ppm", "Tempo 130 km/h", "Last 0,75", "Raum 21,5 °C"},
		"fr": {"RAM 16 Go", "CO2 420 ppm", "Vitesse 130 km/h", "Charge 0,75", "Salle 21,5 °C"}, "nl": {"RAM 16 GB", "CO2 420 ppm", "Snelheid 130 km/u", "Last 0,75", "Kamer 21,5 °C"},
		"pl": {"RAM 16 GB", "CO2 420 ppm", "Prędkość 130 km/h", "Obciążenie 0,75", "Pokój 21,5 °C"}}
	return Identifier{ID: "lab-result", localised: true, squeeze: asWritten, noFaults: true, Neutral: true,
		make: func(r *rand.Rand) string {
			l, s := localised(r, names)
			v := s[:strings.Index(s, "#")] + between(r, 1, 14, 1) + "." + digits(r, 1) + s[strings.Index(s, "#")+1:]
			if l != "en" {
				v = strings.ReplaceAll(v, ".", ",")
			}
			return l + ":" + v
		},
		ok: func(s string) bool {
			for _, list := range names {
				for _, n := range list {
					if strings.HasPrefix(s, n[:strings.Index(n, "#")]) {
						return true
					}
				}
			}
			return false
		},
		faults: []fault{{"no analyte", func(r *rand.Rand) string {
			l, s := localised(r, others)
			return l + ":" + s + pick(r, "", ", OK", " (max)", " / 2", " (min)", ".")
		}}}}
}

func contains(lists map[string][]string, s string) bool {
	for _, list := range lists {
		for _, n := range list {
			if n == s {
				return true
			}
		}
	}
	return false
}
