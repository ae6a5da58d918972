package detect

import (
	"bufio"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testNow is the clock of all tests.
var testNow = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func testEngine(t testing.TB, keywords ...string) *Engine {
	t.Helper()
	e, err := newEngine(catalogue(keywords))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func testScanner(e *Engine) *Scanner {
	s := e.Scanner()
	s.Use(testNow, maphash.MakeSeed())
	return s
}

// scanText is what the engine finds in one text.
func scanText(e *Engine, text string) []Hit {
	s := testScanner(e)
	_, _ = s.Write([]byte(text))
	s.Close()
	return s.Hits()
}

// best is the surest confidence with which a detector saw something, or "-".
func best(all []Hit, detector string) string {
	for _, f := range all {
		if f.Detector == detector {
			return f.Confidence
		}
	}
	return "-"
}

// Every detector finds what its rule describes, as sure as the surroundings
// allow, and leaves alone what only looks like it. Each line of
// testdata/ID.txt is a text of its own: what is expected, then the text, in
// which \n is a line break and \u00a0 a character.
func TestDetectors(t *testing.T) {
	e := testEngine(t, "Projekt Seeadler", "Übernahme")
	for _, d := range Detectors() {
		t.Run(d.ID, func(t *testing.T) {
			lines := caseLines(t, filepath.Join("testdata", d.ID+".txt"))
			var hits, misses int
			for _, line := range lines {
				want, text, _ := strings.Cut(line, " ")
				text = unescape(text)
				got := best(scanText(e, text), d.ID)
				if want != "-" {
					got = "+" + got
					hits++
				} else {
					misses++
				}
				if got != want {
					t.Errorf("%s: got %s", line, got)
				}
			}
			if hits < 3 || misses < 3 {
				t.Errorf("%d texts with hits and %d without: at least 3 of each", hits, misses)
			}
		})
	}
}

func caseLines(t testing.TB, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	for in := bufio.NewScanner(f); in.Scan(); {
		if line := in.Text(); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

func unescape(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\u00a0`, "\u00a0", `\u200b`, "\u200b", `\u2011`, "\u2011").
		Replace(strings.TrimLeft(text, " "))
}

// Every detector says what it is and where its rule comes from, and the list
// is sorted.
func TestDetectorsAreDescribed(t *testing.T) {
	all := Detectors()
	if !slices.IsSortedFunc(all, func(a, b Info) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("not sorted by ID")
	}
	categories := []string{Personal, Financial, Health, Secret, Contact, Own}
	for _, d := range all {
		if d.Doc == "" || d.Source == "" || strings.Contains(d.Doc, "\n") {
			t.Errorf("%s: Doc %q, Source %q", d.ID, d.Doc, d.Source)
		}
		if !slices.Contains(categories, d.Category) {
			t.Errorf("%s: category %q", d.ID, d.Category)
		}
	}
}
