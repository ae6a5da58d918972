package extract

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

const (
	flowBatch    = 32 << 10  // body text is handed on in pieces of this size
	flowAside    = 256 << 10 // text of other places waits up to this size
	flowMaxBlock = 1 << 20   // a longer paragraph is cut
	flowMaxSaved = 16        // text boxes in text boxes
)

// officeFlow puts a document's text together: paragraphs, rows and cells.
//
// Text that a reader of the document does not see (deleted, hidden …) may
// stand in the middle of a word that he does see. So the place of the flow
// gets what is seen, in one run, and another place gets the whole paragraph
// with both, later. Text of other places waits until the section ends, so that
// a table's rows follow each other.
type officeFlow struct {
	w     *work
	place string

	out   []byte // finished blocks, then the one that is open, from mark on
	mark  int
	sides []flowSide // the open block as it reads at other places
	later []flowSide // finished, at other places
	rows  []int      // for each open row of a table: its cells so far
	saved []flowSaved
}

type flowSide struct {
	place string
	buf   []byte
}

// flowSaved is the block in which a text box interrupts.
type flowSaved struct {
	open  []byte
	sides []flowSide
	rows  []int
}

func newOfficeFlow(w *work, place string) *officeFlow { return &officeFlow{w: w, place: place} }

// add puts text at a place: the flow's own, or one aside of it.
func (f *officeFlow) add(place string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if place == f.place {
		f.out = f.put(f.out, f.mark, text)
		for i := range f.sides {
			f.sides[i].buf = f.put(f.sides[i].buf, 0, text)
		}
	} else {
		side := f.side(place)
		side.buf = f.put(side.buf, 0, text)
	}
	if len(f.out)-f.mark > flowMaxBlock {
		return f.cut()
	}
	for i := range f.sides {
		if len(f.sides[i].buf) > flowMaxBlock {
			return f.cut()
		}
	}
	return nil
}

// aside puts text at another place that is not part of the open block.
func (f *officeFlow) aside(place, text string) {
	if text == "" {
		return
	}
	l := f.laterAt(place)
	if l.buf = append(l.buf, text...); len(l.buf) > flowMaxBlock {
		tail := bytes.Clone(l.buf[len(l.buf)-brokenRune(l.buf):])
		// Where this fails, the next text fails as well.
		_ = f.hand(place, l.buf[:len(l.buf)-len(tail)])
		l.buf = append(l.buf[:0], tail...)
	}
}

func (f *officeFlow) laterAt(place string) *flowSide {
	i := slices.IndexFunc(f.later, func(l flowSide) bool { return l.place == place })
	if i < 0 {
		i = len(f.later)
		f.later = append(f.later, flowSide{place: place})
	}
	return &f.later[i]
}

// side is the open block at another place, begun with what stands here.
func (f *officeFlow) side(place string) *flowSide {
	for i := range f.sides {
		if f.sides[i].place == place {
			return &f.sides[i]
		}
	}
	f.sides = append(f.sides, flowSide{place, bytes.Clone(f.out[f.mark:])})
	return &f.sides[len(f.sides)-1]
}

// put appends text; inside a cell blanks become single spaces.
func (f *officeFlow) put(buf []byte, mark int, text []byte) []byte {
	if len(f.rows) == 0 {
		return append(buf, text...)
	}
	for len(text) > 0 {
		n := bytes.IndexAny(text, " \t\r\n")
		if n < 0 {
			return append(buf, text...)
		}
		buf = append(buf, text[:n]...)
		if last := len(buf) - 1; last >= mark && buf[last] != ' ' && buf[last] != '\t' && buf[last] != '\n' {
			buf = append(buf, ' ')
		}
		text = text[n+1:]
	}
	return buf
}

// structure appends a separator everywhere, without a blank before it.
func (f *officeFlow) structure(sep byte) {
	f.out = structured(f.out, f.mark, sep)
	for i := range f.sides {
		f.sides[i].buf = structured(f.sides[i].buf, 0, sep)
	}
}

func structured(buf []byte, mark int, sep byte) []byte {
	if last := len(buf) - 1; last >= mark && buf[last] == ' ' {
		buf = buf[:last]
	}
	return append(buf, sep)
}

// blank is a space, tab or line break in running text.
func (f *officeFlow) blank(c byte) error {
	return f.add(f.place, []byte{c})
}

// rowStart begins a row. In a table inside a cell, the row around it is broken
// off: its lines follow each other.
func (f *officeFlow) rowStart() {
	if len(f.rows) > 0 && len(f.out) > f.mark {
		f.structure('\n')
	}
	f.rows = append(f.rows, 0)
}

func (f *officeFlow) cellStart() {
	if n := len(f.rows); n > 0 {
		if f.rows[n-1] > 0 {
			f.structure('\t')
		}
		f.rows[n-1]++
	}
}

