package policy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// sets are the ready-made sets, by the names of their folders, and "" for the
// shipped lists alone.
func sets(tb testing.TB) []string {
	tb.Helper()
	folders, err := filepath.Glob("../rego/sets/*/set.yaml")
	if err != nil || len(folders) < 4 {
		tb.Fatalf("%v, %v", folders, err)
	}
	names := []string{""}
	for _, f := range folders {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return names
}

// withSet is a set over what is shipped, under an operator's own folders.
func withSet(tb testing.TB, set string, own shipped) Source {
	tb.Helper()
	base := newShipped(tb)
	src := Source{Policy: own.rego, Data: own.data, LocalDomains: []string{"home.example"}}
	if set != "" {
		src.Beneath = append(src.Beneath, Layer{Name: "sets/" + set, Data: readTree(tb, "../rego/sets/"+set, ".yaml")})
	}
	src.Beneath = append(src.Beneath, Layer{Name: "shipped", Policy: base.rego, Data: base.data})
	return src
}

// Each set loads and passes the topics' tests over folders that are empty, and
// over those of the package, in which nobody changed anything.
func TestSets(t *testing.T) {
	for _, set := range sets(t) {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			empty, err := Build(context.Background(), withSet(t, set, shipped{}), BuildOptions{RunTests: true, Deadline: 10 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			installed := build(t, withSet(t, set, newShipped(t)))
			if empty.Revision() != installed.Revision() {
				t.Error("installed copies that nobody changed make another policy")
			}
			without := build(t, newShipped(t).source())
			if same := empty.Revision() == without.Revision(); same != (set == "") {
				t.Errorf("the set makes a difference: %t", !same)
			}
		})
	}
}

// What the operator writes wins over the set, and the set over what is shipped.
func TestLayers(t *testing.T) {
	card := *samples()[0]
	card.Content.Findings = []Finding{{Detector: "payment-card", Category: "financial", Confidence: "high", Part: "1", Count: 1}}
	to := []Recipient{{Address: "carl@business.example"}}
	own := shipped{rego: fstest.MapFS{}, data: fstest.MapFS{"own.yaml": {Data: []byte(
		"financial_data:\n  cards: [{from: 1, demands: {business: verified-tls}}]\n  accounts: []\n")}}}
	silent := shipped{rego: fstest.MapFS{"financial_data.rego": {Data: []byte("package sealpost.topic.financial_data\n\n# Nothing.\nnothing := true\n")}}}
	for name, c := range map[string]struct {
		set  string
		own  shipped
		want Level
	}{
		"shipped":                    {"", shipped{}, TLS},
		"set over shipped":           {"bank", shipped{}, ContentLevel},
		"own list over the set":      {"bank", own, VerifiedTLS},
		"own rules over the shipped": {"", silent, TLS}, // by identifiers-tls; the topic's shipped tests don't run on the own file
	} {
		t.Run(name, func(t *testing.T) {
			g, err := Build(context.Background(), withSet(t, c.set, c.own), BuildOptions{RunTests: true, Deadline: 10 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			d, err := g.Decide(context.Background(), &card, to)
			if err != nil || d.Recipients[0].Level != c.want {
				t.Errorf("%v, %+v; want %s", err, d, c.want)
			}
		})
	}
}

// A mistake says in which layer it is.
func TestLayerMistakes(t *testing.T) {
	src := withSet(t, "bank", shipped{data: fstest.MapFS{"own.yaml": {Data: []byte("secrets: {busines: content}\n")}}})
	src.Beneath[0].Data = fstest.MapFS{"set.yaml": {Data: []byte("secrets: {business: tls}\nclasses: {public: {local: tsl}}\n")}}
	_, err := Build(context.Background(), src, BuildOptions{})
	for _, want := range []string{`data/own.yaml:1:11: "busines" isn't known here (did you mean "business"?`, `sets/bank/set.yaml:2:27: level "tsl" isn't known here`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// dice turns a fuzzer's bytes into choices.
type dice struct{ bytes []byte }

func (d *dice) roll(sides int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	b := int(d.bytes[0])
	d.bytes = d.bytes[1:]
	return b % sides
}

func pick[T any](d *dice, from ...T) T { return from[d.roll(len(from))] }

func several[T any](d *dice, most int, one func() T) []T {
	list := []T{}
	for range d.roll(most + 1) {
		list = append(list, one())
	}
	return list
}

// randomInput is a message of any kind, also of kinds that inspection never
// reports.
func randomInput(d *dice) *Input {
	in := *samples()[0]
	in.Message.Direction = pick(d, Outbound, Inbound, Internal, "sideways")
	in.Message.Subject = pick(d, "Minutes", "(SECURE) Minutes", "", "\x00[", "Re: [override")
	in.Message.Labels = several(d, 2, func() string { return pick(d, "Confidential", "geheim", "private", "no label") })
	in.Message.Overrides = several(d, 2, func() string {
		return "override " + pick(d, "health-data", "class-floor", "identifiers-tls", "secrets", "identifiers-bulk", "*", "") + pick(d, ": agreed by telephone", ":", "")
	})
	in.Sender.Authenticated = pick(d, "", "anna", "*")
	in.Sender.Client = Client{IP: pick(d, "", "192.0.2.1")}
	if d.roll(2) == 1 {
		in.Sender.Client.TLS = &ClientTLS{Version: pick(d, "TLSv1.3", "TLSv1", ""), Bits: d.roll(256)}
	}
	in.Content.Scanned = pick(d, Full, Partial, None, "")
	in.Content.Encrypted = pick(d, "", "smime", "archive")
	in.Content.Ambiguous = d.roll(2) == 1
	in.Content.Problems = several(d, 3, func() string {
		return pick(d, "encrypted", "broken", "image", "smuggled-mail", "bad-base64", "bare-lf", "of-a-plugin", "")
	})
	in.Content.Findings = several(d, 8, func() Finding {
		f := Finding{Confidence: pick(d, "low", "medium", "high", "certain"), Part: pick(d, "1", "2", "2/1"), Count: d.roll(256) - 1}
		kind := pick(d, "icd10 health", "person-name personal", "us-ssn personal", "payment-card financial", "iban financial", "private-key secret",
			"email-address contact", "keyword own", "malware own", "fhir health", "x y")
		f.Detector, f.Category, _ = strings.Cut(kind, " ")
		return f
	})
	return &in
}

// patient says, without the policy, whether a message holds what is strictly
// confidential in every set: a sure sign of health, or one in the same document
// as a name or number of a person.
func patient(in *Input) bool {
	good := func(f Finding) bool { return f.Confidence == "medium" || f.Confidence == "high" }
	for _, h := range in.Content.Findings {
		if h.Category != "health" || !good(h) {
			continue
		}
		if h.Confidence == "high" || h.Detector == "fhir" || slices.ContainsFunc(in.Content.Findings, func(f Finding) bool {
			return f.Category == "personal" && good(f) && f.Part == h.Part
		}) {
			return true
		}
	}
	return false
}

// trusting lets senders and exceptions lift everything but the floors of the
// classes.
const trusting = `
overrides:
  tags: [ausnahme]
  justification: 3
  may: {health-data: ["*"], secrets: ["*"], identifiers-tls: [anna], identifiers-bulk: ["*"], public-provider-confidential: ["*"]}
exceptions:
  lab.example:
    - {rule: health-data, until: 2030-01-01, reason: Agreed., owner: The data protection officer}
    - {rule: identifiers-tls, until: 2030-01-01, reason: Agreed.}
partners:
  partner.example: {name: Partner Ltd, level: tls}
`

// tried is every set with an operator who trusts.
func tried(tb testing.TB) map[string]*Generation {
	tb.Helper()
	generations := map[string]*Generation{}
	for _, set := range sets(tb) {
		generations[set] = build(tb, withSet(tb, set, shipped{data: fstest.MapFS{"own.yaml": {Data: []byte(trusting)}}}))
	}
	return generations
}

// Whatever a message is like, each set gives a valid decision or fails by a
// name, and strictly confidential content never leaves in clear, whatever is
// lifted.
func FuzzSets(f *testing.F) {
	generations := tried(f)
	for i := range 8 {
		f.Add([]byte(strings.Repeat(fmt.Sprintf("%c%c%c", i*7, i*i, 255-i*5), 30)))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		d := &dice{bytes}
		decideSafely(t, generations, pick(d, sets(t)...), d)
	})
}

// The same with 1,000 messages by chance, which are always the same ones.
func TestSetsDecideSafely(t *testing.T) {
	generations, chance, decided := tried(t), rand.NewChaCha8([32]byte{}), 0
	for i := range 1000 {
		bytes := make([]byte, 100)
		_, _ = chance.Read(bytes) // never fails
		if decideSafely(t, generations, sets(t)[i%5], &dice{bytes}) {
			decided++
		}
	}
	if decided < 950 {
		t.Errorf("only %d of 1000 have a decision", decided)
	}
}

// decideSafely asks a set about a random message, and reports whether there is
// a decision.
func decideSafely(t *testing.T, generations map[string]*Generation, set string, d *dice) bool {
	t.Helper()
	to := []Recipient{{Address: "a@home.example"}, {Address: "b@partner.example"}, {Address: "c@business.example"}, {Address: "d@gmail.com"},
		{Address: "e@lab.example"}, {Address: "nobody"}}
	in := randomInput(d)
	decision, err := generations[set].Decide(context.Background(), in, to[d.roll(len(to)):])
	if err != nil {
		if !slices.ContainsFunc([]error{ErrUndefined, ErrConflict, ErrDeadline, ErrInvalid, ErrInput, ErrPolicy}, func(named error) bool { return errors.Is(err, named) }) {
			t.Fatalf("set %q fails without a name: %v", set, err)
		}
		return false
	}
	if patient(in) && decision.Class != StrictlyConfidential {
		t.Fatalf("set %q: a patient's data is %s: %+v", set, decision.Class, in.Content)
	}
	for _, r := range decision.Recipients {
		if decision.Class == StrictlyConfidential && r.Kind != Local && !r.Level.AtLeast(TLS) {
			t.Fatalf("set %q: strictly confidential content may go to %s in clear: %+v", set, r.Address, r)
		}
		if r.Level != Opportunistic && (len(r.Treatments) == 0 || len(r.Reasons) == 0) {
			t.Fatalf("set %q: %+v", set, r)
		}
		for _, lifted := range r.Overridden {
			agreed := r.Address == "e@lab.example" && slices.Contains([]string{"health-data", "identifiers-tls"}, lifted.Rule)
			asked := lifted.Level != Forbidden && slices.ContainsFunc(r.Overrides, func(o Override) bool { return o.Rule == lifted.Rule && o.State == Lifted })
			if !agreed && !asked {
				t.Fatalf("set %q: %s was lifted, and nobody wanted that: %+v", set, lifted.Rule, r)
			}
		}
		for _, o := range r.Overrides {
			if o.State != Ignored && (in.Sender.Authenticated == "" || in.Message.Direction == Inbound) {
				t.Fatalf("set %q: an override from nobody counts: %+v", set, o)
			}
		}
	}
	return true
}

// The property of FuzzSets is one that can fail: without the floor of the
// class, an exception sends a patient's data in clear.
func TestFuzzedPropertyCanFail(t *testing.T) {
	in := *samples()[0]
	in.Content.Findings = []Finding{{Detector: "icd10", Category: "health", Confidence: "high", Part: "1", Count: 1}}
	to := []Recipient{{Address: "e@lab.example"}}
	for classes, want := range map[string]Level{"": TLS, "classes: {}\n": Opportunistic} {
		own := shipped{data: fstest.MapFS{"own.yaml": {Data: []byte(trusting + classes)}}}
		d, err := build(t, withSet(t, "", own)).Decide(context.Background(), &in, to)
		if err != nil || d.Recipients[0].Level != want {
			t.Errorf("%q: %v, %+v; want %s", classes, err, d, want)
		}
	}
}

// The lists that the sets' tests use are those of the folders: stock opa and
// our own runner load them alike.
func TestBeside(t *testing.T) {
	all, err := beside(os.DirFS("../rego"))
	if err != nil {
		t.Fatal(err)
	}
	bank, _ := all["sets"].(map[string]any)["bank"].(map[string]any)
	lists, _ := all["data"].(map[string]any)
	if bank["pick_up"] == nil || lists["public_providers"] == nil || all["sealpost"] != nil {
		t.Errorf("%d lists, %d of the bank's", len(lists), len(bank))
	}
}
