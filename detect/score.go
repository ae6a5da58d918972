package detect

import "sort"

// How far a context word may be from a hit, in bytes of normalised text.
// Labels stand before what they name more often than after it.
const (
	contextBefore = 160
	contextAfter  = 80
)

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

// judge turns the hits of a window into sightings.
func (s *Scanner) judge(text []byte) {
	// A phrase begins no later than the words in it, so the words are in
	// order of their start.
	for i := range s.hits {
		h := &s.hits[i]
		support, against := s.around(h)
		if l := h.level(support, against); l != levelNone {
			s.seen[h.detector].add(h.value, l, s.engine.detectors[h.detector].Mask, text[h.start:h.end])
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

// around returns how far the nearest context word and the nearest negative
// one are from a hit; more than contextBefore where there is none.
func (s *Scanner) around(h *hit) (support, against int) {
	support, against = contextBefore+1, contextBefore+1
	first := sort.Search(len(s.near), func(i int) bool { return s.near[i].start >= h.start-contextBefore })
	for _, w := range s.near[first:] {
		if w.start > h.end+contextAfter {
			break
		}
		if int(w.role.detector) != h.detector {
			continue
		}
		distance := 0
		if w.end <= h.start {
			distance = h.start - w.end
		} else if w.start >= h.end {
			// What follows counts as further away than what precedes.
			distance = (w.start - h.end) * contextBefore / contextAfter
		}
		if w.role.kind == supports {
			support = min(support, distance)
		} else {
			against = min(against, distance)
		}
	}
	return support, against
}
