package detect

import (
	"slices"
	"strings"
)

func iePPS() detector {
	context := slices.Concat(words(
		"en: PPS, PPSN, PPSNs, PPS number, P.P.S, PPS no, PPS numbers, Personal Public Service number, personal public service, RSI number, Irish PPS, Revenue and Social Insurance number, tax reference number, pps_number",
		"ga: Uimhir PSP, UPSP, Uimhir Phearsanta Seirbhíse Poiblí", "de: PPS-Nummer", "fr: numéro PPS", "pl: numer PPS", "es: número PPS", "it: numero PPS", "nl: PPS-nummer",
	), abroad("ie", person, tax, social))
	return detector{
		ID:       "ie-pps",
		Category: Personal,
		Doc:      "Irish personal public service number (PPSN) with its check letter",
		Source:   "Social Welfare Consolidation Act 2005 section 262; Department of Social Protection, format of the PPS number (modulus 23, second letter since 2013)",
		Shapes:   []shape{{Lead: "9999999A", Rest: 'A', Min: 8, Max: 9}},
		Check:    checkPPS,
		Context:  context,
		Against:  otherNumbers(context),
		Mask:     dots,
	}
}

// checkPPS: one in 23 codes of the form passes.
func checkPPS(c *candidate) grade {
	if !ppsLetter(c.Text) || sameDigit(c.Text[:7]) {
		return reject
	}
	switch {
	case c.plain() && len(c.Text) == 9:
		return bare
	case c.plain(), c.in(" -", 7, 1), c.in(" -", 7, 2), c.in(" ", 7, 1, 1), c.in(" ", 8, 1):
		return claimed
	}
	return reject
}

// ppsLetter checks the eighth character. The second letter counts since 2013,
// A = 1 to I = 9; W, T and X are of old numbers and don't.
func ppsLetter(t []byte) bool {
	sum := weighted(t, 8, 7, 6, 5, 4, 3, 2)
	if len(t) == 9 {
		if second := strings.IndexByte("ABCDEFGHI", t[8]); second >= 0 {
			sum += 9 * (second + 1)
		} else if t[8] != 'W' && t[8] != 'T' && t[8] != 'X' {
			return false
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == t[7]
}
