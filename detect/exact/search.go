package exact

import (
	"math/bits"

	"github.com/sealpost/sealpost/detect"
)

// Limits of one look at what stands near each other.
const (
	maxNear  = 64   // values of the table
	maxTried = 4096 // rows
)

// search is one text on its way past a table.
type search struct {
	m      *mapping // nil where the table is closed
	places []place
	near   []near // values of the table that stood there lately, oldest first
}

// near is a value of the table in the text.
type near struct {
	at      int
	print   uint32
	columns uint16 // that have it
	place   place  // in the column with the fewest rows
}

// Search begins a text; End must be called for it.
func (t *Table) Search() detect.Search { return &search{m: t.acquire()} }

// End ends the text.
func (s *search) End() {
	if s.m != nil {
		s.m.release()
		s.m = nil
	}
}

// Wants reports whether a column has values of a kind.
func (s *search) Wants(kind detect.Kind) bool { return s.m != nil && s.m.kinds[kindByte(kind)] }

// Word reports whether a folded word may be part of a name or text.
func (s *search) Word(word []byte) bool { return s.m != nil && s.m.hasWord(s.m.keys.word(word)) }

// See takes a value, and reports the row that it completes.
func (s *search) See(kind detect.Kind, value []byte, at int) (row uint64, found bool) {
	if s.m == nil {
		return 0, false
	}
	hash := siphash(s.m.keys.k0, s.m.keys.k1, kindByte(kind), value)
	if s.places = s.m.lookup(hash, s.places[:0]); len(s.places) == 0 {
		return 0, false
	}
	n := near{at: at, print: fingerprint(hash), place: s.places[0]}
	for _, p := range s.places {
		n.columns |= 1 << p.column()
		if rows := s.m.rowsAt(p); rows > 0 && (s.m.rowsAt(n.place) == 0 || rows < s.m.rowsAt(n.place)) {
			n.place = p
		}
	}
	s.remember(n)
	return s.complete(n)
}

// remember keeps a value, and forgets those that are too far back.
func (s *search) remember(n near) {
	gone := 0
	for gone < len(s.near) && (s.near[gone].at < n.at-s.m.spec.Within || len(s.near)-gone >= maxNear) {
		gone++
	}
	s.near = append(s.near[:copy(s.near, s.near[gone:])], n)
}

// complete looks for a row that has the new value and enough of the others.
func (s *search) complete(n near) (row uint64, found bool) {
	columns := uint16(0)
	for _, o := range s.near {
		columns |= o.columns
	}
	if bits.OnesCount16(columns) < s.m.spec.AtLeast {
		return 0, false
	}
	tried := 0
	try := func(p place) (uint64, bool) {
		for i := range s.m.rowsAt(p) {
			if tried++; tried > maxTried {
				break
			}
			if r := s.m.rowAt(p, i); s.has(r, n) && s.count(r) >= s.m.spec.AtLeast {
				return r, true
			}
		}
		return 0, false
	}
	for _, p := range s.places {
		if row, found = try(p); found {
			return row, true
		}
	}
	for i := len(s.near) - 2; i >= 0; i-- {
		if row, found = try(s.near[i].place); found {
			return row, true
		}
	}
	return 0, false
}

// has reports whether a row has a value.
func (s *search) has(row uint64, n near) bool {
	for c := n.columns; c != 0; c &= c - 1 {
		if s.m.print(row, bits.TrailingZeros16(c)) == n.print {
			return true
		}
	}
	return false
}

// count is how many columns of a row stand near.
func (s *search) count(row uint64) int {
	n := 0
	for c := range s.m.spec.Columns {
		print := s.m.print(row, c)
		for _, o := range s.near {
			if print == o.print && o.columns&(1<<c) != 0 {
				n++
				break
			}
		}
	}
	return n
}
