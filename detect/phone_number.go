package detect

import (
	"bytes"
	"fmt"
	"strings"
)

func phoneNumber() detector {
	return detector{
		ID:       "phone-number",
		Category: Contact,
		Doc:      "telephone number in international form, or in a national one behind a word that says so",
		Source:   "ITU-T E.164 (2010) and its list of country codes; ITU-T E.123 (notation); the countries' numbering plans (lengths)",
		Shapes:   []shape{digits(8, 12)},
		Literals: []string{"+"},
		Anchors:  phoneLabels(),
		Check:    checkPhone,
		Context:  phoneContext(),
		Against: words("en: order, order no, order number, invoice, invoice number, tracking, shipment, account, customer number, IBAN, article, serial, part, ticket, case, version, IMEI, EAN, ISBN, VAT",
			"de: Bestellung, Bestellnummer, Rechnung, Rechnungsnummer, Kundennummer, Sendungsnummer, Artikelnummer, Auftrag, Konto", "fr: commande, facture, colis, référence", "nl: bestelling, factuur, klantnummer",
			"pl: zamówienie, faktura, przesyłka, konto, PESEL, NIP, REGON", "es: pedido, factura", "it: ordine, fattura", "nordic: ordernummer, faktura, ordrenummer, tilaus, lasku"),
		Mask: dots,
	}
}

func phoneLabels() []string {
	return words(
		"en: phone, phone no, phone number, telephone, tel, tel no, mobile, mobile no, mobile number, cell, cell phone, fax, fax no, call me at, call us at, call me on, reach me at, direct dial, hotline, landline, WhatsApp, extension",
		"de: Telefon, Telefonnummer, Tel-Nr, Rufnummer, Handy, Handynummer, Mobil, Mobilnummer, Mobiltelefon, Telefax, Durchwahl, Festnetz, Fon, erreichbar unter, Rückruf unter",
		"fr: téléphone, tél, portable, numéro de téléphone, télécopie, fixe, joignable au", "nl: telefoon, telefoonnummer, mobiel, mobiel nummer, gsm, bereikbaar op, vast nummer",
		"pl: telefon, telefonu, nr telefonu, nr tel, numer telefonu, komórka, kom, tel kom, faks, infolinia", "es: teléfono, móvil, celular, número de teléfono", "it: telefono, cellulare, cell, numero di telefono, recapito",
		"nordic: telefonnummer, mobilnummer, mobilnr, tlf, tlfnr, puhelin, puh, puhelinnumero, matkapuhelin, ring mig på, telefonen, mobil")
}

// phoneContext are those labels that mean nothing else.
func phoneContext() []string {
	return words("en: phone, phone no, phone number, telephone, tel, tel no, mobile no, mobile number, cell phone, fax no, WhatsApp", "de: Telefon, Telefonnummer, Rufnummer, Handynummer, Mobilnummer, Mobiltelefon, Telefax",
		"fr: téléphone, tél, numéro de téléphone", "nl: telefoon, telefoonnummer, mobiel nummer", "pl: telefonu, nr telefonu, nr tel, numer telefonu", "es: teléfono, móvil, número de teléfono", "it: telefono, cellulare, numero di telefono",
		"nordic: telefonnummer, mobilnummer, mobilnr, tlf, tlfnr, puhelin, puh, puhelinnumero, matkapuhelin")
}

// checkPhone: a number with its country code is one by its form; any other
// needs a word before it.
func checkPhone(c *candidate) grade {
	if c.Groups != nil {
		if number(c.Text[:2]) == 0 || c.grouped(4, 4) && (number(c.Text[:2]) == 19 || number(c.Text[:2]) == 20) || sameDigit(c.Text) || c.grouped(4, 2, 2) || c.grouped(2, 2, 4) {
			return reject
		}
		return hinted
	}
	text, value := c.Text, []byte(nil)
	if text[0] != '+' {
		rest, _ := labelled(bytes.TrimLeft(text[c.Label:], ".*"), ":")
		value = bytes.TrimLeft(rest, " .:*(")
		if len(value) == 0 || classes[value[0]] != isDigit && value[0] != '+' || len(text)-len(value) > c.Label+8 {
			return reject
		}
		text = value
	}
	digits, size := dialled(text)
	c.Value, c.end = digits, len(c.Text)-len(text)+size
	switch {
	case text[0] == '+':
		if inToken(c.Before) && value == nil || !knownLength(digits) {
			return reject
		}
		if value != nil {
			return proven
		}
		return formed
	case value == nil || len(digits) < 6 || len(digits) > 14 || yearsOnly(text[:size]) || sameDigit(digits):
		return reject
	case len(digits) < 8 && size == len(digits):
		return hinted
	}
	return proven
}

