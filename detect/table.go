package detect

import "bytes"

// Limits of a table's headings.
const (
	maxHeadings = 5 // rows at its top that may be headings or a title
	maxHeading  = 64
	maxColumns  = 512
)

// table is the table that the present hit stands in: lines with the same
// delimiter, one below the other, of which the first hold words and no
// numbers. It outlasts the window, since a heading may stand far above.
type table struct {
	form    rowForm
	lines   span        // of the present window, that belong to it
	heads   span        // where its headings stand in the window
	columns [][]*phrase // context words in each column's heading; nil where there are none
	// open says that the window's first line belongs to a table that began
	// before it, with the form and columns above, and passed how many
	// delimiters of this line are gone.
	open   bool
	passed int
	// line is the line that was looked at last, and its form.
	line     span
	lineForm rowForm
}

// rowForm is what the lines of a table have in common.
type rowForm struct {
	delimiter byte // '\t' '|' ';' ',', or '\n' for a single column; 0 is no table
	count     int  // of delimiters; 0 for tabs, whose number may vary
}

func (t *table) reset() { *t = table{} }

// begin forgets the lines of the last window.
func (t *table) begin() { t.lines, t.heads, t.line = span{}, span{}, span{} }

// heading puts into a what the heading of a hit's column says, or the first
// cell of a row of two. It reports false where that says nothing; aside is
// then where the headings of other columns stand.
func (s *Scanner) heading(h *hit, a *surrounding) (aside span, decided bool) {
	text, t := s.marks.text, &s.table
	if h.start < t.line.start || h.start >= t.line.end {
		t.line = lineAt(text, h.start)
		t.lineForm = t.formAt(text, t.line)
	}
	line, form := t.line, t.lineForm
	if form.delimiter == 0 {
		return span{}, false
	}
	columns := t.at(s, line, form)
	if columns == nil && form.delimiter != '\t' {
		return span{}, false
	}
	before := text[line.start:h.start]
	column := form.delimiters(before)
	if line.start == 0 && t.open {
		column += t.passed
	}
	if column < len(columns) {
		for _, p := range columns[column] {
			a.say(h.detector, p)
		}
	}
	if !a.heading && form.delimiter == '\t' && column == 1 && line.start > 0 {
		if key, _, _ := bytes.Cut(before, []byte{'\t'}); wordy(key) {
			for _, p := range s.cellWords(key) {
				a.say(h.detector, p)
			}
		}
	}
	return t.heads, a.heading
}

// say notes what a word in a heading says. What speaks for the detector wins.
func (a *surrounding) say(detector int, p *phrase) {
	switch {
	case p.supports.has(detector):
		a.support, a.supportWord, a.heading = 0, p, true
		a.against, a.againstWord = far, nil
	case p.opposes.has(detector) && a.supportWord == nil:
		a.against, a.againstWord, a.heading = 0, p, true
	}
}

// at returns the words of the columns of the table that a line belongs to.
func (t *table) at(s *Scanner, line span, form rowForm) [][]*phrase {
	if line.start >= t.lines.start && line.start < t.lines.end && form.same(t.form) {
		return t.columns
	}
	text, top := s.marks.text, line.start
	for top > 0 {
		if top == t.lines.end && form.same(t.form) {
			t.lines.end = line.end + 1
			return t.columns
		}
		above := lineAt(text, top-1)
		if above.start == 0 && t.open && form.same(t.form) || !form.fits(text[above.start:above.end]) {
			if above.start == 0 && t.open {
				top = 0
			}
			break
		}
		top = above.start
	}
	if top == 0 && t.open && form.same(t.form) {
		t.lines, t.heads = span{0, line.end + 1}, span{}
		return t.columns
	}
	t.form, t.open = form, false
	if top == line.start {
		// The heading itself, or nothing that has one: what is known of it
		// says nothing of the lines that follow.
		t.lines, t.columns, t.heads = span{}, nil, span{}
		return nil
	}
	t.lines = span{top, line.end + 1}
	t.columns, t.heads = s.headings(top, line.start, form)
	return t.columns
}

// headings reads the headings from the rows from top to before end.
func (s *Scanner) headings(top, end int, form rowForm) (columns [][]*phrase, heads span) {
	text := s.marks.text
	heads = span{top, top}
	if form.delimiter == '\n' { // the heading has another form than the column
		if top == 0 {
			return nil, heads
		}
		row := lineAt(text, top-1)
		if line := text[row.start:row.end]; len(line) <= maxHeading && wordy(line) {
			return [][]*phrase{s.cellWords(line)}, span{row.start, top}
		}
		return nil, heads
	}
	for n := 0; n < maxHeadings && heads.end < end; n++ {
		row := lineAt(text, heads.end)
		cells := form.split(text[row.start:row.end])
		words, others := 0, 0
		for _, c := range cells {
			if wordy(c) {
				words++
			} else if len(c) > 0 {
				others++
			}
		}
		if others > 0 {
			break
		}
		for i, c := range cells {
			if i == len(columns) {
				columns = append(columns, nil)
			}
			columns[i] = append(columns[i], s.cellWords(c)...)
		}
		heads.end = row.end + 1
	}
	return columns, heads
}

