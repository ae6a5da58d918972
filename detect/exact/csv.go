package exact

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sealpost/sealpost/detect"
)

// Source says how a CSV is written.
type Source struct {
	// Comma divides cells; 0: the one of , ; tab and | that divides the first
	// lines best.
	Comma rune
	// NoHeadings says that the first row is data already; columns then are
	// named by their numbers.
	NoHeadings bool
	// MayBeBad leaves out cells that can't be values of their column's kind,
	// instead of refusing the whole.
	MayBeBad bool
}

// Mistake is something wrong in a CSV. It never shows what stands there.
type Mistake struct {
	Line   int    `json:"line"`   // from 1; 0: the file as a whole
	Column int    `json:"column"` // in bytes, from 1
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
}

func (m Mistake) String() string {
	s := m.Text
	if m.Line > 0 {
		s = fmt.Sprintf("%d:%d: %s", m.Line, m.Column, m.Text)
	}
	if m.Hint != "" {
		s += " (" + m.Hint + ")"
	}
	return s
}

// Mistakes are all that is wrong in a CSV, in its order, up to twenty.
type Mistakes []Mistake

const maxMistakes = 20

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// rows reads a CSV.
type rows struct {
	csv      *csv.Reader
	at       []int // where each column of the specification stands
	width    int   // cells of a row; 0 until it is known
	first    []string
	mistakes Mistakes
	more     int // mistakes that aren't in the list
}

const utf8Hint = "most spreadsheets have \"CSV UTF-8\" under Save as; or: iconv -f WINDOWS-1252 -t UTF-8 FILE"

// newRows reads the headings.
func newRows(from io.Reader, source Source, columns []Column) (*rows, error) {
	buffered := bufio.NewReaderSize(from, 1<<20)
	head, err := buffered.Peek(64 << 10)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("reading the table: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, Mistakes{{Line: 1, Column: 1, Text: "this is UTF-16; want UTF-8", Hint: "iconv -f UTF-16 -t UTF-8 FILE"}}
	}
	if bom := []byte("\ufeff"); bytes.HasPrefix(head, bom) {
		_, _ = buffered.Discard(len(bom)) // that was seen
		head = head[len(bom):]
	}
	r := &rows{csv: csv.NewReader(buffered)}
	r.csv.ReuseRecord, r.csv.FieldsPerRecord = true, -1
	if r.csv.Comma = source.Comma; source.Comma == 0 {
		r.csv.Comma = guessComma(head)
	}
	if source.NoHeadings {
		return r, r.numbered(columns)
	}
	return r, r.headed(columns)
}

// guessComma is what divides the first lines into the same number of cells,
// and the most.
func guessComma(head []byte) rune {
	best, most := ',', 1
	for _, comma := range ",;\t|" {
		r := csv.NewReader(bytes.NewReader(head))
		r.Comma, r.FieldsPerRecord = comma, -1
		width := 0
		for range 20 {
			record, err := r.Read()
			if err != nil {
				break // also at the end of what is looked at
			}
			if width == 0 {
				width = len(record)
			}
			width = min(width, len(record))
		}
		if width > most {
			best, most = comma, width
		}
	}
	return best
}

// headed finds the columns by the headings in the first row.
func (r *rows) headed(columns []Column) error {
	record, err := r.csv.Read()
	if err == io.EOF {
		return Mistakes{{Text: "the file is empty; want a row of headings"}}
	}
	if err != nil {
		return r.unreadable(err)
	}
	names := make([]string, len(record))
	for i, name := range record {
		names[i] = strings.TrimSpace(name)
	}
	r.width = len(names)
	for _, c := range columns {
		i := slices.Index(names, c.Name)
		if i >= 0 && slices.Index(names[i+1:], c.Name) >= 0 {
			r.wrong(1, 1, fmt.Sprintf("two columns have the heading %q", c.Name), "rename one")
		}
		if i < 0 {
			r.wrong(1, 1, fmt.Sprintf("there is no column %q; there are %s", c.Name, quoted(names)), r.headingHint(names))
		}
		r.at = append(r.at, i)
	}
	return r.found()
}

func (r *rows) headingHint(names []string) string {
	if len(names) == 1 {
		return "cells don't seem to be divided by " + strconv.QuoteRune(r.csv.Comma) + ": --delimiter"
	}
	return "without headings: --no-header, and columns by their numbers"
}

