package policy

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// awkward is a topic whose rules use the variables of main.rego's own, and
// every way to go through a list.
const awkward = `package sealpost.topic.awkward

# METADATA
# title: Awkward
# description: Own rules.
# custom:
#   id: awkward
require contains {"level": "verified-tls", "rule": "awkward", "reason": reason} if {
	r = input.content.findings[order].count
	r > 2
	d := input.content.findings[_]
	d.part != input.content.findings[_].part
	some c in [1, 2]
	every f in input.content.findings { f.count > 0; f.count != r - r }
	count({r | r := input.content.findings[_].part}) > c - 1
	reason := sprintf("There are %d.", [r + doubled(c)])
}

doubled(r) := order if order := r * 2

# METADATA
# title: Several
# description: Own rules.
# custom:
#   id: awkward-class
class contains {"class": c, "rule": "awkward-class", "reason": "x"} if some c in ["internal", "confidential"]

# METADATA
# title: Lifted
# description: Own rules.
# custom:
#   id: awkward-lift
override contains {"rule": r, "reason": "x"} if {
	some r in ["secrets", "health-data"]
	input.recipient.kind == "partner"
}
`

// bothWays is a policy as it is asked, and without anything inlined.
func bothWays(tb testing.TB, src Source) (inlined, plain *Generation) {
	tb.Helper()
	l, err := load(src, Vocabulary{})
	if err != nil {
		tb.Fatal(err)
	}
	if l.inlined == l.compiler {
		tb.Fatal("nothing is inlined")
	}
	opts := BuildOptions{Deadline: 10 * time.Second}
	if inlined, err = l.generation(context.Background(), opts); err != nil {
		tb.Fatal(err)
	}
	l.inlined = l.compiler
	if plain, err = l.generation(context.Background(), opts); err != nil {
		tb.Fatal(err)
	}
	return inlined, plain
}

// Inlined, a policy answers the same about every message and recipient.
func TestInline(t *testing.T) {
	to := []Recipient{{Address: "a@b.example"}, {Address: "a@gmail.com"}, {Address: "a@home.example"}, {Address: "a@partner.example"}, {Address: "a@lab.example"}}
	for name, own := range map[string]string{"shipped": "", "awkward": awkward} {
		t.Run(name, func(t *testing.T) {
			s := newShipped(t).untested()
			s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte(`
partners: {partner.example: {name: P, level: partner-tls}}
exceptions: {lab.example: [{rule: health-data, until: 2026-12-31, reason: Agreed.}]}
`)}
			if own != "" {
				s.rego["awkward.rego"] = &fstest.MapFile{Data: []byte(own)}
			}
			inlined, plain := bothWays(t, s.source())
			all := samples()
			for _, f := range all[3].Content.Findings {
				one := *all[0]
				one.Content.Findings = []Finding{f, f}
				all = append(all, &one)
			}
			for _, in := range all {
				want, err := plain.Decide(context.Background(), in, to)
				if err != nil {
					t.Fatal(err)
				}
				got, err := inlined.Decide(context.Background(), in, to)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%d findings: %v %s", len(in.Content.Findings), err, diff)
				}
			}
		})
	}
}

// What isn't understood stays as it is: rules that go through topics in
// another way, sets that are something else somewhere, and "with".
func TestInlineNot(t *testing.T) {
	main := func(rule string) string { return "package sealpost.main\n\n" + rule + "\n" }
	const topic = "package sealpost.topic.a\n\nrequire contains 1 if input.message.size > 3\n"
	for name, c := range map[string]struct {
		main, topic string
		inlined     bool
	}{
		"inlined":          {main("x contains r if some r in data.sealpost.topic[_].require"), topic, true},
		"of the topic":     {main("x contains [t, r] if some r in data.sealpost.topic[t].require"), topic, false},
		"with its index":   {main("x contains [i, r] if r := data.sealpost.topic[_].require[i]"), topic, false},
		"comprehension":    {main("x := [r | some r in data.sealpost.topic[_].require]"), topic, false},
		"nobody has it":    {main("x contains r if some r in data.sealpost.topic[_].class"), topic, false},
		"a rule for a set": {main("x contains r if some r in data.sealpost.topic[_].require"), strings.Replace(topic, "contains 1", "[1] := 1", 1), false},
		"a deep package":   {main("x contains r if some r in data.sealpost.topic[_].require"), strings.Replace(topic, "topic.a", "topic.a.require", 1), false},
		"with":             {main("x contains r if some r in data.sealpost.topic[_].require"), topic + "\ny if require == {1} with input as {}\n", false},
	} {
		compiler := ast.NewCompiler()
		modules := map[string]*ast.Module{"main": ast.MustParseModule(c.main), "topic": ast.MustParseModule(c.topic)}
		if compiler.Compile(modules); compiler.Failed() {
			t.Errorf("%s: %v", name, compiler.Errors)
			continue
		}
		if got := inline(compiler) != compiler; got != c.inlined {
			t.Errorf("%s: inlined %v", name, got)
		}
	}
}

// About any message the shipped policy answers, the same in both ways; and
// health data never leaves with less than encrypted content.
func FuzzDecide(f *testing.F) {
	s := newShipped(f).untested()
	s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte("partners: {partner.example: {name: P, level: partner-tls}}\n")}
	inlined, plain := bothWays(f, s.source())
	words := plain.words
	f.Add("(SECURE) x", []byte{1, 2, 3, 4, 80, 3, 2, 200}, byte(1), byte(0), "a@gmail.com")
	f.Add("", []byte{}, byte(0), byte(0), "a@partner.example")
	f.Add("Re: x", []byte{60, 2, 1, 1}, byte(2), byte(3), "a")
	f.Fuzz(func(t *testing.T, subject string, findings []byte, scanned, encrypted byte, address string) {
		in := *samples()[0]
		in.Message.Subject = subject
		in.Content.Scanned = []Scanned{Full, Partial, None}[scanned%3]
		in.Content.Encrypted = []string{"", "smime", "pgp", "pdf", "archive"}[encrypted%5]
		health := false
		for i := 0; i+4 <= len(findings) && i < 200; i += 4 {
			one := Finding{Detector: words.detectors[int(findings[i])%len(words.detectors)], Category: words.categories[int(findings[i+1])%len(words.categories)],
				Confidence: []string{"low", "medium", "high"}[findings[i+2]%3], Count: int(findings[i+3])}
			in.Content.Findings = append(in.Content.Findings, one)
			health = health || one.Category == "health" && one.Confidence != "low"
		}
		to := []Recipient{{Address: address}}
		want, err := plain.Decide(context.Background(), &in, to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inlined.Decide(context.Background(), &in, to)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		if r := got.Recipients[0]; health && r.Kind != Local && !r.Level.AtLeast(ContentLevel) {
			t.Fatalf("health data leaves at %s", r.Level)
		}
	})
}
