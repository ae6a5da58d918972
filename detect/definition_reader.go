package detect

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// definitionReader reads a file of definitions and gathers what is wrong.
type definitionReader struct {
	file     string
	open     func(name string) ([]byte, error)
	known    map[string]int // line of each ID; 0 for those built in
	made     []Definition
	mistakes Mistakes
}

// definitionKeys are what a definition may hold.
var definitionKeys = []string{"id", "category", "doc", "source", "pattern", "checksum", "confidence", "context", "against", "terms", "terms_file"}

func (r *definitionReader) add(at *token.Token, path, text, hint string) {
	m := Mistake{File: r.file, Path: path, Text: text, Hint: hint}
	if at != nil && at.Position != nil {
		m.Line, m.Column = at.Position.Line, at.Position.Column
	}
	r.mistakes = append(r.mistakes, m)
}

// read reads the whole file.
func (r *definitionReader) read(data []byte) {
	if line := tooDeep(data); line > 0 {
		r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: line, Text: fmt.Sprintf("more than %d brackets or dashes are open", maxYAMLDepth)})
		return
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		m := Mistake{File: r.file, Text: "this isn't YAML: " + strings.TrimSpace(err.Error())}
		if e := yaml.Error(nil); errors.As(err, &e) {
			m.Text = "this isn't YAML: " + e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				m.Line, m.Column = t.Position.Line, t.Position.Column
			}
		}
		r.mistakes = append(r.mistakes, m)
		return
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) > 1 {
		r.add(bodies[1].GetToken(), "", "a second document begins here; want one", "")
	}
	if len(bodies) > 0 {
		r.top(bodies[0])
	}
}

func (r *definitionReader) top(n ast.Node) {
	for key, value := range r.pairs(n, "", []string{"detectors"}) {
		list, ok := value.node.(*ast.SequenceNode)
		if !ok {
			r.add(value.at, key, fmt.Sprintf("%s isn't a list; want lines that begin with \"- \"", shownNode(value.node)), "")
			continue
		}
		if len(list.Values) > maxDefinitions {
			r.add(value.at, key, fmt.Sprintf("there are %d detectors; want at most %d", len(list.Values), maxDefinitions), "")
			continue
		}
		for i, one := range list.Values {
			r.definition(one, fmt.Sprintf("detectors[%d]", i))
		}
	}
}

// field is a value with the place of its key.
type field struct {
	node ast.Node
	at   *token.Token
}

// pairs are the keys and values of a section. Keys that aren't allowed, or
// stand there twice, are mistakes.
func (r *definitionReader) pairs(n ast.Node, path string, allowed []string) map[string]field {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case nil:
	default:
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a section; want lines of the form \"key: value\"", shownNode(n)), "")
	}
	fields := map[string]field{}
	for _, v := range values {
		name, at := v.Key.GetToken().Value, v.Key.GetToken()
		full := strings.TrimPrefix(path+"."+name, ".")
		switch _, twice := fields[name]; {
		case twice:
			r.add(at, full, "the key stands here a second time", "")
		case !slices.Contains(allowed, name):
			r.add(at, full, fmt.Sprintf("%q isn't known; allowed here: %s", name, strings.Join(allowed, ", ")), meant(name, allowed))
		default:
			fields[name] = field{v.Value, at}
		}
	}
	return fields
}

// one is the reading of one definition.
type one struct {
	*definitionReader
	path   string
	fields map[string]field
}

func (r *definitionReader) definition(n ast.Node, path string) {
	before := len(r.mistakes)
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a section; want lines of the form \"key: value\"", shownNode(n)), "")
		return
	}
	o := one{r, path, r.pairs(n, path, definitionKeys)}
	start := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		start = m.Values[0].Key.GetToken()
	} else if m, ok := n.(*ast.MappingValueNode); ok {
		start = m.Key.GetToken()
	}
	d := detector{Mask: dots, Source: "the operator's own definition"}
	d.ID = o.id(start)
	d.Category = o.choice("category", []string{Personal, Financial, Health, Secret, Contact, Own}, "", start)
	if d.Doc = o.text("doc", ""); d.Doc == "" && o.fields["doc"].node == nil {
		o.missing("doc", start)
	}
	d.Source = o.text("source", d.Source)
	d.TermGrade = gradeOf(o.choice("confidence", confidenceNames, Medium, start))
	d.Context, d.Against = o.list("context"), o.list("against")
	d.Terms = append(o.list("terms"), o.termsFile()...)
	checksum := o.checksum()
	o.pattern(&d, checksum)
	if d.Pattern == nil && len(d.Terms) == 0 && len(r.mistakes) == before {
		r.add(start, path, "there is nothing to look for; want a pattern, terms or terms_file", "")
	}
	if len(r.mistakes) == before {
		r.made = append(r.made, Definition{d})
	}
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (o one) id(start *token.Token) string {
	id, f := o.text("id", ""), o.fields["id"]
	if f.node == nil {
		o.missing("id", start)
		return id
	}
	line, known := o.known[id]
	switch {
	case id == "":
	case len(id) > 64 || !idForm.MatchString(id):
		o.add(f.node.GetToken(), o.path+".id", fmt.Sprintf("%q isn't an ID; want lower-case letters, digits and hyphens, at most 64", id), "")
	case known && line == 0:
		o.add(f.node.GetToken(), o.path+".id", fmt.Sprintf("the detector %q is built in; want another ID", id), "")
	case known:
		o.add(f.node.GetToken(), o.path+".id", fmt.Sprintf("the ID %q is taken; the first stands in line %d", id, line), "")
	}
	if !known {
		o.known[id] = f.at.Position.Line
	}
	return id
}

