package policy

import (
	"context"
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
)

// The tables in docs/policies.md are those of the Go structs, with their
// comments.
func TestReference(t *testing.T) {
	const file = "../docs/policies.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, structure := range map[string]reflect.Type{"input": reflect.TypeFor[Input](), "answer": reflect.TypeFor[answer]()} {
		begin, end := "<!-- "+name+": generated -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for %s", file, name)
		}
		r := reference{words: Vocabulary{}.all(), comments: comments(t)}
		r.rows("", structure)
		want = before + begin + "\n| field | type | meaning |\n|---|---|---|\n" + r.table.String() + "\n" + end + after
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s isn't current, run the test with -update: %s", file, diff)
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
	table    strings.Builder
	words    vocabulary
	comments map[string]string
}

func (r *reference) rows(prefix string, t reflect.Type) {
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
		kind := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "boolean", reflect.Int: "number", reflect.Int64: "number"}[inner.Kind()]
		if kind == "" {
			kind = "object"
		}
		if inner == timeType {
			kind = "text"
		}
		if list != "" {
			kind = "list of " + kind
		}
		if optional {
			kind += ", may be missing"
		}
		meaning := r.comments[t.Name()+"."+f.Name]
		if words := r.words.enum(f); words != nil && len(words) < 20 {
			if strings.Contains(meaning, words[0]) {
				meaning = "" // it lists them already
			}
			meaning = strings.TrimPrefix(meaning+": ", ": ") + "`" + strings.Join(words, "` `") + "`"
			meaning = strings.ReplaceAll(meaning, "``", "`\"\"`")
		}
		fmt.Fprintf(&r.table, "| `%s%s%s` | %s | %s |\n", prefix, name, list, kind, strings.ReplaceAll(meaning, "|", "\\|"))
		if inner.Kind() == reflect.Struct && inner != timeType {
			r.rows(prefix+name+list+".", inner)
		}
	}
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
