package detect

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Letters from latinFrom on and below latinTo are folded by a table.
const (
	latinFrom = 0xC0
	latinTo   = 0x400
)

// plainLetter is what a letter is folded to: at most three bytes, the first
// lowest, and above them how many.
type plainLetter uint32

// plainLetters are the folded forms of the Latin and Greek letters: a table of
// constants.
var plainLetters = makePlainLetters()

func makePlainLetters() (table [latinTo - latinFrom]plainLetter) {
	special := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ς': "σ"}
	for r := rune(latinFrom); r < latinTo; r++ {
		lower := unicode.ToLower(r)
		fold := string(lower)
		if s, ok := special[lower]; ok {
			fold = s
		} else if base, _ := utf8.DecodeRuneInString(norm.NFD.String(fold)); base < utf8.RuneSelf && unicode.IsLetter(base) || r >= 0x370 {
			fold = string(base)
		}
		if r >= 0x300 && r < 0x370 { // a combining accent
			fold = ""
		}
		p := plainLetter(len(fold)) << 24
		for i := range len(fold) {
			p |= plainLetter(fold[i]) << (8 * i)
		}
		table[r-latinFrom] = p
	}
	return table
}

// foldWord writes the first n bytes of text, a word of less than maxWord,
// without accents, and in lower case but for ASCII, into room, and returns its
// length. Nothing up to plain is beyond ASCII. Eight bytes must be there to be
// read at plain.
func foldWord(room *[maxWord + 8]byte, text []byte, n, plain int) int {
	at := 0
	for ; at < plain; at += 8 {
		binary.LittleEndian.PutUint64(room[at:], binary.LittleEndian.Uint64(text[at:]))
	}
	at = plain
	for i := plain; i < n && at <= maxWord; {
		b := text[i]
		if b < utf8.RuneSelf {
			room[at] = b
			at++
			i++
			continue
		}
		r, size := rune(b&0x1F)<<6, 2
		if b >= 0xC2 && b < 0xE0 && i+1 < n && text[i+1]&0xC0 == 0x80 {
			r |= rune(text[i+1] & 0x3F)
		} else if r, size = utf8.DecodeRune(text[i:n]); r == utf8.RuneError && size == 1 {
			r = rune(b) // bytes that aren't UTF-8 are most likely Latin-1
		}
		i += size
		if r >= latinFrom && r < latinTo {
			p := plainLetters[r-latinFrom]
			binary.LittleEndian.PutUint32(room[at:], uint32(p))
			at += int(p >> 24)
		} else {
			at += utf8.EncodeRune(room[at:], unicode.ToLower(r))
		}
	}
	return at
}
