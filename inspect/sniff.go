package inspect

import (
	"bytes"
	"unicode/utf8"
)

// kind is what content is by its own bytes.
type kind string

const (
	kindText    kind = "text"
	kindHTML    kind = "html"
	kindPDF     kind = "pdf"
	kindZip     kind = "zip"
	kindOLE     kind = "ole" // Office documents of before 2007, and encrypted ones of any age
	kindBinary  kind = "binary"
	kindPGP     kind = "pgp-message"
	kindCMS     kind = "cms"
	kindUnknown kind = "unknown"
)

// sniffSize is how much of the content is looked at.
const sniffSize = 1024

// sniff says what content is that begins with head. Text is only what has no
// control characters and hardly any broken UTF-8 (Latin-1 letters).
func sniff(head []byte) kind {
	for _, m := range [...]struct {
		magic string
		kind  kind
	}{
		{"PK\x03\x04", kindZip}, {"PK\x05\x06", kindZip}, {"%PDF-", kindPDF},
		{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", kindOLE}, {"-----BEGIN PGP MESSAGE-----", kindPGP},
		{"\x1F\x8B", kindBinary}, {"7z\xBC\xAF\x27\x1C", kindBinary}, {"Rar!\x1A\x07", kindBinary}, {"BZh", kindBinary},
		{"\xFD7zXZ\x00", kindBinary}, {"\x28\xB5\x2F\xFD", kindBinary}, {"\x89PNG\r\n", kindBinary}, {"\xFF\xD8\xFF", kindBinary},
		{"GIF8", kindBinary}, {"MZ\x90", kindBinary}, {"\x7FELF", kindBinary}, {"II*\x00", kindBinary}, {"MM\x00*", kindBinary},
		{"{\\rtf", kindBinary}, {"\x78\x9F\x3E\x22", kindBinary},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.kind
		}
	}
	switch {
	case cmsType(head) != "":
		return kindCMS
	case bytes.Contains(head, []byte("%PDF-")):
		return kindPDF // readers look for it in the first 1,024 bytes
	case !isText(head):
		return kindUnknown
	}
	folded := bytes.ToLower(head)
	if bytes.Contains(folded, []byte("<html")) || bytes.Contains(folded, []byte("<!doctype html")) || bytes.Contains(folded, []byte("<body")) {
		return kindHTML
	}
	return kindText
}

func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) {
		return true // UTF-16 with its mark
	}
	broken := 0
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		switch {
		case r == utf8.RuneError && size == 1 && !(len(head) == sniffSize && len(head)-i < utf8.UTFMax):
			broken++
		case r < '\b', r > 0x0F && r < 0x1B, r > 0x1B && r < ' ', r == 0x7F:
			return false // blanks, shifts and escapes do stand in text (ISO-2022)
		}
		i += size
	}
	return broken*10 <= len(head)
}

// cmsType is the content type of a CMS object (RFC 5652 section 3):
// "enveloped", "signed", "other", or "" where it is none. The headers of BER
// and DER are both understood.
func cmsType(head []byte) string {
	if len(head) < 13 || head[0] != 0x30 {
		return ""
	}
	at := 2
	if head[1] > 0x80 {
		at += int(head[1] & 0x7F)
	}
	oids := [...]struct{ oid, name string }{
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", "enveloped"},
		{"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", "enveloped"}, // AuthEnvelopedData, RFC 5083
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", "signed"},
		{"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01", "other"},
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07", "other"},
	}
	for _, o := range oids {
		if at < len(head) && bytes.HasPrefix(head[at:], []byte(o.oid)) {
			return o.name
		}
	}
	return ""
}

// detached reports whether a CMS object is a signature without content (RFC
// 5652 section 5.2): after the digest algorithms stands an
// EncapsulatedContentInfo that is nothing but its type.
func detached(head []byte) bool {
	const data = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
	return cmsType(head) == "signed" &&
		(bytes.Contains(head, []byte("\x30\x0B"+data)) || bytes.Contains(head, []byte("\x30\x80"+data+"\x00\x00")))
}

// encryptionSigns looks through a container for what says that it is
// encrypted. Write takes it in pieces.
type encryptionSigns struct {
	kind  kind
	tail  []byte
	found bool
}

// signOverlap is the most bytes that a sign takes, less one.
const signOverlap = 63

func (e *encryptionSigns) Write(p []byte) (int, error) {
	if !e.found && e.kind != kindBinary && e.kind != kindUnknown {
		e.tail = append(e.tail, p...)
		e.found = e.sign(e.tail)
		e.tail = append(e.tail[:0], e.tail[max(0, len(e.tail)-signOverlap):]...)
	}
	return len(p), nil
}

func (e *encryptionSigns) sign(text []byte) bool {
	switch e.kind {
	case kindPDF:
		return pdfEncrypted(text)
	case kindZip:
		return zipFlag(text, "PK\x03\x04", 6) || zipFlag(text, "PK\x01\x02", 8)
	case kindOLE: // [MS-OFFCRYPTO] section 2.3.4.4
		return bytes.Contains(text, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
	}
	return false
}

// pdfEncrypted looks for the trailer's /Encrypt entry (ISO 32000-1 section
// 7.6.1), a reference or a dictionary.
func pdfEncrypted(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("/Encrypt"))
		if i < 0 {
			return false
		}
		text = text[i+len("/Encrypt"):]
		if rest := bytes.TrimLeft(text, " \t\r\n\x00\f"); len(rest) > 0 && ('0' <= rest[0] && rest[0] <= '9' && len(rest) < len(text) || rest[0] == '<') {
			return true
		}
	}
}

// zipFlag looks for a file header whose general purpose flag says encrypted
// (APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.4.4).
func zipFlag(text []byte, signature string, flag int) bool {
	for {
		i := bytes.Index(text, []byte(signature))
		if i < 0 || i+flag >= len(text) {
			return false
		}
		if text[i+flag]&1 != 0 {
			return true
		}
		text = text[i+len(signature):]
	}
}
