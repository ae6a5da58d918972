package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestOptions say which tests run and how the result is written.
type TestOptions struct {
	Vocabulary Vocabulary
	Filter     string // a regular expression on the tests' names, or ""
	// Cases runs what isn't Rego, after the tests; nil: there are none.
	Cases func(context.Context) (passed int, failed []TestFailure, err error)
	// AtLeast is the share of lines that tests must reach, in per cent.
	AtLeast  float64
	Coverage bool // say which lines of the rules no test reached
	JSON     bool // one document instead of lines for people
}

// TestResult is what the tests of a policy said.
type TestResult struct {
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"` // errors included
	Skipped  int           `json:"skipped"`
	Failures []TestFailure `json:"failures"`
	// Coverage is the share of the rules' lines that tests reached, in per
	// cent; 0 unless it was asked for. Tests themselves don't count.
	Coverage   float64             `json:"coverage,omitempty"`
	NotCovered map[string][]string `json:"not_covered,omitempty"` // by file, "12" or "12-14"
	// TooLittle says that Coverage is less than was asked for.
	TooLittle bool `json:"too_little,omitempty"`
}

// TestFailure is one test that didn't pass.
type TestFailure struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Test runs a policy's own tests and writes the result. A policy that doesn't
// load is an error, as in Build; failing tests are a result.
func Test(ctx context.Context, src Source, opts TestOptions, w io.Writer) (TestResult, error) {
	l, err := load(src, opts.Vocabulary)
	if err != nil {
		return TestResult{}, err
	}
	result, err := l.test(ctx, opts)
	if err != nil {
		return result, err
	}
	if opts.Cases != nil {
		passed, failed, err := opts.Cases(ctx)
		if err != nil {
			return result, err
		}
		result.Passed, result.Failed, result.Failures = result.Passed+passed, result.Failed+len(failed), append(result.Failures, failed...)
	}
	result.TooLittle = opts.Coverage && result.Coverage < opts.AtLeast
	if opts.JSON {
		return result, json.NewEncoder(w).Encode(result)
	}
	return result, result.write(w, opts)
}

func (r TestResult) write(w io.Writer, opts TestOptions) error {
	var b bytes.Buffer
	for _, f := range r.Failures {
		fmt.Fprintln(&b, Mistake{File: f.File, Line: f.Line, Text: f.Name + ": " + f.Text})
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", r.Passed, r.Failed, r.Skipped)
	if opts.Coverage {
		for _, file := range slices.Sorted(maps.Keys(r.NotCovered)) {
			fmt.Fprintf(&b, "%s: not reached: lines %s\n", file, strings.Join(r.NotCovered[file], ", "))
		}
		fmt.Fprintf(&b, "coverage %.1f %%", r.Coverage)
		if r.TooLittle {
			fmt.Fprintf(&b, ", want at least %g %%", opts.AtLeast)
		}
		fmt.Fprintln(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (l *loaded) test(ctx context.Context, opts TestOptions) (TestResult, error) {
	result := TestResult{Failures: []TestFailure{}}
	all, err := beside(l.policy)
	if err != nil {
		return result, err
	}
	all["sealpost"] = l.data.plain
	store := inmem.NewFromObjectWithOpts(all, inmem.OptReturnASTValuesOnRead(true))
	modules := copies(l.source.rules, l.source.tests)
	runner := tester.NewRunner().SetCompiler(newCompiler(opts.Vocabulary)).SetStore(store).SetModules(modules).
		RaiseBuiltinErrors(true).SetTimeout(5 * time.Second).Filter(opts.Filter)
	coverage := cover.New()
	if opts.Coverage {
		runner.SetCoverageQueryTracer(coverage)
	}
	var results []*tester.Result
	err = storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		stream, err := runner.RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for r := range stream {
			results = append(results, r)
		}
		return ctx.Err()
	})
	if err != nil {
		return result, testError(err)
	}
	for _, r := range results {
		result.add(r)
	}
	if opts.Coverage {
		result.coverage(coverage.Report(l.source.rules), l.source.rules)
	}
	return result, nil
}

func testError(err error) error {
	var compile ast.Errors
	if !errors.As(err, &compile) {
		return fmt.Errorf("running the policy's tests: %w", err)
	}
	var mistakes Mistakes
	addRegoErrors("", compile, &mistakes)
	return mistakes.err()
}

func (r *TestResult) add(t *tester.Result) {
	switch {
	case t.Skip:
		r.Skipped++
		return
	case t.Pass():
		r.Passed++
		return
	}
	r.Failed++
	f := TestFailure{Name: t.Package + "." + t.Name, Text: "the test isn't true"}
	if t.Location != nil {
		f.File, f.Line = t.Location.File, t.Location.Row
	}
	if t.Error != nil {
		f.Text = t.Error.Error()
	}
	r.Failures = append(r.Failures, f)
}

func (r *TestResult) coverage(report cover.Report, rules map[string]*ast.Module) {
	reached, missed := 0, 0
	r.NotCovered = map[string][]string{}
	for name := range rules {
		f := report.Files[name]
		if f == nil {
			continue
		}
		reached, missed = reached+f.CoveredLines, missed+f.NotCoveredLines
		if len(f.NotCovered) > 0 {
			r.NotCovered[name] = lineRanges(f.NotCovered)
		}
	}
	if reached+missed > 0 {
		r.Coverage = 100 * float64(reached) / float64(reached+missed)
	}
}

// lineRanges are the lines of ranges that may lie in each other, in order.
func lineRanges(ranges []cover.Range) (texts []string) {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b cover.Range) int { return a.Start.Row - b.Start.Row })
	for i := 0; i < len(ranges); {
		first, last := ranges[i].Start.Row, ranges[i].End.Row
		for i++; i < len(ranges) && ranges[i].Start.Row <= last+1; i++ {
			last = max(last, ranges[i].End.Row)
		}
		text := fmt.Sprint(first)
		if last > first {
			text = fmt.Sprintf("%d-%d", first, last)
		}
		texts = append(texts, text)
	}
	return texts
}

