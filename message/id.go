package message

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// NewID returns a new message id: 26 lower-case letters and digits (a–z, 2–7),
// 128 random bits in base 32 (RFC 4648 section 6) without padding.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: the program ends where the system has no randomness
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}
