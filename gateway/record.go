package gateway

import (
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

// Kinds of records in the audit log.
const (
	// DecidedKind is a Decided: what became of a message and why.
	DecidedKind = "decision"
	// FailedKind is a Failed: a message that couldn't be judged, and was
	// answered with a temporary failure.
	FailedKind = "failure"
)

// Audit keeps what was decided. A record that can't be kept is an error.
type Audit interface {
	Append(kind, id string, record any) error
}

// Decided is the record of one decision. It holds no content and no finding's
// value; what people wrote is reduced to the words of the operator's lists
// (policy.Generation.Redact).
type Decided struct {
	QueueID    string             `json:"queue_id"`
	Verdict    string             `json:"verdict"`
	Reply      string             `json:"reply,omitempty"`
	Class      policy.Class       `json:"class"`
	Revision   string             `json:"revision"` // of the policy
	Late       bool               `json:"late,omitempty"`
	Recipients []DecidedRecipient `json:"recipients"`
	// Input is what policy was asked about, without a recipient.
	Input *policy.Input `json:"input"`
}

// DecidedRecipient is what policy said of one recipient, and what was planned.
type DecidedRecipient struct {
	policy.RecipientDecision
	Treatment string `json:"treatment"`
	Method    string `json:"method,omitempty"`
	Refusal   string `json:"refusal,omitempty"`
	Pending   string `json:"pending,omitempty"`
}

// Failed is the record of a message that couldn't be judged.
type Failed struct {
	QueueID string `json:"queue_id"`
	Sender  string `json:"sender"`
	Stage   string `json:"stage"`
	Reply   string `json:"reply"`
}

// record keeps what was decided. The answer mustn't go out without it.
func (g *Gateway) record(p *Plan, a message.Answer, late bool) error {
	if g.Audit == nil {
		return nil
	}
	d := Decided{QueueID: p.Message.Envelope.QueueID, Verdict: string(a.Verdict), Class: p.Class, Revision: p.Revision, Late: late,
		Input: p.generation.Redact(p.input)}
	if a.Verdict == message.Reject || a.Verdict == message.TempFail {
		d.Reply = a.Reply.String()
	}
	for i := range p.Recipients {
		r := &p.Recipients[i]
		one := DecidedRecipient{RecipientDecision: r.RecipientDecision, Treatment: r.Treatment(), Refusal: r.Refusal, Pending: r.Pending}
		if len(r.Steps) > 0 {
			one.Method = r.Steps[0].Method
		}
		d.Recipients = append(d.Recipients, one)
	}
	if err := g.Audit.Append(DecidedKind, p.Message.ID, d); err != nil {
		return failure("audit", err)
	}
	return nil
}
