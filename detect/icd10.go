package detect

import (
	"bytes"
	"strings"
)

func icd10() detector {
	diseases, _ := terms("diagnosis")
	return detector{
		ID:       "icd10",
		Category: Health,
		Doc:      "ICD-10 code of a disease (WHO, GM and CM forms), near words on somebody's health or the name of a disease",
		Source:   "WHO ICD-10, 2019 version, volume 1 (categories) and volume 2 section 2.4 (form); BfArM ICD-10-GM 2024 and CDC ICD-10-CM 2024 (suffixes, added categories)",
		Shapes:   []shape{{Lead: "A99", Rest: 'X', Min: 3, Max: 8}},
		Check:    checkICD10,
		Context:  append(healthContext(), diseases...),
		Against: words(
			"en: be patient, vitamin, vitamins, room, gate, seat, form, paper, road, motorway, highway, exit, flight, size, grade, model, version, release, section, clause, annex, bolt, bolts, screw, screws, thread, summit, socket, part, bus, line, cell, row, column, resistor, zone, terminal, chapter, figure, table",
			"de: Vitamin, Zimmer, Raum, Formular, Autobahn, Größe, Gipfel, Schraube, Schrauben, Gewinde, Abschnitt, Anlage, Sitzplatz, Ausfahrt, Spielfeld, Version, Modell, Zeile, Spalte, Halle, Linie",
			"fr: vitamine, salle, chambre, autoroute, taille, sommet, vis, filetage, porte, siège, version, modèle, sortie",
			"nl: vitamine, kamer, snelweg, maat, afrit, schroef, schroeven, top, versie, zaal", "pl: witamina, witaminy, pokój, pok, sala, droga, rozmiar, autostrada, śruba, śruby, szczyt, wersja, bramka, miejsce",
			"es: vitamina, habitación, sala, autopista, talla, cumbre, tornillo, puerta, versión", "it: vitamina, stanza, camera, autostrada, taglia, vertice, vite, viti, uscita, versione",
			"nordic: rum, rom, värelse, huone, storlek, størrelse, vitamiini, vitamin, skruv, skrue, ruuvi, toppmöte, toppmøte"),
		Mask: dots,
	}
}

// checkICD10: the form alone is that of rooms, screws and paper sizes. A code
// with a dot needs words on health near it, a bare category more: a label
// right before it, or a cell of its own. External causes look like versions.
func checkICD10(c *candidate) grade {
	if !icdCategory(c.Text) {
		return reject
	}
	label := c.Before[max(0, len(c.Before)-40):]
	named := diseaseLabel(label) || behindBracket(c.After)
	external := strings.IndexByte("UVWXY", c.Text[0]) >= 0
	switch {
	case external && !mentions(label, "icd", "cim-10", "cie-10") && !(c.Text[0] == 'U' && named):
		return reject
	case len(c.Text) == 3:
		if named || inCell(c) {
			return hinted
		}
	case len(c.Groups) == 2 && c.Groups[0] == 3 && c.Seps == "." && icdSubcode(string(c.Text[3:])) && !goesOn(c):
		if technical(c) {
			return hinted
		}
		return claimed
	}
	return reject
}

// diseaseLabel reports whether a text says that a disease or its code follows.
func diseaseLabel(text []byte) bool {
	return mentions(text, "icd", "cim-10", "cie-10", "diagnose", "diagnosi", "diagnosen", "diagnosis", "diagnos ", "diagnos:", "diagnostic :", "diagnostic:", "diagnostic est", "diagnostic principal", "diagnóstic", "rozpoznan", "arbeitsunf", "au-besch", "dx:", "dg.", "befund", "choroby")
}

// behindBracket reports whether the label stands behind a code: "G35 (ICD-10)".
func behindBracket(after []byte) bool {
	rest := bytes.TrimLeft(after[:min(len(after), 20)], "\"' =")
	return len(rest) < len(after) && len(rest) > 0 && (rest[0] == '(' || rest[0] == 'I' || rest[0] == 'C') && diseaseLabel(rest)
}

// goesOn reports whether a candidate is part of a longer number with dots.
func goesOn(c *candidate) bool {
	return len(c.After) > 1 && c.After[0] == '.' && classes[c.After[1]] == isDigit || len(c.Before) > 0 && c.Before[len(c.Before)-1] == '.'
}

