package message

import (
	"errors"
	"strings"
)

// Lengths of RFC 5321 section 4.5.3.1 and RFC 1035 section 2.3.4, in bytes.
const (
	maxAddress = 254 // a path has 256 with its angle brackets
	maxDomain  = 253
	maxLabel   = 63
)

// Domain returns the domain of an address, lower-cased and without a trailing
// dot; "" where there is none. An address literal comes with its brackets.
func Domain(address string) string {
	_, domain := split(address)
	return strings.TrimSuffix(strings.ToLower(domain), ".")
}

// Local returns the local part of an address, as written, with its quotes, and
// without a source route (RFC 5321 appendix C).
func Local(address string) string {
	local, _ := split(address)
	return local
}

// split takes an address apart. An "@" inside a quoted local part is no
// separator (RFC 5321 section 4.1.2); of several others, which no valid
// address has, the last one is, as MTAs have it.
func split(address string) (local, domain string) {
	if strings.HasPrefix(address, "@") { // @hop,@hop:local@domain
		if _, rest, ok := strings.Cut(address, ":"); ok {
			address = rest
		}
	}
	at := strings.LastIndexByte(address, '@')
	if end := quotedEnd(address); end > 0 && at < end {
		at = -1 // all of it inside the quotes
	}
	if at < 0 {
		return address, ""
	}
	return address[:at], address[at+1:]
}

// quotedEnd returns where the quoted string at the beginning of s ends, 0
// where there is none.
func quotedEnd(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// CheckSuffix says whether an address with something put behind its domain
// (".example.invalid", with the dot in front) is still an address that every
// mail server takes (RFC 5321 sections 4.1.2 and 4.5.3.1). The error says why
// not and does not quote the address.
//
// A domain in its trailing-dot form can't be extended: use Local(a) + "@" +
// Domain(a).
func CheckSuffix(address, suffix string) error {
	local, domain := split(address)
	extended := domain + suffix
	switch {
	case strings.HasPrefix(address, "@"):
		return errors.New("the address has a source route or no local part")
	case domain == "":
		return errors.New("the address has no domain")
	case local == "":
		return errors.New("the address has no local part")
	case strings.HasPrefix(domain, "["):
		return errors.New("the domain is an address literal")
	case len(extended) > maxDomain:
		return errors.New("the domain is too long")
	case len(local)+1+len(extended) > maxAddress:
		return errors.New("the address is too long")
	case !validLocal(local):
		return errors.New("the local part is not valid")
	}
	for label := range strings.SplitSeq(extended, ".") {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	return nil
}

// checkLabel checks one label of a domain: letters, digits, hyphens inside;
// underscores, which are used though not allowed; and UTF-8 (RFC 6531).
func checkLabel(label string) error {
	switch {
	case label == "":
		return errors.New("the domain has an empty label")
	case len(label) > maxLabel:
		return errors.New("a label of the domain is too long")
	case strings.HasPrefix(label, "-"), strings.HasSuffix(label, "-"):
		return errors.New("a label of the domain begins or ends in a hyphen")
	}
	for i := 0; i < len(label); i++ {
		c := label[i]
		ok := c >= 0x80 || c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !ok {
			return errors.New("the domain has a character that none may have")
		}
	}
	return nil
}

// validLocal checks a local part: a quoted string, or atoms with dots. Dots at
// the ends or doubled are let pass, as MTAs do.
func validLocal(local string) bool {
	if end := quotedEnd(local); end > 0 {
		if end != len(local) {
			return false
		}
		return !strings.ContainsFunc(local, func(r rune) bool { return r < ' ' || r == 0x7f })
	}
	return !strings.ContainsFunc(local, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, r)
	})
}
