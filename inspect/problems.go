package inspect

import "github.com/sealpost/sealpost/message"

// Codes of what inspection could not do. They stand beside the message
// package's codes in PartReport.Problems and Report.Problems.
const (
	// ProblemTime: the budget or the caller's deadline ended here.
	ProblemTime = "time-budget"
	// ProblemType: nothing here reads content of this type.
	ProblemType = "type-not-read"
	// ProblemMismatch: the content isn't what the type says.
	ProblemMismatch = "type-mismatch"
	// ProblemEncrypted: the content is encrypted.
	ProblemEncrypted = "encrypted"
	// ProblemRead: the content could not be read to its end.
	ProblemRead = "read-failed"
	// ProblemHTML: a tag or text in HTML is too long to be taken apart; it
	// was read as plain text.
	ProblemHTML = "html-long-token"
	// ProblemParsed: the message was never taken apart.
	ProblemParsed = "not-parsed"
	// ProblemFailed: a detector or reader failed, which is a mistake of
	// ours. What it was reading counts as unread.
	ProblemFailed = "inspector-failed"
)

// ambiguous reports whether a deviation makes programs read a message
// differently. Deviations that only lose something are not among them.
func ambiguous(code string) bool {
	switch code {
	case message.BadHeaderLine, message.BlankFold, message.SpaceBeforeColon, message.MboxFromLine,
		message.NULInHeader, message.DuplicateHeader, message.BareCR, message.BareLF,
		message.NoMIMEVersion, message.DuplicateContentType, message.DuplicateEncoding,
		message.DuplicateDisposition, message.BadContentType, message.BadEncoding, message.BadParam,
		message.DuplicateParam, message.NameConflict, message.UnknownCharset, message.AmbiguousCharset,
		message.MissingBoundary, message.BadBoundary, message.BoundaryNotFound,
		message.BoundaryNotClosed, message.BoundaryPrefix, message.BoundaryReused,
		message.BoundaryAfterClose, message.BoundaryOnLeaf, message.EncodingOnMultipart,
		message.BadBase64, message.BadQuotedPrintable:
		return true
	}
	return false
}

// incomplete reports whether a deviation means that a part's text isn't all
// there or not decoded: the part is then partly scanned at best.
func incomplete(code string) bool {
	switch code {
	case message.HeaderTooBig, message.BadEncoding, message.UnknownCharset, message.MissingBoundary,
		message.BoundaryNotFound, message.MessageFragment, message.TooDeep, message.TooManyParts:
		return true
	}
	return false
}
