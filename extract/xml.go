package extract

import (
	"bytes"
	"io"
	"strings"
)

// readXML reads XML: the text of each element and the values of its attributes
// as lines "name\tvalue". Elements in running text ("a<b>b</b>c") leave no gap.
// Nothing is fetched and no entity of the document's own is expanded: where it
// declares some, not everything was read.
//
// The document's first tag stands as it is at place "metadata": its name and
// namespaces say what the document is.
func readXML(w *work) error {
	if tag := firstTag(w.content()); len(tag) > 0 {
		if err := w.text("metadata", append(tag, '\n')); err != nil {
			return err
		}
	}
	return w.xmlAt("", w.content())
}

// How far the first tag is looked for, and how much of it is taken.
const (
	firstTagWithin = 4 << 10
	firstTagLength = 512
)

// firstTag is the start tag of a document's outermost element, cut where it is
// long; nil where it isn't near the beginning.
func firstTag(r io.Reader) []byte {
	head, _ := io.ReadAll(io.LimitReader(r, firstTagWithin))
	for {
		at := bytes.IndexByte(head, '<')
		if at < 0 || at+1 == len(head) {
			return nil
		}
		head = head[at:]
		if head[1] != '?' && head[1] != '!' {
			break
		}
		head = head[1:]
	}
	tag := head
	if end := bytes.IndexByte(head, '>'); end >= 0 {
		tag = head[:end+1]
	}
	return bytes.ToValidUTF8(bytes.Clone(tag[:min(len(tag), firstTagLength)]), nil)
}

// xmlAt reads XML to a place.
func (w *work) xmlAt(place string, r io.Reader) error {
	x := &xmlText{w: w, place: place, known: map[string]string{}}
	m := &markup{r: r, to: x, xml: true}
	if err := m.read(); err != nil {
		return err
	}
	x.emitLeaf()
	x.emitText()
	return x.flush()
}

// xmlDepth is how deep elements are told apart.
const xmlDepth = 512

// xmlText lays out what markup finds in XML.
type xmlText struct {
	w     *work
	place string
	out   []byte
	names []string // of the open elements
	deep  int      // how many more are open
	buf   []byte   // the text that belongs to the innermost, or the mixed one
	mixed int      // depth of an element whose text has elements in it, 0 if none
	// leaf is the element that was just closed, if it had only text.
	leafName, leaf []byte
	hasLeaf        bool
	known          map[string]string
	value          flow
	apart          []byte
}

// xmlPiece is how long a text may be until it is handed on in pieces.
const xmlPiece = 32 << 10

func (x *xmlText) name() string {
	if len(x.names) == 0 {
		return ""
	}
	return x.names[len(x.names)-1]
}

func (x *xmlText) text(b []byte) error {
	if x.hasLeaf {
		if len(b) > 0 && !isBlank(b[0]) { // it goes on: the element stood in running text
			x.buf = append(x.buf, x.leaf...)
			x.hasLeaf = false
		} else {
			x.emitLeaf()
		}
	}
	x.buf = append(x.buf, b...)
	if len(x.buf) > xmlPiece {
		x.emitPiece()
	}
	return x.relieve()
}

// emitPiece hands on what there is of a long text, up to its last whole word.
func (x *xmlText) emitPiece() {
	end := 1 + bytes.LastIndexByte(x.buf, ' ')
	if end < len(x.buf)-1024 {
		end = len(x.buf)
	}
	x.line(x.name(), x.buf[:end])
	x.buf = x.buf[:copy(x.buf, x.buf[end:])]
}

func (x *xmlText) open(name []byte) error {
	x.emitLeaf()
	if x.mixed == 0 {
		if trimmed := bytes.TrimSpace(x.buf); len(trimmed) > 0 && len(x.names) > 0 {
			x.mixed = len(x.names) + x.deep
		} else {
			x.buf = x.buf[:0]
		}
	}
	if len(x.names) == xmlDepth {
		x.deep++
		return nil
	}
	x.names = append(x.names, x.intern(name[bytes.IndexByte(name, ':')+1:]))
	return nil
}

// intern returns a name; most stand there many times.
func (x *xmlText) intern(name []byte) string {
	if known, ok := x.known[string(name)]; ok {
		return known
	}
	s := string(name)
	if len(x.known) < 1024 {
		x.known[s] = s
	}
	return s
}

func (x *xmlText) opened(empty bool) (rawText, error) {
	if empty {
		return rawNone, x.pop()
	}
	return rawNone, nil
}

// close takes any end tag for that of the innermost element.
func (x *xmlText) close([]byte) error {
	x.emitLeaf()
	switch {
	case x.mixed > 0 && len(x.names)+x.deep > x.mixed:
	case x.mixed > 0:
		x.emitText()
		x.mixed = 0
	case len(x.names) > 0:
		x.leafName = append(x.leafName[:0], x.name()...)
		x.leaf = append(x.leaf[:0], x.buf...)
		x.buf, x.hasLeaf = x.buf[:0], true
	}
	return x.pop()
}

func (x *xmlText) pop() error {
	switch {
	case x.deep > 0:
		x.deep--
	case len(x.names) > 0:
		x.names = x.names[:len(x.names)-1]
	}
	return x.relieve()
}

func (x *xmlText) emitLeaf() {
	if x.hasLeaf {
		x.hasLeaf = false
		x.line(string(x.leafName), x.leaf)
	}
}

func (x *xmlText) emitText() {
	x.line(x.name(), x.buf)
	x.buf = x.buf[:0]
}

// line writes "name\tvalue", blanks as single spaces.
func (x *xmlText) line(name string, value []byte) {
	x.labelled([]string{name}, value)
}

func (x *xmlText) labelled(label []string, value []byte) {
	x.value = flow{buf: x.value.buf[:0]}
	x.value.text(value)
	if len(x.value.buf) == 0 {
		return
	}
	for _, part := range label {
		x.out = append(x.out, part...)
	}
	x.out = append(append(append(x.out, '\t'), x.value.buf...), '\n')
}

// attr reads an attribute: HL7 and FHIR keep an element's value in one of that
// name.
func (x *xmlText) attr(name []byte, v *attrValue) error {
	namespace := bytes.HasPrefix(name, []byte("xmlns"))
	label := []string{x.name(), ".", x.intern(name[bytes.IndexByte(name, ':')+1:])}
	if strings.EqualFold(label[2], "value") {
		label = label[:1]
	}
	for b := v.next(); b != nil; b = v.next() {
		switch {
		case !namespace:
			x.labelled(label, b)
		case x.place == "": // of metadata they are always the same
			x.apart = append(append(x.apart, b...), '\n')
		}
		if err := x.relieve(); err != nil {
			return err
		}
	}
	return nil
}

// aside takes comments and declarations. An entity that the document declares
// may stand in its text, where nobody sees what it stands for.
func (x *xmlText) aside(b []byte, last bool) error {
	if bytes.HasPrefix(b, []byte("ENTITY")) || bytes.Contains(b, []byte("<!ENTITY")) {
		x.w.lost(ProblemFeature)
	}
	x.apart = append(x.apart, b...)
	if last {
		x.apart = append(x.apart, '\n')
	}
	return x.relieve()
}

func (x *xmlText) relieve() error {
	if len(x.out) < chunk && len(x.apart) < chunk {
		return nil
	}
	return x.flush()
}

func (x *xmlText) flush() error {
	if err := x.w.text(x.place, x.out); err != nil {
		return err
	}
	x.out = x.out[:0]
	err := x.w.text("hidden", x.apart)
	x.apart = x.apart[:0]
	return err
}
