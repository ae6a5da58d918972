//go:build !amd64

package detect

// markBlocks marks as many blocks of text as digit is long.
func markBlocks(text []byte, digit, odd, word, high []uint64) {
	markPortably(text, digit, odd, word, high)
}

// plainWords is plainEnd as far as whole blocks go.
func plainWords(text []byte, i int) int { return plainPortably(text, i) }
