package detect

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
)

// Definition is a detector that an operator made, read from a file of
// definitions:
//
//	detectors:
//	  - id: customer-number                # lower-case letters, digits, hyphens
//	    category: own                      # personal, financial, health, secret, contact or own
//	    doc: our customers' numbers
//	    source: handbook, page 12          # optional
//	    pattern: '\bK-(\d{8})\b'           # RE2 syntax
//	    checksum: luhn                     # optional, over the letters and digits of the first group, or of all
//	    confidence: medium                 # without words near it: context (nothing at all), low, medium or high
//	    context: [customer number, Kundennummer]
//	    against: [order number]
//	  - id: projects
//	    category: own
//	    doc: names of projects
//	    terms: [Seeadler]                  # words and phrases, or
//	    terms_file: projects.txt           # a file with one in each line, beside this one; # begins a comment
//
// A context word makes a hit surer and a negative one less sure, as with the
// detectors that are built in. A pattern that contains a literal of three bytes
// or more is tried only around it, 256 bytes each way; one without is tried on
// all text, which takes about a microsecond for 50 bytes.
type Definition struct{ made detector }

// Info describes the detector.
func (d Definition) Info() Info { return d.made.info() }

// Limits of definitions.
const (
	maxDefinitionFile = 1 << 20
	maxTermsFile      = 64 << 20
	maxDefinitions    = 200
	maxPattern        = 1000  // characters
	maxProgram        = 5_000 // instructions of its automaton
)

// ReadDefinitions reads a file of definitions, and the files of terms that it
// names. What is wrong in them is returned as Mistakes, all at once; another
// error means that the file couldn't be read.
func ReadDefinitions(path string) ([]Definition, error) {
	data, err := readLimited(path, maxDefinitionFile)
	if err != nil {
		return nil, fmt.Errorf("reading detectors: %w", err)
	}
	return ParseDefinitions(path, data, func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return readLimited(name, maxTermsFile)
	})
}

// builtIn are the ids of the detectors that need no definition.
var builtIn = sync.OnceValue(func() (ids []string) {
	for _, d := range catalogue(nil) {
		ids = append(ids, d.ID)
	}
	return ids
})

// ParseDefinitions reads definitions. name stands for the file in Mistakes,
// which is the only error that it returns, and open reads a file of terms.
func ParseDefinitions(name string, data []byte, open func(name string) ([]byte, error)) ([]Definition, error) {
	r := &definitionReader{file: name, open: open, known: map[string]int{}}
	for _, id := range builtIn() {
		r.known[id] = 0
	}
	if len(data) > maxDefinitionFile {
		r.add(nil, "", fmt.Sprintf("the file has %d bytes; want at most %d", len(data), maxDefinitionFile), "")
	} else {
		r.read(data)
	}
	if len(r.mistakes) > 0 {
		slices.SortStableFunc(r.mistakes, func(a, b Mistake) int {
			if a.File != b.File {
				return strings.Compare(a.File, b.File)
			}
			return (a.Line-b.Line)*1000 + a.Column - b.Column
		})
		return nil, r.mistakes
	}
	return r.made, nil
}

func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes; want at most %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}

// confidenceGrades are what an operator may say of a detector's hits.
var confidenceNames = []string{"context", Low, Medium, High}

func gradeOf(confidence string) grade {
	switch confidence {
	case "context":
		return claimed
	case Low:
		return named
	case High:
		return proven
	}
	return formed
}

// compilePattern reads a pattern. wrong says what can't be used in it.
func compilePattern(text string) (expr *regexp.Regexp, wrong string) {
	if len(text) > maxPattern {
		return nil, fmt.Sprintf("the pattern has %d characters; want at most %d", len(text), maxPattern)
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Sprintf("this isn't a regular expression in RE2 syntax: %s", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, fmt.Sprintf("this isn't a regular expression in RE2 syntax: %s", err)
	}
	if len(program.Inst) > maxProgram {
		return nil, fmt.Sprintf("the pattern comes to %d steps; want at most %d", len(program.Inst), maxProgram)
	}
	expr = regexp.MustCompile(text)
	if expr.Match(nil) {
		return nil, "the pattern fits nothing at all, and so everywhere"
	}
	return expr, ""
}

// patternCheck is the check of a detector with a pattern.
func patternCheck(checksum func([]byte) bool, g grade) func(*candidate) grade {
	return func(c *candidate) grade {
		if checksum == nil {
			return g
		}
		var room [64]byte
		text := room[:0]
		for _, b := range c.Text {
			switch classes[b] {
			case isDigit:
				text = append(text, b)
			case isLetter:
				text = append(text, b&^0x20)
			}
		}
		if len(text) == 0 || !checksum(text) {
			return reject
		}
		return g
	}
}

// required are literals of which one stands in whatever a pattern fits; none
// where that can't be said.
func required(text string) []string {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	found := requiredIn(parsed.Simplify())
	if len(found) > 32 {
		return nil
	}
	return found
}

func requiredIn(x *syntax.Regexp) []string {
	switch x.Op {
	case syntax.OpLiteral:
		if s := string(x.Rune); x.Flags&syntax.FoldCase == 0 && len(s) >= minLiteral && len(s) <= maxLiteral {
			return []string{s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return requiredIn(x.Sub[0])
	case syntax.OpRepeat:
		if x.Min > 0 {
			return requiredIn(x.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range x.Sub {
			if found := requiredIn(sub); len(found) > 0 && (best == nil || shortest(found) > shortest(best)) {
				best = found
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range x.Sub {
			found := requiredIn(sub)
			if found == nil {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	return nil
}

func shortest(all []string) int {
	n := maxLiteral
	for _, s := range all {
		n = min(n, len(s))
	}
	return n
}

// termLines are the terms in a file of lines, each with its line.
func termLines(data []byte, each func(line int, term string)) {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if term := strings.TrimSpace(string(text)); term != "" && term[0] != '#' {
			each(line, term)
		}
	}
}
