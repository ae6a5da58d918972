package detect

import "strings"

func iban() detector {
	return detector{
		ID:       "iban",
		Category: Financial,
		Doc:      "international bank account number with its check digits and its country's length",
		Source:   "ISO 13616-1:2020; SWIFT IBAN Registry (the countries' forms)",
		Shapes:   national("AA99", bban),
		Check:    checkIBAN,
		Context: words(
			"en: IBAN, bank account, account number, account no, BIC, SWIFT, bank, wire transfer, beneficiary",
			"de: Konto, Kontonummer, Bankverbindung, Kontoinhaber, Überweisung, Bankkonto",
			"fr: compte, compte bancaire, RIB, virement, banque, titulaire du compte",
			"nl: rekening, rekeningnummer, bankrekening, overschrijving",
			"pl: konto, konta, rachunek, rachunku, numer rachunku, numer konta, przelew",
			"es: cuenta, cuenta bancaria, número de cuenta, transferencia, banco",
			"it: conto, conto corrente, coordinate bancarie, bonifico, banca",
			"nordic: kontonummer, bankkonto, kontonumret, betaling, tilinumero, pankkitili, tili",
		),
		Mask: func([]byte) string { return "•••• •••• •••• ••••" },
	}
}

// checkIBAN: country, form and two check digits leave about one in 10,000
// random codes of the form, so that the form proves it.
func checkIBAN(c *candidate) grade {
	form := bban(string(c.Text[:2]))
	if form == "" || !inForm(c.Text[4:], form) || !mod97(c.Text) || sameDigit(c.Text[4:]) {
		return reject
	}
	if c.plain() || inFours(c.Groups) {
		return proven
	}
	return formed
}

// inFours reports whether all groups but the last have four characters, as
// IBANs are printed.
func inFours(groups []uint8) bool {
	for i, n := range groups {
		if n != 4 && (i < len(groups)-1 || n > 4) {
			return false
		}
	}
	return true
}

// mod97 is the check of ISO 13616-1 (ISO/IEC 7064, MOD 97-10): the first four
// characters go last, letters count from A = 10.
func mod97(text []byte) bool {
	sum := 0
	for i := range text {
		b := text[(i+4)%len(text)]
		if classes[b] == isDigit {
			sum = (sum*10 + int(b-'0')) % 97
		} else {
			sum = (sum*100 + int(b-'A') + 10) % 97
		}
	}
	check := number(text[2:4])
	return sum == 1 && check >= 2 && check <= 98
}

// bban is the form of a country's account numbers, behind country and check
// digits, in the registry's letters: n digits, a upper-case letters, c either;
// "" where the country has no IBANs.
func bban(country string) string {
	switch country {
	case "AD":
		return "n8c12"
	case "AE", "IL", "SO", "TL":
		return "n19"
	case "AL", "CY":
		return "n8c16"
	case "AT", "BA", "EE", "LT", "MN", "XK":
		return "n16"
	case "AZ":
		return "a4c20"
	case "BE":
		return "n12"
	case "BG":
		return "a4n6c8"
	case "BH":
		return "a4c14"
	case "BI", "DJ", "MR":
		return "n23"
	case "BR":
		return "n23a1c1"
	case "BY":
		return "c4n4c16"
	case "CH", "LI":
		return "n5c12"
	case "CR", "DE", "ME", "RS", "VA":
		return "n18"
	case "CZ", "ES", "SE", "SK", "TN":
		return "n20"
	case "DK", "FI", "FO", "GL", "SD":
		return "n14"
	case "DO":
		return "c4n20"
	case "EG":
		return "n25"
	case "FK":
		return "a2n12"
	case "FR", "MC":
		return "n10c11n2"
	case "GB", "IE":
		return "a4n14"
	case "GE":
		return "a2n16"
	case "GI":
		return "a4c15"
	case "GR":
		return "n7c16"
	case "GT":
		return "c4c20"
	case "HR":
		return "n17"
	case "HU", "PL":
		return "n24"
	case "IQ":
		return "a4n15"
	case "IS":
		return "n22"
	case "IT", "SM":
		return "a1n10c12"
	case "JO", "YE":
		return "a4n4c18"
	case "KW":
		return "a4c22"
	case "KZ", "LU":
		return "n3c13"
	case "LB":
		return "n4c20"
	case "LC":
		return "a4c24"
	case "LV":
		return "a4c13"
	case "LY", "PT", "ST":
		return "n21"
	case "MD":
		return "c2c18"
	case "MK":
		return "n3c10n2"
	case "MT":
		return "a4n5c18"
	case "MU":
		return "a4n19a3"
	case "HN", "NI", "SV":
		return "a4n20"
	case "NL":
		return "a4n10"
	case "NO":
		return "n11"
	case "OM":
		return "n3c16"
	case "PK", "RO":
		return "a4c16"
	case "PS", "QA":
		return "a4c21"
	case "RU":
		return "n14c15"
	case "SA":
		return "n2c18"
	case "SC":
		return "a4n20a3"
	case "SI":
		return "n15"
	case "TR":
		return "n6c16"
	case "UA":
		return "n6c19"
	case "VG":
		return "a4n16"
	}
	return ""
}

// formChars spells a form like "a4n14" as a shape does: "AAAA9999…".
func formChars(form string) string {
	var chars string
	for len(form) > 0 {
		kind, n, rest := formPart(form)
		chars += strings.Repeat(map[byte]string{'n': "9", 'a': "A", 'c': "X"}[kind], n)
		form = rest
	}
	return chars
}

// formPart takes the first kind of characters and their number off a form.
func formPart(form string) (kind byte, n int, rest string) {
	kind = form[0]
	for rest = form[1:]; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; rest = rest[1:] {
		n = n*10 + int(rest[0]-'0')
	}
	return kind, n, rest
}

// inForm reports whether an account number has a form like "a4n14", neither
// more nor less. Without it, words that follow a country's letters and two
// digits pass the check digits often enough.
func inForm(text []byte, form string) bool {
	for len(form) > 0 {
		kind, n, rest := formPart(form)
		if form = rest; len(text) < n {
			return false
		}
		for _, b := range text[:n] {
			if digit := classes[b] == isDigit; kind == 'n' && !digit || kind == 'a' && digit {
				return false
			}
		}
		text = text[n:]
	}
	return len(text) == 0
}
