package message

import (
	"bytes"
	"io"
	"strconv"
)

// What one message may have; what is beyond stays readable as one opaque
// piece, and a problem says so.
const (
	maxDepth       = 16        // levels of the tree, the root is the first
	maxParts       = 1500      // parts of the tree
	maxHeaderBytes = 512 << 10 // of one header
	maxFields      = 2000      // of one header
	maxAllBytes    = 2 << 20   // of all headers of the message
	maxAllFields   = 20000
	maxLine        = 998 // RFC 5322 section 2.1.1, without the line end
)

// Read fills Header, BodyStart and Root from Content, in one pass and with a
// fixed amount of memory beside the headers. What is wrong with the message is
// in the Problems of its parts; an error means that Content could not be read.
func (m *Message) Read() error {
	r := &reader{lines: newLines(m.Content), size: m.Content.Size(), table: newBase64Table()}
	defer r.lines.close()
	root := &Part{Path: "1"}
	if err := r.tree(root); err != nil {
		return err
	}
	m.Root, m.Header, m.BodyStart = root, root.Header, root.Start
	return nil
}

// reader builds the tree of one message.
type reader struct {
	lines *lines
	size  int64
	table *base64Table
	// open are the parts that the current place lies in, outermost first.
	open []*openPart
	// parts, bytes and fields count against the limits.
	parts, bytes, fields int
	// raw and ends are scratch: the current header's bytes, and where in them
	// each field ends.
	raw  []byte
	ends []int
}

// openPart is a part whose end is not known yet.
type openPart struct {
	part *Part
	// boundary is "--" and the boundary of a multipart that is taken apart;
	// nil for all others.
	boundary []byte
	// closed is set behind the end line.
	closed bool
}

// delimiter is a boundary line that was met, or the end of the content.
type delimiter struct {
	level int   // whose boundary, in reader.open; -1: end of the content
	last  bool  // the end line
	end   int64 // where what stands before it ends
}

// tree reads the whole message below root.
func (r *reader) tree(root *Part) error {
	r.begin(root)
	for {
		d, found, err := r.header()
		if err != nil {
			return err
		}
		if !found {
			if r.descend() {
				continue
			}
			if d, err = r.body(); err != nil {
				return err
			}
		}
		for {
			r.finish(d)
			if d.level < 0 {
				return nil
			}
			if !d.last {
				break
			}
			if d, err = r.body(); err != nil {
				return err
			}
		}
		if !r.child() {
			r.finish(delimiter{level: -1, end: r.size})
			return nil
		}
	}
}

// top is the innermost open part.
func (r *reader) top() *openPart { return r.open[len(r.open)-1] }

// begin opens a part whose header comes next.
func (r *reader) begin(p *Part) {
	r.parts++
	p.Start, p.End = r.lines.offset(), r.size
	r.open = append(r.open, &openPart{part: p})
}

// child opens the next part of the innermost multipart. It is false where
// there are too many: the rest of the message is then one opaque part.
func (r *reader) child() bool {
	parent := r.top().part
	p := &Part{Path: parent.Path + "." + strconv.Itoa(len(parent.Parts)+1)}
	parent.Parts = append(parent.Parts, p)
	r.begin(p)
	if r.parts < maxParts {
		return true
	}
	p.Type, p.Encoding = "application/octet-stream", "binary"
	p.add(TooManyParts, "there are too many parts; the rest is this one")
	return false
}

// descend looks at what the current part's header said and opens what is
// inside. It is true where a header comes next: that of an enclosed message.
func (r *reader) descend() bool {
	o := r.top()
	p := o.part
	boundary := p.Params["boundary"]
	switch {
	case p.Multipart() && boundary != "":
		if r.tooDeep(p) {
			return false
		}
		for _, outer := range r.open {
			if string(outer.boundary) == "--"+boundary {
				p.add(BoundaryReused, "the boundary is the same as that of a part around it")
			}
		}
		o.boundary = []byte("--" + boundary)
		p.Preamble = Span{p.Start, p.Start}
	case p.enclosesMessage() && !p.Has(EncodingOnMultipart):
		if r.tooDeep(p) {
			return false
		}
		if r.child() {
			return true
		}
		r.lines.skip() // the last part that there may be takes all the rest
	case p.Type == "message/partial", p.Type == "message/external-body":
		p.add(MessageFragment, "the content is a fragment, or elsewhere")
	}
	return false
}

func (r *reader) tooDeep(p *Part) bool {
	if len(r.open) < maxDepth {
		return false
	}
	p.add(TooDeep, "it is nested too deep; what is inside was not taken apart")
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
	if len(p.Parts) == 0 && p.Preamble.End == p.Preamble.Start {
		p.Preamble.End = max(d.end, p.Preamble.Start)
	}
	if d.last {
		o.closed = true
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
	if len(p.Parts) == 0 {
		p.add(BoundaryNotFound, "the boundary never comes; nothing could be taken apart")
	}
	if !o.closed && r.parts < maxParts {
		p.add(BoundaryNotClosed, "the end line of the boundary is missing")
	}
}

// match looks whether a line that begins with "--" is the boundary line of an
// open multipart, the innermost first.
func (r *reader) match(line []byte, end int64) (delimiter, bool) {
	for i := len(r.open) - 1; i >= 0; i-- {
		o := r.open[i]
		rest, ok := bytes.CutPrefix(line, o.boundary)
		if o.boundary == nil || !ok {
			continue
		}
		last := bytes.HasPrefix(rest, []byte("--"))
		if last {
			rest = rest[2:]
		}
		if len(bytes.Trim(rest, " \t\r\n")) > 0 {
			// RFC 2046 section 5.1.1 calls this a boundary, most readers don't.
			o.part.add(BoundaryPrefix, "a line begins with the boundary and goes on")
			continue
		}
		if o.closed {
			o.part.add(BoundaryAfterClose, "the boundary comes again after its end line")
			continue
		}
		return delimiter{level: i, last: last, end: end}, true
	}
	return delimiter{}, false
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
			return delimiter{level: -1, end: r.size}, nil
		}
		if err != nil {
			return delimiter{}, err
		}
		if start && len(piece) > 2 && piece[0] == '-' && piece[1] == '-' {
			if d, ok := r.match(piece, at-int64(before)); ok {
				return d, nil
			}
		}
		before = eol(piece)
		c.line(piece, start, before)
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
	var enclosing *Part
	if len(r.open) > 1 {
		enclosing = r.open[len(r.open)-2].part
	}
	o.part.describe(enclosing)
	return d, found, nil
}

