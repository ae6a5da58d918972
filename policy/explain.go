package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Explainer says rule by rule why a policy decides as it does. It evaluates
// with a tracer and without shortcuts: not for mail.
type Explainer struct {
	*Generation
	loaded *loaded
	input  *shape // all of it, read or not
	sets   rego.PreparedEvalQuery
	helper question
}

// NewExplainer builds the policy as Build does.
func NewExplainer(ctx context.Context, src Source, opts BuildOptions) (*Explainer, error) {
	l, err := load(src, opts.Vocabulary)
	if err != nil {
		return nil, err
	}
	x := &Explainer{loaded: l}
	if x.Generation, err = l.generation(ctx, opts); err != nil {
		return nil, err
	}
	x.input = shapeOf(reflect.TypeFor[Input](), ast.Ref{ast.InputRootDocument}, l.words, func(ast.Ref) bool { return true })
	plain := *x.Generation
	plain.compiler = l.compiler // as the author wrote it
	var sets []string
	for _, name := range slices.Sorted(maps.Keys(topicSets())) {
		sets = append(sets, fmt.Sprintf("%q: [e | some e in data.sealpost.topic[_].%s]", name, name))
	}
	if x.sets, err = plain.prepare(ctx, "{"+strings.Join(sets, ", ")+"}"); err != nil {
		return nil, err
	}
	x.helper, err = plain.question(ctx, x.helpers())
	return x, err
}

// Explanation is a decision, rule by rule.
type Explanation struct {
	Name       string                 `json:"name,omitempty"` // of the message
	Revision   string                 `json:"revision"`
	Class      Class                  `json:"class"`
	Recipients []RecipientExplanation `json:"recipients"`
}

// RecipientExplanation is what all rules made of one recipient.
type RecipientExplanation struct {
	RecipientDecision
	Rules []RuleExplanation `json:"rules"`
}

// RuleExplanation is what one rule saw, and what came of it.
type RuleExplanation struct {
	Rule  string `json:"rule"` // its id
	Title string `json:"title"`
	Set   string `json:"set"` // require, class, treat_with, override or notify
	File  string `json:"file"`
	Line  int    `json:"line"`
	// Fired says that its conditions hold; Demands is then the level or class,
	// and Lifted that an override takes the demand back.
	Fired   bool   `json:"fired"`
	Demands string `json:"demands,omitempty"`
	Text    string `json:"text,omitempty"`
	Lifted  bool   `json:"lifted,omitempty"`
	// Ended is the condition that doesn't hold where the rule didn't fire.
	Ended *EndedAt `json:"ended,omitempty"`
	// Saw are the values of what its conditions read; Findings and Parts are
	// those that satisfied them.
	Saw      []Fact    `json:"saw"`
	Findings []Finding `json:"findings"`
	Parts    []Part    `json:"parts"`
}

// EndedAt is a condition and its place.
type EndedAt struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Fact is a value that a rule read, as JSON. What the message says itself, its
// subject and header fields, isn't shown.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Explain decides and says why.
func (x *Explainer) Explain(ctx context.Context, s *Sample) (*Explanation, error) {
	patient := x.patient()
	d, err := patient.Decide(ctx, s.Input, s.Recipients)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Name: s.Name, Revision: d.Revision, Class: d.Class, Recipients: []RecipientExplanation{}}
	for i, r := range d.Recipients {
		in := s.Input.whole()
		in.Recipient = *x.complete(s.Recipients[i])
		rules, err := x.rules(ctx, patient, in, r)
		if err != nil {
			return nil, err
		}
		e.Recipients = append(e.Recipients, RecipientExplanation{RecipientDecision: r, Rules: rules})
	}
	return e, nil
}

// rules explains each rule of a topic for one recipient.
func (x *Explainer) rules(ctx context.Context, patient *Generation, in *Input, d RecipientDecision) ([]RuleExplanation, error) {
	input := x.input.term(reflect.ValueOf(in).Elem())
	t := newTracer(input)
	results, err := x.sets.Eval(ctx, rego.EvalParsedInput(input.Value), rego.EvalQueryTracer(t), rego.EvalRuleIndexing(false), rego.EvalEarlyExit(false))
	if err != nil {
		return nil, evalError(err)
	}
	if len(results) == 0 {
		return nil, ErrUndefined
	}
	elements, _ := results[0].Expressions[0].Value.(ast.Object)
	_, uses := dependences(x.loaded.compiler)
	look := looker{uses: uses, tracer: t, input: input, data: x.store.root, helpers: patient.values(ctx, x.helper, input.Value)}
	all := []RuleExplanation{}
	for _, file := range slices.Sorted(maps.Keys(x.loaded.compiler.Modules)) {
		described := annotations(x.loaded.source.rules[file])
		for _, r := range x.loaded.compiler.Modules[file].Rules {
			a := described[r.Location.Row]
			if a == nil || !r.Ref().HasPrefix(topicsRef()) {
				continue
			}
			one := look.explain(r)
			one.Rule, _ = a.Custom["id"].(string)
			one.Title, one.File = a.Title, file
			one.describe(elements, d)
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b RuleExplanation) int { return cmp.Compare(a.rank(), b.rank()) })
	return all, nil
}

// rank puts rules that fired first, the strongest demands before the others.
func (r *RuleExplanation) rank() int {
	levels := slices.Index(Levels(), Level(r.Demands))
	switch {
	case r.Fired && levels >= 0:
		return 10 - levels
	case r.Fired:
		return 20
	}
	return 30
}

