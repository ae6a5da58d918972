package policy

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// The most that policy is asked about. OPA has no memory limit of its own.
const (
	MaxFindings   = 5000
	MaxHeaders    = 1000
	MaxParts      = 3000
	MaxRecipients = 10000
	// MaxInputText bounds all the texts of an input together, without the
	// recipients, in bytes.
	MaxInputText = 4 << 20
)

// Decide answers for each recipient, in their order. in.Recipient is ignored, and so are the fields of in.Content that are made of others;
// Kind, Partner and Exceptions of the recipients are filled here. With no
// recipients it says the message's class alone.
//
// Recipients that policy can't tell apart share the lists in their decisions:
// don't change them.
//
// Any error means that there is no decision: the mail must wait. Its kind is
// one of the Err… values.
func (g *Generation) Decide(ctx context.Context, in *Input, recipients []Recipient) (*Decision, error) {
	if err := tooMuch(in, recipients); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, 20*g.deadline)
	defer stop()
	d := &Decision{Revision: g.revision}
	facts := g.facts.items(make([][2]*ast.Term, 0, 5), reflect.ValueOf(in.whole()).Elem())
	if len(recipients) == 0 {
		class, err := g.askClass(ctx, facts)
		d.Class = class
		return d, err
	}
	d.Recipients = make([]RecipientDecision, len(recipients))
	complete, asked, distinct := g.profiles(recipients)
	var message known
	if distinct > 1 {
		message = g.values(ctx, g.message, ast.NewObject(facts...))
	}
	for i, r := range complete {
		p := asked[i]
		if p.answer == nil {
			var err error
			if p.answer, err = g.ask(ctx, with(facts, p.recipient), message); err != nil {
				return nil, err
			}
		}
		a := p.answer
		if d.Class != "" && d.Class != a.Class {
			return nil, fmt.Errorf("%w: the message is %s for one recipient and %s for another", ErrConflict, d.Class, a.Class)
		}
		d.Class = a.Class
		if a.Level == PartnerTLS && r.Kind != PartnerKind {
			return nil, fmt.Errorf("%w: partner-tls for a recipient that is no partner's", ErrInvalid)
		}
		d.Recipients[i] = RecipientDecision{
			Address: r.Address, Kind: r.Kind, Partner: r.Partner, Level: a.Level,
			Treatments: a.Treatments, Reasons: a.Reasons, Overridden: a.Overridden, Notices: a.Notices, Overrides: a.Overrides,
		}
	}
	return d, nil
}

// whole is the input with what follows from it.
func (in *Input) whole() *Input {
	whole := *in
	whole.Content.Categories, whole.Content.Detectors = believed(in.Content.Findings)
	return &whole
}

// believed are the categories and detectors of findings that aren't doubtful,
// each once.
func believed(findings []Finding) (categories, detectors []string) {
	for _, f := range findings {
		if f.Confidence == "low" {
			continue
		}
		if !slices.Contains(categories, f.Category) {
			categories = append(categories, f.Category)
		}
		if !slices.Contains(detectors, f.Detector) {
			detectors = append(detectors, f.Detector)
		}
	}
	return categories, detectors
}

// profile is what the policy reads of a recipient. Recipients of one profile
// have the same answer.
type profile struct {
	recipient *ast.Term
	answer    *answer // nil until it is asked for
}

// profiles completes the recipients, says which profile each of them has, and
// how many there are.
func (g *Generation) profiles(recipients []Recipient) (complete []*Recipient, each []*profile, distinct int) {
	complete, each = make([]*Recipient, len(recipients)), make([]*profile, len(recipients))
	byText := map[string]*profile{}
	for i := range recipients {
		complete[i] = g.complete(recipients[i])
		document := g.recipient.term(reflect.ValueOf(complete[i]).Elem())
		text := ""
		if len(recipients) > 1 {
			text = document.String()
		}
		if byText[text] == nil {
			byText[text] = &profile{recipient: document}
		}
		each[i] = byText[text]
	}
	return complete, each, len(byText)
}

// complete fills what the generation knows of a recipient.
func (g *Generation) complete(r Recipient) *Recipient {
	domain := domainOf(r.Address)
	r.Domain = domain
	r.Kind, r.Partner = g.lists.kind(domain)
	if r.Partner == nil {
		r.Partner = g.lists.partners[domain] // agreed less than partner-tls with a public provider
	}
	r.Exceptions = g.lists.exceptions[domain]
	return &r
}

