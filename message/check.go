package message

import (
	"bytes"
	"slices"
	"strings"
)

// checker looks at the lines of one body while they pass.
type checker struct {
	r      *reader
	part   *Part
	around bool // a preamble or epilogue
	binary bool
	base64 *base64Check
	quoted bool
	texts  bool // blocks may stand in it
	length int  // of the current line so far

	fields int64 // where the current run of field lines began, or -1
	// mimeAt and mimeEnd are where the last run of MIME fields in a text
	// began and ended.
	mimeAt, mimeEnd int64
	smtp            smtpWatch
}

// checker returns the checker for what comes next: the body of a leaf, or a
// preamble or epilogue.
func (r *reader) checker() *checker {
	o := r.top()
	c := &checker{r: r, part: o.part, fields: -1, mimeEnd: -1, around: o.boundary != nil}
	if c.around {
		return c
	}
	switch o.part.Encoding {
	case "binary":
		c.binary = true
	case "base64":
		c.base64 = &base64Check{}
	case "quoted-printable":
		c.quoted = true
	}
	c.texts = c.base64 == nil && strings.HasPrefix(o.part.Type, "text/")
	return c
}

// line looks at one piece of a line, of which end bytes are the line end, and
// which stands at an offset.
func (c *checker) line(piece []byte, start bool, end int, at int64) {
	if end == 2 {
		c.r.crlf = true
	}
	if start {
		c.length = 0
		c.begins(piece, at)
	}
	c.length += len(piece) - end
	c.ends(piece, end)
	switch {
	case c.base64 != nil:
		c.base64.line(piece, end)
	case c.quoted:
		if !goodQuoted(piece[:len(piece)-end], end > 0) {
			c.part.add(BadQuotedPrintable)
			c.part.doubtRule(looseQuoted)
		}
	}
}

// begins looks at how a line begins.
func (c *checker) begins(line []byte, at int64) {
	if c.around {
		c.hidden(line, at)
	}
	switch first := line[0]; {
	case len(line) < 5:
		c.smtp.dot(line)
	case c.smtp.waits > 0:
		c.smtp.line(c.part, line, at)
	case !c.texts:
	case first == 'b' || first == '=' || first == '(':
		c.block(line, at)
	case first|0x20 == 'c' || first == ' ' || first == '>' || first == '\t':
		c.inText(line, at)
	}
}

// inText notes MIME fields in a text, which may be quoted, where one of them
// says that what follows is encoded.
func (c *checker) inText(line []byte, at int64) {
	fold := at == c.mimeEnd && (line[0] == ' ' || line[0] == '\t')
	field := bytes.TrimLeft(line, " \t>|")
	if !fold && (len(field) < len("content-") || !bytes.EqualFold(field[:len("content-")], []byte("content-"))) {
		return
	}
	if at != c.mimeEnd {
		c.mimeAt = at
	}
	c.mimeEnd = at + int64(len(line))
	if fold || !saysEncoded(field) {
		return
	}
	d := c.part.doubt()
	switch n := len(d.inText); {
	case n > 0 && d.inText[n-1] == c.mimeAt:
	case n == maxNoted: // the lines are decoded all the same
	default:
		d.inText = append(d.inText, c.mimeAt)
	}
}

// saysEncoded reports whether a line is a field that says that what follows is
// encoded, or may say so in a fold.
func saysEncoded(line []byte) bool {
	name := fieldName(line)
	if !bytes.EqualFold(name, []byte("Content-Transfer-Encoding")) {
		return false
	}
	_, value, _ := bytes.Cut(line, []byte{':'})
	if value = bytes.TrimSpace(value); len(value) == 0 {
		return true
	}
	all := encodingsOf([]parsedField{{text: string(value), mimeField: parseMIMEField(string(value))}})
	return slices.ContainsFunc(all, func(meaning string) bool { return meaning != identity })
}

// block notes the first line of a file that stands encoded in a text.
func (c *checker) block(line []byte, at int64) {
	meaning := blockBegins(line)
	if meaning == "" {
		return
	}
	d := c.part.doubt()
	if len(d.blocks) == maxNoted {
		c.part.add(TooManyReadings)
		return
	}
	d.blocks = append(d.blocks, block{meaning, at})
}

// hidden looks for MIME fields around the parts of a multipart, and whether
// there is anything.
func (c *checker) hidden(line []byte, at int64) {
	o := c.r.top()
	if line[0] > ' ' {
		o.content = true
	}
	switch {
	case len(fieldName(line)) == 0 && line[0] != ' ' && line[0] != '\t':
		c.fields = -1
		return
	case c.fields < 0:
		c.fields = at
	}
	if len(line) < 14 || !bytes.EqualFold(line[:8], []byte("content-")) {
		return
	}
	code := PartsInPreamble
	if o.closed {
		code = PartsInEpilogue
	}
	d := c.part.doubt()
	switch n := len(d.hidden); {
	case n > 0 && d.hidden[n-1].at == c.fields:
	case n == maxNoted:
		c.part.add(TooManyReadings)
	default:
		d.hidden = append(d.hidden, hidden{code, c.fields})
	}
}

