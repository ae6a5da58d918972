package extract

import (
	"bytes"
	"io"
)

// readCSV lays a table out (RFC 4180, with any separator): cells, rows, and
// spaces for line ends in quotes.
func readCSV(w *work) error {
	r := w.content()
	t := csvTable{comma: w.sniffed.comma}
	if t.comma == 0 {
		t.comma = ','
		if extension(w.file) == ".tsv" {
			t.comma = '\t'
		}
	}
	buf := make([]byte, room(r, chunk))
	for {
		n, err := r.Read(buf)
		t.add(buf[:n])
		if err != nil {
			t.endRow()
		}
		if len(t.out) >= chunk/2 || err != nil {
			if textErr := w.text("", t.out); textErr != nil {
				return textErr
			}
			t.out = t.out[:0]
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// csvTable rewrites a table. It needs no more than the last character to know
// what the next one means.
type csvTable struct {
	comma  byte
	out    []byte
	quoted bool
	quote  bool // the last character was a quote that may end the cell
	inCell bool // something stands in the cell
	inRow  bool
	size   int // of the quoted cell
}

// longestQuoted is where a quote that nobody closes is taken for a character:
// the rows behind it are rows again.
const longestQuoted = 64 << 10

func (t *csvTable) add(b []byte) {
	for len(b) > 0 {
		if i := t.plain(b); i > 0 {
			t.out = append(t.out, b[:i]...)
			t.inCell, t.inRow = true, true
			if t.size += i; t.quoted && t.size > longestQuoted {
				t.quoted = false
			}
			b = b[i:]
			continue
		}
		t.special(b[0])
		b = b[1:]
	}
}

// plain is how many characters at the beginning of b stand for themselves.
func (t *csvTable) plain(b []byte) int {
	if t.quote {
		return 0
	}
	for i, c := range b {
		if c <= ' ' || c == '"' || c == t.comma && !t.quoted {
			return i
		}
	}
	return len(b)
}

func (t *csvTable) special(c byte) {
	if t.quote { // a quote inside quotes: two are one, one ends the cell
		t.quote = false
		if c == '"' {
			t.put('"')
			return
		}
		t.quoted = false
	}
	switch {
	case c == '"' && t.quoted:
		t.quote = true
	case c == '"' && !t.inCell:
		t.quoted, t.inCell, t.inRow, t.size = true, true, true, 0
	case t.quoted && c <= ' ':
		t.blank()
	case c == t.comma:
		t.out = append(bytes.TrimRight(t.out, " "), '\t')
		t.inCell, t.inRow = false, true
	case c == '\n':
		t.endRow()
	case c <= ' ':
		t.blank()
	default:
		t.put(c)
	}
}

func (t *csvTable) put(c byte) {
	t.out = append(t.out, c)
	t.inCell, t.inRow = true, true
}

// blank puts one space, and none at a cell's beginning.
func (t *csvTable) blank() {
	if n := len(t.out); n > 0 && t.out[n-1] > ' ' {
		t.out = append(t.out, ' ')
	}
}

func (t *csvTable) endRow() {
	t.quoted, t.quote = false, false
	if t.inRow {
		t.out = append(bytes.TrimRight(t.out, " "), '\n')
	}
	t.inCell, t.inRow = false, false
}
