package detect

import (
	"fmt"
	"strings"
)

// maxShape is the most characters that a shape may have.
const maxShape = 34

// automaton knows after each character of a run which shapes it may still
// have. Most numbers of a text are none after a few characters, and cost no
// more than that.
type automaton struct {
	// next is the state after a symbol, at state*symbols + symbol; 0 where
	// no shape goes on. State 1 is the beginning.
	next []uint16
	// fits are the detectors that have a shape that ends in a state.
	fits [][]uint16
}

// Symbols are what the automaton makes of a byte: 0 ends a token, 1 to 26 are
// letters, and foreignSymbol is what a token may have and no shape has.
const (
	symbols       = 32 // room for each state's
	digitSymbol   = 27
	foreignSymbol = 28
)

// symbolOf is the symbol of each byte: a table of constants.
var symbolOf = makeSymbols()

func makeSymbols() (table [256]uint8) {
	for i := range 256 {
		switch b := byte(i); classes[b] {
		case isLetter:
			table[i] = b & 0x1F // A and a are 1
		case isDigit:
			table[i] = digitSymbol
		case isForeign:
			table[i] = foreignSymbol
		}
	}
	return table
}

// after is the state after a byte.
func (a *automaton) after(state uint16, b byte) uint16 {
	return a.next[int(state)*symbols+int(symbolOf[b])]
}

// shapeOf is a shape and whose it is.
type shapeOf struct {
	shape
	detector int
	// begins are the symbols that its beginnings have at each place, a bit
	// each; all where none goes so far.
	begins []uint32
}

func newShapeOf(s shape, detector int) shapeOf {
	of := shapeOf{shape: s, detector: detector}
	for begin := range strings.FieldsSeq(s.Begins) {
		for at := range len(begin) {
			if at == len(of.begins) {
				of.begins = append(of.begins, 0)
			}
			of.begins[at] |= 1 << symbolOf[begin[at]]
		}
	}
	return of
}

// maxStates is more than all shapes that anybody needs come to.
const maxStates = 1<<16 - 1

// newAutomaton arranges shapes. The states are the sets of shapes that are
// left after as many characters.
func newAutomaton(shapes []shapeOf) (*automaton, error) {
	a := &automaton{next: make([]uint16, 2*symbols), fits: make([][]uint16, 2)}
	type place struct {
		at   int
		left []int
	}
	all := make([]int, len(shapes))
	for i := range shapes {
		all[i] = i
	}
	places := []place{{}, {left: all}}
	known := map[string]uint16{}
	for state := 1; state < len(places); state++ {
		here := places[state]
		for symbol := 1; symbol <= digitSymbol; symbol++ {
			left := alive(shapes, here.left, here.at, symbol)
			if len(left) == 0 {
				continue
			}
			name := fmt.Sprint(here.at+1, left)
			to, ok := known[name]
			if !ok {
				if len(places) > maxStates {
					return nil, fmt.Errorf("the shapes of all detectors come to more than %d states", maxStates)
				}
				to = uint16(len(places))
				known[name] = to
				places = append(places, place{here.at + 1, left})
				a.next = append(a.next, make([]uint16, symbols)...)
				a.fits = append(a.fits, fitting(shapes, left, here.at+1))
			}
			a.next[state*symbols+symbol] = to
		}
	}
	return a, nil
}

// alive are the shapes that may have a symbol at a place.
func alive(shapes []shapeOf, left []int, at, symbol int) []int {
	var still []int
	for _, i := range left {
		s := &shapes[i]
		if at >= s.Max || at < len(s.begins) && s.begins[at]>>symbol&1 == 0 {
			continue
		}
		if b := s.char(at); b == 'X' || b == 'A' && symbol != digitSymbol || b == '9' && symbol == digitSymbol {
			still = append(still, i)
		}
	}
	return still
}

// fitting are the detectors of the shapes that may end after n characters,
// each once.
func fitting(shapes []shapeOf, left []int, n int) []uint16 {
	var fits []uint16
	last := -1
	for _, i := range left {
		if s := &shapes[i]; n >= s.Min && s.detector != last {
			last = s.detector
			fits = append(fits, uint16(last))
		}
	}
	return fits
}

// char is the form of the character at a place.
func (s shape) char(at int) byte {
	if at < len(s.Lead) {
		return s.Lead[at]
	}
	return s.Rest
}

// check says what is wrong with a shape.
func (s shape) check() error {
	if s.Min < len(s.Lead) || s.Min < 1 || s.Max < s.Min || s.Max > maxShape {
		return fmt.Errorf("a shape of %d to %d characters", s.Min, s.Max)
	}
	for at := range s.Max {
		if b := s.char(at); b != 'A' && b != '9' && b != 'X' {
			return fmt.Errorf("a shape with %q in it", b)
		}
	}
	return nil
}

// merged is a shape that all codes of two have.
func (s shape) merged(t shape) shape {
	m := shape{Rest: 'X', Min: min(s.Min, t.Min), Max: max(s.Max, t.Max)}
	for at := 0; at < m.Min && s.char(at) == t.char(at); at++ {
		m.Lead += string(s.char(at))
	}
	return m
}

// national are the shapes of codes that begin with a country's letters: for
// each form that forms gives, the countries that have it.
func national(lead string, forms func(country string) string) []shape {
	var shapes []shape
	known := map[string]int{}
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			country := string([]byte{a, b})
			for form := range strings.FieldsSeq(forms(country)) {
				i, ok := known[form]
				if !ok {
					i = len(shapes)
					known[form] = i
					chars := lead + formChars(form)
					shapes = append(shapes, shape{Lead: chars, Rest: 'X', Min: len(chars), Max: len(chars)})
				}
				shapes[i].Begins += country + " "
			}
		}
	}
	return shapes
}
