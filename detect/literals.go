package detect

import (
	"bytes"
	"fmt"
	"math/bits"
)

// Bytes that a literal may have.
const (
	minLiteral = 1
	maxLiteral = 256
)

// literals finds many short strings as they stand, anywhere in a text. Those
// with a capital or an underscore, which few bytes of a text are, are looked
// up where one stands, by it and what follows; for the others their rarest
// byte is looked for.
type literals struct {
	odd    [128][]anchor // by capital or underscore
	pairs  [256]uint64   // bit b&63 of pairs[a]: b follows a, roughly
	hasOdd bool
	bytes  []byte // looked for one after the other
	plain  [256][]anchor
}

// anchor says where a byte stands in a literal.
type anchor struct {
	text   []byte
	offset int
	owner  int
}

func (l *literals) add(text string, owner int) error {
	if len(text) < minLiteral || len(text) > maxLiteral {
		return fmt.Errorf("the literal %q has less than %d or more than %d bytes", text, minLiteral, maxLiteral)
	}
	best := 0
	for i := range len(text) - 1 {
		if rarity(text[i])*rarity(text[i+1]) > rarity(text[best])*rarity(text[best+1]) {
			best = i
		}
	}
	x, b := anchor{[]byte(text), best, owner}, text[best]
	if b == '_' || b-'A' < 26 {
		l.hasOdd = true
		l.odd[b] = append(l.odd[b], x)
		if best+1 == len(text) {
			l.pairs[b] = ^uint64(0) // anything may follow
		} else {
			l.pairs[b] |= 1 << (text[best+1] & 63)
		}
		return nil
	}
	if len(l.plain[b]) == 0 {
		l.bytes = append(l.bytes, b)
	}
	l.plain[b] = append(l.plain[b], x)
	return nil
}

// rarity is how seldom a byte stands in text, roughly.
func rarity(b byte) int {
	switch {
	case b == '_' || b-'A' < 26:
		return 100
	case b == ' ' || bytes.IndexByte([]byte("etaoinsr"), b) >= 0:
		return 1
	case b-'a' < 26, b == '\n', b == '\r':
		return 3
	case b-'0' < 10, b == '.', b == ',', b == '-', b == '=':
		return 6
	}
	return 20
}

// each calls found for every literal that begins in text[lo:hi].
func (l *literals) each(m *marks, lo, hi int, found func(owner, at, n int)) {
	end := min(len(m.text), hi+maxLiteral)
	check := func(list []anchor, at int) {
		for _, x := range list {
			if start := at - x.offset; start >= lo && start < hi && bytes.HasPrefix(m.text[start:], x.text) {
				found(x.owner, start, len(x.text))
			}
		}
	}
	for _, b := range l.bytes {
		for at := lo; at < end; at++ {
			i := bytes.IndexByte(m.text[at:end], b)
			if i < 0 {
				break
			}
			at += i
			check(l.plain[b], at)
		}
	}
	if !l.hasOdd {
		return
	}
	for b := lo >> 6; b<<6 < end; b++ {
		for odd := m.odd[b]; odd != 0; odd &= odd - 1 {
			at := b<<6 + bits.TrailingZeros64(odd)
			if c := m.wide[at]; l.pairs[c]>>(m.wide[at+1]&63)&1 != 0 {
				check(l.odd[c&0x7F], at)
			}
		}
	}
}
