package detect

import (
	"hash/maphash"
	"slices"
	"strings"
	"testing"
	"time"
)

// disguisedScanner is a scanner for what is written in disguise in the tests.
func disguisedScanner(t *testing.T) *Scanner {
	t.Helper()
	e, err := New(Options{Only: []string{"payment-card", "iban"}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.Scanner()
	s.Use(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), maphash.MakeSeed())
	return s
}

// finds reports whether a detector sees something in a text.
func (s *Scanner) finds(detector, text string) bool {
	s.Reset()
	_, _ = s.Write([]byte(text))
	s.Close()
	return slices.ContainsFunc(s.Hits(), func(h Hit) bool { return h.Detector == detector })
}

// What people read as a number is one, however it is written; what they don't
// isn't.
func TestDisguised(t *testing.T) {
	s := disguisedScanner(t)
	for _, c := range []struct {
		detector, text string
		found          bool
	}{
		{"payment-card", "card number 4539 l488 O343 6467", true},
		{"payment-card", "card number 4539l488O3436467", true},
		{"payment-card", "card number 4S39I4BBO3436467", true},
		{"payment-card", "card number 45З914880343б467", true},
		{"payment-card", "card number 4\u04885\u04883\u04889\u04881\u04884\u04888\u04888\u04880343 6467", true},
		{"payment-card", "card number 45\x0139\x7f1488\x1b[1m0343\x1b(B6467", true},
		{"payment-card", "card number:\n\n4\t5\t3\t9\t1\t4\t8\t8\t0\t3\t4\t3\t6\t4\t6\t7\n", true},
		{"payment-card", "card number 4 - 5 - 3 - 9 - 1 - 4 - 8 - 8 - 0 - 3 - 4 - 3 - 6 - 4 - 6 - 7", true},
		{"payment-card", "4\t5\t3\t9\t1\t4\t8\t8\t0\t3\t4\t3\t6\t4\t6\t7\n", false},
		{"payment-card", "> card number 4539 1488 \r\n> 0343 6467", true},
		{"payment-card", "card number \u202e7646343088419354\u202c, thanks", true},
		{"payment-card", "card number 4539\u202e764634308841", true},
		{"payment-card", "card number \u202b6467 0343 1488 4539\u202c, thanks", true},
		{"iban", "IBAN DE89 37O4 0044 O532 0130 00", true},
		{"iban", "IBAN D_E_8_9_3_7_0_4_0_0_4_4_0_5_3_2_0_1_3_0_0_0", true},
		{"iban", "IBAN GB82 WEST l234 5698 7654 З2", true},
	} {
		// Where in the window it stands makes no difference.
		for _, before := range []string{"", strings.Repeat("x\n", windowSize/2-20), strings.Repeat("ordinary words ", 5000)} {
			if !c.found && before != "" {
				continue
			}
			if got := s.finds(c.detector, before+c.text+"\n"); got != c.found {
				t.Errorf("%q behind %d bytes: %v", c.text, len(before), got)
			}
		}
	}
}
