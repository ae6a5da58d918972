package extract

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// rtfData reads the data of a group: hexadecimal digits, or bytes behind \bin.
// Other words, and groups that begin with \*, may stand in between to mislead;
// they are passed over. At its end the group's closing brace is still to come.
type rtfData struct {
	r     *rtfReader
	depth int // of groups in it
	skip  int // depth of the group that is passed over, 0 for none
	bin   int // bytes that come as they are
	done  bool
}

func (d *rtfData) Read(p []byte) (int, error) {
	n := 0
	half, high := false, byte(0)
	for n < len(p) && !d.done {
		c, err := d.r.in.ReadByte()
		if err != nil {
			d.done = true
			if n > 0 && err == io.EOF {
				break
			}
			return n, err
		}
		if d.bin > 0 {
			d.bin--
			p[n] = c
			n++
			continue
		}
		digit, ok := hexDigit(c)
		switch {
		case !ok || d.skip > 0:
			if err := d.other(c); err != nil {
				return n, err
			}
		case !half:
			half, high = true, digit
		default:
			half = false
			p[n] = high<<4 | digit
			n++
		}
	}
	if n == 0 && d.done {
		return 0, io.EOF
	}
	return n, nil
}

// other takes what is no digit.
func (d *rtfData) other(c byte) error {
	switch c {
	case '{':
		d.depth++
		if next, err := d.r.in.Peek(2); err == nil && string(next) == `\*` && d.skip == 0 {
			d.skip = d.depth
		}
	case '}':
		if d.depth == 0 {
			d.done = true
			return d.r.in.UnreadByte()
		}
		if d.depth == d.skip {
			d.skip = 0
		}
		d.depth--
	case '\\':
		first, err := d.r.in.ReadByte()
		if err != nil || first|0x20 < 'a' || first|0x20 > 'z' {
			return nil
		}
		word, value, _, err := d.r.word(first)
		if word == "bin" && d.skip == 0 {
			d.bin = max(value, 0)
		}
		return err
	}
	return nil
}

// give hands data on as a contained file and passes over what was not wanted.
func (d *rtfData) give(c Child, r io.Reader) error {
	if err := d.r.w.child(c, r); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, d)
	if errors.Is(err, errStop) {
		return err
	}
	return nil
}

// object hands on an embedded object: [MS-OLEDS] 2.2, an OLE 1 object.
func (r *rtfReader) object() error {
	if err := r.flush(); err != nil {
		return err
	}
	d := &rtfData{r: r}
	in := bufio.NewReaderSize(d, 4096)
	head, _ := in.Peek(4096)
	at, class := 8, ""
	for i := range 3 {
		n := u32(head, at)
		if i == 0 {
			class = cleanText(string(part(head, at+4, n)))
		}
		at += 4 + n
	}
	if kind := u32(head, 4); kind != 1 && kind != 2 || at+4 > len(head) {
		// Not of that form: all of it may be a file.
		return d.give(Child{Name: "object", Size: -1}, in)
	}
	size := int64(u32(head, at))
	if _, err := in.Discard(at + 4); err != nil {
		return err
	}
	if strings.EqualFold(class, "Package") {
		b, err := r.w.slurp(io.LimitReader(in, size), maxOLEStream)
		if err := r.w.passed(err); err != nil {
			return err
		}
		name, data := packageObject(b)
		if err := r.w.childBytes(name, "", data); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, d)
		return r.w.passed(err)
	}
	// The claimed size may be wrong: the rest belongs to it all the same.
	return d.give(Child{Name: class, Size: size}, in)
}

// picture hands on a picture, which begins behind words that describe it.
func (r *rtfReader) picture() error {
	if err := r.flush(); err != nil {
		return err
	}
	d := &rtfData{r: r}
	in := bufio.NewReaderSize(d, 64)
	if _, err := in.Peek(1); err != nil {
		return r.w.passed(ignoreEOF(err))
	}
	return d.give(Child{Name: "picture", Size: -1}, in)
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
