package extract

import (
	"bufio"
	"errors"
	"io"
)

// Workbooks may be saved with binary parts ([MS-XLSB]). Their roots are called
// as in XML, with binaryRoot before it.
const binaryRoot = "binary "

// binaryRoots are the parts by the number of their first record.
var binaryRoots = map[int]string{131: "workbook", 129: "worksheet", 159: "sst", 278: "styleSheet", 628: "comments"}

var errXlsb = errors.New("binary workbook: broken")

// rootOfBinary is the root of a binary part by its beginning, "" if it is none.
func rootOfBinary(head []byte) string {
	if len(head) < 3 || head[0] < 0x80 || head[1] >= 0x80 {
		return ""
	}
	if root := binaryRoots[int(head[0]&0x7F)|int(head[1])<<7]; root != "" {
		return binaryRoot + root
	}
	return ""
}

// eachRecord calls visit for each record of a binary part.
func (x *ooxml) eachRecord(p *ooxmlPart, visit func(kind int, b []byte) error) error {
	r := x.w.entry(p.file)
	if r == nil {
		return nil
	}
	defer r.Close()
	return x.w.passed(eachBinaryRecord(bufio.NewReaderSize(r, 64<<10), visit))
}

func eachBinaryRecord(in *bufio.Reader, visit func(kind int, b []byte) error) error {
	var buf []byte
	var skipped error
	for {
		kind, err := binaryNumber(in, 2)
		if err == io.EOF {
			return skipped
		}
		size := 0
		if err == nil {
			size, err = binaryNumber(in, 4)
		}
		if err != nil {
			return errors.Join(errXlsb, err)
		}
		if size > flowMaxBlock { // longer than any cell
			if _, err := io.CopyN(io.Discard, in, int64(size)); err != nil {
				return err
			}
			skipped = errTooLong
			continue
		}
		buf = append(buf[:0], make([]byte, size)...)
		if _, err := io.ReadFull(in, buf); err != nil {
			return errors.Join(errXlsb, err)
		}
		if err := visit(kind, buf); err != nil {
			return err
		}
	}
}

// binaryNumber reads a number of at most n bytes with seven bits each.
func binaryNumber(in *bufio.Reader, n int) (int, error) {
	v := 0
	for i := range n {
		c, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		v |= int(c&0x7F) << (7 * i)
		if c < 0x80 {
			break
		}
	}
	return v, nil
}

// wideText is a text with its length of four bytes, and what follows it.
func wideText(b []byte, at int) (text string, end int) {
	n := u32(b, at)
	if n > len(b) {
		return "", len(b)
	}
	return utf16Text(part(b, at+4, 2*n)), at + 4 + 2*n
}

// readBinaryBook reads the sheets, formats and strings of a binary workbook.
func (x *ooxml) readBinaryBook() error {
	for _, p := range x.parts {
		var err error
		switch p.root {
		case binaryRoot + "styleSheet":
			err = x.eachRecord(p, x.book.binaryStyle)
		case binaryRoot + "workbook":
			err = x.eachRecord(p, func(kind int, b []byte) error { return x.binarySheet(p, kind, b) })
		case binaryRoot + "sst":
			err = x.eachRecord(p, x.binaryString)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *xlsxBook) binaryStyle(kind int, d []byte) error {
	if b.formats == nil {
		b.formats = map[int]numFormat{}
	}
	switch kind {
	case 617, 618: // the formats of cells begin, and end
		b.inXfs = kind == 617
	case 44:
		if len(b.formats) < maxFormats {
			code, _ := wideText(d, 2)
			b.formats[u16(d, 0)] = parseNumFormat(code)
		}
	case 47:
		if b.inXfs && len(b.styles) < maxFormats {
			b.styles = append(b.styles, b.format(u16(d, 2)))
		}
	}
	return nil
}

// binarySheet takes what the workbook says of a sheet.
func (x *ooxml) binarySheet(p *ooxmlPart, kind int, b []byte) error {
	switch kind {
	case 153:
		x.book.date1904 = u32(b, 0)&1 != 0
	case 39:
		name, _ := wideText(b, 9)
		return x.w.line("names", name)
	case 156:
		if len(x.book.sheets) >= maxSheets {
			x.w.lost(ProblemBudget)
			return nil
		}
		rel, end := wideText(b, 8)
		name, _ := wideText(b, end)
		info := &xlsxSheetInfo{name: name, hidden: u32(b, 0) != 0, order: len(x.book.sheets)}
		x.book.sheets = append(x.book.sheets, info)
		x.book.byPart[p.rels[rel].target] = info
		return x.w.line("names", name)
	}
	return nil
}

func (x *ooxml) binaryString(kind int, b []byte) error {
	if kind != 19 {
		return nil
	}
	t := &x.book.strings
	text, _ := wideText(b, 1)
	if t.over {
		return x.w.line("", text)
	}
	t.text = append(t.text, text...)
	t.close()
	t.over = len(t.text)+24*len(t.ends) > maxSharedBytes
	return nil
}

// readBinarySheet reads a sheet of a binary workbook, or its comments.
func (x *ooxml) readBinarySheet(p *ooxmlPart) error {
	place := ""
	if info := x.book.sheetOf(p.name); info != nil && info.hidden {
		place = "hidden"
	}
	t := &binarySheet{x: x, f: newOfficeFlow(x.w, place)}
	t.rows.f = t.f
	if err := x.eachRecord(p, t.record); err != nil {
		return err
	}
	if err := t.rows.end(); err != nil {
		return err
	}
	return t.f.end()
}

// binarySheet reads the cells of one sheet.
type binarySheet struct {
	x    *ooxml
	f    *officeFlow
	rows sheetRows
}

func (t *binarySheet) record(kind int, b []byte) error {
	switch kind {
	case 0:
		return t.rows.start(len(b) > 11 && b[11]&0x10 != 0)
	case 60:
		if u16(b, 16)&1 != 0 {
			t.rows.hide(u32(b, 0), u32(b, 4))
		}
		return nil
	case 637:
		text, _ := wideText(b, 1)
		t.f.aside("comments", text+"\n")
		return nil
	case 494:
		for at, i := 16, 0; i < 4 && at < len(b); i++ {
			var text string
			text, at = wideText(b, at)
			t.f.aside("links", text+"\n")
		}
		return nil
	case 2, 4, 5, 6, 7, 8, 9, 10, 62:
		return t.cell(kind, b)
	}
	return nil
}

// cell hands on the value of a cell.
func (t *binarySheet) cell(kind int, b []byte) error {
	if len(b) < 9 {
		return errXlsb
	}
	if err := t.rows.cell(u32(b, 0)); err != nil {
		return err
	}
	style := t.x.book.style(u32(b, 4) & 0xFFFFFF)
	value := ""
	switch kind {
	case 2:
		value = style.show(rkNumber(u32(b, 8)), "", t.x.book.date1904)
	case 4, 10:
		value = []string{"FALSE", "TRUE"}[b[8]&1]
	case 5, 9:
		value = style.show(float(b, 8), "", t.x.book.date1904)
	case 6, 8:
		value, _ = wideText(b, 8)
	case 62:
		value, _ = wideText(b, 9)
	case 7:
		return t.rows.add(t.x.book.strings.get(u32(b, 8)))
	}
	return t.rows.add([]byte(value))
}
