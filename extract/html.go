package extract

import (
	"bytes"
	"hash/maphash"
	"io"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html/atom"
)

// readHTML reads a page: what a reader sees as the body, and apart from it what
// styles and comments hide from him, attributes, links and scripts, and what
// lines may read as where styles decide that (place "layout"). Tags within
// a line leave no gap, so that "41<b>11</b>" is one number.
func readHTML(w *work) error {
	p := &page{w: w, said: map[string]string{}, styles: map[string]look{}}
	p.pieces.seed = maphash.MakeSeed()
	m := &markup{r: w.content(), to: p}
	if err := m.read(); err != nil {
		return err
	}
	return p.finish()
}

// page lays out what markup finds in HTML.
type page struct {
	w     *work
	body  flow
	dark  flow // what is hidden, at place "hidden"
	apart map[string][]byte
	held  int // bytes in apart
	// joint is the line that is being written as it reads if what hides in it
	// is shown; nil where nothing hides. line is where that line begins in body.
	joint  []byte
	line   int
	pieces pieces // of that line
	turned turn   // how the line's text is turned now
	stand  []byte // text that stands for the element whose start tag is read

	tag    atom.Atom
	name   string
	look   look // what the start tag that is read says
	hiding string
	depth  int    // of elements of that name in it
	raw    string // the place of the text of an element that isn't markup
	spans  int

	said   map[string]string // an attribute's last value: most stand there many times
	styles map[string]look   // styles that were seen
}

const (
	pageFlush = 16 << 10 // text that is held back until a block ends
	pageTail  = 256      // of a line that goes on, this much is kept for what follows
	jointMax  = 4 << 10
)

func (p *page) text(b []byte) error {
	switch {
	case p.raw != "":
		return p.besides(p.raw, b)
	case p.hiding != "":
		p.dark.text(b)
		p.join(b)
	case p.tag == atom.Textarea || p.tag == atom.Pre:
		p.body.verbatim(b)
		p.join(b)
	default:
		p.turn(b)
		p.body.text(b)
		p.join(b)
	}
	if others := p.pieces.add(nil, b); len(others) > 0 {
		return p.besides("layout", others)
	}
	return p.relieve()
}

// turn writes the mark that turns the direction of what comes, where that
// changes.
func (p *page) turn(b []byte) {
	if now := p.pieces.turn(); now != p.turned && len(bytes.TrimSpace(b)) > 0 {
		p.body.text(now.mark(p.turned))
		p.turned = now
	}
}

// join adds to the line as it reads with what hides in it.
func (p *page) join(b []byte) {
	if p.joint != nil && len(p.joint) < jointMax {
		p.joint = append(p.joint, b...)
	}
}

func (p *page) aside(b []byte, last bool) error {
	if err := p.besides("hidden", b); err != nil {
		return err
	}
	if last {
		p.endAside("hidden")
	}
	return p.relieve()
}

// besides appends to what goes out apart from the body.
func (p *page) besides(place string, b []byte) error {
	if p.apart == nil {
		p.apart = map[string][]byte{}
	}
	if place == "script" || place == "style" {
		b = unescapeScript(b)
	}
	p.apart[place] = append(p.apart[place], b...)
	p.held += len(b)
	return p.relieve()
}

func (p *page) endAside(place string) {
	if b := p.apart[place]; len(b) > 0 && b[len(b)-1] != '\n' {
		p.apart[place] = append(b, '\n')
	}
}

// relieve hands text on where much has come together within a line. The line's
// end stays, for what comes next belongs to it.
func (p *page) relieve() error {
	if len(p.body.buf) < 2*pageFlush && len(p.dark.buf) < 2*pageFlush && p.held < 2*pageFlush {
		return nil
	}
	return p.flush(p.settled())
}

// settled is how much of the body can be handed on: what comes next in the same
// line belongs to it. Of a very long line all but its last words can.
func (p *page) settled() int {
	line := p.body.buf[min(p.line, len(p.body.buf)):]
	if len(line) < pageFlush {
		return len(p.body.buf) - len(line)
	}
	n := len(p.body.buf) - pageTail
	if end := bytes.LastIndexByte(p.body.buf[:n], '\n'); end > n-pageFlush/2 {
		return end + 1
	}
	if blank := bytes.LastIndexAny(p.body.buf[:n], " \t\n"); blank > n-pageTail {
		return blank + 1
	}
	return wholeRunes(p.body.buf[:n])
}

