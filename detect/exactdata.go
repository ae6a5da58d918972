package detect

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Kind is how values of a column are written, and so how they are compared.
type Kind string

const (
	KindDigits Kind = "digits" // only its digits count: numbers of customers, telephones
	KindName   Kind = "name"   // up to three words, without regard to case, accents or order
	KindDate   Kind = "date"   // a day, in figures
	KindEmail  Kind = "email"  // without regard to case
	KindText   Kind = "text"   // up to four words, without regard to case or accents
	// KindIdentifier are letters and digits, without regard to case or what
	// divides them: AB-1234, ab 1234.
	KindIdentifier Kind = "identifier"
)

// Kinds are all kinds.
func Kinds() []Kind {
	return []Kind{KindDate, KindDigits, KindEmail, KindIdentifier, KindName, KindText}
}

// Limits of values in normal form.
const (
	minDigits  = 4
	maxDigits  = 24
	nameWords  = 3
	textWords  = 4
	maxAddress = 254

	minIdentifier    = 4
	maxIdentifier    = 34
	identifierTokens = 12
)

// Table is data of the organisation's own, rows of which are looked for in
// text (detector "exact-data"). It may be changed for a newer one at any time.
type Table interface {
	// Name says whose data it is; it stands in findings, and never changes.
	Name() string
	// Search begins a text.
	Search() Search
	// Hold returns the table as it is now, for all texts of a message;
	// release must be called when they have ended.
	Hold() (held Table, release func())
}

// Search is one text on its way past a table. It is for one goroutine.
type Search interface {
	// Wants reports whether a column has values of a kind.
	Wants(Kind) bool
	// Word reports whether a word, folded, may be part of a name or text of
	// the table.
	Word(word []byte) bool
	// See takes a value in its normal form, and the place where it stands, in
	// bytes; places go up, but for a few bytes. It reports the row that this
	// value, with others near it, makes certain. The value is valid until
	// See returns.
	See(kind Kind, value []byte, at int) (row uint64, found bool)
	// End ends the text.
	End()
}

// Normal returns the form in which values of a kind are compared; ok is false
// for what is no such value. In dates like 3/4/1980 the day comes first,
// unless monthFirst says otherwise.
func Normal(kind Kind, value string, monthFirst bool) (form string, ok bool) {
	if len(value) > windowSize/2 {
		return "", false
	}
	room := make([]byte, len(value)+padding)
	text, _ := normalise(room[:0], []byte(value), true)
	text = bytes.TrimSpace(text)
	v := values{wide: append(slices.Clone(text), make([]byte, padding)...), text: text, monthFirst: monthFirst, one: true}
	v.each([]Kind{kind}, 0, len(text), func(_ Kind, value []byte, start, end int) {
		if start == 0 && end == len(text) {
			form, ok = string(value), true
		}
	})
	if !ok && kind == KindDigits { // with letters and signs between
		digits := slices.DeleteFunc(slices.Clone(text), func(b byte) bool { return classes[b] != isDigit })
		if ok = len(digits) >= minDigits && len(digits) <= maxDigits; ok {
			form = string(digits)
		}
	}
	return form, ok
}

// exactData is the detector of a table.
func exactData(t Table) detector {
	return detector{
		ID:       "exact-data",
		Category: Own,
		Doc:      "rows of the organisation's own data, table " + t.Name(),
		Source:   "the operator's table",
		Mask:     func([]byte) string { return t.Name() }, // nothing of the value
	}
}

// tableOf is the name of the table whose detector this is, "" for others.
func (e *Engine) tableOf(detector int) string {
	if detector < e.firstTable {
		return ""
	}
	return e.tables[detector-e.firstTable].Name()
}

// Look has the next texts searched for these tables, the engine's own as they
// were when they were held, instead of as they are when each text begins. They
// must be in the engine's order; nil: the engine's.
func (s *Scanner) Look(held []Table) {
	if held == nil {
		held = s.engine.tables
	}
	s.tables = held
}

// search hands the values of the window to the tables.
func (s *Scanner) search() {
	for i, t := range s.searches {
		owner := s.engine.firstTable + i
		v := &s.values
		v.text, v.wide, v.known = s.marks.text, s.marks.wide, t.Word
		v.each(s.kinds[i], s.from, s.to, func(kind Kind, value []byte, start, end int) {
			if row, found := t.See(kind, value, s.base+start); found {
				s.key = append(s.key[:0], byte(row), byte(row>>8), byte(row>>16), byte(row>>24), byte(row>>32))
				s.add(owner, proven, start, end, s.key)
			}
		})
	}
}

