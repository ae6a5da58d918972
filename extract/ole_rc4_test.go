package extract

import (
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// rc4Key is a way to make keys of a password, written down as the files have it.
type rc4Key struct {
	info []byte
	key  func(block int) []byte
}

// rc4Keys are the two ways of Office 97 to 2003, for the password "secret".
func rc4Keys(t *testing.T) map[string]rc4Key {
	salt, verifier := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	seal := func(key, plain []byte) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]byte, len(plain))
		c.XORKeyStream(out, plain)
		return out
	}
	old := rc4Key{key: func(block int) []byte {
		h := md5.New()
		first := md5.Sum(wide("secret"))
		for range 16 {
			h.Write(first[:5])
			h.Write(salt)
		}
		sum := md5.Sum(append(h.Sum(nil)[:5], le(block)...))
		return sum[:]
	}}
	hash := md5.Sum(verifier)
	old.info = append(le(uint16(1), uint16(1), string(salt)), seal(old.key(0), append(slices.Clone(verifier), hash[:]...))...)
	newer := rc4Key{key: func(block int) []byte {
		first := sha1.Sum(append(slices.Clone(salt), wide("secret")...))
		sum := sha1.Sum(append(first[:], le(block)...))
		return sum[:16]
	}}
	sum := sha1.Sum(verifier)
	sealed := seal(newer.key(0), append(slices.Clone(verifier), sum[:]...))
	name := append(wide("Microsoft Enhanced Cryptographic Provider v1.0"), 0, 0)
	newer.info = le(uint16(2), uint16(2), 4, 32+len(name), 4, 0, 0x6801, 0x8004, 128, 1, 0, 0, string(name), 16, string(salt), string(sealed[:16]), 20, string(sealed[16:]))
	return map[string]rc4Key{"MD5": old, "CryptoAPI": newer}
}

// seal encrypts a stream in blocks of that size.
func (k rc4Key) seal(t *testing.T, stream []byte, size int) []byte {
	var out []byte
	for i := 0; len(stream) > 0; i++ {
		c, err := rc4.NewCipher(k.key(i))
		if err != nil {
			t.Fatal(err)
		}
		piece := slices.Clone(stream[:min(size, len(stream))])
		stream = stream[len(piece):]
		c.XORKeyStream(piece, piece)
		out = append(out, piece...)
	}
	return out
}

// sealedDoc is testdata/office/letter.doc with a password.
func sealedDoc(t *testing.T, k rc4Key) []byte {
	t.Helper()
	data := officeFile(t, "testdata/office/letter.doc")
	f, err := openOLE(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	stream := func(name string) []byte {
		s := f.root().stream(name)
		b := make([]byte, s.size)
		if _, err := s.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
		return b
	}
	main, table := stream("WordDocument"), stream("1Table")
	// Room for the header in front of the table: all that it holds moves.
	shifted := append(make([]byte, len(k.info)), table...)
	for at := 0x9A; at+8 <= 0x9A+8*int(binary.LittleEndian.Uint16(main[0x98:])); at += 8 {
		if fc := binary.LittleEndian.Uint32(main[at:]); binary.LittleEndian.Uint32(main[at+4:]) > 0 {
			binary.LittleEndian.PutUint32(main[at:], fc+uint32(len(k.info)))
		}
	}
	table = append(slices.Clone(k.info), k.seal(t, shifted, 512)[len(k.info):]...)
	binary.LittleEndian.PutUint16(main[0x0A:], binary.LittleEndian.Uint16(main[0x0A:])|0x0100)
	binary.LittleEndian.PutUint32(main[0x0E:], uint32(len(k.info)))
	main = append(slices.Clone(main[:0x44]), k.seal(t, main, 512)[0x44:]...)
	return oleTree{"WordDocument": main, "1Table": table}.build()
}

// sealedXls is a workbook of one cell with a password, and a string that goes
// on in another record.
func sealedXls(t *testing.T, k rc4Key) []byte {
	long := strings.Repeat("x", 2000) + needle
	plain := slices.Concat(
		record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), record(biffFilePass, uint16(1), string(k.info)),
		record(0xFC, 1, 1, uint16(len(long)), "\x00"+long[:1000]), record(biffContinue, "\x00"+long[1000:]), record(0x0A),
		record(biffBOF, uint16(0x600), uint16(0x10), 0, 0, 0), record(0xFD, uint16(0), uint16(0), uint16(0), 0), record(0x0A))
	sealed := k.seal(t, plain, 1024)
	for at := 0; at < len(plain); {
		kind, size := u16(plain, at), u16(plain, at+2)
		n := 4
		if kind == biffBOF || kind == biffFilePass {
			n += size
		}
		copy(sealed[at:], plain[at:at+n])
		at += 4 + size
	}
	return oleTree{"Workbook": sealed}.build()
}

