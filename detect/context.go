package detect

import (
	"math/bits"
	"slices"
)

// How far a context word may be from a hit, in bytes of normalised text.
// Labels stand before what they name more often than after it.
const (
	contextBefore = 160
	contextAfter  = 80
)

// far is a distance beyond all that count.
const far = contextBefore + 1

// span is a piece of the window, from start to before end.
type span struct{ start, end int }

// nearWord is a context word near hits.
type nearWord struct {
	start, end int
	phrase     *phrase
}

// surroundings looks for context words around the hits that want them: most
// of a text is far from any.
func (s *Scanner) surroundings() {
	s.near, s.spans = s.near[:0], s.spans[:0]
	for i := range s.hits {
		if h := &s.hits[i]; s.engine.weighs.has(h.detector) {
			s.spans = append(s.spans, span{h.start - contextBefore, h.end + contextAfter + 1})
		}
	}
	if len(s.spans) == 0 {
		return
	}
	byStart := func(a, b span) int { return a.start - b.start }
	if !slices.IsSortedFunc(s.spans, byStart) {
		slices.SortFunc(s.spans, byStart)
	}
	done := 0
	for _, p := range s.spans {
		lo, hi := max(p.start, done), min(p.end, len(s.marks.text))
		if lo < hi {
			s.engine.context.each(&s.marks, lo, hi, s.foundNear)
			s.nearNames(lo, hi)
			done = hi
		}
	}
	if !slices.IsSortedFunc(s.near, byPlace) {
		slices.SortStableFunc(s.near, byPlace)
	}
}

func byPlace(a, b nearWord) int { return a.start - b.start }

func (s *Scanner) noteNear(p *phrase, start, end int) {
	s.near = append(s.near, nearWord{start, end, p})
}

// nearNames looks at the parts of names that programs use: "card_number",
// "cardNumber".
func (s *Scanner) nearNames(lo, hi int) {
	m := &s.marks
	for b := lo >> 6; b <= (hi-1)>>6; b++ {
		for starts := m.starts(b); starts != 0; starts &= starts - 1 {
			start := b<<6 + bits.TrailingZeros64(starts)
			if start < lo || start >= hi {
				continue
			}
			if end := m.end(start); end-start > 4 && end-start < maxWord && s.parts.split(m.text[start:end]) {
				s.engine.context.each(&s.parts.marks, 0, len(s.parts.marks.text), func(p *phrase, _, _ int) {
					s.noteNear(p, start, end)
				})
			}
		}
	}
}

// parts is a name taken apart, "card Number".
type parts struct {
	marks marks
	room  [maxCell + padding]byte
}

// maxCell is the most bytes of a name or heading, taken apart, that are
// looked at.
const maxCell = 256

// split takes a text apart at underscores and where a capital follows a small
// letter. It reports false where there is nothing to take apart.
func (p *parts) split(text []byte) bool {
	if !compound(text) {
		return false
	}
	p.set(text)
	return true
}

// compound reports whether text is made of several names.
func compound(text []byte) bool {
	var last byte
	for _, b := range text {
		if b == '_' || b-'A' < 26 && last-'a' < 26 {
			return true
		}
		last = b
	}
	return false
}

// set takes a text apart, however it is made.
func (p *parts) set(text []byte) {
	n := 0
	var last byte
	for _, b := range text {
		if n+2 > maxCell {
			break
		}
		if b == '_' {
			b = ' '
		}
		if b-'A' < 26 && last-'a' < 26 {
			p.room[n] = ' '
			n++
		}
		p.room[n] = b
		n++
		last = b
	}
	p.marks.set(p.room[:n], p.room[:], false)
}
