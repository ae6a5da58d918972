package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/rego"
)

// docs/policy-reference.md is made from the Go structs, their comments and
// testdata/reference/input.json, which holds a value for each field. Each
// example on the page is a condition that loads and holds for that input.
func TestReference(t *testing.T) {
	const file = "../docs/policy-reference.md"
	sample, err := os.ReadFile("testdata/reference/input.json")
	if err != nil {
		t.Fatal(err)
	}
	var in any
	if err := json.Unmarshal(sample, &in); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(sample))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&Input{}); err != nil {
		t.Fatalf("testdata/reference/input.json: %v", err)
	}
	r := reference{t: t, words: Vocabulary{}.all(), comments: comments(t)}
	r.rows("input", reflect.TypeFor[Input](), in)
	fields := r.table.String()
	r.table.Reset()
	r.rows("", reflect.TypeFor[answer](), nil)
	want := fmt.Sprintf(referencePage, fields, wordLists(r.words), r.table.String(), sample)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s isn't current, run make generate: %s", file, diff)
	}
	r.hold(in)
}

const referencePage = "# What policies read and answer\n\n" +
	"<!-- Made by `go generate ./policy` from the Go structs; the examples are those of policy/testdata/reference/input.json. -->\n\n" +
	"`input` is what a policy sees for one recipient. Lists are never missing, but may be empty. Each example is a condition that holds for the message at\n" +
	"the end of this page. A field that isn't here, or a word that a field never holds, is refused when a policy is loaded.\n\n" +
	"## Input\n\n| field | type | meaning | example |\n|---|---|---|---|\n%s\n" +
	"## Words\n\n%s\n" +
	"## Answer\n\n`data.sealpost.main.decision`, made by `main.rego`, checked by the gateway.\n\n| field | type | meaning |\n|---|---|---|\n%s\n" +
	"## The message of the examples\n\n```json\n%s```\n"

// wordLists are those that are too long for the table.
func wordLists(v vocabulary) string {
	var b strings.Builder
	for _, list := range []struct {
		of    string
		words []string
	}{{"content.findings[].detector", v.detectors}, {"content.parts[].problems[]", v.problems}} {
		fmt.Fprintf(&b, "`%s`: `%s`\n\n", list.of, strings.Join(slices.Sorted(slices.Values(list.words)), "` `"))
	}
	return b.String()
}

// hold makes sure that each example is true of the sample, in a policy that
// loads.
func (r *reference) hold(in any) {
	r.t.Helper()
	var policy strings.Builder
	policy.WriteString("package sealpost.topic.examples\n")
	for i, example := range r.examples {
		fmt.Fprintf(&policy, "\nexample_%d if {\n\t%s\n}\n", i, strings.ReplaceAll(example, "; ", "\n\t"))
	}
	s := newShipped(r.t).untested()
	s.rego["examples.rego"] = &fstest.MapFile{Data: []byte(policy.String())}
	l, err := load(s.source(), Vocabulary{})
	if err != nil {
		r.t.Fatalf("the examples don't load: %v\n%s", err, policy.String())
	}
	for i, example := range r.examples {
		results, err := rego.New(rego.Query(fmt.Sprintf("data.sealpost.topic.examples.example_%d", i)), rego.Compiler(l.compiler), rego.Input(in)).Eval(context.Background())
		if err != nil || len(results) != 1 {
			r.t.Errorf("the example doesn't hold: %s (%v)", example, err)
		}
	}
}

