package policy

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// bigGeneration is the shipped policy with 10,000 partners.
func bigGeneration(tb testing.TB) *Generation {
	tb.Helper()
	rules, err := os.ReadFile("../rego/data/rules.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	public, err := os.ReadFile("../rego/data/public_providers.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var partners strings.Builder
	for i := range 10_000 {
		sep := ","
		if i == 0 {
			sep = `{"partners": {`
		}
		fmt.Fprintf(&partners, "%s\n"+`"p%d.partner.example": {"name": "Partner %d", "level": "partner-tls", "route": "[mx.p%d.partner.example]:25"}`, sep, i, i, i)
	}
	partners.WriteString("}}\n")
	g, err := Build(context.Background(), Source{
		Policy: os.DirFS("../rego"), LocalDomains: []string{"home.example"},
		Data: fstest.MapFS{"rules.yaml": {Data: rules}, "public.yaml": {Data: public}, "partners.json": {Data: []byte(partners.String())}},
	}, BuildOptions{Deadline: 10 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func benchInput() *Input {
	in := *samples()[0]
	for i := range 8 {
		in.Content.Findings = append(in.Content.Findings, Finding{
			Detector: "iban", Category: "financial", Confidence: "medium", Part: fmt.Sprintf("1.%d", i), Count: 1 + i})
	}
	in.Content.Parts = []Part{{Path: "1", Type: "text/plain", Size: 900, Scanned: Full}}
	for i := range 20 {
		in.Message.Headers = append(in.Message.Headers, Header{Name: fmt.Sprintf("x-%d", i), Value: "value"})
	}
	return &in
}

func benchDecide(b *testing.B, recipients []Recipient) {
	g, in := bigGeneration(b), benchInput()
	var took []time.Duration
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		start := time.Now()
		if _, err := g.Decide(context.Background(), in, recipients); err != nil {
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
	benchDecide(b, []Recipient{{Address: "bob@p77.partner.example"}})
}

// Of the 100, a tenth are partners with an agreement each, a fifth are at
// public providers, and the rest at businesses of their own.
func BenchmarkDecideHundred(b *testing.B) {
	var recipients []Recipient
	for i := range 100 {
		address := fmt.Sprintf("user%d@business%d.example", i, i)
		switch i % 10 {
		case 0:
			address = fmt.Sprintf("user%d@p%d.partner.example", i, i)
		case 1, 2:
			address = fmt.Sprintf("user%d@gmail.com", i)
		}
		recipients = append(recipients, Recipient{Address: address})
	}
	benchDecide(b, recipients)
}

// The worst case: no two recipients are alike.
func BenchmarkDecideHundredPartners(b *testing.B) {
	var recipients []Recipient
	for i := range 100 {
		recipients = append(recipients, Recipient{Address: fmt.Sprintf("user@p%d.partner.example", i)})
	}
	benchDecide(b, recipients)
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		bigGeneration(b)
	}
}

func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