func (o one) missing(key string, start *token.Token) {
	o.add(start, o.path+"."+key, "the key "+key+" is missing", "")
}

// text is a text that stands there, or otherwise.
func (o one) text(key, otherwise string) string {
	f, ok := o.fields[key]
	if !ok {
		return otherwise
	}
	text, ok := textOf(f.node)
	if !ok || text == "" || strings.ContainsAny(text, "\n\r") {
		o.add(o.place(f), o.path+"."+key, fmt.Sprintf("%s isn't a text of one line", shownNode(f.node)), "")
		return ""
	}
	return text
}

func (o one) place(f field) *token.Token {
	if f.node == nil || f.node.GetToken() == nil {
		return f.at
	}
	return f.node.GetToken()
}

func (o one) choice(key string, allowed []string, otherwise string, start *token.Token) string {
	f, ok := o.fields[key]
	if !ok && otherwise == "" {
		o.add(start, o.path+"."+key, fmt.Sprintf("the key %s is missing; want one of %s", key, strings.Join(allowed, ", ")), "")
	}
	text := o.text(key, otherwise)
	if ok && text != "" && !slices.Contains(allowed, text) {
		o.add(o.place(f), o.path+"."+key, fmt.Sprintf("%q isn't allowed; want one of %s", text, strings.Join(allowed, ", ")), meant(text, allowed))
	}
	return text
}

// list is a list of words and phrases.
func (o one) list(key string) []string {
	f, ok := o.fields[key]
	if !ok {
		return nil
	}
	seq, ok := f.node.(*ast.SequenceNode)
	if !ok {
		o.add(o.place(f), o.path+"."+key, fmt.Sprintf("%s isn't a list; want [one, another] or lines that begin with \"- \"", shownNode(f.node)), "")
		return nil
	}
	var all []string
	for i, n := range seq.Values {
		path := fmt.Sprintf("%s.%s[%d]", o.path, key, i)
		text, ok := textOf(n)
		if !ok {
			o.add(n.GetToken(), path, fmt.Sprintf("%s isn't a text", shownNode(n)), "")
		} else if _, err := newPhrase(text); err != nil {
			o.add(n.GetToken(), path, err.Error(), "")
		} else {
			all = append(all, text)
		}
	}
	return all
}

func (o one) termsFile() []string {
	name := o.text("terms_file", "")
	if name == "" {
		return nil
	}
	f := o.fields["terms_file"]
	data, err := o.open(name)
	if err != nil {
		o.add(o.place(f), o.path+".terms_file", err.Error(), "")
		return nil
	}
	var all []string
	termLines(data, func(line int, term string) {
		if _, err := newPhrase(term); err != nil {
			o.mistakes = append(o.mistakes, Mistake{File: name, Line: line, Column: 1, Text: err.Error()})
		}
		all = append(all, term)
	})
	if len(all) == 0 {
		o.add(o.place(f), o.path+".terms_file", fmt.Sprintf("%s holds no terms", name), "")
	}
	return all
}

func (o one) checksum() func([]byte) bool {
	f, ok := o.fields["checksum"]
	if !ok {
		return nil
	}
	name := o.choice("checksum", checksumNames(), Low, nil)
	if o.fields["pattern"].node == nil {
		o.add(o.place(f), o.path+".checksum", "a checksum needs a pattern", "")
	}
	return checksumOf(name)
}

func (o one) pattern(d *detector, checksum func([]byte) bool) {
	f, ok := o.fields["pattern"]
	if !ok {
		return
	}
	text := o.text("pattern", "")
	if text == "" {
		return
	}
	expr, wrong := compilePattern(text)
	if wrong != "" {
		o.add(o.place(f), o.path+".pattern", wrong, "")
		return
	}
	d.Pattern, d.Literals = expr, required(text)
	d.Check = patternCheck(checksum, d.TermGrade)
}

// textOf returns a scalar as it was written, without quotes.
func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// shownNode is a node as a message quotes it: short, and on one line.
func shownNode(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.SequenceNode:
		return "a list"
	}
	text, ok := textOf(n)
	if !ok {
		text = n.GetToken().Value
	}
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return strconv.Quote(text)
}

const maxYAMLDepth = 100

// tooDeep returns the line at which more brackets or list dashes are open than
// any file of definitions has, since the parser would recurse as deep; 0 where
// all is well. It counts in strings too, which errs on the safe side.
func tooDeep(data []byte) int {
	depth, dashes, line := 0, 0, 1
	for i, c := range data {
		switch c {
		case '\n':
			line++
			dashes = 0
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '-', '?', ':':
			if i+1 < len(data) && (data[i+1] == ' ' || data[i+1] == '\t') {
				dashes++
			}
		}
		if depth > maxYAMLDepth || dashes > maxYAMLDepth {
			return line
		}
	}
	return 0
}
