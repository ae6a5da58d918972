package message

import "bytes"

// checker looks at the lines of one body while they pass.
type checker struct {
	part   *Part
	binary bool
	base64 *base64Check
	quoted bool
	length int // of the current line so far
}

// checker returns the checker for what comes next: the body of a leaf, or a
// preamble or epilogue.
func (r *reader) checker() *checker {
	o := r.top()
	c := &checker{part: o.part}
	if o.boundary != nil {
		return c
	}
	switch o.part.Encoding {
	case "binary":
		c.binary = true
	case "base64":
		c.base64 = &base64Check{table: r.table}
	case "quoted-printable":
		c.quoted = true
	}
	return c
}

// line looks at one piece of a line, of which end bytes are the line end.
func (c *checker) line(piece []byte, start bool, end int) {
	if start {
		c.length = 0
	}
	c.length += len(piece) - end
	if !c.binary {
		if c.length > maxLine {
			c.part.add(LineTooLong, "a line has more than 998 bytes")
		}
		if bytes.IndexByte(piece, 0) >= 0 {
			c.part.add(NULInBody, "a NUL stands in the body")
		}
	}
	checkEnds(c.part, piece, start, end, c.binary)
	switch {
	case c.base64 != nil:
		c.base64.line(piece, end)
	case c.quoted:
		if !goodQuoted(piece[:len(piece)-end], end > 0) {
			c.part.add(BadQuotedPrintable, `an "=" is followed by neither two hexadecimal digits nor the line end`)
		}
	}
}

// end is called behind the last line.
func (c *checker) end() {
	if c.base64 != nil && !c.base64.good() {
		c.part.add(BadBase64, "foreign characters, text behind the padding, or an incomplete end")
	}
}

// checkEnds notes CR and LF that don't come together.
func checkEnds(p *Part, piece []byte, start bool, end int, binary bool) {
	if binary {
		return
	}
	if end == 1 {
		p.add(BareLF, "a line ends in LF without CR")
	}
	if crs := bytes.Count(piece, []byte{'\r'}); crs > 1 || crs == 1 && end != 2 {
		p.add(BareCR, "a CR is not followed by LF")
	}
}

// base64Check tells whether base64 is as RFC 2045 section 6.8 wants it.
type base64Check struct {
	table *base64Table
	chars int // of the alphabet
	pads  int
	junk  bool
}

// line looks at one piece of a line, of which end bytes are the line end.
func (c *base64Check) line(piece []byte, end int) {
	piece = piece[:len(piece)-end]
	var seen byte
	rest, t := piece, c.table
	for len(rest) >= 8 {
		seen |= t[rest[0]] | t[rest[1]] | t[rest[2]] | t[rest[3]] | t[rest[4]] | t[rest[5]] | t[rest[6]] | t[rest[7]]
		rest = rest[8:]
	}
	for _, b := range rest {
		seen |= t[b]
	}
	if seen >= 64 || c.pads > 0 {
		c.slow(piece)
		return
	}
	c.chars += len(piece)
}

// slow looks at what holds more than characters of the alphabet, or comes
// behind the padding.
func (c *base64Check) slow(piece []byte) {
	for _, b := range piece {
		switch v := c.table[b]; {
		case v < 64:
			c.chars++
			c.junk = c.junk || c.pads > 0
		case v == b64Pad:
			c.pads++
		case v == b64Junk:
			c.junk = true
		}
	}
}

func (c *base64Check) good() bool {
	return !c.junk && c.pads <= 2 && (c.chars+c.pads)%4 == 0
}

// goodQuoted checks the escapes of one line, without its line end.
func goodQuoted(line []byte, ended bool) bool {
	for {
		i := bytes.IndexByte(line, '=')
		if i < 0 {
			return true
		}
		line = line[i+1:]
		switch {
		case len(line) >= 2 && isHex(line[0]) && isHex(line[1]):
			line = line[2:]
		case len(bytes.TrimRight(line, " \t")) == 0:
			return true
		case !ended && len(line) < 2:
			return true // a piece of a long line: the rest comes with the next
		default:
			return false
		}
	}
}
