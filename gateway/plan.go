package gateway

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// Plan is what is to become of one message: for each judged recipient the
// level, the treatments that can reach it, and the way of its copy.
type Plan struct {
	Message    *message.Message
	Report     inspect.Report
	Class      policy.Class
	Revision   string
	Recipients []Planned
	// Of which policy what was asked.
	input      *policy.Input
	generation *policy.Generation
	// SenderLocal says that the sender's domain is one of ours.
	SenderLocal bool
}

// judged is one address that a copy would go to. There is at least one for
// each recipient of the envelope, more where an alias stands for several, and
// one for each recipient that the MTA adds by itself.
type judged struct {
	Address string
	of      int // see Planned
	// What is not known about it, see Expansion.
	unsure               string
	unstable, unmarkable bool
}

// Planned is one recipient's part of a plan.
type Planned struct {
	policy.RecipientDecision
	// of is the index of the envelope's recipient that stands for this one,
	// or -1 for a recipient that the MTA adds and the gateway can't change.
	of int
	// Steps are the treatments that can reach the level, in order.
	Steps []store.Step
	// Way is the word of the recipient's mark, "" for no mark.
	Way Way
	// Held says that the MTA is to hold the message: policy wants this copy
	// kept for somebody to look at, and no plugin does that.
	Held bool
	// Refusal says why the copy can't go, with Way "reject".
	Refusal string
	// Pending says why it is not known whether the copy can go.
	Pending string
	// What is not known about where it leads, see Expansion.
	unsure               string
	unstable, unmarkable bool
}

// rules names the rules that demanded something.
func (p *Planned) rules() []string {
	var rules []string
	for _, r := range p.Reasons {
		rules = append(rules, r.Rule)
	}
	return rules
}

// Treatment is the treatment in force, "none" where none is needed.
func (p *Planned) Treatment() string {
	switch {
	case p.Way == WayReject:
		return "reject"
	case len(p.Steps) > 0:
		return p.Steps[0].Treatment
	default:
		return "none"
	}
}

// plan chooses each recipient's way from what the handlers said.
func (g *Gateway) plan(p *Plan) {
	for i := range p.Recipients {
		r := &p.Recipients[i]
		switch {
		case r.Pending != "":
			// No way: the whole message is tried again later.
		case r.Level == policy.Opportunistic && g.Strict && r.Kind != policy.Local:
			r.Way, r.Steps = WayOpportunistic, []store.Step{{Treatment: "none"}}
		case r.Level == policy.Opportunistic:
			// No way: the copy stays as it is.
		case len(r.Steps) > 0:
			r.Way = way(r.Level, r.Steps[0])
		default:
			r.refuse(r.Refusal)
		}
		r.guard()
	}
}

func (p *Planned) refuse(why string) {
	p.Way, p.Refusal, p.Steps = WayReject, why, []store.Step{{Treatment: "reject"}}
}

// guard stops what can't be enforced: a recipient that must be marked or
// refused and that the gateway can't change, or that can't carry a mark.
func (p *Planned) guard() {
	switch {
	case p.Way == "":
	case p.of < 0:
		p.Pending = "the mail server adds a recipient that needs protection after the decision; set later_recipients: strict"
	case p.Way != WayReject && !markable(p.Address, p.Way):
		p.refuse("the address can't be protected: its domain is an address literal or too long")
	}
}

// way is where the first step leads. A step with a route is carried out by the
// MTA itself.
func way(level policy.Level, s store.Step) Way {
	switch {
	case s.Treatment == "reject":
		return WayReject
	case s.Treatment == "quarantine":
		return WayHold
	case s.Route == nil:
		return WayContent
	}
	if w, ok := tlsWayFor(level); ok {
		return w
	}
	return WayContent
}

// tlsWayFor is the way on which the MTA's own TLS reaches a level.
func tlsWayFor(level policy.Level) (Way, bool) {
	switch level {
	case policy.TLS:
		return WayTLS, true
	case policy.VerifiedTLS:
		return WayVerifiedTLS, true
	case policy.PartnerTLS:
		return WayPartnerTLS, true
	}
	return "", false
}

