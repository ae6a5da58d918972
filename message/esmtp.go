package message

import (
	"errors"
	"strings"
)

// Arg returns the value of an ESMTP argument ("NOTIFY=NEVER" has the value
// "NEVER"), as it stands, without regard to the case of its name. ok says
// whether it is there; one without "=" has the value "".
func Arg(args []string, name string) (value string, ok bool) {
	for _, a := range args {
		n, v, _ := strings.Cut(a, "=")
		if strings.EqualFold(n, name) {
			return v, true
		}
	}
	return "", false
}

// XText writes s in the form of RFC 3461 section 4: printable US-ASCII but
// "+" and "=" stands for itself, every other byte is "+" and two hexadecimal
// digits.
func XText(s string) string {
	const digits = "0123456789ABCDEF"
	var x strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c > ' ' && c <= '~' && c != '+' && c != '=' {
			x.WriteByte(c)
		} else {
			x.WriteString(string([]byte{'+', digits[c>>4], digits[c&15]}))
		}
	}
	return x.String()
}

// errXText quotes nothing: addresses don't belong in errors.
var errXText = errors.New("not xtext (RFC 3461 section 4)")

// UnXText undoes XText. It accepts lower-case digits, which some clients send,
// and bytes beyond US-ASCII as they are (RFC 6533 section 3 allows them where
// SMTPUTF8 is in use); anything else that is no xtext is an error.
func UnXText(x string) (string, error) {
	var s strings.Builder
	for i := 0; i < len(x); i++ {
		switch c := x[i]; {
		case c == '+':
			if i+2 >= len(x) || !isHex(x[i+1]) || !isHex(x[i+2]) {
				return "", errXText
			}
			s.WriteByte(unhex(x[i+1])<<4 | unhex(x[i+2]))
			i += 2
		case c <= ' ' || c == '=' || c == 0x7f:
			return "", errXText
		default:
			s.WriteByte(c)
		}
	}
	return s.String(), nil
}
