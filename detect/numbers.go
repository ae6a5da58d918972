package detect

import "math/bits"

// leadLetters is how long a token without digits may be that belongs to a
// number ("DE 89", "RSSMRA 85T10"), and leadTokens how many of them may begin
// one.
const (
	leadLetters = 6
	leadTokens  = 2
)

// runTokens is the most tokens that a number may be written in.
const runTokens = 20

// numbers tries every token that holds a digit.
func (s *Scanner) numbers() {
	// A run begins with the letters right before its first digits.
	m, next, to := &s.marks, s.from, min(len(s.marks.text), s.to+leadTokens*(leadLetters+3))
	for b := next >> 6; b<<6 < to; b++ {
		digits := m.digit[b]
		if digits == 0 {
			continue
		}
		for {
			if next > b<<6 {
				if next >= b<<6+64 {
					break
				}
				digits &= ^uint64(0) << (next & 63)
			}
			if digits == 0 {
				break
			}
			i := b<<6 + bits.TrailingZeros64(digits)
			start, wide := i, m.wide
			for start > 0 && classes[wide[start-1]] != 0 {
				start--
			}
			for next = i + 1; classes[wide[next]] != 0; next++ {
			}
			s.number(start, next)
			next++ // what ends a token isn't a digit
		}
	}
}

// number tries every run of tokens that begins with the token from start to
// end, which holds a digit, or with the letters right before it.
func (s *Scanner) number(start, end int) {
	text, a := s.marks.wide, s.engine.shapes
	if end-start >= minLong {
		s.longToken(start, end)
	}
	if end-start > maxShape || end-start == 1 && amongSingles(text, start) {
		return
	}
	lead := start
	for range leadTokens {
		gap := separatorBefore(text, lead)
		if gap == 0 {
			break
		}
		before := lead - gap
		from := before
		for from > 0 && before-from <= leadLetters && classes[text[from-1]] == isLetter {
			from--
		}
		if from == before || before-from > leadLetters || from > 0 && classes[text[from-1]] != 0 {
			break
		}
		lead = from
		s.runs(lead)
	}
	// Most numbers are too short, and nothing follows that may belong to them.
	state := a.after(1, text[start])
	for i := start + 1; i < end && state != 0; i++ {
		state = a.after(state, text[i])
	}
	if state == 0 {
		return
	}
	gap := separator(text, end)
	if len(a.fits[state]) > 0 || gap > 0 && a.after(state, text[end+gap]) != 0 {
		s.runs(start)
	}
}

// amongSingles reports whether the single character at start stands after
// another: in "4 5 3 9 …" only the run from the first one is tried, or such a
// text would take twenty times as long.
func amongSingles(text []byte, start int) bool {
	return start > 1 && separatorBefore(text, start) == 1 &&
		classes[text[start-2]] == isDigit && (start == 2 || classes[text[start-3]] == 0)
}

// runs tries the run of tokens from start, one token longer each time, with
// the detectors of its shape.
func (s *Scanner) runs(start int) {
	if start < s.from || start >= s.to {
		return
	}
	a, r, text, wide := s.engine.shapes, &s.run, s.marks.text, s.marks.wide
	r.begin(start)
	state, digits := uint16(1), 0
	for at := start; ; {
		end, before := at, digits
		for ; ; end++ {
			symbol := symbolOf[wide[end]]
			if symbol == 0 {
				break
			}
			if state = a.next[int(state)*symbols+int(symbol)]; state == 0 {
				return
			}
			if symbol == digitSymbol {
				digits++
			}
		}
		r.groups = append(r.groups, uint8(end-at))
		if len(r.groups) > 1 && end-at > leadLetters && digits == before {
			return
		}
		if fits := a.fits[state]; len(fits) > 0 && digits > 0 {
			r.fill(text, end)
			s.try(fits, start, end)
		}
		gap := separator(text, end)
		if gap == 0 || classes[wide[end+gap]] == 0 || len(r.groups) == runTokens || !r.separate(text[end+gap-1]) {
			return
		}
		at = end + gap
	}
}

// try hands the present run to the detectors of its shape.
func (s *Scanner) try(fits []uint16, start, end int) {
	r, text := &s.run, s.marks.text
	if !r.letters && glued(text, start, end) {
		return
	}
	c := &s.candidate
	c.Seps, c.Now, c.Value, c.Label, c.end = r.seps(), s.now, nil, 0, 0
	c.Before, c.After = capped(text, start-nearby, start), capped(text, end, end+nearby)
	for _, i := range fits {
		if n := s.engine.groups[i]; n != 0 && int(n) != len(r.groups) {
			continue
		}
		c.Text, c.Groups = r.text, r.groups
		g := s.engine.checks[i](c)
		if len(r.groups) == 1 {
			s.tally[i].note(g)
		}
		if g != reject {
			s.addRun(int(i), g, start, end, r.text, inSeries(text, start, end, r))
		}
	}
}

// glued reports whether a number belongs to something else: a telephone
// number with its "+", an address, a percentage.
func glued(text []byte, start, end int) bool {
	if start > 0 && (text[start-1] == '+' || text[start-1] == '@') {
		return true
	}
	return end < len(text) && (text[end] == '@' || text[end] == '%')
}

// inSeries reports whether a run looks cut out of a longer one: joined to a
// further token by a hyphen, dot or slash, or by a blank to one of the same
// length as its own groups.
func inSeries(text []byte, start, end int, r *run) bool {
	if gap := separatorBefore(text, start); gap == 1 && start > 1 && classes[text[start-2]] != 0 {
		from := start - 1
		for from > 0 && start-1-from <= maxShape && classes[text[from-1]] != 0 {
			from--
		}
		if continues(text[start-1], text[from:start-1], int(r.groups[0]), r) {
			return true
		}
	}
	if gap := separator(text, end); gap == 1 && end+1 < len(text) && classes[text[end+1]] != 0 {
		return continues(text[end], text[end+1:tokenEnd(text, end+1)], int(r.groups[len(r.groups)-1]), r)
	}
	return false
}

func continues(sep byte, neighbour []byte, group int, r *run) bool {
	switch sep {
	case ' ', '\t':
		return len(r.groups) > 1 && len(neighbour) == group && !letters(neighbour)
	case '\n':
		return false
	}
	return len(r.groups) == 1 || r.has(sep)
}
