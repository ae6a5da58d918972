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
	m      *mapping // nil once the text has ended
	places []place
	near   []near // values of the table that stood there lately, oldest first
	// matched are the columns of the row that was found last.
	matched uint16
}

// near is a value of the table in the text.
type near struct {
	at      int
	print   uint32
	columns uint16 // that have it
	place   place  // in the column with the fewest rows
}

// End ends the text.
func (s *search) End() {
	if s.m != nil {
		s.m.release()
		s.m = nil
	}
}

// Wants reports whether a column has values of a kind.
func (s *search) Wants(kind detect.Kind) bool { return s.m.kinds[kindByte(kind)] }

// Word reports whether a folded word may be part of a name or text.
func (s *search) Word(word []byte) bool { return s.m.hasWord(s.m.keys.word(word)) }

// See takes a value, and reports the row that it completes.
func (s *search) See(kind detect.Kind, value []byte, at int) (row uint64, found bool) {
	hash := siphash(s.m.keys.k0, s.m.keys.k1, kindByte(kind), value)
	if s.places = s.m.lookup(hash, s.places[:0]); len(s.places) == 0 {
		return 0, false
	}
	n := near{at: at, print: fingerprint(hash), place: s.places[0]}
	for _, p := range s.places {
		n.columns |= 1 << (p.column() & 15)
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
			if r := s.m.rowAt(p, i); s.has(r, n) {
				if s.matched = s.columns(r); bits.OnesCount16(s.matched) >= s.m.spec.AtLeast {
					return r, true
				}
			}
		}
		return 0, false
	}
	// Such a row is among those that have the new value, unless these are too
	// many to be listed.
	common := false
	for _, p := range s.places {
		if row, found = try(p); found {
			return row, true
		}
		common = common || s.m.rowsAt(p) == 0
	}
	if !common {
		return 0, false
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

// columns are those of a row that stand near. A value that stands there once
// counts for one column, though others of the row may have the same: "Thomas"
// isn't Thomas Thomas.
func (s *search) columns(row uint64) (all uint16) {
	taken := uint64(0) // of near
	for c := range s.m.spec.Columns {
		print := s.m.print(row, c)
		for i, o := range s.near {
			if print == o.print && o.columns&(1<<c) != 0 && taken&(1<<i) == 0 {
				all |= 1 << c
				taken |= 1 << i
				break
			}
		}
	}
	return all
}

// Match is a row that was found in a text.
type Match struct {
	Row     int      `json:"row"` // from 1, without the headings
	Columns []string `json:"columns"`
}

// Watched is the table with somebody who is told of every row that is found.
// See's caller waits for told.
func (t *Table) Watched(told func(Match)) detect.Table { return watched{t, told} }

type watched struct {
	detect.Table
	told func(Match)
}

func (w watched) Search() detect.Search { return &watchedSearch{w.Table.Search().(*search), w.told} }

func (w watched) Hold() (detect.Table, func()) {
	held, release := w.Table.Hold()
	return watched{held, w.told}, release
}

type watchedSearch struct {
	*search
	told func(Match)
}

func (s *watchedSearch) See(kind detect.Kind, value []byte, at int) (row uint64, found bool) {
	if row, found = s.search.See(kind, value, at); found {
		match := Match{Row: int(row) + 1}
		for i, c := range s.m.spec.Columns {
			if s.matched&(1<<i) != 0 {
				match.Columns = append(match.Columns, c.Name)
			}
		}
		s.told(match)
	}
	return row, found
}
