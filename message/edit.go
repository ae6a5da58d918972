package message

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Body returns what follows the header, as it stands. Read must have come
// before.
func (m *Message) Body() io.Reader {
	return Span{m.BodyStart, m.Content.Size()}.Open(m.Content)
}

// WithHeader returns the message's bytes with some header fields deleted and
// others inserted on top, in their order; all other bytes come out as they
// stand. Nothing is changed in Content, which must stay open while the result
// is read. What is deleted is found in Content, without regard to the limits
// of Read; a reference to a field that isn't there does nothing.
//
// The error says that a field to insert is no valid field (RFC 5322 section
// 2.2), or that Content could not be read.
func (m *Message) WithHeader(remove []HeaderRef, insert []HeaderField) (io.Reader, error) {
	top, err := fieldLines(insert)
	if err != nil {
		return nil, err
	}
	e := editor{lines: newLines(context.Background(), m.Content, Span{0, m.Content.Size()}, new(int64)), remove: remove, seen: map[string]int{}}
	defer e.lines.close()
	if err := e.scan(); err != nil {
		return nil, err
	}
	if e.open && top != "" && !e.anyField {
		// There is no header, and no empty line that would end it.
		top += "\r\n"
	}
	if e.cut && top != "" {
		top = "\r\n" + top
	}
	readers := []io.Reader{Span{0, e.insertAt}.Open(m.Content), strings.NewReader(top)}
	at := e.insertAt
	for _, gap := range e.gaps {
		readers = append(readers, Span{at, gap.Start}.Open(m.Content))
		at = gap.End
	}
	return io.MultiReader(append(readers, Span{at, m.Content.Size()}.Open(m.Content))...), nil
}

// fieldLines writes fields out, each with its line end.
func fieldLines(fields []HeaderField) (string, error) {
	var s strings.Builder
	for _, f := range fields {
		if err := f.check(); err != nil {
			return "", err
		}
		s.WriteString(f.Name)
		s.WriteByte(':')
		if !strings.HasPrefix(f.Value, " ") && !strings.HasPrefix(f.Value, "\t") {
			s.WriteByte(' ')
		}
		s.WriteString(f.Value)
		s.WriteString("\r\n")
	}
	return s.String(), nil
}

// check makes sure that a field stays one field: a value may be folded, but
// not begin another field or the body.
func (f HeaderField) check() error {
	if string(fieldName([]byte(f.Name+":"))) != f.Name || f.Name == "" {
		return errors.New("inserting a header field: the name is not valid")
	}
	for i, line := range strings.Split(f.Value, "\r\n") {
		if strings.ContainsAny(line, "\r\n\x00") {
			return fmt.Errorf("inserting a header field %s: CR, LF or NUL in its value", f.Name)
		}
		fold := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		if i > 0 && (!fold || strings.Trim(line, " \t") == "") {
			return fmt.Errorf("inserting a header field %s: a line of its value is no fold", f.Name)
		}
	}
	return nil
}

// editor finds what is to be deleted in a header, and where to insert.
type editor struct {
	lines  *lines
	remove []HeaderRef
	seen   map[string]int // occurrences so far, by lower-case name

	gaps     []Span // to be left out
	insertAt int64
	anyField bool
	open     bool // no empty line ended the header
	cut      bool // what stands before insertAt does not end its line
}

func (e *editor) scan() error {
	first, inField, gone := true, false, false
	for {
		at := e.lines.offset()
		piece, start, err := e.lines.next()
		if err != nil && err != io.EOF {
			return err
		}
		kind := noHeader
		if err == nil {
			kind = headerLineKind(piece, start, first, inField, 0)
		}
		first = false
		switch kind {
		case fieldBegins:
			inField, gone = true, e.matches(fieldName(piece))
			if !e.anyField {
				e.anyField, e.insertAt = true, at
			}
		case headerEnds, noHeader:
			if !e.anyField {
				e.insertAt, e.cut = at, e.lines.midLine && err == io.EOF
			}
			e.open = kind == noHeader
			return nil
		}
		if gone {
			e.leaveOut(Span{at, at + int64(len(piece))})
		}
	}
}

// matches counts an occurrence and reports whether it is to be deleted.
func (e *editor) matches(name []byte) bool {
	lower := string(bytes.ToLower(name))
	if !slices.ContainsFunc(e.remove, func(r HeaderRef) bool { return strings.EqualFold(r.Name, lower) }) {
		return false
	}
	e.seen[lower]++
	return slices.ContainsFunc(e.remove, func(r HeaderRef) bool {
		return r.Index == e.seen[lower] && strings.EqualFold(r.Name, lower)
	})
}

func (e *editor) leaveOut(s Span) {
	if n := len(e.gaps); n > 0 && e.gaps[n-1].End == s.Start {
		e.gaps[n-1].End = s.End
		return
	}
	e.gaps = append(e.gaps, s)
}
