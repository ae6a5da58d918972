package extract

import (
	"bytes"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// markup takes HTML or XML apart while it reads, in pieces of bounded size:
// however long a text, comment or attribute is, it is handed on whole, piece by
// piece. It takes everything for something, as browsers do, and fails only when
// r does.
type markup struct {
	r        io.Reader
	buf      []byte
	pos, end int
	err      error // what r ended with
	xml      bool
	to       markupHandler

	tagName, attrName [maxName]byte
	value             attrValue
	unescaped         []byte
}

// markupHandler takes what markup finds. Names are lower case in HTML and as
// they stand in XML. Pieces are valid until the call returns.
type markupHandler interface {
	// text is a piece of text, its entities decoded. Pieces that follow each
	// other belong together.
	text(b []byte) error
	// aside is a piece of a comment or declaration; last ends it.
	aside(b []byte, last bool) error
	// open begins a start tag. Attributes follow, then opened; it says how the
	// text up to the end tag is to be read.
	open(name []byte) error
	attr(name []byte, v *attrValue) error
	opened(empty bool) (rawText, error)
	close(name []byte) error
}

// rawText says how the text of an element is read.
type rawText int

const (
	rawNone     rawText = iota // as markup
	rawVerbatim                // up to the end tag, as it stands
	rawEntities                // up to the end tag, entities decoded
)

// markupBuffer is how much is looked at at once; no name or entity is longer.
const markupBuffer = 64 << 10

// conditional stands for the element that Internet Explorer and Outlook see
// where others see a comment.
const conditional = "!--[if"

// maxName is the longest name that is handed on; what is longer is cut.
const maxName = 128

// read takes r apart until it ends.
func (m *markup) read() error {
	m.buf = make([]byte, room(m.r, markupBuffer))
	for {
		b := m.peek(1)
		if len(b) == 0 {
			return m.ended()
		}
		var err error
		if b[0] == '<' {
			err = m.tag()
		} else {
			err = m.textRun()
		}
		if err != nil {
			return err
		}
	}
}

func (m *markup) ended() error {
	if m.err == io.EOF {
		return nil
	}
	return m.err
}

// peek returns at least n bytes that come next, fewer only at the end.
func (m *markup) peek(n int) []byte {
	for m.end-m.pos < n && m.err == nil {
		if m.pos > 0 {
			m.end = copy(m.buf, m.buf[m.pos:m.end])
			m.pos = 0
		}
		k, err := m.r.Read(m.buf[m.end:])
		m.end += k
		m.err = err
	}
	return m.buf[m.pos:m.end]
}

// window returns what is buffered, more than n bytes unless the end is near.
func (m *markup) window(n int) (b []byte, last bool) {
	b = m.peek(n + 1)
	return b, m.err != nil
}

// entityMax is the longest entity that is decoded.
const entityMax = 40

// textRun hands on text up to the next "<".
func (m *markup) textRun() error {
	for {
		b, last := m.window(entityMax)
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			if i = len(b); !last {
				i = beforeEntity(b)
			}
		}
		found := i < len(b) && b[i] == '<'
		if err := m.to.text(m.unescape(b[:i])); err != nil {
			return err
		}
		m.pos += i
		if found || last && i == len(b) {
			return nil
		}
	}
}

// beforeEntity is the length of b without an entity or rune at its end that
// may be cut.
func beforeEntity(b []byte) int {
	tail := max(0, len(b)-entityMax)
	if i := bytes.LastIndexByte(b[tail:], '&'); i >= 0 && bytes.IndexByte(b[tail+i:], ';') < 0 && tail+i > 0 {
		return tail + i
	}
	return max(1, wholeRunes(b))
}

// tag reads what begins with "<".
func (m *markup) tag() error {
	b := m.peek(16)
	switch {
	case len(b) >= 2 && nameStart(b[1]):
		return m.startTag()
	case len(b) >= 3 && b[1] == '/' && nameStart(b[2]):
		m.pos += 2
		if err := m.to.close(m.name(m.tagName[:0], ">/ \t\r\n\f")); err != nil {
			return err
		}
		if b := m.peek(1); len(b) == 0 || b[0] == '>' {
			m.pos += len(b[:min(1, len(b))])
			return nil
		}
		return m.piecewise(">", m.to.aside)
	case bytes.HasPrefix(b, []byte("<!--")):
		return m.comment()
	case m.xml && bytes.HasPrefix(b, []byte("<![CDATA[")):
		m.pos += len("<![CDATA[")
		return m.piecewise("]]>", func(b []byte, _ bool) error { return m.to.text(b) })
	case bytes.HasPrefix(b, []byte("<![endif]")):
		if err := m.to.close([]byte(conditional)); err != nil {
			return err
		}
		return m.skipTo('>')
	case len(b) >= 2 && (b[1] == '!' || b[1] == '?' || b[1] == '/'):
		m.pos += 2
		return m.piecewise(">", m.to.aside)
	}
	m.pos++
	return m.to.text(b[:1])
}

