package extract

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// xmlToken is what xmlScan.next found.
type xmlToken int

const (
	xmlDone  xmlToken = iota // the end, or err says what went wrong
	xmlStart                 // name and attrs are set, depth counts this element
	xmlEnd                   // name is set, depth no longer counts this element
	xmlChars                 // text is set; one text may come in pieces
)

const (
	xmlWindow   = 64 << 10 // what is read at once
	xmlMaxTag   = 1 << 20  // longest tag with its attributes
	xmlMaxDepth = 4096
)

var (
	errXMLTag   = errors.New("xml: tag too long or not closed")
	errXMLDepth = errors.New("xml: nested too deeply")
)

// xmlAttr is an attribute: its name without prefix, its value decoded. Both
// are valid until the next call of next.
type xmlAttr struct{ name, value []byte }

// xmlScan reads the XML of office files, as a stream and five times as fast as
// encoding/xml. It goes by local names, since prefixes and namespaces differ
// between writers and editions of the standards, and it is tolerant: it does
// not compare the names of start and end tags. Entities that a document
// declares itself are not expanded, but doctype says that there is a
// declaration.
type xmlScan struct {
	r       io.Reader
	buf     []byte
	pos     int
	end     int
	readErr error // from r, once it has ended

	name    []byte
	attrs   []xmlAttr
	text    []byte
	depth   int
	err     error
	doctype bool

	closeNext bool // the start tag just given closes itself
	cdata     bool
}

// newXMLScan starts on r, whatever its character encoding.
func newXMLScan(r io.Reader) *xmlScan { return newXMLScanSize(r, xmlWindow) }

// newXMLScanSize starts with another window, at least 512 bytes.
func newXMLScanSize(r io.Reader, window int) *xmlScan {
	s := &xmlScan{r: r, buf: make([]byte, window)}
	for s.end < 256 && s.fill() {
	}
	head := s.buf[:s.end]
	if dec := xmlEncoding(head); dec != nil {
		s.r = transform.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(head)), &restOf{s.r, s.readErr}), dec.NewDecoder())
		s.end, s.readErr = 0, nil
	} else if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	return s
}

// restOf gives an error that was already read before it reads on.
type restOf struct {
	r   io.Reader
	err error
}

func (r *restOf) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return r.r.Read(p)
}

// xmlEncoding is the character encoding that head shows, nil for UTF-8.
func xmlEncoding(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("<\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\x00<")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case !bytes.HasPrefix(head, []byte("<?xml")):
		return nil
	}
	decl, _, _ := bytes.Cut(head, []byte("?>"))
	_, label, ok := bytes.Cut(decl, []byte("encoding"))
	label = bytes.TrimLeft(label, "= \t\r\n")
	if !ok || len(label) < 2 {
		return nil
	}
	label, _, _ = bytes.Cut(label[1:], label[:1])
	enc, err := htmlindex.Get(string(label))
	if err != nil || enc == unicode.UTF8 || bytes.HasPrefix(bytes.ToLower(label), []byte("utf-16")) {
		return nil
	}
	return enc
}

// fill reads more behind what is left; false where nothing more comes.
func (s *xmlScan) fill() bool {
	if s.readErr != nil {
		return false
	}
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= xmlMaxTag {
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	// Not less than this at once, so that a tag cut at the end of the window
	// is not parsed again for every few bytes.
	n, err := io.ReadAtLeast(s.r, s.buf[s.end:], min(16<<10, len(s.buf)-s.end))
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	s.end += n
	s.readErr = err
	return n > 0
}

// next goes on to the next token.
func (s *xmlScan) next() xmlToken {
	if s.closeNext {
		s.closeNext = false
		s.depth--
		return xmlEnd
	}
	for s.err == nil {
		if s.pos == s.end && !s.fill() {
			return s.fail(nil)
		}
		if s.cdata {
			if s.takeCDATA() {
				return xmlChars
			}
			continue
		}
		if s.buf[s.pos] != '<' {
			if s.takeText() {
				return xmlChars
			}
			continue
		}
		if token := s.markup(); token != xmlDone {
			return token
		}
	}
	return xmlDone
}

// fail ends the scan: with err, or with what reading ended with.
func (s *xmlScan) fail(err error) xmlToken {
	if s.readErr != nil && s.readErr != io.EOF {
		err = s.readErr
	} else if err == nil && s.depth > 0 {
		err = io.ErrUnexpectedEOF
	}
	if s.err = err; err == nil {
		s.err = io.EOF
	}
	return xmlDone
}

// problem is what ended the scan, nil if that was the document's proper end.
func (s *xmlScan) problem() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// takeText takes text up to the next tag or the end of the window, but never
// the beginning of an entity without its end. False where it only read on.
func (s *xmlScan) takeText() bool {
	piece := s.buf[s.pos:s.end]
	closed := false
	if i := bytes.IndexByte(piece, '<'); i >= 0 {
		piece, closed = piece[:i], true
	}
	if !closed && s.readErr == nil {
		if i := bytes.LastIndexByte(piece, '&'); i >= 0 && len(piece)-i < 32 && bytes.IndexByte(piece[i:], ';') < 0 {
			if i == 0 {
				if s.fill() {
					return false
				}
				i = len(piece)
			}
			piece = piece[:i]
		}
	}
	s.pos += len(piece)
	s.text = xmlUnescape(piece)
	return len(s.text) > 0
}

func (s *xmlScan) takeCDATA() bool {
	piece := s.buf[s.pos:s.end]
	if i := bytes.Index(piece, []byte("]]>")); i >= 0 {
		s.text, s.cdata = piece[:i], false
		s.pos += i + 3
		return i > 0
	}
	keep := 2
	if len(piece) <= keep {
		if s.fill() {
			return false
		}
		keep = 0
	}
	s.text = piece[:len(piece)-keep]
	s.pos += len(s.text)
	return len(s.text) > 0
}

// markup takes what begins with "<": a tag, or something that it passes over,
// for which it returns xmlDone with err unset.
func (s *xmlScan) markup() xmlToken {
	for s.end-s.pos < 9 && s.fill() {
	}
	rest := s.buf[s.pos:s.end]
	switch {
	case len(rest) < 3:
		return s.fail(io.ErrUnexpectedEOF)
	case rest[1] == '/':
		return s.endTag()
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.skip(4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		s.pos += 9
		s.cdata = true
		return xmlDone
	case rest[1] == '?':
		return s.skip(2, "?>")
	case rest[1] == '!':
		return s.declaration()
	}
	return s.startTag()
}

// skip passes over n bytes and then over everything up to and with stop.
func (s *xmlScan) skip(n int, stop string) xmlToken {
	s.pos += n
	for {
		piece := s.buf[s.pos:s.end]
		if i := bytes.Index(piece, []byte(stop)); i >= 0 {
			s.pos += i + len(stop)
			return xmlDone
		}
		s.pos += max(0, len(piece)-len(stop)+1)
		if !s.fill() {
			return s.fail(io.ErrUnexpectedEOF)
		}
	}
}

// declaration passes over <!DOCTYPE …>, with an internal subset in brackets.
func (s *xmlScan) declaration() xmlToken {
	s.doctype = true
	nested := 0
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			s.pos++
			switch c {
			case '[', '<':
				nested++
			case ']':
				nested--
			case '>':
				if nested--; nested <= 0 {
					return xmlDone
				}
			}
		}
		if !s.fill() {
			return s.fail(io.ErrUnexpectedEOF)
		}
	}
}

