package detect

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// mailText makes text like that of mail: sentences in four languages, some
// numbers, now and then an identifier.
func mailText(size int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	o := ordinary{r}
	vocabulary := strings.Fields("the meeting about your request will take place on Monday and we kindly ask you to send us all documents before " +
		"vielen Dank für Ihre Anfrage zu unserem Angebot wir melden uns in den nächsten Tagen mit weiteren Einzelheiten " +
		"dziękujemy za przesłane dokumenty prosimy o potwierdzenie terminu spotkania w przyszłym tygodniu " +
		"nous vous remercions de votre message et restons à votre disposition pour toute question complémentaire")
	var b strings.Builder
	for b.Len() < size {
		for range 60 + r.IntN(80) {
			b.WriteString(vocabulary[r.IntN(len(vocabulary))])
			b.WriteByte(' ')
		}
		b.WriteString("\r\n" + o.line() + "\r\n")
		if r.IntN(40) == 0 {
			b.WriteString("Card number 4539 1488 0343 6467, IBAN DE89 3704 0044 0532 0130 00, SSN 712-34-5678\r\n")
		}
	}
	return []byte(b.String()[:size])
}

// Text that is nothing but candidates, or made to be slow: the worst that
// somebody can send. BenchmarkScan of package inspect has the usual.
func BenchmarkScanWorst(b *testing.B) {
	base64ed := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("card 4539 1488 0343 6467 ", 6)))
	for _, c := range []struct{ name, unit string }{
		{"usual", ""},
		{"digits", "4 1 1 1 "}, {"cards", "card 4539 1488 0343 6467 "}, {"groups", "4539 1488 0343 6467 "}, {"lines", "4539148803436467\n"},
		{"words", "diabetes "}, {"letters", "a1 b2 c3 "}, {"foreign", "ąęźżó "}, {"addresses", "a@b.de "}, {"ats", "@"}, {"signs", "„•“"},
		{"percent", "%34"}, {"entities", "&#52; "}, {"base64", base64ed + " "}, {"tables", "PESEL;order;x\n85031203174;4539148803436467;1\n"},
		{"tabs", "85031203174\t"}, {"names", "cardNumber=4539148803436467 "}, {"keys", "-----BEGIN RSA PRIVATE KEY-----\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := mailText(1 << 20)
			if c.unit != "" {
				text = []byte(strings.Repeat(c.unit, (1<<20)/len(c.unit)))
			}
			s := testScanner(testEngine(b))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Reset()
				_, _ = s.Write(text)
				s.Close()
			}
		})
	}
}
