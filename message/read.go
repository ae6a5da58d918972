package message

import (
	"bytes"
	"context"
	"io"
	"strconv"
)

// What one message may have; what is beyond stays readable as one opaque
// piece, and a problem says so.
const (
	maxDepth       = 16        // levels of the tree, the root is the first
	maxParts       = 1500      // parts of the tree, and as many in other readings
	maxHeaderBytes = 512 << 10 // of one header
	maxFields      = 2000      // of one header
	maxAllBytes    = 2 << 20   // of all headers of the message
	maxAllFields   = 20000
	maxLine        = 998 // RFC 5322 section 2.1.1, without the line end
)

// Read fills Header, BodyStart and Root from Content: the usual reading in one
// pass and with a fixed amount of memory beside the headers, the other
// readings (Part.Also) in further passes over the parts in doubt, which are
// bounded. What is wrong with the message is in the Problems of its parts; an
// error means that Content could not be read or that the spool is full.
func (m *Message) Read() error { return m.ReadContext(context.Background()) }

// ReadContext is Read that stops with an error when ctx ends. The time that
// Read takes is proportional to the size of the content anyway.
func (m *Message) ReadContext(ctx context.Context) error {
	m.closeDecoded()
	all := Span{0, m.Content.Size()}
	root := &Part{Path: "1"}
	r := newReader(ctx, m.Content, all, &counts{})
	if err := r.read(root, false); err != nil {
		return err
	}
	s := newReadings(ctx, m)
	if err := s.part(root, r.counts); err != nil {
		m.closeDecoded()
		return err
	}
	m.work = s.work + r.counts.read
	m.Root, m.Header, m.BodyStart = root, root.Header, root.Start
	return nil
}

// counts count against the limits.
type counts struct {
	parts, bytes, fields int
	read                 int64 // bytes of content that went through a reader
}

// reader builds the tree of one stretch of a content.
type reader struct {
	lines  *lines
	source *Content
	span   Span
	how    rules
	depth  int // levels above the root of this tree
	// enclosing is the part around the root, nil for a message's.
	enclosing *Part
	counts    *counts
	// open are the parts that the current place lies in, outermost first.
	open []*openPart
	// crlf says that a line ended in CRLF.
	crlf bool
	// raw and ends are scratch: the current header's bytes, and where in them
	// each field ends.
	raw  []byte
	ends []int
}

func newReader(ctx context.Context, c *Content, s Span, n *counts) *reader {
	return &reader{lines: newLines(ctx, c, s, &n.read), source: c, span: s, counts: n}
}

// openPart is a part whose end is not known yet.
type openPart struct {
	part *Part
	// boundary is "--" and the boundary of a multipart that is taken apart;
	// nil for all others.
	boundary []byte
	// closed is set behind the end line, content where something stands in
	// the preamble.
	closed, content bool
}

// delimiter is a boundary line that was met, or the end of the content.
type delimiter struct {
	level int   // whose boundary, in reader.open; -1: end of the content
	last  bool  // the end line
	end   int64 // where what stands before it ends
}

// read reads the whole stretch below root. With bodyOnly root is described
// already, and the stretch is its body.
func (r *reader) read(root *Part, bodyOnly bool) error {
	defer r.lines.close()
	r.begin(root)
	root.bodyOnly = bodyOnly
	for {
		var d delimiter
		found := false
		if !bodyOnly {
			var err error
			if d, found, err = r.header(); err != nil {
				return err
			}
		}
		bodyOnly = false
		if !found && r.descend() {
			continue
		}
		if done, err := r.siblings(d, found); done || err != nil {
			return err
		}
	}
}

// siblings reads on from where a part's header ended, or from the delimiter
// that was found in it, to where the next header begins. done says that the
// end of the content came first.
func (r *reader) siblings(d delimiter, found bool) (done bool, err error) {
	for {
		if !found {
			if d, err = r.body(); err != nil {
				return false, err
			}
		}
		r.finish(d)
		if d.level < 0 {
			return true, nil
		}
		if found = false; !d.last {
			break
		}
	}
	if !r.child() {
		r.finish(delimiter{level: -1, end: r.span.End})
		return true, nil
	}
	return false, nil
}

// top is the innermost open part.
func (r *reader) top() *openPart { return r.open[len(r.open)-1] }