// flush hands on the first n bytes of the body, and all that stands apart.
func (p *page) flush(n int) error {
	if err := p.w.text("", p.body.buf[:n]); err != nil {
		return err
	}
	p.body.drop(n)
	p.line = max(0, p.line-n)
	if len(p.dark.buf) > 0 {
		if err := p.w.text("hidden", append(p.dark.buf, '\n')); err != nil {
			return err
		}
		p.dark.drop(len(p.dark.buf))
	}
	for _, place := range []string{"hidden", "layout", "links", "script", "style", "properties"} {
		b := p.apart[place]
		if len(b) == 0 {
			continue
		}
		to := place
		if place == "style" {
			to = "hidden"
		}
		if err := p.w.text(to, b); err != nil {
			return err
		}
		p.apart[place] = b[:0]
	}
	p.held = 0
	return nil
}

func (p *page) finish() error {
	p.body.end(1)
	if err := p.endPieces(); err != nil {
		return err
	}
	if err := p.endLine(); err != nil {
		return err
	}
	if len(p.body.buf) > 0 {
		p.body.buf = append(p.body.buf, '\n')
	}
	return p.flush(len(p.body.buf))
}

// endLine is called where a line of the body ends.
func (p *page) endLine() error {
	if p.joint != nil {
		if err := p.besides("hidden", append(p.joint, '\n')); err != nil {
			return err
		}
		p.joint = nil
	}
	if p.body.inRow() {
		return p.relieve() // the row's cells belong together
	}
	p.line = len(p.body.buf)
	if len(p.body.buf) >= pageFlush || p.held+len(p.dark.buf) >= pageFlush {
		return p.flush(len(p.body.buf))
	}
	return nil
}

func (p *page) open(name []byte) error {
	p.tag, p.look, p.stand = atom.Lookup(name), look{}, p.stand[:0]
	p.name = p.tag.String() // no copy
	if p.tag == 0 {
		p.name = string(name)
	}
	p.spans = 1
	p.pieces.begin(p.name)
	return nil
}

func (p *page) opened(empty bool) (rawText, error) {
	switch p.tag {
	case atom.Template:
		p.look.hides = true
	case atom.Bdo:
		p.look.turn.all = true
	case 0:
		p.look.hides = p.look.hides || p.name == conditional
	}
	switch {
	case p.hiding == p.name && p.hiding != "":
		p.depth++
	case p.hiding == "" && p.look.hides && !void(p.tag) && !(empty && p.tag == 0):
		p.hiding, p.depth = p.name, 1
		if p.joint == nil {
			p.joint = append(make([]byte, 0, 256), p.body.buf[min(p.line, len(p.body.buf)):]...)
		}
	}
	if p.look.inLine || !isBlock(p.tag) {
		p.pieces.open(p.name, p.look)
		others := p.pieces.stand(p.stand)
		if void(p.tag) || empty && p.tag == 0 {
			p.pieces.close(p.name)
		}
		if p.stand = p.stand[:0]; len(others) > 0 {
			if err := p.besides("layout", others); err != nil {
				return rawNone, err
			}
		}
	} else if err := p.block(p.tag, true); err != nil {
		return rawNone, err
	} else if p.look.turn != (turn{}) {
		p.pieces.open(p.name, p.look)
	}
	switch p.tag {
	case atom.Script:
		p.raw = "script"
		return rawVerbatim, nil
	case atom.Style, atom.Xmp, atom.Plaintext:
		p.raw = "style"
		return rawVerbatim, nil
	case atom.Title:
		p.raw = "properties"
		return rawEntities, nil
	case atom.Textarea:
		return rawEntities, nil
	}
	return rawNone, nil
}

func (p *page) close(name []byte) error {
	tag := atom.Lookup(name)
	if p.raw != "" {
		p.endAside(p.raw)
		p.raw = ""
	}
	if p.hiding != "" && string(name) == p.hiding {
		if p.depth--; p.depth <= 0 {
			p.hiding = ""
			p.dark.end(1)
		}
	}
	p.tag = 0
	if inLine := p.pieces.close(string(name)); inLine || !isBlock(tag) {
		return nil
	}
	return p.block(tag, false)
}

// endPieces hands on what else the line that ends may read as.
func (p *page) endPieces() error {
	p.turned = turn{}
	if b := p.pieces.end(nil); len(b) > 0 {
		return p.besides("layout", b)
	}
	return nil
}

// block lays out what a tag that isn't part of a line ends or begins.
func (p *page) block(tag atom.Atom, start bool) error {
	f := &p.body
	if p.hiding != "" {
		f = &p.dark
	}
	switch tag {
	case atom.Td, atom.Th:
		if start {
			f.cell(p.spans)
		}
	case atom.Tr:
		f.row()
	case atom.Table:
		if start {
			f.table()
		} else {
			f.tableEnd()
		}
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Blockquote, atom.Hr:
		f.end(2)
	default:
		f.end(1)
	}
	if err := p.endPieces(); err != nil {
		return err
	}
	if p.hiding != "" {
		p.join([]byte{' '})
		return p.relieve()
	}
	return p.endLine()
}

