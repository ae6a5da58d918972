package message

// Codes of problems. They stand in findings, policies and logs and never
// change their meaning. Many come in pairs: one says what stands there, and
// another, which is ambiguous, that it makes programs show different content.
const (
	// Header fields (RFC 5322 sections 2.2 and 3.6).

	BadHeaderLine     = "bad-header-line"     // neither "Name: value" nor a fold: Python ends the header there, Go refuses it, others pass over it
	BlankFold         = "blank-fold"          // a line of blanks: a fold (RFC 5322 section 4.2), or to readers that trim lines the end
	HeaderEndDisputed = "header-end-disputed" // as one of these is taken, the content is another
	SpaceBeforeColon  = "space-before-colon"  // "Subject : x" (RFC 5322 section 4.5, obsolete)
	OddMIMEField      = "odd-mime-field"      // the same before Content-…, or a value folded in its middle: Python takes it, Go refuses it
	MboxFromLine      = "mbox-from-line"      // "From x" before the first field (RFC 4155)
	NULInHeader       = "nul-in-header"       // RFC 5322 section 2.2 allows printable characters only
	HeaderTooBig      = "header-too-big"      // the fields beyond the limit are not in Part.Header, or the parameters of one not in Part.Params
	HeaderNotEnded    = "header-not-ended"    // no empty line after it
	RepeatedHeader    = "repeated-header"     // a field twice that may be there once, with nothing to choose between (RFC 5322 section 3.6)
	DuplicateHeader   = "duplicate-header"    // two Subject or From fields that differ: the first counts for Python and Go, the last for others

	// Lines (RFC 5322 sections 2.1.1 and 2.3, RFC 5321 section 2.3.8).

	BareCR          = "bare-cr"           // CR without LF
	BareLF          = "bare-lf"           // LF without CR
	LineEndDisputed = "line-end-disputed" // a lone CR, LF or NUL is taken for a line end and makes other parts: Python splits at CR, Go doesn't, C programs end at NUL
	NULInBody       = "nul-in-body"       // RFC 2045 section 2.7; not in parts declared binary
	LineTooLong     = "line-too-long"     // over 998 bytes; not in parts declared binary
	SmuggledMail    = "smuggled-mail"     // a line with a lone dot, then SMTP commands: servers that take odd line ends see a second message (RFC 5321 section 4.1.1.4)

	// MIME fields (RFC 2045, 2183, 2231).

	NoMIMEVersion        = "no-mime-version"        // MIME fields without MIME-Version 1.0 (RFC 2045 section 4): few programs mind
	DuplicateContentType = "duplicate-content-type" // two that differ (RFC 2045 section 5): the first counts for Python and Go, the last for others
	DuplicateEncoding    = "duplicate-encoding"     // two that differ (RFC 2045 section 6)
	DuplicateDisposition = "duplicate-disposition"  // two that differ (RFC 2183 section 2)
	SeveralValues        = "several-values"         // more than one type or encoding in one field
	OddContentType       = "odd-content-type"       // "text" alone, or nothing: text/plain to all (RFC 2045 section 5.2)
	BadContentType       = "bad-content-type"       // not "type/subtype": what can't be read counts as text/plain, or as what it resembles
	OddEncoding          = "odd-encoding"           // another word for 7bit, 8bit or binary
	BadEncoding          = "bad-encoding"           // base-64, x-uuencode, yenc and the like: some decode it, others don't (RFC 2045 section 6.4)
	UnknownEncoding      = "unknown-encoding"       // an encoding that nothing here can undo
	BadParam             = "bad-param"              // a parameter against the grammar (RFC 2045 section 5.1, RFC 2231 section 3)
	DuplicateParam       = "duplicate-param"        // given twice
	OddName              = "odd-name"               // a file name given differently, or with controls, which are taken out
	NameConflict         = "name-conflict"          // two names with different extensions (RFC 2183 section 2.3)
	AmbiguousCharset     = "ambiguous-charset"      // UTF-7, HZ, EBCDIC and the like: some decode it, browsers refuse (RFC 2152; WHATWG Encoding section 4.2)
	CharsetConflict      = "charset-conflict"       // the label or labels and the bytes say different things, and the text differs
	UnknownCharset       = "unknown-charset"        // of a text that is not plain ASCII; its bytes are guessed at (RFC 2046 section 4.1.2)

	// Multiparts and enclosed messages (RFC 2046 sections 5.1 and 5.2).

	MissingBoundary      = "missing-boundary"       // a multipart that names none
	OddBoundary          = "odd-boundary"           // over 70 characters, or characters that none should have (RFC 2046 section 5.1.1)
	BadBoundary          = "bad-boundary"           // twice, quoted oddly, with comments, encoded, in pieces: Go refuses what Python takes in pieces
	BoundaryNotFound     = "boundary-not-found"     // there is content, but no part
	EmptyMultipart       = "empty-multipart"        // there is no content either
	BoundaryNotClosed    = "boundary-not-closed"    // the end line is missing
	BoundaryPrefix       = "boundary-prefix"        // a line begins with the boundary and goes on: a boundary by the RFC, not to most
	BoundaryLine         = "boundary-line-disputed" // a boundary line but for case, blanks or controls
	BoundaryReused       = "boundary-reused"        // the same as that of a multipart around it
	BoundaryAfterClose   = "boundary-after-close"   // parts go on behind the end line
	BoundaryOnLeaf       = "boundary-on-leaf"       // what is no multipart names a boundary, and has such lines
	PartsInPreamble      = "parts-in-preamble"      // MIME fields before the first part
	PartsInEpilogue      = "parts-in-epilogue"      // MIME fields behind the last part
	OddContainerEncoding = "odd-container-encoding" // an encoding on a multipart that changes nothing (RFC 2045 section 6.4)
	EncodingOnMultipart  = "encoding-on-multipart"  // an encoding on a multipart or message that hides or changes parts
	EncodedMessage       = "encoded-message"        // an enclosed message in base64 or quoted-printable, taken apart
	MessageFragment      = "message-fragment"       // message/partial or message/external-body: the content is elsewhere
	TooDeep              = "too-deep"               // nested beyond the limit: what is inside stays one piece
	TooManyParts         = "too-many-parts"         // over the limit: the rest of the message is this one piece
	TooManyReadings      = "too-many-readings"      // over the limit: not every reading is in Part.Also

	// Encoded bytes (RFC 2045 sections 6.7 and 6.8).

	OddBase64          = "odd-base64"           // an incomplete end, marks behind it, or groups that go over a line end: the same to nearly all
	BadBase64          = "bad-base64"           // foreign characters, or text behind the padding: Python skips them, Go stops there
	BadQuotedPrintable = "bad-quoted-printable" // "=" without two hexadecimal digits or a line end
	EncodedBlock       = "encoded-block"        // uuencode, yEnc or BinHex in a text: Thunderbird shows an attachment, web mail the text
	MIMEInText         = "mime-in-text"         // a text holds Content-Transfer-Encoding: a mail quoted as its source, or parts whose boundary nobody finds
	WrappedCiphertext  = "wrapped-ciphertext"   // HTML that is left open before an encrypted part (EFAIL, CVE-2017-17688)
)

