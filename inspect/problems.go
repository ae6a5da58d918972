package inspect

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