// attr reads an attribute. What isn't a link is hidden text: titles,
// alternatives, values of forms, and whatever else people and programs put there.
func (p *page) attr(name []byte, v *attrValue) error {
	first := v.next()
	if len(first) == 0 {
		p.look.hides = p.look.hides || string(name) == "hidden"
		return p.word(name)
	}
	place := "hidden"
	switch string(name) {
	case "href", "xlink:href", "src", "action", "background", "cite", "poster", "formaction", "srcset", "data":
		place = "links"
		if isDataURI(first) {
			return p.data(first, v)
		}
	case "srcdoc":
		return p.w.child(Child{Type: "text/html", Size: -1}, io.MultiReader(bytes.NewReader(bytes.Clone(first)), v))
	case "alt", "value", "placeholder": // shown in the line, at least where pictures aren't
		p.stand = append(p.stand, first[:min(len(first), pageTail)]...)
	case "style":
		p.pieces.attr(first)
		p.styled(first)
	case "class", "id", "color", "size":
		p.pieces.attr(first)
	case "dir":
		p.look.turn.set(string(bytes.ToLower(first)))
	case "hidden":
		p.look.hides = true
	case "colspan":
		p.spans = min(20, max(1, atoi(first)))
		return nil
	}
	if place == "hidden" && v.done && len(first) < 256 {
		if p.said[string(name)] == string(first) {
			return nil
		}
		if len(p.said) < 64 {
			p.said[string(name)] = string(first)
		}
	}
	for ; first != nil; first = v.next() {
		if err := p.besides(place, first); err != nil {
			return err
		}
	}
	p.endAside(place)
	return nil
}

func atoi(b []byte) (n int) {
	for _, c := range b[:min(len(b), 4)] {
		if c >= '0' && c <= '9' {
			n = n*10 + int(c-'0')
		}
	}
	return n
}

// word takes a word in a tag that is no attribute with a value. Who shows the
// page as it stands sees it.
func (p *page) word(name []byte) error {
	if bytes.IndexFunc(name, unicode.IsDigit) < 0 && len(name) < 8 {
		return nil // "nowrap", "checked" …
	}
	return p.besides("hidden", append(bytes.Clone(name), ' '))
}

func isDataURI(b []byte) bool {
	return len(b) > 5 && strings.EqualFold(string(b[:5]), "data:")
}

// data hands a file on that stands in an attribute (RFC 2397).
func (p *page) data(first []byte, v *attrValue) error {
	media, rest, found := bytes.Cut(first[len("data:"):], []byte(","))
	if !found {
		return p.besides("hidden", first)
	}
	kind, params, _ := strings.Cut(string(media), ";")
	r := io.MultiReader(bytes.NewReader(bytes.Clone(rest)), v)
	if strings.HasSuffix(strings.ToLower(params), "base64") || strings.EqualFold(kind, "base64") {
		r = looseBase64(r)
	} else {
		r = &percentReader{r: r}
	}
	return p.w.child(Child{Type: strings.ToLower(strings.TrimSpace(kind)), Size: -1}, r)
}

// percentReader decodes the escapes of URLs.
type percentReader struct {
	r    io.Reader
	left []byte
}

func (d *percentReader) Read(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, io.ErrShortBuffer
	}
	n := copy(b, d.left)
	k, err := d.r.Read(b[n:])
	n += k
	d.left = nil
	if i := bytes.LastIndexByte(b[max(0, n-2):n], '%'); i >= 0 && err == nil {
		cut := max(0, n-2) + i
		d.left = bytes.Clone(b[cut:n])
		n = cut
	}
	if s, bad := url.PathUnescape(string(b[:n])); bad == nil {
		n = copy(b, s)
	}
	return n, err
}

// void are the elements that have no end tag.
func void(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// isBlock reports whether an element begins and ends lines. All others, and
// elements of one's own ("o:p" of Word), leave no gap in a line.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Br, atom.Caption, atom.Center, atom.Col,
		atom.Colgroup, atom.Dd, atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset,
		atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Frame, atom.Frameset, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Head, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Iframe, atom.Legend,
		atom.Li, atom.Listing, atom.Main, atom.Menu, atom.Nav, atom.Noembed, atom.Noframes, atom.Ol, atom.Optgroup,
		atom.Option, atom.P, atom.Plaintext, atom.Pre, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td,
		atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp:
		return true
	}
	return false
}
