package policy

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	yamlast "github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// node is a value of a data file with its place.
type node struct {
	at     position
	value  any     // nil, bool, string or json.Number; unused in the two below
	fields []field // of an object
	items  []*node // of a list
	kind   nodeKind
}

type nodeKind string

const (
	scalarNode nodeKind = "value"
	objectNode nodeKind = "object"
	listNode   nodeKind = "list"
)

type field struct {
	name  string
	at    position
	value *node
}

// get is the field of that name, or nil.
func (n *node) get(name string) *field {
	for i := range n.fields {
		if n.fields[i].name == name {
			return &n.fields[i]
		}
	}
	return nil
}

// plain is the node as encoding/json would have decoded it with UseNumber.
func (n *node) plain() any {
	switch n.kind {
	case objectNode:
		m := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			m[f.name] = f.value.plain()
		}
		return m
	case listNode:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.plain()
		}
		return l
	}
	return n.value
}

// maxDepth of a data file.
const maxDepth = 32

// readData reads a data file, JSON or a table by its name or else YAML. What it can't
// read it reports, and returns nil.
//
// Each partner of a JSON file or table is handed to partner as soon as it is read, and
// belongs to the reader again when partner returns; the object that held them
// is then empty. With partner nil they stay in the document.
func readData(name string, content []byte, partner func(field), mistakes *Mistakes) *node {
	r := dataReader{file: name, mistakes: mistakes, partner: partner}
	switch {
	case strings.HasSuffix(name, ".json"):
		return r.json(content)
	case path.Base(name) == partnersCSV:
		return r.csv(content)
	}
	return r.yaml(content)
}

type dataReader struct {
	file     string
	mistakes *Mistakes
	partner  func(field)
}

func (r *dataReader) wrong(at position, format string, args ...any) {
	r.mistakes.add(r.file, at, "", format, args...)
}

// field adds a field to an object. seen is made when there are many.
func (r *dataReader) field(n *node, seen map[string]position, f field) map[string]position {
	const few = 12
	var first position
	var twice bool
	if len(n.fields) < few {
		if before := n.get(f.name); before != nil {
			first, twice = before.at, true
		}
	} else {
		if seen == nil {
			seen = make(map[string]position, 4*few)
			for _, before := range n.fields {
				seen[before.name] = before.at
			}
		}
		first, twice = seen[f.name]
		seen[f.name] = f.at
	}
	if twice {
		r.wrong(f.at, "%q stands here twice, first in line %d", f.name, first.line)
		return seen
	}
	n.fields = append(n.fields, f)
	return seen
}

func (r *dataReader) yaml(content []byte) *node {
	f, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, text := yamlError(err)
		r.wrong(at, "not YAML: %s", text)
		return nil
	}
	var body yamlast.Node
	for _, doc := range f.Docs {
		if doc.Body == nil || doc.Body.Type() == yamlast.CommentType {
			continue
		}
		if body != nil {
			r.wrong(yamlPlace(doc.Body), "a second document in one file")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		return &node{at: position{line: 1, col: 1}, kind: objectNode}
	}
	return r.yamlValue(body, 0)
}

func yamlPlace(n yamlast.Node) position {
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return position{line: 1}
	}
	return position{line: t.Position.Line, col: t.Position.Column}
}

// yamlError takes goccy's "[line:column] text" apart; the source that follows
// is left out.
func yamlError(err error) (at position, text string) {
	text, _, _ = strings.Cut(err.Error(), "\n")
	if _, scan := fmt.Sscanf(text, "[%d:%d]", &at.line, &at.col); scan == nil {
		_, text, _ = strings.Cut(text, "] ")
	}
	return at, text
}

func (r *dataReader) yamlValue(n yamlast.Node, depth int) *node {
	if depth > maxDepth {
		r.wrong(yamlPlace(n), "nested deeper than %d", maxDepth)
		return nil
	}
	at := yamlPlace(n)
	switch n := n.(type) {
	case *yamlast.MappingNode:
		return r.yamlObject(n.Values, depth)
	case *yamlast.MappingValueNode:
		return r.yamlObject([]*yamlast.MappingValueNode{n}, depth)
	case *yamlast.SequenceNode:
		list := &node{at: at, kind: listNode}
		for _, v := range n.Values {
			item := r.yamlValue(v, depth+1)
			if item == nil {
				return nil
			}
			list.items = append(list.items, item)
		}
		return list
	case *yamlast.NullNode:
		return &node{at: at, kind: scalarNode}
	case *yamlast.StringNode:
		return &node{at: at, kind: scalarNode, value: n.Value}
	case *yamlast.LiteralNode:
		return &node{at: at, kind: scalarNode, value: n.Value.Value}
	case *yamlast.BoolNode:
		return &node{at: at, kind: scalarNode, value: n.Value}
	case *yamlast.IntegerNode, *yamlast.FloatNode:
		number, err := json.Marshal(n.(yamlast.ScalarNode).GetValue())
		if err != nil {
			r.wrong(at, "not a number that JSON knows")
			return nil
		}
		return &node{at: at, kind: scalarNode, value: json.Number(number)}
	}
	r.wrong(at, "%s isn't used in data files: write it out", strings.ToLower(n.Type().YAMLName()))
	return nil
}

func (r *dataReader) yamlObject(values []*yamlast.MappingValueNode, depth int) *node {
	n, seen := &node{kind: objectNode, at: position{line: 1, col: 1}}, map[string]position(nil)
	for i, v := range values {
		at := yamlPlace(v.Key)
		if i == 0 {
			n.at = at
		}
		// A date or number as a key is the text that stands there.
		if v.Key.IsMergeKey() {
			r.wrong(at, "a merge key isn't used in data files: write it out")
			return nil
		}
		name := v.Key.GetToken().Value
		value := r.yamlValue(v.Value, depth+1)
		if value == nil {
			return nil
		}
		seen = r.field(n, seen, field{name: name, at: at, value: value})
	}
	return n
}