func (s *xmlScan) endTag() xmlToken {
	from := 2
	for {
		if i := bytes.IndexByte(s.buf[s.pos+from:s.end], '>'); i >= 0 {
			s.name = xmlLocal(bytes.TrimRight(s.buf[s.pos+2:s.pos+from+i], " \t\r\n"))
			s.pos += from + i + 1
			break
		}
		from = s.end - s.pos
		if !s.fill() {
			return s.fail(errXMLTag)
		}
	}
	if s.depth == 0 {
		return xmlDone
	}
	s.depth--
	return xmlEnd
}

func (s *xmlScan) startTag() xmlToken {
	for {
		n, selfClosed := s.parseTag(s.buf[s.pos+1 : s.end])
		if n > 0 {
			s.pos += 1 + n
			s.closeNext = selfClosed
			break
		}
		if !s.fill() {
			return s.fail(errXMLTag)
		}
	}
	for i := range s.attrs {
		s.attrs[i].value = xmlUnescape(s.attrs[i].value)
	}
	if s.depth++; s.depth > xmlMaxDepth {
		return s.fail(errXMLDepth)
	}
	return xmlStart
}

// parseTag takes name and attributes out of b, which begins behind "<". It
// returns how long the tag is, 0 if its end is not in b.
func (s *xmlScan) parseTag(b []byte) (n int, selfClosed bool) {
	i := 0
	for i < len(b) && !xmlNameEnd[b[i]] {
		i++
	}
	s.name, s.attrs = xmlLocal(b[:i]), s.attrs[:0]
	for i < len(b) {
		switch b[i] {
		case '>':
			return i + 1, false
		case '/':
			if i+1 < len(b) && b[i+1] == '>' {
				return i + 2, true
			}
			i++
			continue
		case ' ', '\t', '\r', '\n', '=', '"', '\'':
			i++
			continue
		}
		name := i
		for i < len(b) && !xmlNameEnd[b[i]] {
			i++
		}
		nameEnd := i
		for i < len(b) && (b[i] == ' ' || b[i] == '=' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
			i++
		}
		if i == len(b) || b[i] != '"' && b[i] != '\'' {
			continue
		}
		value := i + 1
		length := bytes.IndexByte(b[value:], b[i])
		if length < 0 {
			return 0, false
		}
		i = value + length + 1
		s.attrs = append(s.attrs, xmlAttr{xmlLocal(b[name:nameEnd]), b[value : value+length]})
	}
	return 0, false
}

// xmlNameEnd marks the bytes that end a name in a tag.
var xmlNameEnd = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '/': true, '>': true, '=': true, '"': true, '\'': true}

func xmlLocal(b []byte) []byte {
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		return b[i+1:]
	}
	return b
}

// attr is the value of the attribute with that local name, nil if there is none.
func (s *xmlScan) attr(name string) []byte {
	for i := range s.attrs {
		if string(s.attrs[i].name) == name {
			return s.attrs[i].value
		}
	}
	return nil
}

// xmlUnescape decodes the entities in b, in place: they only get shorter.
// What is no entity of XML stays as it stands.
func xmlUnescape(b []byte) []byte {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b
	}
	out := b[:i]
	for i < len(b) {
		if b[i] != '&' {
			next := bytes.IndexByte(b[i:], '&')
			if next < 0 {
				next = len(b) - i
			}
			out = append(out, b[i:i+next]...)
			i += next
			continue
		}
		length := bytes.IndexByte(b[i:min(len(b), i+32)], ';')
		r, ok := rune(0), false
		if length > 0 {
			r, ok = xmlEntity(b[i+1 : i+length])
		}
		if !ok {
			out = append(out, '&')
			i++
			continue
		}
		out = utf8.AppendRune(out, r)
		i += length + 1
	}
	return out
}

func xmlEntity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	// A replacement character is three bytes, as the shortest "&#1;" is four.
	if err != nil || n == 0 || n > utf8.MaxRune {
		return utf8.RuneError, err == nil
	}
	return rune(n), true
}
