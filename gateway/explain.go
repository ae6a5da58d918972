package gateway

import (
	"context"

	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

// Explanation is a whole decision in words: what `sealpost check` prints. Its
// JSON form is fixed.
type Explanation struct {
	Class      string               `json:"class"`
	Verdict    string               `json:"verdict"`
	Reply      string               `json:"reply"`
	Recipients []ExplainedRecipient `json:"recipients"`
	Policy     struct {
		Revision string `json:"revision"`
	} `json:"policy"`
	Scanned  string            `json:"scanned"`
	Findings []inspect.Finding `json:"findings"`
	Problems []string          `json:"problems"`
}

// ExplainedRecipient is what one recipient's copy needs, and why.
type ExplainedRecipient struct {
	Address   string            `json:"address"`
	Kind      string            `json:"kind"`
	Level     string            `json:"level"`
	Treatment string            `json:"treatment"`
	Method    string            `json:"method,omitempty"`
	Reasons   []ExplainedReason `json:"reasons"`
	// Lifted are rules that would have demanded more but for an exception or
	// override; Notices are what the sender is told beside the delivery.
	Lifted  []ExplainedReason `json:"lifted,omitempty"`
	Notices []ExplainedReason `json:"notices,omitempty"`
	Refusal string            `json:"refusal,omitempty"`
	Pending string            `json:"pending,omitempty"`
}

// ExplainedReason is a rule that demanded something, and its words.
type ExplainedReason struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

// Explain says what would become of a message, and why, with nothing done.
func (g *Gateway) Explain(ctx context.Context, m *message.Message) Explanation {
	plan, err := g.Plan(ctx, m)
	if err != nil {
		a := g.fail(m, err)
		return Explanation{Verdict: string(a.Verdict), Reply: a.Reply.String(), Scanned: inspect.None,
			Recipients: []ExplainedRecipient{}, Findings: []inspect.Finding{}, Problems: []string{err.Error()}}
	}
	a := plan.answer()
	x := Explanation{Class: string(plan.Class), Verdict: string(a.Verdict), Scanned: plan.Report.Scanned,
		Findings: plan.Report.Findings, Problems: plan.Report.Problems}
	x.Policy.Revision = plan.Revision
	if a.Verdict == message.Reject || a.Verdict == message.TempFail {
		x.Reply = a.Reply.String()
	}
	for i := range plan.Recipients {
		x.Recipients = append(x.Recipients, plan.Recipients[i].explain())
	}
	if x.Findings == nil {
		x.Findings = []inspect.Finding{}
	}
	if x.Problems == nil {
		x.Problems = []string{}
	}
	return x
}

func (p *Planned) explain() ExplainedRecipient {
	x := ExplainedRecipient{Address: p.RecipientDecision.Address, Kind: string(p.Kind), Level: string(p.Level), Treatment: p.Treatment(),
		Refusal: p.Refusal, Pending: p.Pending, Reasons: []ExplainedReason{}}
	if len(p.Steps) > 0 {
		x.Method = p.Steps[0].Method
	}
	for _, r := range p.Reasons {
		x.Reasons = append(x.Reasons, ExplainedReason{Rule: r.Rule, Text: r.Text})
	}
	for _, r := range p.Overridden {
		x.Lifted = append(x.Lifted, ExplainedReason{Rule: r.Rule, Text: r.Text})
	}
	for _, r := range p.Notices {
		x.Notices = append(x.Notices, ExplainedReason{Rule: r.Rule, Text: r.Text})
	}
	return x
}

// Class is what policy says of a message by its content alone, without sender
// and recipients.
func (g *Gateway) Class(ctx context.Context, m *message.Message, report *inspect.Report) (policy.Class, error) {
	generation := g.Policy.Current()
	d, err := generation.Decide(ctx, g.input(generation, m, report, nil), nil)
	if err != nil {
		return "", err
	}
	return d.Class, nil
}
