package detect

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An operator's detectors find what they describe, like those built in.
func TestDefinitions(t *testing.T) {
	made, err := ReadDefinitions("testdata/definitions/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Definitions: made})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(e.Detectors()) - len(Detectors()); n != 3 {
		t.Errorf("%d more detectors", n)
	}
	filler := strings.Repeat("ordinary text ", windowSize/14)
	for _, c := range []struct{ text, detector, want string }{
		{"customer number K-00000017", "customer-number", "-"},
		{"customer number K-00000018", "customer-number", High},
		{"see K-00000018", "customer-number", Medium},
		{"order number K-00000018", "customer-number", Low},
		{"XK-00000018", "customer-number", "-"},
		{"badge AB123456", "badge", High},
		{"AB123456", "badge", "-"},
		{"the seeadler", "projects", High},
		{"blauer wal", "projects", High},
		{"Kormoran", "projects", High},
		{"ÜBERGANG NORD", "projects", High},
		{"our projects", "projects", "-"},
	} {
		for _, before := range []string{"", filler[:windowSize-30], filler[:windowSize-ahead-5]} {
			if got := best(scanText(e, before+" "+c.text), c.detector); got != c.want {
				t.Errorf("%s behind %d bytes: %s, want %s", c.text, len(before), got, c.want)
			}
		}
	}
	if _, err := New(Options{Definitions: append(made, made[0])}); err == nil {
		t.Error("two detectors of one ID were taken")
	}
}

// All mistakes are told at once, with their places and what is allowed.
func TestMistakesInDefinitions(t *testing.T) {
	files, err := filepath.Glob("testdata/definitions/[bn]*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	var b strings.Builder
	for _, file := range files {
		_, err := ReadDefinitions(file)
		if mistakes := (Mistakes{}); !errors.As(err, &mistakes) {
			t.Errorf("%s: %v", file, err)
		}
		fmt.Fprintf(&b, "%v\n\n", err)
	}
	golden(t, "definitions/mistakes.golden", b.String())
	if _, err := ReadDefinitions("testdata/definitions/nowhere.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// Each checksum takes its standard's example and no neighbour of it.
func TestChecksums(t *testing.T) {
	examples := map[string]string{
		"damm": "5724", "ean": "4006381333931", "iban": "GB82WEST12345698765432", "luhn": "79927398713", "mod11": "0306406152",
		"mod11-x": "080442957X", "mod97": "79444", "verhoeff": "2363", "iso7064-mod11-2": "07940", "iso7064-mod11-10": "07945",
		"iso7064-mod37-36": "A12425GABC1234002M",
	}
	for _, name := range checksumNames() {
		check, example := checksumOf(name), examples[name]
		if example == "" {
			example = completed(check, "G123489654321")
		}
		if example == "" || !check([]byte(example)) {
			t.Errorf("%s refuses %s", name, example)
			continue
		}
		for i, b := range []byte(example) {
			if b < '0' || b > '9' {
				continue
			}
			wrong := []byte(example)
			wrong[i] = '0' + (b-'0'+1)%10
			if check(wrong) {
				t.Errorf("%s takes %s", name, wrong)
			}
		}
		for _, bad := range []string{"", "1", "+", "ÄÖ"} {
			if check([]byte(bad)) && name != "mod11-x" {
				t.Errorf("%s takes %q", name, bad)
			}
		}
	}
}

// completed puts two check characters behind a value.
func completed(check func([]byte) bool, value string) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, a := range alphabet {
		for _, b := range alphabet {
			if full := value + string(a) + string(b); check([]byte(full)) {
				return full
			}
		}
	}
	return ""
}

// Only some detectors are run, where that is asked for.
func TestOnly(t *testing.T) {
	e, err := New(Options{Only: []string{"iban"}})
	if err != nil {
		t.Fatal(err)
	}
	got := scanText(e, "IBAN DE80 1412 6906 0443 1982, DE50 9657 2492 0868 2889 09, card 4539 1488 0343 6467, anna@example.com, diabetes")
	if len(got) != 1 || got[0].Detector != "iban" {
		t.Error(got)
	}
	if _, err := New(Options{Only: []string{"ibna"}}); err == nil {
		t.Error("an unknown detector was taken")
	}
}

// Shapes and literals that can't be looked for are refused.
func TestBadDetectors(t *testing.T) {
	for _, d := range []detector{
		{Shapes: []shape{digits(0, 3)}}, {Shapes: []shape{digits(5, maxShape+1)}}, {Shapes: []shape{{Lead: "AB", Rest: '9', Min: 3, Max: 4}}},
		{Literals: []string{""}}, {Literals: []string{strings.Repeat("x", maxLiteral+1)}}, {Terms: []string{"-"}}, {Context: []string{""}},
	} {
		if _, err := newEngine([]detector{d}); err == nil {
			t.Errorf("%+v was taken", d)
		}
	}
}

// FuzzDefinitions: no file makes the reader fail otherwise than by Mistakes,
// and what it takes can be used.
func FuzzDefinitions(f *testing.F) {
	files, err := filepath.Glob("testdata/definitions/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		made, err := ParseDefinitions("x.yaml", data, func(string) ([]byte, error) { return []byte("one\ntwo words\n"), nil })
		if mistakes := (Mistakes{}); err != nil && !errors.As(err, &mistakes) {
			t.Fatalf("%T", err)
		}
		if err != nil {
			return
		}
		var detectors []detector
		for _, d := range made {
			detectors = append(detectors, d.made)
		}
		e, err := newEngine(detectors)
		if err != nil {
			t.Fatalf("what was taken can't be used: %v", err)
		}
		scanText(e, "one K-12345674 AB123456 two words\n")
	})
}
