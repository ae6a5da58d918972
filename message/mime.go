package message

import (
	"io"
	"strings"
)

// Part is a node of the MIME tree: a leaf, a multipart, or a message enclosed
// in another (which has one child, the message's own root).
type Part struct {
	// Path is "1" for the root, "1.2" for its second child, and "1.2~1" for
	// the first of the other readings of that.
	Path   string
	Header Header
	// Type is the media type in lower case, "text/plain" where none is given
	// (in a multipart/digest "message/rfc822") or what is given can't be read.
	Type string
	// Params are the parameters of Content-Type, decoded (RFC 2231), with
	// lower-case names.
	Params map[string]string
	// Disposition is "attachment", "inline" or what else stands there, in
	// lower case; "" where it is not given.
	Disposition string
	// Name is the file name from Content-Disposition, or else the name from
	// Content-Type, decoded, without control characters; "" where there is
	// none. It comes from outside: it is no safe path.
	Name string
	// Names are all names that some program may show, Name first; nil where
	// there is none.
	Names []string
	// Encoding is the transfer encoding in lower case, "7bit" where none is
	// given.
	Encoding string
	// Charset is the charset parameter in lower case, or "".
	Charset string
	// Source is the content that all places in this part count in: the
	// message's own or, below what had to be decoded first, one of decoded
	// bytes. Both belong to the Message and end with its Close.
	Source *Content
	// HeaderStart is where the header begins, Start where the body does,
	// still encoded, and End where that ends. The line end before a boundary
	// belongs to the boundary.
	HeaderStart, Start, End int64
	// Preamble and Epilogue are what stands in a multipart before its first
	// and behind its last part; both lie between Start and End. Hardly any
	// reader shows them, but they travel.
	Preamble, Epilogue Span
	// Parts are the children of a multipart or an enclosed message.
	Parts []*Part
	// Also are other plausible readings of the same bytes, where programs
	// differ. Each is a part of its own, with parts below it. Header is nil
	// where it says nothing that this part's does not say.
	Also []*Part
	// Reading says of a part in Also what makes it another reading: the code
	// of the problem, or ReadingRaw or ReadingRuns.
	Reading string
	// Problems are what is wrong with this part, not with its children.
	Problems []Problem

	flavour   base64Flavour
	enclosing *Part   // nil for a root
	bodyOnly  bool    // it was read without a header
	doubts    *doubts // nil once its readings are made, and in nearly all parts
}

// The readings that any doubtful part has beside those that its problems ask
// for.
const (
	// ReadingRaw is header and body as they stand, as plain text.
	ReadingRaw = "raw"
	// ReadingRuns is the same with every line of base64 and every escape of
	// quoted-printable decoded, wherever it stands.
	ReadingRuns = "runs"
)

// Span is a stretch of a content.
type Span struct{ Start, End int64 }

// Open returns the bytes of the span as they stand in c.
func (s Span) Open(c *Content) io.Reader {
	return io.NewSectionReader(c, s.Start, s.End-s.Start)
}

// Size returns the number of bytes.
func (s Span) Size() int64 { return s.End - s.Start }

// Multipart reports whether the part says that it is a multipart, whether or
// not it could be taken apart.
func (p *Part) Multipart() bool { return strings.HasPrefix(p.Type, "multipart/") }

// Leaf reports whether the part has no children: its own bytes are what there
// is to read.
func (p *Part) Leaf() bool { return len(p.Parts) == 0 }

// enclosesMessage reports whether the body is a message of its own (RFC 2046
// section 5.2.1, RFC 6532 section 3.7).
func (p *Part) enclosesMessage() bool {
	switch p.Type {
	case "message/rfc822", "message/global", "message/news", "message/rfc2822":
		return true
	}
	return false
}

// Walk calls f with the part and everything below it, parents first: the usual
// reading, without Also.
func (p *Part) Walk(f func(*Part)) {
	f(p)
	for _, child := range p.Parts {
		child.Walk(f)
	}
}

// WalkAll is Walk that visits the other readings too, after the parts below.
// Whoever must miss nothing uses this one.
func (p *Part) WalkAll(f func(*Part)) {
	f(p)
	for _, child := range p.Parts {
		child.WalkAll(f)
	}
	for _, other := range p.Also {
		other.WalkAll(f)
	}
}

// body is where the body lies in Source.
func (p *Part) body() Span { return Span{p.Start, p.End} }

// whole is where header and body lie in Source.
func (p *Part) whole() Span { return Span{p.HeaderStart, p.End} }

// Raw returns the part's body as it stands.
func (p *Part) Raw() io.Reader { return p.body().Open(p.Source) }

// Open returns the part's body with its transfer encoding undone. Encodings
// that nobody knows, and those of parts that have children, are left as they
// are. Errors come from Source only: what is against the encoding is decoded
// as far as it goes (and stands in Problems since Read). The reader holds 20
// KB at most, whatever the part's size, and is of no use after the message's
// Close.
func (p *Part) Open() io.Reader {
	if s := p.step(); s != nil {
		return newStepReader(p.Source, p.body(), s)
	}
	return p.Raw()
}

// step returns what undoes the part's encoding, nil where there is nothing to
// undo.
func (p *Part) step() step {
	switch {
	case !p.Leaf():
	case p.Encoding == "base64":
		return newBase64Step(p.flavour)
	case p.Encoding == "quoted-printable":
		return &quotedStep{}
	}
	return nil
}

// head returns the first bytes of what Open reads.
func (p *Part) head(n int) ([]byte, error) {
	r := p.Open()
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if s, ok := r.(*stepReader); ok {
		s.done()
	}
	return b, err
}
