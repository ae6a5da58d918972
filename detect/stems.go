package detect

// stems finds beginnings of words, many at once, in short texts. They are
// written in lower case; the case of a text's ASCII letters doesn't matter.
type stems [256][]string

func newStems(all ...string) *stems {
	var s stems
	for _, stem := range all {
		s[stem[0]] = append(s[stem[0]], stem)
	}
	return &s
}

// in reports whether the last bytes of a text, at most nearby of them, hold
// one of the stems.
func (s *stems) in(text []byte) bool {
	var room [nearby]byte
	folded := room[:0]
	for _, b := range text[max(0, len(text)-nearby):] {
		folded = append(folded, lower[b])
	}
	for i, b := range folded {
		for _, stem := range s[b] {
			if len(stem) <= len(folded)-i && string(folded[i:i+len(stem)]) == stem {
				return true
			}
		}
	}
	return false
}
