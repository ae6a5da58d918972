package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/rogpeppe/go-internal/txtar"
)

// A decision case is an archive of input.json (what differs from a plain
// note), recipients (one a line) and files over the shipped policy and data.
func TestDecisions(t *testing.T) {
	archives(t, "decisions", func(t *testing.T, a *txtar.Archive) string {
		g := build(t, newShipped(t).overlay(t, a.Files).source())
		in, recipients := *samples()[0], []Recipient(nil)
		for _, f := range a.Files {
			switch f.Name {
			case "input.json":
				d := json.NewDecoder(bytes.NewReader(f.Data))
				d.DisallowUnknownFields()
				if err := d.Decode(&in); err != nil {
					t.Fatal(err)
				}
			case "recipients":
				for line := range strings.Lines(string(f.Data)) {
					recipients = append(recipients, Recipient{Address: strings.TrimSpace(line)})
				}
			}
		}
		d, err := g.Decide(context.Background(), &in, recipients)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return render(d)
	})
}

func render(d *Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "class %s\n", d.Class)
	for _, r := range d.Recipients {
		var names []string
		for _, t := range r.Treatments {
			names = append(names, t.Name+string(t.Params))
		}
		fmt.Fprintf(&b, "%s: %s, %s %v\n", r.Address, r.Kind, r.Level, names)
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "\t%s %s: %s\n", reason.Level, reason.Rule, reason.Text)
		}
		for _, reason := range r.Overridden {
			fmt.Fprintf(&b, "\tlifted %s %s\n", reason.Level, reason.Rule)
		}
		for _, reason := range r.Notices {
			fmt.Fprintf(&b, "\ttell the sender %s: %s\n", reason.Rule, reason.Text)
		}
		for _, o := range r.Overrides {
			fmt.Fprintf(&b, "\toverride %s %s by %q (%s): %s\n", o.Rule, o.State, o.Who, o.Justification, o.Text)
		}
	}
	return b.String()
}

// own is a topic of one rule that fires for the subject "boom" only, so that
// the policy loads.
func own(set, element string, more ...string) string {
	return `package sealpost.topic.own

# METADATA
# title: Own
# description: Own rule.
# custom:
#   id: own
` + set + ` contains {` + element + `} if {
	input.message.subject == "boom"
	` + strings.Join(more, "\n\t") + `
}
`
}

// Every way not to answer is an error of its own kind, and the same policy
// decides about the message that doesn't touch it.
func TestNoDecision(t *testing.T) {
	portal := own("treat_with", `"level": "opportunistic", "rule": "own", "treatments": ["portal"]`)
	for name, c := range map[string]struct {
		files map[string]string
		want  error
	}{
		"undefined": {map[string]string{"own.rego": own("override", `"rule": "default", "reason": "Lifted."`)}, ErrUndefined},
		"conflict":  {map[string]string{"own.rego": portal, "own2.rego": strings.ReplaceAll(strings.ReplaceAll(portal, "own", "own2"), "portal", "pdf")}, ErrConflict},
		"conflict in a rule": {map[string]string{"own.rego": own("notify", `"rule": "own", "reason": text`) +
			"\ntext := \"a\" if input.message.subject != \"x\"\n\ntext := \"b\" if input.message.subject == \"boom\"\n"}, ErrConflict},
		"late": {map[string]string{"own.rego": own("notify", `"rule": "own", "reason": "x"`,
			"some a in numbers.range(1, 100000)", "some b in numbers.range(1, 100000)", "a * b == 0")}, ErrDeadline},
		"unknown level":     {map[string]string{"own.rego": own("require", `"level": level, "rule": "own", "reason": "x"`, `level := lower("CONTANT")`)}, ErrInvalid},
		"no level":          {map[string]string{"own.rego": own("require", `"level": level, "rule": "own", "reason": "x"`, `level := {"a": 1}`)}, ErrInvalid},
		"unknown treatment": {map[string]string{"own.rego": own("treat_with", `"level": "opportunistic", "rule": "own", "treatments": list`, `list := [lower("SMMIE")]`)}, ErrInvalid},
		"weak treatment": {map[string]string{"own.rego": own("treat_with", `"level": level, "rule": "own", "treatments": ["tls"]`, `level := lower("CONTENT")`),
			"own2.rego": strings.ReplaceAll(own("require", `"level": "content", "rule": "own", "reason": "x"`), "own", "own2")}, ErrInvalid},
		"empty reason":           {map[string]string{"own.rego": own("require", `"level": "tls", "rule": "own", "reason": reason`, `reason := trim_space(" ")`)}, ErrInvalid},
		"reason no text":         {map[string]string{"own.rego": own("require", `"level": "tls", "rule": "own", "reason": reason`, `reason := input.message.size`)}, ErrInvalid},
		"unknown class":          {map[string]string{"own.rego": own("class", `"class": class, "rule": "own", "reason": "x"`, `class := lower("SECERT")`)}, ErrInvalid},
		"builtin fails":          {map[string]string{"own.rego": own("notify", `"rule": "own", "reason": "x"`, "to_number(input.message.subject) > 3")}, ErrPolicy},
		"partner-tls to anybody": {map[string]string{"own.rego": own("require", `"level": "partner-tls", "rule": "own", "reason": "x"`)}, ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShipped(t)
			for file, text := range c.files {
				s.rego[file] = &fstest.MapFile{Data: []byte(text)}
			}
			g := build(t, s.source())
			in := *samples()[0]
			to := []Recipient{{Address: "a@business.example"}}
			if _, err := g.Decide(context.Background(), &in, to); err != nil {
				t.Fatalf("the plain message: %v", err)
			}
			in.Message.Subject = "boom"
			if c.want == ErrDeadline {
				hurried := *g
				hurried.deadline = 50 * time.Millisecond
				g = &hurried
			}
			d, err := g.Decide(context.Background(), &in, to)
			if d != nil || !errors.Is(err, c.want) {
				t.Errorf("decision %v, error %v, want %v", d, err, c.want)
			}
		})
	}
}

