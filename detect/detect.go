// Package detect finds in text what policies are about: identifiers, health
// data, secrets. It says which detector saw something, how sure it is and how
// many different values there were, and never the value itself.
//
// All detectors look at all text at once: one pass finds the tokens of a
// window of text, numbers and codes are handed to the detectors of their
// shape, and the words around a hit (in every language at once) say how sure
// it is. A new detector is one file and one line in catalogue.go.
//
// Text comes as UTF-8 in pieces of any size; memory is one window and the
// hashes of the values, whatever the text's length. Cells of a table are
// divided by tabs and its rows by line ends; the first row heads its columns.
//
// This package imports nothing else of Sealpost.
package detect

import "sort"

// Confidence in a hit.
const (
	Low    = "low"
	Medium = "medium"
	High   = "high"
)

// Categories of detectors.
const (
	Personal  = "personal"
	Financial = "financial"
	Health    = "health"
	Secret    = "secret"
	Contact   = "contact"
	Own       = "own" // the organisation's own keywords, labels and data
)

// Hit is what one detector saw in one text with one confidence. A value that
// was seen more than once counts once, with the best confidence that it had;
// so the counts of a detector's hits in a text add up.
type Hit struct {
	Detector   string
	Category   string
	Confidence string
	Count      int    // unique values
	Masked     string // a sample that gives nothing away
}

// Info describes one detector, for people and for the check of policies.
type Info struct {
	ID       string
	Category string
	Doc      string // one line
	Source   string // the document that the rule comes from
}

// Options of an Engine. The zero value is usable.
type Options struct {
	// Keywords are the organisation's own words and phrases, found as
	// whole words without regard to case or accents (detector "keyword").
	Keywords []string
}

// New arranges all detectors. The error names an option that can't be used.
func New(opts Options) (*Engine, error) { return newEngine(catalogue(opts.Keywords)) }

// Detectors lists every detector, sorted by ID.
func Detectors() []Info {
	var all []Info
	for _, d := range catalogue(nil) {
		all = append(all, Info{ID: d.ID, Category: d.Category, Doc: d.Doc, Source: d.Source})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}
