package extract

import (
	"errors"
	"sort"
)

var errDoc = errors.New("word document: broken")

const (
	maxDocPieces = 1 << 20 // of text
	maxDocMarks  = 1 << 19 // of cells, rows, and hidden text
)

// wordDoc is a Word document of 97 to 2003 ([MS-DOC]), or of Word 6 or 95,
// whose header is shorter and whose text has one byte a character.
type wordDoc struct {
	r     *oleReader
	main  []byte // the stream WordDocument
	table []byte
	page  int // code page of one-byte text
	old   bool
	parts []wordPart

	hidden  []docRange // by position in main
	deleted []docRange
	rowEnds map[int]bool // position behind the mark that ends a row
	inTable map[int]bool // position behind the mark that ends a paragraph in a cell
}

// wordPart is a run of characters with one place: the body, then footnotes,
// headers and so on follow each other.
type wordPart struct {
	length int
	place  string
}

type docRange struct{ from, to int }

// word reads the document in d.
func (r *oleReader) word(d oleDir) error {
	main, err := r.slurp(d, "WordDocument")
	if err != nil {
		return err
	}
	if len(main) < 0x80 || u16(main, 0) != 0xA5EC && u16(main, 0) != 0xA5DC && u16(main, 0) != 0xA697 && u16(main, 0) != 0xA699 {
		return errDoc
	}
	doc := &wordDoc{r: r, main: main, page: 1252, old: u16(main, 2) < 0xC1, rowEnds: map[int]bool{}, inTable: map[int]bool{}}
	const encrypted, obfuscated, secondTable = 0x0100, 0x8000, 0x0200
	flags := u16(main, 0x0A)
	if doc.old {
		if flags&encrypted != 0 {
			r.locked(d)
			return nil
		}
		return doc.readOld()
	}
	name := "0Table"
	if flags&secondTable != 0 {
		name = "1Table"
	}
	if doc.table, err = r.slurp(d, name); err != nil {
		return err
	}
	if flags&encrypted != 0 {
		if opened, err := doc.decrypt(d, flags&obfuscated != 0); err != nil || !opened {
			return err
		}
	}
	for i, place := range []string{"", "notes", "header", "", "comments", "notes", "", "header"} {
		// The fourth counts macros, which are not in the text.
		if i != 3 {
			doc.parts = append(doc.parts, wordPart{u32(main, 0x4C+4*i), place})
		}
	}
	doc.formats(u32(main, 0xFA), u32(main, 0xFE), false)
	doc.formats(u32(main, 0x102), u32(main, 0x106), true)
	return doc.pieces(part(doc.table, u32(main, 0x1A2), u32(main, 0x1A6)))
}

// decrypt opens a document that a password hides ([MS-DOC] 2.2.6.2 and
// 2.2.6.3); false where none fits.
func (doc *wordDoc) decrypt(d oleDir, obfuscated bool) (bool, error) {
	const block, plain = 512, 0x44 // the header's beginning is never encrypted
	var key *officeRC4
	if !obfuscated {
		var err error
		if key, err = doc.r.openRC4(part(doc.table, 0, u32(doc.main, 0x0E)), block); err != nil {
			return false, err
		}
	}
	if key == nil {
		doc.r.locked(d)
		return false, nil
	}
	doc.r.w.result.Encrypted = true
	key.decrypt(doc.main[plain:], plain)
	key.decrypt(doc.table, 0)
	if data := d.find("Data"); data != nil && data.size > 0 {
		doc.r.read[data] = true
		doc.r.w.lost(ProblemImage) // the pictures are encrypted too
	}
	return true, nil
}

// readOld reads a document of Word 6 or 95, whose tables are in its own
// stream.
func (doc *wordDoc) readOld() error {
	doc.page = oldWordPage(u16(doc.main, 6))
	doc.table = doc.main
	for i, place := range []string{"", "notes", "header", "", "comments", "notes", "", "header"} {
		if i != 3 {
			doc.parts = append(doc.parts, wordPart{u32(doc.main, 0x34+4*i), place})
		}
	}
	if u16(doc.main, 0x0A)&4 != 0 { // saved fast: in pieces
		return doc.pieces(part(doc.main, u32(doc.main, 0x160), u32(doc.main, 0x164)))
	}
	from, to := u32(doc.main, 0x18), u32(doc.main, 0x1C)
	t := doc.newText()
	return doc.r.w.endFlow(t.f, t.piece(from, to-from, false))
}

// oldWordPage is the code page that goes with a language id.
func oldWordPage(language int) int {
	switch language & 0x3FF {
	case 0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x24:
		return 1250
	case 0x02, 0x19, 0x22, 0x23, 0x2F:
		return 1251
	case 0x08:
		return 1253
	case 0x1F:
		return 1254
	case 0x25, 0x26, 0x27:
		return 1257
	case 0x11:
		return 932
	}
	return 1252
}

