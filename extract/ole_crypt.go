package extract

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"io"
	"strings"
	"unicode/utf16"
)

const (
	maxPasswords = 32
	maxSpin      = 1_000_000 // rounds to make a key of a password
	segment      = 4096      // what is decrypted at once
)

// excelPassword opens files that were only to be protected against changes.
const excelPassword = "VelvetSweatshop"

// protected reads a storage whose content is encrypted as a whole: with a
// password ([MS-OFFCRYPTO] 2.3), or by rights management. handled is false for
// any other.
func (r *oleReader) protected(d oleDir) (handled bool, err error) {
	switch {
	case d.has("EncryptedPackage"):
		err = r.encryptedPackage(d)
	case d.has("\x09DRMContent"), d.has("\x09DRMViewerContent"):
		r.locked(d)
	default:
		return false, nil
	}
	if err == nil {
		err = r.properties(d)
	}
	if meta, ok := d.dir("docMetadata"); ok && err == nil {
		err = r.labelInfo(meta)
	}
	return true, err
}

// locked notes that a key hides the document in d: the whole file, or
// something in it.
func (r *oleReader) locked(d oleDir) {
	if d.index == 0 {
		r.w.encryptedWhole()
	} else {
		r.w.encryptedPart()
	}
}

// labelInfo reads the labels of an encrypted document, which stay readable.
func (r *oleReader) labelInfo(d oleDir) error {
	s := d.stream("LabelInfo.xml")
	if s == nil {
		return nil
	}
	return r.w.passed(r.w.scanXML(r.w.counted(s.reader()), func(s *xmlScan, token xmlToken) error {
		if token == xmlStart && string(s.name) == "label" {
			r.labels.info(string(s.attr("id")), string(s.attr("enabled")), string(s.attr("removed")))
		}
		return nil
	}))
}

// encryptedPackage hands on the package if one of the passwords opens it.
func (r *oleReader) encryptedPackage(d oleDir) error {
	info, err := r.slurp(d, "EncryptionInfo")
	if err != nil {
		return err
	}
	s := d.stream("EncryptedPackage")
	for _, password := range r.passwords() {
		if err := r.w.spend(0); err != nil {
			return err
		}
		open := openPackageKey(info, password)
		if open == nil || s == nil {
			continue
		}
		size := make([]byte, 8)
		if _, err := s.ReadAt(size, 0); err != nil {
			return err
		}
		n := int64(min(binary.LittleEndian.Uint64(size), uint64(s.size-8)))
		r.w.result.Encrypted = true
		return r.w.passed(r.w.child(Child{Size: n}, io.LimitReader(&segmentReader{in: io.NewSectionReader(s, 8, s.size-8), open: open}, n)))
	}
	r.locked(d)
	return nil
}

// passwords are those that are tried on an office file.
func (r *oleReader) passwords() []string {
	passwords := append([]string{excelPassword}, r.w.budget.Passwords...)
	return passwords[:min(len(passwords), maxPasswords)]
}

// segmentOpener decrypts the segment with a number, in place.
type segmentOpener func(index uint32, b []byte)

// segmentReader decrypts a package.
type segmentReader struct {
	in    io.Reader
	open  segmentOpener
	index uint32
	buf   [segment]byte
	left  []byte
}

func (r *segmentReader) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		n, err := io.ReadFull(r.in, r.buf[:])
		if n -= n % aes.BlockSize; n == 0 {
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return 0, err
		}
		r.left = r.buf[:n]
		r.open(r.index, r.left)
		r.index++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// openPackageKey makes the key of a password; nil if it is not the right one,
// or the encryption is of a kind that is not known here.
func openPackageKey(info []byte, password string) segmentOpener {
	switch major, minor := u16(info, 0), u16(info, 2); {
	case major == 4 && minor == 4:
		return agileKey(part(info, 8, len(info)), password)
	case minor == 2 && major >= 2 && major <= 4:
		return standardKey(info, password)
	}
	return nil
}

