package extract

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"
)

// ooxmlText reads running text: WordprocessingML and DrawingML, whose elements
// have the same names for the same things.
type ooxmlText struct {
	x    *ooxml
	f    *officeFlow
	root string

	frames  []textFrame
	capture captureMode
	field   bool // part of a field's instruction is waiting for its end

	deleted, fallback     int
	hiddenRun, hiddenPara bool
}

// captureMode says what character data is for now.
type captureMode int

const (
	captureNone captureMode = iota
	captureText
	captureDeleted
	captureField
)

// textFrame is an open element whose end has to undo or finish something.
type textFrame struct {
	depth  int
	kind   byte // of the frame constants
	hidden bool // what hiddenPara or hiddenRun was before
	extra  int  // cells that this one covers
}

const (
	frameParagraph = 'p'
	frameRun       = 'r'
	frameRow       = 'w'
	frameCell      = 'c'
	frameDeleted   = 'd'
	frameFallback  = 'f'
	frameBox       = 'b'
	frameAll       = 'a' // all character data in it is text
	frameValue     = 'v'
)

// readText reads a part with running text.
func (x *ooxml) readText(p *ooxmlPart, place string) error {
	t := &ooxmlText{x: x, f: newOfficeFlow(x.w, place), root: p.root}
	if err := x.each(p, t.token); err != nil {
		return err
	}
	return t.f.end()
}

func (t *ooxmlText) token(s *xmlScan, token xmlToken) error {
	switch token {
	case xmlStart:
		return t.start(s)
	case xmlEnd:
		return t.end(s)
	}
	return t.text(s.text)
}

// text puts character data where it belongs now.
func (t *ooxmlText) text(text []byte) error {
	switch t.capture {
	case captureText:
		return t.f.add(t.place(), text)
	case captureDeleted:
		return t.f.add("deleted", text)
	case captureField:
		t.f.aside("fields", string(text))
		t.field = true
	}
	return nil
}

func (t *ooxmlText) place() string {
	switch {
	case t.deleted > 0:
		return "deleted"
	case t.hiddenRun:
		return "hidden"
	case t.fallback > 0:
		return "fallback"
	}
	return t.f.place
}

func (t *ooxmlText) push(s *xmlScan, kind byte, hidden bool) {
	t.frames = append(t.frames, textFrame{depth: s.depth, kind: kind, hidden: hidden})
}

// within says whether the element lies levels below an open one of that kind,
// with none of the others between.
func (t *ooxmlText) within(s *xmlScan, kind byte, levels int) bool {
	n := len(t.frames)
	return n > 0 && t.frames[n-1].kind == kind && t.frames[n-1].depth == s.depth-levels
}

func (t *ooxmlText) start(s *xmlScan) error {
	switch string(s.name) {
	case "t", "text":
		t.capture = captureText
	case "delText":
		t.capture = captureDeleted
	case "instrText", "delInstrText":
		t.capture = captureField
	case "v":
		t.capture = captureText
		t.push(s, frameValue, false)
	case "p":
		t.push(s, frameParagraph, t.hiddenPara)
		t.hiddenPara = false
	case "r":
		t.push(s, frameRun, t.hiddenRun)
		t.hiddenRun = t.hiddenPara
	case "vanish", "specVanish":
		if t.within(s, frameRun, 2) {
			t.hiddenRun = xmlOn(s.attr("val"))
		}
	case "rStyle":
		if t.within(s, frameRun, 2) && t.x.hiddenStyles[string(s.attr("val"))] {
			t.hiddenRun = true
		}
	case "pStyle":
		if t.within(s, frameParagraph, 2) && t.x.hiddenStyles[string(s.attr("val"))] {
			t.hiddenPara = true
		}
	case "del", "moveFrom":
		t.push(s, frameDeleted, false)
		t.deleted++
	case "Fallback":
		t.push(s, frameFallback, false)
		t.fallback++
	case "tr":
		t.push(s, frameRow, false)
		t.f.rowStart()
	case "tc":
		t.push(s, frameCell, false)
		t.f.cellStart()
	case "gridSpan":
		if t.within(s, frameCell, 2) {
			n, _ := strconv.Atoi(string(s.attr("val")))
			t.frames[len(t.frames)-1].extra = min(max(n-1, 0), 64)
		}
	case "txbxContent":
		if t.f.push() {
			t.push(s, frameBox, t.hiddenRun)
			t.hiddenRun = false
		}
	default:
		return t.startOther(s)
	}
	return nil
}

// startOther takes the elements that are rarer.
func (t *ooxmlText) startOther(s *xmlScan) error {
	switch string(s.name) {
	case "tab", "ptab":
		if t.within(s, frameRun, 1) {
			return t.f.blank('\t')
		}
	case "br", "cr":
		return t.f.blank('\n')
	case "noBreakHyphen":
		return t.text1(s, "-")
	case "sym":
		return t.text1(s, symbolText(string(s.attr("char"))))
	case "fldSimple":
		t.asides("fields", s.attr("instr"))
	case "docPr", "cNvPr":
		t.asides("alt", s.attr("descr"), s.attr("title"))
	case "shape", "rect", "oval", "roundrect", "image":
		t.asides("alt", s.attr("alt"))
	case "textpath":
		return t.f.add(t.place(), append(s.attr("string"), '\n'))
	case "listItem":
		t.asides("fields", s.attr("displayText"), s.attr("value"))
	case "default", "statusText", "helpText", "placeholder", "alias", "tag":
		t.asides("fields", s.attr("val"))
	case "comment":
		t.asides("metadata", s.attr("author"))
	case "textbox":
		if t.root == "xml" {
			t.push(s, frameAll, false)
			t.capture = captureText
		}
	case "sld":
		if show := s.attr("show"); show != nil && !xmlOn(show) {
			t.f.place = "hidden"
		}
	case "binaryData", "binData":
		return t.x.w.base64Child(s, string(s.attr("name")))
	}
	return nil
}

