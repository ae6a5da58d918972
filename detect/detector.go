package detect

import (
	"regexp"
	"strings"
	"time"
)

// detector is one kind of thing to look for. It is a value and holds no
// state: everything it needs stands in the candidate.
type detector struct {
	ID       string
	Category string
	Doc      string // one line, for people
	Source   string // the document that the rule comes from

	// Shapes are what candidates look like; a candidate of any of them is
	// handed to Check.
	Shapes []shape
	// Groups is how many tokens a candidate of the shapes must have; 0 for
	// any number.
	Groups uint8
	// Address wants every run of address characters around an "@".
	Address bool
	// Literals wants the text from each of these strings on.
	Literals []string
	// Pattern is what candidates of an operator's detector look like. With
	// Literals it is tried near them only, else on all text.
	Pattern *regexp.Regexp
	// Terms are words and phrases that are hits themselves, with TermGrade.
	Terms     []string
	TermGrade grade
	// Anchors are words and phrases, found as Terms are, from each of which
	// on Check wants the text: labels ("Password:"), names of what is
	// measured, first tokens of a code.
	Anchors []string

	// Check says what a candidate is worth. It is not needed for Terms.
	Check func(*candidate) grade
	// Context makes a hit surer, Against less sure, where they stand near
	// it as whole words. All languages are looked for at once.
	Context []string
	Against []string
	// Mask makes the sample for the report from a hit's text. It gives
	// away no more than the last four digits of a payment card.
	Mask func(text []byte) string
}

// shape is what a number or code looks like once separators are taken out. It
// has a digit at least.
type shape struct {
	// Lead is the form of the first characters: 'A' a letter, '9' a digit,
	// 'X' either.
	Lead string
	// Begins are beginnings, divided by blanks, one of which it has; "" for
	// any. That may be read generously: each of its first characters is that
	// of some.
	Begins string
	// Rest is the form of all the others.
	Rest byte
	// Min and Max are the length in characters, both included, at most 34.
	Min, Max int
}

// digits is the shape of a number of min to max digits.
func digits(min, max int) shape { return shape{Rest: '9', Min: min, Max: max} }

// candidate is a run of tokens with a detector's shape, or the text at an
// "@" or a literal. It is valid only during Check.
type candidate struct {
	// Text is the value: letters in upper case and separators taken out
	// for shapes, the text as it stands for addresses and literals.
	Text []byte
	// Groups are the lengths of the tokens that Text is made of.
	Groups []uint8
	// Seps are the separators between them, each once: some of " -./" and
	// "\n" for a line break.
	Seps string
	// Before and After are what stands around Text, at most nearby bytes of
	// it on each side. After is empty for addresses, literals and anchors,
	// whose Text goes on as far as it was read.
	Before, After []byte
	// Label is the length of the literal or anchor that Text begins with.
	Label int
	// Value is what is told apart and counted, if not the hit's text.
	Value []byte
	// Now is when the message is inspected.
	Now time.Time
	// end is how much text an address, literal or anchor takes.
	end int
}

// nearby is the most bytes that a candidate sees before and after itself: as far
// as context words count.
const nearby = contextBefore

// grouped reports whether the tokens have just these lengths.
func (c *candidate) grouped(lengths ...uint8) bool {
	return string(c.Groups) == string(lengths)
}

// plain reports whether the candidate was written without separators.
func (c *candidate) plain() bool { return len(c.Groups) == 1 }

// grade is what a candidate is worth by itself. score.go turns it into a
// confidence with the words around it.
type grade uint8

const (
	// reject: not what the detector looks for.
	reject grade = iota
	// hinted is reported only with context, and then medium.
	hinted
	// claimed is reported only with context, and then high.
	claimed
	// named is a word: low, or medium with context.
	named
	// bare passes a check that more than 1 % of random candidates pass, and
	// its form says nothing.
	bare
	// formed is the same written in a form that says something.
	formed
	// proven can hardly be anything else.
	proven
)

// words joins lists of words in several languages. Each list starts with its
// language, "de: Kreditkarte, Kartennummer": the language is for the reader
// only.
func words(lists ...string) []string {
	var all []string
	for _, list := range lists {
		_, terms, _ := strings.Cut(list, ":")
		for term := range strings.SplitSeq(terms, ",") {
			all = append(all, strings.TrimSpace(term))
		}
	}
	return all
}

// dots is the mask of everything that isn't a payment card.
func dots([]byte) string { return "•••" }

// isDate reports whether y-m-d is a day of the calendar, not after now and
// not more than 130 years before it.
func isDate(y, m, d int, now time.Time) bool {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t.Year() == y && int(t.Month()) == m && t.Day() == d &&
		!t.After(now) && y >= now.Year()-130
}

// number reads decimal digits; the shape has made sure that they are digits.
func number(text []byte) int {
	n := 0
	for _, b := range text {
		n = n*10 + int(b-'0')
	}
	return n
}

// sameDigit reports whether all characters are the same, as in 0000000000000.
func sameDigit(text []byte) bool {
	for _, b := range text {
		if b != text[0] {
			return false
		}
	}
	return true
}
