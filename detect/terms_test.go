package detect

import (
	"io/fs"
	"strings"
	"testing"
)

// Each list says where it comes from, has no line twice, and no term that the
// dictionary refuses.
func TestTermFiles(t *testing.T) {
	names, err := fs.Glob(termFiles, "terms/*.txt")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d lists, %v", len(names), err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(termFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") || !strings.Contains(string(text), "# Origin: ") {
			t.Errorf("%s doesn't say where it comes from", name)
		}
		seen := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSuffix(line, "\n")
			term := strings.TrimPrefix(line, "?")
			if line != strings.TrimSpace(line) || term == "" || seen[line] || len(term) > maxWord && line[0] != '#' {
				t.Errorf("%s: %q", name, line)
			}
			seen[line] = true
		}
	}
}

// The dictionaries are as large as they are said to be.
func TestTermCounts(t *testing.T) {
	for kind, want := range map[string]int{
		"diagnosis.en": 1000, "diagnosis.de": 1400, "diagnosis.fr": 900, "diagnosis.nl": 900, "diagnosis.pl": 1800,
		"medication.en": 1000, "medication.de": 1000, "medication.fr": 1000, "medication.nl": 1000, "medication.pl": 3000, "lab.en": 200, "given-name.*": 1500,
	} {
		kind, language, _ := strings.Cut(kind, ".")
		count := 0
		names, _ := fs.Glob(termFiles, "terms/"+kind+"."+language+".txt")
		for _, name := range names {
			text, _ := fs.ReadFile(termFiles, name)
			count += strings.Count(string(text), "\n")
		}
		if count < want {
			t.Errorf("%s.%s: %d lines, want %d", kind, language, count, want)
		}
	}
}

// Every term of the lists is found as it stands there, near the words that
// make it count.
func TestEveryTermIsFound(t *testing.T) {
	s := testScanner(testEngine(t))
	confidence := func(text, detector string) string {
		s.Reset()
		_, _ = s.Write([]byte(text))
		s.Close()
		return best(s.Hits(), detector)
	}
	for kind, frame := range map[string]struct{ before, after, detector string }{
		"diagnosis":  {"The patient has ", " now", "diagnosis"},
		"medication": {"The patient takes ", " now", "medication"},
		"lab":        {"patient: ", " 12,5 mmol/l", "lab-result"},
		"given-name": {"Name: ", " Kowalska", "person-name"},
	} {
		sure, hinted := terms(kind)
		for _, term := range append(sure, hinted...) {
			if got := confidence(frame.before+term+frame.after, frame.detector); got != Medium && got != High {
				t.Errorf("%s: %q: %s", kind, term, got)
			}
		}
	}
}