// headerReader reads one header.
type headerReader struct {
	r    *reader
	part *Part
	full bool // a limit is reached: nothing more is kept
	lost bool // the current field is not kept
}

func (h *headerReader) read() (d delimiter, found bool, err error) {
	r := h.r
	r.raw, r.ends = r.raw[:0], r.ends[:0]
	first, inField, before := true, false, 0
	for {
		at := r.lines.offset()
		piece, start, err := r.lines.next()
		if err == io.EOF {
			h.part.Start = r.size
			h.part.add(HeaderNotEnded, "the header does not end in an empty line")
			return delimiter{level: -1, end: r.size}, true, nil
		}
		if err != nil {
			return d, false, err
		}
		if start && bytes.HasPrefix(piece, []byte("--")) {
			if d, ok := r.match(piece, at-int64(before)); ok {
				h.part.Start = d.end
				h.part.add(HeaderNotEnded, "the header does not end in an empty line")
				return d, true, nil
			}
		}
		before = eol(piece)
		switch headerLineKind(piece, start, first, inField) {
		case headerEnds:
			h.checkLine(piece, start, before)
			h.part.Start = r.lines.offset()
			return d, false, nil
		case noHeader:
			h.part.add(BadHeaderLine, "a line in the header is no field; the body begins there")
			r.lines.back(piece, start)
			h.part.Start = at
			return d, false, nil
		case mboxLine:
			h.part.add(MboxFromLine, "a line of a mailbox file stands before the header")
		case lostFold:
			h.part.add(BadHeaderLine, "the header begins with a folded line")
		case fieldBegins:
			inField = true
			h.begin(piece)
		case fieldGoesOn:
			h.goOn(piece, start)
		}
		first = false
		h.checkLine(piece, start, before)
	}
}

// begin takes the first line of a field.
func (h *headerReader) begin(line []byte) {
	if colon := bytes.IndexByte(line, ':'); line[colon-1] == ' ' || line[colon-1] == '\t' {
		h.part.add(SpaceBeforeColon, "a field's name has blanks before the colon")
	}
	h.lost = h.full || len(h.r.ends) == maxFields || h.r.fields == maxAllFields || !h.fits(line)
	if h.lost {
		h.tooBig()
		return
	}
	h.r.fields++
	h.r.bytes += len(line)
	h.r.raw = append(h.r.raw, line...)
	h.r.ends = append(h.r.ends, len(h.r.raw))
}

// goOn takes a further line of the current field. A field that does not fit is
// dropped whole, so that none is there cut.
func (h *headerReader) goOn(line []byte, start bool) {
	if start && len(bytes.Trim(line, " \t\r\n")) == 0 {
		h.part.add(BlankFold, "a folded line holds nothing but blanks")
	}
	if h.lost {
		return
	}
	if !h.fits(line) {
		h.r.ends = h.r.ends[:len(h.r.ends)-1]
		h.r.raw = h.r.raw[:h.last()]
		h.lost = true
		h.tooBig()
		return
	}
	h.r.bytes += len(line)
	h.r.raw = append(h.r.raw, line...)
	h.r.ends[len(h.r.ends)-1] = len(h.r.raw)
}

func (h *headerReader) last() int {
	if len(h.r.ends) == 0 {
		return 0
	}
	return h.r.ends[len(h.r.ends)-1]
}

func (h *headerReader) fits(line []byte) bool {
	return len(h.r.raw)+len(line) <= maxHeaderBytes && h.r.bytes+len(line) <= maxAllBytes
}

func (h *headerReader) tooBig() {
	h.full = true
	h.part.add(HeaderTooBig, "the header is over the limit; the fields beyond it were not read")
}

func (h *headerReader) checkLine(piece []byte, start bool, end int) {
	if bytes.IndexByte(piece, 0) >= 0 {
		h.part.add(NULInHeader, "a NUL stands in the header")
	}
	checkEnds(h.part, piece, start, end, false)
}

// fields returns what was read, in memory of its own.
func (h *headerReader) fields() Header {
	if len(h.r.ends) == 0 {
		return nil
	}
	all := bytes.Clone(h.r.raw)
	fields := make(Header, len(h.r.ends))
	begin := 0
	for i, end := range h.r.ends {
		raw := all[begin:end:end]
		raw = raw[: len(raw)-eol(raw) : len(raw)-eol(raw)]
		fields[i] = Field{Name: string(fieldName(raw)), Raw: raw}
		begin = end
	}
	return fields
}
