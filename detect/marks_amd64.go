package detect

import "golang.org/x/sys/cpu"

// hasAVX2 says that markBlocks may use instructions on 32 bytes at once.
var hasAVX2 = cpu.X86.HasAVX2

// markBlocks marks as many blocks of text as digit is long, one at least; the
// other lists are no shorter, and text has all of the blocks.
func markBlocks(text []byte, digit, odd, word, high []uint64) {
	if !hasAVX2 {
		markPortably(text, digit, odd, word, high)
		return
	}
	_ = text[len(digit)*64-1]
	_, _, _ = odd[len(digit)-1], word[len(digit)-1], high[len(digit)-1]
	markAVX2(&text[0], len(digit), &digit[0], &odd[0], &word[0], &high[0])
}

// plainWords is plainEnd as far as whole blocks go.
func plainWords(text []byte, i int) int {
	if !hasAVX2 || len(text)-i < 32 {
		return plainPortably(text, i)
	}
	return i + plainAVX2(&text[i], (len(text)-i)/32)
}

// plainAVX2 returns how many bytes from text on are plain, as far as blocks of
// 32 bytes go of which there are n, one at least.
//
//go:noescape
func plainAVX2(text *byte, n int) int

// markAVX2 is markPortably for n blocks.
//
//go:noescape
func markAVX2(text *byte, n int, digit, odd, word, high *uint64)
