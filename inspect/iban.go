package inspect

func iban() detector {
	return detector{
		ID:       "iban",
		Category: Financial,
		Doc:      "international bank account number with its check digits and its country's length",
		Source:   "ISO 13616-1:2020; SWIFT IBAN Registry (lengths)",
		Shapes:   []shape{{Lead: "AA99", Rest: 'X', Min: 15, Max: 33}},
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

// checkIBAN: country, length and two check digits leave about one in 10,000
// random codes of the form, so that the form proves it.
func checkIBAN(c *candidate) grade {
	if ibanLength(string(c.Text[:2])) != len(c.Text) || !mod97(c.Text) || sameDigit(c.Text[4:]) {
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

// ibanLength is the length of a country's IBANs, 0 where it has none.
func ibanLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FK", "FO", "GL", "NL", "SD":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK":
		return 20
	case "CH", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ", "OM", "SO", "TL":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG":
		return 24
	case "LY", "PT", "ST":
		return 25
	case "IS", "TR":
		return 26
	case "BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM":
		return 27
	case "AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU", "YE":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	case "RU":
		return 33
	}
	return 0
}