// technical reports whether a text is on software or machines.
func technical(c *candidate) bool {
	words := []string{"version", "software", "firmware", "kernel", "release", "compil", "server", "debug", "http", "module", "driver", "code>", "library", "error"}
	return mentions(c.Before, words...) || mentions(c.After, words...)
}

// inCell reports whether a candidate is all that its line or cell holds.
func inCell(c *candidate) bool {
	before := len(c.Before) == 0 || strings.IndexByte("\t\n;,|", c.Before[len(c.Before)-1]) >= 0
	after := len(c.After) == 0 || strings.IndexByte("\t\r\n;,|", c.After[0]) >= 0
	return before && after && len(c.Before)+len(c.After) > 0
}

// icdSubcode reports whether what follows the dot has the form of a
// subdivision: a digit (WHO), two with marks of certainty (A, G, V, Z) and side
// (R, L, B) behind them (GM), or up to four characters of which the last is a
// letter where there are four (CM).
func icdSubcode(s string) bool {
	digits := 0
	for digits < len(s) && classes[s[digits]] == isDigit {
		digits++
	}
	marks := s[digits:]
	switch {
	case digits == 0:
		return false
	case marks == "":
		return digits <= 3
	case len(marks) == 1:
		return digits <= 3 && strings.Contains("AGVZRLBDSXPCEFHJKMNQ", marks)
	}
	return len(s) == 4 && strings.Contains("AGVZX", marks[:1]) && strings.Contains("RLBADSX", marks[1:]) ||
		len(s) <= 4 && strings.Contains("AGVZ", marks[:1]) && strings.Contains("RLB", marks[1:])
}

// icdRanges are the categories that are in use, letter by letter, as pairs of
// first and last number; the few that only GM or CM have are among them.
var icdRanges = [26]string{
	0:         "0009 1528 3044 4646 4860 6371 7475 7799",
	'B' - 'A': "0010 1527 3030 3360 6483 8592 9499",
	'C' - 'A': "0026 3034 3741 4358 6097",
	'D' - 'A': "0053 5578 8084 8686 8990",
	'E' - 'A': "0016 2036 4046 5056 5861 6368 7080 8390",
	'F' - 'A': "0007 0925 2834 3848 5055 5966 6873 7884 8895 9899",
	'G' - 'A': "0014 2026 3032 3537 4041 4347 5065 7073 8083 9099",
	'H' - 'A': "0006 1011 1313 1522 2528 3036 4040 4255 5762 6575 8083 9095",
	'I' - 'A': "0002 0513 1516 2028 3052 6089 9599",
	'J' - 'A': "0006 0918 2022 3047 6070 8082 8486 9096 9899",
	'K' - 'A': "0014 2031 3538 4046 5052 5568 7077 8083 8587 9095",
	'L' - 'A': "0005 0808 1014 2030 4045 4960 6268 7075 8095 9799",
	'M' - 'A': "0003 0527 3036 4043 4551 5354 6063 6573 7577 7997 9999",
	'N' - 'A': "0008 1023 2537 3953 6065 7077 8099",
	'O' - 'A': "0016 2026 2836 4048 6075 8092 9499",
	'P' - 'A': "0005 0708 1015 2029 3539 5061 7072 7478 8081 8384 9096",
	'Q' - 'A': "0007 1018 2028 3045 5056 6087 8993 9599",
	'R' - 'A': "0007 0923 2536 3965 6899",
	'S' - 'A': "0099",
	'T' - 'A': "0098",
	'U' - 'A': "0404 0615 4952 5555 6061 6969 8085 9999",
	'V' - 'A': "0199",
	'W' - 'A': "0099",
	'X' - 'A': "0099",
	'Y' - 'A': "0099",
	'Z' - 'A': "0023 2559 6099",
}

// icdCategory reports whether a letter and two digits are a category.
func icdCategory(text []byte) bool {
	for r := range strings.FieldsSeq(icdRanges[text[0]-'A']) {
		if code := string(text[1:3]); r[:2] <= code && code <= r[2:] {
			return true
		}
	}
	return false
}
