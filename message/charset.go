package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// guessed reports whether a charset label says no more than that bytes beyond
// ASCII are UTF-8: there is none, or one that is used whatever the bytes are.
func guessed(charset string) bool {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown", "x-unknown", "unknown-8bit", "x-unkown", "default", "utf8mb4", "ansi":
		return true
	}
	return false
}

// decoderFor returns what turns text in a charset into UTF-8. known is false
// for a name that nobody knows: the decoder guesses then.
//
// Names mean what browsers take them for, so "iso-8859-1" is windows-1252.
func decoderFor(charset string) (d transform.Transformer, known bool) {
	name := strings.ToLower(strings.TrimSpace(charset))
	switch name {
	case "utf-7", "utf7", "unicode-1-1-utf-7", "csunicode11utf7", "x-unicode-2-0-utf-7":
		return &utf7{}, true
	case "utf-16", "utf16", "unicode", "ucs-2", "iso-10646-ucs-2", "csunicode":
		// RFC 2781 section 4.3: big endian unless the mark says otherwise.
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder(), true
	case "utf-32", "utf32", "ucs-4", "iso-10646-ucs-4":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder(), true
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewDecoder(), true
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder(), true
	}
	if guessed(name) {
		return &guess{}, true
	}
	// The index of the web knows some names only to make nothing of them
	// (encoding.Replacement); that would lose the whole text.
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e.NewDecoder(), true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e.NewDecoder(), true
	}
	return &guess{}, false
}

// likeASCII reports whether text of printable ASCII is the same in a charset.
// Where it is not, a program that does not know the charset shows something
// else.
func likeASCII(charset string) bool {
	if guessed(charset) {
		return true
	}
	const sample = "abc XYZ +AGE- ~{!!~} 0189"
	d, known := decoderFor(charset)
	if !known {
		return true
	}
	out, _, err := transform.Bytes(d, []byte(sample))
	return err == nil && string(out) == sample
}

// textIn returns b, which is in a charset, as UTF-8. It is false for a charset
// that nobody knows: bytes beyond US-ASCII are U+FFFD then.
func textIn(charset string, b []byte) (string, bool) {
	d, known := decoderFor(charset)
	if !known {
		return asciiOnly(b), false
	}
	if _, ok := d.(*guess); ok {
		if utf8.Valid(b) {
			return string(b), true
		}
		d = &guess{legacy: legacyOf(b)}
	}
	out, _, err := transform.Bytes(d, b)
	if err != nil {
		return asciiOnly(b), false
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), true
}

// asciiOnly puts U+FFFD for every byte beyond US-ASCII.
func asciiOnly(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c >= utf8.RuneSelf {
			s.WriteRune(utf8.RuneError)
		} else {
			s.WriteByte(c)
		}
	}
	return s.String()
}
