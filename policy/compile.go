package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/open-policy-agent/opa/v1/ast"
)

// source is the Rego of one generation.
type source struct {
	rules map[string]*ast.Module // by file name
	tests map[string]*ast.Module // *_test.rego
	text  map[string][]byte      // of both
	// broken says that some file could not be parsed: what is missing may
	// stand there.
	broken bool
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
		s.broken = true
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

// ids are those that the rules' METADATA give, sorted.
func (s *source) ids() (ids []string) {
	for _, m := range s.rules {
		for _, a := range annotations(m) {
			if id, ok := a.Custom["id"].(string); ok {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
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

// compile checks and compiles the rules, without their tests. Rules that don't
// compile are mistakes, and what is returned is good for looking at only.
func compile(modules map[string]*ast.Module, vocabulary Vocabulary, mistakes *Mistakes) (c *ast.Compiler, ok bool) {
	all := false // that the compiler looks for
	c = newCompiler(vocabulary).WithStageAfterID(ast.StageCheckTypes, ast.CompilerStageDefinition{
		Name: "all", MetricName: "all", Stage: func(*ast.Compiler) *ast.Error { all = true; return nil }})
	if c.Compile(copies(modules)); !c.Failed() {
		return c, true
	}
	addRegoErrors("", c.Errors, mistakes)
	if !all {
		compileRest(modules, c.Errors, vocabulary, mistakes)
	}
	lenient := ast.NewCompiler().WithCapabilities(capabilities()).WithSkipStages(refusing()...)
	if lenient.Compile(copies(modules)); lenient.Failed() {
		return nil, false
	}
	return lenient, false
}

// compileRest looks for mistakes that the compiler didn't get to, because it
// stops at some: it leaves out the rules that are wrong and compiles the rest.
// What speaks of those rules is no mistake then.
func compileRest(modules map[string]*ast.Module, wrong ast.Errors, vocabulary Vocabulary, mistakes *Mistakes) {
	const rounds = 8
	rest, missing := copies(modules), map[string]bool{}
	for range rounds {
		if !leaveOut(rest, wrong, missing) {
			return
		}
		c := newCompiler(vocabulary)
		c.Compile(copies(rest))
		wrong = c.Errors
		addRegoErrors("", slices.DeleteFunc(slices.Clone(wrong), func(e *ast.Error) bool {
			return slices.ContainsFunc(strings.FieldsFunc(e.Message, notInName), func(word string) bool { return missing[word] })
		}), mistakes)
	}
}

func notInName(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }

// leaveOut takes the rules out that errors stand in, and adds their names to
// missing. It reports whether there were any.
func leaveOut(modules map[string]*ast.Module, wrong ast.Errors, missing map[string]bool) (any bool) {
	for _, e := range wrong {
		if e.Location == nil || modules[e.Location.File] == nil {
			continue
		}
		m := modules[e.Location.File]
		at := -1
		for i, r := range m.Rules {
			if r.Location.Row <= e.Location.Row && (at < 0 || r.Location.Row >= m.Rules[at].Location.Row) {
				at = i
			}
		}
		if at >= 0 {
			missing[m.Rules[at].Head.Ref()[0].String()] = true
			m.Rules = slices.Delete(m.Rules, at, at+1)
			any = true
		}
	}
	return any
}

// refusing are the compiler's stages that find mistakes and change nothing, or
// nothing that matters to somebody who only looks.
func refusing() []ast.StageID {
	return []ast.StageID{
		ast.StageCheckUnusedImports, ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports, ast.StageCheckVoidCalls,
		ast.StageCheckRuleConflicts, ast.StageCheckUndefinedFuncs, ast.StageCheckSafetyRuleHeads, ast.StageCheckSafetyRuleBodies,
		ast.StageCheckRecursion, ast.StageCheckTypes, ast.StageCheckUnsafeBuiltins, ast.StageCheckDeprecatedBuiltins,
		ast.StageBuildRuleIndices, ast.StageBuildComprehensionIndices,
	}
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
