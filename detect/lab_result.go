package detect

import (
	"bytes"
	"slices"
	"strings"
)

func labResult() detector {
	sure, hinted := terms("lab")
	units, _ := terms("lab-unit")
	knows := labCheck{wordSet(sure), wordSet(units), clinicStems()}
	return detector{
		ID:       "lab-result",
		Category: Health,
		Doc:      "result of a laboratory test of a person: what was measured, number and unit; or a LOINC code",
		Source:   "names and units of clinical chemistry: terms/lab.*.txt; LOINC Users' Guide (code and check digit)",
		Anchors:  slices.Concat(sure, hinted, []string{"LOINC"}),
		Check:    knows.check,
		Context: append(healthContext(), words(
			"en: lab, lab results, laboratory, blood test, blood count, reference range, specimen, serum, plasma, fasting",
			"de: Labor, Laborwerte, Laborwert, Laborbefund, Laborbefunde, Laborbericht, Laborergebnis, Laborergebnisse, Blutbild, Referenzbereich, Normbereich, Serum, Blutwerte, nüchtern", "fr: laboratoire, bilan sanguin, prise de sang, valeurs de référence, sérum, à jeun",
			"nl: lab, laboratorium, bloedonderzoek, referentiewaarden, bloeduitslag, labuitslag, labuitslagen, laboratoriumonderzoek, bloedwaarden, nuchter", "pl: laboratorium, morfologia, badanie krwi, wyniki badań, wynik badania, wyniki badania, badania laboratoryjne, badań laboratoryjnych, wyniki laboratoryjne, zakres referencyjny, surowica, na czczo",
			"es: laboratorio, análisis de sangre, analítica, valores de referencia, en ayunas", "it: laboratorio, esame del sangue, esami del sangue, valori di riferimento, a digiuno",
			"nordic: blodprov, blodprøve, referensvärde, referanseområde, labsvar, verikoe, laboratoriekoe, viitearvo")...),
		Against: words("en: water, drinking water, waste water, wastewater, groundwater, soil, feed, fertiliser, fertilizer, per serving, nutrition, milk, alloy, steel",
			"de: Wasser, Wasserwerte, Wasseranalyse, Leitungswasser, Mineralwasser, Nährwert, Trinkwasser, Abwasser, Grundwasser, Boden, Futter, Dünger, Nährwerte, Milch, Legierung, Stahl", "fr: eau, eau potable, valeurs nutritives, eaux usées, sol, engrais, lait, acier", "nl: water, voedingswaarde, drinkwater, afvalwater, bodem, kunstmest, melk, staal",
			"pl: woda, wartość odżywcza, woda pitna, wody, ścieki, gleba, nawóz, mleko, stal", "es: agua, agua potable, suelo, abono, leche, acero", "it: acqua, acqua potabile, suolo, concime, latte, acciaio"),
		Mask: dots,
	}
}

// wordSet is a list's words, unaccented and without a mark at the end, as they are found.
func wordSet(list []string) map[string]bool {
	words := map[string]bool{}
	for _, w := range list {
		words[unaccented(strings.TrimRight(w, ".)"))] = true
	}
	return words
}

// labCheck is what the check of lab-result knows.
type labCheck struct {
	sure   map[string]bool // analytes of the clinic
	units  map[string]bool
	clinic *stems
}

// check: an analyte of the clinic with a number and a clinical unit is a
// person's; the others are measured in water, feed and steel too.
func (l labCheck) check(c *candidate) grade {
	name, after := c.Text[:c.Label], c.Text[c.Label:]
	if string(name) == "LOINC" {
		return checkLOINC(after[:min(len(after), 40)])
	}
	sure := l.sure[unaccented(string(name))]
	// "CRP was 120 mg/l", but not "sodium and 80 mg/l of calcium".
	size := l.measured(after[:min(len(after), 100)], sure)
	if size == 0 {
		return reject
	}
	c.end = c.Label + size
	switch {
	case !sure && !l.clinic.in(c.Before) && !l.clinic.in(after[size:min(len(after), size+60)]):
		return reject
	case !sure:
		return hinted
	case c.Text[c.end-1] == '%' && !mentions(name, "a1c", "gl", "mat", "hct", "hkt"):
		return hinted // of all numbers, per cent say least
	}
	return formed
}

// clinicStems are beginnings of words on the analysis of blood, and of some
// that stand in every such report.
func clinicStems() *stems {
	return newStems("patient", "patiënt", "pacjent", "pazient", "pacient", "pasient", "potil", "blood", "serum", "surowic", "plasma", "lab result", "laborwert", "laborbefund", "laborergeb", "laborator", "labor ", "labor:", "lab:", "labuitslag", "wynik bada", "wyniki bada", "sang", "blutbild", "blutwert", "bilan sanguin", "prise de sang",
		"bloedonderzoek", "bloeduitslag", "krwi", "morfologi", "analítica", "sangre", "sangue", "blodprov", "blodprøv", "verikoe", "kreatinin", "creatinin", "kreatynin", "crp", "moglob", "leuko", "tsh", "gfr", "hba1c", "fasting", "nüchtern")
}

// measured returns where a number with a clinical unit ends that stands not far
// from the front, behind a word only if words are allowed; 0 where there is
// none. A reference range may stand between them.
func (l labCheck) measured(text []byte, words bool) int {
	at := 0
	for at < len(text) && classes[text[at]] != isDigit {
		if b := text[at]; b == '.' && at > 2 || b == ';' || at > 32 || classes[b] != 0 && !words {
			return 0
		}
		at++
	}
	if at == 0 || at == len(text) || inToken(text[:at]) {
		return 0
	}
	at += quantity(text[at:])
	for range 3 {
		at += len(text[at:]) - len(bytes.TrimLeft(text[at:], " \t*+!|()[]HLhl<>=-–"))
		if n := l.unit(text[at:]); n > 0 {
			return at + n
		}
		n := quantity(text[at:])
		if n == 0 {
			return 0
		}
		at += n
	}
	return 0
}

// quantity is the length of a decimal number at the front.
func quantity(text []byte) int {
	end := len(digitRun(text))
	if end > 0 && end+1 < len(text) && (text[end] == '.' || text[end] == ',') {
		end += len(digitRun(text[end+1:]))
		end++
	}
	return end
}

// unit is the length of a unit of clinical chemistry at the front.
func (l labCheck) unit(text []byte) int {
	end := 0
	for end < len(text) && (classes[text[end]] != 0 || bytes.IndexByte([]byte("/%^*.²"), text[end]) >= 0) && end < 24 {
		end++
	}
	unit := bytes.TrimRight(text[:end], ".")
	if l.units[unaccented(string(unit))] {
		return len(unit)
	}
	return 0
}

// checkLOINC looks for a code, which is up to six digits, a hyphen and a check
// digit (MOD 10 as on payment cards).
func checkLOINC(text []byte) grade {
	for i := 0; i < len(text); i++ {
		code := digitRun(text[i:])
		if len(code) == 0 || inToken(text[:i]) {
			continue
		}
		i += len(code)
		rest := text[i:]
		if len(code) >= 2 && len(code) <= 6 && len(rest) > 1 && rest[0] == '-' && len(digitRun(rest[1:])) == 1 && luhn(append(bytes.Clone(code), rest[1])) {
			return formed
		}
	}
	return reject
}
