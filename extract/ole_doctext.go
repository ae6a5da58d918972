package extract

import (
	"bytes"
	"unicode/utf8"
)

// wordText turns the characters of a Word document into text.
type wordText struct {
	doc  *wordDoc
	f    *officeFlow
	part int // which part of the document, and
	left int // how many of its characters are still to come

	fields  []bool // for each open field: whether its result has begun
	inRow   bool
	narrow  []byte // one-byte characters that wait to be decoded together
	pending string // their place
	units   []uint16
}

func (doc *wordDoc) newText() *wordText {
	t := &wordText{doc: doc, f: newOfficeFlow(doc.r.w, ""), part: -1}
	t.nextPart()
	return t
}

// nextPart goes on to the next part that has characters; what stands behind
// the last one is of no part.
func (t *wordText) nextPart() {
	for t.left = 0; t.left == 0 && t.part < len(t.doc.parts); {
		if t.part++; t.part < len(t.doc.parts) {
			t.left = t.doc.parts[t.part].length
		}
	}
}

func (t *wordText) partPlace() string {
	if t.part >= len(t.doc.parts) {
		return "metadata"
	}
	return t.doc.parts[t.part].place
}

// piece reads n characters from position at of the main stream.
func (t *wordText) piece(at, n int, wide bool) error {
	width := 1
	if wide {
		width = 2
	}
	b := part(t.doc.main, at, n*width)
	if len(b) < n*width {
		t.doc.r.w.lost(ProblemBroken)
	}
	if err := t.doc.r.w.spend(int64(len(b))); err != nil {
		return err
	}
	var err error
	for i := 0; i+width <= len(b) && err == nil; i += width {
		c := int(b[i])
		if wide {
			c |= int(b[i+1]) << 8
		}
		err = t.char(c, at+i, width)
		if t.left--; t.left <= 0 && err == nil {
			err = t.endPart()
		}
	}
	if err != nil {
		return err
	}
	return t.flushChars()
}

// endPart closes a part of the document.
func (t *wordText) endPart() error {
	if err := t.flushChars(); err != nil {
		return err
	}
	if err := t.endRow(); err != nil {
		return err
	}
	t.fields = t.fields[:0]
	t.nextPart()
	if place := t.partPlace(); place != t.f.place {
		return t.f.moveTo(place)
	}
	return nil
}

// char takes one character that stands at a position.
func (t *wordText) char(c, at, width int) error {
	if c < 0x20 {
		if err := t.flushChars(); err != nil {
			return err
		}
		return t.control(c, at+width)
	}
	place := t.f.place
	switch {
	case len(t.fields) > 0 && !t.fields[len(t.fields)-1]:
		place = "fields"
	case within(t.doc.deleted, at):
		place = "deleted"
	case within(t.doc.hidden, at):
		place = "hidden"
	}
	if place != t.pending || width == 1 != (len(t.units) == 0) {
		if err := t.flushChars(); err != nil {
			return err
		}
		t.pending = place
	}
	if width == 1 {
		t.narrow = append(t.narrow, byte(c))
	} else {
		t.units = append(t.units, uint16(c))
	}
	if len(t.narrow) > flowBatch || len(t.units) > flowBatch {
		return t.flushChars()
	}
	return nil
}

// flushChars decodes the characters that wait.
func (t *wordText) flushChars() error {
	var text []byte
	if len(t.narrow) > 0 {
		text = []byte(decodePage(t.narrow, t.doc.page))
	}
	text = appendUTF16(text, t.units)
	t.narrow, t.units = t.narrow[:0], t.units[:0]
	if len(text) == 0 {
		return nil
	}
	if t.pending == "fields" {
		t.f.aside("fields", string(text))
		return nil
	}
	return t.f.add(t.pending, text)
}

// control takes the characters that mean something: end is the position
// behind it.
func (t *wordText) control(c, end int) error {
	switch c {
	case 0x07:
		return t.cellMark(end)
	case 0x0D, 0x0C, 0x0E:
		if t.doc.inTable[end] {
			return t.f.blank(' ')
		}
		if err := t.endRow(); err != nil {
			return err
		}
		return t.f.paragraph()
	case 0x09, 0x0B:
		if t.inRow || c == 0x09 && t.doc.inTable[end] {
			return t.f.blank(' ')
		}
		return t.f.blank("\t\n"[c/0x0B])
	case 0x13:
		if len(t.fields) < 100 {
			t.fields = append(t.fields, false)
		}
	case 0x14:
		if n := len(t.fields); n > 0 {
			t.fields[n-1] = true
			t.f.aside("fields", "\n")
		}
	case 0x15:
		if n := len(t.fields); n > 0 {
			t.fields = t.fields[:n-1]
		}
	case 0x1E:
		return t.f.add(t.f.place, []byte("-"))
	}
	return nil
}

// cellMark ends a cell, or a row.
func (t *wordText) cellMark(end int) error {
	rowEnd := t.doc.rowEnds[end]
	if t.doc.old || len(t.doc.rowEnds) == 0 {
		// Without the paragraphs' formats: a row ends in an empty cell.
		rowEnd = t.inRow && len(t.f.out) > t.f.mark && bytes.HasSuffix(t.f.out, []byte("\t"))
	}
	if rowEnd {
		return t.endRow()
	}
	t.inRow = true
	t.f.cellEnd()
	return nil
}

// endRow ends the row, if one is open.
func (t *wordText) endRow() error {
	if !t.inRow {
		return nil
	}
	t.inRow = false
	return t.f.rowDone()
}

// appendUTF16 appends UTF-16 as UTF-8; a lone half becomes U+FFFD.
func appendUTF16(b []byte, units []uint16) []byte {
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if r >= 0xD800 && r < 0xDC00 && i+1 < len(units) && units[i+1] >= 0xDC00 && units[i+1] < 0xE000 {
			r = (r-0xD800)<<10 + rune(units[i+1]) - 0xDC00 + 0x10000
			i++
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}
