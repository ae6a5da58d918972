package detect

import "bytes"

func diagnosis() detector {
	sure, hinted := terms("diagnosis")
	medicines, _ := terms("medication")
	return detector{
		ID:        "diagnosis",
		Category:  Health,
		Doc:       "name of a disease; low alone, medium near words on somebody's health or the name of a medicine",
		Source:    "chapters and blocks of WHO ICD-10 in the words that people use: terms/diagnosis.*.txt",
		TermGrade: named,
		Terms:     sure,
		Anchors:   append(hinted, diagnosisLabels()...),
		Check:     checkHinted(patientStems(), wordSet(diagnosisLabels())),
		Context:   append(healthContext(), medicines...),
		Against: words(
			"en: economy, economic, great, market, markets, network, server, computer, machine, engine, league, match, season, swimming, golf, campaign, charity, marathon, fundraising, sponsor, menu, food, garden, plant, plants",
			"de: Wirtschaft, Markt, Konjunktur, Netzwerk, Rechner, Liga, Spiel, Saison, Speisekarte, Garten, Pflanzen, Motor",
			"fr: économie, économique, marché, réseau, serveur, match, saison, menu, jardin", "nl: economie, markt, netwerk, wedstrijd, seizoen, tuin",
			"pl: gospodarka, gospodarki, rynek, sieć, serwer, mecz, sezon, ogród", "es: economía, mercado, red, partido, jardín", "it: economia, mercato, rete, partita, giardino"),
		Mask: dots,
	}
}

// diagnosisLabels stand before a disease, whether or not it is in the lists.
func diagnosisLabels() []string {
	return words("en: diagnosis, diagnoses, primary diagnosis, secondary diagnosis, admission diagnosis, discharge diagnosis", "de: Diagnose, Diagnosen, Hauptdiagnose, Nebendiagnose, Nebendiagnosen, Verdachtsdiagnose, Entlassungsdiagnose, Aufnahmediagnose, Dauerdiagnosen",
		"fr: diagnostic, diagnostics, diagnostic principal, diagnostic associé", "nl: hoofddiagnose, nevendiagnose, werkdiagnose", "pl: rozpoznanie, rozpoznania, rozpoznanie zasadnicze, rozpoznanie współistniejące, rozpoznanie kliniczne",
		"es: diagnóstico, diagnósticos", "it: diagnosi", "nordic: diagnos, diagnoosi")
}

// checkHinted: a word that ordinary mail uses too is a disease only in a
// sentence on a patient. What stands behind a label is one in a text on a
// patient: machines are diagnosed, too.
func checkHinted(patient *stems, labels map[string]bool) func(*candidate) grade {
	return func(c *candidate) grade {
		if labels[unaccented(string(c.Text[:c.Label]))] {
			return checkNamedDisease(c, patient)
		}
		if !patient.in(sentenceBefore(c.Before)) && !patient.in(sentenceAfter(c.Text[c.Label:])) {
			return reject
		}
		c.Value = []byte(unaccented(string(c.Text[:c.Label])))
		return hinted
	}
}

// checkNamedDisease looks at what stands behind a label: words, and a patient
// near it.
func checkNamedDisease(c *candidate, patient *stems) grade {
	disease, marked := labelled(c.Text[c.Label:], ":")
	disease = line(disease, 60)
	letters := within(disease, "-'")
	if !marked || letters < 3 || classes[disease[0]] == isDigit || technical(c) || !patient.in(c.Before) && !patient.in(c.Text[min(len(c.Text), c.Label+letters):min(len(c.Text), nearby)]) {
		return reject
	}
	c.Value = []byte(unaccented(string(disease)))
	return hinted
}

// sentenceBefore is what stands before in the same sentence, with a blank
// before it.
func sentenceBefore(before []byte) []byte {
	for i := len(before) - 1; i > 0; i-- {
		blank := before[i] == ' ' || before[i] == '\n' || before[i] == '\r' || before[i] == '\t'
		if blank && bytes.IndexByte([]byte(".!?\n"), before[i-1]) >= 0 {
			return before[i:]
		}
	}
	return append([]byte(" "), before...)
}

// sentenceAfter is what follows in the same sentence.
func sentenceAfter(after []byte) []byte {
	after = after[:min(len(after), nearby)]
	for i := range after {
		if bytes.IndexByte([]byte(".!?\n"), after[i]) >= 0 && (i+1 == len(after) || classes[after[i+1]] == 0) {
			return after[:i]
		}
	}
	return after
}

// patientStems are beginnings of words on somebody who is ill.
func patientStems() *stems {
	return newStems(
		"diagnosed", " diagnosis", "patient", "suffers", "suffered", "suffering", "admitted", "hospital", "tested positive", "treated for", "sick", "medical", "history of", "symptoms of", "therapy for",
		" diagnose", "diagnosen", "diagnostiziert", "leidet", "litt an", "leide an", "erkrankt", "krankgeschrieben", "verdacht auf", "arzt", "befund", "krankenhaus", "stationär", "wegen einer", "wegen eines", "anamnese", "z.n.", "v.a.",
		"diagnostiqu", " diagnostic", "souffre", "atteint", "hospitalis", "médecin", "maladie", "arrêt de travail",
		"patiënt", "lijdt aan", "gediagnosticeerd", "opgenomen", "huisarts", "ziekgemeld", "ziekenhuis",
		"pacjent", "rozpozna", "choruje", "cierpi na", "leczon", "zachorow", "szpital", "lekarz", "zwolnieni",
		"paciente", "diagnostic", "padece", "sufre de", "ingresad", "enfermedad", "paziente", "affett", "soffre", "ricover", "malattia",
		"pasient", "potil", "sjukskriv", "sykmeldt", "sygemeld", "lider a", "sairas", "sjukhus", "sykehus",
	)
}
