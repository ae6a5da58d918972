package extract

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// odfText reads one XML document of an OpenDocument file.
type odfText struct {
	o      *odf
	f      *officeFlow
	frames []odfFrame

	places []string // of notes, comments and so on that are open
	hidden int      // open elements that hide what is in them
	inText int      // open paragraphs
	skip   int      // open elements whose text is not of the document

	family, style string // of the style that is being defined
	meta          bool
	metaName      string
	capture       string // place for the text of the element just begun

	cell odfCell
	rows *sheetRows // of the sheet that is open, nil outside of sheets
}

// odfFrame is an open element whose end has to undo or finish something.
type odfFrame struct {
	depth int
	kind  byte
}

const (
	odfParagraph = 'p'
	odfHidden    = 'h'
	odfSkip      = 's'
	odfPlace     = 'n'
	odfPushed    = 'N' // a place with a block of its own
	odfRow       = 'w'
	odfCellKind  = 'c'
	odfTable     = 't'
	odfMeta      = 'm'
)

// odfCell is the open cell of a sheet: what it shows and what it holds.
type odfCell struct {
	open   bool
	column int
	kind   string
	value  string
	shown  []byte
	hidden bool
}

// read reads r, and hands on its text.
func (o *odf) read(r io.Reader, place string) error {
	t := &odfText{o: o, f: newOfficeFlow(o.w, place)}
	return o.w.endFlow(t.f, o.w.scanXML(r, t.token))
}

func (t *odfText) token(s *xmlScan, token xmlToken) error {
	switch token {
	case xmlStart:
		t.capture = ""
		return t.start(s)
	case xmlEnd:
		t.capture = ""
		return t.end(s)
	}
	return t.text(s.text)
}

func (t *odfText) text(text []byte) error {
	switch {
	case t.meta:
		if t.metaName == "" {
			return nil
		}
		return t.o.w.field("properties", t.metaName, string(text))
	case t.capture != "":
		t.f.aside(t.capture, string(text)+"\n")
		return nil
	case t.inText == 0 || t.skip > 0:
		return nil
	case t.cell.open && len(t.places) == 0:
		t.cell.shown = append(t.cell.shown, text...)
		if len(t.cell.shown) < flowMaxBlock {
			return nil
		}
		return t.endCell() // what is still to come goes on behind it
	}
	return t.f.add(t.place(), text)
}

func (t *odfText) place() string {
	switch {
	case len(t.places) > 0:
		return t.places[len(t.places)-1]
	case t.hidden > 0:
		return "hidden"
	}
	return t.f.place
}

func (t *odfText) push(s *xmlScan, kind byte) {
	t.frames = append(t.frames, odfFrame{s.depth, kind})
}

// hide begins something hidden.
func (t *odfText) hide(s *xmlScan, on bool) {
	if on {
		t.push(s, odfHidden)
		t.hidden++
	}
}

// aloneAt begins a note or the like, whose text stands at a place of its own.
func (t *odfText) aloneAt(s *xmlScan, place string) {
	kind := byte(odfPlace)
	if t.f.push() {
		kind = odfPushed
	}
	t.places = append(t.places, place)
	t.push(s, kind)
}

func (t *odfText) start(s *xmlScan) error {
	switch string(s.name) {
	case "p", "h":
		t.push(s, odfParagraph)
		if t.inText++; t.cell.open && len(t.cell.shown) > 0 {
			t.cell.shown = append(t.cell.shown, ' ')
		}
		t.hide(s, t.styled(s, "paragraph/"))
	case "span":
		t.hide(s, t.styled(s, "text/"))
	case "s":
		n, _ := strconv.Atoi(string(s.attr("c")))
		return t.text(bytes.Repeat([]byte{' '}, min(max(n, 1), 100)))
	case "tab":
		return t.text([]byte{'\t'})
	case "line-break":
		return t.text([]byte{'\n'})
	case "a", "image", "object", "plugin":
		if href := string(s.attr("href")); strings.Contains(href, ":") {
			t.f.aside("links", href+"\n")
		}
	case "note-citation", "change-info", "ruby-text":
		t.push(s, odfSkip)
		t.skip++
	case "note-body":
		t.aloneAt(s, "notes")
	case "annotation":
		t.aloneAt(s, "comments")
	case "deletion", "cell-content-deletion", "previous":
		t.aloneAt(s, "deleted")
	case "text-box":
		t.aloneAt(s, t.place())
	case "title", "desc":
		if !t.meta {
			t.capture = "alt"
		}
		t.metaName = string(s.name)
	default:
		return t.startOther(s)
	}
	return nil
}

// styled says whether the style of an element hides it.
func (t *odfText) styled(s *xmlScan, family string) bool {
	if len(t.o.hidden) == 0 {
		return false
	}
	return t.o.hidden[family+string(s.attr("style-name"))]
}

