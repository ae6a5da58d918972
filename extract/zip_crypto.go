package extract

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

// decrypt looks for the password of an encrypted file and returns what opens
// it, or nil where none fits. The entry's method is then that of the content.
func (z *zipFile) decrypt(e *zipEntry, packed *io.SectionReader) func() (io.Reader, error) {
	if e.flags&zipFlagStrong != 0 {
		return nil
	}
	isAES := e.method == zipAESCoded && e.aes != nil
	if isAES {
		e.method = e.aes.method
		if e.aes.version == 2 {
			e.crc = 0
		}
	}
	for _, password := range z.w.budget.Passwords {
		if isAES {
			open := func() (io.Reader, error) { return e.aes.open(packed, password) }
			if _, err := open(); err == nil {
				return open
			}
			continue
		}
		open := func() (io.Reader, error) { return openZipCrypto(*e, packed, password) }
		if z.opens(*e, open) {
			return open
		}
	}
	return nil
}

// opens reports whether what open decrypts unpacks to what its checksum says:
// the old encryption's own check lets one of 256 wrong passwords pass.
func (z *zipFile) opens(e zipEntry, open func() (io.Reader, error)) bool {
	r, err := open()
	if err != nil {
		return false
	}
	if r = unpackZip(e, r); r == nil || e.method == zipZstd || e.method == zipXZ {
		return true
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, max(0, z.w.budget.Bytes)+1))
	return err == nil && (e.crc != 0 || n == e.size)
}

// errPassword says that a password isn't the one.
var errPassword = errors.New("wrong password")

// zipCrypto is the traditional encryption (APPNOTE.TXT section 6.1).
type zipCrypto struct {
	r    io.Reader
	keys [3]uint32
}

func openZipCrypto(e zipEntry, packed *io.SectionReader, password string) (io.Reader, error) {
	z := &zipCrypto{r: io.NewSectionReader(packed, 0, packed.Size()), keys: [3]uint32{0x12345678, 0x23456789, 0x34567890}}
	for i := range len(password) {
		z.update(password[i])
	}
	var head [12]byte
	if _, err := io.ReadFull(z, head[:]); err != nil {
		return nil, err
	}
	if want := byte(e.crc >> 24); head[11] != want && head[11] != byte(e.time>>8) {
		return nil, errPassword
	}
	return z, nil
}

func (z *zipCrypto) update(b byte) {
	z.keys[0] = crc32.IEEETable[byte(z.keys[0])^b] ^ z.keys[0]>>8
	z.keys[1] = (z.keys[1]+z.keys[0]&0xFF)*134775813 + 1
	z.keys[2] = crc32.IEEETable[byte(z.keys[2])^byte(z.keys[1]>>24)] ^ z.keys[2]>>8
}

func (z *zipCrypto) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	for i, c := range p[:n] {
		t := z.keys[2]&0xFFFF | 2
		p[i] = c ^ byte(t*(t^1)>>8)
		z.update(p[i])
	}
	return n, err
}

// zipAES is WinZip's encryption (AE-1 and AE-2, "AES Encryption Information").
type zipAES struct {
	strength byte // 1, 2, 3: keys of 128, 192, 256 bit
	method   uint16
	version  uint16 // 1 has a checksum of the content too
}

func (a *zipAES) open(packed *io.SectionReader, password string) (io.Reader, error) {
	if a.strength < 1 || a.strength > 3 {
		return nil, errPassword
	}
	keySize := 8 + 8*int(a.strength)
	saltSize := keySize / 2
	head := make([]byte, saltSize+2)
	const macSize = 10
	body := packed.Size() - int64(len(head)) - macSize
	if body < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if _, err := packed.ReadAt(head, 0); err != nil {
		return nil, err
	}
	keys, err := pbkdf2.Key(sha1.New, password, head[:saltSize], 1000, 2*keySize+2)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(keys[2*keySize:], head[saltSize:]) == 0 {
		return nil, errPassword
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, err
	}
	r := &aesReader{r: io.NewSectionReader(packed, int64(len(head)), body), block: block, mac: hmac.New(sha1.New, keys[keySize:2*keySize])}
	if _, err := packed.ReadAt(r.want[:], packed.Size()-macSize); err != nil && err != io.EOF {
		return nil, err
	}
	return r, nil
}

// aesReader decrypts with a counter that begins at 1 and counts upwards from
// its first byte, and checks the authentication code at the end.
type aesReader struct {
	r     io.Reader
	block cipher.Block
	mac   hash.Hash
	want  [10]byte
	count uint64
	pad   [aes.BlockSize]byte
	used  int
}

func (a *aesReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	_, _ = a.mac.Write(p[:n]) // a hash never fails
	for i := range p[:n] {
		if a.used%aes.BlockSize == 0 {
			a.count++
			var counter [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(counter[:], a.count)
			a.block.Encrypt(a.pad[:], counter[:])
			a.used = 0
		}
		p[i] ^= a.pad[a.used]
		a.used++
	}
	if err == io.EOF && !hmac.Equal(a.mac.Sum(nil)[:len(a.want)], a.want[:]) {
		err = errChecksum
	}
	return n, err
}
