package policy

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// partnersCSV is the only list that may be a table: it comes from elsewhere,
// and may be long.
const partnersCSV = "partners.csv"

// csv reads a table of partners: the first line names the columns, "domain" and
// any of a partner's fields; names in "match" are separated by blanks. An empty
// cell is a field that isn't there.
func (r *dataReader) csv(content []byte) *node {
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	table.ReuseRecord = true
	columns, err := table.Read()
	if err != nil {
		r.wrong(position{line: 1}, "not CSV: %v", err)
		return nil
	}
	columns = slices.Clone(columns)
	known := append(jsonNames[Partner](), "domain")
	for i, name := range columns {
		columns[i] = strings.TrimSpace(name)
		if !slices.Contains(known, columns[i]) {
			r.mistakes.add(r.file, position{line: 1}, didYouMean(columns[i], known), "a partner has no %q", columns[i])
			return nil
		}
	}
	if at := slices.Index(columns, "domain"); at < 0 || slices.Contains(columns[at+1:], "domain") {
		r.wrong(position{line: 1}, "one column is called domain")
		return nil
	}
	partners := &node{at: position{line: 1, col: 1}, kind: objectNode}
	for {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			at := position{line: 1}
			if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
				at = position{line: wrong.Line, col: wrong.Column}
				err = wrong.Err
			}
			r.wrong(at, "not CSV: %v", err)
			return nil
		}
		one := csvPartner(table, columns, cells)
		if r.partner != nil {
			r.partner(one)
		} else {
			partners.fields = append(partners.fields, one)
		}
	}
	return &node{at: partners.at, kind: objectNode, fields: []field{{name: "partners", at: partners.at, value: partners}}}
}

// csvPartner is one line of the table.
func csvPartner(table *csv.Reader, columns, cells []string) field {
	p := field{value: &node{kind: objectNode}}
	for i, cell := range cells {
		line, col := table.FieldPos(i)
		at, cell := position{line, col}, strings.TrimSpace(cell)
		value := &node{at: at, kind: scalarNode, value: cell}
		switch {
		case columns[i] == "domain":
			p.name, p.at, p.value.at = cell, at, at
			continue
		case cell == "":
			continue
		case columns[i] == "match":
			value = &node{at: at, kind: listNode}
			for _, name := range strings.Fields(cell) {
				value.items = append(value.items, &node{at: at, kind: scalarNode, value: name})
			}
		case columns[i] == "min_bits":
			value.value = json.Number(cell)
		}
		p.value.fields = append(p.value.fields, field{name: columns[i], at: at, value: value})
	}
	return p
}
