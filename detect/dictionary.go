package detect

import (
	"bytes"
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
// the text is copied, and its size hardly matters. A phrase is looked up by its
// rarest word (rareness).
type dictionary struct {
	quick   *filter  // a bit for each word that phrases are looked up by
	slots   []slot   // open addressing; a power of two, at most half full
	phrases []phrase // those that are looked up by the same word stand together
}

// filter has a bit for each word that may be looked up. It is as large as a
// processor's second cache likes, and none of twenty thousand words fill it.
type filter [1 << filterBits / 64]uint64

const filterBits = 19

func (f *filter) add(bit uint64) { f[bit>>(64-filterBits)>>6] |= 1 << (bit >> (64 - filterBits) & 63) }

// has returns 1 for each word that was added, and few others.
func (f *filter) has(bit uint64) uint64 {
	return f[bit>>(64-filterBits)>>6] >> (bit >> (64 - filterBits) & 63) & 1
}

// slot is where the phrases that are looked up by one word stand.
type slot struct {
	hash     uint64
	from, to uint32 // in phrases; to is 0 in an empty slot
}

// phrase is a term: its words and what it says to which detector.
type phrase struct {
	term   string   // as it was given
	word   uint64   // hash of the word that it is looked up by
	bit    uint64   // what the filter looks at of it
	before []uint64 // hashes of the words before it, the nearest first
	after  []uint64 // and of those behind it
	key    []byte   // the same however the term is written
	// supports, opposes, hits and anchors are detectors.
	supports, opposes, hits, anchors set
	// weighs says that there are some that it supports or opposes, and
	// finds that it is a hit or anchor of some.
	weighs, finds bool
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
	byWord    map[uint64][]int // indexes of phrases
	phrases   []phrase
}

func newGlossary(detectors int) *glossary {
	return &glossary{detectors: detectors, byWord: map[uint64][]int{}}
}

// add enters a word or phrase.
func (g *glossary) add(term string, r role) error {
	p, err := newPhrase(term)
	if err != nil {
		return err
	}
	for _, i := range g.byWord[p.word] {
		if bytes.Equal(g.phrases[i].key, p.key) {
			g.phrases[i].role(r)
			return nil
		}
	}
	n := (g.detectors + 63) / 64
	room := make(set, 4*n)
	p.supports, p.opposes, p.hits, p.anchors = room[:n:n], room[n:2*n:2*n], room[2*n:3*n:3*n], room[3*n:]
	p.role(r)
	g.byWord[p.word] = append(g.byWord[p.word], len(g.phrases))
	g.phrases = append(g.phrases, p)
	return nil
}

func newPhrase(term string) (phrase, error) {
	if len(term) > maxTerm {
		return phrase{}, fmt.Errorf("%.40q… is longer than %d bytes", term, maxTerm)
	}
	text, _ := normalise(nil, []byte(term), true)
	p := phrase{term: term}
	var hashes []uint64
	best, at := -1, 0
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
		if rare := rareness(bytes.ToLower(room[:n])); rare > best {
			best, at = rare, len(hashes)
			p.bit = quickHash((binary.LittleEndian.Uint64(room[:])|small)&keep[n&127], n)
		}
		hashes = append(hashes, hashWord(room[:], n))
		p.key = binary.LittleEndian.AppendUint64(p.key, hashes[len(hashes)-1])
		i = end
	}
	if len(hashes) == 0 {
		return p, fmt.Errorf("%q has no letter or digit", term)
	}
	p.word, p.before, p.after = hashes[at], slices.Clone(hashes[:at]), hashes[at+1:]
	slices.Reverse(p.before)
	return p, nil
}

func (p *phrase) role(r role) {
	switch r.kind {
	case supports:
		p.supports.add(r.detector)
		p.weighs = true
	case opposes:
		p.opposes.add(r.detector)
		p.weighs = true
	case isAnchor:
		p.anchors.add(r.detector)
		p.finds = true
	default:
		p.hits.add(r.detector)
		p.finds = true
	}
}

