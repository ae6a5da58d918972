package detect

import (
	"bytes"
	"fmt"
)

// maxShape is the most characters that a shape may have.
const maxShape = 34

// Engine is the detectors, arranged for one pass over a text. It never
// changes once it is made.
type Engine struct {
	detectors []detector
	words     *dictionary
	// shapes are those that a run of a length may have.
	shapes [maxShape + 1][]form
	// leads says with how many letters in a token of their own a run may begin.
	leads    [leadLetters + 1]bool
	byAt     []int // detectors that want what is around an "@"
	literals []literal
}

// form is a shape of one length, ready to compare: a run fits if its letters,
// under care, stand where want has a bit.
type form struct {
	detector   int
	care, want uint64
}

type literal struct {
	text     []byte
	detector int
}

func newEngine(detectors []detector) (*Engine, error) {
	e := &Engine{detectors: detectors, words: newDictionary()}
	for i, d := range detectors {
		for _, s := range d.Shapes {
			if s.Min < len(s.Lead) || s.Min < 1 || s.Max < s.Min || s.Max > maxShape {
				return nil, fmt.Errorf("detector %s: a shape of %d to %d characters", d.ID, s.Min, s.Max)
			}
			for n := s.Min; n <= s.Max; n++ {
				e.shapes[n] = append(e.shapes[n], s.form(i, n))
			}
			for n := 1; n <= min(leadLetters, s.Min); n++ {
				e.leads[n] = e.leads[n] || s.beginsWith(n)
			}
		}
		if d.Address {
			e.byAt = append(e.byAt, i)
		}
		for _, l := range d.Literals {
			e.literals = append(e.literals, literal{[]byte(l), i})
		}
		if err := e.addWords(i, &d); err != nil {
			return nil, fmt.Errorf("detector %s: %w", d.ID, err)
		}
	}
	return e, nil
}

