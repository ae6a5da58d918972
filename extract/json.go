package extract

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf16"
)

// readJSON reads JSON (RFC 8259), also several values one after the other: each
// member is a line "key\tvalue"; objects in an array are the rows of a table
// with their keys as its heading, so that a key heads its values. Keys of inner
// objects have those of the outer ones before them ("address.city").
//
// It takes what is there: what is no JSON is text all the same, and ProblemBroken.
func readJSON(w *work) error {
	j := &jsonReader{w: w, r: newForward(w.content())}
	if err := j.read(); err != nil {
		return err
	}
	if j.broken || len(j.stack) > 0 {
		w.lost(ProblemBroken)
	}
	return nil
}

// Limits of what is laid out as a table; what is beyond is lines.
const (
	jsonDepth  = 256
	jsonCells  = 256
	jsonRecord = 64 << 10
	jsonKey    = 256
)

type jsonReader struct {
	w      *work
	r      *forward
	out    []byte
	broken bool

	stack  []jsonLevel
	beyond int // how many levels deeper than jsonDepth
	path   []byte
	key    []byte // of the value that comes; kept while it is one
	isKey  bool   // the next string is a key

	// heading is the last table's.
	heading []byte
	keys    []byte
	cells   []byte
	count   int
	record  int // depth at which the record lies, 0 if there is none
}

// jsonLevel is an object or array that is open.
type jsonLevel struct {
	array bool
	path  int // length of the path before it
}

func (j *jsonReader) read() error {
	for {
		b := j.r.peek(1)
		if len(b) == 0 {
			if j.r.err != io.EOF {
				return j.r.err
			}
			j.endRecord()
			return j.w.text("", j.out)
		}
		var err error
		switch c := b[0]; {
		case isBlank(c):
			j.r.next(1)
		case c == '{' || c == '[':
			j.r.next(1)
			j.begin(c == '[')
		case c == '}' || c == ']':
			j.r.next(1)
			j.end(c == ']')
		case c == ',':
			j.r.next(1)
			j.isKey = j.inObject()
		case c == ':':
			j.r.next(1)
			j.broken = j.broken || !j.inObject()
			j.isKey = false
		case c == '"':
			j.r.next(1)
			err = j.value(j.string)
		default:
			err = j.value(j.bare)
		}
		if err == nil && len(j.out) >= chunk/2 {
			err = j.w.text("", j.out)
			j.out = j.out[:0]
		}
		if err != nil {
			return err
		}
	}
}

func (j *jsonReader) inObject() bool {
	return len(j.stack) > 0 && !j.stack[len(j.stack)-1].array
}

func (j *jsonReader) begin(array bool) {
	if len(j.stack) == jsonDepth {
		j.beyond++
		j.isKey = !array
		return
	}
	inArray := len(j.stack) > 0 && j.stack[len(j.stack)-1].array
	j.stack = append(j.stack, jsonLevel{array: array, path: len(j.path)})
	if !inArray && len(j.key) > 0 && len(j.path)+len(j.key) < jsonKey {
		j.path = append(append(j.path, j.key...), '.')
	}
	j.key = j.key[:0]
	j.isKey = !array
	if inArray {
		j.endRecord() // one inside another is a table of its own
		j.record = len(j.stack)
	}
}

func (j *jsonReader) end(array bool) {
	if j.beyond > 0 {
		j.beyond--
		return
	}
	if len(j.stack) == 0 || j.stack[len(j.stack)-1].array != array {
		j.broken = true
		return
	}
	if len(j.stack) == j.record {
		j.endRecord()
	}
	top := j.stack[len(j.stack)-1]
	j.path = j.path[:top.path]
	j.stack = j.stack[:len(j.stack)-1]
	j.key = j.key[:0]
	j.isKey = false
}

// value reads a key or a scalar.
func (j *jsonReader) value(read func(emit func([]byte) error) error) error {
	if j.isKey {
		j.key = j.key[:0]
		j.isKey = false
		return read(func(b []byte) error {
			if len(j.key) < jsonKey {
				j.key = append(j.key, oneLine(b)...)
				return nil
			}
			j.out = append(j.out, b...) // nobody's key
			return j.relieve()
		})
	}
	if j.record > 0 && j.count < jsonCells {
		return j.cell(read)
	}
	j.line()
	err := read(j.emit)
	j.out = append(j.out, '\n')
	return err
}

// line begins a line outside tables.
func (j *jsonReader) line() {
	j.out = j.appendName(j.out)
	if len(j.out) > 0 && j.out[len(j.out)-1] != '\n' {
		j.out = append(j.out, '\t')
	}
}

