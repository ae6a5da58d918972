package hostile

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"
)

// encodingClasses are about transfer encodings and character sets.
func encodingClasses() []class {
	return []class{unknownTransferEncodings(), base64WrittenOddly(), quotedPrintableWrittenOddly(), characterSets()}
}

const (
	b64Head = top + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	qpHead  = top + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)

func unknownTransferEncodings() class {
	return class{"unknown transfer encodings", append(each([]string{"base-64", "x-base64", "base 64", "base64x", "b64", "b", "base64-", "mime-base64", "7-bit", "x-unknown", "utf-8", "", "gzip", "base64url", "BASE64\x00"}, func(x string, s secret) string {
		return top + "Content-Type: text/plain\r\nContent-Transfer-Encoding: " + x + "\r\n\r\n" + s.b64() + "\r\n"
	}), append(each([]string{"x-uuencode", "uuencode", "x-uue", "uue"}, func(x string, s secret) string {
		return top + "Content-Type: text/plain\r\nContent-Transfer-Encoding: " + x + "\r\n\r\n" + uu(s.text())
	}), append(each([]string{"x-yenc", "yenc", "x-yencode"}, func(x string, s secret) string {
		return top + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: " + x + "\r\n\r\n" + yenc(s.text())
	}), append(each([]string{"binhex", "mac-binhex40", "x-binhex"}, func(x string, s secret) string {
		return top + "Content-Type: application/mac-binhex40\r\nContent-Transfer-Encoding: " + x + "\r\n\r\n(This file must be converted with BinHex 4.0)\r\n\r\n:" + s.b64() + ":\r\n"
	}), each([]string{"quotedprintable", "quoted_printable", "quoted printable", "q", "x-qp"}, func(x string, s secret) string {
		return top + "Content-Type: text/plain\r\nContent-Transfer-Encoding: " + x + "\r\n\r\n" + hexed(s.text()) + "\r\n"
	})...)...)...)...)}
}

func base64WrittenOddly() class {
	return class{"base64 written oddly", []variant{
		{"junk between", func(s secret) string { return b64Head + spread(s.b64(), "!*") + "\r\n" }},
		{"blanks between", func(s secret) string { return b64Head + spread(s.b64(), " ") + "\r\n" }},
		{"NUL between", func(s secret) string { return b64Head + spread(s.b64(), "\x00") + "\r\n" }},
		{"bare CR between", func(s secret) string { return b64Head + spread(s.b64(), "\r") + "\r\n" }},
		{"\"=\" inside", func(s secret) string { return b64Head + chunks(s.text(), 4) + "\r\n" }},
		{"\"=\" inside, every byte", func(s secret) string { return b64Head + chunks(s.text(), 1) + "\r\n" }},
		{"blocks on lines", func(s secret) string {
			return b64Head + chunks(s.text()[:10], 10) + "\r\n" + chunks(s.text()[10:], 100) + "\r\n"
		}},
		{"missing padding", func(s secret) string { return b64Head + strings.TrimRight(plain64(s.text()+"x"), "=") + "\r\n" }},
		{"too much padding", func(s secret) string { return b64Head + s.b64() + "====\r\n" }},
		{"text after the padding", func(s secret) string { return b64Head + plain64("Hello!!\r\n") + "\r\n" + s.text() }},
		{"base64 after the padding", func(s secret) string { return b64Head + plain64("Hello!\r\n") + "\r\n" + s.b64() + "\r\n" }},
		{"padding, then base64 in one line", func(s secret) string { return b64Head + "SGk=" + s.b64() + "\r\n" }},
		{"text before", func(s secret) string { return b64Head + "This is the text:\r\n\r\n" + s.b64() + "\r\n" }},
		{"plain text declared as base64", func(s secret) string { return b64Head + s.text() }},
		{"URL alphabet", func(s secret) string {
			return b64Head + base64.URLEncoding.EncodeToString([]byte("¿ÿþ>>> "+s.text())) + "\r\n"
		}},
		{"bits after the end", func(s secret) string {
			e := plain64(s.text() + "xx")
			return b64Head + e[:len(e)-2] + "5=\r\n"
		}},
		{"one line of 5,000", func(s secret) string { return b64Head + plain64(strings.Repeat("text ", 800)+s.text()) + "\r\n" }},
		{"a line of dashes between", func(s secret) string { e := s.b64(); return b64Head + e[:40] + "\r\n--\r\n" + e[40:] + "\r\n" }},
		{"a comment between", func(s secret) string { e := s.b64(); return b64Head + e[:40] + "\r\n(x)\r\n" + e[40:] + "\r\n" }},
		{"lines of odd length", func(s secret) string { return b64Head + broken(s.b64(), 13) }},
		{"lines decoded apart", func(s secret) string { return b64Head + chopped(s.b64(), 13) }},
		{"a header between", func(s secret) string { e := s.b64(); return b64Head + e[:40] + "\r\nX-A: 1\r\n" + e[40:] + "\r\n" }},
	}}
}

