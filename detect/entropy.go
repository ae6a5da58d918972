package detect

import (
	"bytes"
	"math"
)

// entropy is the Shannon entropy of a text's bytes in bits a byte.
func entropy(text []byte) float64 {
	var counts [256]int
	for _, b := range text {
		counts[b]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(text))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// random reports whether a text looks drawn by lot: letters and digits mixed
// again and again, and no byte much more often than the others. The texts that
// it is asked about have 16 bytes and more.
func random(text []byte) bool {
	changes, digits := 0, 0
	for i, b := range text {
		if classes[b] == isDigit {
			digits++
		}
		if i > 0 && classes[b]|classes[text[i-1]] == isDigit|isLetter {
			changes++
		}
	}
	return digits >= 2 && changes >= 3 && entropy(text) >= 3
}

// placeholder reports whether a value only says what belongs in its place.
func placeholder(value []byte) bool {
	low := bytes.ToLower(value)
	for _, word := range []string{
		"example", "xxxx", "changeme", "change_me", "change-me", "changeit", "your", "placeholder", "redacted", "****", "••••", "dummy", "sample", "todo",
		"insert", "<", "{{", "${", "$(", "%(", "...", "…", "1234567890abcdef", "abcdefghij", "beispiel", "exemple", "przyklad", "voorbeeld", "ejemplo", "esempio",
	} {
		if bytes.Contains(low, []byte(word)) {
			return true
		}
	}
	return len(value) > 0 && bytes.Count(value, value[:1]) == len(value)
}
