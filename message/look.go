package message

import (
	"bytes"
	"strings"

	"golang.org/x/text/transform"
)

// look looks at the bytes of a text: whether they are what its charset says.
func (s *readings) look(p *Part) error {
	html := p.Type == "text/html"
	if !p.Leaf() || !strings.HasPrefix(p.Type, "text/") || guessed(p.Charset) && !html {
		return nil
	}
	d, known := decoderFor(p.Charset)
	likely := likeASCII(p.Charset)
	n := 1 << 10
	if !known || !likely {
		n = sampleSize
	}
	head, err := p.head(n)
	if err != nil || len(head) == 0 {
		return err
	}
	switch {
	case !known:
		if len(head) == n || !plainASCII(head) {
			p.add(UnknownCharset)
		}
	case likely && html && oddMeta(head) != "":
		s.inCharset(p, CharsetConflict, oddMeta(head))
	case likely && !guessed(p.Charset) && wide(head) != nil,
		!likely && wideLabel(p.Charset) && plainASCII(head):
		s.inCharset(p, CharsetConflict, "")
	case likely, wideLabel(p.Charset):
	case len(head) == n || changes(d, head):
		s.inCharset(p, AmbiguousCharset, "")
	}
	return nil
}

// inCharset adds the reading of a text in another charset ("" is guessed).
func (s *readings) inCharset(p *Part, code, charset string) {
	p.add(code)
	s.leaf(p, &Part{Reading: code, Type: p.Type, Charset: charset, Encoding: p.Encoding, flavour: p.flavour,
		Source: p.Source, HeaderStart: p.Start, Start: p.Start, End: p.End})
}

// wideLabel reports whether a charset has two or four bytes a character.
func wideLabel(charset string) bool {
	return strings.HasPrefix(charset, "utf-16") || strings.HasPrefix(charset, "utf16") || strings.HasPrefix(charset, "utf-32") ||
		strings.HasPrefix(charset, "utf32") || strings.HasPrefix(charset, "ucs-") || charset == "unicode"
}

// plainASCII reports whether b is printable US-ASCII and line ends: the same
// in nearly all charsets.
func plainASCII(b []byte) bool {
	for _, c := range b {
		if c > '~' || c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' {
			return false
		}
	}
	return !bytes.Contains(b, []byte("~{"))
}

// changes reports whether a charset makes something else of b than ASCII does.
func changes(d transform.Transformer, b []byte) bool {
	out, _, err := transform.Bytes(d, b)
	return err != nil || !bytes.Equal(out, b)
}

// oddMeta returns the charset that HTML declares itself, where ASCII means
// something else in it. (Browsers take UTF-16 there for UTF-8: WHATWG HTML
// section 13.2.3.2.)
func oddMeta(head []byte) string {
	for _, c := range paramByWord(string(head), "charset") {
		c = strings.ToLower(strings.Trim(c, " '\"/>"))
		if _, known := decoderFor(c); known && !likeASCII(c) && !wideLabel(c) {
			return c
		}
	}
	return ""
}
