package detect

import "fmt"

// maxShape is the most characters that a shape may have.
const maxShape = 34

// automaton knows after each character of a run which shapes it may still
// have. Most numbers of a text are none after a few characters, and cost no
// more than that.
type automaton struct {
	// next is the state after a byte of a class, at state*8 + class; 0 where
	// no shape goes on. State 1 is the beginning.
	next []uint16
	// fits are the detectors that have a shape that ends in a state.
	fits [][]uint16
	// letters is the state after so many letters.
	letters [leadTokens*leadLetters + 1]uint16
}

// shapeOf is a shape and whose it is.
type shapeOf struct {
	shape
	detector int
}

// maxStates is more than all shapes that anybody needs come to.
const maxStates = 1<<16/8 - 1

// newAutomaton arranges shapes. The states are the sets of shapes that are
// left after as many characters.
func newAutomaton(shapes []shapeOf) (*automaton, error) {
	a := &automaton{next: make([]uint16, 16), fits: make([][]uint16, 2)}
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
		for _, class := range []uint8{isLetter, isDigit} {
			left := alive(shapes, here.left, here.at, class)
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
				a.next = append(a.next, make([]uint16, 8)...)
				a.fits = append(a.fits, fitting(shapes, left, here.at+1))
			}
			a.next[state*8+int(class)] = to
		}
	}
	a.letters[0] = 1
	for n := 1; n < len(a.letters); n++ {
		a.letters[n] = a.next[int(a.letters[n-1])*8+isLetter]
	}
	return a, nil
}

// alive are the shapes that may have a character of the class at a place.
func alive(shapes []shapeOf, left []int, at int, class uint8) []int {
	var still []int
	for _, i := range left {
		s := &shapes[i]
		if at >= s.Max {
			continue
		}
		if b := s.char(at); b == 'X' || b == 'A' && class == isLetter || b == '9' && class == isDigit {
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
