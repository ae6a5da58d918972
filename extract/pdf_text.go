package extract

import (
	"encoding/binary"
	"math"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// pdfText is the text of a page, as pdfium puts it: in the order of the page's
// content, with a blank or a line end between what stands apart.
type pdfText struct {
	m       *pdfModule
	page    uint64
	units   []uint16
	same    bool // units and characters have the same numbers
	letters int  // characters that are shown
	strange int  // those that no one knows the meaning of
}

// append appends the text. Where a gap is as wide as between the columns of a
// table, a tab is put instead of the blank.
func (t *pdfText) append(b []byte) []byte {
	t.load()
	for from := 0; from < len(t.units) && t.m.err == nil; {
		to := from
		for to < len(t.units) && t.units[to] != '\n' {
			to++
		}
		b = t.line(b, from, to)
		if to < len(t.units) && !isHyphen(t.units[max(0, to-2)]) {
			b = append(b, '\n')
		}
		from = to + 1
	}
	return b
}

// isHyphen reports whether a character is pdfium's sign for a hyphen that only
// a line's end made.
func isHyphen(u uint16) bool { return u == 2 || u == 0xFFFE }

// load gets the text from the module.
func (t *pdfText) load() {
	count := t.m.call("FPDFText_CountChars", t.page)
	if t.m.err != nil || int32(count) <= 0 {
		return
	}
	buf := t.m.malloc(2 * (int64(count) + 1))
	n := t.m.call("FPDFText_GetText", t.page, 0, uint64(count), uint64(buf))
	if n > 0 && n <= count+1 {
		raw := t.m.bytes(buf, 2*(n-1))
		t.units = make([]uint16, len(raw)/2)
		for i := range t.units {
			t.units[i] = binary.LittleEndian.Uint16(raw[2*i:])
		}
	}
	t.same = len(t.units) == int(count)
	t.m.call("free", uint64(buf))
}

// line appends one line.
func (t *pdfText) line(b []byte, from, to int) []byte {
	columns := t.mayHaveColumns(from, to)
	last := rune(0)
	for i := from; i < to; i++ {
		r := rune(t.units[i])
		if utf16.IsSurrogate(r) && i+1 < to {
			r = utf16.DecodeRune(r, rune(t.units[i+1]))
			i++
		}
		switch {
		case r == '\r' || r == 0 || isHyphen(t.units[i]):
			continue
		case r == ' ' && (last == ' ' || last == '\t'):
			continue
		case r == ' ' && columns && t.isColumn(i, from, to):
			r = '\t'
		case r == utf8.RuneError || unicode.Is(unicode.Co, r):
			t.strange++
		case r > ' ':
			t.letters++
		}
		b = utf8.AppendRune(b, r)
		last = r
	}
	return b
}

// mayHaveColumns reports whether the gaps of a line are worth a look: it has
// few of them, or is wider than its letters are.
func (t *pdfText) mayHaveColumns(from, to int) bool {
	const few = 8
	blanks, first, last := 0, -1, -1
	for i := from; i < to; i++ {
		switch {
		case t.units[i] == ' ':
			blanks++
		case t.units[i] > ' ':
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if blanks <= few {
		return blanks > 0
	}
	left, ok := t.box(first)
	right, ok2 := t.box(last)
	const wide = 0.9 // of a letter's height, a letter on average
	return !ok || !ok2 || (right.right-left.left)/float64(to-from) > wide*max(left.top-left.bottom, right.top-right.bottom)
}

// isColumn reports whether the blanks at i stand for the gap between two cells.
func (t *pdfText) isColumn(i, from, to int) bool {
	next := i + 1
	for next < to && t.units[next] == ' ' {
		next++
	}
	if i == from || next >= to {
		return false
	}
	left, ok := t.box(i - 1)
	if !ok {
		return false
	}
	right, ok := t.box(next)
	height := max(left.top-left.bottom, right.top-right.bottom)
	return ok && height > 0 && right.left-left.right > 1.6*height
}

// pdfBox is where a character stands, in points.
type pdfBox struct{ left, right, bottom, top float64 }

func (t *pdfText) box(i int) (pdfBox, bool) {
	char := uint64(i)
	if !t.same {
		char = uint64(t.m.call("FPDFText_GetCharIndexFromTextIndex", t.page, uint64(i)))
	}
	s := uint64(t.m.scratch)
	if t.m.call("FPDFText_GetCharBox", t.page, char, s, s+8, s+16, s+24) == 0 {
		return pdfBox{}, false
	}
	b := t.m.bytes(t.m.scratch, 32)
	if len(b) < 32 {
		return pdfBox{}, false
	}
	f := func(at int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b[at:])) }
	return pdfBox{f(0), f(8), f(16), f(24)}, true
}
