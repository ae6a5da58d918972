package detect

// patternReach is how far before and behind a literal a pattern's match may
// go, and maxMatches how many matches of one pattern a window may have.
const (
	patternReach = 256
	maxMatches   = 10_000
)

// pattern tries a regular expression on the whole window.
func (s *Scanner) pattern(p pattern) {
	for _, at := range p.expr.FindAllSubmatchIndex(s.marks.text, maxMatches) {
		s.matched(p.detector, 0, at)
	}
}

// nearLiteral tries a detector's regular expression around a literal.
func (s *Scanner) nearLiteral(owner, at, n int) {
	text := s.marks.text
	low, high := max(0, at-patternReach), min(len(text), at+n+patternReach)
	for low > 0 && classes[text[low-1]] != 0 { // not within a word, or \b would lie
		low--
	}
	high = tokenEnd(text, high)
	for _, found := range s.engine.detectors[owner].Pattern.FindAllSubmatchIndex(text[low:high], maxMatches) {
		if low+found[0] <= at && low+found[1] >= at+n {
			s.matched(owner, low, found)
		}
	}
}

// matched hands what a regular expression matched to its detector: its first
// group if it has one. at are the places of match and groups behind low.
func (s *Scanner) matched(owner, low int, at []int) {
	start, end := low+at[0], low+at[1]
	if start < s.from || start >= s.to || start == end {
		return
	}
	text := s.marks.text[start:end]
	if len(at) > 2 && at[2] >= 0 {
		text = s.marks.text[low+at[2] : low+at[3]]
	}
	c := &s.candidate
	*c = candidate{Text: text, Now: s.now, end: len(text)}
	g := s.engine.detectors[owner].Check(c)
	if g == reject {
		return
	}
	s.key = s.key[:0]
	for _, b := range text {
		if classes[b] != 0 {
			s.key = append(s.key, lower[b])
		}
	}
	s.add(owner, g, start, end, s.key)
}
