package values

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"math/big"
	"math/rand/v2"
	"strings"
)

const (
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	hex16  = "0123456789abcdef"
)

// jwtOK checks a token's three parts.
func jwtOK(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return false
	}
	var head, payload map[string]any
	for i, v := range []*map[string]any{&head, &payload} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, v) != nil {
			return false
		}
	}
	return head["alg"] != nil
}

// crc62 is the CRC-32 of a token's random part as six digits to base 62.
func crc62(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	b := []byte("000000")
	for i := 5; n > 0; i-- {
		b[i] = base62[n%62]
		n /= 62
	}
	return string(b)
}

// keyShapes are the keys whose form their makers publish.
func keyShapes() map[string]string {
	return map[string]string{
		"github": `gh[pousr]_[0-9A-Za-z]{36}`, "aws": `(AKIA|ASIA)[A-Z2-7]{16}`, "google": `AIza[0-9A-Za-z_-]{35}`, "slack": `xox[bp]-\d{12}-\d{12}-[0-9A-Za-z]{24}`,
		"stripe": `[sr]k_live_[0-9A-Za-z]{24}`, "gitlab": `glpat-[0-9A-Za-z_-]{20}`, "sendgrid": `SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}`, "npm": `npm_[0-9A-Za-z]{36}`,
		"digitalocean": `dop_v1_[0-9a-f]{64}`,
	}
}

