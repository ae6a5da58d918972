package exact

import (
	"encoding/binary"
	"math/bits"
)

// siphash is SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, 2012) of a kind
// and a value.
func siphash(k0, k1 uint64, kind byte, value []byte) uint64 {
	s := sip{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	// The kind is the first byte of what is hashed.
	length := uint64(len(value) + 1)
	block, n := uint64(kind), 1
	for len(value) >= 8 {
		v := binary.LittleEndian.Uint64(value)
		s.block(block | v<<8)
		block = v >> 56
		value = value[8:]
	}
	for _, b := range value {
		block |= uint64(b) << (8 * n)
		if n++; n == 8 {
			s.block(block)
			block, n = 0, 0
		}
	}
	s.block(block | length<<56)
	s.v2 ^= 0xff
	s.round()
	s.round()
	s.round()
	s.round()
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

type sip struct{ v0, v1, v2, v3 uint64 }

func (s *sip) block(m uint64) {
	s.v3 ^= m
	s.round()
	s.round()
	s.v0 ^= m
}

func (s *sip) round() {
	s.v0 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v2 = bits.RotateLeft64(s.v2, 32)
}
