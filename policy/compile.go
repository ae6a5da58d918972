package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// source is the Rego of one generation.
type source struct {
	rules map[string]*ast.Module // by file name
	tests map[string]*ast.Module // *_test.rego
	text  map[string][]byte      // of both
}

// Limits of what is loaded.
const (
	maxPolicyFiles = 1000
	maxFile        = 256 << 20 // bytes
)

func readFile(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return fs.ReadFile(files, name)
}

// loadSource reads and parses every *.rego of the folder.
func loadSource(files fs.FS, mistakes *Mistakes) (*source, error) {
	s := &source{rules: map[string]*ast.Module{}, tests: map[string]*ast.Module{}, text: map[string][]byte{}}
	if files == nil {
		return s, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case hidden(name) && d.IsDir():
			return fs.SkipDir
		case hidden(name) || d.IsDir() || path.Ext(name) != ".rego":
			return nil
		case len(s.text) >= maxPolicyFiles:
			return fmt.Errorf("more than %d files", maxPolicyFiles)
		}
		text, err := readFile(files, name)
		if err != nil {
			return err
		}
		s.parse(name, text, mistakes)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading policy: %w", err)
	}
	return s, nil
}

func (s *source) parse(name string, text []byte, mistakes *Mistakes) {
	s.text[name] = text
	// Parsing is done with all builtins known, so that a forbidden one is
	// named by the compiler.
	m, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
	if err != nil {
		addRegoErrors(name, err, mistakes)
		return
	}
	if m == nil {
		mistakes.add(name, position{line: 1}, "", "the file is empty")
		return
	}
	if strings.HasSuffix(name, "_test.rego") {
		s.tests[name] = m
		return
	}
	s.rules[name] = m
	// The compiler would take these out without a word.
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if e.IsCall() && e.Operator().String() == ast.Print.Name {
			mistakes.add(name, position{line: e.Location.Row, col: e.Location.Col}, noOutput, "undefined function print")
		}
		return false
	})
}

// reads reports whether a rule or test may look for data.sealpost.NAME.
func (s *source) reads(name ast.String) (found bool) {
	for _, modules := range []map[string]*ast.Module{s.rules, s.tests} {
		for _, m := range modules {
			references(m, func(r ast.Ref) {
				r = r.ConstantPrefix()
				ours := len(r) < 2 || asString(r[1]) == "sealpost"
				if r[0].Equal(ast.DefaultRootDocument) && ours && (len(r) < 3 || asString(r[2]) == name) {
					found = true
				}
			})
		}
	}
	return found
}

// capabilities are OPA's own without everything that reaches outside, isn't
// the same at each call, or writes a message's facts somewhere.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		if b.Nondeterministic || slices.Contains([]string{"print", "internal.print", "trace", "rego.parse_module"}, b.Name) {
			return true
		}
		for _, family := range []string{"http.", "net.lookup", "rand.", "uuid.", "io.jwt.", "crypto.x509.", "opa.", "providers."} {
			if strings.HasPrefix(b.Name, family) {
				return true
			}
		}
		return false
	})
	c.AllowNet = []string{}
	return c
}

// compile checks and compiles the rules, without their tests.
func compile(modules map[string]*ast.Module, vocabulary Vocabulary, mistakes *Mistakes) *ast.Compiler {
	c := newCompiler(vocabulary)
	if c.Compile(copies(modules)); c.Failed() {
		addRegoErrors("", c.Errors, mistakes)
		return nil
	}
	return c
}

func newCompiler(vocabulary Vocabulary) *ast.Compiler {
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, InputSchema(vocabulary))
	return ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithSchemas(schemas).
		WithUseTypeCheckAnnotations(false).SetErrorLimit(0)
}

// copies are for a compiler, which changes the modules that it gets.
func copies(sets ...map[string]*ast.Module) map[string]*ast.Module {
	all := map[string]*ast.Module{}
	for _, modules := range sets {
		for name, m := range modules {
			all[name] = m.Copy()
		}
	}
	return all
}

// addRegoErrors turns OPA's errors into mistakes.
func addRegoErrors(file string, err error, mistakes *Mistakes) {
	var list ast.Errors
	if one := (*ast.Error)(nil); !errors.As(err, &list) {
		if !errors.As(err, &one) {
			mistakes.add(file, position{}, "", "%v", err)
			return
		}
		list = ast.Errors{one}
	}
	for _, e := range list {
		m := Mistake{File: file, Text: e.Message}
		if e.Location != nil {
			if e.Location.File != "" {
				m.File = e.Location.File
			}
			m.Line, m.Col = e.Location.Row, e.Location.Col
		}
		m.Hint = regoHint(e)
		*mistakes = append(*mistakes, m)
	}
}

const noOutput = "policies have no network, no clock, no randomness and no output of their own"

func regoHint(e *ast.Error) string {
	if d, ok := e.Details.(*ast.RefErrInvalidDetail); ok && d.Pos < len(d.Ref) {
		word, isText := d.Ref[d.Pos].Value.(ast.String)
		var known []string
		for _, v := range d.OneOf {
			if s, ok := v.(ast.String); ok {
				known = append(known, string(s))
			}
		}
		if isText {
			return didYouMean(string(word), known)
		}
	}
	if d, ok := e.Details.(*ast.ArgErrDetail); ok {
		return strings.Join(d.Lines(), ", ")
	}
	if name, ok := strings.CutPrefix(e.Message, "undefined function "); ok {
		if slices.ContainsFunc(ast.DefaultBuiltins[:], func(b *ast.Builtin) bool { return b.Name == name }) {
			return noOutput
		}
	}
	return ""
}
