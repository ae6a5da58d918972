package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// part is a figure of one of our packages' own benchmarks.
type part struct {
	name      string
	folder    string
	benchmark string  // as `go test` prints it, without the number of processors
	limit     float64 // µs; 0 for what stands there for comparison
	p50       float64 // µs
	failed    error
}

// parts are the figures with an aim of their own, and what they are compared
// with.
func parts() []part {
	return []part{
		{name: "decision for one external recipient, 8 findings, 10,000 partners", folder: "policy", benchmark: "BenchmarkDecideOne", limit: 300},
		{name: "the same without findings, to a business", folder: "policy", benchmark: "BenchmarkDecideClean", limit: 120},
		{name: "decisions for 10 recipients, 8 findings, 10,000 partners", folder: "policy", benchmark: "BenchmarkDecideTen", limit: 1500},
		{name: "decisions for 100 recipients, 8 findings, 10,000 partners", folder: "policy", benchmark: "BenchmarkDecideHundred", limit: 6000},
		{name: "decisions for 100 partners, each with another agreement", folder: "policy", benchmark: "BenchmarkDecideHundredPartners"},
		{name: "OPA used naively, one recipient, 8 findings: rego.New for each message", folder: "policy", benchmark: "BenchmarkNaiveOne"},
		{name: "OPA used naively, one recipient, no findings", folder: "policy", benchmark: "BenchmarkNaiveClean"},
		{name: "OPA with a prepared query and the input as a Go value, one recipient, 8 findings", folder: "policy", benchmark: "BenchmarkPreparedOne"},
		{name: "loading the policy with 10,000 partners", folder: "policy", benchmark: "BenchmarkBuild", limit: 100_000},
		{name: "loading the policy with 1,000,000 partners", folder: "policy", benchmark: "BenchmarkBuildMillion", limit: 5_000_000},
		{name: "plugin call with 10 KB, a treated copy back", folder: "plugins", benchmark: "BenchmarkHandle/treat/10KB", limit: 500},
	}
}

// testProgram is where a package's compiled tests lie.
func testProgram(dir, folder string) string { return filepath.Join(dir, folder+".test") }

// measureParts runs the benchmarks one after the other.
func (b *bench) measureParts(ctx context.Context) []part {
	all := parts()
	for i := range all {
		p := &all[i]
		var steps []string
		for step := range strings.SplitSeq(p.benchmark, "/") {
			steps = append(steps, "^"+step+"$")
		}
		cmd := exec.CommandContext(ctx, testProgram(b.dir, p.folder), "-test.run", "^$", "-test.bench", strings.Join(steps, "/"), "-test.benchtime", "1s", "-test.timeout", "120s")
		cmd.Dir = filepath.Join(b.root, p.folder)
		out, err := cmd.CombinedOutput()
		if err != nil {
			p.failed = fmt.Errorf("%s: %w\n%s", p.benchmark, err, out)
			continue
		}
		if p.p50, err = p50(out, p.benchmark); err != nil {
			p.failed = err
		}
	}
	return all
}

// p50 finds the figure in what `go test -bench` prints.
func p50(out []byte, benchmark string) (float64, error) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) == 0 || strings.TrimRight(strings.TrimRight(f[0], "0123456789"), "-") != benchmark {
			continue
		}
		for i := range f {
			if f[i] == "p50-µs" {
				return strconv.ParseFloat(f[i-1], 64)
			}
		}
	}
	return 0, fmt.Errorf("%s printed no p50", benchmark)
}
