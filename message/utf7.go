package message

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// utf7 reads UTF-7 (RFC 2152), which the libraries leave out because nobody
// should write it, and some mail programs still show.
type utf7 struct {
	shifted bool   // between "+" and its end
	empty   bool   // nothing came since the "+"
	bits    uint32 // of the next UTF-16 unit, and how many
	count   uint
	high    rune // a high surrogate that waits for its other half, or 0
}

// Reset implements transform.Transformer.
func (u *utf7) Reset() { *u = utf7{} }

// Transform implements transform.Transformer.
func (u *utf7) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		if len(dst)-nDst < 3*utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += len(u.next(dst[nDst:nDst], c))
		nSrc++
	}
	if atEOF && u.high != 0 {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += len(u.end(dst[nDst:nDst]))
	}
	return nDst, nSrc, nil
}

// next appends what one more byte says.
func (u *utf7) next(dst []byte, c byte) []byte {
	if !u.shifted {
		return u.direct(dst, c)
	}
	if v := base64Meaning(c); v < 64 {
		u.empty = false
		u.bits, u.count = u.bits<<6|uint32(v), u.count+6
		if u.count < 16 {
			return dst
		}
		u.count -= 16
		unit := rune(u.bits >> u.count & 0xffff)
		u.bits &= 1<<u.count - 1
		return u.unit(dst, unit)
	}
	literal := u.empty && c == '-' // "+-" is a plus
	dst = u.end(dst)
	switch {
	case literal:
		return append(dst, '+')
	case c == '-':
		return dst
	}
	return u.direct(dst, c)
}

func (u *utf7) direct(dst []byte, c byte) []byte {
	switch {
	case c == '+':
		*u = utf7{shifted: true, empty: true}
		return dst
	case c >= utf8.RuneSelf:
		return utf8.AppendRune(dst, utf8.RuneError)
	}
	return append(dst, c)
}

// unit appends one unit of UTF-16, or keeps it until its other half comes.
func (u *utf7) unit(dst []byte, unit rune) []byte {
	high := u.high
	u.high = 0
	if high != 0 {
		if r := utf16.DecodeRune(high, unit); r != utf8.RuneError {
			return utf8.AppendRune(dst, r)
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	if 0xd800 <= unit && unit < 0xdc00 {
		u.high = unit
		return dst
	}
	return utf8.AppendRune(dst, unit) // U+FFFD for a lone low surrogate
}

// end leaves the shifted state.
func (u *utf7) end(dst []byte) []byte {
	if u.high != 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	u.Reset()
	return dst
}
