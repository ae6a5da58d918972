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
	benchmark string // as `go test` prints it, without the number of processors
	limit     float64
	p50       float64 // µs
	failed    error
}

// parts are the figures with an aim of their own, in µs.
func parts() []part {
	return []part{
		{name: "decision for one external recipient, 8 findings, 10,000 partners", folder: "policy", benchmark: "BenchmarkDecideOne", limit: 300},
		{name: "decisions for 100 recipients, 10,000 partners", folder: "policy", benchmark: "BenchmarkDecideHundred", limit: 6000},
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
		cmd := exec.CommandContext(ctx, testProgram(b.dir, p.folder), "-test.run", "^$", "-test.bench", strings.Join(steps, "/"), "-test.benchtime", "1s", "-test.timeout", "60s")
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
