package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the largest configuration file that is read.
const maxFile = 1 << 20

// Load reads a configuration file. What is wrong in it is returned as
// Mistakes, all at once; another error means that it couldn't be read.
func Load(path string) (*Config, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 {
		// Whoever writes this file chooses which programs the gateway runs.
		return nil, Mistakes{{File: path, Text: "everybody may write this file", Hint: "chmod o-w " + path}}
	}
	if info.Size() > maxFile {
		return nil, Mistakes{{File: path, Text: fmt.Sprintf("the file has %d bytes; want at most %d", info.Size(), maxFile)}}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return Parse(path, data)
}

// Parse reads a configuration. name stands for the file in Mistakes, which is
// the only error that it returns.
func Parse(name string, data []byte) (*Config, error) {
	r := &reader{file: name, at: map[string]token.Position{}}
	c := &Config{}
	setDefaults(reflect.ValueOf(c).Elem())
	if len(data) > maxFile {
		r.add(nil, "", fmt.Sprintf("the file has %d bytes; want at most %d", len(data), maxFile), "")
	} else if root, ok := r.parse(data); ok {
		r.structure(root, "", reflect.ValueOf(c).Elem())
		r.check(c)
	}
	if len(r.mistakes) > 0 {
		r.mistakes.sort()
		return nil, r.mistakes
	}
	return c, nil
}

// Hash names the settings, for logs: the same settings have the same hash,
// however they are written.
func (c *Config) Hash() string {
	content, err := json.Marshal(c)
	if err != nil {
		// Parse lets only values through that JSON can carry.
		return "unknown"
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}

type reader struct {
	file     string
	mistakes Mistakes
	// at holds where each path was read; nothing for defaults.
	at map[string]token.Position
}

func (r *reader) add(at *token.Token, path, text, hint string) {
	m := Mistake{File: r.file, Path: path, Text: text, Hint: hint}
	if at != nil && at.Position != nil {
		m.Line, m.Column = at.Position.Line, at.Position.Column
	}
	r.mistakes = append(r.mistakes, m)
}

// parse returns the file's one document; nil where it is empty.
func (r *reader) parse(data []byte) (root ast.Node, ok bool) {
	// The parser would recurse as deep as the file says.
	if line := tooDeep(data); line > 0 {
		r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: line, Column: 1, Text: fmt.Sprintf("more than %d brackets are open", maxDepth)})
		return nil, false
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
		return nil, false
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) > 1 {
		r.add(bodies[1].GetToken(), "", "a second document begins here; want one", "")
		return nil, false
	}
	if len(bodies) == 0 {
		return nil, true
	}
	return bodies[0], true
}

const maxDepth = 100

// tooDeep returns the line at which more brackets or list dashes are open than
// any configuration has; 0 where all is well. It counts in strings too, which
// errs on the safe side.
func tooDeep(data []byte) int {
	depth, line := 0, 1
	dashes := 0
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
		if depth > maxDepth || dashes > maxDepth {
			return line
		}
	}
	return 0
}

// structure reads a mapping into a struct. A missing node leaves the defaults.
func (r *reader) structure(n ast.Node, path string, v reflect.Value) {
	var at *token.Token
	if n != nil {
		at = start(n)
	}
	pairs, ok := r.pairs(n, path)
	if !ok {
		return
	}
	names := fieldNames(v.Type())
	seen := map[string]int{}
	for _, p := range pairs {
		name := p.Key.String()
		if s, ok := p.Key.(*ast.StringNode); ok {
			name = s.Value
		}
		key := p.Key.GetToken()
		full := join(path, name)
		if line, twice := seen[name]; twice {
			r.add(key, full, fmt.Sprintf("the key %q stands here a second time; the first is in line %d", name, line), "")
			continue
		}
		seen[name] = key.Position.Line
		i := slices.Index(names, name)
		if i < 0 {
			r.add(key, full, fmt.Sprintf("%q isn't a setting; allowed here: %s", name, strings.Join(names, ", ")), didYouMean(name, names))
			continue
		}
		r.at[full] = *key.Position
		r.value(p.Value, key, full, v.Field(i), v.Type().Field(i).Tag)
	}
	for i, name := range names {
		if f := v.Type().Field(i); f.Tag.Get("required") == "true" && seen[name] == 0 {
			text := fmt.Sprintf("the setting %s is missing", name)
			if e := f.Tag.Get("enum"); e != "" {
				text += "; want one of " + strings.ReplaceAll(e, ",", ", ")
			}
			r.add(r.near(path, at), join(path, name), text, "there is no safe default")
		} else if seen[name] == 0 && f.Type.Kind() == reflect.Struct {
			r.structure(nil, join(path, name), v.Field(i))
		}
	}
}

