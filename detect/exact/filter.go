package exact

import "math/bits"

// The filter says of most hashes that they aren't in the file. It is a Bloom
// filter in blocks of one line of the processor's cache (F. Putze, P. Sanders
// and J. Singler, 2007), of which each hash sets a few bits.
const (
	blockSize = 64
	// filterBits is how many bits there are for each hash: one unknown hash in
	// fifty or so passes.
	filterBits   = 10
	filterProbes = 4
)

// blocksFor is how many blocks a filter of so many hashes has.
func blocksFor(hashes uint64) uint64 { return hashes*filterBits/(blockSize*8) + 1 }

// scale is the place of a hash, by its upper bits, among n.
func scale(hash, n uint64) uint64 {
	hi, _ := bits.Mul64(hash, n)
	return hi
}

func filterAdd(filter []byte, hash uint64) {
	block := filter[scale(hash, uint64(len(filter)/blockSize))*blockSize:][:blockSize]
	for range filterProbes {
		block[hash&511/8] |= 1 << (hash & 7)
		hash >>= 9
	}
}

// filterHas reports whether a hash may have been added.
func filterHas(filter []byte, hash uint64) bool {
	block := (*[blockSize]byte)(filter[scale(hash, uint64(len(filter)/blockSize))*blockSize:])
	for range filterProbes {
		if block[hash&511/8]&(1<<(hash&7)) == 0 {
			return false
		}
		hash >>= 9
	}
	return true
}
