package policy

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// ownRules is a topic of one notice for messages with the subject "boom".
func ownRules(condition string, helpers ...string) fstest.MapFS {
	text := own("notify", `"rule": "own", "reason": "x"`, condition) + "\n" + strings.Join(helpers, "\n\n") + "\n"
	return fstest.MapFS{"own.rego": {Data: []byte(text)}}
}

// What a rule depends on is found through other rules, functions, references
// that are put together, and "with"; in doubt it is the recipient.
func TestDependences(t *testing.T) {
	for helper, want := range map[string]string{
		`helper := count(data.sealpost.secure_subject.words) > 3`:                                 "lists",
		`helper if input.message.size > 3`:                                                        "message",
		`helper if input.recipient.kind == "local"`:                                               "recipient",
		`helper if input[concat("", ["recip", "ient"])].kind == "local"`:                          "recipient",
		`helper if count(input) > 3`:                                                              "recipient",
		"helper if second\n\nsecond if input.message.size > 3":                                    "message",
		"helper if second\n\nsecond if input.recipient.keys.pgp":                                  "recipient",
		"helper if second(1)\n\nsecond(x) if input.recipient.keys.pgp == (x == 1)":                "recipient",
		`helper if count(data.sealpost.topic[_].require) > 3`:                                     "recipient",
		`helper if count(data.sealpost.topic.secrets.class) > 3`:                                  "message",
		`helper if data.sealpost.main.class == "public"`:                                          "message",
		`helper if data.sealpost.main.level == "tls"`:                                             "recipient",
		`helper if data.sealpost.topic.secrets.found with input.message.subject as "x"`:           "recipient",
		"helper if input.message.size > 3\n\nelse if input.recipient.keys.pgp":                    "recipient",
		`helper if every f in input.content.findings { f.part != input.recipient.address }`:       "recipient",
		`helper if count([k | some k in input.message.labels; k == input.recipient.address]) > 3`: "recipient",
	} {
		s := newShipped(t).untested()
		for name, f := range ownRules("helper", helper) {
			s.rego[name] = f
		}
		l, err := load(s.source(), Vocabulary{})
		if err != nil {
			t.Errorf("%s: %v", helper, err)
			continue
		}
		depends, _ := dependences(l.compiler)
		d := onLists
		for _, r := range l.compiler.GetRulesExact(ast.MustParseRef("data.sealpost.topic.own.helper")) {
			d = max(d, depends[r])
		}
		got := []string{"lists", "message", "recipient"}[d]
		if got != want {
			t.Errorf("%s: depends on %s, want %s", helper, got, want)
		}
	}
}

// A rule that is known beforehand fails, contradicts itself and is undefined
// like any other, for one recipient and for several; and one that no question
// comes to harms nobody.
func TestKnownFailing(t *testing.T) {
	const boom = `input.message.subject == "boom"`
	for name, c := range map[string]struct {
		condition string
		helpers   []string
		want      error
	}{
		"fails":              {"helper > 3", []string{"helper := to_number(input.message.subject)"}, ErrPolicy},
		"contradicts":        {`helper == "a"`, []string{`helper := "a" if input.message.size > 0`, `helper := "b" if ` + boom}, ErrConflict},
		"undefined":          {"helper > 3", []string{"helper := input.message.size if false == input.sender.local"}, nil},
		"nobody comes to it": {`input.recipient.kind == "partner"` + "\n\thelper > 3", []string{"helper := to_number(input.message.subject)"}, nil},
		"false":              {"helper == false", []string{"helper := input.message.size < 0"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShipped(t).untested()
			for file, f := range ownRules(c.condition, c.helpers...) {
				s.rego[file] = f
			}
			g := build(t, s.source())
			in := *samples()[0]
			in.Message.Subject = "boom"
			to := []Recipient{{Address: "a@business.example"}, {Address: "a@gmail.com"}, {Address: "a@home.example"}}
			together, err := g.Decide(context.Background(), &in, to)
			if !errors.Is(err, c.want) {
				t.Fatalf("together: %v", err)
			}
			for i := range to {
				alone, err := g.Decide(context.Background(), &in, to[i:i+1])
				if !errors.Is(err, c.want) {
					t.Errorf("alone: %v", err)
				}
				if err != nil {
					continue
				}
				if diff := cmp.Diff(alone.Recipients[0], together.Recipients[i]); diff != "" {
					t.Errorf("alone and together differ: %s", diff)
				}
			}
		})
	}
}

