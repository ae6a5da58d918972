package detect

import "sort"

// level is a confidence as it is counted within one text.
type level uint8

const (
	levelNone level = iota
	levelLow
	// levelBare is decided at the end of the text: medium, unless the text
	// has candidates of the same shape that fail the check. A column of
	// order numbers, some of which pass by chance, is not a list of cards.
	levelBare
	levelMedium
	levelHigh
)

// confidenceTable is the level of a hit by its grade and the words around it:
// a context word, none, or a negative one.
var confidenceTable = [...]struct{ with, without, against level }{
	hinted:  {levelMedium, levelNone, levelNone},
	claimed: {levelHigh, levelNone, levelNone},
	named:   {levelMedium, levelLow, levelLow},
	bare:    {levelHigh, levelBare, levelLow},
	formed:  {levelHigh, levelMedium, levelLow},
	proven:  {levelHigh, levelHigh, levelMedium},
}

// surrounding is what stands around a hit: how far the nearest context word
// and the nearest negative one are (far where there is none), and which they
// are.
type surrounding struct {
	support, against         int
	supportWord, againstWord *phrase
	// heading says that they stand in the heading of the hit's column, or
	// in the cell that names its row.
	heading bool
}

// judge turns the hits of the window into sightings.
func (s *Scanner) judge() {
	if len(s.hits) == 0 {
		return
	}
	s.table.begin()
	for i := range s.hits {
		h := &s.hits[i]
		a := surrounding{support: far, against: far}
		if s.engine.weighs.has(h.detector) {
			a = s.around(h)
		}
		l := h.level(a.support, a.against)
		if l != levelNone {
			s.seen[h.detector].add(h.value, l, s.engine.detectors[h.detector].Mask, s.marks.text[h.start:h.end])
		}
		if s.explains {
			s.note(h, l, a)
		}
	}
}

// level weighs a hit. Where both kinds of words stand near it the nearer one
// counts, but a context word further away still makes it medium, unless the
// hit is nothing without one.
func (h *hit) level(support, against int) level {
	c := confidenceTable[h.grade]
	switch {
	case support < against && support <= contextBefore:
		return c.with
	case support <= contextBefore && h.grade != hinted:
		return min(c.with, levelMedium)
	case against <= contextBefore:
		return c.against
	case h.series && h.grade != proven:
		return min(c.without, levelLow)
	}
	return c.without
}

// around says what stands around a hit. The heading of its column decides,
// where it has one that says anything.
func (s *Scanner) around(h *hit) surrounding {
	a := surrounding{support: far, against: far}
	aside, ok := s.heading(h, &a)
	if ok {
		return a
	}
	first := sort.Search(len(s.near), func(i int) bool { return s.near[i].start >= h.start-contextBefore })
	for i := range s.near[first:] {
		w := &s.near[first+i]
		if w.start > h.end+contextAfter {
			break
		}
		if w.start >= aside.start && w.start < aside.end {
			continue // it heads another column
		}
		supports, opposes := w.phrase.supports.has(h.detector), w.phrase.opposes.has(h.detector)
		if !supports && !opposes {
			continue
		}
		distance := 0
		if w.end <= h.start {
			distance = h.start - w.end
		} else if w.start >= h.end {
			// What follows counts as further away than what precedes.
			distance = (w.start - h.end) * contextBefore / contextAfter
		}
		if supports && distance < a.support {
			a.support, a.supportWord = distance, w.phrase
		}
		if opposes && distance < a.against {
			a.against, a.againstWord = distance, w.phrase
		}
	}
	return a
}
