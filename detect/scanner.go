package detect

import (
	"hash/maphash"
	"io"
	"time"
)

// Sizes of the window that slides over a text. A hit that begins in the fresh
// part of a window is seen with at least `behind` bytes before it and `ahead`
// bytes after it, wherever the window's edges fall.
const (
	windowSize = 64 << 10
	behind     = 512
	ahead      = 1024
)

// Scanner is one text on its way through an engine. Write takes the text in
// any pieces, Close ends it; Hits then has what was seen, and Reset makes the
// scanner ready for another text. It is for one goroutine.
type Scanner struct {
	engine *Engine
	now    time.Time
	seed   maphash.Seed

	piece   []byte // what ReadFrom reads into
	room    []byte // what text lies in
	text    []byte // normalised; text[:from] was scanned before
	left    []byte // an incomplete character at the end of the last Write
	from    int
	to      int // hits must begin before
	midText bool

	// candidate is the present one; it stands here so that it isn't made
	// anew for each check.
	candidate candidate

	marks marks // of the present window
	run   run
	key   []byte
	near  []nearWord
	hits  []hit
	last  []int // index in hits+1 of each detector's last hit
	tally []tally
	seen  []sightings
	table table
	parts parts // of the name or heading that is looked at

	base     int     // where the window begins in the normalised text
	tables   []Table // to search
	searches []Search
	kinds    [][]Kind // that each search wants
	values   values

	explains bool
	reasons  []reason

	longTokens []int    // that may belong to base64
	inner      *Scanner // for decoded text; nil until there is any
	within     bool     // this is an inner one

	// These are s's own methods, kept so that they aren't made anew for
	// each window.
	foundLiteral func(owner, at, n int)
	foundWord    func(p *phrase, start, end int)
}

// hit is a candidate that a detector takes for real.
type hit struct {
	detector   int
	grade      grade
	series     bool // looks cut out of a longer run
	start, end int
	value      uint64
}

// tally counts a detector's candidates that were written without separators.
type tally struct{ tried, passed int }

func (t *tally) note(g grade) {
	t.tried++
	if g != reject {
		t.passed++
	}
}

// Scanner makes a scanner. Use sets what it needs to know before the first text.
func (e *Engine) Scanner() *Scanner {
	n := len(e.detectors)
	s := &Scanner{
		engine: e,
		piece:  make([]byte, windowSize/2),
		room:   make([]byte, windowSize+padding),
		last:   make([]int, n),
		tally:  make([]tally, n),
		seen:   make([]sightings, n),
		tables: e.tables,
	}
	s.text = s.room[:0:windowSize]
	s.foundLiteral, s.foundWord = s.literal, s.word
	return s
}

// Use sets the clock for dates of birth, and the key under which values are
// told apart: one for each message, so that a value counts once in it.
func (s *Scanner) Use(now time.Time, seed maphash.Seed) { s.now, s.seed = now, seed }

// Reset makes the scanner ready for another text.
func (s *Scanner) Reset() {
	s.begin()
	clear(s.tally)
	clear(s.seen)
	s.reasons = s.reasons[:0]
}

// begin forgets the last text, but not what was seen in it.
func (s *Scanner) begin() {
	s.text, s.left = s.text[:0], s.left[:0]
	s.from, s.base, s.midText = 0, 0, false
	s.table.reset()
	s.endTables()
}

// Write takes the next piece of the text. It never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	n := len(p)
	if len(s.left) > 0 {
		p = append(s.left, p...)
		s.left = nil
	}
	for len(p) > 0 {
		// Normalising makes at most as many bytes as it reads.
		room := min(cap(s.text)-len(s.text), len(p))
		var used int
		s.text, used = normalise(s.text, p[:room], false)
		if used < room || room == 0 {
			if len(p)-used < 4 && room == len(p) {
				s.left = append(s.left[:0:0], p[used:]...)
				return n, nil
			}
			if cap(s.text)-len(s.text) < 4 {
				s.window(false)
			}
		}
		p = p[used:]
		if len(s.text) == cap(s.text) {
			s.window(false)
		}
	}
	return n, nil
}

// ReadFrom takes the text from r up to its end. The error is r's.
func (s *Scanner) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	for {
		n, err := r.Read(s.piece)
		total += int64(n)
		_, _ = s.Write(s.piece[:n])
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// Close ends the text.
func (s *Scanner) Close() {
	if len(s.left) > 0 {
		if cap(s.text)-len(s.text) < len(s.left) {
			s.window(false)
		}
		s.text, _ = normalise(s.text, s.left, true)
		s.left = nil
	}
	s.window(true)
}

// window scans what is there, and makes room unless it is the last.
func (s *Scanner) window(last bool) {
	s.to = len(s.text)
	if !last {
		s.to -= ahead
	}
	start := 0
	if s.midText { // the first token may be the rest of one
		// One longer than this is no word and no number, whatever is gone of it.
		if start = tokenEnd(s.text, 0); start >= behind {
			start = 0
		}
	}
	s.hits, s.longTokens = s.hits[:0], s.longTokens[:0]
	clear(s.last)
	// Places are counted from the first byte that is scanned.
	s.from, s.to = max(0, s.from-start), s.to-start
	s.base += start
	s.marks.set(s.text[start:], s.room[start:])
	s.scan()
	s.judge()
	s.encoded()
	s.base -= start
	if last {
		s.endTables()
		return
	}
	keep := max(0, s.to-behind)
	s.table.carry(s, keep)
	s.to, keep = s.to+start, keep+start
	s.base += keep
	s.from = s.to - keep
	s.text = s.text[:copy(s.text, s.text[keep:])]
	s.midText = keep > 0
}

// add notes a hit with its value.
func (s *Scanner) add(detector int, g grade, start, end int, value []byte) {
	s.addRun(detector, g, start, end, value, false)
}

// addRun is add, for a run of tokens. Of two hits of one detector that share
// text the better is kept, or else the longer.
func (s *Scanner) addRun(detector int, g grade, start, end int, value []byte, series bool) {
	if start < s.from || start >= s.to {
		return
	}
	h := hit{detector, g, series, start, end, maphash.Bytes(s.seed, value)}
	if i := s.last[detector]; i > 0 {
		old := &s.hits[i-1]
		if start < old.end && end > old.start {
			if h.rank() > old.rank() || h.rank() == old.rank() && end-start > old.end-old.start {
				*old = h
			}
			return
		}
	}
	s.hits = append(s.hits, h)
	s.last[detector] = len(s.hits)
}

// rank orders hits that share text.
func (h *hit) rank() int {
	if h.series {
		return 0
	}
	return int(h.grade)
}
