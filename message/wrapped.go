package message

import (
	"io"
	"strings"
)

// wrapped looks for HTML that is left open before an encrypted part: programs
// that show all parts as one page send what they decrypt to where the HTML
// says (EFAIL, "direct exfiltration").
func (s *readings) wrapped(root *Part) error {
	encrypted := false
	root.Walk(func(p *Part) { encrypted = encrypted || p.encrypted() })
	if !encrypted {
		return nil
	}
	var open *Part
	var failed error
	root.Walk(func(p *Part) {
		switch {
		case failed != nil:
		case open != nil && p.encrypted():
			open.add(WrappedCiphertext)
			open = nil
		case p.Leaf() && p.Type == "text/html":
			var is bool
			if is, failed = s.leftOpen(p); is {
				open = p
			}
		}
	})
	return failed
}

// encrypted reports whether a part's type says that it is encrypted.
func (p *Part) encrypted() bool {
	switch p.Type {
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted", "application/pgp-encrypted":
		return true
	}
	return false
}

// leftOpen reports whether HTML ends inside a tag.
func (s *readings) leftOpen(p *Part) (bool, error) {
	h := &htmlEnd{before: ' '}
	err := s.copy(h, p.Text())
	return h.inTag, err
}

// htmlEnd follows HTML to its end.
type htmlEnd struct {
	inTag  bool
	quote  byte // of the attribute's value that is open, or 0
	before byte // the last character but blanks
}

var _ io.Writer = (*htmlEnd)(nil)

// Write implements io.Writer.
func (h *htmlEnd) Write(b []byte) (int, error) {
	for _, c := range b {
		switch {
		case h.quote != 0:
			if c == h.quote {
				h.quote = 0
			}
		case h.inTag && c == '>':
			h.inTag = false
		case h.inTag && (c == '"' || c == '\'') && h.before == '=':
			h.quote = c
		case !h.inTag && h.before == '<' && (c == '/' || c == '!' || c|0x20 >= 'a' && c|0x20 <= 'z'):
			h.inTag = true
		}
		if !strings.ContainsRune(" \t\r\n", rune(c)) {
			h.before = c
		}
	}
	return len(b), nil
}