// numbered finds the columns by their numbers.
func (r *rows) numbered(columns []Column) error {
	record, err := r.csv.Read()
	if err == io.EOF {
		return Mistakes{{Text: "the file is empty"}}
	}
	if err != nil {
		return r.unreadable(err)
	}
	r.first, r.width = record, len(record)
	for _, c := range columns {
		n, err := strconv.Atoi(c.Name)
		if err != nil || n < 1 || n > len(record) {
			r.wrong(1, 1, fmt.Sprintf("%q isn't the number of a column; want 1 to %d", c.Name, len(record)), "")
		}
		r.at = append(r.at, n-1)
	}
	return r.found()
}

// quoted are the first of some names, for people.
func quoted(names []string) string {
	var all []string
	for i, name := range names {
		if i == maxColumns {
			return strings.Join(all, ", ") + " …"
		}
		if len(name) > 64 {
			name = name[:64] + "…"
		}
		all = append(all, strconv.Quote(name))
	}
	return strings.Join(all, ", ")
}

func (r *rows) wrong(line, column int, text, hint string) {
	if len(r.mistakes) == maxMistakes {
		r.more++
		return
	}
	r.mistakes = append(r.mistakes, Mistake{line, column, text, hint})
}

// found is all that was wrong, nil where nothing was.
func (r *rows) found() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	if r.more > 0 {
		return append(r.mistakes, Mistake{Text: fmt.Sprintf("and %d more", r.more)})
	}
	return r.mistakes
}

// unreadable is what is wrong up to here, and what ends the reading.
func (r *rows) unreadable(err error) error {
	parse := (*csv.ParseError)(nil)
	if !errors.As(err, &parse) {
		return fmt.Errorf("reading the table: %w", err)
	}
	text, hint := parse.Err.Error(), ""
	switch {
	case errors.Is(err, csv.ErrQuote):
		text, hint = "a quoted cell has a quote in it, or none at its end", `a quote in a quoted cell is written twice: ""`
	case errors.Is(err, csv.ErrBareQuote):
		text, hint = "a quote stands in a cell that has none around it", `"say ""so"""`
	}
	r.mistakes = r.mistakes[:min(len(r.mistakes), maxMistakes-1)]
	r.wrong(parse.Line, parse.Column, text, hint)
	return r.found()
}

// each calls row for each row: its cells in the order of the specification.
// Rows that aren't as wide as the others are mistakes. The record is valid
// until row returns.
func (r *rows) each(ctx context.Context, row func(n int, record []string) error) error {
	for n := 0; ; n++ {
		record := r.first
		r.first = nil
		if record == nil {
			var err error
			if record, err = r.csv.Read(); err == io.EOF {
				return nil
			} else if err != nil {
				return r.unreadable(err)
			}
		}
		if len(record) != r.width {
			line, column := r.csv.FieldPos(0)
			r.wrong(line, column, fmt.Sprintf("the row has %d cells; the first has %d", len(record), r.width), "a cell with "+strconv.QuoteRune(r.csv.Comma)+" in it stands in quotes")
			continue
		}
		if n&8191 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := row(n, record); err != nil {
			return err
		}
	}
}

// bad notes a cell that isn't a value of its column's kind.
func (r *rows) bad(c Column, at int, value string) {
	line, column := r.csv.FieldPos(at)
	if !utf8.ValidString(value) {
		r.wrong(line, column, fmt.Sprintf("column %q: this isn't UTF-8", c.Name), utf8Hint)
		return
	}
	r.wrong(line, column, fmt.Sprintf("column %q: this can't be a value of the kind %s; want %s", c.Name, c.Kind, wanted(c)), "empty the cell, or leave such cells out: --skip-bad")
}

// wanted says what values of a column look like.
func wanted(c Column) string {
	switch c.Kind {
	case detect.KindDate:
		if c.MonthFirst {
			return "1980-04-03, 4/3/1980 or 19800403"
		}
		return "1980-04-03, 3.4.1980, 3/4/1980 or 19800403"
	case detect.KindDigits:
		return "4 to 24 digits"
	case detect.KindEmail:
		return "one address, without a name"
	case detect.KindName:
		return "one to three words"
	case detect.KindIdentifier:
		return "4 to 34 letters and digits, at least one of them a digit"
	}
	return "one to four words"
}
