package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sureness is how a detector takes random text of one of its shapes.
type sureness struct {
	length int
	passed float64 // share of random texts that are taken in some form
	plain  grade   // the best grade without separators
	best   grade   // the best grade in any form
}

const randomTexts = 20_000

// measure hands random texts of each shape and length to a detector.
func measure(d *detector, r *rand.Rand) []sureness {
	var all []sureness
	for _, s := range d.Shapes {
		for n := s.Min; n <= s.Max; n++ {
			all = append(all, s.measure(d, n, r))
		}
	}
	return all
}

func (s shape) measure(d *detector, length int, r *rand.Rand) sureness {
	found := sureness{length: length}
	passed := 0
	for range randomTexts {
		text := s.random(length, r)
		g := d.grade(text, "", uint8(length))
		if found.plain = max(found.plain, g); g == reject && length > 4 {
			g = d.grade(text, "-", uint8(length-4), 4) // a Finnish code has no other form
		}
		if g == reject {
			continue
		}
		if passed++; passed == 1 {
			found.best = d.bestForm(text)
		}
	}
	found.best = max(found.best, found.plain)
	found.passed = float64(passed) / randomTexts
	return found
}

func (s shape) random(length int, r *rand.Rand) []byte {
	text := make([]byte, length)
	for i := range text {
		kind, c := s.Rest, "0123456789"
		if i < len(s.Lead) {
			kind = s.Lead[i]
		}
		switch kind {
		case 'A':
			c = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		case 'X':
			c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		}
		text[i] = c[r.IntN(len(c))]
	}
	return text
}

func (d *detector) grade(text []byte, seps string, groups ...uint8) grade {
	return d.Check(&candidate{Text: text, Groups: groups, Seps: seps, Now: testNow})
}

// bestForm is the best grade of a text in any form.
func (d *detector) bestForm(text []byte) grade {
	best := reject
	eachGrouping(nil, len(text), func(groups []uint8) {
		for _, seps := range []string{" ", "-", ".", "/", " -", " .", "-."} {
			best = max(best, d.grade(text, seps, groups...))
		}
	})
	return best
}

// eachGrouping calls visit with every way to cut a length into two to seven
// groups, the first of any length and the others of up to five.
func eachGrouping(groups []uint8, left int, visit func([]uint8)) {
	if left == 0 && len(groups) > 1 {
		visit(groups)
	}
	if len(groups) == 7 {
		return
	}
	most := 5
	if len(groups) == 0 {
		most = 13
	}
	for n := 1; n <= min(left, most); n++ {
		eachGrouping(append(groups, uint8(n)), left-n, visit)
	}
}

var nameOfGrade = [...]string{"reject", "hinted", "claimed", "named", "bare", "formed", "proven"}

// tooSure names the shapes that claim more than their check is worth: what
// more than 1 % of random texts pass needs words beside it to be high.
func tooSure(d *detector, r *rand.Rand) (report, wrong []string) {
	for _, s := range measure(d, r) {
		line := fmt.Sprintf("%2d characters: %6.3f %% pass, plain %s, at best %s", s.length, 100*s.passed, nameOfGrade[s.plain], nameOfGrade[s.best])
		report = append(report, line)
		if s.passed > 0.012 && s.best == proven { // the sample's error is 0.0007
			wrong = append(wrong, line)
		}
	}
	return report, wrong
}

// No identifier is surer than its check digits allow. With -v the test prints
// how many random texts pass each check.
func TestChecksAreWorthTheirGrade(t *testing.T) {
	for _, d := range append(identifiers(), paymentCard(), iban(), usSSN(), plPesel()) {
		t.Run(d.ID, func(t *testing.T) {
			report, wrong := tooSure(&d, rand.New(rand.NewPCG(5, 6)))
			for _, line := range report {
				t.Log(line)
			}
			for _, line := range wrong {
				t.Error(line)
			}
		})
	}
}

