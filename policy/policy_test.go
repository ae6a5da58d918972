package policy

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the test data expects")

// shipped is the shipped policy and data in memory, to be changed by a test.
type shipped struct{ rego, data fstest.MapFS }

func newShipped(tb testing.TB) shipped {
	tb.Helper()
	return shipped{rego: readTree(tb, "../rego", ".rego"), data: readTree(tb, "../rego/data", ".yaml")}
}

func readTree(tb testing.TB, folder, ext string) fstest.MapFS {
	tb.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(os.DirFS(folder), "*"+ext)
	if err != nil || len(names) == 0 {
		tb.Fatalf("reading %s: %d files, %v", folder, len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// untested is the policy without its own tests, which take half the time of
// loading it.
func (s shipped) untested() shipped {
	for name := range s.rego {
		if strings.HasSuffix(name, "_test.rego") {
			delete(s.rego, name)
		}
	}
	return s
}

func (s shipped) source() Source {
	return Source{Policy: s.rego, Data: s.data, LocalDomains: []string{"home.example"}}
}

// overlay puts the files "rego/…" and "data/…" of an archive over the shipped
// ones. A file that holds nothing takes the shipped one away.
func (s shipped) overlay(tb testing.TB, files []txtar.File) shipped {
	tb.Helper()
	for _, f := range files {
		folder, name, _ := strings.Cut(f.Name, "/")
		tree := map[string]fstest.MapFS{"rego": s.rego, "data": s.data}[folder]
		switch {
		case tree == nil:
			continue
		case strings.TrimSpace(string(f.Data)) == "":
			delete(tree, name)
		default:
			tree[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return s
}

// build has a deadline that a busy test machine keeps.
func build(tb testing.TB, src Source) *Generation {
	tb.Helper()
	g, err := Build(context.Background(), src, BuildOptions{Deadline: 10 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// archives runs a test for each testdata/<kind>/*.txtar; what it returns is
// compared with, or with -update becomes, the file "want".
func archives(t *testing.T, kind string, run func(*testing.T, *txtar.Archive) string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", kind, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases in testdata/%s: %v", kind, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file of a case is want")
			}
			got := run(t, a)
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each planted mistake is refused with its place; the same files with the
// mistake mended (the first line of the case says how) are taken.
func TestMistakes(t *testing.T) {
	archives(t, "mistakes", func(t *testing.T, a *txtar.Archive) string {
		s := newShipped(t).untested().overlay(t, a.Files)
		_, err := load(s.source(), Vocabulary{}) // all that Build refuses before it tries
		mistakes, ok := err.(Mistakes)
		if !ok {
			t.Fatalf("not refused with mistakes, but with: %v", err)
		}
		line, _, _ := strings.Cut(string(a.Comment), "\n")
		bad, good, ok := strings.Cut(strings.TrimPrefix(line, "mend: "), " -> ")
		if !ok {
			t.Fatal("the first line is \"mend: BAD -> GOOD\"")
		}
		found := false
		files := slices.Clone(a.Files)
		for i, f := range files {
			found = found || bytes.Contains(f.Data, []byte(bad))
			files[i].Data = bytes.ReplaceAll(f.Data, []byte(bad), []byte(good))
		}
		if !found {
			t.Fatalf("the case doesn't hold %q", bad)
		}
		mended := newShipped(t).untested().overlay(t, files)
		if _, err := load(mended.source(), Vocabulary{}); err != nil {
			t.Errorf("mended, and still refused: %v", err)
		}
		return mistakes.Error() + "\n"
	})
}

// The shipped policy loads, passes its own tests, and they reach its lines.
func TestShipped(t *testing.T) {
	var out bytes.Buffer
	result, err := Test(context.Background(), newShipped(t).source(), TestOptions{Coverage: true}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if result.Failed > 0 || result.Skipped > 0 || result.Passed < 40 || result.Coverage < 95 {
		t.Error(out.String())
	}
	for _, name := range []string{"main", "default", "secure_subject", "partner_tls", "public_providers", "health_data", "personal_data", "secrets", "unscannable", "exceptions",
		"financial_data", "labels", "own_data", "classes", "ambiguous_mime", "inbound_tls", "registered_senders", "overrides", "pick_up", "seen"} {
		if newShipped(t).rego[name+"_test.rego"] == nil {
			t.Errorf("%s has no tests", name)
		}
	}
	unformatted, err := Format("../rego", false, &out)
	if err != nil || len(unformatted) > 0 {
		t.Errorf("not in opa's form: %v, %v", unformatted, err)
	}
}

// The schemas that are committed are those of the Go structs.
func TestSchemas(t *testing.T) {
	for file, schema := range map[string]map[string]any{
		"../rego/schema/input.json":    InputSchema(Vocabulary{}),
		"../rego/schema/decision.json": AnswerSchema(Vocabulary{}),
	} {
		want, err := schemaFile(schema)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s isn't current, run the test with -update: %s", file, diff)
		}
	}
}

// The same policy and data have the same revision, whichever file a list
// stands in; anything else has another.
func TestRevision(t *testing.T) {
	base := build(t, newShipped(t).source()).Revision()
	same := newShipped(t)
	same.data["other.yaml"] = same.data["rules.yaml"]
	delete(same.data, "rules.yaml")
	same.rego["default_test.rego"] = &fstest.MapFile{Data: []byte("package sealpost.x_test\n")}
	if got := build(t, same.source()).Revision(); got != base {
		t.Errorf("another file for a list, or another test: revision %s, was %s", got, base)
	}
	seen := map[string]bool{base: true}
	for what, change := range map[string]func(*Source, shipped){
		"rule": func(_ *Source, s shipped) {
			s.rego["default.rego"].Data = append(s.rego["default.rego"].Data, "\n# x\n"...)
		},
		"data": func(_ *Source, s shipped) { s.data["own.json"] = &fstest.MapFile{Data: []byte(`{"own": 1}`)} },
		"partner": func(_ *Source, s shipped) {
			s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte("partners: {p.example: {name: P, level: tls}}\n")}
		},
		"partner's route": func(_ *Source, s shipped) {
			s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte("partners: {p.example: {name: P, level: tls, route: \"[mx.example]\"}}\n")}
		},
		"local": func(src *Source, _ shipped) { src.LocalDomains = append(src.LocalDomains, "second.example") },
	} {
		s := newShipped(t)
		src := s.source()
		change(&src, s)
		if r := build(t, src).Revision(); seen[r] {
			t.Errorf("%s changed, the revision didn't", what)
		} else {
			seen[r] = true
		}
	}
}
