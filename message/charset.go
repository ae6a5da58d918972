package message

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoderFor returns what turns text in a charset into UTF-8. known is false
// for a name that nobody knows: the decoder guesses then.
//
// Names mean what browsers take them for, so "iso-8859-1" is windows-1252.
func decoderFor(charset string) (d transform.Transformer, known bool) {
	name := strings.ToLower(strings.TrimSpace(charset))
	switch name {
	case "":
		// A byte order mark says what nobody declared.
		return unicode.BOMOverride(guess{}), true
	case "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968":
		return guess{}, true
	case "utf-7", "unicode-1-1-utf-7":
		return &utf7{}, true
	case "utf-16":
		// RFC 2781 section 4.3: big endian unless the mark says otherwise.
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder(), true
	}
	// The index of the web knows some names only to make nothing of them
	// (encoding.Replacement); that would lose the whole text.
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e.NewDecoder(), true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e.NewDecoder(), true
	}
	return unicode.BOMOverride(guess{}), false
}

// textIn returns b, which is in a charset, as UTF-8. It is false for a charset
// that nobody knows: bytes beyond US-ASCII are U+FFFD then.
func textIn(charset string, b []byte) (string, bool) {
	d, known := decoderFor(charset)
	if !known {
		return asciiOnly(b), false
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

// guess reads bytes as UTF-8, and those that are no UTF-8 as windows-1252: of
// text that declares nothing, or falsely UTF-8 or US-ASCII, nothing is lost.
type guess struct{ transform.NopResetter }

func (guess) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if c := src[nSrc]; c < utf8.RuneSelf {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = c
			nDst++
			nSrc++
			continue
		}
		r, n := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && n == 1 {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r = charmap.Windows1252.DecodeByte(src[nSrc])
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}
