package message

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

// descriptions makes the readings of a part whose header may be taken to
// describe it in more than one way: each type with each encoding, charset and
// boundary, where that makes a difference.
func (s *readings) descriptions(p *Part, d *doubts, at state) error {
	types := d.types
	if len(types) == 0 {
		types = []string{p.Type}
	}
	multi := func(t string) bool { return kindOf(t) == "multipart" }
	code, named := BadBoundary, slices.ContainsFunc(types, multi)
	if len(d.boundaries) > 0 && !named {
		types = append(slices.Clone(types), "multipart/mixed")
		code = BoundaryOnLeaf
	}
	if len(types) == 1 && len(d.encodings) < 2 && len(d.charsets) < 2 && len(d.boundaries) < 2 {
		return nil
	}
	if len(d.charsets) > 1 {
		p.add(CharsetConflict)
	}
	if code = firstAmbiguous(p, code); named && slices.ContainsFunc(types, multi) && len(d.boundaries) == 0 {
		d.rules |= discovered
	}
	for _, enc := range orDefault(d.encodings, usualMeaning(p)) {
		for _, t := range types {
			if err := s.described(p, d, at, t, enc, code); err != nil {
				return err
			}
		}
	}
	return nil
}

// firstAmbiguous returns the code of a part's first ambiguous problem, or else
// another one.
func firstAmbiguous(p *Part, code string) string {
	if code == BoundaryOnLeaf {
		return code
	}
	for _, x := range p.Problems {
		if Ambiguous(x.Code) {
			return x.Code
		}
	}
	return code
}

// usualMeaning is what the usual reading takes the encoding for.
func usualMeaning(p *Part) string {
	switch p.Encoding {
	case "base64", "quoted-printable":
		return p.Encoding
	}
	return identity
}

// described makes the readings of a part with one type and encoding.
func (s *readings) described(p *Part, d *doubts, at state, typ, enc, code string) error {
	other := &Part{Type: typ, Encoding: enc, Params: p.Params, Charset: p.Charset}
	switch kindOf(typ) {
	case "multipart":
		for _, b := range d.boundaries {
			if p.Multipart() && b == p.Params["boundary"] && enc == usualMeaning(p) {
				continue
			}
			other.Params = map[string]string{"boundary": b}
			if err := s.body(p, other, at, code, hasParts); err != nil {
				return err
			}
		}
		return nil
	case "message":
		if p.Type == typ && enc == usualMeaning(p) {
			return nil
		}
		return s.body(p, other, at, code, hasParts)
	}
	if enc == "uuencode" || enc == "yenc" || enc == "binhex" {
		return s.block(p, p.body(), enc)
	}
	for _, c := range orDefault(d.charsets, p.Charset) {
		if p.Leaf() && kindOf(p.Type) == kindOf(typ) && enc == usualMeaning(p) && c == p.Charset {
			continue
		}
		s.leaf(p, &Part{Reading: code, Type: typ, Encoding: enc, Charset: c, Source: p.Source, HeaderStart: p.Start, Start: p.Start, End: p.End})
	}
	return nil
}

// leaf makes a leaf another reading of p.
func (s *readings) leaf(p, other *Part) {
	if !s.take(p, other.body().Size()) {
		return
	}
	other.Path = nextPath(p)
	p.Also = append(p.Also, other)
}

// body reads a part's body as another part describes it, which may be encoded.
func (s *readings) body(p, as *Part, at state, code string, keep func(_, _ *Part) bool) error {
	how := plan{source: p.Source, span: p.body(), enclosing: p.enclosing, as: as, keep: keep}
	if as.Encoding == "base64" || as.Encoding == "quoted-printable" {
		c, err := s.undone(p, as.Encoding)
		if c == nil || err != nil {
			return err
		}
		how.source, how.span = c, Span{0, c.Size()}
		as.Encoding = identity
	}
	return s.again(p, code, at, how)
}

// undone makes a content of a part's body with an encoding undone; nil where
// there is no room.
func (s *readings) undone(p *Part, encoding string) (*Content, error) {
	encoded := &Part{Source: p.Source, Start: p.Start, End: p.End, Encoding: encoding}
	return s.decoded(p, p.body().Size(), func(w io.Writer) error { return s.copy(w, encoded.Open()) })
}

