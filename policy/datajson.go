package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// jsonReader reads a document that is known to be valid JSON. It is here
// because encoding/json says no places, and because lists may have a million
// entries: its tokens take ten times as long.
type jsonReader struct {
	*dataReader
	text  string
	next  int // offset of what is read next
	line  int // its line, from 1
	begin int // offset at which that line begins

	// nodes are the values of one partner, made into those of the next one.
	nodes []node
	used  int
}

func (r *dataReader) json(content []byte) *node {
	j := &jsonReader{dataReader: r, text: string(content), line: 1}
	if !json.Valid(content) {
		j.invalid(json.Unmarshal(content, new(any)))
		return nil
	}
	return j.value(0)
}

// invalid reports the place of a syntax error.
func (r *jsonReader) invalid(err error) {
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
		before := r.text[:max(s.Offset-1, 0)]
		r.line += strings.Count(before, "\n")
		r.next, r.begin = len(before), strings.LastIndexByte(before, '\n')+1
	}
	r.wrong(r.place(), "not JSON: %v", err)
}

func (r *jsonReader) place() position { return position{line: r.line, col: r.next - r.begin + 1} }

// skip goes to the next byte that is none of these.
func (r *jsonReader) skip(blanks string) {
	for ; r.next < len(r.text); r.next++ {
		switch c := r.text[r.next]; {
		case c == '\n':
			r.line, r.begin = r.line+1, r.next+1
		case c > ',' && c != ':' || strings.IndexByte(blanks, c) < 0:
			return
		}
	}
}

const jsonBlank = " \t\r\n"

// value reads a value, and returns nil if it holds something that it reports.
func (r *jsonReader) value(depth int) *node {
	r.skip(jsonBlank)
	at := r.place()
	if depth > maxDepth {
		r.wrong(at, "nested deeper than %d", maxDepth)
		return nil
	}
	switch r.text[r.next] {
	case '{':
		return r.object(at, depth)
	case '[':
		return r.list(at, depth)
	case '"':
		n := r.node(at, scalarNode)
		n.value = r.string()
		return n
	}
	n := r.node(at, scalarNode)
	switch word := r.word(); word {
	case "null":
	case "true", "false":
		n.value = word == "true"
	default:
		n.value = json.Number(word)
	}
	return n
}

// node is a new one, or one of the partner's before this one.
func (r *jsonReader) node(at position, kind nodeKind) *node {
	if r.used == len(r.nodes) {
		return &node{at: at, kind: kind}
	}
	n := &r.nodes[r.used]
	r.used++
	*n = node{at: at, kind: kind, fields: n.fields[:0]}
	return n
}

func (r *jsonReader) object(at position, depth int) *node {
	n, seen := r.node(at, objectNode), map[string]position(nil)
	for r.next++; r.more('}'); {
		keyAt := r.place()
		name := r.string()
		r.skip(jsonBlank + ":")
		var value *node
		if depth == 0 && name == "partners" && r.partner != nil && r.text[r.next] == '{' {
			value = r.partners()
		} else {
			value = r.value(depth + 1)
		}
		if value == nil {
			return nil
		}
		seen = r.field(n, seen, field{name: name, at: keyAt, value: value})
	}
	return n
}

// partners hands over an object's fields one after the other, because there may
// be a million of them, and returns it without them.
func (r *jsonReader) partners() *node {
	const usual = 16 // values of one partner
	n := &node{at: r.place(), kind: objectNode}
	r.nodes = make([]node, usual)
	defer func() { r.nodes, r.used = nil, 0 }()
	for r.next++; r.more('}'); {
		r.used = 0
		f := field{at: r.place(), name: r.string()}
		r.skip(jsonBlank + ":")
		if f.value = r.value(2); f.value == nil {
			return nil
		}
		r.partner(f)
	}
	return n
}

func (r *jsonReader) list(at position, depth int) *node {
	n := r.node(at, listNode)
	for r.next++; r.more(']'); {
		item := r.value(depth + 1)
		if item == nil {
			return nil
		}
		n.items = append(n.items, item)
	}
	return n
}

// more goes to the next element of an object or list, or behind its end.
func (r *jsonReader) more(end byte) bool {
	r.skip(jsonBlank + ",")
	if r.text[r.next] == end {
		r.next++
		return false
	}
	return true
}

// word is a number or a literal.
func (r *jsonReader) word() string {
	rest := r.text[r.next:]
	if end := strings.IndexAny(rest, jsonBlank+",]}"); end >= 0 {
		rest = rest[:end]
	}
	r.next += len(rest)
	return rest
}

func (r *jsonReader) string() string {
	end := r.next + 1
	for r.text[end] != '"' {
		if r.text[end] == '\\' {
			end++
		}
		end++
	}
	quoted := r.text[r.next : end+1]
	plain := quoted[1 : len(quoted)-1]
	if strings.IndexByte(plain, '\\') >= 0 || !utf8.ValidString(plain) {
		if err := json.Unmarshal([]byte(quoted), &plain); err != nil {
			r.wrong(r.place(), "not JSON: %v", err)
		}
	}
	r.next = end + 1
	return plain
}