// The negative twin: were a rule that reads the recipient taken for one that
// doesn't, the recipients of one message would be decided wrongly.
func TestKnownTwin(t *testing.T) {
	s := newShipped(t).untested()
	s.rego["strict.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(strict, `input.recipient.kind != "local"`, "outside", 1) +
		"\noutside if input.recipient.kind != \"local\"\n")}
	g := build(t, s.source())
	broken := *g
	var err error
	if broken.message, err = g.question(context.Background(), []ast.Ref{ast.MustParseRef("data.sealpost.topic.strict.outside")}); err != nil {
		t.Fatal(err)
	}
	to := []Recipient{{Address: "a@business.example"}, {Address: "a@gmail.com"}}
	right, err := g.Decide(context.Background(), samples()[0], to)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := broken.Decide(context.Background(), samples()[0], to)
	if err != nil {
		t.Fatal(err)
	}
	if right.Recipients[1].Level != Forbidden || wrong.Recipients[1].Level == Forbidden {
		t.Errorf("levels %s and %s", right.Recipients[1].Level, wrong.Recipients[1].Level)
	}
}

// Inside of "with" nothing is known, and what was evaluated there is forgotten
// behind it; rules whose names have the same hash are kept apart.
func TestCache(t *testing.T) {
	ref, list, other := ast.MustParseRef("data.a.rule"), ast.MustParseRef("data.a.list"), ast.MustParseRef("data.a.other")
	one, two := ast.InternedTerm(1), ast.InternedTerm(2)
	c := newCache().(*cache)
	c.lists = known{}
	c.lists.put(list, list.Hash(), one)
	c.frames[0].put(other, ref.Hash(), two)
	wants := func(when string, ref ast.Ref, want *ast.Term, undefined bool) {
		t.Helper()
		if got, u := c.Get(ref); got != want || u != undefined {
			t.Errorf("%s: %v %v, want %v %v", when, got, u, want, undefined)
		}
	}
	wants("before", ref, nil, false)
	c.Put(ref, nil)
	wants("undefined", ref, nil, true)
	wants("known", list, one, false)
	c.Push()
	wants("inside", ref, nil, false)
	wants("inside", list, nil, false)
	c.Put(ref, one)
	ref[1] = ast.StringTerm("changed") // as OPA does with what it hands over
	wants("another", ref, nil, false)
	if c.emptied() {
		t.Error("taken for another question in the middle of one")
	}
	c.Pop()
	ref[1] = ast.StringTerm("a")
	wants("behind", ref, nil, true)
	c.Put(ref, two)
	wants("newer", ref, two, false)
	if len(c.Keys()) == 0 || !c.emptied() || len(c.frames[0]) > 0 {
		t.Error("not emptied")
	}
	wants("emptied", list, nil, false)
}

// One generation answers many at once, from the values that it keeps.
func TestTogether(t *testing.T) {
	g := build(t, newShipped(t).untested().source())
	to := []Recipient{{Address: "a@business.example"}, {Address: "a@gmail.com"}, {Address: "a@home.example"}}
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for _, in := range samples() {
				if _, err := g.Decide(context.Background(), in, to); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
}

// Of the shipped policy, all that is the same for all recipients is known
// beforehand.
func TestKnowable(t *testing.T) {
	g := build(t, newShipped(t).untested().source())
	var names []string
	for d, refs := range [][]ast.Ref{knowable(g.compiler, onLists), knowable(g.compiler, onMessage)} {
		for _, r := range refs {
			names = append(names, []string{"lists: ", "message: "}[d]+strings.TrimPrefix(r.String(), "data.sealpost."))
		}
	}
	want := []string{
		"lists: main.class_order", "lists: main.level_order", "lists: main.usual_treatments", "lists: topic.overrides.tag",
		"lists: topic.secure_subject.opening",
		"message: main.class", "message: main.named_treatments", "message: main.not_counted",
		"message: main.notices", "message: seen.side", "message: topic.ambiguous_mime.ways",
		"message: topic.exceptions.senders", "message: topic.financial_data.account_demands", "message: topic.financial_data.card_demands",
		"message: topic.health_data.extent",
		"message: topic.inbound_tls.demand", "message: topic.inbound_tls.weak", "message: topic.labels.meanings",
		"message: topic.overrides.asked", "message: topic.own_data.meanings", "message: topic.personal_data.identifiers",
		"message: topic.personal_data.named_number", "message: topic.registered_senders.registered", "message: topic.secrets.found",
		"message: topic.secure_subject.asked", "message: topic.unscannable.obstacles",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if len(g.lasting) == 0 {
		t.Error("nothing is known for every message")
	}
}
