package extract

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
)

// TestSecret says that files with a password are read as encrypted.
func TestSecret(t *testing.T) {
	for file, read := range map[string]reader{"secret.xlsx": readCompound, "secret.xls": readCompound, "secret.ods": readODF} {
		sink, result := readOffice(read, officeFile(t, "testdata/office/"+file), plenty, "wrong")
		if result.Scanned != None || !result.Encrypted || !slices.Contains(result.Problems, ProblemEncrypted) {
			t.Errorf("%s: %+v, want encrypted", file, result)
		}
		if len(sink.texts[""]) > 0 || len(sink.children) > 0 {
			t.Errorf("%s: something was read: %q", file, sink.out.String())
		}
	}
}

// TestSecretOpened says that a password of the message opens an encrypted
// workbook, and that the workbook is handed on.
func TestSecretOpened(t *testing.T) {
	sink, result := readOffice(readCompound, officeFile(t, "testdata/office/secret.xlsx"), plenty, "wrong", "secret")
	if result.Scanned != Full || !result.Encrypted || len(sink.children) != 1 {
		t.Fatalf("%+v, %d children", result, len(sink.children))
	}
	inner, result := readOffice(readOOXML, sink.children[0].data, plenty)
	wantFull(t, result)
	wantText(t, inner, "", "Jan Kowalski\t44051401359\t1944-05-14\t4532015112830360")
}

// TestODFOpened says that a password of the message opens an encrypted
// OpenDocument file.
func TestODFOpened(t *testing.T) {
	sink, result := readOffice(readODF, officeFile(t, "testdata/office/secret.ods"), plenty, "wrong", "secret")
	if result.Scanned != Full || !result.Encrypted || len(result.Problems) > 0 {
		t.Errorf("%+v", result)
	}
	wantText(t, sink, "", "Jan Kowalski\t44051401359\t1944-05-14\t4532015112830360")
}

// agileFile encrypts content as [MS-OFFCRYPTO] 2.3.4.10 to 2.3.4.15 say.
func agileFile(t *testing.T, content []byte, password string) []byte {
	t.Helper()
	const spin = 1000
	dataSalt, ownSalt := bytes.Repeat([]byte{7}, 16), bytes.Repeat([]byte{9}, 16)
	seal := func(key, iv, plain []byte) []byte {
		plain = append(bytes.Clone(plain), make([]byte, (16-len(plain)%16)%16)...)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
		return plain
	}
	sum := func(parts ...[]byte) []byte {
		s := sha512.Sum512(bytes.Join(parts, nil))
		return s[:]
	}
	base := sum(ownSalt, wide(password))
	for i := range spin {
		base = sum(le(i), base)
	}
	key := func(block string) []byte { return sum(base, []byte(block))[:32] }
	input, secret := bytes.Repeat([]byte{3}, 16), bytes.Repeat([]byte{5}, 32)
	enc := base64.StdEncoding.EncodeToString
	info := fmt.Sprintf(`<?xml version="1.0"?><encryption><keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="%s"/><keyEncryptors><keyEncryptor><p:encryptedKey spinCount="%d" saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="%s" encryptedVerifierHashInput="%s" encryptedVerifierHashValue="%s" encryptedKeyValue="%s"/></keyEncryptor></keyEncryptors></encryption>`,
		enc(dataSalt), spin, enc(ownSalt),
		enc(seal(key("\xfe\xa7\xd2\x76\x3b\x4b\x9e\x79"), ownSalt, input)),
		enc(seal(key("\xd7\xaa\x0f\x6d\x30\x61\x34\x4e"), ownSalt, sum(input))),
		enc(seal(key("\x14\x6e\x0b\xe7\xab\xac\xd0\xd6"), ownSalt, secret)))
	sealed := le(uint64(len(content)))
	for i := 0; i*4096 < len(content); i++ {
		sealed = append(sealed, seal(secret, sum(dataSalt, le(i))[:16], content[i*4096:min(len(content), (i+1)*4096)])...)
	}
	return oleTree{"EncryptionInfo": append(le(uint16(4), uint16(4), 0x40), info...), "EncryptedPackage": sealed}.build()
}

func TestAgile(t *testing.T) {
	content := bytes.Repeat([]byte("PK and so on. "), 1000)
	for password, opened := range map[string]bool{"zażółć": true, "other": false} {
		sink, result := readOffice(readCompound, agileFile(t, content, "zażółć"), plenty, "x", password)
		if !result.Encrypted || (result.Scanned == Full) != opened {
			t.Errorf("%s: %+v", password, result)
		}
		if got := len(sink.children) == 1 && bytes.Equal(sink.children[0].data, content); got != opened {
			t.Errorf("%s: opened %v, want %v", password, got, opened)
		}
	}
	// What Excel uses to protect against changes only opens without a word.
	sink, _ := readOffice(readCompound, agileFile(t, content, excelPassword), plenty)
	if len(sink.children) != 1 {
		t.Error("not opened")
	}
}
