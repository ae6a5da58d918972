package message

import (
	"slices"
	"strings"
)

func (p *Part) describeEncoding() {
	p.Encoding = "7bit"
	fields := p.Header.mimeFields("Content-Transfer-Encoding")
	if len(fields) == 0 {
		return
	}
	p.repeated(fields, DuplicateEncoding)
	f := fields[0]
	p.Encoding = f.value
	meaning, exact := encodingMeaning(f.value)
	value := f.text
	if len(fields) == 1 && exact && len(value) == len(f.value) && !hasFold(f.Field) {
		return
	}
	all := encodingsOf(fields)
	if !exact || meaning != identity && strings.Contains(value, "(") {
		all = addOnce(all, identity)
	}
	switch {
	case meaning == "" && len(all) < 2:
		p.add(UnknownEncoding)
	case len(all) > 1 && len(fields) > 1:
	case len(all) > 1 && strings.ContainsAny(value, " ,;"):
		p.add(SeveralValues)
	case len(all) > 1 && !hasFold(f.Field):
		p.add(BadEncoding)
	case !exact || f.badValue || len(f.params) > 0:
		p.add(OddEncoding)
	}
	if len(all) > 1 {
		p.doubt().encodings = all
	}
}

// identity stands for all encodings that leave the bytes as they are.
const identity = "binary"

// encodingMeaning says what a word for a transfer encoding means: identity,
// "base64", "quoted-printable", "uuencode", "yenc", "binhex", or "" for one
// that nobody knows; and whether it is the registered word.
func encodingMeaning(word string) (meaning string, exact bool) {
	switch word {
	case "7bit", "8bit", "binary":
		return identity, true
	case "base64", "quoted-printable":
		return word, true
	}
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, word)
	switch strings.TrimPrefix(letters, "x") {
	case "", "7bit", "8bit", "7bits", "8bits", "8bitmime", "bit7", "bit8", "7", "8", "binary", "none", "ascii", "usascii", "utf8",
		"iso88591", "text", "plain", "textplain", "raw", "unencoded", "identity", "8bitutf8", "7bitascii", "en8bit", "en7bit":
		return identity, false
	case "base64", "b64", "b", "64", "base64encoded", "mimebase64", "radix64", "base64encoding":
		return "base64", false
	case "quotedprintable", "qp", "q", "quoted", "printable", "quotedprint", "quoteprintable", "quotedprintableencoding":
		return "quoted-printable", false
	case "uuencode", "uu", "uue", "uuencoded", "uuenc":
		return "uuencode", false
	case "yenc", "yencode", "yencoded":
		return "yenc", false
	case "binhex", "binhex40", "hqx", "macbinhex40", "macbinhex", "binhex4":
		return "binhex", false
	}
	return "", false
}

// encodingsOf returns what programs may take for the encoding, the usual one
// first.
func encodingsOf(fields []parsedField) []string {
	var all []string
	for _, f := range fields {
		value := strings.ToLower(f.text)
		words := []string{f.value, withoutComments(value), decodeWords(value)}
		words = append(words, strings.FieldsFunc(value, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`;,()"<>`, r) })...)
		for i, word := range words {
			meaning, exact := encodingMeaning(strings.Trim(word, " \t\"';,<>"))
			if meaning != "" && (i < 3 || exact || meaning != identity) {
				all = addOnce(all, meaning)
			}
		}
		if hasFold(f.Field) {
			all = addOnce(all, identity) // a program that does not unfold sees nothing
		}
	}
	return all
}

// hasFold reports whether a field goes over more than one line.
func hasFold(f Field) bool { return slices.Contains(f.Raw, '\n') }