// dialled reads the digits of a number with its separators: blanks, hyphens,
// dots, slashes and brackets, not more than two together. "(0)" is not dialled.
func dialled(text []byte) (digits []byte, size int) {
	gap := 0
	for i := 0; i < len(text) && len(digits) <= 15 && gap <= 2; i++ {
		switch b := text[i]; {
		case classes[b] == isDigit:
			digits, gap, size = append(digits, b), 0, i+1
		case bytes.HasPrefix(text[i:], []byte("(0)")) && i > 0:
			i += 2
		case strings.IndexByte(" -./()", b) >= 0 || b == '+' && i == 0:
			gap++
		default:
			return digits, size
		}
	}
	return digits, size
}

// yearsOnly reports whether what looks like a number is a pair of years or a
// date.
func yearsOnly(text []byte) bool {
	if len(text) == 9 && (text[4] == '-' || text[4] == '/') {
		return bytes.HasPrefix(text, []byte("19")) || bytes.HasPrefix(text, []byte("20"))
	}
	_, size := parseDate(text)
	return size >= len(text)-1 && size > 0
}

// knownLength reports whether digits begin with a country's code and go on
// for as many as it has. No code is the beginning of another.
func knownLength(digits []byte) bool {
	code := 0
	for n := 1; n <= 3 && n < len(digits); n++ {
		code = code*10 + int(digits[n-1]-'0')
		if p := plans[code]; p.most > 0 {
			return len(digits)-n >= int(p.least) && len(digits)-n <= int(p.most)
		}
	}
	return false
}

// plan is how many digits may follow a country's code.
type plan struct{ least, most uint8 }

// plans are the countries' numbering plans by their codes: a table of constants.
var plans = makePlans()

func makePlans() (plans [1000]plan) {
	for entry := range strings.FieldsSeq(countryCodes) {
		var code int
		var p plan
		if _, err := fmt.Sscanf(entry, "%d:%d-%d", &code, &p.least, &p.most); err != nil {
			panic(err) // a constant: the first test would show it
		}
		plans[code] = p
	}
	return plans
}

// countryCodes are the codes of E.164 and how many digits may follow them.
const countryCodes = "1:10-10 7:10-10 20:8-10 27:9-9 30:10-10 31:9-9 32:8-9 33:9-9 34:9-9 36:8-9 39:6-11 40:9-9 41:9-9 43:4-13 44:9-10 45:8-8 46:7-9 47:8-8 48:9-9 49:6-13 " +
	"51:8-9 52:10-10 53:8-8 54:10-11 55:10-11 56:9-9 57:10-10 58:10-10 60:8-10 61:9-9 62:8-12 63:8-10 64:8-10 65:8-8 66:8-9 81:9-10 82:8-10 84:9-10 86:10-11 90:10-10 91:10-10 92:9-10 93:9-9 94:9-9 95:7-10 98:10-10 " +
	"211:9-9 212:9-9 213:8-9 216:8-8 218:8-9 220:7-7 221:9-9 225:8-10 226:8-8 227:8-8 228:8-8 229:8-10 230:7-8 231:7-9 233:9-9 234:8-10 236:8-8 237:9-9 238:7-7 241:7-8 242:9-9 243:9-9 244:9-9 248:7-7 249:9-9 250:9-9 251:9-9 252:7-9 253:8-8 254:9-9 255:9-9 256:9-9 257:8-8 258:8-9 260:9-9 261:9-9 262:9-9 263:8-10 264:8-9 265:7-9 266:8-8 267:7-8 268:8-8 269:7-7 290:4-5 291:7-7 297:7-7 298:6-6 299:6-6 " +
	"350:8-8 351:9-9 352:4-11 353:7-9 354:7-9 355:8-9 356:8-8 357:8-8 358:5-12 359:7-9 370:8-8 371:8-8 372:7-8 373:8-8 374:8-8 375:9-9 376:6-9 377:8-9 378:6-10 380:9-9 381:7-9 382:8-8 383:8-8 385:8-9 386:8-8 387:8-8 389:8-8 420:9-9 421:9-9 423:7-9 " +
	"500:5-5 501:7-7 502:8-8 503:8-8 504:8-8 505:8-8 506:8-8 507:7-8 508:6-6 509:8-8 590:9-9 591:8-8 592:7-7 593:8-9 594:9-9 595:9-9 596:9-9 597:6-7 598:8-8 599:7-8 670:7-8 672:6-6 673:7-7 675:7-8 676:5-7 677:5-7 679:7-7 680:7-7 685:5-7 687:6-6 689:6-8 691:7-7 692:7-7 " +
	"800:8-8 808:8-8 850:8-10 852:8-8 853:8-8 855:8-9 856:8-10 870:9-9 880:8-10 886:8-9 960:7-7 961:7-8 962:8-9 963:8-9 964:8-10 965:7-8 966:8-9 967:7-9 968:7-8 970:8-9 971:7-9 972:8-9 973:8-8 974:7-8 975:7-8 976:7-8 977:8-10 992:9-9 993:8-8 994:9-9 995:9-9 996:9-9 998:9-9 "
