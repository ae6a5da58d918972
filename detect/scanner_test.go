package detect

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// A hit is found wherever the windows' edges fall, and however the text is cut
// into pieces.
func TestWindowEdges(t *testing.T) {
	e := testEngine(t)
	texts := map[string]string{
		"payment-card":  "card number 4539 1488 0343 6467 of May",
		"iban":          "IBAN DE89 3704 0044 0532 0130 00",
		"private-key":   "-----BEGIN EC PRIVATE KEY-----\nabc",
		"email-address": "anna.kowalska@mail.example.org",
		"us-ssn":        "SSN\u00a0712\u201134\u20115678",
	}
	for id, text := range texts {
		for shift := -len(text) - 3; shift < 3; shift++ {
			for _, edge := range []int{windowSize - ahead, windowSize, 2*windowSize - 2*ahead - behind} {
				long := strings.Repeat("ordinary text ", (edge+shift)/14+1)[:edge+shift] + " " + text + strings.Repeat(" and more", 300)
				got := scanText(e, long)
				if best(got, id) != High || got[0].Count != 1 {
					t.Fatalf("%s at %d: %v", id, edge+shift, got)
				}
			}
		}
	}
}

// The negative twin: windows that don't overlap lose such hits.
func TestWindowEdgesWouldShow(t *testing.T) {
	e := testEngine(t)
	text := "card number 4539 1488 0343 6467"
	for cut := len("card number 4"); cut < len(text); cut++ {
		for _, half := range []string{text[:cut], text[cut:]} {
			if got := best(scanText(e, half), "payment-card"); got != "-" {
				t.Errorf("%q: %s", half, got)
			}
		}
	}
}

// The pieces in which a text arrives make no difference.
func TestPieces(t *testing.T) {
	e := testEngine(t)
	text := string(mailText(200<<10)) + rows("Nr;PESEL;name", "#;85031203174;Jan", 3000) + base64.StdEncoding.EncodeToString(mailText(100<<10)) +
		strings.Repeat("card %34539148803436467 &#52;716108999716531\n", 2000) + strings.Repeat("ż\u200b４５３９ 1488 0343 6467 ", 100)
	want := scanText(e, text)
	for _, size := range []int{1, 2, 3, 7, 4096, 65535, 65536, 65537} {
		s := testScanner(e)
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			_, _ = s.Write(rest[:n])
			rest = rest[n:]
		}
		s.Close()
		if diff := cmp.Diff(want, s.Hits()); diff != "" {
			t.Errorf("pieces of %d bytes:\n%s", size, diff)
		}
	}
}

// Values are counted once, however often and in whatever form they stand
// there, and with the best confidence that they had.
func TestUniqueValues(t *testing.T) {
	e := testEngine(t)
	filler := strings.Repeat("and so on ", 100)
	text := "4539 1488 0343 6467 " + filler + "card 4539-1488-0343-6467, " + filler + "4539148803436467 " + filler + "4716 1089 9971 6531"
	want := []Hit{
		{"payment-card", Financial, High, 1, "•••• •••• •••• 6467", ""},
		{"payment-card", Financial, Medium, 1, "•••• •••• •••• 6531", ""},
	}
	if diff := cmp.Diff(want, scanText(e, text)); diff != "" {
		t.Error(diff)
	}
}

// The number of values that are told apart has an end, and so has memory.
func TestManyValues(t *testing.T) {
	e := testEngine(t)
	var b strings.Builder
	for i := range maxValues + 500 {
		fmt.Fprintf(&b, "a%d@example.com\n", i)
	}
	got := scanText(e, b.String())
	if len(got) != 1 || got[0].Count != maxValues {
		t.Errorf("got %v", got)
	}
}

// Masks give nothing away but the last four digits of a card.
func TestMasks(t *testing.T) {
	e := testEngine(t, "Seeadler")
	values := []string{
		"card 4539 1488 0343 6467", "DE89 3704 0044 0532 0130 00", "PESEL 44051401359", "SSN 712-34-5678",
		"anna@example.com", "Seeadler", "diagnosis E11.9", "diabetes", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow",
	}
	for _, f := range scanText(e, strings.Join(values, "\n")) {
		masked := strings.TrimPrefix(f.Masked, "•••• •••• •••• 6467")
		if f.Detector == "private-key" {
			masked = strings.TrimPrefix(masked, "private key")
		}
		if strings.Trim(masked, "•@ ") != "" {
			t.Errorf("%s: %q", f.Detector, f.Masked)
		}
	}
}

