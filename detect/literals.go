package detect

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
)

// Bytes that a literal may have.
const (
	minLiteral = 1
	maxLiteral = 256
)

// literals finds many short strings as they stand, anywhere in a text. Most
// have a capital or a sign that few bytes of a text are: they are looked up
// where one is marked as odd, by it and what follows. For the others their
// rarest byte is looked for.
type literals struct {
	odd   [128][]anchor // by the odd byte
	pairs [128]uint64   // bit b&63 of pairs[a]: b follows a, roughly
	any   bool          // there are some in odd
	bytes []byte        // looked for one after the other
	plain [256][]anchor
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
	for i := range len(text) {
		if rarity(text, i) > rarity(text, best) {
			best = i
		}
	}
	x, b := anchor{[]byte(text), best, owner}, text[best]
	if isOdd(b) {
		l.any = true
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

// rarity is how seldom the byte at a place of a literal stands in text, with
// the one behind it, roughly.
func rarity(text string, i int) int {
	n := 0
	switch b := text[i]; {
	case b-'A' < 26:
		n = 200
	case isOdd(b):
		n = 300
	case b == ' ' || strings.IndexByte("etaoinsr", b) >= 0:
		n = 10
	case b-'a' < 26, b == '\n', b == '\r':
		n = 30
	default:
		n = 60
	}
	if i+1 < len(text) {
		n += 50 // what follows tells, too
	}
	return n
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
	if !l.any {
		return
	}
	for b := lo >> 6; b<<6 < end; b++ {
		for odd := m.odd[b]; odd != 0; odd &= odd - 1 {
			at := b<<6 + bits.TrailingZeros64(odd)
			if c := m.wide[at] & 0x7F; l.pairs[c]>>(m.wide[at+1]&63)&1 != 0 {
				check(l.odd[c], at)
			}
		}
	}
}
