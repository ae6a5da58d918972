package extract

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	maxSharedBytes = 16 << 20 // of a workbook's strings held for its cells
	maxSheets      = 10_000
	maxFormats     = 70_000
	maxGap         = 512 // empty cells that are kept before a cell
)

// xlsxBook is what the sheets of a workbook share.
type xlsxBook struct {
	sheets   []*xlsxSheetInfo
	byPart   map[string]*xlsxSheetInfo
	date1904 bool

	formats map[int]numFormat // by number format id
	styles  []numFormat       // by cell style
	inXfs   bool

	strings sharedStrings
}

// xlsxSheetInfo is what the workbook says of a sheet.
type xlsxSheetInfo struct {
	name   string
	hidden bool
	order  int
}

// sharedStrings holds the texts that cells refer to by number.
type sharedStrings struct {
	text []byte
	ends []int
	used []bool
	over bool // there was no room for some: they were handed on without their cells
}

// close ends the string that was appended to text.
func (t *sharedStrings) close() { t.ends = append(t.ends, len(t.text)); t.used = append(t.used, false) }

// closed is how much of text is whole strings.
func (t *sharedStrings) closed() int {
	if len(t.ends) == 0 {
		return 0
	}
	return t.ends[len(t.ends)-1]
}

// get is the string with a number, nil if there is none.
func (t *sharedStrings) get(i int) []byte {
	if i < 0 || i >= len(t.ends) {
		return nil
	}
	t.used[i] = true
	from := 0
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}

// rest hands on, as hidden, the strings that no cell shows.
func (t *sharedStrings) rest(w *work) error {
	f := newOfficeFlow(w, "hidden")
	for i := range t.ends {
		if t.used[i] {
			continue
		}
		if err := f.add("hidden", t.get(i)); err != nil {
			return err
		}
		if err := f.endBlock("\n"); err != nil {
			return err
		}
	}
	return f.flush(true)
}

func (b *xlsxBook) leftStrings(w *work) error { return b.strings.rest(w) }

func (b *xlsxBook) sheetOf(part string) *xlsxSheetInfo { return b.byPart[part] }

// styleToken takes the number formats from the style sheet.
func (b *xlsxBook) styleToken(s *xmlScan, token xmlToken) error {
	if b.formats == nil {
		b.formats = map[int]numFormat{}
	}
	switch string(s.name) {
	case "cellXfs":
		b.inXfs = token == xmlStart
	case "numFmt":
		if token == xmlStart && len(b.formats) < maxFormats {
			id, _ := strconv.Atoi(string(s.attr("numFmtId")))
			b.formats[id] = parseNumFormat(string(s.attr("formatCode")))
		}
	case "xf":
		if token == xmlStart && b.inXfs && len(b.styles) < maxFormats {
			id, _ := strconv.Atoi(string(s.attr("numFmtId")))
			b.styles = append(b.styles, b.format(id))
		}
	}
	return nil
}

func (b *xlsxBook) format(id int) numFormat {
	if f, ok := b.formats[id]; ok {
		return f
	}
	return builtinFormat(id)
}

// readBook reads what the workbook says of its sheets, and the strings.
func (x *ooxml) readBook() error {
	x.book.byPart = map[string]*xlsxSheetInfo{}
	for _, p := range x.parts {
		var err error
		switch p.root {
		case "workbook":
			err = x.readWorkbook(p)
		case "sst":
			err = x.readStrings(p)
		}
		if err != nil {
			return err
		}
	}
	return x.readBinaryBook()
}

func (x *ooxml) readWorkbook(p *ooxmlPart) error {
	name, value := "", []byte(nil)
	return x.each(p, func(s *xmlScan, token xmlToken) error {
		switch {
		case token == xmlChars:
			if name != "" && len(value) < flowMaxBlock {
				value = append(value, s.text...)
			} else if name != "" {
				return x.w.line("names", string(s.text))
			}
			return nil
		case token == xmlEnd:
			if string(s.name) == "definedName" {
				err := x.w.field("names", name, string(value))
				name, value = "", nil
				return err
			}
			return nil
		}
		switch string(s.name) {
		case "workbookPr":
			if v := s.attr("date1904"); v != nil {
				x.book.date1904 = xmlOn(v)
			}
		case "definedName":
			name = string(s.attr("name")) + " "
		case "sheet":
			return x.addSheet(p, s)
		}
		return nil
	})
}