// beginTables begins a text.
func (s *Scanner) beginTables() {
	s.endTables()
	for _, t := range s.tables {
		search := t.Search()
		s.searches = append(s.searches, search)
		s.kinds = append(s.kinds, slices.DeleteFunc(Kinds(), func(k Kind) bool { return !search.Wants(k) }))
	}
}

func (s *Scanner) endTables() {
	for _, t := range s.searches {
		t.End()
	}
	s.searches, s.kinds = s.searches[:0], s.kinds[:0]
}

// values finds what may be a table's values, in their normal form.
type values struct {
	text, wide []byte
	monthFirst bool
	one        bool // the text is one value
	// known reports whether a word may be part of a name or text; nil: all may.
	known  func([]byte) bool
	next   int // the next "@", as far as that is known
	key    []byte
	words  [textWords]span // in folded
	folded []byte
}

// each calls found for everything of these kinds that begins in text[lo:hi],
// in the order of its start.
func (v *values) each(kinds []Kind, lo, hi int, found func(kind Kind, value []byte, start, end int)) {
	name, text := slices.Contains(kinds, KindName), slices.Contains(kinds, KindText)
	v.next = -1
	for at := lo; at < hi; {
		if classes[v.wide[at]] == 0 {
			at++
			continue
		}
		end := tokenEnd(v.text, at)
		if at == lo && at > 0 && classes[v.wide[at-1]] != 0 {
			at = end // the rest of a word
			continue
		}
		for _, kind := range kinds {
			switch kind {
			case KindDigits:
				v.digits(at, end, found)
			case KindDate:
				v.date(at, end, found)
			case KindEmail:
				v.email(at, found)
			case KindIdentifier:
				v.identifier(at, end, found)
			}
		}
		if name || text {
			v.phrases(name, text, at, end, found)
		}
		at = end
	}
}

// digits are the digits of a token, and of it with those that follow.
func (v *values) digits(start, end int, found func(Kind, []byte, int, int)) {
	v.key = v.key[:0]
	for at := start; ; {
		before := len(v.key)
		for _, b := range v.text[at:end] {
			if classes[b] == isDigit {
				v.key = append(v.key, b)
			}
		}
		mixed := len(v.key)-before != end-at
		if len(v.key) > maxDigits || len(v.key) == before || mixed && at != start {
			return
		}
		if len(v.key) >= minDigits {
			found(KindDigits, v.key, start, end)
		}
		at = end
		for at-end < phraseGap && (separator(v.text, at) > 0 || v.wide[at] == '(' || v.wide[at] == ')') {
			at++
		}
		if at == end || classes[v.wide[at]] != isDigit {
			return
		}
		end = tokenEnd(v.text, at)
	}
}

// identifier is a token of letters and digits, and it with those that follow.
// Only the first and one other may be without a digit, so that ordinary words
// end it.
func (v *values) identifier(start, end int, found func(Kind, []byte, int, int)) {
	v.key = v.key[:0]
	digits, words := false, 0
	for n, at := 0, start; n < identifierTokens; n++ {
		here := false
		for _, b := range v.text[at:end] {
			switch classes[b] {
			case isDigit:
				here = true
			case isLetter:
			default:
				return
			}
			if v.key = append(v.key, lower[b]); len(v.key) > maxIdentifier {
				return
			}
		}
		if digits = digits || here; !here {
			words++
		}
		if words > 2 {
			return
		}
		if digits && len(v.key) >= minIdentifier {
			found(KindIdentifier, v.key, start, end)
		}
		gap := separator(v.text, end)
		if at = end + gap; gap == 0 || at >= len(v.text) || classes[v.text[at]] == 0 {
			return
		}
		end = tokenEnd(v.text, at)
	}
}

