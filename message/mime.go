package message

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/text/transform"
)

// Part is a node of the MIME tree: a leaf, a multipart, or a message enclosed
// in another (which has one child, the message's own root).
type Part struct {
	// Path is "1" for the root, "1.2" for its second child, and so on.
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
	// Content-Type, decoded; "" where there is none. It comes from outside:
	// it is no safe path.
	Name string
	// Encoding is the transfer encoding in lower case, "7bit" where none is
	// given.
	Encoding string
	// Charset is the charset parameter in lower case, or "".
	Charset string
	// Start and End say where in the content the body lies, still encoded.
	// The line end before a boundary belongs to the boundary.
	Start, End int64
	// Preamble and Epilogue are what stands in a multipart before its first
	// and behind its last part; both lie between Start and End. Hardly any
	// reader shows them, but they travel.
	Preamble, Epilogue Span
	// Parts are the children of a multipart or an enclosed message.
	Parts []*Part
	// Problems are what is wrong with this part, not with its children.
	Problems []Problem
}

// Span is a stretch of a content.
type Span struct{ Start, End int64 }

// Open returns the bytes of the span as they stand in c.
func (s Span) Open(c *Content) io.Reader {
	return io.NewSectionReader(c, s.Start, s.End-s.Start)
}

// Multipart reports whether the part says that it is a multipart, whether or
// not it could be taken apart.
func (p *Part) Multipart() bool { return strings.HasPrefix(p.Type, "multipart/") }

// Leaf reports whether the part has no children: its own bytes are what there
// is to read.
func (p *Part) Leaf() bool { return len(p.Parts) == 0 }

// enclosesMessage reports whether the body is a message of its own (RFC 2046
// section 5.2.1, RFC 6532 section 3.7).
func (p *Part) enclosesMessage() bool {
	return p.Type == "message/rfc822" || p.Type == "message/global"
}

// Walk calls f with the part and everything below it, parents first.
func (p *Part) Walk(f func(*Part)) {
	f(p)
	for _, child := range p.Parts {
		child.Walk(f)
	}
}

// Raw returns the part's body as it stands in c, the content that it was read
// from.
func (p *Part) Raw(c *Content) io.Reader { return Span{p.Start, p.End}.Open(c) }

// Open returns the part's body with its transfer encoding undone. Encodings
// that nobody knows, and those of parts that have children, are left as they
// are. Errors come from c only: what is against the encoding is decoded as far
// as it goes (and stands in Problems since Read). The reader holds 20 KB at
// most, whatever the part's size, and is of no use after c.Close.
func (p *Part) Open(c *Content) io.Reader {
	raw := p.Raw(c)
	if !p.Leaf() {
		return raw
	}
	switch p.Encoding {
	case "base64":
		return newStepReader(raw, &base64Step{table: newBase64Table()}, p.End-p.Start)
	case "quoted-printable":
		return newStepReader(raw, quotedStep{}, p.End-p.Start)
	}
	return raw
}

// Text returns the part's body as UTF-8: transfer encoding and charset undone.
// Where the charset is not given or not known, it is guessed: by a byte order
// mark, else bytes that are UTF-8 are taken as such and others as
// windows-1252. For types other than text it is the same as Open.
func (p *Part) Text(c *Content) io.Reader {
	if !strings.HasPrefix(p.Type, "text/") {
		return p.Open(c)
	}
	d, _ := decoderFor(p.Charset)
	return transform.NewReader(p.Open(c), d)
}

// describe fills everything that the part's header says of it. enclosing is
// the part around it, nil for the root.
func (p *Part) describe(enclosing *Part) {
	p.describeType(enclosing)
	p.describeEncoding()
	p.describeDisposition()
	if enclosing == nil || enclosing.enclosesMessage() {
		p.checkMessage()
	}
}