func nameStart(c byte) bool { return isLetter(c) || c == '_' || c >= utf8.RuneSelf }

// name reads a name up to one of the stops into an array.
func (m *markup) name(name []byte, stops string) []byte {
	for {
		b, last := m.window(maxName)
		i := 0
		for i < len(b) && strings.IndexByte(stops, b[i]) < 0 {
			i++
		}
		name = append(name, b[:min(i, maxName-len(name))]...)
		m.pos += i
		if i < len(b) || last {
			break
		}
	}
	name = name[:wholeRunes(name)]
	if !m.xml {
		for i, c := range name {
			if 'A' <= c && c <= 'Z' {
				name[i] = c | 0x20
			}
		}
	}
	return name
}

// skipTo goes behind the next c.
func (m *markup) skipTo(c byte) error {
	for {
		b, last := m.window(1)
		if i := bytes.IndexByte(b, c); i >= 0 {
			m.pos += i + 1
			return nil
		}
		m.pos += len(b)
		if last {
			return nil
		}
	}
}

// piecewise hands on what stands before end and goes behind it.
func (m *markup) piecewise(end string, give func(b []byte, last bool) error) error {
	for {
		b, last := m.window(2 * len(end))
		i := bytes.Index(b, []byte(end))
		switch {
		case i >= 0:
			m.pos += i + len(end)
			return give(b[:i], true)
		case last:
			m.pos += len(b)
			return give(b, true)
		}
		keep := max(1, wholeRunes(b[:len(b)-len(end)+1]))
		m.pos += keep
		if err := give(b[:keep], false); err != nil {
			return err
		}
	}
}

// comment reads a comment. One that Outlook takes for a condition is markup.
func (m *markup) comment() error {
	m.pos += len("<!--")
	b := m.peek(64)
	switch {
	case bytes.HasPrefix(b, []byte(">")), bytes.HasPrefix(b, []byte("->")):
		if err := m.to.close([]byte(conditional)); err != nil {
			return err
		}
		return m.skipTo('>')
	case bytes.HasPrefix(b, []byte("<![endif]")):
		if err := m.to.close([]byte(conditional)); err != nil {
			return err
		}
	case !m.xml && bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("[if")):
		if err := m.to.open([]byte(conditional)); err != nil {
			return err
		}
		if _, err := m.to.opened(false); err != nil {
			return err
		}
		return m.skipTo('>')
	}
	return m.commentText()
}

// commentText hands on a comment's text up to its end, which may have an
// exclamation mark in HTML.
func (m *markup) commentText() error {
	for {
		b, last := m.window(8)
		i, n := bytes.Index(b, []byte("-->")), len("-->")
		if k := bytes.Index(b, []byte("--!>")); k >= 0 && (i < 0 || k < i) && !m.xml {
			i, n = k, len("--!>")
		}
		switch {
		case i >= 0:
			m.pos += i + n
			return m.to.aside(b[:i], true)
		case last:
			m.pos += len(b)
			return m.to.aside(b, true)
		}
		keep := max(1, wholeRunes(b[:len(b)-3]))
		m.pos += keep
		if err := m.to.aside(b[:keep], false); err != nil {
			return err
		}
	}
}

