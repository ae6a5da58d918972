package detect

// run is the tokens that are being tried as one number or code.
type run struct {
	text    []byte  // upper case, separators taken out; at most maxShape
	groups  []uint8 // length of each token
	letters bool    // text has letters
	sep     uint8   // separators seen, bits of sepBytes
	filled  int     // how far text goes in the text that is looked through
	room    [maxShape]byte
	tokens  [runTokens]uint8
}

const sepBytes = " -./\n"

// sepNames is every set of separators, so that naming one costs nothing.
var sepNames = func() (names [1 << len(sepBytes)]string) {
	for set := range names {
		for i := range sepBytes {
			if set&(1<<i) != 0 {
				names[set] += sepBytes[i : i+1]
			}
		}
	}
	return names
}()

func (r *run) begin(at int) {
	r.text, r.groups = r.room[:0], r.tokens[:0]
	r.letters, r.sep, r.filled = false, 0, at
}

// fill brings the run's text up to end; there must be room.
func (r *run) fill(text []byte, end int) {
	for _, b := range text[r.filled:end] {
		switch classes[b] {
		case isDigit:
			r.text = append(r.text, b)
		case isLetter:
			r.letters = true
			r.text = append(r.text, b&^0x20)
		}
	}
	r.filled = end
}

// separate notes a separator. It reports false where the run must end: a
// number is broken over two lines at most.
func (r *run) separate(b byte) bool {
	bit := sepBit(b)
	if b == '\n' && r.sep&bit != 0 {
		return false
	}
	r.sep |= bit
	return true
}

// has reports whether a separator was seen.
func (r *run) has(b byte) bool { return r.sep&sepBit(b) != 0 }

// seps are the separators seen, each once.
func (r *run) seps() string { return sepNames[r.sep] }

func sepBit(b byte) uint8 {
	switch b {
	case '-':
		return 2
	case '.':
		return 4
	case '/':
		return 8
	case '\n':
		return 16
	}
	return 1 // space and tab
}
