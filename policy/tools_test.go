package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/loader"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// switching is a folder whose content is exchanged in one step.
type switching struct {
	mu  sync.Mutex
	now fs.FS
}

func (s *switching) set(to fs.FS) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = to
}

func (s *switching) Open(name string) (fs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.Open(name)
}

// The shipped policy passes its tests in stock opa, too: this is what
// "opa test rego/" does.
func TestStockOPA(t *testing.T) {
	files, err := loader.NewFileLoader().WithProcessAnnotation(true).Filtered([]string{"../rego"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	store, passed := inmem.NewFromObject(files.Documents), 0
	err = storage.Txn(context.Background(), store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().SetStore(store).SetModules(files.ParsedModules()).RunTests(context.Background(), txn)
		if err != nil {
			return err
		}
		for r := range results {
			if !r.Pass() {
				t.Errorf("%s: %v", r.Name, r.Error)
			}
			passed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if passed < 40 {
		t.Errorf("only %d tests", passed)
	}
}

// Failing tests are a result with name, place and text, for people and as JSON.
func TestTest(t *testing.T) {
	s := newShipped(t)
	s.rego["own_test.rego"] = &fstest.MapFile{Data: []byte("package sealpost.own_test\n\ntest_wrong if 1 == 2\n\ntest_right if 1 == 1\n")}
	delete(s.rego, "secrets_test.rego")
	var out bytes.Buffer
	result, err := Test(context.Background(), s.source(), TestOptions{Coverage: true}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if result.Failed != 1 || result.Coverage >= 100 || len(result.NotCovered["secrets.rego"]) == 0 {
		t.Errorf("%+v", result)
	}
	for _, want := range []string{"own_test.rego:3: data.sealpost.own_test.test_wrong: ", "1 failed", "secrets.rego: not reached: lines ", "coverage 9"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
	out.Reset()
	if _, err := Test(context.Background(), s.source(), TestOptions{Filter: "own_test", JSON: true}, &out); err != nil {
		t.Fatal(err)
	}
	var got TestResult
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Passed != 1 || got.Failed != 1 {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func TestCheck(t *testing.T) {
	s := newShipped(t)
	var out bytes.Buffer
	if mistakes, err := Check(context.Background(), s.source(), Vocabulary{}, false, &out); err != nil || len(mistakes) > 0 || out.Len() > 0 {
		t.Errorf("%v, %v", mistakes, err)
	}
	s.rego["own.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.own\n\nx if input.recipient.kind == \"locl\"\n")}
	mistakes, err := Check(context.Background(), s.source(), Vocabulary{}, true, &out)
	if err != nil || len(mistakes) != 1 {
		t.Fatalf("%v, %v", mistakes, err)
	}
	var got Mistake
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := Mistake{File: "own.rego", Line: 3, Col: 30, Text: `input.recipient.kind is never "locl"`, Hint: `did you mean "local"? allowed: business, local, partner, public-provider`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFormat(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.rego")
	put(t, path, "package   a\n\nx := 1 if   true\n")
	put(t, filepath.Join(folder, "b.rego"), "package b\n")
	var out bytes.Buffer
	changed, err := Format(folder, false, &out)
	if err != nil || len(changed) != 1 || out.String() != path+"\n" {
		t.Errorf("%v, %v, %q", changed, err, out.String())
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), "package   a") {
		t.Error("checking has written")
	}
	if _, err := Format(folder, true, &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "package a\n") {
		t.Errorf("%q, %v", text, err)
	}
	if changed, err := Format(folder, true, &out); err != nil || len(changed) > 0 {
		t.Errorf("formatted twice: %v, %v", changed, err)
	}
	put(t, path, "package a\n\nx := {\n")
	if _, err := Format(folder, true, &out); err == nil {
		t.Error("a broken file is formatted")
	}
}

// A vocabulary adds words; without it they are mistakes.
func TestVocabulary(t *testing.T) {
	s := newShipped(t).untested()
	s.rego["own.rego"] = &fstest.MapFile{Data: []byte(own("treat_with", `"level": "content", "rule": "own", "treatments": ["vault"]`,
		"some finding in input.content.findings", `finding.detector == "house-number"`, `finding.category == "building"`))}
	if _, err := Build(context.Background(), s.source(), BuildOptions{}); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three mistakes: %v", err)
	}
	v := Vocabulary{Detectors: []string{"house-number"}, Categories: []string{"building"}, Treatments: []string{"vault", "tls"}}
	if _, err := Build(context.Background(), s.source(), BuildOptions{Vocabulary: v, Deadline: 10 * time.Second}); err != nil {
		t.Error(err)
	}
}

// Any bytes are a document or a mistake, a document means the same in YAML and
// in JSON, and JSON is what encoding/json takes for it.
func FuzzReadData(f *testing.F) {
	for _, seed := range []string{"a: 1\nb: [x, 'y']\n", `{"a": {"b": [1, 2.5, true, null, "x"]}}`, "- a\n- b: c\n", "a: |\n  text\n", "? x\n: y", "a: &x 1\nb: *x", "{", "<<: 1", "2026-01-01: x", "a: !!binary x", "\t", "{\"a\\u00e9\": \"\\ud800\xff\\\"\",\n\"b\": [-1.5e3, [], {}]} ", "---\n---\na: 1", `{"partners": {"a.example": {"name": "A", "match": ["x", {"y": 1}]}, "b": [2], "c": {"name": "C", "name2": 3}}, "z": {"partners": {}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, name := range []string{"x.yaml", "x.json"} {
			var mistakes Mistakes
			n := readData(name, content, nil, &mistakes)
			if n == nil {
				if len(mistakes) == 0 {
					t.Fatalf("%s: neither a document nor a mistake", name)
				}
				continue
			}
			if name == "x.json" && len(mistakes) == 0 {
				var want any
				d := json.NewDecoder(bytes.NewReader(content))
				d.UseNumber()
				if err := d.Decode(&want); err != nil {
					t.Fatalf("taken for JSON: %v", err)
				}
				if diff := cmp.Diff(want, n.plain()); diff != "" {
					t.Fatal(diff)
				}
			}
			text, err := json.Marshal(n.plain())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if partners := n.get("partners"); partners != nil && len(mistakes) == 0 {
				sameOneByOne(t, name, content, partners.value)
			}
			var again Mistakes
			if m := readData("x.json", text, nil, &again); m == nil || len(again) > 0 {
				t.Fatalf("%s: %s isn't read again: %v", name, text, again)
			}
		}
	})
}

// sameOneByOne makes sure that partners that are handed over one by one are those
// of the document.
func sameOneByOne(t *testing.T, name string, content []byte, partners *node) {
	t.Helper()
	var mistakes Mistakes
	var got []any
	root := readData(name, content, func(f field) { got = append(got, f.name, f.at, f.value.plain()) }, &mistakes)
	for _, f := range root.get("partners").value.fields { // YAML's
		got = append(got, f.name, f.at, f.value.plain())
	}
	var want []any
	for _, f := range partners.fields {
		want = append(want, f.name, f.at, f.value.plain())
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(position{})); diff != "" || len(mistakes) > 0 {
		t.Fatal(diff, mistakes)
	}
}
