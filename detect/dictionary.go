package detect

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// dictionary finds words and phrases of many detectors and languages as whole
// words, without regard to case or accents. A word of the text is compared by
// its first eight bytes and its length with a filter that stays in the
// processor's caches, and what passes by a 64-bit hash of its folded form: nothing of
// the text is copied, and its size hardly matters.
type dictionary struct {
	quick     []uint64 // a bit for each first word; a power of two of bits
	shift     int      // turns a hash into a bit of quick
	slots     []slot   // open addressing; a power of two, at most half full
	phrases   []phrase // those with the same first word stand together
	detectors int
}

// slot is where the phrases of one first word stand.
type slot struct {
	hash     uint64
	from, to uint32 // in phrases; to is 0 in an empty slot
}

// phrase is a term: its words and what it says to which detector.
type phrase struct {
	term  string // as it was given
	first uint64 // hash of the first word
	bit   uint64 // what the filter looks at of the first word
	rest  []uint64
	key   []byte // the same however the term is written
	// supports, opposes, hits and anchors are detectors.
	supports, opposes, hits, anchors set
}

// set is a set of small numbers.
type set []uint64

func (s set) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }
func (s set) add(i int)      { s[i>>6] |= 1 << (i & 63) }

func (s set) each(f func(int)) {
	for at, b := range s {
		for ; b != 0; b &= b - 1 {
			f(at<<6 + bits.TrailingZeros64(b))
		}
	}
}

// role says what a word is to a detector.
type role struct {
	detector int
	kind     roleKind
}

type roleKind uint8

const (
	supports roleKind = iota // a context word
	opposes                  // a negative context word
	isHit                    // a hit by itself
	isAnchor                 // the text from it on is a candidate
)

// phraseGap is the most bytes between two words of a phrase.
const phraseGap = 4

// A word of the text of maxWord bytes or more is none of a dictionary's, and a
// term has no more than maxTerm.
const (
	maxWord = 64
	maxTerm = 128
)

// glossary gathers the terms of a dictionary.
type glossary struct {
	detectors int
	byFirst   map[uint64][]int // indexes of phrases
	phrases   []phrase
}

func newGlossary(detectors int) *glossary {
	return &glossary{detectors: detectors, byFirst: map[uint64][]int{}}
}

// add enters a word or phrase.
func (g *glossary) add(term string, r role) error {
	p, err := newPhrase(term)
	if err != nil {
		return err
	}
	for _, i := range g.byFirst[p.first] {
		if slices.Equal(g.phrases[i].rest, p.rest) {
			g.phrases[i].role(r)
			return nil
		}
	}
	n := (g.detectors + 63) / 64
	room := make(set, 4*n)
	p.supports, p.opposes, p.hits, p.anchors = room[:n:n], room[n:2*n:2*n], room[2*n:3*n:3*n], room[3*n:]
	p.role(r)
	g.byFirst[p.first] = append(g.byFirst[p.first], len(g.phrases))
	g.phrases = append(g.phrases, p)
	return nil
}

func newPhrase(term string) (phrase, error) {
	if len(term) > maxTerm {
		return phrase{}, fmt.Errorf("%.40q… is longer than %d bytes", term, maxTerm)
	}
	text, _ := normalise(nil, []byte(term), true)
	p := phrase{term: term}
	words := 0
	var room [maxWord + 8]byte
	for i := 0; i < len(text); {
		if classes[text[i]] == 0 {
			i++
			continue
		}
		end := tokenEnd(text, i)
		if end-i >= maxWord {
			return p, fmt.Errorf("%.40q… has a word of more than %d bytes", term, maxWord-1)
		}
		n := foldWord(&room, text[i:], end-i, 0)
		if h := hashWord(room[:], n); words == 0 {
			p.first, p.bit = h, quickHash((binary.LittleEndian.Uint64(room[:])|small)&keep[min(n, 8)], n)
		} else {
			p.rest = append(p.rest, h)
		}
		words++
		i = end
	}
	p.key = binary.LittleEndian.AppendUint64(nil, p.first)
	for _, h := range p.rest {
		p.key = binary.LittleEndian.AppendUint64(p.key, h)
	}
	if words == 0 {
		return p, fmt.Errorf("%q has no letter or digit", term)
	}
	return p, nil
}

func (p *phrase) role(r role) {
	switch r.kind {
	case supports:
		p.supports.add(r.detector)
	case opposes:
		p.opposes.add(r.detector)
	case isAnchor:
		p.anchors.add(r.detector)
	default:
		p.hits.add(r.detector)
	}
}

// dictionary arranges what was gathered.
func (g *glossary) dictionary() *dictionary {
	d := &dictionary{phrases: make([]phrase, 0, len(g.phrases)), detectors: g.detectors}
	size := 1 << max(15, bits.Len(uint(16*len(g.phrases))))
	d.quick, d.shift = make([]uint64, size/64), 64-bits.Len(uint(size-1))
	d.slots = make([]slot, 1<<bits.Len(uint(2*len(g.byFirst))))
	for i, p := range g.phrases {
		if g.byFirst[p.first][0] != i {
			continue
		}
		from := len(d.phrases)
		for _, j := range g.byFirst[p.first] {
			d.phrases = append(d.phrases, g.phrases[j])
		}
		at := p.first & uint64(len(d.slots)-1)
		for d.slots[at].to != 0 {
			at = (at + 1) & uint64(len(d.slots)-1)
		}
		d.slots[at] = slot{p.first, uint32(from), uint32(len(d.phrases))}
		bit := p.bit >> d.shift
		d.quick[bit>>6] |= 1 << (bit & 63)
	}
	return d
}

