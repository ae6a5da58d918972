package extract

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"path"
	"slices"
	"strings"
)

// ooxml is an Office Open XML package (ECMA-376, ISO/IEC 29500) that is being
// read. Its parts are told by their root elements and by the relationships
// between them, never by their names, which are free.
type ooxml struct {
	w      *work
	parts  []*ooxmlPart
	byName map[string]*ooxmlPart
	labels labelSet

	hiddenStyles map[string]bool // docx: styles whose text is hidden
	book         xlsxBook
}

// ooxmlPart is one entry of the package.
type ooxmlPart struct {
	file *zip.File
	name string // lower case, "/" between folders
	root string // local name of the root element, "" if it has none
	// rels are its relationships by id.
	rels  map[string]ooxmlRel
	order int // among parts with the same root
}

type ooxmlRel struct {
	target   string // a part's name, or an address
	external bool
}

// maxOOXMLRels is how many relationships of a package are kept.
const maxOOXMLRels = 100_000

// readOOXML reads docx, xlsx and pptx files with their template and macro
// variants, and their forms that are one XML document.
func readOOXML(w *work) error {
	if w.isXML() {
		return readFlatOOXML(w)
	}
	z, err := openPackage(w)
	if err != nil {
		return err
	}
	x := &ooxml{w: w, byName: map[string]*ooxmlPart{}, labels: labelSet{}}
	if err := x.list(z); err != nil {
		return err
	}
	for _, step := range []func() error{x.readRels, x.readStyles, x.readBook, x.readParts} {
		if err := step(); err != nil {
			return err
		}
	}
	x.labels.hand(w)
	return nil
}

// list looks at each entry's beginning.
func (x *ooxml) list(z *zip.Reader) error {
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		p := &ooxmlPart{file: f, name: partName(f.Name)}
		if err := x.w.spend(64); err != nil {
			return err
		}
		p.root = x.rootOf(f)
		x.parts = append(x.parts, p)
		x.byName[p.name] = p
	}
	return nil
}

// rootOf is the name of an entry's root element, "" if it isn't XML.
func (x *ooxml) rootOf(f *zip.File) string {
	if f.Flags&1 != 0 {
		return ""
	}
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	head := make([]byte, 4<<10)
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	if text := trimXML(head); len(text) == 0 || text[0] != '<' {
		return rootOfBinary(head)
	}
	s := newXMLScanSize(bytes.NewReader(head), len(head)+512)
	if s.next() == xmlChars {
		s.next()
	}
	if s.depth == 0 {
		return ""
	}
	return string(s.name)
}

func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/"))
}

// each reads one XML part, calling visit for each token.
func (x *ooxml) each(p *ooxmlPart, visit func(s *xmlScan, token xmlToken) error) error {
	r := x.w.entry(p.file)
	if r == nil {
		return nil
	}
	defer r.Close()
	return x.w.passed(x.w.scanXML(r, visit))
}

// scanXML calls visit for each token of r until the end, or until visit fails.
func (w *work) scanXML(r io.Reader, visit func(s *xmlScan, token xmlToken) error) error {
	s := newXMLScan(r)
	for {
		token := s.next()
		if token == xmlDone {
			break
		}
		if err := visit(s, token); err != nil {
			return err
		}
	}
	if s.doctype {
		// Its entities are not expanded.
		w.lost(ProblemFeature)
	}
	return s.problem()
}