// near is the token for something missing below path.
func (r *reader) near(path string, at *token.Token) *token.Token {
	if p, ok := r.at[path]; ok {
		return &token.Token{Position: &p}
	}
	return at
}

func (r *reader) pairs(n ast.Node, path string) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, true
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a section; want indented lines of the form \"key: value\"", shown(n)), "")
	return nil, false
}

// value reads one setting. key is its key's token, for what has none of its
// own.
func (r *reader) value(n ast.Node, key *token.Token, path string, v reflect.Value, tag reflect.StructTag) {
	if bad := unusual(n); bad != "" {
		r.add(key, path, bad+" aren't used in this file; write the value out", "")
		return
	}
	if _, null := n.(*ast.NullNode); (null || n == nil) && v.Kind() != reflect.Struct && v.Kind() != reflect.Interface {
		r.add(key, path, "the key has no value", "leave the key out for the default")
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		r.structure(n, path, v)
	case v.Kind() == reflect.Slice:
		r.list(n, path, v, tag)
	case v.Kind() == reflect.Map:
		r.table(n, path, v)
	case v.Kind() == reflect.Interface:
		if x := r.free(n, path); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	default:
		r.scalar(n, path, v, tag)
	}
}

// unusual names what YAML has and this file doesn't.
func unusual(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors and aliases"
	case *ast.TagNode:
		return "tags"
	case *ast.MergeKeyNode:
		return "merge keys"
	}
	return ""
}

func (r *reader) list(n ast.Node, path string, v reflect.Value, tag reflect.StructTag) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a list; want lines that begin with \"- \"", shown(n)), "")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, one := range seq.Values {
		p := fmt.Sprintf("%s[%d]", path, i)
		r.at[p] = *start(one).Position
		setDefaults(out.Index(i))
		r.value(one, start(one), p, out.Index(i), tag)
	}
	v.Set(out)
}

func (r *reader) table(n ast.Node, path string, v reflect.Value) {
	pairs, ok := r.pairs(n, path)
	if !ok {
		return
	}
	m := map[string]string{}
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		text, ok := scalarText(p.Value)
		switch _, twice := m[name]; {
		case twice:
			r.add(p.Key.GetToken(), join(path, name), "the key stands here a second time", "")
		case !ok:
			r.add(p.Key.GetToken(), join(path, name), fmt.Sprintf("%s isn't a text", shown(p.Value)), "")
		}
		m[name] = text
	}
	v.Set(reflect.ValueOf(m))
}

func (r *reader) scalar(n ast.Node, path string, v reflect.Value, tag reflect.StructTag) {
	text, ok := scalarText(n)
	if !ok {
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a single value", shown(n)), "")
		return
	}
	_, isString := n.(*ast.StringNode)
	_, isLiteral := n.(*ast.LiteralNode)
	if v.Kind() == reflect.String && !isString && !isLiteral {
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a text", text), fmt.Sprintf("put it in quotes: %q", text))
		return
	}
	if wrong, hint := setScalar(v, text, tag); wrong != "" {
		r.add(n.GetToken(), path, wrong, hint)
	}
}

