package extract

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

// rar5 writes RAR 5 archives ("RAR 5.0 archive format").
type rar5 struct {
	t   *testing.T
	out []byte
	key []byte // of the headers, nil if they are in clear
}

const rarRounds = 4 // log2 of how often the password is hashed

func vint(v int) []byte { return binary.AppendUvarint(nil, uint64(v)) }

// derived is the key of the password "secret" after so many more rounds.
func (r *rar5) derived(salt []byte, more int) []byte {
	key, err := pbkdf2.Key(sha256.New, "secret", salt, 1<<rarRounds+more, 32)
	if err != nil {
		r.t.Fatal(err)
	}
	return key
}

// check is what tells a wrong password.
func (r *rar5) check(salt []byte) []byte {
	check := make([]byte, 8)
	for i, b := range r.derived(salt, 32) {
		check[i%8] ^= b
	}
	sum := sha256.Sum256(check)
	return append(check, sum[:4]...)
}

func (r *rar5) sealed(key, iv, plain []byte) []byte {
	plain = append(slices.Clone(plain), make([]byte, (16-len(plain)%16)%16)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		r.t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	return plain
}

func (r *rar5) header(parts ...[]byte) {
	body := slices.Concat(parts...)
	sized := append(vint(len(body)), body...)
	block := append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized)), sized...)
	if r.key != nil {
		iv := []byte("initialisation 1")
		block = append(iv, r.sealed(r.key, iv, block)...)
	}
	r.out = append(r.out, block...)
}

// file adds a stored file, encrypted or not.
func (r *rar5) file(name, content string, encrypted bool) {
	data, extra := []byte(content), []byte(nil)
	if encrypted {
		salt, iv := []byte("salt of the file"), []byte("initialisation 2")
		data = r.sealed(r.derived(salt, 0), iv, data)
		record := slices.Concat(vint(1), vint(0), vint(1), []byte{rarRounds}, salt, iv, r.check(salt))
		extra = append(vint(len(record)), record...)
	}
	const hasExtra, hasData, hasCRC = 1, 2, 4
	flags := vint(hasData)
	if encrypted {
		flags = append(vint(hasData|hasExtra), vint(len(extra))...)
	}
	r.header(vint(2), flags, vint(len(data)), vint(hasCRC), vint(len(content)), vint(0),
		binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(content))), vint(0), vint(0), vint(len(name)), []byte(name), extra)
	r.out = append(r.out, data...)
}

func (r *rar5) end() []byte {
	r.header(vint(5), vint(0), vint(0))
	return r.out
}

// A RAR archive whose content or whose names too a password hides is opened
// with one that the message has, and said to be encrypted otherwise.
func TestRAREncrypted(t *testing.T) {
	start := func() *rar5 { return &rar5{t: t, out: []byte("Rar!\x1a\x07\x01\x00")} }
	content := start()
	content.header(vint(1), vint(0), vint(0))
	content.file("plain.txt", "nothing to see", false)
	content.file("needle.txt", "The needle is "+needle, true)
	names, salt := start(), []byte("salt of the head")
	names.header(vint(4), vint(0), vint(0), vint(1), []byte{rarRounds}, salt, names.check(salt))
	names.key = names.derived(salt, 0)
	names.header(vint(1), vint(0), vint(0))
	names.file("needle.txt", "The needle is "+needle, true)
	x := withWorkers(t)
	for name, c := range map[string]struct {
		data   []byte
		sealed string // how much is read without the password
	}{"content": {content.end(), Partial}, "names": {names.end(), None}} {
		r, got := extractedBy(t, x, File{}, c.data, "wrong", "secret")
		if r.Scanned != Full || !r.Encrypted || len(r.Problems) > 0 || !strings.Contains(got.all(), needle) {
			t.Errorf("%s: %+v %q", name, r, got.all())
		}
		r, got = extractedBy(t, x, File{}, c.data, "wrong")
		if r.Scanned != c.sealed || !r.Encrypted || !slices.Equal(r.Problems, []Problem{ProblemEncrypted}) || strings.Contains(got.all(), needle) {
			t.Errorf("%s without its password: %+v %q", name, r, got.all())
		}
	}
}