func (p *Part) describeType(enclosing *Part) {
	p.Type = "text/plain"
	if enclosing != nil && enclosing.Type == "multipart/digest" {
		p.Type = "message/rfc822" // RFC 2046 section 5.1.5
	}
	fields := p.Header.Fields("Content-Type")
	if len(fields) == 0 {
		return
	}
	if len(fields) > 1 {
		p.add(DuplicateContentType, "there is more than one Content-Type field")
	}
	f := parseMIMEField(fields[0].Value())
	p.Params = f.params
	p.note(f)
	major, minor, _ := strings.Cut(f.value, "/")
	if f.badValue || major == "" || minor == "" {
		p.add(BadContentType, "the content type is not of the form type/subtype")
	}
	if major != "" && minor != "" {
		p.Type = f.value
	} else {
		p.Type = "text/plain"
	}
	p.Charset = strings.ToLower(f.params["charset"])
	if strings.HasPrefix(p.Type, "text/") {
		if _, known := decoderFor(p.Charset); !known {
			p.add(UnknownCharset, "the charset is not known; it is guessed")
		}
		if strings.HasSuffix(p.Charset, "utf-7") {
			p.add(AmbiguousCharset, "the charset is UTF-7, which some programs read and others show as it stands")
		}
	}
	p.describeBoundary(f)
}

// note turns what was wrong with a field's grammar into problems.
func (p *Part) note(f mimeField) {
	if f.badParam {
		p.add(BadParam, "a parameter is against the grammar")
	}
	if f.duplicate {
		p.add(DuplicateParam, "a parameter is given more than once")
	}
}

func (p *Part) describeBoundary(f mimeField) {
	b, given := f.params["boundary"]
	switch {
	case p.Multipart() && b == "":
		p.add(MissingBoundary, "a multipart without a boundary can't be taken apart")
	case p.Multipart() && (f.split || !goodBoundary(b)):
		p.add(BadBoundary, "the boundary is too long, encoded, or has characters that none may have")
	case !p.Multipart() && given:
		p.add(BoundaryOnLeaf, "a boundary is given for what is no multipart")
	}
}

// goodBoundary checks the form of RFC 2046 section 5.1.1.
func goodBoundary(b string) bool {
	const chars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? "
	return len(b) <= 70 && strings.Trim(b, chars) == "" && !strings.HasSuffix(b, " ")
}

func (p *Part) describeEncoding() {
	p.Encoding = "7bit"
	fields := p.Header.Fields("Content-Transfer-Encoding")
	if len(fields) == 0 {
		return
	}
	if len(fields) > 1 {
		p.add(DuplicateEncoding, "there is more than one Content-Transfer-Encoding field")
	}
	f := parseMIMEField(fields[0].Value())
	p.Encoding = f.value
	switch f.value {
	case "base64", "quoted-printable":
		if p.Multipart() || strings.HasPrefix(p.Type, "message/") {
			p.add(EncodingOnMultipart, "a multipart or message says that it is encoded")
		}
	case "7bit", "8bit", "binary":
	default:
		p.add(BadEncoding, "the transfer encoding is not known; the bytes are taken as they are")
	}
	if f.badValue || f.badParam || len(f.params) > 0 {
		p.add(BadEncoding, "something stands beside the transfer encoding")
	}
}

func (p *Part) describeDisposition() {
	fields := p.Header.Fields("Content-Disposition")
	var name string
	if len(fields) > 1 {
		p.add(DuplicateDisposition, "there is more than one Content-Disposition field")
	}
	if len(fields) > 0 {
		f := parseMIMEField(fields[0].Value())
		f.badParam = f.badParam || f.badValue
		p.note(f)
		p.Disposition = f.value
		name = decodeWords(f.params["filename"])
	}
	typeName := decodeWords(p.Params["name"])
	if name != "" && typeName != "" && name != typeName {
		p.add(NameConflict, "Content-Type and Content-Disposition give different names")
	}
	p.Name = name
	if name == "" {
		p.Name = typeName
	}
}

// checkMessage looks at what only the header of a message has.
func (p *Part) checkMessage() {
	// The fields that a message has at most once (RFC 5322 section 3.6, RFC
	// 2045 section 4).
	once := [...]string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To",
		"References", "Subject", "Date", "MIME-Version"}
	var count [len(once)]int
	mime, version := false, false
	for _, f := range p.Header {
		mime = mime || strings.EqualFold(f.Name, "Content-Type") || strings.EqualFold(f.Name, "Content-Transfer-Encoding")
		version = version || strings.EqualFold(f.Name, "MIME-Version")
		for i, name := range once {
			if strings.EqualFold(f.Name, name) {
				count[i]++
			}
		}
	}
	if mime && !version {
		p.add(NoMIMEVersion, "there are MIME fields, but no MIME-Version")
	}
	if slices.Max(count[:]) > 1 {
		p.add(DuplicateHeader, "a field is there twice that may be there once")
	}
}
