package policy

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	// MaxInputText bounds all the texts of an input together, in bytes.
	MaxInputText = 4 << 20
)

// Decide answers for each recipient, in their order. in.Recipient is ignored;
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
	facts := g.facts(in)
	if len(recipients) == 0 {
		class, err := g.askClass(ctx, facts)
		d.Class = class
		return d, err
	}
	d.Recipients = make([]RecipientDecision, len(recipients))
	answers := map[string]*answer{}
	for i := range recipients {
		r := g.complete(recipients[i])
		document := term(r)
		key := ""
		if len(recipients) > 1 {
			key = g.shared.key(document)
		}
		a := answers[key]
		if a == nil {
			var err error
			if a, err = g.ask(ctx, facts.with(document)); err != nil {
				return nil, err
			}
			answers[key] = a
		}
		if d.Class != "" && d.Class != a.Class {
			return nil, fmt.Errorf("%w: the message is %s for one recipient and %s for another", ErrConflict, d.Class, a.Class)
		}
		d.Class = a.Class
		if a.Level == PartnerTLS && r.Kind != PartnerKind {
			return nil, fmt.Errorf("%w: partner-tls for a recipient that is no partner's", ErrInvalid)
		}
		d.Recipients[i] = RecipientDecision{
			Address: r.Address, Kind: r.Kind, Partner: r.Partner, Level: a.Level,
			Treatments: a.Treatments, Reasons: a.Reasons, Overridden: a.Overridden, Notices: a.Notices,
		}
	}
	return d, nil
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

// facts is the part of the input that is the same for all recipients.
type facts [][2]*ast.Term

func (g *Generation) facts(in *Input) facts {
	message, content := in.Message, in.Content
	for _, list := range []struct {
		section, name string
		forget        func()
	}{
		{"message", "headers", func() { message.Headers = nil }},
		{"message", "labels", func() { message.Labels = nil }},
		{"content", "parts", func() { content.Parts = nil }},
	} {
		if !g.shared.reads(list.section, list.name) {
			list.forget()
		}
	}
	return facts{
		{ast.InternedTerm("message"), term(message)},
		{ast.InternedTerm("sender"), term(in.Sender)},
		{ast.InternedTerm("content"), term(content)},
		{ast.InternedTerm("now"), term(in.Now)},
	}
}

func (f facts) with(recipient *ast.Term) ast.Value {
	items := append(make([][2]*ast.Term, 0, len(f)+1), f...)
	return ast.NewObject(append(items, [2]*ast.Term{ast.InternedTerm("recipient"), recipient})...)
}

func (g *Generation) ask(ctx context.Context, input ast.Value) (*answer, error) {
	value, err := g.eval(ctx, g.decision, input)
	if err != nil {
		return nil, err
	}
	return g.words.readAnswer(value)
}

func (g *Generation) askClass(ctx context.Context, f facts) (Class, error) {
	value, err := g.eval(ctx, g.class, ast.NewObject(f...))
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
func (g *Generation) eval(ctx context.Context, query rego.PreparedEvalQuery, input ast.Value) (ast.Value, error) {
	cancel := topdown.NewCancel()
	ctx, stop := context.WithTimeout(ctx, g.deadline)
	defer stop()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	results, err := query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalExternalCancel(cancel))
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
	n := len(in.Message.Subject)
	for _, h := range in.Message.Headers {
		n += len(h.Name) + len(h.Value)
	}
	for _, l := range in.Message.Labels {
		n += len(l)
	}
	for _, p := range in.Content.Parts {
		n += len(p.Name) + len(p.Type)
		for _, s := range p.Problems {
			n += len(s)
		}
	}
	return n
}

// sample is one message on which a new generation is tried.
func samples() []*Input {
	now := Now{Time: "2026-01-30T12:00:00Z", Date: "2026-01-30", Weekday: "Friday", BusinessDay: true}
	base := Input{
		Message: Message{ID: "sample", Direction: Outbound, Subject: "Minutes", Size: 1000, Received: time.Unix(1769774400, 0).UTC()},
		Sender:  Sender{Address: "someone@sender.invalid", Domain: "sender.invalid", Local: true},
		Content: Content{Scanned: Full}, Now: now,
	}
	bounce, unread, full := base, base, base
	bounce.Message.Direction, bounce.Sender = Inbound, Sender{}
	unread.Content.Scanned = None
	full.Message.Subject = "(SECURE) Re: Minutes"
	full.Content.Findings = []Finding{
		{Detector: "icd10", Category: "health", Confidence: "high", Part: "1", Count: 3},
		{Detector: "iban", Category: "financial", Confidence: "medium", Part: "1", Count: 1000},
		{Detector: "private-key", Category: "secret", Confidence: "high", Part: "2", Count: 1},
	}
	full.Message.Headers = []Header{{Name: "subject", Value: "(SECURE) Re: Minutes"}}
	full.Message.Labels = []string{"Confidential"}
	full.Content.Parts = []Part{{Path: "1", Type: "text/plain", Size: 900, Scanned: Full}, {Path: "2", Name: "a.zip", Type: "application/zip", Scanned: Partial, Problems: []string{"encrypted"}}}
	return []*Input{&base, &bounce, &unread, &full}
}

// try asks the new generation about sample messages to every kind of
// recipient. A policy that has no answer for one of them is refused.
func (g *Generation) try(ctx context.Context) error {
	recipients := []Recipient{
		{Address: "someone@recipient.invalid"},
		{Address: "someone"},
		{Address: "someone@keys.invalid", Keys: Keys{SMIME: true, PGP: true, Expires: "2027-01-01T00:00:00Z"}, Portal: Portal{Registered: true},
			TLS: &RecipientTLS{Level: VerifiedTLS, Method: "dane", Checked: "2026-01-30T11:00:00Z"}},
	}
	for _, set := range []func(func(string) bool){keys(g.lists.local), keys(g.lists.public), keys(g.lists.partners)} {
		for domain := range set {
			recipients = append(recipients, Recipient{Address: "someone@" + domain})
			break
		}
	}
	patient := *g
	patient.deadline = max(g.deadline, time.Second) // a cold start isn't the policy's fault
	for _, in := range samples() {
		if _, err := patient.Decide(ctx, in, recipients); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("trying the policy: %w", ctx.Err())
			}
			return Mistakes{{Text: fmt.Sprintf("tried on a sample message (%s, %d findings, scanned %s): %v",
				in.Message.Direction, len(in.Content.Findings), in.Content.Scanned, err)}}
		}
		if _, err := patient.Decide(ctx, in, nil); err != nil {
			return Mistakes{{Text: fmt.Sprintf("tried on a sample message, class alone: %v", err)}}
		}
	}
	return nil
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
