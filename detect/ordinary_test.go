package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sentences fills the sentences of testdata/ordinary.txt with numbers and
// dates.
type sentences struct {
	ordinary
	all []string
}

func newSentences(t *testing.T) sentences {
	return sentences{ordinary{rand.New(rand.NewPCG(5, 6))}, caseLines(t, "testdata/ordinary.txt")}
}

func (s sentences) next() string {
	return strings.NewReplacer(
		"{n}", s.digits(1+s.IntN(4)),
		"{c}", string(rune('A'+s.IntN(26)))+s.digits(2),
		"{d}", fmt.Sprintf("%02d.%02d.%04d", 1+s.IntN(28), 1+s.IntN(12), 1990+s.IntN(40)),
		"{w}", s.from("Ulm", "Lyon", "Leeds", "Gent", "Toruń", "Pisa", "Malmö"),
	).Replace(s.from(s.all...))
}

func (s sentences) mail() string {
	var b strings.Builder
	for range 5 + s.IntN(20) {
		b.WriteString(s.next() + s.from(" ", "\r\n", "\r\n\r\n", "\t"))
	}
	return b.String()
}

// Mail of every day in five languages holds nothing on anybody's health, no
// secret and nobody's birth or address: not even on the second thought.
func TestOrdinaryMail(t *testing.T) {
	e := testEngine(t)
	s := newSentences(t)
	if len(s.all) < 280 {
		t.Errorf("%d sentences only", len(s.all))
	}
	for range 1500 {
		text := s.mail()
		for _, h := range scanText(e, text) {
			if h.Confidence != Low && (h.Category == Health || h.Category == Secret || h.Category == Personal) {
				t.Fatalf("%s %s in:\n%s", h.Detector, h.Confidence, text)
			}
		}
	}
}

// The negative twin: one sentence on somebody's health among them is found.
func TestOrdinaryMailWithOneDiagnosis(t *testing.T) {
	e := testEngine(t)
	s := newSentences(t)
	for range 100 {
		line := s.from("She was diagnosed with breast cancer.", "Diagnose: F32.1", "Die Patientin leidet an Epilepsie.", "Le patient souffre de diabète.", "De patiënt heeft een longontsteking.", "U pacjentki rozpoznano cukrzycę.")
		text := s.mail() + "\r\n" + line + "\r\n" + s.mail()
		found := false
		for _, h := range scanText(e, text) {
			found = found || h.Category == Health && h.Confidence != Low
		}
		if !found {
			t.Errorf("%q is lost in:\n%s", line, text)
		}
	}
}

// No sample in a report gives anything of a value away.
func TestMasksOfEveryDetector(t *testing.T) {
	e := testEngine(t, "Projekt Seeadler", "Übernahme")
	for _, d := range Detectors() {
		for _, line := range caseLines(t, "testdata/"+d.ID+".txt") {
			_, text, _ := strings.Cut(line, " ")
			for _, h := range scanText(e, unescape(text)) {
				masked := strings.TrimPrefix(h.Masked, "private key")
				if h.Detector == "payment-card" {
					masked = masked[:len(masked)-4]
				}
				if h.Category != Financial && h.Category != Personal && strings.Trim(masked, "•@ ") != "" {
					t.Errorf("%s: %q", h.Detector, h.Masked)
				}
			}
		}
	}
}