// begin opens a part whose header comes next.
func (r *reader) begin(p *Part) {
	r.counts.parts++
	p.Source = r.source
	p.HeaderStart = r.lines.offset()
	p.Start, p.End = p.HeaderStart, r.span.End
	r.open = append(r.open, &openPart{part: p})
}

// child opens the next part of the innermost multipart. It is false where
// there are too many: the rest of the message is then one opaque part.
func (r *reader) child() bool {
	parent := r.top().part
	p := &Part{Path: parent.Path + "." + strconv.Itoa(len(parent.Parts)+1), enclosing: parent}
	parent.Parts = append(parent.Parts, p)
	r.begin(p)
	if r.counts.parts < maxParts {
		return true
	}
	p.Type, p.Encoding = "application/octet-stream", "binary"
	p.add(TooManyParts)
	return false
}

// descend looks at what the current part's header said and opens what is
// inside. It is true where a header comes next: that of an enclosed message.
func (r *reader) descend() bool {
	o := r.top()
	p := o.part
	boundary := p.Params["boundary"]
	encoded := p.Encoding == "base64" || p.Encoding == "quoted-printable"
	switch {
	case p.Multipart() && boundary != "":
		if r.tooDeep(p) {
			return false
		}
		for _, outer := range r.open {
			if string(outer.boundary) == "--"+boundary {
				outer.part.doubtRule(outerFirst)
				p.add(BoundaryReused)
			}
		}
		if encoded {
			p.doubtRule(bodyEncoded)
		}
		o.boundary = []byte("--" + boundary)
		p.Preamble = Span{p.Start, p.Start}
	case p.Multipart():
		p.add(MissingBoundary)
		p.doubtRule(discovered)
	case p.enclosesMessage() && encoded:
		p.doubtRule(bodyEncoded)
	case p.enclosesMessage():
		if r.tooDeep(p) {
			return false
		}
		if r.child() {
			return true
		}
		r.lines.skip() // the last part that there may be takes all the rest
	case p.Type == "message/partial", p.Type == "message/external-body":
		p.add(MessageFragment)
		p.doubtRule(asMessage)
	}
	return false
}

func (r *reader) tooDeep(p *Part) bool {
	if r.depth+len(r.open) < maxDepth {
		return false
	}
	p.add(TooDeep)
	return true
}

// finish closes what a delimiter ends: all parts inside the multipart that the
// delimiter belongs to, and that one's preamble or, at the end line, itself.
func (r *reader) finish(d delimiter) {
	for len(r.open)-1 > d.level {
		o := r.top()
		o.part.End = max(d.end, o.part.Start)
		r.unclosed(o)
		r.open = r.open[:len(r.open)-1]
	}
	if d.level < 0 {
		return
	}
	o := r.top()
	p := o.part
	if len(p.Parts) == 0 && p.Preamble.Size() == 0 {
		p.Preamble.End = max(d.end, p.Preamble.Start)
	}
	o.closed, p.Epilogue = d.last, Span{}
	if d.last {
		p.Epilogue = Span{r.lines.offset(), r.lines.offset()}
	}
}

// unclosed notes what a multipart lacks that ends now, and ends its epilogue.
func (r *reader) unclosed(o *openPart) {
	p := o.part
	switch {
	case o.boundary == nil:
		return
	case o.closed:
		p.Epilogue.End = max(p.End, p.Epilogue.Start)
	case len(p.Parts) == 0:
		p.Preamble.End = p.End
	}
	switch {
	case len(p.Parts) == 0 && o.content:
		p.add(BoundaryNotFound)
		p.doubtRule(discovered)
	case len(p.Parts) == 0:
		p.add(EmptyMultipart)
	case !o.closed && r.counts.parts < maxParts:
		p.add(BoundaryNotClosed)
	}
}

// body reads on to the next delimiter and looks at the bytes on the way.
func (r *reader) body() (delimiter, error) {
	c := r.checker()
	defer c.end()
	before := 0 // length of the line end before the current line
	for {
		at := r.lines.offset()
		piece, start, err := r.lines.next()
		if err == io.EOF {
			return delimiter{level: -1, end: r.span.End}, nil
		}
		if err != nil {
			return delimiter{}, err
		}
		if d, ok := r.boundary(piece, start, at-int64(before), before); ok {
			return d, nil
		}
		before = eol(piece)
		c.line(piece, start, before, at)
	}
}

