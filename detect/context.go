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

// nearWord is a context word of the window.
type nearWord struct {
	start, end int
	phrase     *phrase
}

// words looks up all words of the window: those that are hits or lead to some,
// and those that speak for or against hits near them.
func (s *Scanner) words() {
	s.near = s.near[:0]
	if len(s.engine.words.phrases) == 0 {
		return
	}
	s.engine.words.each(&s.marks, s.foundWord)
	s.names()
	if !slices.IsSortedFunc(s.near, byPlace) {
		slices.SortStableFunc(s.near, byPlace)
	}
}

func byPlace(a, b nearWord) int { return a.start - b.start }

func (s *Scanner) noteNear(p *phrase, start, end int) {
	s.near = append(s.near, nearWord{start, end, p})
}

// names looks at the parts of names that programs use: "card_number",
// "cardNumber".
func (s *Scanner) names() {
	m, done := &s.marks, 0
	for b := range len(m.odd) - 1 {
		// A capital or an underscore that doesn't begin its word.
		for inner := m.odd[b] & m.word[b] &^ m.starts(b); inner != 0; inner &= inner - 1 {
			at := b<<6 + bits.TrailingZeros64(inner)
			if at < done {
				continue
			}
			start := at - 1
			for start > 0 && classes[m.text[start-1]] != 0 {
				start--
			}
			done = m.end(at)
			if done-start > 4 && done-start < maxWord && s.parts.split(m.text[start:done]) {
				s.engine.words.each(&s.parts.marks, func(p *phrase, _, _ int) {
					if p.weighs {
						s.noteNear(p, start, done)
					}
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
	p.marks.set(p.room[:n], p.room[:])
}
