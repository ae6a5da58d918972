package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// bigSource is the shipped policy with many partners.
func bigSource(tb testing.TB, partners int) Source {
	tb.Helper()
	lists := readTree(tb, "../rego/data", ".yaml")
	delete(lists, "organisation.yaml")
	var list strings.Builder
	for i := range partners {
		sep := ","
		if i == 0 {
			sep = `{"partners": {`
		}
		fmt.Fprintf(&list, "%s\n"+`"p%d.partner.example": {"name": "Partner %d", "level": "partner-tls", "route": "[mx.p%d.partner.example]:25"}`, sep, i, i, i)
	}
	list.WriteString("}}\n")
	lists["partners.json"] = &fstest.MapFile{Data: []byte(list.String())}
	return Source{
		Policy: os.DirFS("../rego"), LocalDomains: []string{"home.example"},
		Data: lists,
	}
}

func benchInput(findings int) *Input {
	in := *samples()[0]
	for i := range findings {
		in.Content.Findings = append(in.Content.Findings, Finding{
			Detector: "iban", Category: "financial", Confidence: "medium", Part: fmt.Sprintf("1.%d", i), Count: 1 + i})
	}
	in.Content.Categories, in.Content.Detectors = believed(in.Content.Findings) // for those who don't ask Decide
	in.Content.Parts = []Part{{Path: "1", Type: "text/plain", Size: 900, Scanned: Full}}
	for i := range 20 {
		in.Message.Headers = append(in.Message.Headers, Header{Name: fmt.Sprintf("x-%d", i), Value: "value"})
	}
	return &in
}

func benchDecide(b *testing.B, findings int, recipients ...Recipient) {
	g, in := build(b, bigSource(b, 10_000)), benchInput(findings)
	measure(b, func() error {
		_, err := g.Decide(context.Background(), in, recipients)
		return err
	})
}

// measure reports how long one call takes, and how it is spread.
func measure(b *testing.B, call func() error) {
	var took []time.Duration
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		start := time.Now()
		if err := call(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	// CPU time, garbage collection included: what is left to believe on a
	// machine that does other things, too.
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	slices.Sort(took)
	b.ReportMetric(float64(took[0].Microseconds()), "best-µs")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func BenchmarkDecideOne(b *testing.B) {
	benchDecide(b, 8, Recipient{Address: "bob@p77.partner.example"})
}

// Most messages: nothing was found in them, and they go to a business.
func BenchmarkDecideClean(b *testing.B) {
	benchDecide(b, 0, Recipient{Address: "bob@business.example"})
}

// A tenth are partners with an agreement each, a fifth are at public
// providers, and the rest at businesses of their own.
func mixed(n int) (recipients []Recipient) {
	for i := range n {
		address := fmt.Sprintf("user%d@business%d.example", i, i)
		switch i % 10 {
		case 0:
			address = fmt.Sprintf("user%d@p%d.partner.example", i, i)
		case 1, 2:
			address = fmt.Sprintf("user%d@gmail.com", i)
		}
		recipients = append(recipients, Recipient{Address: address})
	}
	return recipients
}

func BenchmarkDecideTen(b *testing.B)     { benchDecide(b, 8, mixed(10)...) }
func BenchmarkDecideHundred(b *testing.B) { benchDecide(b, 8, mixed(100)...) }

// The worst case: no two recipients are alike.
func BenchmarkDecideHundredPartners(b *testing.B) {
	var recipients []Recipient
	for i := range 100 {
		recipients = append(recipients, Recipient{Address: fmt.Sprintf("user@p%d.partner.example", i)})
	}
	benchDecide(b, 8, recipients...)
}

// naive asks the same as BenchmarkDecideOne and BenchmarkDecideClean the way
// that OPA's introduction shows: rules parsed and data stored once, the input
// as JSON, and rego.New for each message. It fills the recipient by itself.
func naive(b *testing.B, findings int, recipient Recipient) {
	l, err := load(bigSource(b, 10_000), Vocabulary{})
	if err != nil {
		b.Fatal(err)
	}
	store := inmem.NewFromObject(map[string]any{"sealpost": l.data.plain})
	in := benchInput(findings)
	in.Recipient = recipient
	measure(b, func() error {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		var input any
		if err := json.Unmarshal(text, &input); err != nil {
			return err
		}
		options := []func(*rego.Rego){rego.Query("data.sealpost.main.decision"), rego.Store(store), rego.Input(input)}
		for _, m := range l.source.rules {
			options = append(options, rego.ParsedModule(m))
		}
		results, err := rego.New(options...).Eval(context.Background())
		if err == nil && len(results) != 1 {
			err = ErrUndefined
		}
		return err
	})
}

func BenchmarkNaiveOne(b *testing.B) {
	naive(b, 8, Recipient{Address: "bob@p77.partner.example", Domain: "p77.partner.example", Kind: PartnerKind,
		Partner: &Partner{Name: "Partner 77", Level: PartnerTLS}, Exceptions: []Exception{}})
}

func BenchmarkNaiveClean(b *testing.B) {
	naive(b, 0, Recipient{Address: "bob@business.example", Domain: "business.example", Kind: Business, Exceptions: []Exception{}})
}

// Prepared is the naive way with its most obvious improvement: the query is
// prepared once.
func BenchmarkPreparedOne(b *testing.B) {
	l, err := load(bigSource(b, 10_000), Vocabulary{})
	if err != nil {
		b.Fatal(err)
	}
	q, err := rego.New(rego.Query("data.sealpost.main.decision"), rego.Compiler(l.compiler),
		rego.Store(inmem.NewFromObject(map[string]any{"sealpost": l.data.plain}))).PrepareForEval(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	in := benchInput(8)
	in.Recipient = Recipient{Address: "bob@p77.partner.example", Kind: PartnerKind, Partner: &Partner{Name: "Partner 77", Level: PartnerTLS}, Exceptions: []Exception{}}
	measure(b, func() error {
		results, err := q.Eval(context.Background(), rego.EvalInput(in))
		if err == nil && len(results) != 1 {
			err = ErrUndefined
		}
		return err
	})
}

func BenchmarkBuild(b *testing.B) {
	src := bigSource(b, 10_000)
	measure(b, func() error {
		_, err := Build(context.Background(), src, BuildOptions{Deadline: 10 * time.Second})
		return err
	})
}

// A list of partners as long as any will be. It takes seconds, and 1 GB.
func BenchmarkBuildMillion(b *testing.B) {
	src := bigSource(b, 1_000_000)
	measure(b, func() error {
		_, err := Build(context.Background(), src, BuildOptions{Deadline: 10 * time.Second})
		return err
	})
}

func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
