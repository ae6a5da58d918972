package extract

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

var errXls = errors.New("workbook: broken")

// biff reads the records of a workbook of Excel 5 to 2003 ([MS-XLS]), one at a
// time.
type biff struct {
	r    *bufio.Reader
	pos  int64 // of the record that is open
	end  int64
	kind int
	data []byte
	err  error
	head [4]byte
	key  *officeRC4 // nil: nothing is encrypted
}

const (
	biffContinue = 0x3C
	biffBOF      = 0x809
	biffFilePass = 0x2F
)

// next opens the next record; false at the end, or where one is cut.
func (b *biff) next() bool {
	b.pos = b.end
	n, err := io.ReadFull(b.r, b.head[:])
	if n == 0 || err != nil {
		if err != io.EOF {
			b.err = err
		}
		return false
	}
	b.kind = u16(b.head[:], 0)
	b.data = append(b.data[:0], make([]byte, u16(b.head[:], 2))...)
	n, err = io.ReadFull(b.r, b.data)
	b.data = b.data[:n]
	b.end = b.pos + 4 + int64(n)
	if err != nil {
		b.err = err
	}
	if b.key != nil {
		b.decrypt()
	}
	return err == nil
}

// decrypt decrypts the open record. Its header never is encrypted, nor is what
// programs need before they have the key ([MS-XLS] 2.2.10).
func (b *biff) decrypt() {
	plain := 0
	switch b.kind {
	case biffBOF, biffFilePass, 0x194, 0x195, 0xE1, 0x196, 0x138: // the last five are about sharing the file
		return
	case 0x85: // BOUNDSHEET: where the sheet begins
		plain = min(4, len(b.data))
	}
	b.key.decrypt(b.data[plain:], b.pos+4+int64(plain))
}

// more opens the record behind this one if it continues it.
func (b *biff) more() bool {
	head, err := b.r.Peek(2)
	return err == nil && u16(head, 0) == biffContinue && b.next()
}

// xlsBook reads a workbook.
type xlsBook struct {
	r     *oleReader
	b     *biff
	page  int
	biff8 bool
	book  xlsxBook // formats, styles and strings are of the same kind there
	info  map[int64]xlsxSheetInfo

	f       *officeFlow
	rows    sheetRows
	row     int
	hidden  map[int]bool // rows
	depth   int
	formula int // column of the formula whose text follows, -1 for none
}

// workbook reads the workbook in d.
func (r *oleReader) workbook(d oleDir) error {
	for _, name := range []string{"Workbook", "Book"} {
		e := d.find(name)
		if e == nil || e.kind != 2 {
			continue
		}
		r.read[e] = true
		if err := r.w.passed(r.book(d, r.w.counted(r.f.open(e).reader()))); err != nil {
			return err
		}
	}
	return nil
}

// book reads the records of a workbook.
func (r *oleReader) book(d oleDir, stream io.Reader) error {
	x := &xlsBook{r: r, b: &biff{r: bufio.NewReaderSize(stream, 64<<10)}, page: 1252, info: map[int64]xlsxSheetInfo{}, formula: -1}
	x.book.formats = map[int]numFormat{}
	x.begin("")
	records := 0
	for x.b.next() {
		if x.b.kind == biffFilePass {
			if opened, err := x.open(); err != nil {
				return err
			} else if !opened {
				r.locked(d)
				return nil
			}
		}
		records++
		if err := r.w.passed(x.record()); err != nil {
			return err
		}
	}
	if err := x.finish(); err != nil {
		return err
	}
	if records == 0 {
		return errXls
	}
	if err := x.book.strings.rest(r.w); err != nil {
		return err
	}
	return x.b.err
}

// open takes the key of a workbook that a password hides ([MS-XLS] 2.4.117);
// false where none fits.
func (x *xlsBook) open() (opened bool, err error) {
	const xor, block = 0, 1024
	if u16(x.b.data, 0) == xor || x.b.key != nil {
		return false, nil
	}
	x.b.key, err = x.r.openRC4(part(x.b.data, 2, len(x.b.data)), block)
	x.r.w.result.Encrypted = x.b.key != nil
	return x.b.key != nil, err
}

// begin starts a sheet at a place.
func (x *xlsBook) begin(place string) {
	x.f = newOfficeFlow(x.r.w, place)
	x.rows = sheetRows{f: x.f}
	x.row, x.hidden = -1, map[int]bool{}
}

func (x *xlsBook) finish() error {
	if err := x.rows.end(); err != nil {
		return err
	}
	return x.f.end()
}

// record reads the open record.
func (x *xlsBook) record() error {
	d := x.b.data
	switch x.b.kind {
	case biffBOF:
		return x.start(d)
	case 0x0A: // EOF
		if x.depth--; x.depth == 0 {
			return x.finish()
		}
	case 0x42: // CODEPAGE
		x.page = u16(d, 0)
	case 0x22: // DATEMODE
		x.book.date1904 = u16(d, 0) == 1
	case 0x41E: // FORMAT
		if len(x.book.formats) < maxFormats {
			x.book.formats[u16(d, 0)] = parseNumFormat(x.shortText(d, 2, x.biff8))
		}
	case 0xE0: // XF
		if len(x.book.styles) < maxFormats {
			x.book.styles = append(x.book.styles, x.book.format(u16(d, 2)))
		}
	case 0x85: // BOUNDSHEET
		return x.sheet(d)
	case 0xFC: // SST
		return x.sharedStrings()
	case 0x208: // ROW
		if u16(d, 12)&0x20 != 0 && len(x.hidden) < 1<<20 {
			x.hidden[u16(d, 0)] = true
		}
	case 0x7D: // COLINFO
		if u16(d, 8)&1 != 0 {
			x.rows.hide(u16(d, 0), u16(d, 2))
		}
	case 0xEB: // pictures
		if bytes.Contains(d, []byte("\x89PNG")) || bytes.Contains(d, []byte("\xff\xd8\xff")) {
			x.r.w.lost(ProblemImage)
		}
	case 0x1C, 0x1B6, 0x14, 0x15, 0x1B8, 0x18, 0xCD:
		return x.remark(d)
	default:
		return x.cellRecord(d)
	}
	return nil
}

