package message

import "slices"

// Problem is something wrong with a part, or read differently by different
// programs. Text is for people and never quotes the message.
type Problem struct{ Code, Text string }

// Codes of problems. They stand in findings, policies and logs and never
// change their meaning.
const (
	// Header fields (RFC 5322 sections 2.2 and 3.6).

	BadHeaderLine    = "bad-header-line"    // neither "Name: value" nor a fold; the header ends there
	BlankFold        = "blank-fold"         // a line of blanks in a header: a fold to some, the end to others (RFC 5322 section 4.2)
	SpaceBeforeColon = "space-before-colon" // "Subject : x" (RFC 5322 section 4.5, obsolete)
	MboxFromLine     = "mbox-from-line"     // "From x" before the first field (RFC 4155)
	NULInHeader      = "nul-in-header"      // RFC 5322 section 2.2 allows printable characters only
	HeaderTooBig     = "header-too-big"     // the fields beyond the limit are not in Part.Header
	HeaderNotEnded   = "header-not-ended"   // no empty line after it
	DuplicateHeader  = "duplicate-header"   // a field twice that may be there once (RFC 5322 section 3.6)

	// Lines (RFC 5322 sections 2.1.1 and 2.3).

	BareCR      = "bare-cr"       // CR without LF
	BareLF      = "bare-lf"       // LF without CR
	NULInBody   = "nul-in-body"   // RFC 2045 section 2.7; not in parts declared binary
	LineTooLong = "line-too-long" // over 998 bytes; not in parts declared binary

	// MIME fields (RFC 2045, 2183, 2231).

	NoMIMEVersion        = "no-mime-version"        // MIME fields without MIME-Version (RFC 2045 section 4)
	DuplicateContentType = "duplicate-content-type" // the first is taken (RFC 2045 section 5)
	DuplicateEncoding    = "duplicate-encoding"     // the first is taken (RFC 2045 section 6)
	DuplicateDisposition = "duplicate-disposition"  // the first is taken (RFC 2183 section 2)
	BadContentType       = "bad-content-type"       // not "type/subtype"; what can't be read counts as text/plain (RFC 2045 section 5.2)
	BadEncoding          = "bad-encoding"           // not one of the five encodings; the bytes are taken as they are (RFC 2045 section 6.4)
	BadParam             = "bad-param"              // a parameter against the grammar (RFC 2045 section 5.1, RFC 2231 section 3)
	DuplicateParam       = "duplicate-param"        // the first is taken
	NameConflict         = "name-conflict"          // filename and name differ; filename is taken (RFC 2183 section 2.3)
	AmbiguousCharset     = "ambiguous-charset"      // UTF-7: some decode it, others don't (RFC 2152; the web's standard forbids it)
	UnknownCharset       = "unknown-charset"        // of a text; its bytes are guessed at (RFC 2046 section 4.1.2)

	// Multiparts and enclosed messages (RFC 2046 sections 5.1 and 5.2).

	MissingBoundary     = "missing-boundary"      // a multipart that names none: it stays one piece
	BadBoundary         = "bad-boundary"          // over 70 characters, or characters that none may have (RFC 2046 section 5.1.1)
	BoundaryNotFound    = "boundary-not-found"    // a multipart without parts
	BoundaryNotClosed   = "boundary-not-closed"   // the end line is missing
	BoundaryPrefix      = "boundary-prefix"       // a line that begins with the boundary and goes on; not taken as one
	BoundaryReused      = "boundary-reused"       // the same as that of a multipart around it
	BoundaryAfterClose  = "boundary-after-close"  // a further boundary line after the end line
	BoundaryOnLeaf      = "boundary-on-leaf"      // a boundary parameter on what is no multipart
	EncodingOnMultipart = "encoding-on-multipart" // base64 or quoted-printable on a multipart or message (RFC 2045 section 6.4)
	MessageFragment     = "message-fragment"      // message/partial or message/external-body: the content is elsewhere
	TooDeep             = "too-deep"              // nested beyond the limit: what is inside stays one piece
	TooManyParts        = "too-many-parts"        // over the limit: the rest of the message is this one piece

	// Encoded bytes (RFC 2045 sections 6.7 and 6.8).

	BadBase64          = "bad-base64"           // foreign characters, text after the padding, or an incomplete end
	BadQuotedPrintable = "bad-quoted-printable" // "=" without two hexadecimal digits or a line end
)

// add notes a problem, each code once a part.
func (p *Part) add(code, text string) {
	if !p.Has(code) {
		p.Problems = append(p.Problems, Problem{code, text})
	}
}

// Has reports whether the part has a problem with that code.
func (p *Part) Has(code string) bool {
	return slices.ContainsFunc(p.Problems, func(x Problem) bool { return x.Code == code })
}
