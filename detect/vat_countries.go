package detect

import (
	"bytes"
	"strings"
)

// vatNumber reports whether a country gives out this VAT number. The country's
// letters are those of VIES.
func vatNumber(country string, t []byte) bool {
	for form := range strings.SplitSeq(vatForms(country), " ") {
		if form != "" && inForm(t, form) {
			return vatDigits(country, t)
		}
	}
	return false
}

// vatForms are a country's forms, as for bban, divided by blanks; "" where
// the country has none.
func vatForms(country string) string {
	switch country {
	case "AT":
		return "a1n8"
	case "BE", "PL", "SK":
		return "n10"
	case "BG":
		return "n9 n10"
	case "CY":
		return "n8a1"
	case "CZ":
		return "n8 n9 n10"
	case "DE", "EE", "EL", "GR", "PT":
		return "n9"
	case "DK", "FI", "HU", "LU", "MT", "SI":
		return "n8"
	case "ES":
		return "c1n7c1"
	case "FR":
		return "c2n9"
	case "HR", "IT", "LV":
		return "n11"
	case "IE":
		return "n7a1 n7a2 n1a1n5a1"
	case "LT":
		return "n9 n12"
	case "NL":
		return "n9a1n2"
	case "RO":
		return "n4 n5 n6 n7 n8 n9 n10"
	case "SE":
		return "n12"
	case "GB", "XI":
		return "n9 n12 a2n3"
	case "NO":
		return "n9 n9a3"
	case "CH":
		return "a1n9"
	}
	return ""
}

// vatDigits checks a number that has its country's form.
func vatDigits(country string, t []byte) bool {
	switch country {
	case "AT":
		return t[0] == 'U' && (crossSums(t[1:], 1, 2, 1, 2, 1, 2, 1)+4+digit(t, 8))%10 == 0
	case "BE":
		return t[0] <= '1' && 97-remainder(t[:8], 97) == number(t[8:])
	case "BG":
		return bulgarianFirm(t)
	case "CY":
		return cypriot(t)
	case "CZ":
		return czechFirm(t)
	case "DE":
		return t[0] != '0' && mod1110(t)
	case "DK":
		return t[0] != '0' && weighted(t, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "EE":
		return weighted(t, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0
	case "EL", "GR":
		return weighted(t, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(t, 8)
	case "ES":
		return spanishFirm(t)
	case "FI":
		return weighted(t, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	case "FR":
		return frenchKey(t)
	case "HR":
		return mod1110(t)
	case "HU":
		return weighted(t, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0
	case "IE":
		if t[1] >= 'A' { // before 2013: the second character goes last
			t = bytes.Join([][]byte{{'0'}, t[2:7], t[:1], t[7:]}, nil)
		}
		return ppsLetter(t)
	case "IT":
		return pivaDigit(t)
	case "LT":
		return lithuanianFirm(t)
	case "LU":
		return number(t[:6])%89 == number(t[6:])
	case "LV":
		return t[0] > '3' && weighted(t, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	case "MT":
		return t[0] != '0' && (weighted(t, 3, 4, 6, 7, 8, 9)+number(t[6:]))%37 == 0
	case "NL":
		return dutchKey(t)
	case "PL":
		return nipDigit(t)
	case "PT":
		return ptDigit(t)
	case "RO":
		return romanianFirm(t)
	case "SE":
		return luhn(t[:10]) && number(t[10:]) >= 1 && number(t[10:]) <= 94
	case "SI":
		return t[0] != '0' && slovenian(t)
	case "SK":
		return t[0] != '0' && strings.IndexByte("234789", t[2]) >= 0 && remainder(t, 11) == 0
	case "GB", "XI":
		return british(t)
	case "NO":
		return norwegianFirm(t[:9]) && (len(t) == 9 || string(t[9:]) == "MVA")
	}
	return t[0] == 'E' && weighted(t[1:], 5, 4, 3, 2, 7, 6, 5, 4, 1)%11 == 0 // Switzerland
}