// with is the whole input for one recipient: facts are the part that is the
// same for all of them.
func with(facts [][2]*ast.Term, recipient *ast.Term) ast.Value {
	items := append(make([][2]*ast.Term, 0, 8), facts...)
	return ast.NewObject(append(items, [2]*ast.Term{ast.InternedTerm("recipient"), recipient})...)
}

func (g *Generation) ask(ctx context.Context, input ast.Value, message known) (*answer, error) {
	value, err := g.eval(ctx, g.decision, input, message)
	if err != nil {
		return nil, err
	}
	return g.words.readAnswer(value)
}

func (g *Generation) askClass(ctx context.Context, facts [][2]*ast.Term) (Class, error) {
	value, err := g.eval(ctx, g.class, ast.NewObject(facts...), nil)
	if err != nil {
		return "", err
	}
	class, _ := value.(ast.String)
	a := answer{Class: Class(class), Level: Opportunistic}
	if err := g.words.check(&a); err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a.Class, nil
}

// eval asks one query, for no longer than the deadline.
func (g *Generation) eval(ctx context.Context, query rego.PreparedEvalQuery, input ast.Value, message known) (ast.Value, error) {
	cancel := topdown.NewCancel()
	ctx, stop := context.WithTimeout(ctx, g.deadline)
	defer stop()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	values := g.caches.Get().(*cache)
	values.lists, values.message = g.lasting, message
	results, err := query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalExternalCancel(cancel), rego.EvalBaseCache(g.store),
		rego.EvalVirtualCache(values))
	if values.emptied() {
		g.caches.Put(values)
	}
	// An answer that came too late isn't used even if it came.
	if late := ctx.Err(); late != nil {
		return nil, deadlineError(late)
	}
	if err != nil {
		return nil, evalError(err)
	}
	if len(results) == 0 {
		return nil, ErrUndefined
	}
	if len(results) > 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("%w: several answers", ErrConflict)
	}
	value, ok := results[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return nil, fmt.Errorf("%w: no value", ErrInvalid)
	}
	return value, nil
}

func deadlineError(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return ErrDeadline
	}
	return fmt.Errorf("%w: %w", ErrDeadline, cause)
}

// evalError names the rule's place. OPA's own text may hold values of the
// message, and is left out.
func evalError(err error) error {
	kind, e := ErrPolicy, (*topdown.Error)(nil)
	if !errors.As(err, &e) {
		return kind
	}
	switch e.Code {
	case topdown.ConflictErr:
		kind = ErrConflict
	case topdown.CancelErr:
		kind = ErrDeadline
	}
	if e.Location == nil {
		return fmt.Errorf("%w: %s", kind, e.Code)
	}
	return fmt.Errorf("%w: %s at %s:%d", kind, e.Code, e.Location.File, e.Location.Row)
}

// tooMuch refuses an input over the limits.
func tooMuch(in *Input, recipients []Recipient) error {
	for _, l := range []struct {
		what     string
		have, at int
	}{
		{"findings", len(in.Content.Findings), MaxFindings},
		{"headers", len(in.Message.Headers), MaxHeaders},
		{"labels", len(in.Message.Labels), MaxHeaders},
		{"parts", len(in.Content.Parts), MaxParts},
		{"recipients", len(recipients), MaxRecipients},
		{"bytes of text", textSize(in), MaxInputText},
	} {
		if l.have > l.at {
			return fmt.Errorf("%w: %d %s, at most %d", ErrInput, l.have, l.what, l.at)
		}
	}
	return nil
}

func textSize(in *Input) int {
	n := len(in.Message.ID) + len(in.Message.Subject)
	s := &in.Sender
	n += len(s.Address) + len(s.Domain) + len(s.Authenticated) + len(s.Client.IP)
	if t := s.Client.TLS; t != nil {
		n += len(t.Version) + len(t.Cipher) + len(t.Subject)
	}
	for _, h := range in.Message.Headers {
		n += len(h.Name) + len(h.Value)
	}
	for _, list := range [][]string{in.Message.Labels, in.Message.Overrides, in.Content.Problems} {
		for _, text := range list {
			n += len(text)
		}
	}
	for _, p := range in.Content.Parts {
		n += len(p.Path) + len(p.Name) + len(p.Type)
		for _, problem := range p.Problems {
			n += len(problem)
		}
	}
	for _, f := range in.Content.Findings {
		n += len(f.Detector) + len(f.Category) + len(f.Confidence) + len(f.Part) + len(f.Table)
	}
	return n
}
