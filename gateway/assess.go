package gateway

import (
	"context"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// assess asks the handlers whether they can reach what policy demands, one
// call for each treatment that occurs, and fills each recipient's steps with
// those that can.
func (g *Gateway) assess(ctx context.Context, p *Plan) {
	defer g.timed("assess")()
	fault.At("gateway.assess")
	answers := map[string]map[*Planned]sdk.Assessment{}
	for _, treatment := range treatments(p) {
		answers[treatment] = g.ask(ctx, p, treatment)
	}
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if r.Level == policy.Opportunistic {
			continue
		}
		for _, t := range r.Treatments {
			r.take(t, answers[t.Name][r])
		}
		switch {
		case len(r.Steps) > 0:
			r.Pending, r.Refusal = "", ""
		case r.Pending != "":
			r.Refusal = ""
		default:
			r.Refusal = "it can't be protected by " + r.treatmentNames() + " (" + r.Refusal + ")"
		}
	}
}

func (p *Planned) treatmentNames() string {
	var names []string
	for _, t := range p.Treatments {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

// take adds one treatment to the recipient's steps, if its handler is able.
// Refusing needs nobody's help: a copy that must not leave doesn't, whether or
// not the reject plugin answers now. Nor does holding.
func (p *Planned) take(t policy.Treatment, a sdk.Assessment) {
	switch {
	case t.Name == "reject":
		p.Steps = append(p.Steps, store.Step{Treatment: t.Name, Params: t.Params})
	case t.Name == "quarantine" && a.Ability == sdk.Unable:
		// No plugin keeps held messages: the MTA's hold queue does.
		p.Held = true
		p.Steps = append(p.Steps, store.Step{Treatment: t.Name, Params: t.Params})
	case a.Ability == sdk.Able && reaches(a, p.Level):
		p.Steps = append(p.Steps, store.Step{Treatment: t.Name, Params: t.Params, Method: a.Method, Route: encode(a.Route)})
	case a.Ability == sdk.Able:
		p.cannot(t.Name + " reaches only the level " + a.Level)
	case a.Ability == sdk.Unable:
		p.cannot(a.Reason)
	default:
		p.Pending = "treatment " + t.Name + " can't be assessed now, try again later"
	}
}

// cannot keeps the first reason why a treatment can't: the one for the
// treatment that policy likes best.
func (p *Planned) cannot(why string) {
	if p.Refusal == "" {
		p.Refusal = why
	}
}

func reaches(a sdk.Assessment, demanded policy.Level) bool {
	return policy.Level(a.Level).AtLeast(demanded) || fault.Off("gateway.level-check")
}

// treatments lists what is to be asked, each once, in order of first use.
func treatments(p *Plan) []string {
	var names []string
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if r.Level == policy.Opportunistic {
			continue
		}
		for _, t := range r.Treatments {
			if t.Name != "reject" && !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

// ask puts one question about all recipients that may get a treatment.
func (g *Gateway) ask(ctx context.Context, p *Plan, treatment string) map[*Planned]sdk.Assessment {
	req := sdk.AssessRequest{Treatment: treatment, Sender: p.Message.Envelope.Sender, Size: p.Message.Content.Size()}
	var asked []*Planned
	for i := range p.Recipients {
		r := &p.Recipients[i]
		at := slices.IndexFunc(r.Treatments, func(t policy.Treatment) bool { return t.Name == treatment })
		if at < 0 || r.Level == policy.Opportunistic {
			continue
		}
		asked = append(asked, r)
		req.Recipients = append(req.Recipients, sdk.Recipient{
			Address: r.Address, Level: string(r.Level), Kind: string(r.Kind),
			Params: r.Treatments[at].Params, Partner: encode(r.Partner), Reasons: leading(r.reasons(), string(r.Level)),
		})
	}
	got := map[*Planned]sdk.Assessment{}
	for i, a := range g.Handlers.Assess(ctx, req) {
		if i < len(asked) && a.Address == asked[i].Address {
			got[asked[i]] = a
		}
	}
	return got
}

// leading are the reasons that count: those of the rules that demanded the
// level that is in force, and the gateway's own.
func leading(in []store.Reason, level string) []sdk.Reason {
	var out []sdk.Reason
	for _, r := range in {
		if r.Level == level || r.Level == "" {
			out = append(out, sdk.Reason{Rule: r.Rule, Text: r.Text})
		}
	}
	return out
}