// date is a day in figures: y-m-d, d.m.y, d/m/y or m/d/y, or eight digits.
func (v *values) date(start, end int, found func(Kind, []byte, int, int)) {
	var parts [3]int
	var lengths [3]int
	at := start
	for i := range parts {
		end = tokenEnd(v.text, at)
		if end-at > 8 || !allDigits(v.text[at:end]) {
			return
		}
		parts[i], lengths[i] = number(v.text[at:end]), end-at
		if lengths[0] == 8 {
			v.day(parts[0]/10000, parts[0]/100%100, parts[0]%100, start, end, found)
			return
		}
		if i < 2 {
			if b := v.wide[end]; b != '-' && b != '.' && b != '/' {
				return
			}
			if at = end + 1; v.wide[at] == ' ' && i < 2 { // "1. 2. 1980"
				at++
			}
			if classes[v.wide[at]] != isDigit {
				return
			}
		}
	}
	switch {
	case lengths[0] == 4:
		v.day(parts[0], parts[1], parts[2], start, end, found)
	case lengths[2] == 4 && lengths[0] <= 2:
		if !v.one || !v.monthFirst {
			v.day(parts[2], parts[1], parts[0], start, end, found)
		}
		if v.wide[end-5] == '/' && parts[0] != parts[1] && (!v.one || v.monthFirst) {
			v.day(parts[2], parts[0], parts[1], start, end, found)
		}
	}
}

func (v *values) day(y, m, d, start, end int, found func(Kind, []byte, int, int)) {
	if y < 1850 || y > 2150 || m < 1 || m > 12 || d < 1 || d > 31 {
		return
	}
	v.key = append(v.key[:0], byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10),
		byte('0'+m/10), byte('0'+m%10), byte('0'+d/10), byte('0'+d%10))
	found(KindDate, v.key, start, end)
}

func allDigits(text []byte) bool {
	for _, b := range text {
		if classes[b] != isDigit {
			return false
		}
	}
	return len(text) > 0
}

// email is the address that begins with a token.
func (v *values) email(start int, found func(Kind, []byte, int, int)) {
	if start > 0 && inAddress(v.wide[start-1]) {
		return
	}
	if v.next < start {
		if i := bytes.IndexByte(v.text[start:], '@'); i >= 0 {
			v.next = start + i
		} else {
			v.next = len(v.text)
		}
	}
	at := v.next - start
	if at > 64 || at == len(v.text)-start {
		return
	}
	end := start
	for ; end < len(v.text) && (inAddress(v.text[end]) || end == start+at); end++ {
		if end-start > maxAddress {
			return
		}
	}
	if end <= start+at {
		return
	}
	text := bytes.TrimRight(v.text[start:end], ".-'")
	v.key = v.key[:0]
	for _, b := range text {
		v.key = append(v.key, lower[b])
	}
	found(KindEmail, v.key, start, start+len(text))
}

// phrases are the names and texts that begin with a token. Most words stand in
// none, and cost one look at the table.
func (v *values) phrases(name, text bool, start, end int, found func(Kind, []byte, int, int)) {
	v.folded = v.folded[:0]
	var room [maxWord + 8]byte
	for n, at := 0, start; n < textWords; n++ {
		if end-at >= maxWord {
			return
		}
		from := len(v.folded)
		for _, b := range room[:foldWord(&room, v.wide[at:], end-at, 0)] {
			v.folded = append(v.folded, lower[b])
		}
		v.words[n] = span{from, len(v.folded)}
		if v.known != nil && !v.known(v.folded[from:]) {
			return
		}
		if n > 0 || end-at > 1 {
			if name && n < nameWords {
				v.joined(KindName, n+1, start, end, found)
			}
			if text {
				v.joined(KindText, n+1, start, end, found)
			}
		}
		at = end
		for at < len(v.text) && at-end < phraseGap && classes[v.text[at]] == 0 && v.text[at] != '\t' && v.text[at] != '\n' {
			at++
		}
		if at == end || at == len(v.text) || classes[v.text[at]] == 0 {
			return
		}
		end = tokenEnd(v.text, at)
	}
}

// joined makes a value of the first n words; those of a name are put in order.
func (v *values) joined(kind Kind, n, start, end int, found func(Kind, []byte, int, int)) {
	order := v.words
	if kind == KindName {
		slices.SortFunc(order[:n], func(a, b span) int {
			return bytes.Compare(v.folded[a.start:a.end], v.folded[b.start:b.end])
		})
	}
	v.key = v.key[:0]
	for i, w := range order[:n] {
		if i > 0 {
			v.key = append(v.key, ' ')
		}
		v.key = append(v.key, v.folded[w.start:w.end]...)
	}
	if utf8.Valid(v.key) || kind == KindText {
		found(kind, v.key, start, end)
	}
}