// runTests refuses a policy whose own tests fail.
func (l *loaded) runTests(ctx context.Context) error {
	result, err := l.test(ctx, TestOptions{Vocabulary: l.raw})
	if err != nil {
		return err
	}
	var mistakes Mistakes
	for _, f := range result.Failures {
		mistakes.add(f.File, position{line: f.Line}, "", "%s fails: %s", f.Name, f.Text)
	}
	return mistakes.err()
}

// Check loads a policy and tries it, tests included, and writes what is wrong
// with it, one mistake a line or as JSON documents. The error is only for what
// no author can mend.
func Check(ctx context.Context, src Source, v Vocabulary, asJSON bool, w io.Writer) (Mistakes, error) {
	_, err := Build(ctx, src, BuildOptions{Vocabulary: v, RunTests: true})
	var mistakes Mistakes
	if err != nil && !errors.As(err, &mistakes) {
		return nil, err
	}
	for _, m := range mistakes {
		line := []byte(m.String())
		if asJSON {
			if line, err = json.Marshal(m); err != nil {
				return mistakes, err
			}
		}
		if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
			return mistakes, err
		}
	}
	return mistakes, nil
}

// Format brings the *.rego files of a folder into opa's own form, or with
// write = false only says which aren't. The names of those files are written
// to w, one a line, and returned. Files are exchanged whole, by renaming.
func Format(folder string, write bool, w io.Writer) (changed []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".rego" {
			return err
		}
		differs, err := formatFile(path, d, write)
		if err != nil || !differs {
			return err
		}
		changed = append(changed, path)
		_, err = fmt.Fprintln(w, path)
		return err
	})
	return changed, err
}

func formatFile(path string, d fs.DirEntry, write bool) (differs bool, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	formatted, err := format.SourceWithOpts(path, text, format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		var mistakes Mistakes
		addRegoErrors(path, err, &mistakes)
		return false, mistakes.err()
	}
	if bytes.Equal(text, formatted) || !write {
		return !bytes.Equal(text, formatted), nil
	}
	info, err := d.Info()
	if err != nil {
		return true, err
	}
	return true, replace(path, formatted, info.Mode())
}

// replace exchanges a file in one step, so that it lasts.
func replace(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
