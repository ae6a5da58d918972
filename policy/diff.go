package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is what another policy would decide otherwise.
type Difference struct {
	From       string     `json:"from"` // revisions
	To         string     `json:"to"`
	Messages   int        `json:"messages"`
	Changed    int        `json:"changed"` // messages
	Recipients int        `json:"recipients"`
	Rules      []RuleDiff `json:"rules"`
	Unread     []string   `json:"unread"` // samples that could not be compared
	groups     ruleGroups // while it is made
}

// RuleDiff is all that changes because of one rule.
type RuleDiff struct {
	Rule string `json:"rule"`
	// What happened: "demands now", "no longer demands", "demands otherwise",
	// "is lifted now", "is no longer lifted", or what changed without a rule.
	What       string        `json:"what"`
	Messages   int           `json:"messages"`
	Recipients int           `json:"recipients"`
	Examples   []DiffExample `json:"examples"`
}

// DiffExample is one recipient of one message.
type DiffExample struct {
	Message   string `json:"message"`
	Recipient string `json:"recipient"`
	From      string `json:"from"` // level and treatments, or the error
	To        string `json:"to"`
}

type ruleKey struct{ rule, what string }

type ruleGroups map[ruleKey]*RuleDiff

// maxDiffExamples is how many examples are shown of each rule.
const maxDiffExamples = 3

// Diff decides about each sample by both generations.
func Diff(ctx context.Context, from, to *Generation, samples Samples) (*Difference, error) {
	d := &Difference{From: from.Revision(), To: to.Revision(), Rules: []RuleDiff{}, Unread: []string{}, groups: ruleGroups{}}
	for s, err := range samples {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			d.Unread = append(d.Unread, err.Error())
			continue
		}
		d.compare(s, decideSample(ctx, from, s), decideSample(ctx, to, s))
	}
	for _, key := range slices.SortedFunc(maps.Keys(d.groups), func(a, b ruleKey) int {
		return cmp.Or(cmp.Compare(d.groups[b].Recipients, d.groups[a].Recipients), cmp.Compare(a.rule, b.rule), cmp.Compare(a.what, b.what))
	}) {
		d.Rules = append(d.Rules, *d.groups[key])
	}
	return d, nil
}

// outcome is a decision, or why there is none.
type outcome struct {
	*Decision
	err error
}

func decideSample(ctx context.Context, g *Generation, s *Sample) outcome {
	d, err := g.patient().Decide(ctx, g.seen(s), s.Recipients)
	return outcome{d, err}
}

// compare notes what differs about one message.
func (d *Difference) compare(s *Sample, from, to outcome) {
	d.Messages++
	d.Recipients += len(s.Recipients)
	counted := map[ruleKey]bool{}
	for i, r := range s.Recipients {
		for _, key := range changes(from, to, i) {
			d.note(key, !counted[key], DiffExample{Message: s.Name, Recipient: r.Address, From: from.of(i), To: to.of(i)})
			counted[key] = true
		}
	}
	if len(counted) > 0 {
		d.Changed++
	}
}

func (d *Difference) note(key ruleKey, newMessage bool, example DiffExample) {
	g := d.groups[key]
	if g == nil {
		g = &RuleDiff{Rule: key.rule, What: key.what, Examples: []DiffExample{}}
		d.groups[key] = g
	}
	g.Recipients++
	if newMessage {
		g.Messages++
	}
	if newMessage && len(g.Examples) < maxDiffExamples {
		g.Examples = append(g.Examples, example)
	}
}

// of is one recipient's outcome in a few words.
func (o outcome) of(i int) string {
	if o.err != nil {
		return kindOf(o.err)
	}
	r := o.Recipients[i]
	names := make([]string, len(r.Treatments))
	for i, t := range r.Treatments {
		names[i] = t.Name
	}
	if len(names) == 0 {
		return string(r.Level)
	}
	return fmt.Sprintf("%s by %s", r.Level, strings.Join(names, ", "))
}

// kindOf is the kind of "no decision" alone.
func kindOf(err error) string {
	for _, kind := range []error{ErrUndefined, ErrConflict, ErrDeadline, ErrInvalid, ErrInput, ErrPolicy} {
		if errors.Is(err, kind) {
			return "no decision: " + kind.Error()
		}
	}
	return "no decision"
}

// changes are the rules because of which a recipient's outcome differs.
func changes(from, to outcome, i int) (keys []ruleKey) {
	if from.err != nil || to.err != nil {
		if (from.err == nil) == (to.err == nil) && kindOf(from.err) == kindOf(to.err) {
			return nil
		}
		return []ruleKey{{"", "no decision"}}
	}
	a, b := from.Recipients[i], to.Recipients[i]
	keys = append(keys, compareReasons(a.Reasons, b.Reasons, "demands now", "no longer demands", "demands otherwise")...)
	keys = append(keys, compareReasons(a.Overridden, b.Overridden, "is lifted now", "is no longer lifted", "is lifted otherwise")...)
	keys = append(keys, compareReasons(a.Notices, b.Notices, "tells the sender now", "no longer tells the sender", "tells the sender otherwise")...)
	switch {
	case len(keys) > 0:
	case a.Level != b.Level:
		keys = append(keys, ruleKey{"", "the level"})
	case from.of(i) != to.of(i) || !equalParams(a.Treatments, b.Treatments):
		keys = append(keys, ruleKey{"", "the treatments"})
	}
	if from.Class != to.Class {
		keys = append(keys, ruleKey{"", fmt.Sprintf("the class, from %s to %s", from.Class, to.Class)})
	}
	return keys
}

func equalParams(a, b []Treatment) bool {
	return slices.EqualFunc(a, b, func(x, y Treatment) bool { return string(x.Params) == string(y.Params) })
}

// compareReasons finds the rules that stand in one list only, or otherwise.
func compareReasons(a, b []Reason, added, removed, changed string) (keys []ruleKey) {
	for _, r := range b {
		if slices.Contains(a, r) {
			continue
		}
		what := added
		if slices.ContainsFunc(a, func(o Reason) bool { return o.Rule == r.Rule }) {
			what = changed
		}
		keys = append(keys, ruleKey{r.Rule, what})
	}
	for _, r := range a {
		if !slices.ContainsFunc(b, func(o Reason) bool { return o.Rule == r.Rule }) {
			keys = append(keys, ruleKey{r.Rule, removed})
		}
	}
	return slices.Compact(keys)
}
