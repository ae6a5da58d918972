package detect

import "strings"

func paymentCard() detector {
	return detector{
		ID:       "payment-card",
		Category: Financial,
		Doc:      "payment card number (PAN) with its check digit and an issuer's prefix and length",
		Source:   "ISO/IEC 7812-1:2017 annex B (Luhn); prefixes and lengths as published by Visa, Mastercard, American Express, Discover, JCB, UnionPay, NSPK (Mir), NPCI (RuPay), BKM (Troy) and Verve",
		Shapes:   []shape{digits(12, 19)},
		Check:    checkCard,
		Context: words(
			"en: card, cards, card number, card no, credit card, debit card, visa, mastercard, amex, american express, maestro, discover card, diners, diners club, jcb, unionpay, rupay, troy card, verve, mir card, dankort, PAN number, cvv, cvc, cvv2, cvc2, expiry, expiration, expires, exp, cardholder, card holder, valid thru",
			"de: Karte, Kartennummer, Kreditkarte, Kreditkarten, Kreditkartennummer, Kreditkartennummern, Kreditkarten-Nr, Karten-Nr, Kartennr, Kartenprüfnummer, Karteninhaber, Prüfziffer, gültig bis, Ablaufdatum, Debitkarte, EC-Karte",
			"fr: carte, carte bancaire, carte de crédit, carte bleue, carte CB, numéro de CB, no de CB, n° de CB, numéro de carte, no de carte, n° de carte, cartes bancaires, cryptogramme, titulaire de la carte, date d'expiration, expire",
			"nl: kaart, kaartnummer, creditcard, creditcardnummer, creditcards, credit card-nummer, kaartnr, betaalkaart, kaarthouder, vervaldatum, pinpas",
			"pl: karta, karty, kartą, kartę, numer karty, karta kredytowa, karty kredytowej, kartą kredytową, kartę kredytową, karcie kredytowej, nr karty, karty płatniczej, karta płatnicza, data ważności, ważna do, posiadacz karty",
			"es: tarjeta, tarjetas, tarjeta de crédito, tarjeta de débito, número de tarjeta, nº de tarjeta, titular de la tarjeta, fecha de caducidad, caducidad, vencimiento",
			"it: carta, carta di credito, carta di debito, numero carta, numero della carta, carte di credito, n. carta, titolare della carta, scadenza",
			"nordic: kortet, kortnummer, kreditkort, kreditkortsnummer, kontokortsnummer, kortnr, kontokort, betalkort, betalingskort, kortinnehavare, kortholder, utgångsdatum, utløpsdato, udløbsdato, kortti, luottokortti, kortin numero, maksukortti, voimassa",
		),
		Against: orderWords(),
		Mask:    maskCard,
	}
}

// checkCard: 3 % of random numbers of sixteen digits pass, so that the check
// alone proves nothing.
func checkCard(c *candidate) grade {
	if !luhn(c.Text) || !issued(c.Text) || sameDigit(c.Text) {
		return reject
	}
	switch {
	case c.plain() && (len(c.Text) <= 13 || c.Text[0] == '1'):
		return hinted // as long as an EAN and a time stamp, or an airline's
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

// scheme is a range of prefixes and the lengths of the numbers behind them,
// from min to max.
type scheme struct {
	from, to string
	min, max int
}

// schemes are the ranges that are given out. It is a table of constants.
var schemes = [...]scheme{
	// Visa
	{"4", "4", 16, 16}, {"4", "4", 13, 13}, {"4", "4", 19, 19},
	// Mastercard
	{"51", "55", 16, 16}, {"2221", "2720", 16, 16},
	// American Express
	{"34", "34", 15, 15}, {"37", "37", 15, 15},
	// Diners Club
	{"300", "305", 14, 19}, {"3095", "3095", 14, 19}, {"36", "36", 14, 19}, {"38", "39", 14, 19},
	// Discover, and in part RuPay, Troy, Elo, Verve
	{"6011", "6011", 16, 19}, {"644", "649", 16, 19}, {"65", "65", 16, 19},
	// JCB
	{"3528", "3589", 16, 19},
	// UnionPay
	{"62", "62", 16, 19}, {"8100", "8171", 16, 19},
	// Mir
	{"2200", "2204", 16, 19},
	// Maestro
	{"5018", "5018", 12, 19}, {"5020", "5020", 12, 19}, {"5038", "5038", 12, 19}, {"5893", "5893", 12, 19}, {"6304", "6304", 12, 19},
	// Maestro, Switch, Solo and Laser
	{"6390", "6390", 12, 19}, {"6703", "6703", 12, 19}, {"6709", "6709", 12, 19}, {"6759", "6759", 12, 19}, {"6761", "6763", 12, 19}, {"6767", "6767", 12, 19}, {"6771", "6771", 12, 19},
	// Dankort
	{"5019", "5019", 16, 16},
	// RuPay, and Hipercard in 60
	{"60", "60", 16, 16}, {"81", "82", 16, 16}, {"508", "508", 16, 16}, {"353", "353", 16, 16}, {"356", "356", 16, 16},
	// Verve
	{"506099", "506198", 16, 19}, {"507865", "507964", 16, 19},
	// Troy
	{"9792", "9792", 16, 16},
	// Elo
	{"504175", "504175", 16, 16}, {"5067", "5067", 16, 16}, {"5090", "5099", 16, 16}, {"627780", "627780", 16, 16}, {"636297", "636297", 16, 16}, {"636368", "636368", 16, 16},
	// Meeza
	{"5078", "5078", 16, 16},
	// Uzcard and Humo
	{"8600", "8600", 16, 16}, {"9860", "9860", 16, 16},
	// Borica
	{"2205", "2205", 16, 16},
	// InterPayment and InstaPayment
	{"636", "639", 16, 19},
	// UATP
	{"1", "1", 15, 15},
}

// issued reports whether an issuer gives out numbers of this prefix and
// length.
func issued(text []byte) bool {
	for i := range schemes {
		s := &schemes[i]
		if prefix := string(text[:len(s.from)]); len(text) >= s.min && len(text) <= s.max && prefix >= s.from && prefix <= s.to {
			return true
		}
	}
	return false
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