func (e *Engine) addWords(i int, d *detector) error {
	for kind, terms := range map[roleKind][]string{supports: d.Context, opposes: d.Against, isHit: d.Terms} {
		for _, term := range terms {
			if err := e.words.add(term, role{uint16(i), kind}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s shape) form(detector, length int) form {
	f := form{detector: detector}
	for i := range length {
		b := s.Rest
		if i < len(s.Lead) {
			b = s.Lead[i]
		}
		if b != 'X' {
			f.care |= 1 << i
		}
		if b == 'A' {
			f.want |= 1 << i
		}
	}
	return f
}

// beginsWith reports whether the first n characters may all be letters.
func (s shape) beginsWith(n int) bool {
	f := s.form(0, n)
	return f.care == f.want
}

// scan is one pass over one window of text.
func (s *Scanner) scan(text []byte) {
	words := s.engine.words
	for i := 0; i < len(text); {
		if classes[text[i]] == 0 {
			if text[i] == '@' {
				s.address(text, i)
			}
			i++
			continue
		}
		start, seen := i, uint8(0)
		for i < len(text) {
			class := classes[text[i]]
			if class == 0 {
				break
			}
			seen |= class
			i++
		}
		if seen&isDigit != 0 {
			s.numbers(text, start, i, seen)
		}
		if seen != isDigit && words.maybe(text, start, i, seen) {
			s.word(text, start, i)
		}
	}
	for _, l := range s.engine.literals {
		s.literal(text, l)
	}
}

// word notes the dictionary entries that begin with a word.
func (s *Scanner) word(text []byte, start, end int) {
	s.engine.words.match(text, start, end, func(end int, roles []role) {
		for _, r := range roles {
			if r.kind != isHit {
				s.near = append(s.near, nearWord{start, end, r})
				continue
			}
			s.add(int(r.detector), s.engine.detectors[r.detector].TermGrade, start, end, s.foldedKey(text[start:end]))
		}
	})
}

// foldedKey is a form of a word that is the same however it is written.
func (s *Scanner) foldedKey(text []byte) []byte {
	s.key = s.key[:0]
	for i := 0; i < len(text); {
		if classes[text[i]] == 0 {
			i++
			continue
		}
		end := tokenEnd(text, i)
		h := s.engine.words.hash(text[i:end])
		for range 8 {
			s.key = append(s.key, byte(h))
			h >>= 8
		}
		i = end
	}
	return s.key
}

// leadLetters is how long a token without digits may be that belongs to a
// number ("DE 89", "RSSMRA 85T10"), and leadTokens how many of them may begin
// one.
const (
	leadLetters = 6
	leadTokens  = 2
)

// numbers tries every run of tokens that begins with the token from start to
// end, which holds a digit, or with the letters right before it.
func (s *Scanner) numbers(text []byte, start, end int, seen uint8) {
	if seen&isForeign != 0 || end-start > maxShape || amongSingles(text, start, end) {
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
		for from > 0 && before-from <= leadLetters && classes[text[from-1]] != 0 {
			from--
		}
		if before-from > leadLetters || !letters(text[from:before]) {
			break
		}
		if lead = from; s.engine.leads[before-from] {
			s.runs(text, lead)
		}
	}
	s.runs(text, start)
}

// amongSingles reports whether a token is a single character after another:
// in "4 5 3 9 …" only the run from the first one is tried, or such a text
// would take twenty times as long.
func amongSingles(text []byte, start, end int) bool {
	return end-start == 1 && start > 1 && separatorBefore(text, start) == 1 &&
		classes[text[start-2]] == isDigit && (start == 2 || classes[text[start-3]] == 0)
}

// runTokens is the most tokens that a number may be written in.
const runTokens = 20

// runs tries the run of tokens from start, one token longer each time, with
// the detectors of its shape.
func (s *Scanner) runs(text []byte, start int) {
	if start < s.from || start >= s.to {
		return
	}
	r := &s.run
	r.reset()
	for at := start; ; {
		end := tokenEnd(text, at)
		if len(r.text)+end-at > maxShape || !mixed(text[at:end]) {
			return
		}
		if r.append(text[at:end]); len(r.groups) > 1 && end-at > leadLetters && letters(text[at:end]) {
			return
		}
		s.try(text, start, end)
		gap := separator(text, end)
		if gap == 0 || end+gap >= len(text) || classes[text[end+gap]] == 0 || len(r.groups) == runTokens || !r.separate(text[end+gap-1]) {
			return
		}
		at = end + gap
	}
}

// try hands the present run to every detector of its shape.
func (s *Scanner) try(text []byte, start, end int) {
	r := &s.run
	for _, f := range s.engine.shapes[len(r.text)] {
		if r.letters&f.care != f.want {
			continue
		}
		if r.letters == 0 && glued(text, start, end) {
			continue
		}
		d := &s.engine.detectors[f.detector]
		c := &s.candidate
		*c = candidate{Text: r.text, Groups: r.groups, Seps: r.seps(), Now: s.now}
		g := d.Check(c)
		if c.plain() {
			s.tally[f.detector].note(g)
		}
		if g != reject {
			s.addRun(f.detector, g, start, end, r.text, inSeries(text, start, end, r))
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

// literal finds a literal and what follows it.
func (s *Scanner) literal(text []byte, l literal) {
	for at := s.from; at < s.to; {
		i := bytes.Index(text[at:], l.text)
		if i < 0 || at+i >= s.to {
			return
		}
		at += i
		c := &s.candidate
		*c = candidate{Text: text[at:min(len(text), at+ahead)], Now: s.now, end: len(l.text)}
		if g := s.engine.detectors[l.detector].Check(c); g != reject {
			s.add(l.detector, g, at, at+c.end, c.Text[:c.end])
		}
		at += len(l.text)
	}
}

// addressPart is the most bytes on each side of an "@".
const addressPart = 255

// address hands what is around an "@" to the detectors that want it.
func (s *Scanner) address(text []byte, at int) {
	start := at
	for start > 0 && at-start < addressPart && inAddress(text[start-1]) {
		start--
	}
	end := at + 1
	for end < len(text) && end-at < addressPart && inAddress(text[end]) {
		end++
	}
	if start < s.from || start >= s.to {
		return
	}
	for _, i := range s.engine.byAt {
		c := &s.candidate
		*c = candidate{Text: text[start:end], Now: s.now, end: end - start}
		if g := s.engine.detectors[i].Check(c); g != reject {
			s.add(i, g, start, start+c.end, bytes.ToLower(c.Text[:c.end]))
		}
	}
}

func inAddress(b byte) bool {
	return classes[b] != 0 || b == '.' || b == '-' || b == '+' || b == '\'' || b == '='
}