// each calls found for each entry whose first word begins in text[lo:hi].
func (d *dictionary) each(m *marks, lo, hi int, found func(p *phrase, start, end int)) {
	if len(d.phrases) == 0 || lo >= hi {
		return
	}
	m.words(lo, hi)
	quick, shift, wide := d.quick, d.shift&63, m.wide
	last := (hi - 1) >> 6
	var room [maxWord + 8]byte
	var places [32]uint8 // a block has no more words
	for b := lo >> 6; b <= last; b++ {
		starts := m.starts(b)
		if b == lo>>6 {
			starts &= ^uint64(0) << (lo & 63)
		}
		if b == last {
			starts &= ^uint64(0) >> (63 - (hi-1)&63)
		}
		// Few words pass the filter, and nobody could foretell which: those
		// that do are noted without a branch, and looked up afterwards.
		noted := 0
		for ; starts != 0; starts &= starts - 1 {
			at := bits.TrailingZeros64(starts)
			n := bits.TrailingZeros64(^following(m.word, b, at))
			high := following(m.high, b, at) & (1<<n - 1)
			first := (binary.LittleEndian.Uint64(wide[b<<6+at:]) | small) & keep[min(n, 8)]
			bit := quickHash(first, n) >> shift
			places[noted&31] = uint8(at)
			noted += int(quick[bit>>6]>>(bit&63)&1 | (high|-high)>>63)
		}
		for _, at := range places[:noted] {
			d.word(&room, m, b, int(at), found)
		}
	}
}

// word looks up the word at a place of a block that passed the filter, or has
// more than ASCII in it.
func (d *dictionary) word(room *[maxWord + 8]byte, m *marks, b, at int, found func(p *phrase, start, end int)) {
	start, n := b<<6+at, bits.TrailingZeros64(^following(m.word, b, at))
	if n == 64 {
		return // longer than any term's words
	}
	if high := following(m.high, b, at) & (1<<n - 1); high != 0 {
		d.foreign(room, m, start, n, bits.TrailingZeros64(high), found)
		return
	}
	d.match(m, start, start+n, hashWord(m.wide[start:], n), found)
}

// keep are the masks of the first 0 to 8 bytes of a word of eight.
var keep = [9]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

// foreign looks up a word of n bytes that is ASCII only up to a place.
func (d *dictionary) foreign(room *[maxWord + 8]byte, m *marks, start, n, plain int, found func(p *phrase, start, end int)) {
	length := foldWord(room, m.wide[start:], n, plain)
	bit := quickHash((binary.LittleEndian.Uint64(room[:])|small)&keep[min(length, 8)], length) >> d.shift
	if d.quick[bit>>6]&(1<<(bit&63)) != 0 {
		d.match(m, start, start+n, hashWord(room[:], length), found)
	}
}

// match calls found for each entry that begins with the word from start to
// end, whose hash is h.
func (d *dictionary) match(m *marks, start, end int, h uint64, found func(p *phrase, start, end int)) {
	for at := h; ; at++ {
		s := &d.slots[at&uint64(len(d.slots)-1)]
		if s.to == 0 {
			return
		}
		if s.hash != h {
			continue
		}
		for i := s.from; i < s.to; i++ {
			p := &d.phrases[i]
			if last, ok := follow(m, end, p.rest); ok {
				found(p, start, last)
			}
		}
		return
	}
}

// follow reports whether the words of a phrase stand behind its first one, and
// where they end.
func follow(m *marks, at int, rest []uint64) (end int, ok bool) {
	for _, want := range rest {
		start := at
		for start < len(m.text) && classes[m.text[start]] == 0 && start-at <= phraseGap {
			start++
		}
		if start == at || start-at > phraseGap || start == len(m.text) {
			return 0, false
		}
		if at = tokenEnd(m.text, start); at-start >= maxWord || wordHash(m, start, at) != want {
			return 0, false
		}
	}
	return at, true
}

// wordHash is the hash of a word of less than maxWord bytes.
func wordHash(m *marks, start, end int) uint64 {
	if ascii(m.text[start:end]) {
		return hashWord(m.wide[start:], end-start)
	}
	var room [maxWord + 8]byte
	return hashWord(room[:], foldWord(&room, m.wide[start:], end-start, 0))
}

// hashWord is the hash of n bytes of ASCII or of a folded word, without regard
// to the case of ASCII. Eight bytes must be there to be read at the last one.
// Bit 5 makes capitals small and leaves digits as they are.
func hashWord(text []byte, n int) uint64 {
	h := uint64(n) * 0x9E3779B97F4A7C15
	for ; n > 0; n -= 8 {
		v := binary.LittleEndian.Uint64(text) & keep[min(n, 8)]
		v |= small &^ (v & tops >> 2)
		hi, lo := bits.Mul64(h^v, 0xD6E8FEB86659FD93)
		h = hi ^ lo
		text = text[min(8, len(text)):]
	}
	return h
}

// quickHash is what the filter keeps of a word.
func quickHash(first uint64, n int) uint64 {
	return (first ^ uint64(n)<<56) * 0x9E3779B97F4A7C15
}

func ascii(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
