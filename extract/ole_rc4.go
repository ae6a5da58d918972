package extract

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/binary"
)

// officeRC4 decrypts the streams of Word and Excel 97 to 2003 with RC4, with a
// new key for each block ([MS-OFFCRYPTO] 2.3.5 and 2.3.6). Each of them may be
// at any place; going on is cheap.
type officeRC4 struct {
	key   func(block uint32) []byte
	size  int64 // of a block
	block int64
	at    int64 // within the block, of what stream gives next
	now   *rc4.Cipher
}

// decrypt decrypts, in place, what stands at an offset of the stream.
func (c *officeRC4) decrypt(b []byte, offset int64) {
	var skipped [1024]byte
	for len(b) > 0 {
		block, within := offset/c.size, offset%c.size
		if c.now == nil || block != c.block || within < c.at {
			now, err := rc4.NewCipher(c.key(uint32(block)))
			if err != nil {
				return // the keys here always have a length that it takes
			}
			c.now, c.block, c.at = now, block, 0
		}
		for c.at < within {
			n := min(within-c.at, int64(len(skipped)))
			c.now.XORKeyStream(skipped[:n], skipped[:n])
			c.at += n
		}
		n := min(int64(len(b)), c.size-within)
		c.now.XORKeyStream(b[:n], b[:n])
		c.at += n
		b, offset = b[n:], offset+n
	}
}

// openRC4 tries the passwords on a stream whose encryption info describes, in
// blocks of that size; nil if none fits, or it is of a kind that is not known
// here (the older XOR obfuscation).
func (r *oleReader) openRC4(info []byte, size int64) (*officeRC4, error) {
	for _, password := range r.passwords() {
		if err := r.w.spend(0); err != nil {
			return nil, err
		}
		c := &officeRC4{size: size}
		hashSize := 0
		var verifier []byte
		switch major, minor := u16(info, 0), u16(info, 2); {
		case major == 1 && minor == 1:
			c.key, verifier, hashSize = binaryRC4(info, password)
		case minor == 2 && major >= 2 && major <= 4:
			c.key, verifier, hashSize = cryptoAPI(info, password)
		}
		if c.key == nil {
			return nil, nil
		}
		c.decrypt(verifier, 0)
		hash := md5.Sum(verifier[:16])
		sum := hash[:]
		if hashSize == sha1.Size {
			hash := sha1.Sum(verifier[:16])
			sum = hash[:]
		}
		if bytes.Equal(sum, verifier[16:]) {
			return c, nil
		}
	}
	return nil, nil
}

// binaryRC4 makes the keys of Office 97 and 2000 ([MS-OFFCRYPTO] 2.3.6.2), and
// a copy of what a password is checked with.
func binaryRC4(info []byte, password string) (key func(uint32) []byte, verifier []byte, hashSize int) {
	const short = 5 // bytes of a key that could be exported
	salt, verifier := part(info, 4, 16), bytes.Clone(part(info, 20, 32))
	if len(verifier) < 32 {
		return nil, nil, 0
	}
	first := md5.Sum(passwordBytes(password))
	salted := md5.Sum(bytes.Repeat(append(bytes.Clone(first[:short]), salt...), 16))
	return func(block uint32) []byte {
		sum := md5.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(salted[:short]), block))
		return sum[:]
	}, verifier, md5.Size
}

// cryptoAPI makes the keys of Office 2002 and 2003 ([MS-OFFCRYPTO] 2.3.5.2).
func cryptoAPI(info []byte, password string) (key func(uint32) []byte, verifier []byte, hashSize int) {
	const rc4ID, sha1ID = 0x6801, 0x8004
	header := part(info, 12, u32(info, 8))
	check := part(info, 12+len(header), 4+16+16+4+20)
	bits := u32(header, 16)
	if bits == 0 {
		bits = 40
	}
	if len(header) < 32 || len(check) < 60 || u32(header, 8) != rc4ID || u32(header, 12) != sha1ID || bits < 40 || bits > 128 || bits%8 != 0 {
		return nil, nil, 0
	}
	salted := sha1.Sum(append(bytes.Clone(check[4:20]), passwordBytes(password)...))
	return func(block uint32) []byte {
		sum := sha1.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(salted[:]), block))
		if bits == 40 {
			return append(sum[:5:5], make([]byte, 11)...)
		}
		return sum[:bits/8]
	}, append(bytes.Clone(check[20:36]), check[40:60]...), sha1.Size
}
