package extract

// flow lays text out as a Sink wants it: blanks are single spaces, lines end
// where blocks do, and the cells of a row have tabs between them.
type flow struct {
	buf     []byte
	space   bool // a blank stood behind buf
	gap     int  // line ends that stood behind buf: 1 a line, 2 a paragraph
	rows    []flowRow
	started bool // something was written since the last flush at a gap
	breaks  []int
}

// flowRow is a table's row that is being written.
type flowRow struct {
	cells int
	skip  int // further columns that the last cell takes
}

// maxRows is how deep tables in tables are told apart.
const maxRows = 64

// text appends text, as it is written.
func (f *flow) text(b []byte) {
	for len(b) > 0 {
		i := 0
		for i < len(b) && !isBlank(b[i]) {
			i++
		}
		if i > 0 {
			f.settle()
			f.buf = append(f.buf, b[:i]...)
		}
		if i < len(b) {
			f.space = true
			i++
		}
		b = b[i:]
	}
}

// verbatim appends text with its line ends.
func (f *flow) verbatim(b []byte) {
	if len(b) > 0 {
		f.settle()
		f.buf = append(f.buf, b...)
	}
}

// settle writes the blank or line end that stands before what comes.
func (f *flow) settle() {
	switch {
	case f.gap == 0 && !f.space:
	case f.gap > 0 && len(f.rows) > 0 && f.rows[len(f.rows)-1].cells > 0:
		f.breakCell()
	case f.gap > 0 && f.started:
		f.buf = append(f.buf, "\n\n"[:f.gap]...)
	case f.space && f.gap == 0 && f.started && !f.atStart():
		f.buf = append(f.buf, ' ')
	}
	f.space, f.gap, f.started = false, 0, true
}

func (f *flow) atStart() bool {
	return len(f.buf) > 0 && (f.buf[len(f.buf)-1] == '\n' || f.buf[len(f.buf)-1] == '\t')
}

// breakCell ends a line inside a cell. Where the row has other cells a space
// must do; in a row of one cell, which only places a page's parts, it is a line
// end. Which of the two it is shows later.
func (f *flow) breakCell() {
	if !f.started || f.atStart() {
		return
	}
	if f.rows[len(f.rows)-1].cells > 1 {
		f.buf = append(f.buf, ' ')
		return
	}
	f.breaks = append(f.breaks, len(f.buf))
	f.buf = append(f.buf, '\n')
}

// end ends a line (1) or a paragraph (2).
func (f *flow) end(lines int) {
	f.gap = max(f.gap, lines)
}

// cell begins a row's next cell, which takes span columns.
func (f *flow) cell(span int) {
	if len(f.rows) == 0 {
		f.row()
	}
	row := &f.rows[len(f.rows)-1]
	skip := row.skip
	row.skip = span - 1
	if row.cells++; row.cells == 1 {
		f.rowGap()
		return
	}
	for _, i := range f.breaks {
		f.buf[i] = ' '
	}
	f.breaks = f.breaks[:0]
	for range 1 + skip {
		f.buf = append(f.buf, '\t')
	}
	f.space, f.gap, f.started = false, 0, true
}

// rowGap writes the line end before a row's first cell.
func (f *flow) rowGap() {
	f.breaks = f.breaks[:0]
	if f.gap > 0 && f.started && !f.atStart() {
		f.buf = append(f.buf, "\n\n"[:f.gap]...)
	}
	f.space, f.gap = false, 0
}

// inRow reports whether a table's row has begun and not ended.
func (f *flow) inRow() bool {
	for _, r := range f.rows {
		if r.cells > 0 {
			return true
		}
	}
	return false
}

// row begins a table's row, or ends one.
func (f *flow) row() {
	if len(f.rows) == 0 {
		f.rows = append(f.rows, flowRow{})
	}
	f.rows[len(f.rows)-1] = flowRow{}
	f.end(1)
}

// table begins a table.
func (f *flow) table() {
	f.end(2)
	f.rows = append(f.rows[:min(len(f.rows), maxRows)], flowRow{})
}

// tableEnd ends the innermost table.
func (f *flow) tableEnd() {
	if len(f.rows) > 0 {
		f.rows = f.rows[:len(f.rows)-1]
	}
	f.end(2)
}

// drop forgets the first n bytes.
func (f *flow) drop(n int) {
	f.buf = f.buf[:copy(f.buf, f.buf[n:])]
	f.breaks = f.breaks[:0]
}
