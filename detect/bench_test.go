package detect

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
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

// The engine with all detectors and dictionaries, and beside it what the same
// takes with one regular expression for each shape and one for each detector's
// words, tried one after the other. Both are measured in processor time, so
// that other work on the machine doesn't count; "times" is the ratio.
func BenchmarkScan(b *testing.B) {
	text := mailText(8 << 20)
	sample := text[:128<<10]
	s := testScanner(testEngine(b))
	patterns := baseline()
	start := processorTime(b)
	for _, p := range patterns {
		p.FindAllIndex(sample, -1)
	}
	regexps := float64(len(sample)) / (processorTime(b) - start).Seconds()
	b.SetBytes(int64(len(text)))
	start = processorTime(b)
	for b.Loop() {
		s.Reset()
		_, _ = s.Write(text)
		s.Close()
	}
	engine := float64(len(text)) * float64(b.N) / (processorTime(b) - start).Seconds()
	b.ReportMetric(engine/1e6, "MB/cpu-s")
	b.ReportMetric(regexps/1e6, "regexp-MB/cpu-s")
	b.ReportMetric(engine/regexps, "times")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func baseline() []*regexp.Regexp {
	patterns := []*regexp.Regexp{
		regexp.MustCompile(`\b(?:\d[ ./-]?){12,18}\d\b`),
		regexp.MustCompile(`(?i)\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b`),
		regexp.MustCompile(`\b\d{11}\b`),
		regexp.MustCompile(`\b\d{3}-?\d{2}-?\d{4}\b`),
		regexp.MustCompile(`\b[A-Z]\d{2}(?:\.\w{1,4})?\b`),
		regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`),
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY`),
	}
	for _, d := range catalogue(nil) {
		for _, list := range [][]string{d.Context, d.Against, d.Terms} {
			if len(list) == 0 {
				continue
			}
			quoted := make([]string, len(list))
			for i, w := range list {
				quoted[i] = regexp.QuoteMeta(w)
			}
			patterns = append(patterns, regexp.MustCompile(`(?i)\b(?:`+strings.Join(quoted, "|")+`)\b`))
		}
	}
	return patterns
}

// Text that is nothing but candidates: the worst that somebody can send.
func BenchmarkScanWorst(b *testing.B) {
	for name, unit := range map[string]string{
		"digits": "4 1 1 1 ", "cards": "card 4539 1488 0343 6467 ", "words": "diabetes ", "letters": "a1 b2 c3 ", "foreign": "ąęźżó ",
	} {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(unit, (1<<20)/len(unit)))
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
