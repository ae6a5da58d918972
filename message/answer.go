package message

import "fmt"

// Verdict is what becomes of a whole message at the MTA's door. The same
// words stand in logs, metrics and on the command line.
type Verdict string

const (
	Accept   Verdict = "accept"
	Reject   Verdict = "reject"
	Hold     Verdict = "hold"
	TempFail Verdict = "tempfail"
)

// Reply is what an SMTP or LMTP peer is told. Text never holds a finding's
// value, a subject or a key.
type Reply struct {
	Code     int    // 250, 451, 550 …
	Enhanced string // RFC 3463, "5.7.1"
	Text     string // one line
}

func (r Reply) String() string { return fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, r.Text) }

// Answer is what the gateway tells the MTA at the end of a message.
type Answer struct {
	Verdict Verdict
	// Reply is what the client is told with Reject and TempFail.
	Reply Reply
	// Edits are carried out only with Accept and Hold.
	Edits Edits
}

// Edits are the only changes that the gateway makes before the queue:
// recipients and header fields of our own, and for the MTA's own
// notifications the text.
type Edits struct {
	// DeleteRecipients are forward-paths as Recipient.Typed has them.
	DeleteRecipients []string
	AddRecipients    []AddRecipient
	// SenderArgs, where not empty, are set with the unchanged sender
	// ("RET=HDRS").
	SenderArgs string
	// DeleteHeaders are deleted wherever they occur.
	DeleteHeaders []HeaderRef
	InsertHeaders []HeaderField
	// Body, where not nil, replaces the body (everything after the header).
	// The milter closes it.
	Body *Content
}

// Empty reports whether nothing is to be changed.
func (e *Edits) Empty() bool {
	return len(e.DeleteRecipients)+len(e.AddRecipients)+len(e.DeleteHeaders)+len(e.InsertHeaders) == 0 &&
		e.SenderArgs == "" && e.Body == nil
}

// AddRecipient adds an envelope recipient.
type AddRecipient struct {
	Address string
	Args    string // "ORCPT=rfc822;… NOTIFY=…", xtext-encoded (RFC 3461)
}

// HeaderRef names one occurrence of a header field: the Index-th (from 1)
// field with that name, counted without regard to case.
type HeaderRef struct {
	Name  string
	Index int
}

// HeaderField is a field to insert at the top of the header.
type HeaderField struct{ Name, Value string }