// copy copies and stops when the context ends.
func (s *readings) copy(w io.Writer, r io.Reader) error {
	for {
		n, err := io.CopyN(w, r, 1<<20)
		s.work += n
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = s.ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// encodedBody reads a multipart or enclosed message that says that it is
// encoded (RFC 2045 section 6.4 allows neither).
func (s *readings) encodedBody(p *Part, at state) error {
	if p.enclosesMessage() {
		return s.encodedMessage(p, at)
	}
	c, err := s.undone(p, p.Encoding)
	if c == nil || err != nil {
		return err
	}
	p.add(OddContainerEncoding)
	if c.Size() == p.body().Size() {
		return nil // nothing was encoded
	}
	as := &Part{Type: p.Type, Params: p.Params, Encoding: identity}
	return s.again(p, EncodingOnMultipart, at, plan{source: c, span: Span{0, c.Size()}, enclosing: p.enclosing, as: as, keep: hasParts})
}

// encodedMessage takes an enclosed message apart that is encoded. Decoded is
// the usual reading, unless what stands there is a message without that.
func (s *readings) encodedMessage(p *Part, at state) error {
	c, err := s.undone(p, p.Encoding)
	if c == nil || err != nil {
		return err
	}
	plain, err := s.beginsWithField(p)
	if err != nil {
		return err
	}
	p.add(EncodedMessage)
	if plain && c.Size() != p.body().Size() {
		as := &Part{Type: p.Type, Encoding: identity}
		err := s.again(p, EncodingOnMultipart, at, plan{source: p.Source, span: p.body(), enclosing: p.enclosing, as: as, keep: always})
		if err != nil {
			return err
		}
	}
	if strings.Count(p.Path, ".") >= maxDepth-1 {
		p.add(TooDeep)
		return nil
	}
	if at.counts.parts >= maxParts {
		p.add(TooManyParts)
		return nil
	}
	if !s.take(p, c.Size()) {
		return nil
	}
	child := &Part{Path: p.Path + ".1"}
	if err := s.parse(child, at, plan{source: c, span: Span{0, c.Size()}, enclosing: p}); err != nil {
		return err
	}
	p.Parts = []*Part{child}
	return nil
}

// beginsWithField reports whether a part's body begins with a header field.
func (s *readings) beginsWithField(p *Part) (bool, error) {
	head, err := io.ReadAll(io.LimitReader(p.Raw(), 512))
	line, _, ended := bytes.Cut(head, []byte{'\n'})
	return ended && len(fieldName(line)) > 0, err
}

// discover reads a body with the boundaries that seem to be in it.
func (s *readings) discover(p *Part, d *doubts, at state) error {
	if !s.take(p, p.body().Size()) {
		return nil
	}
	all, err := s.boundaryLines(p)
	if err != nil {
		return err
	}
	if len(all) == maxDiscovered {
		p.add(TooManyReadings)
	}
	for _, b := range all {
		if slices.Contains(d.boundaries, b) {
			continue
		}
		as := &Part{Type: "multipart/mixed", Params: map[string]string{"boundary": b}, Encoding: identity}
		code := firstAmbiguous(p, BoundaryNotFound)
		if err := s.again(p, code, at, plan{source: p.Source, span: p.body(), enclosing: p.enclosing, as: as, keep: hasParts}); err != nil {
			return err
		}
	}
	return nil
}

// maxDiscovered is how many boundaries are tried in one body.
const maxDiscovered = 8

// boundaryLines returns what stands behind "--" in lines of a body that a MIME
// field or an empty line follows.
func (s *readings) boundaryLines(p *Part) ([]string, error) {
	l := newLines(s.ctx, p.Source, p.body(), &s.work)
	defer l.close()
	var all []string
	last := ""
	for len(all) < maxDiscovered {
		line, start, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if last != "" && (len(line) == eol(line) || len(fieldName(line)) > 0) {
			all = addOnce(all, last)
		}
		last = ""
		if rest, ok := bytes.CutPrefix(line, []byte("--")); ok && start && len(rest) < maxLine {
			last = string(bytes.TrimRight(rest, " \t\r\n"))
		}
	}
	return all, nil
}

// looseQuoted adds the readings of the most forgiving decoders of
// quoted-printable: of what is no escape, one drops the "=" and one all of it.
func (s *readings) looseQuoted(p *Part) error {
	for _, whole := range []bool{false, true} {
		if !p.Leaf() || !s.take(p, p.body().Size()) {
			return nil
		}
		c, err := s.decoded(p, p.body().Size(), func(w io.Writer) error { return s.looseQuotes(p.Source, p.body(), w, whole) })
		if c == nil || err != nil {
			return err
		}
		other := wholeContent(nextPath(p), BadQuotedPrintable, c, p.Type)
		other.Charset = p.Charset
		p.Also = append(p.Also, other)
	}
	return nil
}

// block adds a file that stands encoded in a part.
func (s *readings) block(p *Part, span Span, meaning string) error {
	if !s.take(p, span.Size()) {
		return nil
	}
	var name string
	c, err := s.decoded(p, 2*span.Size(), func(w io.Writer) error {
		var err error
		name, err = s.decodeBlock(p.Source, span, meaning, &limited{w: w, left: 2 * span.Size()})
		return err
	})
	if c == nil || err != nil || c.Size() == 0 {
		return err
	}
	other := wholeContent(nextPath(p), EncodedBlock, c, "application/octet-stream")
	if name != "" {
		other.Name, other.Names = name, []string{name}
	}
	p.Also = append(p.Also, other)
	p.add(EncodedBlock)
	return nil
}

// limited writes so many bytes and drops the rest: BinHex may say much in few.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(int64(len(b)), l.left)
	l.left -= n
	if _, err := l.w.Write(b[:n]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// flavours adds what other programs make of bad base64.
func (s *readings) flavours(p *Part) {
	if !p.Has(BadBase64) || !p.Leaf() || p.Encoding != "base64" {
		return
	}
	for _, f := range []base64Flavour{base64StopsAtPad, base64Stops, base64IgnoresPad, base64URL} {
		s.leaf(p, &Part{Reading: BadBase64, Type: p.Type, Charset: p.Charset, Encoding: p.Encoding, Source: p.Source,
			HeaderStart: p.Start, Start: p.Start, End: p.End, flavour: f})
	}
}