// pieces reads the table of pieces (the Clx), and the text by it.
func (doc *wordDoc) pieces(clx []byte) error {
	for len(clx) > 3 && clx[0] == 1 { // changes of format, not needed
		clx = part(clx, 3+u16(clx, 1), len(clx))
	}
	if len(clx) < 5 || clx[0] != 2 {
		return errDoc
	}
	plc := part(clx, 5, u32(clx, 1))
	n := (len(plc) - 4) / 12
	if n < 1 || n > maxDocPieces {
		return errDoc
	}
	t := doc.newText()
	var err error
	for i := 0; i < n && err == nil; i++ {
		err = t.listedPiece(u32(plc, 4*i), u32(plc, 4*i+4), u32(plc, 4*(n+1)+8*i+2))
	}
	return doc.r.w.endFlow(t.f, err)
}

// listedPiece reads a piece that has the characters from one number to
// another, and lies where fc says.
func (t *wordText) listedPiece(from, to, fc int) error {
	if to < from {
		return errDoc
	}
	narrow := fc&0x40000000 != 0 || t.doc.old
	if fc &= 0x3FFFFFFF; narrow && !t.doc.old {
		fc /= 2
	}
	return t.piece(fc, to-from, !narrow)
}

// formats reads, from the pages that say how characters or paragraphs look,
// what is hidden or deleted, and which paragraphs end a row. at and n say
// where the table of these pages lies.
func (doc *wordDoc) formats(at, n int, paragraphs bool) {
	plc := part(doc.table, at, n)
	count := (len(plc) - 4) / 8
	seen := make([]bool, len(doc.main)/512)
	for i := range max(count, 0) {
		number := u32(plc, 4*(count+1)+4*i) & 0x3FFFFF
		if number >= len(seen) || seen[number] {
			continue
		}
		seen[number] = true
		page := part(doc.main, 512*number, 512)
		runs := int(page[511])
		for j := range runs {
			from, to := u32(page, 4*j), u32(page, 4*j+4)
			if paragraphs {
				doc.paragraph(page, to, runs, j)
			} else {
				doc.character(page, from, to, runs, j)
			}
		}
	}
	for _, ranges := range [][]docRange{doc.hidden, doc.deleted} {
		sort.Slice(ranges, func(i, j int) bool { return ranges[i].from < ranges[j].from })
	}
}

func (doc *wordDoc) paragraph(page []byte, to, runs, j int) {
	slot := 4*(runs+1) + 13*j
	if slot >= 511 {
		return
	}
	at := 2 * int(page[slot])
	if at == 0 || at >= 511 {
		return
	}
	length := 2*int(page[at]) - 1
	if page[at] == 0 {
		at++
		length = 2 * int(page[at])
	}
	sprms := part(page, at+3, length-2)
	eachSprm(sprms, func(op int, value []byte) {
		switch {
		case len(doc.rowEnds)+len(doc.inTable) > maxDocMarks:
			// The text comes all the same, only its rows don't.
		case op == 0x2417 && value[0] != 0: // sprmPFTtp
			doc.rowEnds[to] = true
		case op == 0x2416 && value[0] != 0: // sprmPFInTable
			doc.inTable[to] = true
		}
	})
}

func (doc *wordDoc) character(page []byte, from, to, runs, j int) {
	slot := 4*(runs+1) + j
	if slot >= 511 || page[slot] == 0 {
		return
	}
	at := 2 * int(page[slot])
	eachSprm(part(page, at+1, int(page[at])), func(op int, value []byte) {
		switch {
		case len(doc.hidden)+len(doc.deleted) > maxDocMarks:
			// The text comes all the same, as if it were seen.
		case op == 0x083C && value[0]&1 != 0: // sprmCFVanish
			doc.hidden = append(doc.hidden, docRange{from, to})
		case op == 0x0800 && value[0]&1 != 0: // sprmCFRMarkDel
			doc.deleted = append(doc.deleted, docRange{from, to})
		}
	})
}

// eachSprm calls visit for each property in a list; value has at least one
// byte.
func eachSprm(list []byte, visit func(op int, value []byte)) {
	for len(list) >= 3 {
		op := u16(list, 0)
		size := []int{1, 1, 2, 4, 2, 2, 0, 3}[op>>13]
		if size == 0 {
			size = 1 + int(list[2])
			if op == 0xD608 { // sprmTDefTable counts in two bytes
				size = 1 + u16(list, 2)
			}
		}
		if 2+size > len(list) {
			return
		}
		visit(op, list[2:])
		list = list[2+size:]
	}
}

// within says whether a position lies in one of the ranges.
func within(ranges []docRange, at int) bool {
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].to > at })
	return i < len(ranges) && ranges[i].from <= at
}
