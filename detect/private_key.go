package detect

import "bytes"

func privateKey() detector {
	return detector{
		ID:       "private-key",
		Category: Secret,
		Doc:      "private key in PEM, OpenSSH, OpenPGP or PuTTY form; medium where it says that it is encrypted",
		Source:   "RFC 7468 sections 10 and 11; RFC 9580 section 6.2; PROTOCOL.key of OpenSSH",
		Literals: []string{"-----BEGIN ", "PuTTY-User-Key-File-"},
		Check:    checkKey,
		// The words of an encrypted key's header make it less sure that
		// anything is given away.
		Against: words("en: ENCRYPTED, Proc-Type"),
		Mask:    func([]byte) string { return "private key" },
	}
}

// checkKey takes the header and some of the key, so that different keys count
// as different.
func checkKey(c *candidate) grade {
	if bytes.HasPrefix(c.Text, []byte("PuTTY")) {
		c.end = min(len(c.Text), 400)
		return proven
	}
	line, _, ok := bytes.Cut(c.Text[len("-----BEGIN "):], []byte("-----"))
	if !ok || len(line) > 40 || !bytes.HasSuffix(bytes.TrimSuffix(line, []byte(" BLOCK")), []byte("PRIVATE KEY")) {
		return reject
	}
	c.end = min(len(c.Text), 400)
	return proven
}
