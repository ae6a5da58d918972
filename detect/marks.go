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
	odd   []uint64 // capitals, "@", underscores, and some more
	// word are letters, digits, underscores and all beyond ASCII, and high
	// what is beyond ASCII. They hold for the blocks that words was asked for.
	word []uint64
	high []uint64
	room []uint64
}

// set takes a text, and marks its digits and capitals if codes says so. room is
// the same with at least padding bytes more, which are made zeros.
func (m *marks) set(text, room []byte, codes bool) {
	m.text, m.wide = text, room[:len(text)+padding]
	clear(m.wide[len(text):])
	n := (len(text)+63)/64 + 1
	if len(m.room) < 4*n {
		m.room = make([]uint64, 4*n)
	}
	m.digit, m.odd, m.word, m.high = m.room[:n], m.room[n:2*n], m.room[2*n:3*n], m.room[3*n:4*n]
	n--
	m.digit[n], m.odd[n], m.word[n], m.high[n] = 0, 0, 0, 0
	if !codes {
		return
	}
	for b := range n {
		m.digit[b], m.odd[b] = markCodes((*[64]byte)(m.wide[b*64:]))
	}
}

// words marks the words that touch text[lo:hi].
func (m *marks) words(lo, hi int) {
	if lo >= hi {
		return
	}
	// One block more, so that a word that begins before the end has one.
	for b := max(0, lo>>6-1); b <= min(hi>>6+1, len(m.word)-2); b++ {
		m.word[b], m.high[b] = markWords((*[64]byte)(m.wide[b*64:]))
	}
}

const (
	ones  = 0x0101010101010101
	tops  = 0x80 * ones
	small = 0x20 * ones
)

// markCodes returns a bit for each byte of a block that is a digit, and for
// each that is a capital, "@" or an underscore, or one of "[\]^".
func markCodes(block *[64]byte) (digit, odd uint64) {
	for i := 56; i >= 0; i -= 16 {
		v, w := binary.LittleEndian.Uint64(block[i:]), binary.LittleEndian.Uint64(block[i-8:])
		digit = digit<<16 | gather(digitsOf(v))<<8 | gather(digitsOf(w))
		odd = odd<<16 | gather(oddOf(v))<<8 | gather(oddOf(w))
	}
	return digit, odd
}

// markWords returns a bit for each byte of a block that belongs to a word, and
// for each beyond ASCII.
func markWords(block *[64]byte) (word, high uint64) {
	for i := 56; i >= 0; i -= 16 {
		v, w := binary.LittleEndian.Uint64(block[i:]), binary.LittleEndian.Uint64(block[i-8:])
		word = word<<16 | gather(wordOf(v))<<8 | gather(wordOf(w))
		high = high<<16 | gather(v&tops)<<8 | gather(w&tops)
	}
	return word, high
}

// These work on eight bytes at once and set the top bit of each that is what
// they ask for. Adding to a byte below 128 sets its top bit just where it is
// large enough.

func digitsOf(v uint64) uint64 {
	low := v &^ tops
	return (low + (0x80-'0')*ones) &^ (low + (0x80-'9'-1)*ones) &^ v & tops
}

func oddOf(v uint64) uint64 { return v << 1 &^ (v << 2) &^ v & tops }

func wordOf(v uint64) uint64 {
	low := v &^ tops
	digit := (low + (0x80-'0')*ones) &^ (low + (0x80-'9'-1)*ones)
	letter := (low | small) + (0x80-'a')*ones
	letter &^= (low | small) + (0x80-'z'-1)*ones
	underscore := ^((low ^ '_'*ones) + 0x7F*ones)
	return (digit | letter | underscore | v) & tops
}

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
