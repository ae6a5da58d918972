package deliver

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// errSyntax says that an argument isn't what RFC 5321 allows.
var errSyntax = errors.New("syntax error")

// longestPath is the longest address that is taken. RFC 5321 says 254, but a
// mark makes an address longer.
const longestPath = 1024

// parsePath reads "FROM:<path> ARG ARG…" (word is "FROM:") as in MAIL and
// RCPT. The path is returned without its angle brackets and otherwise as
// written; it may be empty.
func parsePath(s, word string) (path string, args []string, err error) {
	if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
		return "", nil, errSyntax
	}
	s = strings.TrimLeft(s[len(word):], " ")
	if !strings.HasPrefix(s, "<") {
		return "", nil, errSyntax
	}
	end := pathEnd(s)
	if end < 0 || end-1 > longestPath {
		return "", nil, errSyntax
	}
	path, rest := s[1:end], s[end+1:]
	if rest != "" && rest[0] != ' ' {
		return "", nil, errSyntax
	}
	args = strings.Fields(rest)
	for _, a := range args {
		if !validArg(a) {
			return "", nil, errSyntax
		}
	}
	return path, args, nil
}

// pathEnd finds the ">" that closes a path, past quoted strings: in
// <"a>b"@example.org> the first one is part of the address.
func pathEnd(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '>':
			return i
		case c == ' ' || c == '<':
			return -1
		}
	}
	return -1
}

// validArg reports whether s is an ESMTP argument: keyword or keyword=value
// (RFC 5321 section 4.1.2; values may be UTF-8 by RFC 6531).
func validArg(s string) bool {
	key, value, has := strings.Cut(s, "=")
	if key == "" || key[0] == '-' || has && value == "" {
		return false
	}
	for _, c := range []byte(key) {
		if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	for _, c := range []byte(value) {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// validLine reports whether a command line has only characters that a command
// may have: no control characters, so also no CR or LF within.
func validLine(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// forward sets what one XFORWARD command says: "NAME=value NAME=value …", the
// values xtext-encoded, "[UNAVAILABLE]" for nothing (Postfix's XFORWARD_README).
// Names that we have no use for are checked and dropped.
func forward(s string, client *message.Client, queueID *string) error {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return errSyntax
	}
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if !ok {
			return errSyntax
		}
		value, err := unxtext(value)
		if err != nil || !validLine(value) {
			return errSyntax
		}
		if strings.EqualFold(value, "[UNAVAILABLE]") {
			value = ""
		}
		switch strings.ToUpper(name) {
		case "NAME":
			client.Name = value
		case "HELO":
			client.Helo = value
		case "IDENT":
			*queueID = value
		case "ADDR":
			// The MTA's word for a client that isn't on the network isn't an
			// address: the zero Addr.
			client.Addr, _ = netip.ParseAddr(strings.TrimPrefix(strings.ToLower(value), "ipv6:"))
		case "PORT", "PROTO", "SOURCE":
		default:
			return errSyntax
		}
	}
	return nil
}

// unxtext decodes xtext (RFC 3461 section 4): "+2B" is "+".
func unxtext(s string) (string, error) {
	if !strings.Contains(s, "+") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errSyntax
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", errSyntax
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), nil
}
