package extract

// biffCursor reads on through a record and the records that continue it.
type biffCursor struct {
	b  *biff
	at int
}

// ready says whether there is another byte, in this record or the next.
func (c *biffCursor) ready() bool {
	for c.at >= len(c.b.data) {
		if !c.b.more() {
			return false
		}
		c.at = 0
	}
	return true
}

func (c *biffCursor) byte() (int, bool) {
	if !c.ready() {
		return 0, false
	}
	v := c.b.data[c.at]
	c.at++
	return int(v), true
}

// number reads n bytes as a number, the low one first.
func (c *biffCursor) number(n int) (int, bool) {
	v := 0
	for i := range n {
		b, ok := c.byte()
		if !ok {
			return 0, false
		}
		v |= b << (8 * i)
	}
	return v, true
}

// skip passes over n bytes.
func (c *biffCursor) skip(n int) bool {
	for n > 0 {
		if !c.ready() {
			return false
		}
		step := min(n, len(c.b.data)-c.at)
		c.at += step
		n -= step
	}
	return true
}

// characters appends n characters to text. Where they go on in the next
// record, that begins with a byte that tells their width anew.
func (c *biffCursor) characters(text []byte, n int, wide bool) ([]byte, bool) {
	var units []uint16
	for n > 0 {
		if c.at >= len(c.b.data) {
			flags, ok := c.byte()
			if !ok {
				return appendUTF16(text, units), false
			}
			wide = flags&1 != 0
		}
		for n > 0 && c.at < len(c.b.data) {
			unit := uint16(c.b.data[c.at])
			c.at++
			if wide && c.at < len(c.b.data) {
				unit |= uint16(c.b.data[c.at]) << 8
				c.at++
			}
			units = append(units, unit)
			n--
		}
	}
	return appendUTF16(text, units), true
}

// text reads a text with its length of two bytes and its formatting.
func (c *biffCursor) text(text []byte) ([]byte, bool) {
	n, _ := c.number(2)
	flags, ok := c.byte()
	if !ok {
		return text, false
	}
	runs, extra := 0, 0
	if flags&8 != 0 {
		runs, _ = c.number(2)
	}
	if flags&4 != 0 {
		extra, _ = c.number(4)
	}
	if text, ok = c.characters(text, n, flags&1 != 0); !ok {
		return text, false
	}
	return text, c.skip(4*runs + extra)
}

// longText reads a text in the open record at that offset, and in those that
// continue it.
func (x *xlsBook) longText(at int) ([]byte, error) {
	if !x.biff8 {
		return []byte(x.shortText(x.b.data, at, true)), nil
	}
	c := &biffCursor{b: x.b, at: at}
	text, ok := c.text(nil)
	if !ok && len(text) == 0 {
		return nil, errXls
	}
	return text, nil
}

// sharedStrings reads the table of strings.
func (x *xlsBook) sharedStrings() error {
	t := &x.book.strings
	c := &biffCursor{b: x.b, at: 8}
	for n := u32(x.b.data, 4); n > 0 && c.ready(); n-- {
		var ok bool
		if t.over {
			text, ok := c.text(nil)
			if err := x.r.w.line("", string(text)); err != nil || !ok {
				return err
			}
			continue
		}
		t.text, ok = c.text(t.text)
		t.close()
		if !ok {
			x.r.w.lost(ProblemBroken)
			return nil
		}
		t.over = len(t.text)+24*len(t.ends) > maxSharedBytes
	}
	return nil
}

// remark takes the records with text that stands beside the cells.
func (x *xlsBook) remark(d []byte) error {
	switch x.b.kind {
	case 0x1C: // NOTE
		if !x.biff8 && len(d) > 6 {
			x.f.aside("comments", decodePage(d[6:], x.page)+"\n")
		}
	case 0x1B6: // TXO: its text is in the next record
		n := u16(d, 10)
		if n > 0 && x.b.more() {
			c := &biffCursor{b: x.b}
			flags, _ := c.byte()
			text, _ := c.characters(nil, n, flags&1 != 0)
			x.f.aside("comments", string(text)+"\n")
		}
	case 0x14, 0x15: // HEADER, FOOTER
		if text := x.shortText(d, 0, x.biff8); text != "" {
			x.f.aside("header", headerText(text)+"\n")
		}
	case 0x1B8: // HLINK: addresses among flags
		if len(d) > 32 {
			x.f.aside("links", wideStrings(d[32:]))
		}
	case 0x18: // NAME
		if len(d) > 14 && x.biff8 {
			n := int(d[3])
			if d[14]&1 != 0 {
				return x.r.w.line("names", utf16Text(part(d, 15, 2*n)))
			}
			return x.r.w.line("names", latin1(part(d, 15, n)))
		}
	case 0xCD: // SXSTRING: a value that a pivot table keeps
		return x.r.w.line("hidden", x.shortText(d, 0, true))
	}
	return nil
}

// wideStrings is the runs of Latin text in UTF-16 at even offsets of b, one on
// a line.
func wideStrings(b []byte) string {
	var out []byte
	run := 0
	for i := 0; i+2 <= len(b); i += 2 {
		if b[i+1] == 0 && b[i] >= ' ' && b[i] < 0x7f {
			out = append(out, b[i])
			run++
			continue
		}
		if run < 4 {
			out = out[:len(out)-run]
		} else {
			out = append(out, '\n')
		}
		run = 0
	}
	if run > 0 {
		out = append(out, '\n')
	}
	return string(out)
}
