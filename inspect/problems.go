package inspect

import "github.com/sealpost/sealpost/extract"

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
	// ProblemBudget: it is too large, too many, nested too deep, or unpacks to
	// too much.
	ProblemBudget = "over-budget"
	// ProblemBroken: it is against its format, and was read as far as it went.
	ProblemBroken = "broken"
	// ProblemImage: pixels, sound or film, of which only the properties were
	// read.
	ProblemImage = "image"
	// ProblemFeature: something in it is of a form that its reader doesn't know.
	ProblemFeature = "feature-unknown"
	// ProblemName: a name in a container leads out of it.
	ProblemName = "unsafe-name"
	// ProblemParsed: the message was never taken apart.
	ProblemParsed = "not-parsed"
	// ProblemFailed: a detector or reader failed, which is a mistake of
	// ours. What it was reading counts as unread.
	ProblemFailed = "inspector-failed"
)

// problem is an extractor's problem in our words.
func problem(p extract.Problem) string {
	switch p {
	case extract.ProblemTime:
		return ProblemTime
	case extract.ProblemUnknown:
		return ProblemType
	case extract.ProblemReader:
		return ProblemFailed
	}
	return string(p)
}
