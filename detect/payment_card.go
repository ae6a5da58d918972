package detect

import "strings"

func paymentCard() detector {
	return detector{
		ID:       "payment-card",
		Category: Financial,
		Doc:      "payment card number (PAN) with its check digit and an issuer's prefix and length",
		Source:   "ISO/IEC 7812-1:2017 annex B (Luhn); the issuers' published prefixes",
		Shapes:   []shape{digits(13, 19)},
		Check:    checkCard,
		Context: words(
			"en: card, cards, card number, card no, credit card, debit card, visa, mastercard, amex, american express, maestro, discover card, diners, diners club, jcb, unionpay, PAN number, cvv, cvc, cvv2, cvc2, expiry, expiration, expires, exp, cardholder, card holder, valid thru",
			"de: Karte, Kartennummer, Kreditkarte, Kreditkartennummer, Kartenprüfnummer, Karteninhaber, Prüfziffer, gültig bis, Ablaufdatum, Debitkarte, EC-Karte",
			"fr: carte, carte bancaire, carte de crédit, carte bleue, numéro de carte, cryptogramme, titulaire de la carte, date d'expiration, expire",
			"nl: kaart, kaartnummer, creditcard, creditcardnummer, betaalkaart, kaarthouder, vervaldatum, pinpas",
			"pl: karta, karty, kartą, kartę, numer karty, karta kredytowa, karty kredytowej, karta płatnicza, data ważności, ważna do, posiadacz karty",
			"es: tarjeta, tarjetas, tarjeta de crédito, tarjeta de débito, número de tarjeta, titular de la tarjeta, fecha de caducidad, caducidad, vencimiento",
			"it: carta, carta di credito, carta di debito, numero carta, numero della carta, titolare della carta, scadenza",
			"nordic: kortet, kortnummer, kreditkort, kontokort, betalkort, betalingskort, kortinnehavare, kortholder, utgångsdatum, utløpsdato, udløbsdato, kortti, luottokortti, kortin numero, maksukortti, voimassa",
		),
		Against: orderWords(),
		Mask:    maskCard,
	}
}

// checkCard: 3.9 % of random numbers of 13 to 19 digits pass, so that the
// check alone proves nothing.
func checkCard(c *candidate) grade {
	if !issued(c.Text) || !luhn(c.Text) {
		return reject
	}
	switch {
	case c.plain() && len(c.Text) == 13:
		return hinted // as long as an EAN and a time stamp
	case c.plain():
		return bare
	case asOnCard(c):
		return formed
	}
	return hinted
}

// asOnCard reports whether the digits are grouped as they are embossed.
func asOnCard(c *candidate) bool {
	if len(strings.TrimSuffix(c.Seps, "\n")) > 1 {
		return false
	}
	return c.grouped(4, 4, 4, 4) || c.grouped(4, 6, 5) || c.grouped(4, 6, 4) || c.grouped(4, 4, 4, 4, 3) || c.grouped(4, 4, 4, 4, 2) || c.grouped(6, 13)
}

// issued reports whether an issuer gives out numbers of this prefix and
// length.
func issued(text []byte) bool {
	n := len(text)
	two, three, four, six := number(text[:2]), number(text[:3]), number(text[:4]), number(text[:6])
	switch {
	case text[0] == '4': // Visa
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return n == 16
	case two == 34, two == 37: // American Express
		return n == 15
	case three >= 300 && three <= 305, three == 309, two == 36, two == 38, two == 39: // Diners Club
		return n == 14 || n == 16
	case four >= 3528 && four <= 3589: // JCB
		return n >= 16
	case four == 6011, three >= 644 && three <= 649, two == 65: // Discover
		return n == 16 || n == 19
	case two == 62, four == 8171: // UnionPay
		return n >= 16
	case four >= 2200 && four <= 2204: // Mir
		return n >= 16
	case four == 5018, four == 5020, four == 5038, four == 5893, four == 6304, four == 6759, four == 6761, four == 6762, four == 6763, six == 676770, six == 676774: // Maestro
		return true
	case four == 5019: // Dankort
		return n == 16
	case two == 60 && (three == 606 || three == 607 || four == 6081 || four == 6082), six == 508500: // RuPay, Hipercard
		return n == 16
	}
	return false
}

// luhn is the check digit of ISO/IEC 7812-1 annex B.
func luhn(text []byte) bool {
	sum := 0
	double := false
	for i := len(text) - 1; i >= 0; i-- {
		d := int(text[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// maskCard keeps the last four digits, which receipts show too.
func maskCard(text []byte) string {
	var tail []byte
	for i := len(text) - 1; i >= 0 && len(tail) < 4; i-- {
		if classes[text[i]] == isDigit {
			tail = append([]byte{text[i]}, tail...)
		}
	}
	return "•••• •••• •••• " + string(tail)
}