// describe adds what the rule put into its set.
func (r *RuleExplanation) describe(elements ast.Object, d RecipientDecision) {
	r.Lifted = slices.ContainsFunc(d.Overridden, func(o Reason) bool { return o.Rule == r.Rule })
	if !r.Fired {
		return
	}
	set, _ := elements.Get(ast.StringTerm(r.Set)).Value.(*ast.Array)
	set.Foreach(func(t *ast.Term) {
		o, ok := t.Value.(ast.Object)
		if !ok || termText(o, "rule") != r.Rule {
			return
		}
		r.Demands, r.Text = termText(o, "level")+termText(o, "class"), termText(o, "reason")
	})
}

func termText(o ast.Object, key string) string {
	t := o.Get(ast.StringTerm(key))
	if t == nil {
		return ""
	}
	return string(asString(t))
}

// annotations are the METADATA of a module's rules, by line.
func annotations(m *ast.Module) map[int]*ast.Annotations {
	byLine := map[int]*ast.Annotations{}
	for _, r := range m.Rules {
		for _, a := range r.Annotations {
			if a.Scope == "rule" && a.Custom["id"] != nil {
				byLine[r.Location.Row] = a
			}
		}
	}
	return byLine
}

// helpers are the rules of topics that others read, and that are one value.
func (x *Explainer) helpers() (refs []ast.Ref) {
	for _, m := range x.loaded.compiler.Modules {
		for _, r := range m.Rules {
			ref := r.Ref()
			if !ref.HasPrefix(topicsRef()) || !ref.IsGround() || len(r.Head.Args) > 0 || r.Head.RuleKind() == ast.MultiValue || topicSets()[r.Head.Ref()[0].String()] != nil {
				continue
			}
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, ast.RefCompare)
	return slices.CompactFunc(refs, func(a, b ast.Ref) bool { return a.Equal(b) })
}

// looker puts together what one rule saw.
type looker struct {
	uses    map[*ast.Rule][]*ast.Rule
	tracer  *tracer
	input   *ast.Term
	data    ast.Value
	helpers known
}

func (l looker) explain(r *ast.Rule) RuleExplanation {
	e := RuleExplanation{Set: r.Head.Ref()[0].String(), Line: r.Location.Row, Saw: []Fact{}, Findings: []Finding{}, Parts: []Part{}}
	seen := l.tracer.rules[r]
	e.Fired = seen != nil && seen.fired
	if !e.Fired && seen != nil && seen.failed != nil {
		at := seen.failed.Location
		e.Ended = &EndedAt{File: at.File, Line: at.Row, Text: condition(at)}
	}
	all := l.withHelpers(r)
	findings, parts := map[string]bool{}, map[string]bool{}
	for _, one := range all {
		if s := l.tracer.rules[one]; s != nil && (s.fired || one == r) {
			maps.Copy(findings, s.findings)
			maps.Copy(parts, s.parts)
		}
		references(one, func(ref ast.Ref) { e.saw(l.fact(ref)) })
	}
	if e.Fired {
		e.Findings, e.Parts = decoded[Finding](findings), decoded[Part](parts)
	}
	slices.SortStableFunc(e.Saw, func(a, b Fact) int { return cmp.Compare(a.Name, b.Name) })
	return e
}

// condition is the line of a condition, without what goes on in the next.
func condition(at *ast.Location) string {
	text, _, more := strings.Cut(strings.TrimSpace(string(at.Text)), "\n")
	if more {
		text += " …"
	}
	return text
}

// withHelpers are a rule and those that it uses, as far as they belong to
// topics or say the class.
func (l looker) withHelpers(r *ast.Rule) []*ast.Rule {
	all := []*ast.Rule{r}
	for i := 0; i < len(all); i++ {
		for _, u := range l.uses[all[i]] {
			if !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	return all
}

func (e *RuleExplanation) saw(f Fact, ok bool) {
	if ok && !slices.Contains(e.Saw, f) {
		e.Saw = append(e.Saw, f)
	}
}

// fact is the value that a reference has, if it is a single one.
func (l looker) fact(ref ast.Ref) (Fact, bool) {
	ref = ref.ConstantPrefix()
	var value ast.Value
	if ref[0].Equal(ast.InputRootDocument) {
		value, _ = l.input.Value.Find(ref[1:])
	} else if known, ok := l.helpers.find(ref, ref.Hash()); ok && known != nil {
		value = known.Value
	} else {
		value, _ = l.data.Find(ref[1:])
	}
	switch v := value.(type) {
	case ast.String, ast.Number, ast.Boolean:
		name := strings.TrimPrefix(strings.TrimPrefix(ref.String(), "data.sealpost."), "topic.")
		if strings.HasPrefix(name, "input.message.subject") {
			return Fact{Name: name, Value: "(not shown)"}, true
		}
		return Fact{Name: name, Value: v.String()}, len(v.String()) <= maxShown
	case *ast.Array:
		words := v.Len() > 0
		v.Foreach(func(t *ast.Term) { words = words && asString(t) != "" })
		return Fact{Name: strings.TrimPrefix(ref.String(), "data.sealpost."), Value: v.String()}, words && len(v.String()) <= maxShown
	}
	return Fact{}, false
}

// maxShown is the longest value that an explanation holds, in bytes.
const maxShown = 200

// decoded are values from their JSON texts, in order.
func decoded[T any](texts map[string]bool) []T {
	all := []T{}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		var one T
		if json.Unmarshal([]byte(text), &one) == nil { // it was a T before
			all = append(all, one)
		}
	}
	return all
}

// Only leaves the named rules, or all of them where none is named.
func (e *Explanation) Only(rules []string) {
	if len(rules) == 0 {
		return
	}
	for i := range e.Recipients {
		r := &e.Recipients[i]
		r.Rules = slices.DeleteFunc(r.Rules, func(one RuleExplanation) bool { return !slices.Contains(rules, one.Rule) })
	}
}