// start begins a part of the workbook: its globals, or a sheet, or a chart in
// a sheet.
func (x *xlsBook) start(d []byte) error {
	x.biff8 = u16(d, 0) >= 0x600
	if x.depth++; x.depth > 1 {
		return nil
	}
	if err := x.finish(); err != nil {
		return err
	}
	info := x.info[x.b.pos]
	place := ""
	if info.hidden || u16(d, 2) == 0x40 { // a sheet of macros
		place = "hidden"
	}
	x.begin(place)
	return nil
}

// sheet takes the name and state of a sheet.
func (x *xlsBook) sheet(d []byte) error {
	if len(x.info) >= maxSheets {
		x.r.w.lost(ProblemBudget)
		return nil
	}
	state := byte(0)
	if len(d) > 4 {
		state = d[4]
	}
	info := xlsxSheetInfo{name: x.shortText(d, 6, false), hidden: state&3 != 0}
	x.info[int64(u32(d, 0))] = info
	return x.r.w.line("names", info.name)
}

// shortText reads a text that stands in one record: a length of one byte or
// two, in Excel 97 and later a byte that tells the width, the characters.
func (x *xlsBook) shortText(d []byte, at int, long bool) string {
	n := 0
	switch {
	case long:
		n = u16(d, at)
		at += 2
	case at < len(d):
		n = int(d[at])
		at++
	}
	if !x.biff8 {
		return decodePage(part(d, at, n), x.page)
	}
	if at >= len(d) {
		return ""
	}
	if d[at]&1 != 0 {
		return utf16Text(part(d, at+1, 2*n))
	}
	return latin1(part(d, at+1, n))
}

// latin1 is b, each byte being a character.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// cellRecord takes the records that hold cells.
func (x *xlsBook) cellRecord(d []byte) error {
	if x.b.kind == 0x207 { // STRING, the text that a formula gave
		if x.formula < 0 {
			return nil
		}
		x.formula = -1
		text, err := x.longText(0)
		if err != nil {
			return err
		}
		return x.rows.add(text)
	}
	switch x.b.kind {
	case 0xFD, 0x204, 0xD6, 0x203, 0x27E, 0xBD, 0x06, 0x205:
	default:
		return nil
	}
	if len(d) < 8 {
		return errXls
	}
	if err := x.cellAt(u16(d, 0), u16(d, 2)); err != nil {
		return err
	}
	switch x.b.kind {
	case 0xFD: // LABELSST
		return x.rows.add(x.book.strings.get(u32(d, 6)))
	case 0x204, 0xD6: // LABEL, RSTRING
		text, err := x.longText(6)
		if err != nil {
			return err
		}
		return x.rows.add(text)
	case 0x203: // NUMBER
		return x.number(float(d, 6), u16(d, 4))
	case 0x27E: // RK
		return x.number(rkNumber(u32(d, 6)), u16(d, 4))
	case 0xBD: // MULRK
		for at := 4; at+8 <= len(d); at += 6 {
			if at > 4 {
				if err := x.cellAt(u16(d, 0), u16(d, 2)+(at-4)/6); err != nil {
					return err
				}
			}
			if err := x.number(rkNumber(u32(d, at+2)), u16(d, at)); err != nil {
				return err
			}
		}
	case 0x06:
		return x.result(d)
	case 0x205: // BOOLERR
		if d[7] == 0 {
			return x.rows.add([]byte([]string{"FALSE", "TRUE"}[d[6]&1]))
		}
	}
	return nil
}

// result takes what a formula gave when it was last computed.
func (x *xlsBook) result(d []byte) error {
	if len(d) < 14 {
		return errXls
	}
	if u16(d, 12) != 0xFFFF {
		return x.number(float(d, 6), u16(d, 4))
	}
	switch d[6] {
	case 0:
		x.formula = u16(d, 2)
	case 1:
		return x.rows.add([]byte([]string{"FALSE", "TRUE"}[d[8]&1]))
	}
	return nil
}

// cellAt begins the cell in a row and column.
func (x *xlsBook) cellAt(row, column int) error {
	x.formula = -1
	if row != x.row || !x.rows.open {
		if err := x.rows.start(x.hidden[row]); err != nil {
			return err
		}
		x.row = row
	}
	return x.rows.cell(column)
}

func (x *xlsBook) number(v float64, style int) error {
	return x.rows.add([]byte(x.book.style(style).show(v, "", x.book.date1904)))
}

func float(b []byte, at int) float64 {
	if at+8 > len(b) {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b[at:]))
}

// rkNumber decodes a number that was packed into four bytes.
func rkNumber(rk int) float64 {
	var v float64
	if rk&2 != 0 {
		v = float64(int32(uint32(rk)) >> 2)
	} else {
		v = math.Float64frombits(uint64(rk&^3) << 32)
	}
	if rk&1 != 0 {
		v /= 100
	}
	return v
}
