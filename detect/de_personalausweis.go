package detect

import (
	"slices"
	"strings"
)

func dePersonalausweis() detector {
	context := slices.Concat(words(
		"de: Personalausweis, Personalausweises, Personalausweisnummer, Personalausweis-Nr, Personalausweisnr, Ausweisnummer, Ausweis-Nr, Ausweisnr, Ausweis, Ausweises, Ausweiskopie, Reisepass, Reisepasses, Reisepassnummer, Passnummer, Pass-Nr, Perso, nPA, eID-Karte, Aufenthaltstitel, ausweisnummer",
		"en: German identity card, passport number, passport no, identity card, identity card number, id card, id card number", "fr: numéro de passeport, carte d'identité", "nl: paspoortnummer, identiteitskaart",
		"pl: numer paszportu, numer dowodu", "es: número de pasaporte, documento de identidad", "it: numero di passaporto, carta d'identità", "nordic: identitetskort, ID-kort, ID-kort nummer",
	), abroad("de", idCard))
	return detector{
		ID:       "de-personalausweis",
		Category: Personal,
		Doc:      "serial number of a German identity card, passport or residence permit with its check digit",
		Source:   "PAuswV § 5 and annex; BMI, Seriennummer: letters CFGHJKLMNPRTVWXYZ; ICAO Doc 9303-3 section 4.9 (7-3-1)",
		Shapes:   []shape{{Lead: "AXXXXXXXX", Rest: '9', Min: 9, Max: 10}, digits(10, 10), {Lead: "9999999999A", Rest: '9', Min: 11, Max: 11}, {Lead: "AXXXXXXXX9A", Rest: '9', Min: 11, Max: 11}},
		Check:    checkAusweis,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkAusweis: one in ten codes of the form passes; on its front the card
// shows no check digit. Cards before November 2010 had digits only and a D.
func checkAusweis(c *candidate) grade {
	t := c.Text
	if len(t) == 11 {
		if t[10] != 'D' {
			return reject
		}
		t = t[:10]
	}
	letters := 0
	for _, b := range t[:9] {
		if b >= 'A' {
			letters++
			if !strings.ContainsRune("CFGHJKLMNPRTVWXYZ", rune(b)) {
				return reject
			}
		}
	}
	if len(t) == 10 && weighs731(t[:9]) != digit(t, 9) || sameDigit(t[1:9]) || !c.plain() && !c.in(" ", 9, 1) && !c.in(" ", 10, 1) {
		return reject
	}
	switch {
	case len(t) == 9 || letters == 0 && len(c.Text) == 10:
		return hinted
	case len(c.Text) == 11:
		return formed
	}
	return claimed
}