// startOther takes the elements that are rarer.
func (t *odfText) startOther(s *xmlScan) error {
	switch string(s.name) {
	case "meta":
		t.push(s, odfMeta)
		t.meta = true
	case "style":
		t.family, t.style = string(s.attr("family")), string(s.attr("name"))
	case "text-properties", "drawing-page-properties", "table-properties":
		display, visibility := string(s.attr("display")), string(s.attr("visibility"))
		if display == "none" || display == "false" || visibility == "hidden" {
			t.o.hidden[t.family+"/"+t.style] = true
		}
	case "master-styles":
		return t.f.moveTo("header")
	case "body":
		return t.f.moveTo("")
	case "creator", "date", "date-string", "creator-initials":
		if !t.meta {
			t.push(s, odfSkip)
			t.skip++
			t.capture = "metadata"
		}
		t.metaName = string(s.name)
	case "spreadsheet":
		t.o.sheet = true
	case "hidden-text":
		t.f.aside("hidden", string(s.attr("string-value"))+"\n")
	case "hidden-paragraph":
		t.hide(s, true)
	case "notes":
		t.aloneAt(s, "notes")
	case "page":
		t.hide(s, t.styled(s, "drawing-page/"))
	case "variable-set", "user-field-decl", "variable-decl", "placeholder", "conditional-text":
		t.asides("fields", s, "string-value", "string-value-if-true", "string-value-if-false", "description")
	case "named-range", "named-expression":
		t.asides("names", s, "name", "cell-range-address", "expression")
	case "binary-data":
		return t.o.w.base64Child(s, "")
	default:
		if t.meta {
			t.metaName = string(s.name)
			if name := s.attr("name"); name != nil {
				t.metaName = string(name)
			}
			return nil
		}
		return t.startTable(s)
	}
	return nil
}

func (t *odfText) asides(place string, s *xmlScan, names ...string) {
	for _, name := range names {
		if v := s.attr(name); len(v) > 0 {
			t.f.aside(place, string(v)+"\n")
		}
	}
}

func (t *odfText) startTable(s *xmlScan) error {
	switch string(s.name) {
	case "table":
		if t.o.sheet && t.rows == nil {
			t.rows = &sheetRows{f: t.f}
			t.push(s, odfTable)
			t.asides("names", s, "name")
		}
		t.hide(s, t.styled(s, "table/"))
	case "table-column":
		if t.rows != nil {
			n := max(cellNumber(s.attr("number-columns-repeated")), 1)
			if v := s.attr("visibility"); v != nil && string(v) != "visible" {
				t.rows.hide(t.rows.column, t.rows.column+n-1)
			}
			t.rows.column += n
		}
	case "table-row":
		t.push(s, odfRow)
		if t.rows != nil {
			t.cell.column = 0
			v := s.attr("visibility")
			return t.rows.start(t.hidden > 0 || v != nil && string(v) != "visible")
		}
		t.f.rowStart()
	case "table-cell", "covered-table-cell":
		t.push(s, odfCellKind)
		if t.rows != nil {
			t.startCell(s)
			return nil
		}
		t.f.cellStart()
	}
	return nil
}

// startCell begins a cell of a sheet.
func (t *odfText) startCell(s *xmlScan) {
	t.cell = odfCell{open: true, column: t.cell.column, shown: t.cell.shown[:0], hidden: string(s.name) == "covered-table-cell"}
	repeated := 1
	for _, a := range s.attrs {
		switch string(a.name) {
		case "number-columns-repeated":
			repeated = max(cellNumber(a.value), 1)
		case "value-type":
			t.cell.kind = string(a.value)
		case "value", "date-value", "time-value", "string-value":
			t.cell.value = string(a.value)
		case "formula":
			t.f.aside("formulas", string(a.value)+"\n")
		}
	}
	// The value stands under the first of the repeated cells.
	t.cell.column += repeated
	t.rows.repeated = repeated
}

// endCell hands on what the cell shows: dates as ISO dates, and digits where a
// number is shown in another way.
func (t *odfText) endCell() error {
	c := &t.cell
	c.open = false
	value := bytes.TrimSpace(c.shown)
	switch c.kind {
	case "date":
		value = []byte(strings.TrimSuffix(strings.Replace(c.value, "T", " ", 1), " 00:00:00"))
	case "float", "currency":
		if len(value) == 0 || bytes.ContainsAny(value, "E#") {
			if v, err := strconv.ParseFloat(c.value, 64); err == nil {
				value = []byte(numFormat{}.show(v, c.value, false))
			}
		}
	case "string":
		if len(value) == 0 {
			value = []byte(c.value)
		}
	}
	if len(value) == 0 {
		return nil
	}
	if err := t.rows.cell(c.column - t.rows.repeated); err != nil {
		return err
	}
	if c.hidden {
		return t.f.add("hidden", value)
	}
	return t.rows.add(value)
}

func (t *odfText) end(s *xmlScan) error {
	for n := len(t.frames); n > 0 && t.frames[n-1].depth == s.depth+1; n-- {
		kind := t.frames[n-1].kind
		t.frames = t.frames[:n-1]
		if err := t.finish(kind); err != nil {
			return err
		}
	}
	return nil
}

func (t *odfText) finish(kind byte) error {
	switch kind {
	case odfParagraph:
		if t.inText--; !t.cell.open || len(t.places) > 0 {
			return t.f.paragraph()
		}
	case odfHidden:
		t.hidden--
	case odfSkip:
		t.skip--
	case odfPlace, odfPushed:
		t.places = t.places[:len(t.places)-1]
		if kind == odfPushed {
			return t.f.pop()
		}
	case odfRow:
		if t.rows != nil {
			return t.rows.end()
		}
		return t.f.rowEnd()
	case odfCellKind:
		if t.cell.open {
			return t.endCell()
		}
	case odfTable:
		t.rows = nil
		return t.f.flush(true)
	case odfMeta:
		t.meta = false
	}
	return nil
}