// apiKey: the keys of GitHub and npm (prefix, 30 characters, CRC-32 as six
// digits to base 62), AWS, Google, Slack, Stripe, GitLab, SendGrid and
// DigitalOcean. Source: "Behind GitHub's new authentication token formats"
// (2021), npm's announcement of the same form, and the makers' pages on secret
// scanning. AWS's documentation key is an example and no secret.
func apiKey() Identifier {
	checked := func(prefix string) func(r *rand.Rand) string {
		return func(r *rand.Rand) string { s := chars(r, base62, 30); return prefix + s + crc62(s) }
	}
	plain := func(prefix, alphabet string, n int) func(r *rand.Rand) string {
		return func(r *rand.Rand) string { return prefix + chars(r, alphabet, n) }
	}
	const urlSafe = base62 + "_-"
	makers := []func(r *rand.Rand) string{
		checked("ghp_"), checked("gho_"), checked("ghs_"), checked("npm_"), plain("AKIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), plain("AIza", urlSafe, 35),
		func(r *rand.Rand) string {
			return "xoxb-" + between(r, 1, 9, 1) + digits(r, 11) + "-" + between(r, 1, 9, 1) + digits(r, 11) + "-" + chars(r, base62, 24)
		},
		plain("sk_live_", base62, 24), plain("glpat-", urlSafe, 20),
		func(r *rand.Rand) string { return "SG." + chars(r, urlSafe, 22) + "." + chars(r, urlSafe, 43) },
		plain("dop_v1_", hex16, 64),
	}
	return Identifier{ID: "api-key", Checked: true, squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string { return pick(r, makers...)(r) },
		ok: func(s string) bool {
			if strings.HasSuffix(s, "EXAMPLE") {
				return false
			}
			for name, shape := range keyShapes() {
				if like(shape, s) {
					return name != "github" && name != "npm" || crc62(s[4:34]) == s[34:]
				}
			}
			return false
		},
		faults: []fault{
			{"wrong CRC", func(r *rand.Rand) string { return "ghp_" + chars(r, base62, 36) }},
			{"wrong CRC", func(r *rand.Rand) string { return "npm_" + chars(r, base62, 36) }},
			{"characters that aren't used", func(r *rand.Rand) string { return "AKIA" + chars(r, "0189", 4) + chars(r, "ABCDEFGH", 12) }},
			{"too short", func(r *rand.Rand) string { return "AIza" + chars(r, base62, 12) }},
			{"the documentation's example", func(r *rand.Rand) string { return "AKIA" + chars(r, "ABCDEFGHIJ", 9) + "EXAMPLE" }},
			{"a placeholder", func(r *rand.Rand) string {
				return pick(r, "sk_live_", "glpat-", "ghp_") + strings.Repeat("x", 8+r.IntN(12))
			}},
			{"a variable", func(r *rand.Rand) string {
				return pick(r, "${API_KEY", "process.env.KEY", "{{ api_key", "os.Getenv(\"TOKEN", "$TOKEN") + digits(r, 1) + pick(r, "}", "", " }}", "\")")
			}},
			{"a test mode's key", func(r *rand.Rand) string {
				return "sk_test_" + strings.Repeat("0", 4) + pick(r, "example", "sample", "dummy") + digits(r, 2)
			}},
		}}
}

// password: a word for password and one that looks chosen, or a URL with one.
// Source: none; how people send them. No password is a placeholder, a variable
// or a sentence about passwords.
func password() Identifier {
	secret := func(r *rand.Rand) string {
		word := pick(r, "Sommer", "Winter", "Kangoeroe", "zielony", "fromage", "Berlin", "gelato", "river")
		return pick(r, chars(r, base62+"!$%-+*", 6)+between(r, 10, 99, 2)+pick(r, "!", "$", "%")+chars(r, "abcdefghijkmnpqrstuvwxyz", 3), word+pick(r, "!", "#", "_", "-")+digits(r, 4), word+digits(r, 3)+"$"+chars(r, base62, 3))
	}
	labels := []string{"password: ", "Password: ", "Passwort: ", "Kennwort: ", "wachtwoord: ", "hasło: ", "mot de passe : ", "contraseña: ", "lösenord: ", "password=", "pwd="}
	bad := func(text ...string) func(r *rand.Rand) string {
		return func(r *rand.Rand) string { return pick(r, labels...) + pick(r, text...) }
	}
	placeholders := []string{"${DB_PASSWORD}", "<password>", "$PASS", "password", "secret", "changeme", "xxxxx", "*****", "{password}"}
	notes := []string{"********", "••••••••", "<your password>", "${DB_PASSWORD}", "$PASSWORD", "{{ password }}", "(siehe separate Mail)", "wird separat zugestellt", "see other mail", "zostanie wysłane osobno", "volgt per sms", "vous sera envoyé par SMS", "os.Getenv(\"PW\")", "forgotten?", "[redacted]", "xxxxxxxx"}
	return Identifier{ID: "password", squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string {
			if r.IntN(5) == 0 {
				return pick(r, "https", "ftp", "postgres") + "://" + pick(r, "anna", "report", "app") + ":" + chars(r, base62, 12) + digits(r, 1) + "@" + pick(r, "db", "files", "intra") + ".example.com/" + pick(r, "x", "data")
			}
			return pick(r, labels...) + secret(r)
		},
		ok: func(s string) bool {
			for _, n := range notes {
				if strings.HasSuffix(s, n) {
					return false
				}
			}
			for _, n := range placeholders {
				if strings.Contains(s, ":"+n+"@") {
					return false
				}
			}
			return true
		},
		faults: []fault{{"a note, no password", bad(notes...)}, {"a variable", bad(notes[3], notes[4], notes[5], notes[12])},
			{"an address with a placeholder", func(r *rand.Rand) string {
				return pick(r, "https", "ftp", "postgres", "mysql") + "://" + pick(r, "user", "app") + ":" + pick(r, placeholders...) + "@db.example.com/x"
			}}}}
}

// privateKey: PEM of PKCS#1, PKCS#8 (clear and encrypted) and SEC 1, and
// OpenSSH's format. Source: RFC 7468 §§ 10–13, RFC 8017 A.1.2, RFC 5915,
// OpenSSH PROTOCOL.key. The keys are computed from the seed and open nothing.
func privateKey() Identifier {
	makers := []func(r *rand.Rand) string{pkcs8Ed25519, pkcs8EC, sec1, openSSH, encryptedKey, pkcs8Ed25519, sec1, pkcs1}
	return Identifier{ID: "private-key", Checked: true, Kind: Block, squeeze: asWritten, noFaults: true, ok: privateKeyOK,
		make: func(r *rand.Rand) string { return strings.TrimSpace(pick(r, makers...)(r)) },
		faults: []fault{
			{"a public key", func(r *rand.Rand) string {
				return block("PUBLIC KEY", []byte("0*0\x05\x06\x03+ep\x03!\x00"+string(bytesOf(r, 32))))
			}},
			{"a certificate request", func(r *rand.Rand) string { return block("CERTIFICATE REQUEST", bytesOf(r, 200)) }},
			{"nothing between the lines", func(r *rand.Rand) string {
				return "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("... ", 1+r.IntN(30)) + "\n-----END PRIVATE KEY-----"
			}},
			{"talk about keys", func(r *rand.Rand) string {
				return "The file must contain a line with BEGIN PRIVATE KEY\nand ends with END PRIVATE KEY, see page " + digits(r, 3) + "."
			}},
		}}
}

func bytesOf(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

func block(kind string, der []byte) string {
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func pkcs8Ed25519(r *rand.Rand) string {
	der, _ := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytesOf(r, 32)))
	return block("PRIVATE KEY", der)
}

func ecKey(r *rand.Rand) *ecdh.PrivateKey {
	for {
		if k, err := ecdh.P256().NewPrivateKey(bytesOf(r, 32)); err == nil {
			return k
		}
	}
}

func pkcs8EC(r *rand.Rand) string {
	der, _ := x509.MarshalPKCS8PrivateKey(ecKey(r))
	return block("PRIVATE KEY", der)
}

func sec1(r *rand.Rand) string {
	k := ecKey(r)
	der, _ := asn1.Marshal(struct {
		Version int
		Key     []byte
		Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
		Public  asn1.BitString        `asn1:"explicit,tag:1"`
	}{1, k.Bytes(), asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, asn1.BitString{Bytes: k.PublicKey().Bytes(), BitLength: 520}})
	return block("EC PRIVATE KEY", der)
}

// pkcs1 is an RSA key of 1024 bits: real primes, quickly found.
func pkcs1(r *rand.Rand) string {
	prime := func() *big.Int {
		b := bytesOf(r, 64)
		b[0] |= 0xc0
		b[63] |= 1
		p := new(big.Int).SetBytes(b)
		for !p.ProbablyPrime(10) || new(big.Int).Mod(p, big.NewInt(65537)).Int64() == 1 {
			p.Add(p, big.NewInt(2))
		}
		return p
	}
	p, q, one, e := prime(), prime(), big.NewInt(1), big.NewInt(65537)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	d := new(big.Int).ModInverse(e, new(big.Int).Mul(p1, q1))
	der, _ := asn1.Marshal(struct{ Version, N, E, D, P, Q, Dp, Dq, Qinv *big.Int }{
		new(big.Int), new(big.Int).Mul(p, q), e, d, p, q, new(big.Int).Mod(d, p1), new(big.Int).Mod(d, q1), new(big.Int).ModInverse(q, p)})
	return block("RSA PRIVATE KEY", der)
}

func openSSH(r *rand.Rand) string {
	key := ed25519.NewKeyFromSeed(bytesOf(r, 32))
	public := key.Public().(ed25519.PublicKey)
	str := func(b []byte) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) + string(b) }
	check := string(bytesOf(r, 4))
	inner := check + check + str([]byte("ssh-ed25519")) + str(public) + str(key) + str([]byte("anna@host"))
	for i := byte(1); len(inner)%8 != 0; i++ {
		inner += string(rune(i))
	}
	blob := "openssh-key-v1\x00" + str([]byte("none")) + str([]byte("none")) + str(nil) + "\x00\x00\x00\x01" +
		str([]byte(str([]byte("ssh-ed25519"))+str(public))) + str([]byte(inner))
	return block("OPENSSH PRIVATE KEY", []byte(blob))
}