// ends looks for CR, LF and NUL where none should be, and for long lines.
func (c *checker) ends(piece []byte, end int) {
	lone := hasLoneCR(piece, end)
	nul := bytes.IndexByte(piece, 0) >= 0
	if lone || nul {
		c.r.loneEnds(piece)
	}
	if c.binary {
		return
	}
	if c.length > maxLine {
		c.part.add(LineTooLong)
	}
	if end == 1 {
		c.part.add(BareLF)
	}
	if nul {
		c.part.add(NULInBody)
	}
	if lone {
		c.part.add(BareCR)
		if c.smtp.waits > 0 || bytes.Contains(piece, []byte("\r.\r")) || bytes.HasPrefix(piece, []byte(".\r")) {
			c.part.doubtRule(crEnds)
		}
	}
}

// end is called behind the last line.
func (c *checker) end() {
	if c.base64 != nil {
		if code := c.base64.problem(); code != "" {
			c.part.add(code)
		}
		if c.base64.words > 0 {
			c.part.doubtRule(noMIME) // it may be words
		}
		if c.base64.split {
			c.part.doubtRule(linesApart)
		}
	}
}

// hasLoneCR reports whether a CR stands in a piece that is not part of its
// line end.
func hasLoneCR(piece []byte, end int) bool {
	i := bytes.IndexByte(piece, '\r')
	return i >= 0 && (end != 2 || i < len(piece)-2)
}

// smtpWatch looks for the end of a message as SMTP sends it, and commands
// behind it: to a server that takes the line ends before it otherwise, what
// follows is a message of its own.
type smtpWatch struct {
	waits int  // for how many lines more commands may come
	mail  bool // MAIL FROM came
}

// dot looks at a short line.
func (w *smtpWatch) dot(line []byte) {
	if string(bytes.Trim(line, "\r\n\x00 \t")) == "." {
		*w = smtpWatch{waits: 6}
	}
}

// line looks at a line behind a dot.
func (w *smtpWatch) line(p *Part, line []byte, at int64) {
	w.waits--
	verb := string(bytes.ToUpper(line[:min(len(line), 10)]))
	switch {
	case strings.HasPrefix(verb, "MAIL FROM:"):
		w.mail, w.waits = true, 200 // so many recipients
		p.add(SmuggledMail)
	case w.mail && strings.TrimSpace(verb) == "DATA":
		*w = smtpWatch{}
		d := p.doubt()
		if len(d.mails) == maxNoted {
			p.add(TooManyReadings)
			return
		}
		d.mails = append(d.mails, at+int64(len(line)))
	}
}

// base64Check tells whether base64 is as RFC 2045 section 6.8 wants it.
type base64Check struct {
	chars int  // of the alphabet
	pads  int  // at the end so far
	marks bool // foreign characters at the end so far
	bad   bool // something stands behind padding or foreign characters
	short bool // the last line ended inside a group
	split bool // and more came
	words int  // blanks inside lines
}

// line looks at one piece of a line, of which end bytes are the line end.
func (c *base64Check) line(piece []byte, end int) {
	before := c.chars
	c.piece(bytes.TrimRight(piece[:len(piece)-end], " "))
	c.split = c.split || c.short && c.chars > before
	if end > 0 {
		c.short = (c.chars+c.pads)%4 != 0
	}
}

// piece looks at a piece without its line end.
func (c *base64Check) piece(piece []byte) {
	var seen byte
	rest, t := piece, &base64Values
	for len(rest) >= 8 {
		seen |= t[rest[0]] | t[rest[1]] | t[rest[2]] | t[rest[3]] | t[rest[4]] | t[rest[5]] | t[rest[6]] | t[rest[7]]
		rest = rest[8:]
	}
	for _, b := range rest {
		seen |= t[b]
	}
	if seen >= 64 || c.pads > 0 || c.marks {
		c.slow(piece)
		return
	}
	c.chars += len(piece)
}

// slow looks at what holds more than characters of the alphabet, or comes
// behind the padding.
func (c *base64Check) slow(piece []byte) {
	for _, b := range piece {
		switch v := base64Values[b]; {
		case v < 64:
			c.chars++
			c.bad = c.bad || c.pads > 0 || c.marks
		case v == b64Pad:
			c.pads++
		case v == b64Junk:
			c.marks = true
		case c.chars > 0 && b == ' ':
			c.words++
		}
	}
}

// problem returns the code of what is wrong, or "".
func (c *base64Check) problem() string {
	switch {
	case c.bad, c.marks && c.chars == 0:
		return BadBase64
	case c.marks, c.pads > 2, c.split, (c.chars+c.pads)%4 != 0:
		return OddBase64
	}
	return ""
}

// goodQuoted checks the escapes of one line, without its line end, and that it
// doesn't end with more blanks than programs may agree on.
func goodQuoted(line []byte, ended bool) bool {
	if trailingBlanks(line) >= maxBlanks {
		return false
	}
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
