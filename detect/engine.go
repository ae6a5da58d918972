package detect

import (
	"fmt"
	"regexp"
)

// Engine is the detectors, arranged for one pass over a text. It never
// changes once it is made.
type Engine struct {
	detectors  []detector
	checks     []func(*candidate) grade // the detectors', side by side
	groups     []uint8                  // theirs too
	shapes     *automaton
	byAt       []int // detectors that want what is around an "@"
	literals   literals
	patterns   []pattern
	words      *dictionary // that are hits, lead to some, or speak for or against some
	weighs     set         // detectors with context words
	tables     []Table
	firstTable int // the detector of the first table; those of the others follow
}

// pattern is a regular expression that is tried on a whole window, since no
// literal says where.
type pattern struct {
	expr     *regexp.Regexp
	detector int
}

func newEngine(detectors []detector, tables ...Table) (*Engine, error) {
	firstTable := len(detectors)
	for _, t := range tables {
		detectors = append(detectors, exactData(t))
	}
	e := &Engine{detectors: detectors, weighs: make(set, (len(detectors)+63)/64), tables: tables, firstTable: firstTable}
	var shapes []shapeOf
	words := newGlossary(len(detectors))
	for i := range detectors {
		d := &detectors[i]
		e.checks, e.groups = append(e.checks, d.Check), append(e.groups, d.Groups)
		for _, s := range d.Shapes {
			if err := s.check(); err != nil {
				return nil, fmt.Errorf("detector %s: %w", d.ID, err)
			}
			shapes = append(shapes, newShapeOf(s, i))
		}
		if d.Address {
			e.byAt = append(e.byAt, i)
		}
		for _, l := range d.Literals {
			if err := e.literals.add(l, i); err != nil {
				return nil, fmt.Errorf("detector %s: %w", d.ID, err)
			}
		}
		if d.Pattern != nil && len(d.Literals) == 0 {
			e.patterns = append(e.patterns, pattern{d.Pattern, i})
		}
		if err := enter(words, i, d); err != nil {
			return nil, fmt.Errorf("detector %s: %w", d.ID, err)
		}
		if len(d.Context)+len(d.Against) > 0 {
			e.weighs.add(i)
		}
	}
	var err error
	if e.shapes, err = newAutomaton(shapes); err != nil {
		return nil, err
	}
	e.words = words.dictionary()
	return e, nil
}

// enter enters a detector's words.
func enter(words *glossary, i int, d *detector) error {
	for _, list := range []struct {
		kind  roleKind
		terms []string
	}{{isHit, d.Terms}, {isAnchor, d.Anchors}, {supports, d.Context}, {opposes, d.Against}} {
		for _, term := range list.terms {
			if err := words.add(term, role{i, list.kind}); err != nil {
				return err
			}
		}
	}
	return nil
}