// boundary looks whether a piece is the boundary line of an open multipart, or
// would be one to some program. end is where what stands before it ends,
// before the length of the line end there.
func (r *reader) boundary(piece []byte, start bool, end int64, before int) (delimiter, bool) {
	if start && piece[0] == '-' && len(piece) > 2 && piece[1] == '-' {
		d, ok := r.match(piece, end)
		if ok && (before == 1 || eol(piece) == 1) {
			r.doubtLF(r.open[d.level].part) // an LF on either side
		}
		return d, ok
	}
	if start && piece[0] <= ' ' && len(piece) > 2 {
		if line := bytes.TrimLeft(piece, " \t\x00\v\f\r"); bytes.HasPrefix(line, []byte("--")) {
			return r.near(line, end)
		}
	}
	return delimiter{}, false
}

// doubtLF notes that a part has a lone LF where it matters, in a message whose
// other lines end in CRLF.
func (r *reader) doubtLF(p *Part) {
	if r.crlf {
		p.doubtRule(lfGoesOn)
	}
}

// match looks whether a line that begins with "--" is the boundary line of an
// open multipart, the innermost first.
func (r *reader) match(line []byte, end int64) (delimiter, bool) {
	for k := range r.open {
		i := len(r.open) - 1 - k
		if r.how&outerFirst != 0 {
			i = k
		}
		o := r.open[i]
		if o.boundary == nil {
			continue
		}
		rest, ok := bytes.CutPrefix(line, o.boundary)
		if !ok {
			continue
		}
		last := bytes.HasPrefix(rest, []byte("--"))
		if last {
			rest = rest[2:]
		}
		switch {
		case len(bytes.Trim(rest, " \t\r\n")) > 0 && r.how&prefixCounts == 0:
			o.part.doubtRule(prefixCounts)
		case o.closed && r.how&closedReopens == 0:
			if !last {
				o.part.doubtRule(closedReopens)
			}
		default:
			return delimiter{level: i, last: last, end: end}, true
		}
	}
	return r.near(line, end)
}

// near looks whether a line is a boundary to programs that don't look closely.
func (r *reader) near(line []byte, end int64) (delimiter, bool) {
	for i := len(r.open) - 1; i >= 0; i-- {
		o := r.open[i]
		if o.boundary == nil || len(line) < len(o.boundary) {
			continue
		}
		if bytes.IndexByte(line, 0) >= 0 {
			line = bytes.ReplaceAll(line, []byte{0}, nil)
		}
		if len(line) < len(o.boundary) || !bytes.EqualFold(line[:len(o.boundary)], o.boundary) {
			continue
		}
		rest, last := bytes.CutPrefix(line[len(o.boundary):], []byte("--"))
		if len(bytes.Trim(rest, " \t\r\n\v\f")) > 0 || o.closed {
			continue
		}
		if r.how&looseLines != 0 {
			return delimiter{level: i, last: last, end: end}, true
		}
		o.part.doubtRule(looseLines)
	}
	return delimiter{}, false
}

// loneEnds notes which parts would be others if a CR or NUL in a piece were
// the end of a line, or nothing.
func (r *reader) loneEnds(piece []byte) {
	for at := 0; ; {
		i := bytes.Index(piece[at:], []byte("--"))
		if i < 0 {
			return
		}
		at += i
		before := piece[len(bytes.TrimRight(piece[:at], " \t\r\x00")):at]
		var rule rules
		if bytes.IndexByte(before, '\r') >= 0 {
			rule |= crEnds
		}
		if bytes.IndexByte(before, 0) >= 0 {
			rule |= nulEnds
		}
		for _, o := range r.open {
			if rule != 0 && o.boundary != nil && len(piece)-at >= len(o.boundary) && bytes.EqualFold(piece[at:at+len(o.boundary)], o.boundary) {
				o.part.doubtRule(rule)
			}
		}
		at += 2
	}
}

// header reads the header of the innermost part and describes it. found says
// that a delimiter came before the header's end.
func (r *reader) header() (d delimiter, found bool, err error) {
	o := r.top()
	h := headerReader{r: r, part: o.part}
	d, found, err = h.read()
	if err != nil {
		return d, false, err
	}
	o.part.Header = h.fields()
	if len(r.open) == 1 {
		o.part.enclosing = r.enclosing
	}
	o.part.describe(o.part.enclosing)
	return d, found, nil
}