func passwordBytes(password string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// spun is the hash of salt and password, hashed again and again.
func spun(h hash.Hash, salt, password []byte, rounds int) []byte {
	h.Write(salt)
	h.Write(password)
	sum := h.Sum(nil)
	count := make([]byte, 4)
	for i := range rounds {
		binary.LittleEndian.PutUint32(count, uint32(i))
		h.Reset()
		h.Write(count)
		h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	return sum
}

func hashed(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// sized cuts b to n bytes, or fills it up.
func sized(b []byte, n int) []byte {
	for len(b) < n {
		b = append(b, 0x36)
	}
	return b[:n]
}

// agileParams is what agile encryption says of one of its keys.
type agileParams struct {
	salt, verifier, verifierHash, key []byte
	spin, keyBits                     int
	hash                              func() hash.Hash
}

// agileKey opens agile encryption: AES in CBC mode with a key per file that
// the password's key encrypts.
func agileKey(info []byte, password string) segmentOpener {
	data, own := parseAgile(info)
	if data == nil || own == nil {
		return nil
	}
	h := own.hash()
	base := spun(h, own.salt, passwordBytes(password), own.spin)
	open := func(block, sealed []byte) []byte {
		return openCBC(sized(hashed(h, base, block), own.keyBits/8), sized(bytes.Clone(own.salt), aes.BlockSize), sealed)
	}
	input := open([]byte{0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79}, own.verifier)
	want := open([]byte{0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e}, own.verifierHash)
	if got := hashed(h, input); len(want) < len(got) || !bytes.Equal(got, want[:len(got)]) {
		return nil
	}
	key := open([]byte{0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6}, own.key)
	cut := own.keyBits / 8
	if len(key) < cut {
		return nil
	}
	block, err := aes.NewCipher(key[:cut])
	if err != nil {
		return nil
	}
	dh := data.hash()
	return func(index uint32, b []byte) {
		iv := sized(hashed(dh, data.salt, binary.LittleEndian.AppendUint32(nil, index)), aes.BlockSize)
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(b, b)
	}
}

func openCBC(key, iv, sealed []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil || len(sealed)%aes.BlockSize != 0 {
		return nil
	}
	out := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, sealed)
	return out
}

// parseAgile reads the description of agile encryption. What is not known
// here comes out as nil.
func parseAgile(info []byte) (data, own *agileParams) {
	s := newXMLScan(bytes.NewReader(info))
	for token := s.next(); token != xmlDone; token = s.next() {
		if token != xmlStart {
			continue
		}
		switch string(s.name) {
		case "keyData":
			data = agileAttributes(s)
		case "encryptedKey":
			own = agileAttributes(s)
		}
	}
	return data, own
}

func agileAttributes(s *xmlScan) *agileParams {
	raw := func(name string) []byte {
		b, _ := base64.StdEncoding.DecodeString(string(s.attr(name)))
		return b
	}
	p := &agileParams{
		salt: raw("saltValue"), verifier: raw("encryptedVerifierHashInput"), verifierHash: raw("encryptedVerifierHashValue"),
		key: raw("encryptedKeyValue"), spin: max(cellNumber(s.attr("spinCount")), 0), keyBits: cellNumber(s.attr("keyBits")),
	}
	switch strings.ReplaceAll(strings.ToUpper(string(s.attr("hashAlgorithm"))), "-", "") {
	case "SHA1":
		p.hash = sha1.New
	case "SHA256":
		p.hash = sha256.New
	case "SHA384":
		p.hash = sha512.New384
	case "SHA512":
		p.hash = sha512.New
	}
	aesCBC := strings.EqualFold(string(s.attr("cipherAlgorithm")), "AES") && strings.EqualFold(string(s.attr("cipherChaining")), "ChainingModeCBC")
	if p.hash == nil || !aesCBC || p.spin > maxSpin || p.keyBits != 128 && p.keyBits != 192 && p.keyBits != 256 {
		return nil
	}
	return p
}

// standardKey opens standard encryption: AES in ECB mode with a key that is
// the password's own.
func standardKey(info []byte, password string) segmentOpener {
	header := part(info, 12, u32(info, 8))
	verifier := part(info, 12+len(header), len(info))
	if len(header) < 32 || len(verifier) < 4+16+16+4+32 {
		return nil
	}
	bits := map[int]int{0x660E: 128, 0x660F: 192, 0x6610: 256}[u32(header, 8)]
	if bits == 0 {
		return nil
	}
	h := sha1.New()
	base := hashed(h, spun(sha1.New(), verifier[4:20], passwordBytes(password), 50_000), []byte{0, 0, 0, 0})
	key := standardDerived(h, base, 0x36)
	key = append(key, standardDerived(h, base, 0x5C)...)
	block, err := aes.NewCipher(key[:bits/8])
	if err != nil {
		return nil
	}
	open := func(_ uint32, b []byte) {
		for len(b) >= aes.BlockSize {
			block.Decrypt(b, b)
			b = b[aes.BlockSize:]
		}
	}
	input, want := bytes.Clone(verifier[20:36]), bytes.Clone(verifier[40:72])
	open(0, input)
	open(0, want)
	if !bytes.Equal(hashed(h, input), want[:sha1.Size]) {
		return nil
	}
	return open
}

func standardDerived(h hash.Hash, base []byte, fill byte) []byte {
	block := bytes.Repeat([]byte{fill}, 64)
	for i, c := range base {
		block[i] ^= c
	}
	return hashed(h, block)
}