// deviations says of each code what it means for people and policies.
var deviations = [...]Deviation{
	{BadHeaderLine, "a line in the header is neither a field nor a fold", false, false},
	{BlankFold, "a line in the header holds nothing but blanks or controls", false, false},
	{HeaderEndDisputed, "the header ends in another place to other programs", true, false},
	{SpaceBeforeColon, "a field's name has blanks before the colon", false, false},
	{OddMIMEField, "a MIME field is written so that not every program takes it", true, false},
	{MboxFromLine, "a mailbox separator stands before the header", false, false},
	{NULInHeader, "a NUL stands in the header", false, false},
	{HeaderTooBig, "the header is over the limit; what is beyond it was not read", false, true},
	{HeaderNotEnded, "the header does not end in an empty line", false, false},
	{RepeatedHeader, "a field is there twice that may be there once", false, false},
	{DuplicateHeader, "there are two different subjects or senders", true, false},

	{BareCR, "a CR is not followed by LF", false, false},
	{BareLF, "a line ends in LF without CR", false, false},
	{LineEndDisputed, "lone CR, LF or NUL characters make other parts to other programs", true, false},
	{NULInBody, "a NUL stands in the body", false, false},
	{LineTooLong, "a line has more than 998 bytes", false, false},
	{SmuggledMail, "SMTP commands and a further message stand in the content", true, false},

	{NoMIMEVersion, "there are MIME fields, but no MIME-Version 1.0", false, false},
	{DuplicateContentType, "there are several Content-Type fields that differ", true, false},
	{DuplicateEncoding, "there are several Content-Transfer-Encoding fields that differ", true, false},
	{DuplicateDisposition, "there are several Content-Disposition fields that differ", true, false},
	{SeveralValues, "a MIME field has more than one value", true, false},
	{OddContentType, "the content type is empty or incomplete; it counts as text/plain", false, false},
	{BadContentType, "the content type is not of the form type/subtype", true, false},
	{OddEncoding, "the transfer encoding is another word for none", false, false},
	{BadEncoding, "the transfer encoding is one that some programs undo and others don't", true, false},
	{UnknownEncoding, "the transfer encoding is not known; the bytes are taken as they are", true, true},
	{BadParam, "a parameter is against the grammar", false, false},
	{DuplicateParam, "a parameter is given more than once", false, false},
	{OddName, "the file name is given in different ways or has control characters", false, false},
	{NameConflict, "the file names given have different extensions", true, false},
	{AmbiguousCharset, "the charset is one that some programs read and others show as it stands", true, false},
	{CharsetConflict, "the charset is given in conflicting ways, or is not that of the bytes", true, false},
	{UnknownCharset, "the charset is not known; it is guessed", false, true},

	{MissingBoundary, "a multipart names no boundary", true, false},
	{OddBoundary, "the boundary is too long or has characters that none should have", false, false},
	{BadBoundary, "the boundary is given so that programs read different ones", true, false},
	{BoundaryNotFound, "the boundary never comes; nothing could be taken apart", true, false},
	{EmptyMultipart, "a multipart has no parts and no content", false, false},
	{BoundaryNotClosed, "the end line of the boundary is missing", false, false},
	{BoundaryPrefix, "a line begins with the boundary and goes on", true, false},
	{BoundaryLine, "a line is a boundary but for case, blanks or controls", true, false},
	{BoundaryReused, "the boundary is the same as that of a part around it", true, false},
	{BoundaryAfterClose, "parts go on behind the end line of the boundary", true, false},
	{BoundaryOnLeaf, "what is no multipart has boundary lines", true, false},
	{PartsInPreamble, "a part stands before the first boundary", true, false},
	{PartsInEpilogue, "a part stands behind the last boundary", true, false},
	{OddContainerEncoding, "a multipart says that it is encoded and isn't", false, false},
	{EncodingOnMultipart, "a multipart or message says that it is encoded; decoded, it has other parts", true, false},
	{EncodedMessage, "an enclosed message is encoded", false, false},
	{MessageFragment, "the content is a fragment, or elsewhere", false, true},
	{TooDeep, "it is nested too deep; what is inside was not taken apart", false, true},
	{TooManyParts, "there are too many parts; the rest is this one", false, true},
	{TooManyReadings, "there are more ways to read it than were tried", false, true},

	{OddBase64, "the base64 has an incomplete end, or groups that go over a line end", false, false},
	{BadBase64, "the base64 has foreign characters, or text behind the padding", true, false},
	{BadQuotedPrintable, `an "=" is followed by neither two hexadecimal digits nor the line end`, false, false},
	{EncodedBlock, "a file stands encoded in a text", true, false},
	{MIMEInText, "a text holds encoded parts of a mail", false, false},
	{WrappedCiphertext, "an HTML part is left open before an encrypted part", true, false},
}