// The negative twin: a check that one in ten numbers passes and that is taken
// for proof in one form is found out.
func TestTooSureWouldShow(t *testing.T) {
	d := detector{Shapes: []shape{digits(9, 9)}, Check: func(c *candidate) grade {
		switch {
		case !luhn(c.Text):
			return reject
		case c.in("-", 5, 4):
			return proven
		}
		return claimed
	}}
	if _, wrong := tooSure(&d, rand.New(rand.NewPCG(5, 6))); len(wrong) == 0 {
		t.Error("not found out")
	}
}

// Names in other languages are whole: no placeholder is left, and every
// country has them in all eight.
func TestAbroad(t *testing.T) {
	countries := strings.Fields("at au be bg br ca ch cz de dk ee es fi fr gr hr ie in it lt lu nl no pl pt ro se sk tr uk us")
	seen := map[string]string{}
	for _, country := range countries {
		names := abroad(country, person, tax, social, healthcare, idCard)
		for _, name := range names {
			if strings.ContainsAny(name, "{}/") || strings.TrimSpace(name) != name || name == "" {
				t.Errorf("%s: %q", country, name)
			}
		}
		if other, taken := seen[names[0]]; taken {
			t.Errorf("%s and %s are both %q", country, other, names[0])
		}
		seen[names[0]] = country
		if n := strings.Count(", "+nationality(country), ", "); n != 8 {
			t.Errorf("%s: %d languages", country, n)
		}
	}
}

// plainMail makes text with bare numbers and codes of every length, alone and
// in columns, among words that are short names of identifiers in another
// language ("sin", "nas", "dni", "nie", "btw").
func plainMail(o ordinary) string {
	sentences := []string{
		"It will not arrive before Monday, sin falta, btw.", "Te llamo mañana sin problema hasta las doce, el lunes o el martes.", "W ciągu pięciu dni roboczych wyślemy do nas, ale nie wcześniej; to dowód zakupu.",
		"Le dossier de la société est complet, merci de le confirmer.", "De levering is btw pas volgende week, ik bel nog.", "Die Lieferung kommt in fünf Tagen, der Ausschuss tagt am Montag.",
		"La consegna è prevista per lunedì, non prima.", "Leveransen kommer på måndag, hälsningar.",
	}
	codes := []func() string{
		func() string { return o.digits(8 + o.IntN(9)) },
		func() string { return fmt.Sprintf("%s %s %s", o.digits(3), o.digits(3), o.digits(3+o.IntN(2))) },
		func() string {
			return fmt.Sprintf("20%02d%02d%02d%s", 20+o.IntN(7), 1+o.IntN(12), 1+o.IntN(28), o.digits(6))
		},
		func() string { return o.from("RR", "LX", "CP", "EE") + o.digits(9) + o.from("DE", "PL", "FR", "GB") },
		func() string { return o.from("A", "B", "K", "L", "Z") + o.digits(7+o.IntN(4)) },
		func() string { return o.digits(7+o.IntN(2)) + o.from("A", "B", "H", "Z") },
		func() string { return o.from("SKU", "ABC", "FVS", "INV") + o.digits(6) },
		func() string { return o.digits(6) + "-" + o.digits(4) },
		func() string { return fmt.Sprintf("%s-%s-%s", o.digits(4), o.digits(3), o.digits(4)) },
	}
	var b strings.Builder
	for range 6 + o.IntN(10) {
		b.WriteString(o.from(sentences...) + " ")
		code := codes[o.IntN(len(codes))]
		for range 1 + o.IntN(4) {
			b.WriteString(code() + o.from("\n", "; ", "\t", ", "))
		}
	}
	return b.String()
}

// Numbers and codes that nothing names are never sure to be somebody's.
func TestNothingHighWithoutContext(t *testing.T) {
	e := testEngine(t)
	o := ordinary{rand.New(rand.NewPCG(7, 8))}
	const mails = 2000
	medium := map[string]int{}
	for range mails {
		text := plainMail(o)
		for _, f := range scanText(e, text) {
			switch f.Confidence {
			case High:
				t.Errorf("%s in:\n%s", f.Detector, text)
			case Medium:
				medium[f.Detector]++
			}
		}
	}
	t.Logf("medium in %d mails: %v", mails, medium)
}