// Word and Excel files of 97 to 2003 that a password hides are opened with one
// that the message has, and said to be encrypted otherwise.
func TestRC4(t *testing.T) {
	letter, _ := readOffice(readCompound, officeFile(t, "testdata/office/letter.doc"), plenty)
	for name, k := range rc4Keys(t) {
		for kind, c := range map[string]struct {
			data []byte
			want string
		}{
			"doc": {sealedDoc(t, k), strings.TrimSpace(letter.texts[""])},
			"xls": {sealedXls(t, k), needle},
		} {
			sink, result := readOffice(readCompound, c.data, plenty, "wrong", "secret")
			if result.Scanned != Full || !result.Encrypted || !strings.Contains(sink.texts[""], c.want) {
				t.Errorf("%s %s: %+v %q", name, kind, result, sink.out.String())
			}
			sink, result = readOffice(readCompound, c.data, plenty, "wrong")
			if result.Scanned != None || !result.Encrypted || !slices.Equal(result.Problems, []Problem{ProblemEncrypted}) || strings.Contains(sink.out.String(), needle) {
				t.Errorf("%s %s without its password: %+v %q", name, kind, result, sink.out.String())
			}
		}
	}
	sink, result := readOffice(readCompound, officeFile(t, "testdata/office/secret.xls"), plenty, "wrong", "secret")
	if result.Scanned != Full || !result.Encrypted {
		t.Errorf("%+v", result)
	}
	wantText(t, sink, "", "Jan Kowalski\t44051401359\t1944-05-14\t4532015112830360")
}

// The older XOR obfuscation, and PowerPoint's encryption, aren't opened: that
// nothing was read is said.
func TestLegacyEncrypted(t *testing.T) {
	main := make([]byte, 0x400)
	binary.LittleEndian.PutUint16(main, 0xA5EC)
	binary.LittleEndian.PutUint16(main[2:], 0xC1)
	binary.LittleEndian.PutUint16(main[0x0A:], 0x8100)
	for name, data := range map[string][]byte{
		"doc, XOR":               oleTree{"WordDocument": main, "0Table": make([]byte, 64)}.build(),
		"xls, XOR":               oleTree{"Workbook": append(record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), record(biffFilePass, uint16(0), uint16(1), uint16(2))...)}.build(),
		"xls of Excel 95":        oleTree{"Book": append(record(biffBOF, uint16(0x500), uint16(5), uint16(0), uint16(0)), record(biffFilePass, uint16(1), uint16(2))...)}.build(),
		"ppt, its user's stream": oleTree{"Current User": le(uint16(0), uint16(0xFF6), 20, 20, 0xF3D1C4DF, 0), "PowerPoint Document": make([]byte, 16)}.build(),
		"ppt, its session":       oleTree{"PowerPoint Document": le(uint16(0x0F), uint16(0x2F14), 8, 0, 0)}.build(),
	} {
		sink, result := readOffice(readCompound, data, plenty, "secret")
		if result.Scanned != None || !result.Encrypted || !slices.Equal(result.Problems, []Problem{ProblemEncrypted}) || len(sink.texts[""]) > 0 {
			t.Errorf("%s: %+v %q", name, result, sink.out.String())
		}
	}
}
