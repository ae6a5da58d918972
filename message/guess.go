package message

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// guess reads bytes as UTF-8, and those that are no UTF-8 in a charset of one
// byte (windows-1252 where none is set): of text that declares nothing, or
// falsely UTF-8 or US-ASCII, nothing is lost but NULs, which nobody shows.
type guess struct {
	legacy *charmap.Charmap
	mark   int // bytes of a byte order mark to pass over first
}

// Reset implements transform.Transformer.
func (*guess) Reset() {}

// Transform implements transform.Transformer.
func (g *guess) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	legacy := g.legacy
	if legacy == nil {
		legacy = charmap.Windows1252
	}
	for ; g.mark > 0 && nSrc < len(src); g.mark-- {
		nSrc++
	}
	for nSrc < len(src) {
		if c := src[nSrc]; c == 0 {
			nSrc++
			continue
		} else if c < utf8.RuneSelf {
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
			r = legacy.DecodeByte(src[nSrc])
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// tongue is a language and the letters beyond ASCII that it is written with.
type tongue struct {
	letters  string
	charsets []*charmap.Charmap // likelier ones first
}

// tongues are the languages that a guess is made between; the first of those
// that fit as well counts, so Western ones come first.
func tongues() []tongue {
	western := []*charmap.Charmap{charmap.Windows1252}
	central := []*charmap.Charmap{charmap.Windows1250, charmap.ISO8859_2}
	return []tongue{
		{"äöüßÄÖÜ", western},
		{"éèêàçùîôûëïœÉÈÀÇ«»’", western},
		{"áéíóúñü¿¡Ñ", western},
		{"åäöæøÅÄÖÆØé", western},
		{"àèéìòùÀÈ", western},
		{"ãõçáéíóúâêôàÇ", western},
		{"áðéíóúýþæöÁÐÞÖ", western},
		{"ąćęłńóśźżĄĆĘŁŃÓŚŹŻ„”", central},
		{"áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ", central},
		{"áäčďéíĺľňóôŕšťúýžŠČŽ", central},
		{"áéíóöőúüűÁÉÍÓÖŐÚÜŰ", central},
		{"čćđšžČĆĐŠŽ", central},
		{"ăâîşţĂÂÎŞŢ", central},
	}
}

// legacyOf guesses in which charset of one byte text is that is no UTF-8: that
// of the language whose letters explain most of the bytes beyond ASCII.
func legacyOf(b []byte) *charmap.Charmap {
	var count [256]int
	total := 0
	for _, c := range b {
		if c >= utf8.RuneSelf {
			count[c]++
			total++
		}
	}
	best, bestScore := charmap.Windows1252, 0
	if total == 0 {
		return best
	}
	for _, t := range tongues() {
		for _, cm := range t.charsets {
			score := 0
			for _, r := range t.letters {
				if c, ok := cm.EncodeRune(r); ok {
					score += count[c]
				}
			}
			if score > bestScore {
				best, bestScore = cm, score
			}
		}
	}
	return best
}

// wide returns what reads text of two or four bytes a character, by its byte order
// mark or the zero bytes that Western text has there; nil where it is none.
// The head of a text may be cut anywhere.
func wide(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	head = head[:min(len(head), 256)&^3]
	if len(head) < 4 {
		return nil
	}
	var zero [2]int
	var zero4 [4]int
	for i, c := range head {
		if c == 0 {
			zero[i&1]++
			zero4[i&3]++
		}
	}
	half, quarter := len(head)/2, len(head)/4
	switch {
	case zero4[1] == quarter && zero4[2] == quarter && zero4[3] >= quarter && zero4[0] == 0:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case zero4[0] == quarter && zero4[1] == quarter && zero4[2] == quarter && zero4[3] == 0:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case zero[1] >= half*3/4 && zero[0] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zero[0] >= half*3/4 && zero[1] == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}