// dictionary arranges what was gathered.
func (g *glossary) dictionary() *dictionary {
	d := &dictionary{phrases: make([]phrase, 0, len(g.phrases))}
	d.quick = new(filter)
	d.slots = make([]slot, 1<<bits.Len(uint(2*len(g.byWord))))
	for i, p := range g.phrases {
		if g.byWord[p.word][0] != i {
			continue
		}
		from := len(d.phrases)
		for _, j := range g.byWord[p.word] {
			d.phrases = append(d.phrases, g.phrases[j])
		}
		at := p.word & uint64(len(d.slots)-1)
		for d.slots[at].to != 0 {
			at = (at + 1) & uint64(len(d.slots)-1)
		}
		d.slots[at] = slot{p.word, uint32(from), uint32(len(d.phrases))}
		d.quick.add(p.bit)
	}
	return d
}

// each calls found for each entry in a text.
func (d *dictionary) each(m *marks, found func(p *phrase, start, end int)) {
	if len(d.phrases) == 0 {
		return
	}
	var room [maxWord + 8]byte
	var places [32]uint8 // a block has no more words
	for b := range len(m.word) - 1 {
		for _, at := range places[:d.quick.note(m, b, &places)] {
			d.word(&room, m, b, int(at), found)
		}
	}
}

// note notes the words that begin in block b and pass the filter or have more
// than ASCII in them, and returns how many there are. Few do, and nobody could
// foretell which: there is no branch for them.
func (f *filter) note(m *marks, b int, places *[32]uint8) int {
	word, before := m.word[b], uint64(0)
	if b > 0 {
		before = m.word[b-1] >> 63
	}
	// The words that begin here, and where those end that do so in this block.
	starts, ends := word&^(word<<1|before), (word<<1|before)&^word
	if before != 0 {
		ends &= ends - 1 // of a word that began before
	}
	noted := 0
	block := m.wide[b<<6:][:64+8]
	high := m.high[b]
	for ; ends != 0; starts, ends = starts&(starts-1), ends&(ends-1) {
		at := bits.TrailingZeros64(starts) & 63
		n := bits.TrailingZeros64(ends) - at
		first := (binary.LittleEndian.Uint64(block[at:at+8]) | small) & keep[n&127]
		foreign := high >> at << (-n & 63)
		places[noted&31] = uint8(at)
		noted += int(f.has(quickHash(first, n)) | (foreign|-foreign)>>63)
	}
	if starts != 0 { // a word goes on in the next block
		at := bits.TrailingZeros64(starts) & 63
		n := 64 - at + bits.TrailingZeros64(^m.word[b+1])
		first := (binary.LittleEndian.Uint64(block[at:at+8]) | small) & keep[n&127]
		if f.has(quickHash(first, n))|high>>at|m.high[b+1] != 0 {
			places[noted&31] = uint8(at)
			noted++
		}
	}
	return noted
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

// keep are the masks of the first eight bytes of a word of n.
var keep = makeKeep()

func makeKeep() (keep [128]uint64) {
	for n := range keep {
		keep[n] = 1<<(8*min(n, 8)) - 1
	}
	return keep
}

// foreign looks up a word of n bytes that is ASCII only up to a place.
func (d *dictionary) foreign(room *[maxWord + 8]byte, m *marks, start, n, plain int, found func(p *phrase, start, end int)) {
	length := foldWord(room, m.wide[start:], n, plain)
	if d.quick.has(quickHash((binary.LittleEndian.Uint64(room[:])|small)&keep[length&127], length)) != 0 {
		d.match(m, start, start+n, hashWord(room[:], length), found)
	}
}

// match calls found for each entry that is looked up by the word from start to
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
			first, ok := precede(m, start, p.before)
			if !ok {
				continue
			}
			if last, ok := follow(m, end, p.after); ok {
				found(p, first, last)
			}
		}
		return
	}
}

// follow reports whether the words of a phrase stand behind one that ends at
// a place, and where they end.
func follow(m *marks, at int, words []uint64) (end int, ok bool) {
	for _, want := range words {
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

// precede is follow for the words before one that begins at a place, the
// nearest first.
func precede(m *marks, at int, words []uint64) (start int, ok bool) {
	for _, want := range words {
		end := at
		for end > 0 && classes[m.text[end-1]] == 0 && at-end <= phraseGap {
			end--
		}
		if end == at || at-end > phraseGap || end == 0 {
			return 0, false
		}
		for at = end; at > 0 && classes[m.text[at-1]] != 0 && end-at < maxWord; {
			at--
		}
		if end-at >= maxWord || wordHash(m, at, end) != want {
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
		v := binary.LittleEndian.Uint64(text) & keep[n&127]
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
