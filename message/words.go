package message

import (
	"encoding/base64"
	"strings"
)

// word is one encoded word (RFC 2047 section 2).
type word struct {
	charset string
	bytes   []byte
}

// decodeWords returns s with its encoded words decoded. White space between
// two of them is dropped (RFC 2047 section 6.2), and a character may be split
// over neighbours with the same charset, as some senders do. Text outside is
// taken as UTF-8 where it is.
func decodeWords(s string) string {
	var out strings.Builder
	var run word // neighbours with the same charset, joined
	open := false
	end := len(s) - strings.LastIndex(s, "?=") // how far from the end the last word ends
	flush := func() {
		if open {
			text, _ := textIn(run.charset, run.bytes)
			out.WriteString(text)
			open = false
		}
	}
	for len(s) > 0 {
		begin := strings.Index(s, "=?")
		if begin < 0 {
			break
		}
		w, n := parseWord(s[begin:], end)
		if n == 0 {
			flush()
			out.WriteString(plainText(s[:begin+2]))
			s = s[begin+2:]
			continue
		}
		between := s[:begin]
		if !open || strings.Trim(between, " \t") != "" {
			flush()
			out.WriteString(plainText(between))
		}
		if open && strings.EqualFold(run.charset, w.charset) {
			run.bytes = append(run.bytes, w.bytes...)
		} else {
			flush()
			run, open = w, true
		}
		s = s[begin+n:]
	}
	flush()
	out.WriteString(plainText(s))
	return out.String()
}

// plainText returns s as valid UTF-8.
func plainText(s string) string {
	text, _ := textIn("utf-8", []byte(s))
	return text
}

// parseWord reads the encoded word at the beginning of s, and returns its
// length; 0 where there is none. The last "?=" stands end bytes before the end
// of s: to look for one for each of many words that have none would take long.
// Without an end, what goes up to the next blank counts, as forgiving programs
// have it.
func parseWord(s string, end int) (w word, length int) {
	charset, rest, ok := strings.Cut(s[2:], "?")
	if !ok || charset == "" || strings.ContainsAny(charset, " \t") {
		return word{}, 0
	}
	kind, rest, ok := strings.Cut(rest, "?")
	if !ok {
		return word{}, 0
	}
	if kind = strings.ToLower(kind); kind != "b" && kind != "q" {
		return word{}, 0
	}
	length = len(s) - len(rest)
	var text string
	if len(rest) >= end {
		text, _, _ = strings.Cut(rest, "?=")
		length += len(text) + len("?=")
	} else {
		text = rest
		if i := strings.IndexAny(text, " \t"); i >= 0 {
			text = text[:i]
		}
		length += len(text)
		text = strings.TrimSuffix(text, "?")
	}
	w.charset, _, _ = strings.Cut(charset, "*") // RFC 2231 section 5: a language may follow
	if kind == "b" {
		w.bytes = looseBase64(text)
	} else {
		w.bytes = wordQ(text)
	}
	return w, length
}

// wordQ decodes the "Q" encoding (RFC 2047 section 4.2). An "=" that is no
// escape stays as it is.
func wordQ(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			b = append(b, ' ')
		case c == '=' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return b
}

// looseBase64 decodes what there is, skipping what does not belong there.
func looseBase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		return b
	}
	b, _ = newBase64Step(base64Skips).decode(nil, []byte(s), true)
	return b
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