// startTag reads a start tag with its attributes, and the text of elements
// whose text isn't markup.
func (m *markup) startTag() error {
	m.pos++
	name := m.name(m.tagName[:0], ">/ \t\r\n\f")
	if err := m.to.open(name); err != nil {
		return err
	}
	empty := false
	for {
		b := m.peek(2)
		switch {
		case len(b) == 0:
			_, err := m.to.opened(empty)
			return err
		case b[0] == '>':
			m.pos++
			raw, err := m.to.opened(empty)
			if err != nil || raw == rawNone {
				return err
			}
			return m.rawText(string(name), raw)
		case b[0] == '/' || isBlank(b[0]):
			empty = b[0] == '/'
			m.pos++
			continue
		}
		empty = false
		if err := m.attribute(); err != nil {
			return err
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func (m *markup) skipBlanks() (next byte) {
	for {
		b := m.peek(1)
		if len(b) == 0 {
			return 0
		}
		if !isBlank(b[0]) {
			return b[0]
		}
		m.pos++
	}
}

func (m *markup) attribute() error {
	start := m.peek(1)[0]
	if start == '=' || start == '"' || start == '\'' {
		m.pos++ // a name may begin so; it says nothing then
	}
	name := m.name(m.attrName[:0], "=>/ \t\r\n\f")
	v := &m.value
	*v = attrValue{m: m}
	if m.skipBlanks() != '=' {
		v.done = true
		return m.to.attr(name, v)
	}
	m.pos++
	if q := m.skipBlanks(); q == '"' || q == '\'' {
		m.pos++
		v.quote = q
	}
	if err := m.to.attr(name, v); err != nil {
		return err
	}
	for v.next() != nil { // what the handler did not want
	}
	return nil
}

// attrValue is the value of an attribute, piece by piece.
type attrValue struct {
	m     *markup
	quote byte // 0 is a value without quotes
	done  bool
	left  []byte // for Read
}

// next returns the next piece, entities decoded, or nil at the end.
func (v *attrValue) next() []byte {
	if v.done {
		return nil
	}
	m := v.m
	b, last := m.window(entityMax)
	i := -1
	if v.quote != 0 {
		i = bytes.IndexByte(b, v.quote)
	} else {
		i = bytes.IndexAny(b, "> \t\r\n\f")
	}
	switch {
	case i >= 0:
		v.done = true
		m.pos += i
		if v.quote != 0 {
			m.pos++
		}
	case last:
		i, v.done = len(b), true
		m.pos += i
	default:
		i = beforeEntity(b)
		m.pos += i
	}
	return m.unescape(b[:i])
}

// Read makes the value an io.Reader.
func (v *attrValue) Read(p []byte) (int, error) {
	for len(v.left) == 0 {
		if v.left = v.next(); v.left == nil {
			return 0, io.EOF
		}
	}
	n := copy(p, v.left)
	v.left = v.left[n:]
	return n, nil
}

// rawText hands on what stands before the element's end tag.
func (m *markup) rawText(name string, raw rawText) error {
	end := "</" + name
	for {
		b, last := m.window(entityMax + len(end))
		i := indexFold(b, end)
		found := i >= 0
		if !found {
			if i = len(b); !last {
				i = beforeEntity(b[:len(b)-len(end)])
			}
		}
		text := b[:i]
		if raw == rawEntities {
			text = m.unescape(text)
		}
		if err := m.to.text(text); err != nil {
			return err
		}
		m.pos += i
		if found || last {
			return nil
		}
	}
}

// indexFold is where sign stands in b, in either case; sign begins with "<".
func indexFold(b []byte, sign string) int {
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], '<')
		if i < 0 || from+i+len(sign) > len(b) {
			return -1
		}
		if strings.EqualFold(string(b[from+i:from+i+len(sign)]), sign) {
			return from + i
		}
		from += i + 1
	}
}

// unescape decodes the entities of HTML; XML's are among them. The result is b
// itself, or valid until the next call.
func (m *markup) unescape(b []byte) []byte {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b
	}
	out := m.unescaped[:0]
	for i >= 0 {
		out = append(out, b[:i]...)
		b = b[i:]
		n := 1
		for n < len(b) && n < entityMax && (b[n] == '#' && n == 1 || isLetter(b[n]) || '0' <= b[n] && b[n] <= '9') {
			n++
		}
		if n < len(b) && b[n] == ';' {
			n++
		}
		out = appendEntity(out, b[:n])
		b = b[n:]
		i = bytes.IndexByte(b, '&')
	}
	m.unescaped = append(out, b...)
	return m.unescaped
}

// appendEntity appends what an entity stands for; what is none stands for
// itself.
func appendEntity(out, entity []byte) []byte {
	switch string(entity) { // the usual ones, at no cost
	case "&nbsp;":
		return append(out, "\u00A0"...)
	case "&amp;":
		return append(out, '&')
	case "&quot;":
		return append(out, '"')
	case "&lt;":
		return append(out, '<')
	case "&gt;":
		return append(out, '>')
	}
	if len(entity) < 3 {
		return append(out, entity...)
	}
	return append(out, html.UnescapeString(string(entity))...)
}
