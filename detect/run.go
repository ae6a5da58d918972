package detect

// run is the tokens that are being tried as one number or code.
type run struct {
	text    []byte  // upper case, separators taken out; at most maxShape
	groups  []uint8 // length of each token
	letters uint64  // bit i: text[i] is a letter
	sep     uint8   // separators seen, bits of sepBytes
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

func (r *run) reset() {
	r.text, r.groups = r.room[:0], r.tokens[:0]
	r.letters, r.sep = 0, 0
}

// append adds a token of ASCII letters and digits; there must be room.
func (r *run) append(token []byte) {
	for _, b := range token {
		if classes[b] == isLetter {
			r.letters |= 1 << len(r.text)
			b &^= 0x20
		}
		r.text = append(r.text, b)
	}
	r.groups = append(r.groups, uint8(len(token)))
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
