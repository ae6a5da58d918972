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
	for r.next < len(r.text) && strings.IndexByte(blanks, r.text[r.next]) >= 0 {
		if r.text[r.next] == '\n' {
			r.line, r.begin = r.line+1, r.next+1
		}
		r.next++
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
		return &node{at: at, kind: scalarNode, value: r.string()}
	}
	n := &node{at: at, kind: scalarNode}
	switch word := r.word(); word {
	case "null":
	case "true", "false":
		n.value = word == "true"
	default:
		n.value = json.Number(word)
	}
	return n
}

func (r *jsonReader) object(at position, depth int) *node {
	n, seen := &node{at: at, kind: objectNode}, map[string]position{}
	for r.next++; r.more('}'); {
		keyAt := r.place()
		name := r.string()
		r.skip(jsonBlank + ":")
		value := r.value(depth + 1)
		if value == nil {
			return nil
		}
		r.field(n, seen, field{name: name, at: keyAt, value: value})
	}
	return n
}

func (r *jsonReader) list(at position, depth int) *node {
	n := &node{at: at, kind: listNode}
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
