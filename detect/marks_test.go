package detect

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// The bits of a text are those of its bytes, whichever instructions found them.
func TestMarks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	text := make([]byte, 64*40)
	for i := range text {
		text[i] = byte(i)
		if i >= 512 {
			text[i] = byte(r.Uint32())
		}
	}
	n := len(text) / 64
	var want [4][]uint64
	for i := range want {
		want[i] = make([]uint64, n)
	}
	for i, b := range text {
		for k, is := range []bool{classes[b] == isDigit, isOdd(b), classes[b] != 0, b >= 0x80} {
			if is {
				want[k][i/64] |= 1 << (i % 64)
			}
		}
	}
	for name, mark := range map[string]func(text []byte, digit, odd, word, high []uint64){"this machine's": markBlocks, "portable": markPortably} {
		t.Run(name, func(t *testing.T) {
			got := [4][]uint64{make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)}
			mark(text, got[0], got[1], got[2], got[3])
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// What is said to be plain is, and no more than two blocks of it are left for
// the slow way; whichever instructions found it.
func TestPlainWords(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	letters := []string{"a", "Z", "9", " ", "é", "Ł", "я", "Ω", "\xc2\xa0", "–", "\x00", "\xff", "\xe9", "é\x00", "\xc3", "\xcc\x81", "ĳ", "Ֆ"}
	for name, end := range map[string]func([]byte, int) int{"this machine's": plainWords, "portable": plainPortably} {
		t.Run(name, func(t *testing.T) {
			for range 20_000 {
				var text []byte
				odd := r.IntN(100)
				for len(text) < 40+r.IntN(200) {
					l := letters[r.IntN(8)]
					if r.IntN(100) > odd {
						l = letters[r.IntN(len(letters))]
					}
					text = append(text, l...)
				}
				i := r.IntN(3)
				want := slowPlainEnd(text, i)
				if got := end(text, i); got > want || got < i || want-got > 64 {
					t.Fatalf("%q from %d: %d, want %d or a little less", text, i, got, want)
				}
			}
		})
	}
}

// slowPlainEnd is plainEnd character by character.
func slowPlainEnd(text []byte, i int) int {
	for i < len(text) {
		switch r, size := utf8.DecodeRune(text[i:]); {
		case r == 0, r == utf8.RuneError && size == 1:
			return i
		case size == 1, r >= 0xC0 && r < 0x300, r >= 0x380 && r < 0x580:
			i += size
		default:
			return i
		}
	}
	return i
}