// readRels reads the relationships of all parts, and hands on the addresses
// outside of the package.
func (x *ooxml) readRels() error {
	left := maxOOXMLRels
	for _, p := range x.parts {
		if p.root != "Relationships" {
			continue
		}
		// a/_rels/b.xml.rels tells of a/b.xml.
		folder := path.Dir(path.Dir(p.name))
		of := x.byName[partName(path.Join(folder, strings.TrimSuffix(path.Base(p.name), ".rels")))]
		err := x.each(p, func(s *xmlScan, token xmlToken) error {
			if token != xmlStart || string(s.name) != "Relationship" {
				return nil
			}
			rel := ooxmlRel{target: string(s.attr("Target")), external: string(s.attr("TargetMode")) == "External"}
			if rel.external {
				return x.w.line("links", rel.target)
			}
			if left--; left < 0 {
				x.w.lost(ProblemBudget)
				return nil
			}
			if of != nil {
				if of.rels == nil {
					of.rels = map[string]ooxmlRel{}
				}
				if !strings.HasPrefix(rel.target, "/") {
					rel.target = path.Join(folder, rel.target)
				}
				rel.target = partName(rel.target)
				of.rels[string(s.attr("Id"))] = rel
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rank is the order in which parts are read: what the document says first,
// then what stands around it.
func (p *ooxmlPart) rank() int {
	switch p.root {
	case binaryRoot + "worksheet", "document", "worksheet", "chartsheet", "dialogsheet", "macrosheet", "sld", "package", "wordDocument":
		return 0
	case "":
		return 3
	case "hdr", "ftr", "notes", "footnotes", "endnotes", "comments":
		return 1
	}
	return 2
}

// readParts reads everything that has not been read yet.
func (x *ooxml) readParts() error {
	x.orderSlides()
	slices.SortStableFunc(x.parts, func(a, b *ooxmlPart) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.order, b.order))
	})
	for _, p := range x.parts {
		if err := x.readPart(p); err != nil {
			return err
		}
	}
	return x.book.leftStrings(x.w)
}

// orderSlides numbers the slides as the presentation lists them.
func (x *ooxml) orderSlides() {
	for _, p := range x.parts {
		p.order = 1 << 30
		if sheet := x.book.sheetOf(p.name); sheet != nil {
			p.order = sheet.order
		}
	}
	for _, p := range x.parts {
		if p.root != "presentation" {
			continue
		}
		n := 0
		_ = x.each(p, func(s *xmlScan, token xmlToken) error {
			if token == xmlStart && string(s.name) == "sldId" {
				// Two attributes are called id: the second is the relationship's.
				for _, a := range s.attrs {
					if rel, ok := p.rels[string(a.value)]; ok && x.byName[rel.target] != nil {
						n++
						x.byName[rel.target].order = n
					}
				}
			}
			return nil
		})
	}
}

// readPart reads one part by what it is.
func (x *ooxml) readPart(p *ooxmlPart) error {
	switch p.root {
	case "":
		return x.readBinary(p)
	case binaryRoot + "worksheet", binaryRoot + "comments":
		return x.readBinarySheet(p)
	case binaryRoot + "workbook", binaryRoot + "sst", binaryRoot + "styleSheet", "Relationships", "Types", "styleSheet", "workbook", "sst", "theme", "themeOverride", "styles", "fonts", "webSettings",
		"presentation", "presentationPr", "viewPr", "tblStyleLst", "calcChain", "colorsDef", "layoutDef", "styleDef",
		"chartStyle", "colorStyle", "colors", "MapInfo":
		return nil // read before, or nothing to be read by people
	case "worksheet", "chartsheet", "dialogsheet", "macrosheet", "externalLink":
		return x.readSheet(p)
	case "coreProperties", "Properties", "labelList":
		return x.readProperties(p)
	case "pivotCacheDefinition", "pivotCacheRecords":
		return x.readPivot(p)
	case "ThreadedComments", "personList", "people", "cmAuthorLst", "authorLst":
		return x.readAttributes(p)
	case "table", "queryTable", "connections", "tagLst", "userShapes", "settings", "numbering":
		return x.readAttributes(p)
	case "Signature":
		x.w.result.Signed = true
		return nil
	case "datastoreItem", "contentTypeSchema", "schema", "databinding":
		return nil
	}
	if place, ok := ooxmlPlaces[p.root]; ok {
		return x.readText(p, place)
	}
	return x.w.entryChild(p.file, "application/xml")
}

// ooxmlPlaces are the roots of parts with running text, and where that stands.
var ooxmlPlaces = map[string]string{
	"document": "", "sld": "", "chartSpace": "", "chart": "", "dataModel": "", "drawing": "", "wsDr": "", "xml": "",
	"package": "", "wordDocument": "", "glossaryDocument": "metadata",
	"hdr": "header", "ftr": "header", "sldMaster": "header", "sldLayout": "header", "notesMaster": "header", "handoutMaster": "header",
	"footnotes": "notes", "endnotes": "notes", "notes": "notes",
	"comments": "comments", "cmLst": "comments", "commentsEx": "comments",
}

// readBinary hands on a part that isn't XML: a picture, an embedded file, the
// macros (a compound file), or a binary sheet.
func (x *ooxml) readBinary(p *ooxmlPart) error {
	if strings.HasSuffix(p.name, ".odttf") || strings.HasPrefix(p.name, "docprops/thumbnail.") {
		return nil // an embedded font; the first page once more, too small to read
	}
	if strings.Contains(p.name, "printersettings") && strings.HasSuffix(p.name, ".bin") && p.file.UncompressedSize64 < 64<<10 {
		return nil
	}
	return x.w.entryChild(p.file, "")
}

// readProperties reads document properties and labels.
func (x *ooxml) readProperties(p *ooxmlPart) error {
	var name, field string
	var value []byte
	return x.each(p, func(s *xmlScan, token xmlToken) error {
		switch token {
		case xmlStart:
			switch string(s.name) {
			case "property":
				field = string(s.attr("name"))
			case "label":
				x.labels.info(string(s.attr("id")), string(s.attr("enabled")), string(s.attr("removed")))
			}
			name, value = string(s.name), value[:0]
		case xmlChars:
			if len(value) < 64<<10 {
				value = append(value, s.text...)
			} else if err := x.w.line("properties", string(s.text)); err != nil {
				return err
			}
		case xmlEnd:
			if len(value) > 0 {
				label := cmp.Or(field, name)
				x.labels.property(label, string(value))
				err := x.w.field("properties", label, string(value))
				value = value[:0]
				return err
			}
			if string(s.name) == "property" {
				field = ""
			}
		}
		return nil
	})
}

// readAttributes reads a part whose text stands in attributes as well.
func (x *ooxml) readAttributes(p *ooxmlPart) error {
	place := "metadata"
	if p.root == "ThreadedComments" {
		place = "comments"
	}
	wanted := " name displayName val value lvlText text description title commandText connection author initials email userId "
	return x.each(p, func(s *xmlScan, token xmlToken) error {
		if token == xmlChars {
			return x.w.line(place, string(s.text))
		}
		if token != xmlStart || p.root == "settings" && string(s.name) != "docVar" || p.root == "numbering" && string(s.name) != "lvlText" {
			return nil
		}
		for _, a := range s.attrs {
			if len(a.value) > 1 && !bytes.HasPrefix(a.value, []byte("%")) && strings.Contains(wanted, " "+string(a.name)+" ") {
				if err := x.w.line(place, string(a.value)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
