package extract

import (
	"bytes"
	"errors"
)

// isXML says whether the file begins as XML does; a zip file may have anything
// before it.
func (w *work) isXML() bool {
	head := make([]byte, 64)
	n, _ := w.file.Data.ReadAt(head, 0)
	text := trimXML(head[:n])
	return len(text) > 0 && text[0] == '<'
}

// trimXML cuts off what may stand before the first tag: blanks and byte order
// marks.
func trimXML(b []byte) []byte {
	for len(b) > 0 && bytes.IndexByte([]byte("\xef\xbb\xbf\xfe\xff\x00 \t\r\n"), b[0]) >= 0 {
		b = b[1:]
	}
	return b
}

// flatOfficeKind tells an office document that is one XML document by its
// beginning: flat OpenDocument, Word and Excel 2003 XML, and Office packages
// written as XML. It returns "" for anything else. Their readers are those of
// the zipped kinds.
func flatOfficeKind(head []byte) Kind {
	s := newXMLScanSize(bytes.NewReader(head), len(head)+512)
	if s.next() == xmlChars {
		s.next()
	}
	if s.depth == 0 {
		return ""
	}
	switch string(s.name) {
	case "document":
		return odfMediaKind(string(s.attr("mimetype")))
	case "wordDocument", "package":
		if string(s.name) == "package" && !bytes.Contains(head, []byte("xmlPackage")) {
			return ""
		}
		return KindDocx
	case "Workbook":
		if bytes.Contains(head, []byte("office:spreadsheet")) {
			return KindXlsx
		}
	}
	return ""
}

// readFlatOOXML reads Word and Excel 2003 XML, and packages written as XML.
func readFlatOOXML(w *work) error {
	head := make([]byte, 4<<10)
	n, _ := w.file.Data.ReadAt(head, 0)
	if flatOfficeKind(head[:n]) == KindXlsx {
		return readSheet2003(w)
	}
	t := &ooxmlText{x: &ooxml{w: w, labels: labelSet{}}, f: newOfficeFlow(w, ""), root: "package"}
	return w.endFlow(t.f, w.scanXML(w.counted(w.open()), t.token))
}

// endFlow hands on what a flow still holds, whatever the reading ended with.
func (w *work) endFlow(f *officeFlow, err error) error {
	if errors.Is(err, errStop) {
		return err
	}
	if ferr := f.end(); ferr != nil {
		return ferr
	}
	return err
}

// sheet2003 reads the sheets of an Excel 2003 XML workbook.
type sheet2003 struct {
	f     *officeFlow
	rows  sheetRows
	place string // where character data stands now, "-" for nowhere
}

func readSheet2003(w *work) error {
	t := &sheet2003{f: newOfficeFlow(w, ""), place: "-"}
	t.rows.f = t.f
	return w.endFlow(t.f, w.scanXML(w.counted(w.open()), t.token))
}

func (t *sheet2003) token(s *xmlScan, token xmlToken) error {
	switch token {
	case xmlChars:
		if t.place == "" {
			return t.rows.add(s.text)
		} else if t.place != "-" {
			t.f.aside(t.place, string(s.text))
		}
		return nil
	case xmlEnd:
		return t.end(string(s.name))
	}
	switch string(s.name) {
	case "Worksheet":
		t.f.aside("names", string(s.attr("Name"))+"\n")
	case "Column":
		if hidden := s.attr("Hidden"); hidden != nil && xmlOn(hidden) {
			if at := cellNumber(s.attr("Index")); at > 0 {
				t.rows.hide(at-1, at-1+max(cellNumber(s.attr("Span")), 0))
			}
		}
	case "Row":
		hidden := s.attr("Hidden")
		return t.rows.start(hidden != nil && xmlOn(hidden))
	case "Cell":
		if href := s.attr("HRef"); href != nil {
			t.f.aside("links", string(href)+"\n")
		}
		return t.rows.cell(cellNumber(s.attr("Index")) - 1)
	case "Comment":
		t.place = "comments"
	case "Data":
		if t.place == "-" {
			t.place = ""
		}
	case "Title", "Subject", "Author", "Keywords", "Description", "Company", "Manager", "Category":
		t.place = "properties"
	}
	return nil
}

func (t *sheet2003) end(name string) error {
	switch name {
	case "Row":
		return t.rows.end()
	case "Data":
		if t.place == "" {
			t.place = "-"
		}
	case "Comment", "Title", "Subject", "Author", "Keywords", "Description", "Company", "Manager", "Category":
		t.f.aside(t.place, "\n")
		t.place = "-"
	case "Worksheet":
		t.rows = sheetRows{f: t.f}
		return t.f.flush(true)
	}
	return nil
}
