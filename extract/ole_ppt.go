package extract

import (
	"bufio"
	"compress/zlib"
	"errors"
	"io"
)

var errPpt = errors.New("presentation: broken")

// powerpoint reads a presentation of PowerPoint 97 to 2003 ([MS-PPT]): records
// in records, of which those with text are taken wherever they stand. Slides
// come in the order of the file; what was changed or deleted and is still in
// the file comes too.
func (r *oleReader) powerpoint(d oleDir) error {
	if user, err := r.slurp(d, "Current User"); err != nil {
		return err
	} else if u32(user, 12) == 0xF3D1C4DF {
		r.locked(d)
		return nil
	}
	s := d.stream("PowerPoint Document")
	if s == nil {
		return errPpt
	}
	p := &pptReader{r: r, d: d, in: bufio.NewReaderSize(r.w.counted(s.reader()), 64<<10), f: newOfficeFlow(r.w, "")}
	return r.w.endFlow(p.f, p.records())
}

type pptReader struct {
	r    *oleReader
	d    oleDir
	in   *bufio.Reader
	f    *officeFlow
	pos  int64
	open []pptContainer
}

// pptContainer is an open record that holds others.
type pptContainer struct {
	kind int
	end  int64
}

// pptPlaces says where the text in a container stands.
var pptPlaces = map[int]string{
	0x03F0: "notes", 0x03F8: "header", 0x0FC9: "header", 0x2EE0: "comments", 0x0FD9: "header", 0x0FD7: "links", 0x1388: "metadata",
}

func (p *pptReader) records() error {
	head := make([]byte, 8)
	for {
		n, err := io.ReadFull(p.in, head)
		if n == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		p.pos += 8
		kind, size := u16(head, 2), int64(u32(head, 4))
		for n := len(p.open); n > 0 && p.pos > p.open[n-1].end; n-- {
			p.open = p.open[:n-1]
		}
		if head[0]&0x0F == 0x0F {
			if kind == 0x2F14 { // the key of an encrypted document
				p.r.locked(p.d)
				return nil
			}
			if len(p.open) < 64 {
				p.open = append(p.open, pptContainer{kind, p.pos + size})
			}
			continue
		}
		if err := p.atom(kind, u16(head, 0)>>4, size); err != nil {
			return err
		}
	}
}

// place is where text stands now.
func (p *pptReader) place() string {
	for i := len(p.open) - 1; i >= 0; i-- {
		if place, ok := pptPlaces[p.open[i].kind]; ok {
			return place
		}
	}
	return ""
}

// atom reads a record that holds no others.
func (p *pptReader) atom(kind, instance int, size int64) error {
	defer func() { p.pos += size }()
	switch kind {
	case 0x0FA0, 0x0FA8, 0x0FBA: // TextCharsAtom, TextBytesAtom, CString
		if size > maxOLEStream {
			p.r.w.lost(ProblemBudget)
			break
		}
		b, err := io.ReadAll(io.LimitReader(p.in, size))
		if err != nil {
			return err
		}
		return p.text(kind, b)
	case 0x1011: // an embedded file, or the macros
		return p.object(instance, size)
	}
	_, err := io.CopyN(io.Discard, p.in, size)
	return err
}

func (p *pptReader) text(kind int, b []byte) error {
	text := ""
	if kind == 0x0FA8 {
		text = latin1(b)
	} else {
		text = utf16Text(b)
	}
	place := p.place()
	out := make([]rune, 0, len(text))
	for _, c := range text {
		switch {
		case c == '\r' || c == '\v':
			c = '\n'
		case c < ' ' && c != '\t':
			continue
		}
		out = append(out, c)
	}
	if place != "" {
		p.f.aside(place, string(out)+"\n\n")
		return p.f.endBlock("")
	}
	if err := p.f.add("", []byte(string(out))); err != nil {
		return err
	}
	return p.f.endBlock("\n\n")
}

// object hands on an embedded compound file, which may be deflated.
func (p *pptReader) object(instance int, size int64) error {
	stored := io.LimitReader(p.in, size)
	var in io.Reader = stored
	var failed error
	if instance == 1 {
		_, failed = io.CopyN(io.Discard, stored, 4) // its size
		if failed == nil {
			in, failed = zlib.NewReader(stored)
		}
	}
	if failed != nil {
		p.r.w.lost(ProblemBroken)
	} else if err := p.r.w.child(Child{Name: "embedded object", Size: -1}, in); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, stored)
	return err
}
