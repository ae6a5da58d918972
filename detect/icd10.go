package detect

func icd10() detector {
	return detector{
		ID:       "icd10",
		Category: Health,
		Doc:      "ICD-10 code of a disease, near words on somebody's health",
		Source:   "WHO ICD-10, 2019 version, volume 2 section 2.4 (form) and volume 1 (categories)",
		Shapes:   []shape{{Lead: "A99", Rest: 'X', Min: 3, Max: 8}},
		Check:    checkICD10,
		Context:  healthWords(),
		Against:  words("en: be patient, vitamin, vitamins, room, gate, seat, form, paper, road, motorway, flight, size, grade, model, version", "de: Vitamin, Zimmer, Raum, Formular, Autobahn, Größe", "fr: vitamine, salle, chambre, autoroute, taille", "nl: vitamine, kamer, snelweg, maat", "pl: witamina, witaminy, pokój, pok, sala, droga, rozmiar", "es: vitamina, habitación, sala, autopista, talla", "it: vitamina, stanza, camera, autostrada, taglia", "nordic: rum, rom, värelse, huone, storlek, størrelse, vitamiini"),
		Mask:     dots,
	}
}

// checkICD10: the form alone is that of rooms, vitamins and paper sizes.
func checkICD10(c *candidate) grade {
	if !icdCategory(c.Text) {
		return reject
	}
	switch {
	case len(c.Text) == 3:
		return hinted
	case len(c.Groups) == 2 && c.Groups[0] == 3 && c.Groups[1] <= 4 && c.Seps == ".":
		return claimed
	}
	return reject
}

// icdCategory reports whether the categories of volume 1 go as far as this.
func icdCategory(text []byte) bool {
	n := number(text[1:3])
	switch text[0] {
	case 'D':
		return n <= 89
	case 'E':
		return n <= 90
	case 'H', 'K':
		return n <= 95
	case 'P':
		return n <= 96
	case 'T':
		return n <= 98
	case 'V':
		return n >= 1
	case 'Y':
		return n <= 98
	}
	return true
}