// addSheet takes a sheet's name, state and part.
func (x *ooxml) addSheet(p *ooxmlPart, s *xmlScan) error {
	if len(x.book.sheets) >= maxSheets {
		x.w.lost(ProblemBudget)
		return nil
	}
	info := &xlsxSheetInfo{name: string(s.attr("name")), order: len(x.book.sheets)}
	info.hidden = strings.Contains(strings.ToLower(string(s.attr("state"))), "hidden")
	x.book.sheets = append(x.book.sheets, info)
	if rel, ok := p.rels[string(s.attr("id"))]; ok {
		x.book.byPart[rel.target] = info
	}
	return x.w.line("names", info.name)
}

// readStrings reads the shared strings.
func (x *ooxml) readStrings(p *ooxmlPart) error {
	t := &x.book.strings
	capture, phonetic := false, 0
	f := newOfficeFlow(x.w, "")
	err := x.each(p, func(s *xmlScan, token xmlToken) error {
		switch token {
		case xmlChars:
			if capture && t.over {
				return f.add("", s.text)
			}
			if capture {
				t.text = append(t.text, s.text...)
				t.over = len(t.text) > 2*maxSharedBytes
			}
			return nil
		case xmlEnd:
			capture = false
			switch string(s.name) {
			case "rPh":
				phonetic--
			case "si":
				if !t.over || len(t.text) > t.closed() {
					t.close()
				}
				if t.over {
					return f.endBlock("\n")
				}
				t.over = len(t.text)+24*len(t.ends) > maxSharedBytes
			}
			return nil
		}
		switch string(s.name) {
		case "rPh":
			phonetic++
		case "t":
			capture = phonetic <= 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.flush(true)
}

// xlsxSheet reads the cells of one sheet.
type xlsxSheet struct {
	x    *ooxml
	f    *officeFlow
	rows sheetRows

	kind    string // of the cell, its attribute t
	style   int
	value   []byte
	capture bool
	aside   string // place for the text of the element that is open, "" for none
}

// readSheet reads a worksheet, or what a workbook keeps of another one.
func (x *ooxml) readSheet(p *ooxmlPart) error {
	place := ""
	if p.root == "externalLink" {
		place = "metadata"
	}
	if info := x.book.sheetOf(p.name); info != nil && info.hidden {
		place = "hidden"
	}
	t := &xlsxSheet{x: x, f: newOfficeFlow(x.w, place)}
	t.rows.f = t.f
	if err := x.each(p, t.token); err != nil {
		return err
	}
	return t.f.end()
}

func (t *xlsxSheet) token(s *xmlScan, token xmlToken) error {
	switch token {
	case xmlStart:
		return t.start(s)
	case xmlChars:
		if t.capture {
			t.value = append(t.value, s.text...)
			if len(t.value) < flowMaxBlock {
				return nil
			}
			err := t.rows.add(t.value)
			t.value = t.value[:0]
			return err
		} else if t.aside == "header" {
			t.f.aside(t.aside, headerText(string(s.text))+"\n")
		} else if t.aside != "" {
			t.f.aside(t.aside, string(s.text)+"\n")
		}
		return nil
	}
	t.capture, t.aside = false, ""
	switch string(s.name) {
	case "c", "cell":
		return t.cell()
	case "row":
		return t.rows.end()
	}
	return nil
}

func (t *xlsxSheet) start(s *xmlScan) error {
	switch string(s.name) {
	case "v", "t":
		t.capture = true
	case "c", "cell":
		t.kind, t.style, t.value = "", 0, t.value[:0]
		column := -1
		for _, a := range s.attrs {
			switch string(a.name) {
			case "r":
				column = columnOf(a.value)
			case "t":
				t.kind = cellKind(a.value)
			case "s":
				t.style = cellNumber(a.value)
			}
		}
		return t.rows.cell(column)
	case "row":
		hidden := s.attr("hidden")
		return t.rows.start(hidden != nil && xmlOn(hidden))
	case "col":
		if hidden := s.attr("hidden"); hidden != nil && xmlOn(hidden) {
			t.rows.hide(cellNumber(s.attr("min"))-1, cellNumber(s.attr("max"))-1)
		}
	case "f", "formula1", "formula2":
		t.aside = "formulas"
	case "oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter":
		t.aside = "header"
	case "dataValidation":
		t.asides("comments", s, "promptTitle", "prompt", "errorTitle", "error")
	case "hyperlink":
		t.asides("links", s, "location", "display", "tooltip")
	case "inputCells", "sheetName":
		t.asides("metadata", s, "val")
	}
	return nil
}

func (t *xlsxSheet) asides(place string, s *xmlScan, names ...string) {
	for _, name := range names {
		if v := s.attr(name); len(v) > 1 {
			t.f.aside(place, string(v)+"\n")
		}
	}
}

// headerText is a sheet's header or footer without its codes: &L, &"font",
// &12 and so on.
func headerText(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '&' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '&':
			out.WriteByte('&')
		case c == '"':
			if end := strings.IndexByte(s[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case c >= '0' && c <= '9':
			for i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				i++
			}
		case c == 'L' || c == 'C' || c == 'R':
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// cell hands on the value of the cell that ends.
func (t *xlsxSheet) cell() error {
	value := t.value
	switch t.kind {
	case "s":
		value = t.x.book.strings.get(cellNumber(value))
	case "b":
		value = []byte(map[bool]string{true: "TRUE", false: "FALSE"}[string(value) == "1"])
	case "":
		if v, err := strconv.ParseFloat(string(value), 64); err == nil {
			value = []byte(t.x.book.style(t.style).show(v, string(value), t.x.book.date1904))
		}
	}
	return t.rows.add(value)
}

func (b *xlsxBook) style(i int) numFormat {
	if i < 0 || i >= len(b.styles) {
		return numFormat{}
	}
	return b.styles[i]
}

// cellKind is t without a copy for the kinds that there are.
func cellKind(t []byte) string {
	switch string(t) {
	case "s":
		return "s"
	case "n":
		return ""
	case "b":
		return "b"
	}
	return "str"
}

// cellNumber is a number in digits, -1 where it is none or too large for a sheet.
func cellNumber(b []byte) int {
	n := 0
	for _, c := range bytes.TrimSpace(b) {
		if c < '0' || c > '9' || n > 1<<30 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(b) == 0 {
		return -1
	}
	return n
}

// columnOf is the column in a cell's reference, A being 0; -1 if it has none.
func columnOf(ref []byte) int {
	n := 0
	for _, c := range ref {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// sheetRows puts the cells of a sheet into rows, each value under its column,
// and the hidden ones aside.
type sheetRows struct {
	f        *officeFlow
	column   int // of the open cell
	repeated int // odf: how many cells the open one stands for
	hidden   bool
	columns  []columnRange // hidden
	heading  []byte        // the first row
	begun    bool          // hidden text has its heading
	open     bool
}

type columnRange struct{ from, to int }

// hide notes that columns are hidden.
func (r *sheetRows) hide(from, to int) {
	if len(r.columns) < 1000 && from >= 0 && to >= from {
		r.columns = append(r.columns, columnRange{from, to})
	}
}

// start begins a row.
func (r *sheetRows) start(hidden bool) error {
	if r.open {
		if err := r.end(); err != nil {
			return err
		}
	}
	r.open, r.hidden, r.column = true, hidden, -1
	r.f.rowStart()
	if hidden && !r.begun && r.f.place != "hidden" {
		r.begun = true
		r.f.aside("hidden", string(r.heading))
	}
	return nil
}

// cell begins a cell; column is -1 for the next one. Many empty cells in
// between are kept as a few.
func (r *sheetRows) cell(column int) error {
	if !r.open {
		if err := r.start(false); err != nil {
			return err
		}
	}
	gap := 1
	if column > r.column {
		gap = column - r.column
		r.column = column
	} else {
		r.column++
	}
	return r.f.skipCells(min(gap, maxGap))
}

// add puts a value into the open cell.
func (r *sheetRows) add(value []byte) error {
	place := r.f.place
	if r.hidden {
		place = "hidden"
	}
	for _, c := range r.columns {
		if r.column >= c.from && r.column <= c.to {
			place = "hidden"
		}
	}
	return r.f.add(place, value)
}

// end ends the row.
func (r *sheetRows) end() error {
	if !r.open {
		return nil
	}
	r.open = false
	if open := r.f.out[r.f.mark:]; r.heading == nil && len(open) > 0 && len(open) < 4<<10 {
		r.heading = append(bytes.Clone(open), '\n')
	}
	return r.f.rowEnd()
}