// answer is the verdict for the message as a whole. A refusal of the whole
// message needs every recipient to be refused: else the refused copies are
// marked and the others go. A hold by the MTA is for the whole message; each
// copy keeps its mark, and one that is held goes nowhere even if somebody
// releases the message.
func (p *Plan) answer() message.Answer {
	refused := 0
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if r.Pending != "" {
			return message.Answer{Verdict: message.TempFail, Reply: reply(451, "4.7.1", r.Pending, p.Message.ID)}
		}
		if r.Way == WayReject {
			refused++
		}
	}
	if refused > 0 && refused == len(p.Recipients) {
		return message.Answer{Verdict: message.Reject, Reply: reply(550, "5.7.1", p.Recipients[0].refusal(), p.Message.ID)}
	}
	if slices.ContainsFunc(p.Recipients, func(r Planned) bool { return r.Way == WayHold && r.Held }) {
		return message.Answer{Verdict: message.Hold}
	}
	return message.Answer{Verdict: message.Accept}
}

// refusal is why a copy doesn't go, in policy's words where it has some.
func (p *Planned) refusal() string {
	if p.Refusal != "" && len(p.Reasons) > 0 {
		return strings.TrimRight(p.Reasons[0].Text, ".") + "; " + p.Refusal
	}
	if len(p.Reasons) > 0 {
		return p.Reasons[0].Text
	}
	return p.Refusal
}

// job is the part of a plan that must last: the marked recipients, and the
// sender where it is to be told something.
func (p *Plan) job() store.Job {
	m := p.Message
	job := store.Job{ID: m.ID, Created: time.Now().UTC(), QueueID: m.Envelope.QueueID, Sender: m.Envelope.Sender,
		Class: string(p.Class), Revision: p.Revision}
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if r.Way == "" {
			continue
		}
		job.Recipients = append(job.Recipients, store.JobRecipient{
			Address: r.Address, Way: string(r.Way), Level: string(r.Level), Kind: string(r.Kind),
			Reasons: r.reasons(), Steps: r.Steps, Partner: encode(r.Partner),
		})
	}
	if n, ok := p.notice(); ok {
		job.Recipients = append(job.Recipients, n)
	}
	return job
}

// reasons are policy's, and the gateway's own where a copy is refused because
// no treatment can.
func (p *Planned) reasons() []store.Reason {
	var out []store.Reason
	for _, r := range p.Reasons {
		out = append(out, store.Reason{Rule: r.Rule, Level: string(r.Level), Text: r.Text})
	}
	if p.Refusal != "" {
		out = append(out, store.Reason{Rule: "gateway", Text: p.Refusal})
	}
	return out
}

// about is what the notify plugin is told of one recipient: its parameter
// "about" is a list of these.
type about struct {
	Address string         `json:"address"`
	Reasons []store.Reason `json:"reasons"`
}

// notice is the sender as one more recipient of the job, to be told what
// policy wants it to know. Only senders of ours are told anything: anybody can
// write any other address. Recipients are named as the sender named them.
func (p *Plan) notice() (store.JobRecipient, bool) {
	sender := p.Message.Envelope.Sender
	n := store.JobRecipient{Address: sender, Way: string(WayNotify), Level: string(policy.Opportunistic), Kind: string(policy.Local)}
	var told []about
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if r.of < 0 || len(r.Notices) == 0 {
			continue
		}
		a := about{Address: p.Message.Envelope.Recipients[r.of].Typed}
		for _, because := range r.Notices {
			a.Reasons = append(a.Reasons, store.Reason{Rule: because.Rule, Text: because.Text})
		}
		if !slices.ContainsFunc(told, func(t about) bool { return t.Address == a.Address }) {
			told = append(told, a)
		}
	}
	if !p.SenderLocal || len(told) == 0 {
		return n, false
	}
	n.Reasons = told[0].Reasons
	n.Steps = []store.Step{{Treatment: "notify", Params: encode(map[string]any{"about": told})}}
	return n, true
}

// encode is JSON of a value that can be encoded by its type, nil for nil.
func encode(v any) json.RawMessage {
	switch v := v.(type) {
	case *policy.Partner:
		if v == nil {
			return nil
		}
	case *sdk.Route:
		if v == nil {
			return nil
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic("gateway: encoding a plain struct: " + err.Error())
	}
	return b
}
