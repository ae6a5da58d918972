package detect

import (
	"encoding/binary"
	"math/bits"
)

// padding is how many bytes behind a text must be there to be read: whole
// words of eight bytes are loaded, and blocks of 64 are looked at.
const padding = 64 + 8

// marks is a text with a bit for each of its bytes, so that tokens are found
// 64 bytes at a time. Each list has a block of zeros behind its last.
type marks struct {
	text  []byte   // what is looked through
	wide  []byte   // text with zeros behind it
	digit []uint64 // digits
	odd   []uint64 // capitals and rare signs: isOdd
	word  []uint64 // letters, digits, underscores, and all beyond ASCII
	high  []uint64 // what is beyond ASCII
	room  []uint64
}

// set takes a text and marks it. room is the same with at least padding bytes
// more, which are made zeros.
func (m *marks) set(text, room []byte) {
	m.text, m.wide = text, room[:len(text)+padding]
	clear(m.wide[len(text):])
	n := (len(text)+63)/64 + 1
	if len(m.room) < 4*n {
		m.room = make([]uint64, 4*n)
	}
	m.digit, m.odd, m.word, m.high = m.room[:n], m.room[n:2*n], m.room[2*n:3*n], m.room[3*n:4*n]
	n--
	m.digit[n], m.odd[n], m.word[n], m.high[n] = 0, 0, 0, 0
	if n > 0 {
		markBlocks(m.wide, m.digit[:n], m.odd, m.word, m.high)
	}
}

// isOdd reports whether a byte is one of those that are marked as odd: few of
// most texts' bytes are.
func isOdd(b byte) bool {
	return b > ' ' && b < ',' || b > '9' && b < '`' || b > 'z' && b <= 0x7F
}

// markPortably marks as many blocks of text as digit is long.
func markPortably(text []byte, digit, odd, word, high []uint64) {
	for b := range digit {
		block := (*[64]byte)(text[b*64:])
		var d, o, w, h uint64
		for i := 56; i >= 0; i -= 8 {
			v := binary.LittleEndian.Uint64(block[i:])
			low := v &^ tops
			isDigit := from(low, '0') &^ from(low, '9'+1)
			isOdd := from(low, '!')&^from(low, ',') | from(low, '9'+1)&^from(low, '`') | from(low, 'z'+1)
			isLetter := from(low|small, 'a') &^ from(low|small, 'z'+1)
			underscore := ^((low ^ '_'*ones) + 0x7F*ones)
			d = d<<8 | gather(isDigit&^v&tops)
			o = o<<8 | gather(isOdd&^v&tops)
			w = w<<8 | gather((isDigit|isLetter|underscore|v)&tops)
			h = h<<8 | gather(v&tops)
		}
		digit[b], odd[b], word[b], high[b] = d, o, w, h
	}
}

const (
	ones  = 0x0101010101010101
	tops  = 0x80 * ones
	small = 0x20 * ones
)

// from sets the top bit of each of eight bytes below 128 that is b or more.
func from(low uint64, b byte) uint64 { return low + uint64(0x80-b)*ones }

// gather brings the top bits of eight bytes together.
func gather(tops uint64) uint64 { return tops * 0x0002040810204081 >> 56 }

// end returns the end of the word that begins, or goes on, at i.
func (m *marks) end(i int) int {
	b := i >> 6
	if n := bits.TrailingZeros64(^following(m.word, b, i&63)); n < 64 {
		return i + n
	}
	return tokenEnd(m.text, i)
}

// following are 64 bits of a list from bit at of block b on.
func following(list []uint64, b, at int) uint64 {
	return list[b]>>(at&63) | list[b+1]<<(63-at&63)<<1
}

// starts are the bits of block b at which a word begins.
func (m *marks) starts(b int) uint64 {
	w := m.word[b]
	before := w << 1
	if b > 0 {
		before |= m.word[b-1] >> 63
	}
	return w &^ before
}
