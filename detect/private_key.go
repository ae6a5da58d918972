package detect

import (
	"bytes"
	"strings"
)

func privateKey() detector {
	return detector{
		ID:       "private-key",
		Category: Secret,
		Doc:      "private key in PEM, OpenSSH, OpenPGP, PuTTY or age form; medium where it is encrypted",
		Source:   "RFC 7468 sections 10 and 11; RFC 1421 section 4.6.1.1; RFC 9580 section 6.2; PROTOCOL.key of OpenSSH; PuTTY manual, appendix C",
		Literals: []string{"-----BEGIN ", "PuTTY-User-Key-File-", "AGE-SECRET-KEY-1"},
		Check:    checkKey,
		Mask:     func([]byte) string { return "private key" },
	}
}

// keyText is how much of a key is read: its header and enough of its body, so
// that different keys count as different.
const keyText = 400

// checkKey grades a key: one that says that it is encrypted is never more than
// formed.
func checkKey(c *candidate) grade {
	text := c.Text[:min(len(c.Text), keyText)]
	c.end = len(text)
	switch {
	case bytes.HasPrefix(text, []byte("PuTTY")):
		return clearIf(!bytes.Contains(text, []byte("Encryption: aes")))
	case bytes.HasPrefix(text, []byte("AGE-")):
		c.end = within(text, "-")
		if c.end != 74 {
			return reject
		}
		return proven
	}
	kind, body, ok := bytes.Cut(text[len("-----BEGIN "):], []byte("-----"))
	if !ok || len(kind) > 40 || !bytes.HasSuffix(bytes.TrimSuffix(kind, []byte(" BLOCK")), []byte("PRIVATE KEY")) || !keyBody(body) {
		return reject
	}
	return clearIf(!bytes.HasPrefix(kind, []byte("ENCRYPTED")) && !bytes.Contains(body, []byte("ENCRYPTED")) && !lockedOpenSSH(kind, body))
}

func clearIf(clear bool) grade {
	if clear {
		return proven
	}
	return formed
}

// keyBody tells a key from the mention of its first line: a line break, also
// one that is written as an escape, and some base64 or a header field. On the
// same line only a long run is a key.
func keyBody(body []byte) bool {
	i := 0
	broken := false
	for i < len(body) && strings.IndexByte(" \t\r\n\\\"'+>|", body[i]) >= 0 {
		broken = broken || body[i] == '\n'
		if i++; i < len(body) && body[i-1] == '\\' && (body[i] == 'n' || body[i] == 'r') {
			broken = true
			i++
		}
	}
	run := within(body[i:], "+/=-:")
	return broken && run >= 2 || run >= 24
}

// lockedOpenSSH reports whether an OpenSSH key names a cipher: its first bytes
// are "openssh-key-v1", NUL and the cipher's name with its length.
func lockedOpenSSH(kind, body []byte) bool {
	const unlocked = "b3BlbnNzaC1rZXktdjEAAAAABG5vbm"
	body = bytes.TrimLeft(body, " \r\n\\n")
	return bytes.HasPrefix(kind, []byte("OPENSSH")) && len(body) > len(unlocked) && !bytes.HasPrefix(body, []byte(unlocked))
}
