package detect

import (
	"bytes"
	"unicode/utf8"
)

func emailAddress() detector {
	return detector{
		ID:       "email-address",
		Category: Contact,
		Doc:      "e-mail address with a domain of at least two labels",
		Source:   "RFC 5321 section 4.1.2 (dot-string local parts) and section 4.5.3.1 (lengths); RFC 6531 section 3.3 (UTF-8); RFC 1035 section 2.3.1 (labels)",
		Address:  true,
		Check:    checkAddress,
		Mask:     func([]byte) string { return "•••@•••" },
	}
}

func checkAddress(c *candidate) grade {
	local, domain, _ := bytes.Cut(c.Text, []byte("@"))
	rest := len(bytes.TrimRight(domain, ".-'=+_"))
	c.end -= len(domain) - rest
	domain = domain[:rest]
	if !dotString(local) || !utf8.Valid(domain) {
		return reject
	}
	if len(domain) > 253 || !topLabel(domain[bytes.LastIndexByte(domain, '.')+1:]) {
		return reject
	}
	labels := 0
	for more := true; more; labels++ {
		var l []byte
		l, domain, more = bytes.Cut(domain, []byte("."))
		if len(l) == 0 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || bytes.ContainsAny(l, "_+'=") {
			return reject
		}
	}
	if labels < 2 {
		return reject
	}
	return proven
}

// dotString reports whether a local part is a dot-string of RFC 5321, with the
// characters of RFC 6531: valid UTF-8, no dot at an end, no two together, at
// most 64 bytes.
func dotString(local []byte) bool {
	return len(local) > 0 && len(local) <= 64 && local[0] != '.' && local[len(local)-1] != '.' &&
		!bytes.Contains(local, []byte("..")) && utf8.Valid(local)
}

// topLabel: top-level domains are letters, or "xn--" and a code.
func topLabel(label []byte) bool {
	if len(label) < 2 {
		return false
	}
	if bytes.HasPrefix(bytes.ToLower(label), []byte("xn--")) {
		return len(label) > 4
	}
	for _, b := range label {
		if classes[b]&(isLetter|isForeign) == 0 {
			return false
		}
	}
	return true
}