// encryptedKey is a PKCS#8 EncryptedPrivateKeyInfo with PBES2.
func encryptedKey(r *rand.Rand) string {
	type algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters []byte
	}
	der, _ := asn1.Marshal(struct {
		Algorithm algorithm
		Data      []byte
	}{algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, bytesOf(r, 40)}, bytesOf(r, 128)})
	return block("ENCRYPTED PRIVATE KEY", der)
}

// privateKeyOK opens a key with the standard library where it can.
func privateKeyOK(s string) bool {
	b, _ := pem.Decode([]byte(s + "\n"))
	if b == nil {
		return false
	}
	var err error
	switch b.Type {
	case "PRIVATE KEY":
		_, err = x509.ParsePKCS8PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		_, err = x509.ParseECPrivateKey(b.Bytes)
	case "RSA PRIVATE KEY":
		_, err = asn1.Unmarshal(b.Bytes, new(struct{ Version, N, E, D, P, Q, Dp, Dq, Qinv *big.Int }))
	case "OPENSSH PRIVATE KEY":
		if !strings.HasPrefix(string(b.Bytes), "openssh-key-v1\x00") {
			err = fmt.Errorf("no OpenSSH key")
		}
	case "ENCRYPTED PRIVATE KEY":
	default:
		return false
	}
	return err == nil
}