// text1 puts a character that an element stands for.
func (t *ooxmlText) text1(s *xmlScan, c string) error {
	if !t.within(s, frameRun, 1) {
		return nil
	}
	return t.f.add(t.place(), []byte(c))
}

func (t *ooxmlText) asides(place string, values ...[]byte) {
	for _, v := range values {
		if len(v) > 1 {
			t.f.aside(place, string(v)+"\n")
		}
	}
}

func (t *ooxmlText) end(s *xmlScan) error {
	n := len(t.frames)
	if n == 0 || t.frames[n-1].depth != s.depth+1 {
		if n == 0 || t.frames[n-1].kind != frameAll {
			t.capture = captureNone
		}
		return nil
	}
	top := t.frames[n-1]
	t.frames = t.frames[:n-1]
	t.capture = captureNone
	switch top.kind {
	case frameParagraph:
		t.hiddenPara = top.hidden
		if t.field {
			t.f.aside("fields", "\n")
			t.field = false
		}
		return t.f.paragraph()
	case frameRun:
		t.hiddenRun = top.hidden
	case frameDeleted:
		t.deleted--
	case frameFallback:
		t.fallback--
	case frameRow:
		return t.f.rowEnd()
	case frameCell:
		return t.f.skipCells(top.extra)
	case frameBox:
		t.hiddenRun = top.hidden
		return t.f.pop()
	case frameAll:
		return t.f.paragraph()
	case frameValue:
		return t.f.endBlock("\n")
	}
	return nil
}

// xmlOn reads a switch (ST_OnOff): it is on unless it says that it is off.
func xmlOn(v []byte) bool {
	switch string(v) {
	case "0", "false", "off":
		return false
	}
	return true
}

// symbolText is the character with a hexadecimal code; codes of symbol fonts
// (F000 to F0FF) stand for the byte in them.
func symbolText(code string) string {
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil || n == 0 {
		return ""
	}
	if n >= 0xF000 && n <= 0xF0FF {
		n -= 0xF000
	}
	return string(rune(n))
}

// readStyles finds what the styles hide (docx), and the number formats (xlsx).
func (x *ooxml) readStyles() error {
	x.hiddenStyles = map[string]bool{}
	basedOn := map[string]string{}
	for _, p := range x.parts {
		var err error
		switch p.root {
		case "styles":
			err = x.readWordStyles(p, basedOn)
		case "styleSheet":
			err = x.each(p, x.book.styleToken)
		}
		if err != nil {
			return err
		}
	}
	for id := range basedOn {
		for at, steps := id, 0; at != "" && steps < 20; at, steps = basedOn[at], steps+1 {
			if x.hiddenStyles[at] {
				x.hiddenStyles[id] = true
			}
		}
	}
	return nil
}

func (x *ooxml) readWordStyles(p *ooxmlPart, basedOn map[string]string) error {
	id := ""
	return x.each(p, func(s *xmlScan, token xmlToken) error {
		if token != xmlStart {
			return nil
		}
		switch string(s.name) {
		case "style":
			id = string(s.attr("styleId"))
		case "basedOn":
			if len(basedOn) < 10_000 {
				basedOn[id] = string(s.attr("val"))
			}
		case "vanish":
			if id != "" && xmlOn(s.attr("val")) && len(x.hiddenStyles) < 10_000 {
				x.hiddenStyles[id] = true
			}
		}
		return nil
	})
}

// base64Child hands on the base64 text of the element just begun as a
// contained file, and stands at the element's end when it returns.
func (w *work) base64Child(s *xmlScan, name string) error {
	r := &xmlTextReader{s: s, depth: s.depth}
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	err := w.child(Child{Name: name, Size: -1}, base64.NewDecoder(base64.StdEncoding, r))
	if err != nil {
		return err
	}
	// What the child did not want is passed over.
	_, err = io.Copy(io.Discard, r)
	return err
}

// xmlTextReader reads the character data of an element, without blanks.
type xmlTextReader struct {
	s     *xmlScan
	depth int
	left  []byte
	done  bool
}

func (r *xmlTextReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.done {
			return 0, io.EOF
		}
		switch r.s.next() {
		case xmlChars:
			r.left = r.s.text
		case xmlEnd:
			r.done = r.s.depth < r.depth
		case xmlDone:
			r.done = true
			if err := r.s.problem(); err != nil {
				return 0, err
			}
		}
	}
	n := 0
	for n < len(p) && len(r.left) > 0 {
		if c := r.left[0]; c > ' ' {
			p[n] = c
			n++
		}
		r.left = r.left[1:]
	}
	return n, nil
}