// skipCells begins n cells, of which all but the last stay empty.
func (f *officeFlow) skipCells(n int) error {
	for range n {
		f.cellStart()
	}
	if len(f.out)-f.mark > flowMaxBlock {
		return f.cut()
	}
	return nil
}

func (f *officeFlow) rowEnd() error {
	n := len(f.rows)
	if n == 0 {
		return nil
	}
	f.structure('\n')
	f.rows = f.rows[:n-1]
	if n > 1 {
		return nil
	}
	return f.endBlock("")
}

// cellEnd ends a cell of a row whose beginning is not marked, only its end.
func (f *officeFlow) cellEnd() { f.structure('\t') }

// rowDone ends a row whose cells were ended by cellEnd.
func (f *officeFlow) rowDone() error {
	f.out = withoutTab(f.out, f.mark)
	for i := range f.sides {
		f.sides[i].buf = withoutTab(f.sides[i].buf, 0)
	}
	return f.endBlock("\n")
}

func withoutTab(buf []byte, mark int) []byte {
	if last := len(buf) - 1; last >= mark && buf[last] == '\t' {
		return buf[:last]
	}
	return buf
}

// paragraph ends a paragraph; in a cell that is a space.
func (f *officeFlow) paragraph() error {
	if len(f.rows) > 0 {
		return f.add(f.place, []byte{' '})
	}
	return f.endBlock("\n\n")
}

// endBlock closes the open block with sep.
func (f *officeFlow) endBlock(sep string) error {
	if len(bytes.TrimSpace(f.out[f.mark:])) > 0 {
		f.out = append(f.out, sep...)
	} else {
		f.out = f.out[:f.mark]
	}
	for _, side := range f.sides {
		l := f.laterAt(side.place)
		l.buf = append(append(l.buf, side.buf...), sep...)
	}
	f.sides = f.sides[:0]
	f.mark = len(f.out)
	full := slices.ContainsFunc(f.later, func(l flowSide) bool { return len(l.buf) > flowAside })
	if len(f.out) < flowBatch && !full {
		return nil
	}
	return f.flush(full)
}

// cut hands on a block that is too long, up to the last whole character.
func (f *officeFlow) cut() error {
	tail := f.out[f.mark:]
	tail = bytes.Clone(tail[len(tail)-brokenRune(tail):])
	f.out = f.out[:len(f.out)-len(tail)]
	if err := f.endBlock(""); err != nil {
		return err
	}
	f.out = append(f.out, tail...)
	return nil
}

// brokenRune is how many bytes at the end of b begin a character that is not
// complete.
func brokenRune(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// flush hands on what is finished; the other places' text only if asked.
func (f *officeFlow) flush(others bool) error {
	open := bytes.Clone(f.out[f.mark:])
	if err := f.hand(f.place, f.out[:f.mark]); err != nil {
		return err
	}
	f.out, f.mark = append(f.out[:0], open...), 0
	if !others {
		return nil
	}
	for _, side := range f.later {
		if err := f.hand(side.place, side.buf); err != nil {
			return err
		}
	}
	f.later = nil
	return nil
}

// moveTo goes on at another place.
func (f *officeFlow) moveTo(place string) error {
	if err := f.endBlock("\n\n"); err != nil {
		return err
	}
	err := f.flush(false)
	f.place = place
	return err
}

func (f *officeFlow) hand(place string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	return f.w.text(place, text)
}

// push sets the open block aside for a text box or note inside it; pop takes
// it up again. It returns false, and nothing is to be popped, where text boxes
// are nested too deeply; then the text is read as if it stood in the block.
func (f *officeFlow) push() bool {
	if len(f.saved) >= flowMaxSaved {
		return false
	}
	f.saved = append(f.saved, flowSaved{bytes.Clone(f.out[f.mark:]), slices.Clone(f.sides), f.rows})
	f.out, f.sides, f.rows = f.out[:f.mark], nil, nil
	return true
}

func (f *officeFlow) pop() error {
	n := len(f.saved)
	if n == 0 {
		return nil
	}
	f.rows = nil
	err := f.endBlock("\n\n")
	saved := f.saved[n-1]
	f.saved = f.saved[:n-1]
	f.out = append(f.out, saved.open...)
	f.sides, f.rows = saved.sides, saved.rows
	return err
}

// end closes everything that is open and hands it on.
func (f *officeFlow) end() error {
	for len(f.saved) > 0 {
		if err := f.pop(); err != nil {
			return err
		}
	}
	for len(f.rows) > 0 {
		if err := f.rowEnd(); err != nil {
			return err
		}
	}
	if err := f.endBlock("\n\n"); err != nil {
		return err
	}
	return f.flush(true)
}