// setScalar sets v to what text says. It returns what is wrong with text, or
// "".
func setScalar(v reflect.Value, text string, tag reflect.StructTag) (wrong, hint string) {
	switch v.Interface().(type) {
	case time.Duration:
		d, err := parseDuration(text)
		if err != nil {
			return fmt.Sprintf("%q isn't a duration; want a number with a unit, such as 50ms, 30s, 4h or 30d", text), ""
		}
		v.SetInt(int64(d))
		return outside(text, int64(d), tag, func(s string) int64 { d, _ := parseDuration(s); return int64(d) }), ""
	case Size:
		n, err := parseSize(text)
		if err != nil {
			return fmt.Sprintf("%q isn't a size; want a number of bytes, or one with KiB, MiB or GiB, such as 100MiB", text), sizeHint(text)
		}
		v.SetInt(int64(n))
		return outside(text, int64(n), tag, func(s string) int64 { n, _ := parseSize(s); return int64(n) }), ""
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Sprintf("%q isn't a whole number", text), ""
		}
		v.SetInt(int64(n))
		return outside(text, int64(n), tag, func(s string) int64 { n, _ := strconv.Atoi(s); return int64(n) }), ""
	case bool:
		if text != "true" && text != "false" {
			return fmt.Sprintf("%q isn't true or false", text), ""
		}
		v.SetBool(text == "true")
		return "", ""
	}
	if text == "" && tag.Get("form") != "loopback" && (tag.Get("required") == "true" || tag.Get("default") != "") {
		return "the value is empty", "leave the key out for the default"
	}
	if e := tag.Get("enum"); e != "" {
		if allowed := strings.Split(e, ","); !slices.Contains(allowed, text) {
			return fmt.Sprintf("%q isn't allowed; want one of %s", text, strings.Join(allowed, ", ")), didYouMean(text, allowed)
		}
	}
	v.SetString(text)
	return checkForm(tag.Get("form"), text)
}

// outside says where a value lies beyond its min or max tag.
func outside(text string, n int64, tag reflect.StructTag, read func(string) int64) string {
	if lo := tag.Get("min"); lo != "" && n < read(lo) {
		return fmt.Sprintf("%s is too small; want at least %s", text, lo)
	}
	if hi := tag.Get("max"); hi != "" && n > read(hi) {
		return fmt.Sprintf("%s is too large; want at most %s", text, hi)
	}
	return ""
}

// scalarText returns a scalar as it was written, without quotes.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// free reads a plugin's own settings into what JSON knows.
func (r *reader) free(n ast.Node, path string) any {
	if bad := unusual(n); bad != "" {
		r.add(n.GetToken(), path, bad+" aren't used in this file; write the value out", "")
		return nil
	}
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingNode, *ast.MappingValueNode:
		pairs, _ := r.pairs(n, path)
		m := map[string]any{}
		for _, p := range pairs {
			name := p.Key.GetToken().Value
			if _, twice := m[name]; twice {
				r.add(p.Key.GetToken(), join(path, name), "the key stands here a second time", "")
			}
			m[name] = r.free(p.Value, join(path, name))
		}
		return m
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, one := range n.Values {
			list[i] = r.free(one, fmt.Sprintf("%s[%d]", path, i))
		}
		return list
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	}
	text, ok := scalarText(n)
	if _, isNumber := n.(ast.ScalarNode); !ok || !isNumber || n.Type() == ast.InfinityType || n.Type() == ast.NanType {
		r.add(n.GetToken(), path, fmt.Sprintf("%s isn't a value that a plugin can be given", shown(n)), "")
		return nil
	}
	return text
}

// shown is a node as a message quotes it: short, and on one line.
func shown(n ast.Node) string {
	switch n.(type) {
	case nil:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.SequenceNode:
		return "a list"
	}
	text, ok := scalarText(n)
	if !ok {
		return n.Type().String()
	}
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return strconv.Quote(text)
}

// start is the token at which a node begins; a mapping's own is its colon.
func start(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("yaml")
	}
	return names
}

// setDefaults fills what the default tags say.
func setDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		f, tag := v.Field(i), v.Type().Field(i).Tag
		def, ok := tag.Lookup("default")
		switch {
		case f.Kind() == reflect.Struct:
			setDefaults(f)
		case !ok:
		case f.Kind() == reflect.Slice:
			f.Set(reflect.ValueOf(strings.Split(def, ",")))
		default:
			// The defaults are checked by a test.
			setScalar(f, def, tag)
		}
	}
}