func quotedPrintableWrittenOddly() class {
	return class{"quoted-printable written oddly", []variant{
		{"lower-case hex", func(s secret) string { return qpHead + strings.ToLower(hexed(s.text())) + "\r\n" }},
		{"soft break in the value", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=\r\n") }},
		{"soft break with blanks", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "= \t \r\n") }},
		{"soft break of a bare LF", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=\n") }},
		{"soft break of a bare CR", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=\r") }},
		{"soft break twice", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=\r\n=\r\n") }},
		{"soft break of CR CR LF", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=\r\r\n") }},
		{"blanks at line ends", func(s secret) string { return qpHead + strings.ReplaceAll(hexed(s.text()), "=0D=0A", "   \r\n") }},
		{"bad escapes before", func(s secret) string { return qpHead + "=XX=4=G1 " + hexed(s.text()) + "\r\n" }},
		{"bad escape of one digit in the value", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=G1") }},
		{"lone equals in the value", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "= ") }},
		{"bad escapes in the value", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=ZZ") }},
		{"lone equals at the end", func(s secret) string { return qpHead + hexed(s.text()) + "=" }},
		{"one line of 5,000", func(s secret) string { return qpHead + strings.Repeat("text ", 1000) + hexed(s.text()) + "\r\n" }},
		{"escape cut by a soft break", func(s secret) string { return qpHead + strings.Replace(hexed(s.text()), "=3", "=\r\n=3", -1) + "\r\n" }},
		{"escape cut in two", func(s secret) string { return qpHead + strings.Replace(hexed(s.text()), "=3", "=3=\r\n", -1) + "\r\n" }},
		{"NUL in the value", func(s secret) string { return qpHead + cutIn(s.text(), s.value, "=00") }},
	}}
}

func characterSets() class {
	return class{"character sets", append(charsetVariants(), variant{"UTF-16 without saying so", func(s secret) string {
		return top + "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + plain64(wide(s.text(), false)) + "\r\n"
	}})}
}

// charsetVariants have sets that lie, conflict or change within the text.
func charsetVariants() []variant {
	body := func(kind, encoded string) string {
		return top + "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + plain64(encoded) + "\r\n"
	}
	return []variant{
		{"UTF-7", func(s secret) string { return body("text/plain; charset=utf-7", utf7(s.text())) }},
		{"UTF-7 declared as UTF-8", func(s secret) string { return body("text/html; charset=utf-8", utf7(s.text())) }},
		{"UTF-16LE", func(s secret) string { return body("text/plain; charset=utf-16le", wide(s.text(), false)) }},
		{"UTF-16BE", func(s secret) string { return body("text/plain; charset=utf-16be", wide(s.text(), true)) }},
		{"UTF-16 with mark", func(s secret) string {
			return body("text/plain; charset=utf-16", "\xff\xfe"+wide(s.text(), false))
		}},
		{"UTF-16 declared as UTF-8", func(s secret) string { return body("text/plain; charset=utf-8", "\xfe\xff"+wide(s.text(), true)) }},
		{"UTF-8 declared as UTF-16", func(s secret) string { return body("text/plain; charset=utf-16", s.text()) }},
		{"UTF-32", func(s secret) string { return body("text/plain; charset=utf-32le", wide32(s.text())) }},
		{"set given twice", func(s secret) string {
			return body("text/plain; charset=utf-8; charset=utf-16le", wide(s.text(), false))
		}},
		{"set given twice, the first", func(s secret) string {
			return body("text/plain; charset=utf-16le; charset=utf-8", wide(s.text(), false))
		}},
		{"unknown set", func(s secret) string { return body("text/plain; charset=x-none", s.text()) }},
		{"EBCDIC", func(s secret) string { return body("text/plain; charset=ibm037", ebcdic(s.text())) }},
		{"ISO-2022-JP with shifts", func(s secret) string {
			return body("text/plain; charset=iso-2022-jp", strings.ReplaceAll(s.text(), s.value, "\x1b(J"+s.value[:5]+"\x1b(B"+s.value[5:]))
		}},
		{"meta against header", func(s secret) string {
			return body("text/html; charset=utf-8", "<meta charset=utf-16><p>"+s.text())
		}},
		{"meta UTF-7", func(s secret) string {
			return body("text/html", "<meta http-equiv=Content-Type content=\"text/html; charset=utf-7\"><p>"+utf7(s.text()))
		}},
		{"UTF-7 in a meta element, late", func(s secret) string {
			return body("text/html", "<!-- "+strings.Repeat("x", 900)+" --><meta charset=\"utf-7\"><p>"+utf7(s.text()))
		}},
		{"escapes of ISO 2022 without saying so", func(s secret) string {
			return body("text/plain", cutIn(s.text(), s.value, "\x1b(B"))
		}},
		{"shifts of HZ", func(s secret) string {
			return body("text/plain; charset=hz-gb-2312", cutIn(s.text(), s.value, "~\n"))
		}},
		{"digits of two bytes", func(s secret) string {
			return body("text/plain; charset=shift_jis", strings.Replace(s.text(), s.value, doubleBytes(s.value), 1))
		}},
		{"set in quotes of another kind", func(s secret) string { return body("text/plain; charset='utf-16le'", wide(s.text(), false)) }},
		{"set by RFC 2231", func(s secret) string { return body("text/plain; charset*=utf-8''utf-16le", wide(s.text(), false)) }},
	}
}

// spread puts a string between groups of four.
func spread(s, between string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%5 == 0 {
			b.WriteString(between)
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// chopped has lines that hold whole bytes only where each is decoded by itself:
// a character that says nothing stands at the end of each.
func chopped(s string, n int) string {
	n -= n % 4
	var b strings.Builder
	for s != "" {
		k := min(n, len(s))
		b.WriteString(s[:k])
		if s = s[k:]; s != "" {
			b.WriteString("A\r\n")
		}
	}
	return b.String()
}

// chunks encodes pieces of n bytes, each with its own padding.
func chunks(s string, n int) string {
	var b strings.Builder
	for len(s) > 0 {
		k := min(n, len(s))
		b.WriteString(plain64(s[:k]))
		s = s[k:]
	}
	return b.String()
}

// hexed is quoted-printable in which every byte is an escape.
func hexed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "=%02X", s[i])
	}
	return b.String()
}

// cutIn puts something into the middle of a value.
func cutIn(s, value, what string) string {
	half := len(value) / 2
	return strings.Replace(s, value, value[:half]+what+value[half:], 1)
}

// utf7 writes every character in the modified base64 of RFC 2152.
func utf7(s string) string {
	return "+" + strings.TrimRight(plain64(wide(s, true)), "=") + "-"
}

func wide(s string, bigEndian bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		} else {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
	}
	return b.String()
}

// doubleBytes are full-width digits and capitals in Shift JIS.
func doubleBytes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			b.WriteString("\x82" + string([]byte{0x4f + c - '0'}))
		case c >= 'A' && c <= 'Z':
			b.WriteString("\x82" + string([]byte{0x60 + c - 'A'}))
		}
	}
	return b.String()
}

