// Package detect finds in text what policies are about: identifiers, health
// data, secrets. It says which detector saw something, how sure it is and how
// many different values there were, and never the value itself.
//
// All detectors look at all text at once, window by window: a bit for each
// digit leads to the numbers, which an automaton of all shapes hands to the
// few detectors whose candidates look so; one dictionary of all terms looks at
// each word. Words that speak for a hit or against it count near it, in every
// language at once, and in the heading of its column. A
// new detector is one file and one line in catalogue.go; operators make theirs
// in a file (Definition), or give a table of their own data (Table).
//
// Text comes as UTF-8 in pieces of any size; memory is one window and the
// hashes of the values, whatever the text's length. Cells of a table are
// divided by tabs and its rows by line ends, and its first rows head its
// columns; in plain text semicolons, commas and pipes do too. What is written
// with escapes of URLs or HTML or in base64 is decoded once and looked through
// as well.
//
// This package imports nothing else of Sealpost.
package detect

import (
	"fmt"
	"slices"
	"strings"
)

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
	Table      string // of "exact-data": the table's name; else ""
}

// Info describes one detector, for people and for the check of policies.
type Info struct {
	ID       string
	Category string
	Doc      string // one line
	Source   string // the document that the rule comes from
	// Pattern is what its candidates look like, as a regular expression in
	// RE2 syntax; the detector's own rule is stricter. "" for words.
	Pattern string
	// Terms is how many words and phrases are hits by themselves.
	Terms int
}

// Options of an Engine. The zero value is usable.
type Options struct {
	// Keywords are the organisation's own words and phrases, found as
	// whole words without regard to case or accents (detector "keyword").
	Keywords []string
	// Definitions are detectors that operators made (ReadDefinitions).
	Definitions []Definition
	// Tables are the organisation's own data (package exact).
	Tables []Table
	// Only are the IDs of the detectors to use, beside Tables; empty means
	// all.
	Only []string
}

// New arranges all detectors. The error names an option that can't be used.
func New(opts Options) (*Engine, error) {
	all := catalogue(opts.Keywords)
	for _, d := range opts.Definitions {
		if slices.ContainsFunc(all, func(e detector) bool { return e.ID == d.made.ID }) {
			return nil, fmt.Errorf("there are two detectors %q", d.made.ID)
		}
		all = append(all, d.made)
	}
	for _, id := range opts.Only {
		if !slices.ContainsFunc(all, func(d detector) bool { return d.ID == id }) {
			return nil, fmt.Errorf("there is no detector %q", id)
		}
	}
	if len(opts.Only) > 0 {
		all = slices.DeleteFunc(all, func(d detector) bool { return !slices.Contains(opts.Only, d.ID) })
	}
	return newEngine(all, opts.Tables...)
}

// Detectors lists every detector that is built in, sorted by ID.
func Detectors() []Info { return describe(catalogue(nil)) }

// Detectors lists the engine's detectors, sorted by ID.
func (e *Engine) Detectors() []Info { return describe(e.detectors) }

func describe(detectors []detector) []Info {
	var all []Info
	for i := range detectors {
		all = append(all, detectors[i].info())
	}
	slices.SortFunc(all, func(a, b Info) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func (d *detector) info() Info {
	return Info{ID: d.ID, Category: d.Category, Doc: d.Doc, Source: d.Source, Pattern: d.expression(), Terms: len(d.Terms)}
}