// The example in docs/policies.md is a policy that loads and passes its test.
func TestDocumentedExample(t *testing.T) {
	text, err := os.ReadFile("../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newShipped(t).untested()
	for i, block := range strings.Split(string(text), "```rego\n")[1:] {
		code, _, _ := strings.Cut(block, "```")
		s.rego[[]string{"board.rego", "board_test.rego"}[i]] = &fstest.MapFile{Data: []byte(code)}
	}
	s.data["board.yaml"] = &fstest.MapFile{Data: []byte("board: {senders: [office@home.example]}\n")}
	result, err := Test(context.Background(), s.source(), TestOptions{}, io.Discard)
	if err != nil || result.Passed != 1 || result.Failed != 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

type reference struct {
	t        *testing.T
	table    strings.Builder
	words    vocabulary
	comments map[string]string
	examples []string
}

// rows adds the fields of a struct. sample is its value in the example, nil
// where no examples are shown.
func (r *reference) rows(prefix string, t reflect.Type, sample any) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, optional := jsonField(f)
		inner, list := f.Type, ""
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice && inner.Elem().Kind() != reflect.Uint8 {
			if inner.Kind() == reflect.Slice {
				list = "[]"
			}
			inner = inner.Elem()
		}
		path := strings.TrimPrefix(prefix+"."+name, ".") + list
		value := r.value(path, sample, name, list != "")
		fmt.Fprintf(&r.table, "| `%s` | %s | %s |", strings.TrimPrefix(path, "input."), kindOfField(inner, list, optional), r.meaning(t, f))
		nested := inner.Kind() == reflect.Struct && inner != timeType
		if sample != nil {
			example := ""
			if !nested {
				example = conditionOn(path, value)
				r.examples = append(r.examples, example)
				example = "`" + strings.ReplaceAll(example, "|", "\\|") + "`"
			}
			fmt.Fprintf(&r.table, " %s |", example)
		}
		fmt.Fprintln(&r.table)
		if nested {
			r.rows(path, inner, value)
		}
	}
}

// value is a field's in the example; of a list its first entry.
func (r *reference) value(path string, sample any, name string, list bool) any {
	if sample == nil {
		return nil
	}
	value, ok := sample.(map[string]any)[name]
	if all, isList := value.([]any); list && isList && len(all) > 0 {
		value = all[0]
	} else if list {
		ok = false
	}
	if !ok || value == "" || value == false {
		r.t.Fatalf("testdata/reference/input.json has no value for %s: add one", path)
	}
	return value
}

// conditionOn is a condition on a field that holds for its value in the example.
func conditionOn(path string, value any) string {
	text, comparison := fmt.Sprint(value), "=="
	if s, ok := value.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if _, ok := value.(float64); ok {
		comparison, text = ">=", fmt.Sprintf("%.0f", value)
	}
	before, field, inList := strings.Cut(path, "[]")
	switch {
	case inList && field == "":
		return fmt.Sprintf("%s in %s", text, before)
	case inList && strings.HasSuffix(field, "[]"):
		return fmt.Sprintf("some x in %s; %s in x%s", before, text, strings.TrimSuffix(field, "[]"))
	case inList:
		before, path = fmt.Sprintf("some x in %s; ", before), "x"+field
	default:
		before = ""
	}
	if value == true {
		return before + path
	}
	return fmt.Sprintf("%s%s %s %s", before, path, comparison, text)
}

func kindOfField(t reflect.Type, list string, optional bool) string {
	kind := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "boolean", reflect.Int: "number", reflect.Int64: "number"}[t.Kind()]
	if kind == "" {
		kind = "object"
	}
	if t == timeType {
		kind = "text"
	}
	if list != "" {
		kind = "list of " + kind
	}
	if optional {
		kind += ", may be missing"
	}
	return kind
}

func (r *reference) meaning(t reflect.Type, f reflect.StructField) string {
	meaning := r.comments[t.Name()+"."+f.Name]
	words := r.words.enum(f)
	if len(words) > 0 && len(words) < 20 {
		if strings.Contains(meaning, words[0]) {
			meaning = "" // it lists them already
		}
		meaning = strings.TrimPrefix(meaning+": ", ": ") + "`" + strings.Join(words, "` `") + "`"
		meaning = strings.ReplaceAll(meaning, "``", "`\"\"`")
	} else if len(words) > 0 {
		meaning = strings.TrimPrefix(meaning+"; ", "; ") + "one of the [words](#words)"
	}
	return strings.ReplaceAll(meaning, "|", "\\|")
}

// comments are those of the fields of the package's structs.
func comments(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, file := range []string{"input.go", "decision.go", "answer.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			structure, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, f := range structure.Fields.List {
				for _, name := range f.Names {
					text := strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
					all[spec.Name.Name+"."+name.Name] = strings.Join(slices.Collect(strings.FieldsSeq(text)), " ")
				}
			}
			return false
		})
	}
	return all
}
