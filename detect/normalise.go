package detect

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalise appends text to dst in the form in which it is scanned: what
// can't be seen is left out (zero-width marks, soft hyphens, variation
// selectors, accents on digits and
// plain letters, NUL), marks of direction are one byte
// (markOverride …), all blanks are spaces, all dashes
// hyphens, digits of all scripts and full-width letters are ASCII. It returns
// how many bytes of text it used: an incomplete character at the end is left
// for the next call unless final.
//
// Bytes that aren't UTF-8 stay as they are, except Latin-1's no-break space
// and soft hyphen. A map of offsets back to text isn't kept, since a report
// has no places finer than a part.
func normalise(dst, text []byte, final bool) ([]byte, int) {
	for i := 0; i < len(text); {
		start := i
		i = plainEnd(text, i)
		dst = append(dst, text[start:i]...)
		if i == len(text) {
			break
		}
		if text[i] == 0 {
			i++
			continue
		}
		if !final && !utf8.FullRune(text[i:]) {
			return dst, i
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			dst = appendLatin1(dst, text[i])
		} else if len(dst) > 0 && classes[dst[len(dst)-1]] != 0 && combining(r) {
			// an accent on a digit or plain letter
		} else if plain := fold(r); plain == r {
			dst = append(dst, text[i:i+size]...)
		} else if plain >= 0 {
			dst = utf8.AppendRune(dst, plain)
		}
		i += size
	}
	return dst, len(text)
}

// plainEnd returns the end of the text from i on that needs no change: ASCII
// without NUL, and letters of two bytes.
func plainEnd(text []byte, i int) int {
	for i < len(text) {
		i = plainWords(text, i)
		for i < len(text) && text[i]-1 < utf8.RuneSelf-1 { // 1 … 127
			i++
		}
		if i+1 >= len(text) || !plainLead(text[i]) || text[i+1]&0xC0 != 0x80 {
			return i
		}
		i += 2
	}
	return i
}

// plainLead reports whether all characters of two bytes that begin with b stay
// as they are: Latin but for its first signs, Greek, Cyrillic.
func plainLead(b byte) bool { return b >= 0xC3 && b <= 0xCB || b >= 0xCE && b <= 0xD5 }

// plainPortably is plainEnd for eight bytes at a time, as far as it goes.
func plainPortably(text []byte, i int) int {
	open := uint64(0) // 0x80 where the last byte begins a character
	for ; i+8 <= len(text); i += 8 {
		v := binary.LittleEndian.Uint64(text[i:])
		// There is no branch for plain ASCII here: in most languages nobody
		// could foretell it.
		lead, follow := v&(v<<1)&tops, v&^(v<<1)&tops
		x := v & (0x1F * ones)
		known := (x + (0x80-3)*ones) &^ (x + (0x80-0xC)*ones)
		known |= (x + (0x80-0xE)*ones) &^ (x + (0x80-0x16)*ones)
		bad := lead&^known | lead&(v<<2) | (follow ^ (lead<<8 | open)) | (v-ones)&^v&tops
		if bad != 0 {
			break
		}
		open = lead >> 56
	}
	return i - int(open>>7)
}

func appendLatin1(dst []byte, b byte) []byte {
	switch b {
	case 0xA0, 0xFE, 0xFF: // the last two are the mark of UTF-16
		return append(dst, ' ')
	case 0xAD:
		return dst
	}
	return append(dst, b)
}

// combining reports a mark that is put on the character before it.
func combining(r rune) bool {
	return r >= 0x300 && r < 0x370 || r >= 0x1AB0 && r < 0x1B00 || r >= 0x1DC0 && r < 0x1E00 || r >= 0x20D0 && r < 0x2100 || r >= 0xFE20 && r < 0xFE30
}

// fold returns what a character beyond ASCII is scanned as; -1 leaves it out.
func fold(r rune) rune {
	switch {
	case r < 0xA0, r >= 0xC0 && r < 0x300:
		return r // most letters of Latin scripts
	case r == 0xA0, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return ' '
	case r == 0x2028, r == 0x2029:
		return '\n'
	case r == 0x202E:
		return markOverride
	case r == 0x202B, r == 0x2067:
		return markEmbed
	case r == 0x202C, r == 0x2069:
		return markPop
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E,
		r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r >= 0xE0000 && r <= 0xE01EF:
		return -1
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE58, r == 0xFE63:
		return '-'
	case r >= 0x2018 && r <= 0x201B, r == 0x2039, r == 0x203A, r == 0xB4, r == 0x2032:
		return '\''
	case r >= 0x201C && r <= 0x201F, r == 0xAB, r == 0xBB, r == 0x2033:
		return '"'
	case r == 0xB7, r == 0x2024, r == 0x2027, r == 0x3002:
		return '.'
	case r == 0x2044, r == 0x2215:
		return '/'
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
		return r - 0xFF01 + '!'
	case r >= 0x1D7CE && r <= 0x1D7FF: // mathematical digits, five alphabets
		return '0' + (r-0x1D7CE)%10
	case r >= 0x2474 && r < 0x2500, r >= 0x2776 && r < 0x2794, r >= 0x1F100 && r < 0x1F10D:
		return enclosed(r)
	case r >= 0x370 && r < 0x600, r >= 0x3040 && r < 0x3100, r >= 0x3400 && r < 0xA000, r >= 0xAC00 && r < 0xD800:
		return r // Greek, Cyrillic, Armenian, Hebrew; kana, Han, Hangul
	case unicode.Is(unicode.Nd, r):
		return '0' + digitValue(r)
	case unicode.IsPunct(r), unicode.IsSymbol(r):
		return compatible(r, ' ')
	}
	return compatible(r, r)
}

// compatible is the one plain character that a form of it stands for (NFKC:
// superscripts, letters in circles, mathematical alphabets), or else.
func compatible(r, otherwise rune) rune {
	var room [utf8.UTFMax]byte
	plain := norm.NFKC.Bytes(room[:utf8.EncodeRune(room[:], r)])
	if b := rune(plain[0]); len(plain) == 1 && classes[b] != 0 {
		return b
	}
	return otherwise
}

// enclosed is the digit that stands in a circle or in brackets, or with a full
// stop or comma; of others the form that Unicode gives.
func enclosed(r rune) rune {
	switch {
	case r == 0x24FF, r == 0x1F100, r == 0x1F10B, r == 0x1F10C:
		return '0'
	case r >= 0x1F101:
		return '0' + r - 0x1F101
	}
	for _, one := range [...]rune{0x2474, 0x2488, 0x24F5, 0x2776, 0x2780, 0x278A} {
		if r >= one && r < one+9 {
			return '1' + r - one
		}
	}
	return compatible(r, ' ')
}

// digitValue is the value of a decimal digit of any script: Unicode keeps
// each script's ten digits together in order.
func digitValue(r rune) rune {
	zero := r
	for zero > 0 && r-zero < 9 && unicode.Is(unicode.Nd, zero-1) {
		zero--
	}
	return (r - zero) % 10
}
