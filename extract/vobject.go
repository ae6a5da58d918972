package extract

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
)

// readVObject reads calendars and cards (RFC 5545, RFC 6350 and vCard 2.1):
// each property as "NAME\tvalue", its parameters' text too, and what is
// attached as contained files.
func readVObject(w *work) error {
	text := w.content()
	v := &vobject{w: w, lines: bufio.NewReaderSize(text, int(room(text, chunk)))}
	for {
		line, err := v.logical()
		if propErr := v.property(line); propErr != nil {
			return propErr
		}
		if err == nil && len(v.out) < chunk/2 {
			continue
		}
		if textErr := w.text("", v.out); textErr != nil {
			return textErr
		}
		v.out = v.out[:0]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type vobject struct {
	w     *work
	lines *bufio.Reader
	ahead []byte // the first line of the next property
	out   []byte
}

// longestProperty is how much of one property is kept together. A longer one
// is an attachment of that size, and read as far as that.
const longestProperty = 16 << 20

// logical returns the next property, its folded lines joined.
func (v *vobject) logical() ([]byte, error) {
	line := v.ahead
	v.ahead = nil
	for {
		next, err := v.line()
		switch {
		case len(line) == 0:
			line = next
		case len(next) > 0 && (next[0] == ' ' || next[0] == '\t'):
			line = append(line, next[1:]...)
		case bytes.HasSuffix(line, []byte("=")) && quoted(line):
			line = append(line[:len(line)-1], next...)
		case len(next) == 0 && err == nil && encoded(line): // vCard 2.1 ends base64 so
			return line, nil
		default:
			v.ahead = next
			return line, err
		}
		if len(line) > longestProperty {
			v.w.lost(ProblemBudget)
			return line[:longestProperty], err
		}
		if err != nil {
			return line, err
		}
	}
}

// line returns the next line as it stands.
func (v *vobject) line() (line []byte, err error) {
	for {
		var part []byte
		part, err = v.lines.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) > longestProperty {
			break
		}
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return bytes.TrimRight(line, "\r\n"), err
}

func quoted(line []byte) bool {
	return bytes.Contains(bytes.ToUpper(line[:min(len(line), 256)]), []byte("QUOTED-PRINTABLE"))
}

func encoded(line []byte) bool {
	upper := bytes.ToUpper(line[:min(len(line), 256)])
	return bytes.Contains(upper, []byte("ENCODING=B")) || bytes.Contains(upper, []byte(";BASE64"))
}

// property lays one property out.
func (v *vobject) property(line []byte) error {
	head, value, found := cutOutside(line)
	if !found {
		v.out = append(append(v.out, line...), '\n')
		return nil
	}
	name, params, _ := bytes.Cut(head, []byte(";"))
	if i := bytes.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:] // a group's
	}
	switch {
	case encoded(head):
		return v.w.child(Child{Name: param(params, "FILENAME", "X-FILENAME"), Type: strings.ToLower(param(params, "FMTTYPE", "MEDIATYPE")), Size: -1},
			base64.NewDecoder(base64.RawStdEncoding, &base64Only{r: bytes.NewReader(value)}))
	case isDataURI(value):
		if media, data, ok := bytes.Cut(value[len("data:"):], []byte(";base64,")); ok {
			return v.w.child(Child{Type: strings.ToLower(string(media)), Size: -1}, looseBase64(bytes.NewReader(data)))
		}
	case quoted(head):
		if text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(value))); err == nil {
			value = charsetNamed(param(params, "CHARSET"), charset{}).sample(text)
		}
	}
	v.out = append(append(v.out, name...), '\t')
	v.out = append(v.out, oneLine(unescapeV(value))...)
	if len(params) > 0 {
		v.out = append(append(v.out, '\t'), params...)
	}
	v.out = append(v.out, '\n')
	return nil
}

// cutOutside cuts at the first colon outside quotes.
func cutOutside(line []byte) (head, value []byte, found bool) {
	inQuotes := false
	for i, c := range line {
		switch {
		case c == '"':
			inQuotes = !inQuotes
		case c == ':' && !inQuotes:
			return line[:i], line[i+1:], true
		}
	}
	return bytes.Cut(line, []byte(":"))
}

func param(params []byte, names ...string) string {
	for _, p := range bytes.Split(params, []byte(";")) {
		key, value, _ := bytes.Cut(p, []byte("="))
		for _, n := range names {
			if strings.EqualFold(string(key), n) {
				return strings.Trim(string(value), `"`)
			}
		}
	}
	return ""
}

// unescapeV decodes a value's escapes; the parts of a compound value are set
// apart by blanks.
func unescapeV(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && i+1 < len(b):
			i++
			if c = b[i]; c == 'n' || c == 'N' {
				c = ' '
			}
			out = append(out, c)
		case c == ';':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}