// appendName appends the key with the keys that lead to it.
func (j *jsonReader) appendName(b []byte) []byte {
	if len(j.key) > 0 {
		return append(append(b, j.pathInRecord()...), j.key...)
	}
	return append(b, bytes.TrimSuffix(j.pathInRecord(), []byte("."))...)
}

// pathInRecord is the path of keys, within a record only that from there.
func (j *jsonReader) pathInRecord() []byte {
	if j.record > 0 {
		return j.path[j.stack[j.record-1].path:]
	}
	return j.path
}

func (j *jsonReader) emit(b []byte) error {
	j.out = append(j.out, oneLine(b)...)
	return j.relieve()
}

func (j *jsonReader) relieve() error {
	if len(j.out) < chunk {
		return nil
	}
	err := j.w.text("", j.out)
	j.out = j.out[:0]
	return err
}

// cell adds a value to the record. Where that grows too long the value goes out
// as it comes, and what follows it is lines.
func (j *jsonReader) cell(read func(emit func([]byte) error) error) error {
	if j.count++; j.count > 1 {
		j.keys, j.cells = append(j.keys, '\t'), append(j.cells, '\t')
	}
	j.keys = j.appendName(j.keys)
	long := false
	err := read(func(b []byte) error {
		if !long && len(j.cells)+len(b) > jsonRecord {
			long = true
			j.row()
			j.out = bytes.TrimSuffix(j.out, []byte("\n"))
		}
		if long {
			return j.emit(b)
		}
		j.cells = append(j.cells, oneLine(b)...)
		return nil
	})
	if long {
		j.out = append(j.out, '\n')
		j.keys, j.cells, j.count = j.keys[:0], j.cells[:0], jsonCells
	}
	return err
}

// endRecord writes the record as a row.
func (j *jsonReader) endRecord() {
	if len(j.cells) > 0 {
		j.row()
	}
	j.keys, j.cells, j.count, j.record = j.keys[:0], j.cells[:0], 0, 0
}

// row writes the record, below its keys if those aren't the last row's.
func (j *jsonReader) row() {
	if !bytes.Equal(j.keys, j.heading) {
		j.heading = append(j.heading[:0], j.keys...)
		j.out = append(j.out, '\n')
		if len(bytes.TrimSpace(j.keys)) > 0 {
			j.out = append(append(j.out, j.keys...), '\n')
		}
	}
	j.out = append(append(j.out, j.cells...), '\n')
}

// oneLine makes spaces of line ends and tabs. It changes b.
func oneLine(b []byte) []byte {
	for i, c := range b {
		if c < ' ' {
			b[i] = ' '
		}
	}
	return b
}

// bare reads a number or word, or what else stands where a value should.
func (j *jsonReader) bare(emit func([]byte) error) error {
	first := true
	for {
		b := j.r.peek(1)
		i := 0
		for i < len(b) && !isBlank(b[i]) && !bytes.ContainsRune([]byte(`,:]}[{"`), rune(b[i])) {
			i++
		}
		if first && i > 0 && !(b[0] == '-' || b[0] >= '0' && b[0] <= '9' || b[0] == 't' || b[0] == 'f' || b[0] == 'n') {
			j.broken = true
		}
		first = false
		if i == 0 {
			return nil
		}
		if err := emit(j.r.next(i)); err != nil {
			return err
		}
	}
}

// string reads a string behind its first quote.
func (j *jsonReader) string(emit func([]byte) error) error {
	for {
		b := j.r.peek(12)
		i := 0
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			i++
		}
		switch {
		case i > 0:
			if err := emit(j.r.next(i)); err != nil {
				return err
			}
		case len(b) == 0:
			j.broken = true
			return nil
		case b[0] == '"':
			j.r.next(1)
			return nil
		default:
			c, n := jsonEscape(b)
			j.r.next(n)
			if err := emit(c); err != nil {
				return err
			}
		}
	}
}

// jsonEscape decodes the escape that b begins with, and says how long it is.
func jsonEscape(b []byte) (text []byte, n int) {
	if len(b) < 2 {
		return b, len(b)
	}
	switch b[1] {
	case 'n', 'r', 't', 'b', 'f':
		return []byte{' '}, 2
	case 'u':
		r, ok := hex4(b[2:])
		if !ok {
			return []byte(`\u`), 2
		}
		if utf16.IsSurrogate(r) && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := hex4(b[8:]); ok {
				return []byte(string(utf16.DecodeRune(r, low))), 12
			}
		}
		return []byte(string(r)), 6
	}
	return []byte{b[1]}, 2
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}
