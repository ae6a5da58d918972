package inspect

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Words of ordinary business mail, by language.
var mailWords = [...]string{
	"the meeting about your request will take place on Monday and we kindly ask you to send us all documents before Friday so that our team can prepare the answer in time please find attached the latest version of the contract with the changes that were agreed last week if there are any further questions do not hesitate to contact me or my colleague who is responsible for this project thank you very much for your patience we look forward to hearing from you soon best regards customer service department",
	"vielen Dank für Ihre Anfrage zu unserem Angebot wir melden uns in den nächsten Tagen mit weiteren Einzelheiten anbei erhalten Sie die gewünschten Unterlagen bitte prüfen Sie diese und geben Sie uns bis Ende der Woche eine Rückmeldung ob alles in Ordnung ist für Rückfragen stehen wir Ihnen selbstverständlich jederzeit gerne zur Verfügung mit freundlichen Grüßen aus München die Lieferung verzögert sich leider um einige Tage",
	"dziękujemy za przesłane dokumenty prosimy o potwierdzenie terminu spotkania w przyszłym tygodniu w załączeniu przesyłam aktualną wersję umowy wraz z naniesionymi poprawkami w razie pytań proszę o kontakt telefoniczny lub mailowy z poważaniem dział obsługi klienta uprzejmie informujemy że zmianie uległy warunki współpracy",
	"nous vous remercions de votre message et restons à votre disposition pour toute question complémentaire veuillez trouver ci-joint le document demandé ainsi que les conditions générales nous vous prions de bien vouloir nous retourner le formulaire signé avant la fin du mois cordialement le service après-vente",
	"bedankt voor uw bericht wij nemen zo spoedig mogelijk contact met u op in de bijlage vindt u de gevraagde gegevens graag ontvangen wij uw reactie voor het einde van deze week met vriendelijke groet de afdeling verkoop",
	"gracias por su mensaje le enviamos adjunta la documentación solicitada le rogamos que nos confirme la recepción lo antes posible quedamos a su disposición para cualquier consulta un cordial saludo el departamento de atención",
	"grazie per il vostro messaggio in allegato trovate la documentazione richiesta vi preghiamo di confermare la ricezione al più presto restiamo a disposizione per qualsiasi chiarimento cordiali saluti l'ufficio commerciale",
	"tack för ditt meddelande vi återkommer så snart som möjligt bifogat finner du de begärda handlingarna vänligen bekräfta att allt stämmer senast på fredag med vänliga hälsningar kundtjänst",
}

// mailLike makes text like that of mail: paragraphs in eight languages, dates,
// times, amounts, order numbers, addresses, telephones, links, quoted lines, a
// table now and then, and an identifier in about one mail of ten.
func mailLike(size int) []byte {
	m := mailMaker{r: rand.New(rand.NewPCG(5, 6))}
	for _, w := range mailWords {
		m.words = append(m.words, strings.Fields(w))
	}
	for m.b.Len() < size {
		m.mail()
	}
	return []byte(m.b.String()[:size])
}

type mailMaker struct {
	r     *rand.Rand
	b     strings.Builder
	words [][]string
}

func (m *mailMaker) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(m.r.IntN(10))
	}
	return string(b)
}

func (m *mailMaker) mail() {
	words := m.words[m.r.IntN(len(m.words))]
	quote := ""
	if m.r.IntN(4) == 0 {
		quote = "> "
	}
	for range 2 + m.r.IntN(5) {
		m.paragraph(words, quote)
		for range m.r.IntN(3) {
			m.b.WriteString(quote + m.fact() + "\r\n")
		}
		m.b.WriteString(quote + "\r\n")
	}
	if m.r.IntN(10) == 0 {
		m.b.WriteString(quote + "Card number 4539 1488 0343 6467, IBAN DE89 3704 0044 0532 0130 00, SSN 712-34-5678\r\n")
	}
	if m.r.IntN(15) == 0 {
		m.table()
	}
	fmt.Fprintf(&m.b, "-- \r\n%s\r\nTel. +49 %s %s-%s\r\nwww.example.com | info%d@example.com\r\n\r\n", "Example GmbH, Hauptstr. 12, 80331", m.digits(2), m.digits(4), m.digits(3), m.r.IntN(1000))
}

// paragraph writes sentences in lines of about 75 characters.
func (m *mailMaker) paragraph(words []string, quote string) {
	line := len(quote)
	m.b.WriteString(quote)
	first := true
	for range 30 + m.r.IntN(90) {
		w := words[m.r.IntN(len(words))]
		if first {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		if first = m.r.IntN(12) == 0; first {
			w += "."
		} else if m.r.IntN(10) == 0 {
			w += ","
		}
		if line+len(w) > 75 {
			m.b.WriteString("\r\n" + quote)
			line = len(quote)
		}
		m.b.WriteString(w + " ")
		line += len(w) + 1
	}
	m.b.WriteString("\r\n")
}

// fact is a line with numbers in it, as stand in mail every day.
func (m *mailMaker) fact() string {
	switch m.r.IntN(8) {
	case 0:
		return "Order no. " + m.digits(6) + "-" + m.digits(4)
	case 1:
		return fmt.Sprintf("on %02d.%02d.2026 at %02d:%02d", 1+m.r.IntN(28), 1+m.r.IntN(12), m.r.IntN(24), m.r.IntN(60))
	case 2:
		return "Total EUR " + m.digits(1) + "." + m.digits(3) + "," + m.digits(2) + " (incl. 19 % VAT)"
	case 3:
		return "https://shop.example/o/" + m.digits(10) + "?ref=" + m.digits(6) + "&utm_source=mail"
	case 4:
		return "Tracking number " + m.digits(12)
	case 5:
		return fmt.Sprintf("On %d March 2026, %d people wrote: see page %d of %d", 1+m.r.IntN(31), m.r.IntN(100), m.r.IntN(10), 10+m.r.IntN(90))
	case 6:
		return "Message-ID: <" + m.digits(8) + "." + m.digits(6) + "@mail.example.com>"
	}
	return "Invoice 2026-" + m.digits(5) + ", customer " + m.digits(7)
}

func (m *mailMaker) table() {
	for i := range 4 + m.r.IntN(12) {
		fmt.Fprintf(&m.b, "%d\t%s\t%s,%s\t%s\r\n", i+1, m.digits(8), m.digits(3), m.digits(2), m.digits(11))
	}
}
