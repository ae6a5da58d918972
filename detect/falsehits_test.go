package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// ordinary makes text as it stands in mail every day: numbers of orders,
// parcels, telephones, invoices, dates and identifiers of machines, in several
// languages, tables of long numbers without a word beside them, and nobody's
// identifier.
type ordinary struct{ *rand.Rand }

func (o ordinary) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(o.IntN(10)))
	}
	return b.String()
}

func (o ordinary) from(all ...string) string { return all[o.IntN(len(all))] }

func (o ordinary) hex(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("0123456789abcdef"[o.IntN(16)])
	}
	return b.String()
}

func (o ordinary) line() string {
	switch o.IntN(17) {
	case 0:
		return o.from("Order no. ", "Bestellnummer: ", "numéro de commande ", "numer zamówienia ", "pedido ", "ordine n. ", "ordernummer ") + o.digits(6+o.IntN(12))
	case 1:
		return o.from("Tracking number ", "Sendungsnummer ", "numéro de suivi : ", "przesyłka ", "seguimiento: ", "spedizione ") + o.digits(12+o.IntN(9))
	case 2:
		return "Tel. " + o.from("+49 ", "+48 ", "+33 ", "0049 ", "0", "(0)") + o.digits(2+o.IntN(3)) + o.from(" ", "-", "/") + o.digits(7)
	case 3:
		return fmt.Sprintf("phone %s-%s-%s, fax %s.%s.%s", o.digits(3), o.digits(3), o.digits(4), o.digits(3), o.digits(3), o.digits(4))
	case 4:
		return fmt.Sprintf("on %04d-%02d-%02d at %02d:%02d:%02d.%s", 1990+o.IntN(40), 1+o.IntN(12), 1+o.IntN(28), o.IntN(24), o.IntN(60), o.IntN(60), o.digits(3))
	case 5:
		return fmt.Sprintf("%02d.%02d.%04d, %02d/%02d/%02d", 1+o.IntN(28), 1+o.IntN(12), 2000+o.IntN(30), 1+o.IntN(12), 1+o.IntN(28), o.IntN(100))
	case 6:
		return fmt.Sprintf("id %s-%s-%s-%s-%s", o.hex(8), o.hex(4), o.hex(4), o.hex(4), o.hex(12))
	case 7:
		return "commit " + o.hex(40) + " sha256:" + o.hex(64)
	case 8:
		return fmt.Sprintf("Invoice %s-%s, total EUR %s.%s,%s (VAT 19 %%)", o.digits(4), o.digits(6), o.digits(2), o.digits(3), o.digits(2))
	case 9:
		return fmt.Sprintf("Rechnung RE-%s-%s vom %02d.%02d.2026", o.digits(4), o.digits(8), 1+o.IntN(28), 1+o.IntN(12))
	case 10:
		return fmt.Sprintf("https://shop.example/o/%s?ref=%s&t=17%s", o.digits(16), o.hex(12), o.digits(11))
	case 11:
		return fmt.Sprintf("1Z%s%s IMEI %s EAN %s", strings.ToUpper(o.hex(6)), o.digits(10), o.digits(15), o.digits(13))
	case 12:
		return fmt.Sprintf("at 10.%d.%d.%d, version %d.%d.%d, room B%s, gate A%s", o.IntN(256), o.IntN(256), o.IntN(256), o.IntN(20), o.IntN(20), o.IntN(20), o.digits(2), o.digits(2))
	case 13:
		return "Please be patient, we will answer your request within 3 working days."
	case 14:
		return o.from("We had a good meeting with the new supplier yesterday.", "Vielen Dank für Ihre Nachricht, wir melden uns.", "Dziękujemy za wiadomość, odpowiemy jutro.", "Merci de votre message.")
	}
	if o.IntN(2) == 0 {
		return o.table()
	}
	row := make([]string, 3+o.IntN(4))
	for i := range row {
		row[i] = o.digits(4 + o.IntN(5))
	}
	return strings.Join(row, o.from("\t", " | ", ";", "  "))
}

// table is a column of numbers as long as cards and PESELs.
func (o ordinary) table() string {
	n := []int{11, 15, 16}[o.IntN(3)]
	rows := make([]string, 5+o.IntN(10))
	for i := range rows {
		rows[i] = fmt.Sprintf("%d\t%s\t%s,%s", i+1, o.digits(n), o.digits(3), o.digits(2))
	}
	return strings.Join(rows, "\r\n")
}

func (o ordinary) mail() string {
	var b strings.Builder
	for range 10 + o.IntN(30) {
		b.WriteString(o.line())
		b.WriteString("\r\n")
	}
	return b.String()
}

// In ordinary mail nothing is taken for somebody's identifier.
func TestNoFalseHits(t *testing.T) {
	e := testEngine(t)
	o := ordinary{rand.New(rand.NewPCG(1, 2))}
	const mails = 3000
	seen := map[string]int{}
	for range mails {
		text := o.mail()
		for _, f := range scanText(e, text) {
			if f.Confidence == Low || f.Category == Contact {
				continue
			}
			if seen[f.Detector]++; seen[f.Detector] <= 3 {
				t.Logf("%s %s in:\n%s", f.Detector, f.Confidence, text)
			}
		}
	}
	for id, n := range seen {
		t.Errorf("%s: %d of %d ordinary mails", id, n, mails)
	}
}

// The negative twin: with words that speak for an identifier in place of those
// that name the numbers, the same generator's numbers do pass the checks.
func TestFalseHitsWouldShow(t *testing.T) {
	e := testEngine(t)
	o := ordinary{rand.New(rand.NewPCG(1, 2))}
	hits := 0
	for range 3000 {
		text := strings.NewReplacer("Order no.", "Card no.", "Tracking number", "card number", "pedido", "tarjeta", "przesyłka", "karta").Replace(o.mail())
		if best(scanText(e, text), "payment-card") == High {
			hits++
		}
	}
	if hits == 0 {
		t.Error("no number passes: the test above proves nothing")
	}
}
