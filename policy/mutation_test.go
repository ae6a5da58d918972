package policy

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mutant is a file of the shipped policy with one mistake planted in it.
type mutant struct {
	file, kind, what string
	line             int // where it stands; 0: anywhere
	text             string
}

// misspelt is a word with two letters exchanged, or one more.
func misspelt(word string) string {
	for i := len(word) / 2; i+1 < len(word); i++ {
		if word[i] != word[i+1] && word[i] >= 'a' && word[i+1] >= 'a' {
			return word[:i] + word[i+1:i+2] + word[i:i+1] + word[i+2:]
		}
	}
	return word + "x"
}

// planter plants mistakes in one file.
type planter struct {
	file, text string
	mutants    []mutant
	seen       map[string]bool
}

func (p *planter) put(kind string, at *ast.Location, old, with string) {
	begin := -1
	if at != nil && at.Offset <= len(p.text) {
		begin = strings.Index(p.text[at.Offset:], old)
	}
	key := fmt.Sprint(kind, at, old)
	if begin < 0 || begin > 1 || p.seen[key] { // 1: a quotation mark or dot
		return
	}
	p.seen[key] = true
	begin += at.Offset
	p.mutants = append(p.mutants, mutant{file: p.file, kind: kind, what: old + " -> " + with, line: at.Row,
		text: p.text[:begin] + with + p.text[begin+len(old):]})
}