// A policy that can't answer about the samples isn't put in force at all.
func TestTriedBeforeUse(t *testing.T) {
	s := newShipped(t)
	s.rego["own.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(own("override", `"rule": "default", "reason": "Lifted."`), "== \"boom\"", "!= \"\"", 1))}
	_, err := Build(context.Background(), s.source(), BuildOptions{})
	if mistakes := (Mistakes{}); !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "sample message") {
		t.Error(err)
	}
}

// Too much input, and a caller who went away, are no decision.
func TestLimits(t *testing.T) {
	g := build(t, newShipped(t).source())
	to := []Recipient{{Address: "a@business.example"}}
	for name, change := range map[string]func(*Input){
		"findings": func(in *Input) { in.Content.Findings = make([]Finding, MaxFindings+1) },
		"headers":  func(in *Input) { in.Message.Headers = make([]Header, MaxHeaders+1) },
		"parts":    func(in *Input) { in.Content.Parts = make([]Part, MaxParts+1) },
		"text":     func(in *Input) { in.Message.Subject = strings.Repeat("x", MaxInputText+1) },
	} {
		in := *samples()[0]
		change(&in)
		if _, err := g.Decide(context.Background(), &in, to); !errors.Is(err, ErrInput) {
			t.Errorf("%s over the limit: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := g.Decide(ctx, samples()[0], to); !errors.Is(err, ErrDeadline) || !errors.Is(err, context.Canceled) {
		t.Errorf("caller gone: %v", err)
	}
}

// With as much as is allowed there is an answer in a bounded time.
func TestFullInput(t *testing.T) {
	g := build(t, newShipped(t).source())
	in := *samples()[3]
	in.Content.Findings = slices.Repeat(in.Content.Findings[:1], MaxFindings)
	in.Content.Parts = slices.Repeat(in.Content.Parts[:1], MaxParts)
	if _, err := g.Decide(context.Background(), &in, []Recipient{{Address: "a@business.example"}}); err != nil {
		t.Error(err)
	}
}

// The class alone can be asked for.
func TestClassAlone(t *testing.T) {
	g := build(t, newShipped(t).source())
	d, err := g.Decide(context.Background(), samples()[3], nil)
	if err != nil || d.Class != StrictlyConfidential || len(d.Recipients) != 0 || d.Revision != g.Revision() {
		t.Errorf("%+v, %v", d, err)
	}
}

// Sharing a decision gives what asking for each recipient gives, in any
// company; and a rule that reads the address is asked about each.
func TestSharing(t *testing.T) {
	s := newShipped(t)
	s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte(`
partners:
  one.example: {name: One, level: partner-tls}
  two.example: {name: Two, level: tls}
exceptions:
  lab.example:
    - {rule: health-data, until: 2026-12-31, reason: Agreed.}
`)}
	var to []Recipient
	for i, domain := range []string{"home.example", "one.example", "two.example", "gmail.com", "lab.example", "b1.example", "b2.example", "gmx.de", "ONE.example", ""} {
		for _, name := range []string{"a", "b", "boss"} {
			address := name
			if domain != "" {
				address += "@" + domain
			}
			to = append(to, Recipient{Address: address, Keys: Keys{SMIME: i%2 == 0}})
		}
	}
	byAddress := strings.Replace(own("require", `"level": "forbidden", "rule": "own", "reason": "x"`), `input.message.subject == "boom"`, `startswith(input.recipient.address, "boss")`, 1)
	byAlias := strings.Replace(byAddress, "startswith(input.recipient.address, \"boss\")", "r := input.recipient\n\tr.keys.smime", 1)
	byHelper := strings.Replace(byAddress, "startswith(input.recipient.address, \"boss\")", "who in {\"boss@gmail.com\", \"b@one.example\"}", 1) + "\nwho := input.recipient[sprintf(\"%s\", [\"address\"])]\n"
	for name, rule := range map[string]string{"shipped": "", "address": byAddress, "alias": byAlias, "helper": byHelper} {
		t.Run(name, func(t *testing.T) {
			delete(s.rego, "own.rego")
			if rule != "" {
				s.rego["own.rego"] = &fstest.MapFile{Data: []byte(rule)}
			}
			g := build(t, s.source())
			for _, in := range samples() {
				together, err := g.Decide(context.Background(), in, to)
				if err != nil {
					t.Fatal(err)
				}
				distinct := map[string]bool{}
				for i := range to {
					alone, err := g.Decide(context.Background(), in, to[i:i+1])
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(alone.Recipients[0], together.Recipients[i]); diff != "" {
						t.Errorf("%s: alone and together differ: %s", to[i].Address, diff)
					}
					distinct[g.recipient.term(reflect.ValueOf(g.complete(to[i])).Elem()).String()] = true
				}
				if name == "shipped" && len(distinct) > 7 {
					t.Errorf("%d queries for %d recipients: the shipped policy reads more of a recipient than it must", len(distinct), len(to))
				}
			}
		})
	}
}

// The negative twin: a key that forgets what a rule reads would share a
// decision wrongly, and TestSharing's comparison would see it.
func TestSharingTwin(t *testing.T) {
	s := newShipped(t)
	g := build(t, s.source())
	broken := *g
	broken.recipient = &shape{kind: reflect.Struct}
	to := []Recipient{{Address: "a@home.example"}, {Address: "a@gmail.com"}}
	right, err := g.Decide(context.Background(), samples()[3], to)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := broken.Decide(context.Background(), samples()[3], to)
	if err != nil {
		t.Fatal(err)
	}
	if right.Recipients[1].Level != Forbidden || wrong.Recipients[1].Level == Forbidden {
		t.Errorf("levels %s and %s", right.Recipients[1].Level, wrong.Recipients[1].Level)
	}
}

// The input is the same in Rego as its JSON form.
func TestTerm(t *testing.T) {
	whole := shapeOf(reflect.TypeFor[Input](), ast.InputRootRef, Vocabulary{}.all(), func(ast.Ref) bool { return true })
	for _, in := range samples() {
		in.Recipient = Recipient{Address: "a@b.example", Partner: &Partner{Name: "P", Match: []string{"x"}, MinBits: 256}, TLS: &RecipientTLS{}}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte("null"), []byte("[]")), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(whole.term(reflect.ValueOf(in).Elem()).String()), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestClassify(t *testing.T) {
	s := newShipped(t)
	s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte("partners:\n  bücher.example: {name: B, level: partner-tls}\n  o2.pl: {name: O, level: tls}\nlocal_domains: [Own.Example]\n")}
	g := build(t, s.source())
	for address, want := range map[string]Kind{
		"a@own.example": Local, "a@OWN.EXAMPLE.": Local, "a@home.example": Local, "a@sub.own.example": Business,
		`"a@own.example"@else.example`: Business, "a@bücher.example": PartnerKind, "a@xn--bcher-kva.example": PartnerKind,
		"a@sub.bücher.example": Business, "a@GMail.com": PublicProvider, "a@sub.gmail.com": PublicProvider, "a@notgmail.com": Business,
		"a@o2.pl": PublicProvider, "a@[192.0.2.1]": Business, "a": Business, "": Business, "a@": Business, "a@own.example@": Business,
	} {
		if got, _ := g.Classify(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if _, p := g.Classify("a@BÜCHER.example"); p == nil || p.Name != "B" {
		t.Errorf("partner %v", p)
	}
	if !g.LocalDomain("Home.Example") || g.LocalDomain("gmail.com") || !slices.Contains(g.Partners(), "xn--bcher-kva.example") {
		t.Error("LocalDomain or Partners")
	}
}

// A list that no rule reads isn't handed over, and one that any rule reads in
// any way is.
func TestUnreadLists(t *testing.T) {
	for condition, want := range map[string]bool{
		"true":                   false,
		`input.message.size > 3`: false,
		`some h in input.message.headers; h.name == "x"`:             true,
		`m := input.message; m.headers[0].name == "x"`:               true,
		`input.message[_][_].name == "x"`:                            true,
		`count(input.message) > 3`:                                   true,
		`count(input) > 3`:                                           true,
		`x := input; x.message.headers[0].name == "x"`:               true,
		`[h | h := input.message.headers[_].name] != []`:             true,
		`every h in input.message.headers { h.name != 1 }`:           true,
		`walk(input, [["message", "headers", 0], v]); v.name == "x"`: true,
	} {
		s := newShipped(t).untested()
		s.rego["own.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.own\n\nx if {\n\t" + condition + "\n}\n")}
		g := build(t, s.source())
		document := g.facts.term(reflect.ValueOf(samples()[3]).Elem()).String()
		if got := strings.Contains(document, `"value":`); got != want {
			t.Errorf("%s: handed over: %v, %s", condition, got, document)
		}
	}
}
