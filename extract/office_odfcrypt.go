package extract

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// odfLock is how an entry of an OpenDocument package is encrypted (OpenDocument
// 1.3 part 2, section 3.4): AES-256 in CBC mode of what was deflated. Anything
// else, such as the Blowfish of older files, has no cipher here.
type odfLock struct {
	known     bool // the cipher is
	sha256    bool // and of the password's hash
	rounds    int
	salt, iv  []byte
	check     []byte // hash of the first kilobyte of what is deflated
	keyLength int
}

// token takes an element of the manifest that describes the encryption.
func (l *odfLock) token(s *xmlScan) {
	raw := func(name string) []byte {
		b, _ := base64.StdEncoding.DecodeString(string(s.attr(name)))
		return b
	}
	switch string(s.name) {
	case "encryption-data":
		l.check = raw("checksum")
	case "algorithm":
		l.known = strings.HasSuffix(string(s.attr("algorithm-name")), "#aes256-cbc")
		l.iv = raw("initialisation-vector")
	case "start-key-generation":
		l.sha256 = strings.HasSuffix(string(s.attr("start-key-generation-name")), "#sha256")
	case "key-derivation":
		l.salt, l.rounds = raw("salt"), cellNumber(s.attr("iteration-count"))
		l.keyLength = cellNumber(s.attr("key-size"))
	}
}

// open decrypts an entry; nil if the password is not the one.
func (l *odfLock) open(sealed []byte, password string) []byte {
	if !l.known || l.rounds < 1 || l.rounds > maxSpin || l.keyLength != 32 || len(l.iv) != aes.BlockSize {
		return nil
	}
	sum := sha256.Sum256([]byte(password))
	start := sum[:]
	if !l.sha256 {
		old := sha1.Sum([]byte(password))
		start = old[:]
	}
	key, err := pbkdf2.Key(sha1.New, string(start), l.salt, l.rounds, l.keyLength)
	if err != nil {
		return nil
	}
	plain := openCBC(key, l.iv, sealed)
	if len(plain) == 0 {
		return nil
	}
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil
	}
	plain = plain[:len(plain)-padding]
	beginning := plain[:min(len(plain), 1024)]
	found := sha256.Sum256(beginning)
	older := sha1.Sum(beginning)
	if !bytes.Equal(l.check, found[:]) && !bytes.Equal(l.check, older[:]) {
		return nil
	}
	return plain
}

// unlock looks for the password of the content.
func (o *odf) unlock(z *zip.Reader) error {
	lock := o.encrypted["content.xml"]
	for _, f := range z.File {
		if lock == nil || f.Name != "content.xml" {
			continue
		}
		sealed, err := o.sealed(f)
		if err != nil {
			return err
		}
		for _, password := range o.w.budget.Passwords[:min(len(o.w.budget.Passwords), maxPasswords)] {
			if err := o.w.spend(0); err != nil {
				return err
			}
			if lock.open(sealed, password) != nil {
				o.password, o.opened = password, true
				o.w.result.Encrypted = true
				return nil
			}
		}
	}
	return nil
}

// sealed is an entry as it stands.
func (o *odf) sealed(f *zip.File) ([]byte, error) {
	r := o.w.entry(f)
	if r == nil {
		return nil, nil
	}
	defer r.Close()
	b, err := o.w.slurp(r, maxOLEStream)
	if errors.Is(err, errTooLong) {
		o.w.lost(ProblemBudget)
		return nil, nil
	}
	return b, err
}

// unsealed opens an entry that the password found opens; nil, and said, where
// it doesn't.
func (o *odf) unsealed(f *zip.File) (io.ReadCloser, error) {
	sealed, err := o.sealed(f)
	if err != nil {
		return nil, err
	}
	plain := o.encrypted[f.Name].open(sealed, o.password)
	if plain == nil {
		o.w.encryptedPart()
		return nil, nil
	}
	return flate.NewReader(bytes.NewReader(plain)), nil
}
