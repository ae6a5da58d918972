package detect

import "bytes"

// scan is one pass over the window of text that is marked. Hits begin in
// text[s.from:s.to].
func (s *Scanner) scan() {
	e := s.engine
	s.numbers()
	s.addresses()
	// A pattern may match before the literal that gives it away.
	e.literals.each(&s.marks, s.from, s.to+patternReach, s.foundLiteral)
	for _, p := range e.patterns {
		s.pattern(p)
	}
	s.words()
	if len(e.tables) > 0 {
		if len(s.searches) == 0 {
			s.beginTables()
		}
		s.search()
	}
}

// word notes a word of the detectors.
func (s *Scanner) word(p *phrase, start, end int) {
	if p.weighs {
		s.noteNear(p, start, end)
	}
	if !p.finds || start < s.from || start >= s.to {
		return
	}
	s.key = append(s.key[:0], p.key...)
	p.hits.each(func(i int) {
		s.add(i, s.engine.detectors[i].TermGrade, start, end, s.key)
	})
	p.anchors.each(func(i int) { s.onward(i, start, end-start) })
}

// literal hands the text from a literal on to its detector.
func (s *Scanner) literal(owner, at, n int) {
	if s.engine.detectors[owner].Pattern != nil {
		s.nearLiteral(owner, at, n)
		return
	}
	s.onward(owner, at, n)
}

// onward hands the text from a literal or anchor of n bytes on to its detector.
func (s *Scanner) onward(owner, at, n int) {
	text, c := s.marks.text, &s.candidate
	*c = candidate{Text: capped(text, at, at+ahead), Before: capped(text, at-nearby, at), Label: n, Now: s.now, end: n}
	g := s.engine.checks[owner](c)
	if g == reject {
		return
	}
	value := c.Value
	if value == nil {
		value = c.Text[:c.end]
	}
	s.add(owner, g, at, at+c.end, value)
}

// capped is text from a place to another, as far as there is any. A detector
// that appends to it gets a copy: the window is the scanner's.
func capped(text []byte, from, to int) []byte {
	from, to = max(0, from), min(len(text), to)
	return text[from:to:to]
}

// addressPart is the most bytes on each side of an "@".
const addressPart = 255

// addresses hands what is around each "@" to the detectors that want it.
func (s *Scanner) addresses() {
	if len(s.engine.byAt) == 0 {
		return
	}
	text := s.marks.text
	// An address that begins before s.to may have its "@" behind it.
	for at := s.from; at < min(len(text), s.to+addressPart); at++ {
		i := bytes.IndexByte(text[at:], '@')
		if i < 0 {
			return
		}
		at += i
		s.address(at)
	}
}

func (s *Scanner) address(at int) {
	text := s.marks.text
	start := at
	for start > 0 && at-start < addressPart && inAddress(text[start-1]) {
		start--
	}
	if start < s.from || start >= s.to {
		return
	}
	end := at + 1
	for end < len(text) && end-at < addressPart && inAddress(text[end]) {
		end++
	}
	for _, i := range s.engine.byAt {
		c := &s.candidate
		*c = candidate{Text: capped(text, start, end), Now: s.now, end: end - start}
		if g := s.engine.detectors[i].Check(c); g != reject {
			s.key = append(s.key[:0], text[start:start+c.end]...)
			for j, b := range s.key {
				s.key[j] = lower[b]
			}
			s.add(i, g, start, start+c.end, s.key)
		}
	}
}

func inAddress(b byte) bool {
	return classes[b] != 0 || b == '.' || b == '-' || b == '+' || b == '\'' || b == '='
}