// carry prepares the table for the next window, whose text begins at keep of
// the present one.
func (t *table) carry(s *Scanner, keep int) {
	text := s.marks.text
	t.line = span{} // what was known of it may have changed
	line := lineAt(text, keep)
	form := t.formAt(text, line)
	if form.delimiter == 0 || t.at(s, line, form) == nil {
		t.reset()
		return
	}
	passed := form.delimiters(text[line.start:keep])
	if line.start == 0 && t.open {
		passed += t.passed
	}
	t.open, t.passed = true, passed
	t.begin()
}

// lineAt is the line that holds a place, without its end.
func lineAt(text []byte, at int) span {
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		end = at + i
	}
	return span{start, end}
}

// formAt is the form of a line as a table's row.
func (t *table) formAt(text []byte, at span) rowForm {
	line := text[at.start:at.end]
	if at.start == 0 && t.open {
		// Some of it may be gone; it still has a delimiter, or is short.
		if t.form.delimiter == '\t' || t.form.delimiters(line)+t.passed == t.form.count {
			return t.form
		}
	}
	if bytes.IndexByte(line, '\t') >= 0 {
		return rowForm{'\t', 0}
	}
	for _, b := range []byte("|;,") {
		if bytes.IndexByte(line, b) >= 0 {
			form := rowForm{delimiter: b}
			form.count = form.delimiters(line)
			return form
		}
	}
	if single := (rowForm{'\n', 0}); single.fits(line) {
		return single
	}
	return rowForm{}
}

func (f rowForm) same(g rowForm) bool { return f == g }

// fits reports whether a line may be a row of this form.
func (f rowForm) fits(line []byte) bool {
	switch f.delimiter {
	case '\t':
		return bytes.IndexByte(line, '\t') >= 0
	case '\n':
		return mostlyDigits(line)
	}
	return f.delimiters(line) == f.count
}

// delimiters counts those that aren't in quotes.
func (f rowForm) delimiters(text []byte) int {
	if f.delimiter == '\t' || f.delimiter == '\n' || bytes.IndexByte(text, '"') < 0 {
		return bytes.Count(text, []byte{f.delimiter})
	}
	n, quoted := 0, false
	for _, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case b == f.delimiter && !quoted:
			n++
		}
	}
	return n
}

// split returns the cells of a heading, trimmed.
func (f rowForm) split(line []byte) [][]byte {
	cells := bytes.SplitN(line, []byte{f.delimiter}, maxColumns)
	for i, c := range cells {
		cells[i] = bytes.Trim(c, " \r\"'*")
	}
	return cells
}

// wordy reports whether a cell may be a heading: short, with a letter, and
// without a long number.
func wordy(cell []byte) bool {
	if len(cell) > maxHeading {
		return false
	}
	letter, run := false, 0
	for _, b := range cell {
		class := classes[b]
		letter = letter || class == isLetter || class == isForeign && b != '_'
		if class != isDigit {
			run = 0
		} else if run++; run > 4 {
			return false
		}
	}
	return letter
}

// mostlyDigits reports whether a line is a number, and at most a few letters.
func mostlyDigits(line []byte) bool {
	if len(line) > maxShape+runTokens {
		return false
	}
	digits, others := 0, 0
	for _, b := range line {
		switch classes[b] {
		case isDigit:
			digits++
		case 0:
			if b != '\r' && separator([]byte{b}, 0) == 0 {
				return false
			}
		default:
			others++
		}
	}
	return digits >= 6 && digits > others
}

// columnWord, which is no word, is read before and behind each heading and key, so
// that an ordinary word can be a label where it is the whole of one.
const columnWord = " wholecell "

// cellWords are the context words in a heading or key.
func (s *Scanner) cellWords(cell []byte) []*phrase {
	var words []*phrase
	var room [2*len(columnWord) + maxHeading]byte
	s.parts.set(append(append(append(room[:0], columnWord...), cell...), columnWord...))
	s.engine.words.each(&s.parts.marks, func(p *phrase, _, _ int) {
		if p.weighs {
			words = append(words, p)
		}
	})
	return words
}
