package policy

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// note is a message with an IBAN, a diagnosis of which nobody is sure, and a
// picture that could not be read.
func note(t *testing.T) *Sample {
	t.Helper()
	in := *samples()[0]
	in.Content = Content{Scanned: Partial,
		Findings: []Finding{
			{Detector: "iban", Category: "financial", Confidence: "high", Part: "1", Count: 12},
			{Detector: "iban", Category: "financial", Confidence: "low", Part: "2", Count: 3},
			{Detector: "icd10", Category: "health", Confidence: "low", Part: "1", Count: 1},
			{Detector: "password", Category: "secret", Confidence: "low", Part: "1", Count: 1},
		},
		Parts: []Part{{Path: "1", Type: "text/plain", Size: 10, Scanned: Full}, {Path: "2", Type: "image/png", Size: 10, Scanned: None, Problems: []string{"image"}}}}
	return &Sample{Name: "note.eml", Input: &in, Recipients: []Recipient{{Address: "bob@business.example"}, {Address: "anna@home.example"}}}
}

// Each rule says whether it fired and with what; the decision is the engine's.
func TestExplain(t *testing.T) {
	x, err := NewExplainer(context.Background(), newShipped(t).source(), patientOptions)
	if err != nil {
		t.Fatal(err)
	}
	s := note(t)
	s.Input.Content.Findings[2].Confidence = "high"
	e, err := x.Explain(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	d, err := x.patient().Decide(context.Background(), s.Input, s.Recipients)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]RuleExplanation{}
	for i, r := range e.Recipients {
		if diff := cmp.Diff(d.Recipients[i], r.RecipientDecision); diff != "" || e.Class != d.Class {
			t.Errorf("another decision: %s", diff)
		}
		var fired []string
		for _, rule := range r.Rules {
			if rule.Fired && rule.Set == "require" {
				fired = append(fired, rule.Rule)
			}
			if i == 0 {
				rules[rule.Rule] = rule
			}
		}
		var wanted []string
		for _, reason := range d.Recipients[i].Reasons {
			wanted = append(wanted, reason.Rule)
		}
		slices.Sort(fired)
		slices.Sort(wanted)
		if diff := cmp.Diff(wanted, fired); diff != "" {
			t.Errorf("%s: rules that fired: %s", r.Address, diff)
		}
	}
	verified := rules["identifiers-verified-tls"]
	if !verified.Fired || verified.Demands != "verified-tls" || verified.Title != "Many identifiers need verified TLS" || verified.File != "personal_data.rego" || verified.Line == 0 || verified.Ended != nil {
		t.Errorf("%+v", verified)
	}
	if diff := cmp.Diff([]Finding{s.Input.Content.Findings[0]}, verified.Findings); diff != "" {
		t.Errorf("findings that satisfied it: %s", diff)
	}
	for _, want := range []Fact{{"input.recipient.kind", `"business"`}, {"personal_data.identifiers", "12"}, {"thresholds.identifiers.verified_tls", "10"}} {
		if !slices.Contains(verified.Saw, want) {
			t.Errorf("it didn't see %v but %v", want, verified.Saw)
		}
	}
	bulk := rules["identifiers-bulk"]
	if bulk.Fired || bulk.Ended == nil || !strings.Contains(bulk.Ended.Text, "forbidden_to_public") || bulk.Ended.Line == 0 || len(bulk.Findings) > 0 {
		t.Errorf("%+v", bulk)
	}
	if health := rules["health-data"]; !health.Fired || health.Demands != "content" {
		t.Errorf("%+v", health)
	}
	if secrets := rules["secrets"]; secrets.Fired || secrets.Ended == nil || !strings.Contains(secrets.Ended.Text, "secret") {
		t.Errorf("%+v", secrets)
	}
	if asked := rules["secure-subject"]; strings.Contains(string(must(json.Marshal(asked))), "Minutes") {
		t.Errorf("the subject is shown: %+v", asked)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// An exception lifts a rule, and the explanation says which.
func TestExplainLifted(t *testing.T) {
	s := newShipped(t)
	s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte("exceptions: {business.example: [{rule: identifiers-verified-tls, until: 2026-12-31, reason: Agreed.}]}\n")}
	x, err := NewExplainer(context.Background(), s.source(), patientOptions)
	if err != nil {
		t.Fatal(err)
	}
	e, err := x.Explain(context.Background(), note(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range e.Recipients[0].Rules {
		if r.Lifted != (r.Rule == "identifiers-verified-tls") || r.Rule == "exception" && !r.Fired {
			t.Errorf("%+v", r)
		}
	}
}

func list(all ...*Sample) Samples {
	return func(yield func(*Sample, error) bool) {
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
		yield(nil, errors.New("broken.eml: not a message"))
	}
}

// What changes is grouped by the rule that changes it; the same policy changes
// nothing; what can't be read is said.
func TestDiff(t *testing.T) {
	from := build(t, newShipped(t).untested().source())
	s := newShipped(t).untested()
	s.data["rules.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(s.data["rules.yaml"].Data), "verified_tls: 10", "verified_tls: 50", 1))}
	s.rego["strict.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(strict, `input.recipient.kind != "local"`, `input.recipient.address == "bob@business.example"`, 1))}
	to := build(t, s.source())
	one, two := note(t), note(t)
	two.Name = "two.eml"
	two.Recipients = []Recipient{{Address: "carl@business.example"}, {Address: "dora@business.example"}}
	d, err := Diff(context.Background(), from, to, list(one, two))
	if err != nil {
		t.Fatal(err)
	}
	want := []RuleDiff{
		{Rule: "identifiers-verified-tls", What: "no longer demands", Messages: 2, Recipients: 3, Examples: []DiffExample{
			{Message: "note.eml", Recipient: "bob@business.example", From: "verified-tls by tls", To: "forbidden by reject"},
			{Message: "two.eml", Recipient: "carl@business.example", From: "verified-tls by tls", To: "tls by tls"}}},
		{Rule: "strict", What: "demands now", Messages: 1, Recipients: 1, Examples: []DiffExample{
			{Message: "note.eml", Recipient: "bob@business.example", From: "verified-tls by tls", To: "forbidden by reject"}}},
	}
	if diff := cmp.Diff(want, d.Rules); diff != "" {
		t.Error(diff)
	}
	if d.Messages != 2 || d.Changed != 2 || d.Recipients != 4 || !slices.Equal(d.Unread, []string{"broken.eml: not a message"}) {
		t.Errorf("%+v", d)
	}
	if d, err = Diff(context.Background(), from, from, list(one, two)); err != nil || d.Changed != 0 || len(d.Rules) > 0 {
		t.Errorf("the same policy: %+v, %v", d, err)
	}
}

// A message is seen with each policy's own lists.
func TestDiffLists(t *testing.T) {
	src := newShipped(t).untested().source()
	from := build(t, src)
	src.LocalDomains = []string{"home.example", "business.example"}
	to := build(t, src)
	d, err := Diff(context.Background(), from, to, list(note(t)))
	if err != nil {
		t.Fatal(err)
	}
	if d.Changed != 1 || !slices.ContainsFunc(d.Rules, func(r RuleDiff) bool { return r.Rule == "identifiers-tls" && r.What == "no longer demands" }) {
		t.Errorf("%+v", d.Rules)
	}
	s := note(t)
	s.Input.Sender = Sender{Address: "x@business.example", Domain: "business.example", Client: Client{IP: "192.0.2.1"}}
	s.Recipients = s.Recipients[1:]
	if a, b := from.seen(s).Message.Direction, to.seen(s).Message.Direction; a != Inbound || b != Internal {
		t.Errorf("%s, %s", a, b)
	}
}

// Cases want what they say and nothing else; what they can't mean is a mistake
// with its place.
func TestCase(t *testing.T) {
	g := build(t, newShipped(t).untested().source())
	s := note(t)
	d, err := g.Decide(context.Background(), s.Input, s.Recipients)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"from: a@home.example\nto: {bob@business.example: verified-tls, anna@home.example: opportunistic}\nclass: confidential\n":          "",
		"from: ''\nto: {bob@business.example: {rules: [identifiers-tls], without: [secrets], treatments: [tls]}, anna@home.example: {}}\n": "",
		"from: a@home.example\nclass: public\nto: {bob@business.example: {level: tls, treatments: [pdf], rules: [secrets], without: [default], lifted: [secrets]}, anna@home.example: tls}\n": `class confidential, want public
bob@business.example: level verified-tls, want tls
bob@business.example: treatments tls, want pdf
bob@business.example: rule secrets demands nothing, want it to
bob@business.example: rule default demands something, want it not to
bob@business.example: rule secrets isn't lifted, want it to be
anna@home.example: level opportunistic, want tls`,
	} {
		c, err := ReadCase("x.want", []byte(text), g.Rules())
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, strings.Join(c.Compare(d), "\n")); diff != "" {
			t.Error(diff)
		}
	}
	_, err = ReadCase("x.want", []byte("form: a\nclass: secret\ndate: today\nto:\n  a@b.example: {levle: tls, rules: [helth-data]}\n  c@d.example: tsl\n"), g.Rules())
	want := `x.want:1:1: a case has no "form" (did you mean "from"? allowed: auth, class, client_tls, date, from, to)
x.want:1:1: a case says from whom and to whom: from, to
x.want:2:8: class "secret" isn't known (allowed: confidential, internal, public, strictly-confidential)
x.want:3:7: date isn't a time (write 2026-03-02T10:00:00Z)
x.want:5:17: a recipient has no "levle" (did you mean "level"? allowed: level, lifted, rules, treatments, without)
x.want:5:37: there is no rule "helth-data" (did you mean "health-data"?)
x.want:6:16: level "tsl" isn't known (did you mean "tls"? allowed: content, forbidden, opportunistic, partner-tls, tls, verified-tls)`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// A new topic loads, is in opa's form and passes its tests; nothing is written
// over, and a name that is none is refused.
func TestNewTopic(t *testing.T) {
	for _, name := range []string{"board-papers", "contracts", "a_b"} {
		folder := t.TempDir()
		files, err := NewTopic(folder, name)
		if err != nil || len(files) != 2 {
			t.Fatal(files, err)
		}
		if changed, err := Format(folder, false, io.Discard); err != nil || len(changed) > 0 {
			t.Errorf("%s: not in opa's form: %v %v", name, changed, err)
		}
		s := newShipped(t).untested()
		maps.Copy(s.rego, readTree(t, folder, ".rego"))
		result, err := Test(context.Background(), s.source(), TestOptions{Coverage: true}, io.Discard)
		if err != nil || result.Passed != 3 || result.Failed > 0 {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
		if again, err := NewTopic(folder, name); !errors.Is(err, os.ErrExist) || len(again) > 0 && again[0] == filepath.Join(folder, "x") {
			t.Errorf("written twice: %v", err)
		}
	}
	for _, name := range []string{"", "Board", "../x", "some", "input", "a b"} {
		if _, err := NewTopic(t.TempDir(), name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