// A text with several long numbers that fail the check has none that passes
// by chance; one in which all pass has cards.
func TestColumns(t *testing.T) {
	e := testEngine(t)
	cards := "4539148803436467\n4716108999716531\n5425233430109903\n"
	if got := best(scanText(e, cards), "payment-card"); got != Medium {
		t.Errorf("a column of cards: %s", got)
	}
	mixed := cards + "4539148803436468\n4716108999716532\n9425233430109903\n"
	if got := best(scanText(e, mixed), "payment-card"); got != Low {
		t.Errorf("a column of numbers: %s", got)
	}
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"a\u00a0b\u2007c\u3000d":       "a b c d",
		"1\u200b2\u00ad3\ufeff4":       "1234",
		"1\u20112\u20133\u22124":       "1-2-3-4",
		"４５３９　１４８８":                    "4539 1488",
		"٤٥ ۴۵ ४५ 𝟜𝟝":                  "45 45 45 45",
		"żółw Ünï 漢字":                  "żółw Ünï 漢字",
		"a\x00b\x00":                   "ab",
		"1\xa02\xad3\xe9":              "1 23\xe9",
		"4\u03321\ufe0f\u20e3a\u0301é": "41aé",
		"④⑴❹⓸⒋🄂":                       "414441",
		"1\u202e2\u202c3\u20674":       "1\x1c2\x1f3\x1d4",
		"plain":                        "plain",
	} {
		got, used := normalise(nil, []byte(in), true)
		if string(got) != want || used != len(in) {
			t.Errorf("%q: got %q after %d bytes, want %q", in, got, used, want)
		}
	}
}

// The dictionary finds whole words only, in any case and with or without
// accents.
func TestDictionary(t *testing.T) {
	terms := []string{"numéro de carte", "Straße", "ŁÓDŹ", "ключ", "lic", "W-2", "κάρτα"}
	g := newGlossary(len(terms))
	for i, term := range terms {
		if err := g.add(term, role{i, isHit}); err != nil {
			t.Fatal(err)
		}
	}
	d := g.dictionary()
	for text, want := range map[string]int{
		"NUMERO  DE\nCARTE ........": 0, "numéro de carte": 0, "nume\u0301ro de carte": 0, "strasse .......": 1, "STRASSE": 1, "lodz .........": 2,
		"КЛЮЧ": 3, "lic": 4, "w-2 form ......": 5, "numéro": -1, "numéro de la carte": -1, "public": -1, "licence": -1, "num\xe9ro de carte": 0,
		"ΚΑΡΤΑ": 6, "numéro de carte_x": -1,
	} {
		got := -1
		for _, i := range entriesIn(d, text) {
			got = i
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
	for _, bad := range []string{"", " - ", strings.Repeat("a", maxWord+1), strings.Repeat("a ", maxTerm)} {
		if g.add(bad, role{}) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// entriesIn are the detectors of the entries in a text.
func entriesIn(d *dictionary, text string) []int {
	var m marks
	room := make([]byte, len(text)+padding)
	m.set(room[:copy(room, text)], room)
	var all []int
	d.each(&m, func(p *phrase, _, _ int) { p.hits.each(func(i int) { all = append(all, i) }) })
	return all
}

// FuzzScan: no text makes the engine fail, and what it finds does not depend
// on how the text is cut.
func FuzzScan(f *testing.F) {
	for _, d := range Detectors() {
		for _, line := range caseLines(f, "testdata/"+d.ID+".txt") {
			_, text, _ := strings.Cut(line, " ")
			f.Add(unescape(text), 5)
		}
	}
	e := testEngine(f, "Seeadler")
	f.Fuzz(func(t *testing.T, text string, cut int) {
		want := scanText(e, text)
		s := testScanner(e)
		at := 0
		if cut > 0 && len(text) > 0 {
			at = cut % len(text)
		}
		_, _ = s.Write([]byte(text[:at]))
		_, _ = s.Write([]byte(text[at:]))
		s.Close()
		if diff := cmp.Diff(want, s.Hits()); diff != "" {
			t.Error(diff)
		}
		for _, found := range want {
			if found.Count < 1 || !utf8.ValidString(found.Masked) {
				t.Errorf("%+v", found)
			}
		}
	})
}
