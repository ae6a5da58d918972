package extract

import (
	"hash/maphash"
	"slices"
)

// Styles may hide some of the pieces that a line is put together from, and put
// blocks beside each other. What pages look like can't be told without laying
// them out; so where an element's edge lies inside a number, the line is read
// in every plausible way: without the pieces of each kind of element, and only
// them.

const (
	maxElements = 64 // that lie in each other and are told apart
	maxKinds    = 8  // kinds of pieces in a line
)

// element is an inline element that is open.
type element struct {
	name  string
	kind  uint64 // a hash of its name and of the attributes that say how it looks
	block bool   // a block that a style put into the line
	turn  turn
}

// turn is how text is turned round: unless all of it is, the digits of a number
// keep their order, and only its groups don't.
type turn struct{ right, left, all bool }

// set takes the value of "dir" or "direction".
func (t *turn) set(way string) { t.left, t.right = way == "rtl", way == "ltr" }

// in is the turn of an element in another.
func (t turn) in(outer turn) turn {
	if !t.left && !t.right {
		t.left = outer.left
	}
	t.all = t.all || outer.all
	return t
}

// mark is the character that goes over to a turn from another (UAX #9).
func (t turn) mark(before turn) []byte {
	mark := ""
	if before.left {
		mark = "\u202C"
	}
	switch {
	case t.left && t.all:
		mark += "\u202E"
	case t.left:
		mark += "\u202B"
	}
	return []byte(mark)
}

// piece is text of a line that stands in one element.
type piece struct {
	kind uint64
	end  int // in pieces.text
}

// pieces are the line that is being read.
type pieces struct {
	elements []element
	seed     maphash.Seed
	kind     uint64 // of the start tag that is read, so far
	text     []byte
	list     []piece
	cut      bool // an edge lies inside a number
	whole    bool // there is more in it than in the line as it is usually shown
}

// begin begins a start tag.
func (p *pieces) begin(name string) { p.kind = maphash.String(p.seed, name) }

// attr takes an attribute that says how the element looks.
func (p *pieces) attr(value []byte) { p.kind = p.kind*31 + maphash.Bytes(p.seed, value) }

// open begins an element.
func (p *pieces) open(name string, l look) {
	if len(p.elements) < maxElements {
		p.elements = append(p.elements, element{name, p.kind, l.inLine, l.turn.in(p.turn())})
	}
}

// turn is that of the innermost element.
func (p *pieces) turn() turn {
	if n := len(p.elements); n > 0 {
		return p.elements[n-1].turn
	}
	return turn{}
}

// close ends the innermost element of that name, and those in it that were left
// open. It reports whether that is a block that a style put into the line.
func (p *pieces) close(name string) (block bool) {
	for i, e := range slices.Backward(p.elements) {
		if e.name == name {
			p.elements = p.elements[:i]
			return e.block
		}
	}
	return false
}

// add takes text of the line, and appends to dst what else a line that has
// become too long may read as.
func (p *pieces) add(dst, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), jointMax-len(p.text))
		p.extend(b[:n])
		if b = b[n:]; len(p.text) == jointMax {
			dst = p.carry(dst)
		}
	}
	return dst
}

// stand is add for text that isn't in the line, but may be shown there.
func (p *pieces) stand(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	p.whole = true
	return p.add(nil, b)
}

// extend adds text to the line.
func (p *pieces) extend(b []byte) {
	kind := uint64(0)
	if n := len(p.elements); n > 0 {
		kind = p.elements[n-1].kind
	}
	n := len(p.list)
	if n > 0 && p.list[n-1].kind == kind {
		p.list[n-1].end += len(b)
	} else {
		if n > 0 {
			last := p.text[len(p.text)-1]
			p.cut = p.cut || inNumber(last) && inNumber(b[0]) && (isDigit(last) || isDigit(b[0]))
		}
		p.list = append(p.list, piece{kind, len(p.text) + len(b)})
	}
	p.text = append(p.text, b...)
}

// carry ends what there is of the line, and begins anew with its last words.
func (p *pieces) carry(dst []byte) []byte {
	if p.cut {
		dst = p.readings(dst)
	}
	gone := len(p.text) - pageTail
	p.text = p.text[:copy(p.text, p.text[gone:])]
	p.list = slices.DeleteFunc(p.list, func(x piece) bool { return x.end <= gone })
	for i := range p.list {
		p.list[i].end -= gone
	}
	return dst
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func inNumber(c byte) bool { return isDigit(c) || isLetter(c) }

// end ends the line and appends its other readings to dst.
func (p *pieces) end(dst []byte) []byte {
	if p.cut {
		dst = p.readings(dst)
	}
	p.text, p.list, p.cut, p.whole = p.text[:0], p.list[:0], false, false
	return dst
}

func (p *pieces) readings(dst []byte) []byte {
	var kinds []uint64
	for _, x := range p.list {
		if len(kinds) < maxKinds && !slices.Contains(kinds, x.kind) {
			kinds = append(kinds, x.kind)
		}
	}
	if p.whole {
		dst = append(append(dst, p.text...), '\n')
	}
	for _, kind := range kinds {
		dst = append(p.choose(dst, func(x uint64) bool { return x != kind }), '\n')
		dst = append(p.choose(dst, func(x uint64) bool { return x == kind }), '\n')
	}
	return dst
}

// choose appends the first piece, which says what the line is about, and those
// that are wanted.
func (p *pieces) choose(dst []byte, want func(kind uint64) bool) []byte {
	at := 0
	for i, x := range p.list {
		if want(x.kind) {
			dst = append(dst, p.text[at:x.end]...)
		} else if text := p.text[at:x.end]; i == 0 {
			dst = append(append(dst, text...), ' ')
		}
		at = x.end
	}
	return dst
}