func wide32(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(string([]byte{byte(r), byte(r >> 8), byte(r >> 16), 0}))
	}
	return b.String()
}

// ebcdic is code page 037, as far as the secrets need it.
func ebcdic(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			b[i] = 0xf0 + c - '0'
		case c >= 'a' && c <= 'i':
			b[i] = 0x81 + c - 'a'
		case c >= 'j' && c <= 'r':
			b[i] = 0x91 + c - 'j'
		case c >= 's' && c <= 'z':
			b[i] = 0xa2 + c - 's'
		case c >= 'A' && c <= 'I':
			b[i] = 0xc1 + c - 'A'
		case c >= 'J' && c <= 'R':
			b[i] = 0xd1 + c - 'J'
		case c >= 'S' && c <= 'Z':
			b[i] = 0xe2 + c - 'S'
		case c == ':':
			b[i] = 0x7a
		case c == ',':
			b[i] = 0x6b
		case c == '\n':
			b[i] = 0x25
		case c == ' ':
			b[i] = 0x40
		}
	}
	return string(b)
}

// yenc adds 42 to each byte and escapes what must be escaped.
func yenc(s string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "=ybegin line=128 size=%d name=a.txt\r\n", len(s))
	for i := range len(s) {
		c := s[i] + 42
		if c == 0 || c == '\n' || c == '\r' || c == '=' {
			b.WriteByte('=')
			c += 64
		}
		b.WriteByte(c)
	}
	return b.String() + fmt.Sprintf("\r\n=yend size=%d\r\n", len(s))
}
