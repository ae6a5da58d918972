package detect

import (
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// role says what a word is to a detector.
type role struct {
	detector uint16
	kind     roleKind
}

type roleKind uint8

const (
	supports roleKind = iota // a context word
	opposes                  // a negative context word
	isHit                    // a hit by itself
)

// dictionary finds words and phrases of all detectors and languages in one
// look-up for each word of the text. Words are compared by a 64-bit hash of
// their folded form (lower case, without accents), so nothing is copied.
type dictionary struct {
	// quick has a bit for the length and first eight letters of each first
	// word: most words of a text end here.
	quick   [1 << filterBits / 64]uint64
	entries map[uint64][]phrase
	// folded is the folded form of the Latin letters U+00C0 to U+017F.
	folded [0x180 - 0xC0]string
}

// phrase is what follows a first word.
type phrase struct {
	rest  []uint64 // hashes of the words after the first
	roles []role
}

// phraseGap is the most bytes between two words of a phrase.
const phraseGap = 4

// maxWord is the most bytes that a word of the text may have to be looked up.
const maxWord = 64

const (
	hashStart = 0xcbf29ce484222325
	hashPrime = 0x100000001b3
)

func newDictionary() *dictionary {
	d := &dictionary{entries: map[uint64][]phrase{}}
	special := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}
	for r := rune(0xC0); r < 0x180; r++ {
		lower := unicode.ToLower(r)
		fold := string(lower)
		if s, ok := special[lower]; ok {
			fold = s
		} else if first := norm.NFD.String(fold)[0]; first < utf8.RuneSelf {
			fold = string(rune(first))
		}
		d.folded[r-0xC0] = fold
	}
	return d
}

// add enters a word or phrase.
func (d *dictionary) add(term string, r role) error {
	text := []byte(term)
	var hashes []uint64
	for i := 0; i < len(text); {
		if classes[text[i]] == 0 {
			i++
			continue
		}
		end := tokenEnd(text, i)
		hashes = append(hashes, d.hash(text[i:end]))
		i = end
	}
	if len(hashes) == 0 {
		return fmt.Errorf("%q has no letter or digit", term)
	}
	if len(term) > maxWord {
		return fmt.Errorf("%q is longer than %d bytes", term, maxWord)
	}
	first, rest := hashes[0], hashes[1:]
	d.remember(text)
	for i, p := range d.entries[first] {
		if equal(p.rest, rest) {
			d.entries[first][i].roles = append(p.roles, r)
			return nil
		}
	}
	d.entries[first] = append(d.entries[first], phrase{rest: rest, roles: []role{r}})
	return nil
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// filterBits is the size of the quick filter: 32,768 bits are 4 KiB.
const filterBits = 15

// remember enters the first word of a term in the quick filter.
func (d *dictionary) remember(term []byte) {
	start := 0
	for classes[term[start]] == 0 {
		start++
	}
	bit := foldedBit(d.fold(nil, term[start:tokenEnd(term, start)]))
	d.quick[bit/64] |= 1 << (bit % 64)
}

// mayBegin is maybe for a word that is folded already.
func (d *dictionary) mayBegin(folded []byte) bool {
	bit := foldedBit(folded)
	return d.quick[bit/64]&(1<<(bit%64)) != 0
}

func foldedBit(folded []byte) uint64 {
	var first [8]byte
	copy(first[:], folded)
	return quickBit(binary.LittleEndian.Uint64(first[:]), len(folded))
}

// maybe reports whether the word from start to end may begin an entry. seen
// says what it is made of.
func (d *dictionary) maybe(text []byte, start, end int, seen uint8) bool {
	if end-start > maxWord {
		return false
	}
	if seen&isForeign != 0 || start+8 > len(text) {
		var room [maxWord + 8]byte
		folded := d.fold(room[:0], text[start:end])
		return d.mayBegin(folded)
	}
	// Bit 5 makes capitals small and leaves digits as they are.
	const small = 0x2020202020202020
	first := binary.LittleEndian.Uint64(text[start:])
	if n := end - start; n < 8 {
		first = (first | small) & (1<<(8*n) - 1)
	} else {
		first |= small
	}
	bit := quickBit(first, end-start)
	return d.quick[bit/64]&(1<<(bit%64)) != 0
}

func quickBit(first uint64, length int) uint64 {
	return (first + uint64(length)) * 0x9E3779B97F4A7C15 >> (64 - filterBits)
}

// match calls found for each entry that begins with the word from start to
// end.
func (d *dictionary) match(text []byte, start, end int, found func(end int, roles []role)) {
	for _, p := range d.entries[d.hash(text[start:end])] {
		if last, ok := d.follow(text, end, p.rest); ok {
			found(last, p.roles)
		}
	}
}

func (d *dictionary) follow(text []byte, at int, rest []uint64) (end int, ok bool) {
	for _, want := range rest {
		start := at
		for start < len(text) && classes[text[start]] == 0 {
			start++
		}
		if start == at || start-at > phraseGap || start == len(text) {
			return 0, false
		}
		at = tokenEnd(text, start)
		if d.hash(text[start:at]) != want {
			return 0, false
		}
	}
	return at, true
}

// hash is the hash of a word's folded form.
func (d *dictionary) hash(word []byte) uint64 {
	var room [maxWord]byte
	h := uint64(hashStart)
	for _, b := range d.fold(room[:0], word) {
		h = (h ^ uint64(b)) * hashPrime
	}
	return h
}

// fold appends a word in lower case and without accents.
func (d *dictionary) fold(dst, word []byte) []byte {
	for i := 0; i < len(word); {
		b := word[i]
		if b < utf8.RuneSelf {
			dst = append(dst, lower[b])
			i++
			continue
		}
		r, size := utf8.DecodeRune(word[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(b) // bytes that aren't UTF-8 are most likely Latin-1
		}
		i += size
		switch {
		case r >= 0x300 && r < 0x370: // a combining accent
		case r >= 0xC0 && r < 0x180:
			dst = append(dst, d.folded[r-0xC0]...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}