// plant makes all mutants of a file.
func plant(file, text string, words []string) []mutant {
	p := &planter{file: file, text: text, seen: map[string]bool{}}
	m := ast.MustParseModuleWithOpts(text, ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
	for _, r := range m.Rules {
		name := r.Head.Ref()[0].String()
		if topicSets()[name] != nil && r.Head.RuleKind() == ast.MultiValue {
			p.put("set", r.Head.Location, name, misspelt(name))
		}
		p.element(r)
		p.references(r)
		p.words(r, words)
	}
	p.metadata()
	p.insert()
	return p.mutants
}

// references misspells each name in what a rule refers to.
func (p *planter) references(r *ast.Rule) {
	ast.WalkTerms(r.Body, p.reference)
	ast.WalkTerms(r.Head, p.reference)
	if r.Else != nil {
		p.references(r.Else)
	}
}

func (p *planter) reference(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	if !ok {
		return false
	}
	if len(ref) > 1 && slices.ContainsFunc(ast.DefaultBuiltins[:], func(b *ast.Builtin) bool { return b.Name == ref.String() }) {
		p.put("function", t.Location, ref.String(), misspelt(ref.String()))
		return false
	}
	for _, e := range ref[1:] {
		if name, ok := e.Value.(ast.String); ok {
			p.put("field", e.Location, string(name), misspelt(string(name)))
		}
	}
	return false
}

// words misspells each word that is one of the vocabulary.
func (p *planter) words(r *ast.Rule, known []string) {
	ast.WalkTerms(r.Body, func(t *ast.Term) bool {
		if s, ok := t.Value.(ast.String); ok && slices.Contains(known, string(s)) && strings.HasPrefix(p.text[t.Location.Offset:], `"`) {
			p.put("word", t.Location, string(s), misspelt(string(s)))
		}
		return false
	})
	for _, t := range []*ast.Term{r.Head.Key, r.Head.Value} {
		if t == nil {
			continue
		}
		ast.WalkTerms(t, func(t *ast.Term) bool {
			if s, ok := t.Value.(ast.String); ok && t.Location != nil && slices.Contains(known, string(s)) && strings.HasPrefix(p.text[t.Location.Offset:], `"`) {
				p.put("word", t.Location, string(s), misspelt(string(s)))
			}
			return false
		})
	}
}

// element misspells the keys and the id of what a topic adds to a set.
func (p *planter) element(r *ast.Rule) {
	if r.Head.Key == nil {
		return
	}
	element, ok := r.Head.Key.Value.(ast.Object)
	if !ok {
		return
	}
	element.Foreach(func(k, v *ast.Term) {
		p.put("key", k.Location, string(asString(k)), misspelt(string(asString(k))))
		if id := string(asString(v)); id != "" && asString(k) == "rule" {
			p.put("id", v.Location, id, misspelt(id))
		}
	})
}

var ruleMetadata = regexp.MustCompile(`(?m)^#\s+(title|description|custom|id):`)

// metadata misspells the keys of each rule's METADATA.
func (p *planter) metadata() {
	for i, block := range strings.Split(p.text, "# METADATA") {
		comment, _, _ := strings.Cut(block, "\n\n")
		if i == 0 || strings.Contains(comment, "scope: package") || !strings.Contains(comment, "id:") {
			continue
		}
		begin := strings.Index(p.text, block)
		for _, at := range ruleMetadata.FindAllStringSubmatchIndex(comment, -1) {
			word := comment[at[2]:at[3]]
			p.mutants = append(p.mutants, mutant{file: p.file, kind: "metadata", what: word + " -> " + misspelt(word),
				text: p.text[:begin+at[2]] + misspelt(word) + p.text[begin+at[3]:]})
		}
	}
}

// inserted are conditions that no rule may have.
var inserted = map[string]string{
	"clock":    "time.now_ns() > 0",
	"network":  `http.send({"method": "get", "url": "https://a.example"}).status_code == 200`,
	"random":   `rand.intn("x", 10) < 5`,
	"output":   `print("x")`,
	"search":   "some planted in data.sealpost.partners",
	"search 2": "some planted, _ in data.sealpost.public_providers",
	"search 3": "input.recipient.domain in object.keys(data.sealpost.partners)",
	"search 4": "every planted in data.sealpost.partners { planted.name != \"\" }",
	"walk":     "walk(data.sealpost.partners, [_, \"x\"])",
	"object":   "planted_function(input.content)",
	"object 2": "some planted in input.content.findings\n\tplanted_function(planted)",
	"object 3": `planted_function({"m": input.message})`,
	"problem":  "some planted in input.content.parts\n\t\"encrypetd\" in planted.problems",
}

// insert puts them into the rules with a body of several lines.
func (p *planter) insert() {
	kinds := slices.Sorted(maps.Keys(inserted))
	for at, n := 0, 0; ; n++ {
		i := strings.Index(p.text[at:], " if {\n")
		if i < 0 {
			return
		}
		at += i + len(" if {\n")
		line := strings.Count(p.text[:at], "\n") + 1
		for i, kind := range kinds {
			if (i+n+len(p.file))%2 > 0 {
				continue // every other one, for the test's time
			}
			text := p.text[:at] + "\t" + inserted[kind] + "\n" + p.text[at:] + "\nplanted_function(x) := x.count\n"
			if !strings.HasPrefix(kind, "object") {
				text = p.text[:at] + "\t" + inserted[kind] + "\n" + p.text[at:]
			}
			p.mutants = append(p.mutants, mutant{file: p.file, kind: kind, what: inserted[kind], line: line + strings.Count(inserted[kind], "\n"), text: text})
		}
	}
}

// vocabularyWords are all words that fields of the input hold.
func vocabularyWords() (all []string) {
	v := Vocabulary{}.all()
	for _, words := range v.enums() {
		all = append(all, words...)
	}
	all = append(all, words(Classes())...)
	all = append(all, v.treatmentNames()...)
	return slices.DeleteFunc(all, func(w string) bool { return len(w) < 3 })
}

// Each of several hundred mistakes, planted one at a time and by rule into the
// shipped policies, is refused at load, in the right file and, where it stands in one
// place, in the right line.
func TestPlantedMistakes(t *testing.T) {
	s := newShipped(t).untested()
	words := vocabularyWords()
	var all []mutant
	for _, file := range slices.Sorted(maps.Keys(s.rego)) {
		all = append(all, plant(file, string(s.rego[file].Data), words)...)
	}
	if len(all) < 200 {
		t.Fatalf("only %d mistakes are planted", len(all))
	}
	kinds, how := map[string]int{}, map[string]int{}
	var mu sync.Mutex
	var work sync.WaitGroup
	next := make(chan mutant)
	for range 4 {
		work.Go(func() {
			check := newChecker(t, s)
			for m := range next {
				by, err := check.refused(m)
				mu.Lock()
				kinds[m.kind]++
				how[by]++
				mu.Unlock()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, m := range all {
		next <- m
	}
	close(next)
	work.Wait()
	t.Logf("%d planted: %v; refused by %v", len(all), kinds, how)
}

// checker loads mutants; what they share is parsed once.
type checker struct {
	source *source
	data   *data
	files  shipped
}

func newChecker(t *testing.T, s shipped) *checker {
	t.Helper()
	c := &checker{files: newShipped(t)}
	var mistakes Mistakes
	var err error
	if c.source, err = loadSource(s.rego, &mistakes); err != nil || len(mistakes) > 0 {
		t.Fatal(err, mistakes)
	}
	if c.data, err = loadData(Source{Data: s.data, LocalDomains: []string{"home.example"}}, true, &mistakes); err != nil || len(mistakes) > 0 {
		t.Fatal(err, mistakes)
	}
	return c
}

// refused says by what a mutant is refused.
func (c *checker) refused(m mutant) (by string, err error) {
	var mistakes Mistakes
	src := &source{rules: maps.Clone(c.source.rules), tests: map[string]*ast.Module{}, text: maps.Clone(c.source.text)}
	src.parse(m.file, []byte(m.text), &mistakes)
	l := &loaded{source: src, data: c.data, words: Vocabulary{}.all()}
	compiles := false
	if l.compiler, compiles = compile(src.rules, Vocabulary{}, &mistakes); l.compiler != nil {
		lint(l, &mistakes)
	}
	if len(mistakes) == 0 {
		rego := maps.Clone(c.files.rego)
		rego[m.file] = &fstest.MapFile{Data: []byte(m.text)}
		source := Source{Policy: rego, Data: withPartners(c.files.data), LocalDomains: []string{"home.example"}}
		if _, err := Build(context.Background(), source, BuildOptions{Deadline: 10 * time.Second, RunTests: true}); err == nil {
			return "nothing", fmt.Errorf("%s:%d: %s: %s: not refused", m.file, m.line, m.kind, m.what)
		}
		return "its samples and tests", nil
	}
	if m.line > 0 && !slices.ContainsFunc(mistakes, func(x Mistake) bool { return x.File == m.file && near(x.Line, m.line) }) {
		return "wrong place", fmt.Errorf("%s:%d: %s: %s: refused elsewhere:\n%v", m.file, m.line, m.kind, m.what, mistakes)
	}
	if !compiles {
		return "the compiler", nil
	}
	return "our own checks", nil
}

// near allows for what the compiler says of a rule as a whole.
func near(line, planted int) bool { return line <= planted && planted-line <= 12 }

// withPartners has a partner of each level, so that each is tried.
func withPartners(data fstest.MapFS) fs.FS {
	data = maps.Clone(data)
	delete(data, "organisation.yaml")
	data["partners.yaml"] = &fstest.MapFile{Data: []byte("partners:\n" +
		"  a.example: {name: A, level: tls}\n  b.example: {name: B, level: verified-tls}\n  c.example: {name: C, level: partner-tls}\n" +
		"  d.example: {name: D, level: content}\n  e.example: {name: E, level: forbidden}\n")}
	return data
}

// labelFields are the keys of labels.yaml that are no labels.
var labelFields = []string{"labels", "class", "demands", "local", "partner", "business"}

// Each key of the shipped lists, misspelt, is refused.
func TestPlantedInData(t *testing.T) {
	key := regexp.MustCompile(`(?m)^\s*([a-z_]{3,}):`)
	planted := 0
	for name, file := range newShipped(t).data {
		text := string(file.Data)
		for _, at := range key.FindAllStringSubmatchIndex(text, -1) {
			s := newShipped(t).untested()
			word := text[at[2]:at[3]]
			if name == "labels.yaml" && !slices.Contains(labelFields, word) {
				continue // a label: people choose what they call theirs
			}
			s.data[name] = &fstest.MapFile{Data: []byte(text[:at[2]] + misspelt(word) + text[at[3]:])}
			if _, err := load(s.source(), Vocabulary{}); err == nil {
				t.Errorf("%s: %s -> %s: not refused", name, word, misspelt(word))
			}
			planted++
		}
	}
	if planted < 8 {
		t.Errorf("only %d planted", planted)
	}
}

// What changes nothing is not refused: the same places, edited without a mistake.
func TestHarmlessEdits(t *testing.T) {
	s := newShipped(t).untested()
	check := newChecker(t, s)
	locals := regexp.MustCompile(`\b(finding|exception|part|subject|chosen)\b`)
	edits := map[string]func(string) string{
		"comments": func(text string) string {
			return strings.ReplaceAll(text, " if {\n", " if { # whatever\n\t# input.adress\n")
		},
		"renamed variables": func(text string) string {
			if strings.Contains(text, "package sealpost.topic.secure_subject") || strings.Contains(text, "package sealpost.topic.exceptions") ||
				strings.Contains(text, "finding.part") {
				return text // there the words are names of fields, too
			}
			return locals.ReplaceAllString(text, "renamed_$1")
		},
		"order of rules": func(text string) string {
			head, rules, _ := strings.Cut(text, "\n# METADATA\n# title")
			if !strings.Contains(head, "\npackage ") || strings.Contains(text, "package sealpost.seen") {
				return text // it has only helpers
			}
			blocks := strings.Split(rules, "\n# METADATA\n# title")
			last := len(blocks) - 1
			if i := strings.Index(blocks[last], "\n}\n\n"); i >= 0 { // helpers stay behind it
				blocks[last], head = blocks[last][:i+3], head+"\n"+blocks[last][i+3:]
			}
			slices.Reverse(blocks)
			return head + "\n# METADATA\n# title" + strings.Join(blocks, "\n# METADATA\n# title")
		},
		"another rule": func(text string) string { return text + "\nunused_helper := count(input.content.findings)\n" },
		"look-up": func(text string) string {
			return text + "\nname := data.sealpost.partners[input.recipient.domain].name\n"
		},
		"look-up by variable": func(text string) string {
			return text + "\nname := p.name if {\n\tsome f in input.content.findings\n\tdomain := concat(\".\", [f.part, \"example\"])\n\tp := data.sealpost.partners[domain]\n}\n"
		},
		"scalar arguments": func(text string) string {
			return text + "\nown(x) := x > 3\n\nmany if {\n\tsome f in input.content.findings\n\town(f.count)\n\tlower(f.category) == \"health\"\n\tstartswith(f.detector, \"de-\")\n}\n"
		},
		"problems": func(text string) string {
			return text + "\nsealed if {\n\tsome p in input.content.parts\n\t\"encrypted\" in p.problems\n}\n"
		},
	}
	for name, edit := range edits {
		for file, content := range s.rego {
			m := mutant{file: file, text: edit(string(content.Data))}
			var mistakes Mistakes
			src := &source{rules: maps.Clone(check.source.rules), tests: map[string]*ast.Module{}, text: maps.Clone(check.source.text)}
			src.parse(m.file, []byte(m.text), &mistakes)
			l := &loaded{source: src, data: check.data, words: Vocabulary{}.all()}
			if l.compiler, _ = compile(src.rules, Vocabulary{}, &mistakes); l.compiler != nil {
				lint(l, &mistakes)
			}
			if len(mistakes) > 0 {
				t.Errorf("%s: %s: %v", file, name, mistakes)
			}
		}
	}
}

// Several mistakes of different kinds, in several files, are all said at once.
func TestAllAtOnce(t *testing.T) {
	s := newShipped(t)
	s.rego["a.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.a\n\nx if input.recipient.kind == \"locl\"\n\ny if input.recipient.knd == \"local\"\n")}
	s.rego["b.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.b\n\nx if time.now_ns() > 0\n\ny if fuond\n\nz if some p in data.sealpost.partners\n")}
	s.rego["c.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.c\n\nx if {{\n")}
	s.data["own.yaml"] = &fstest.MapFile{Data: []byte("partner: {}\n")}
	_, err := load(s.source(), Vocabulary{})
	if err == nil {
		t.Fatal("not refused")
	}
	for _, want := range []string{"a.rego:3:", "a.rego:5:", "b.rego:3:", "b.rego:5:", "b.rego:7:", "c.rego:", "data/own.yaml:1:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "main.rego") || strings.Contains(err.Error(), "health_data.rego") {
		t.Errorf("what is right is refused, too:\n%v", err)
	}
}

// An operator's own table may be searched while it is short.
func TestOwnTables(t *testing.T) {
	for entries, refused := range map[int]bool{manyEntries: false, manyEntries + 1: true} {
		for _, form := range []string{"object", "list"} {
			s := newShipped(t).untested()
			var b strings.Builder
			b.WriteString("own:\n")
			for i := range entries {
				if form == "list" {
					fmt.Fprintf(&b, "  - e%d\n", i)
				} else {
					fmt.Fprintf(&b, "  e%d: 1\n", i)
				}
			}
			s.data["own.yaml"] = &fstest.MapFile{Data: []byte(b.String())}
			s.rego["own.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.own\n\nx if some e in data.sealpost.own\n")}
			_, err := load(s.source(), Vocabulary{})
			if (err != nil) != refused {
				t.Errorf("a %s of %d: %v", form, entries, err)
			}
		}
	}
}
