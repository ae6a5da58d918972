package extract

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// textKindSize is how much of a text says what kind of text it is, bytes.
const textKindSize = 4 << 10

// sniffText tells apart what is text by its bytes. Content that is none is
// KindUnknown.
func sniffText(f File, head []byte) sniffed {
	s := sniffed{charset: charsetOf(f, head)}
	if s.charset.wide == nil && !isText(head) {
		return sniffed{kind: KindUnknown}
	}
	text := s.charset.sample(head[:wholeRunes(head[:min(len(head), textKindSize)])])
	s.kind = textKind(f, text)
	switch s.kind {
	case KindCSV:
		s.comma = comma(text)
	case KindDocx, KindXlsx, KindPptx, KindODT, KindODS, KindODP:
		s.flat = true
	case KindHTML, KindXML, KindSVG:
		if s.charset.claimed == "" {
			s.charset = charsetNamed(declared(text), s.charset)
		}
	}
	return s
}

// textControls are the control characters that do stand in text: blanks, shifts,
// escapes and the old end of file.
const textControls = 1<<'\b' | 1<<'\t' | 1<<'\n' | 1<<'\v' | 1<<'\f' | 1<<'\r' | 1<<0x0E | 1<<0x0F | 1<<0x1A | 1<<0x1B

// isText reports whether head is text by its bytes: hardly any control
// characters.
func isText(head []byte) bool {
	controls := 0
	for _, c := range head {
		if c < ' ' && textControls>>c&1 == 0 || c == 0x7F {
			controls++
		}
	}
	if controls*100 > len(head) {
		return false
	}
	// Text in a legacy charset may be broken UTF-8 in half of its bytes
	// (Cyrillic, Greek), but it has no control characters then.
	broken := brokenRunes(head)
	return controls == 0 && broken*10 <= len(head)*9 || broken*10 <= len(head)
}

// brokenRunes counts the bytes that are no UTF-8, but for a character that is
// cut at the end.
func brokenRunes(b []byte) (broken int) {
	if utf8.Valid(b) {
		return 0
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 && i+utf8.UTFMax <= len(b) {
			broken++
		}
		i += size
	}
	return broken
}

// textKind says what kind of text it is, by its beginning.
func textKind(f File, text []byte) Kind {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	start := bytes.TrimLeft(text, " \t\r\n\f\x00")
	start = start[:min(len(start), textKindSize)]
	name := extension(f)
	switch {
	case bytes.HasPrefix(start, []byte(pgpBegin)):
		return KindPGP
	case begins(start, "-----BEGIN PKCS7-----"), begins(start, "-----BEGIN CMS-----"):
		return KindCMS
	case isEncoded(start):
		return KindEncoded
	case begins(start, "{\\rtf"):
		return KindRTF
	case pageType(f.Type) && !begins(start, "<?xml") && !begins(start, "<svg"):
		return KindHTML // which is how it is shown, whatever it begins with
	case begins(start, "begin:vcalendar"):
		return KindICS
	case begins(start, "begin:vcard"):
		return KindVCF
	case isMail(start), isEntity(f, start):
		return KindEML
	}
	var tags []byte // the text in lower case, if there may be tags in it
	if bytes.IndexByte(start, '<') >= 0 {
		tags = lowerASCII(start)
	}
	if kind := markupKind(f, name, start, tags); kind != "" {
		return kind
	}
	switch {
	case pageType(f.Type), name == ".html", name == ".htm":
		return KindHTML
	case isJSON(start) || (f.Type == "application/json" || strings.HasSuffix(f.Type, "+json") || name == ".json") && len(start) > 0 && strings.IndexByte(`{["`, start[0]) >= 0:
		return KindJSON
	case bytes.Contains(tags, []byte("<html")), bytes.Contains(tags, []byte("<body")):
		return KindHTML
	case name == ".csv", name == ".tsv", f.Type == "text/csv", comma(text) != 0:
		return KindCSV
	case name == ".yaml", name == ".yml", strings.HasSuffix(f.Type, "yaml"), bytes.HasPrefix(start, []byte("---\n")):
		return KindYAML
	}
	return KindText
}

var uuBegin = regexp.MustCompile(`^begin(?:-base64)? [0-7]{3,4} \S`)

// isEncoded reports whether text begins as what stands for other content: the
// encodings of POSIX uuencode, yEnc 1.3 and BinHex (RFC 1741), and PostScript,
// which is a program.
func isEncoded(start []byte) bool {
	switch {
	case len(start) < 10:
		return false
	case start[0] == 'b' || start[0] == 'B':
		return uuBegin.Match(start)
	}
	return bytes.HasPrefix(start, []byte("=ybegin ")) || bytes.HasPrefix(start, []byte("(This file must be converted with BinHex")) ||
		bytes.HasPrefix(start, []byte("%!PS"))
}

// begins reports whether text begins with a sign, whatever its case.
func begins(text []byte, sign string) bool {
	return len(text) >= len(sign) && strings.EqualFold(string(text[:len(sign)]), sign)
}

// lowerASCII is a copy of b with its capital letters small.
func lowerASCII(b []byte) []byte {
	lower := bytes.Clone(b)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return lower
}

// markupKind says what kind of markup a text is that begins with a tag, or "".
// folded is the text in lower case.
func markupKind(f File, name string, start, folded []byte) Kind {
	if len(start) == 0 || start[0] != '<' {
		return ""
	}
	has := func(sign string) bool { return bytes.Contains(folded, []byte(sign)) }
	if begins(start, "<!doctype html") || begins(start, "<html") {
		return KindHTML
	}
	if kind := flatOfficeKind(start); kind != "" {
		return kind
	}
	switch {
	case begins(start, "<?xml"), isMarkup(folded) && (strings.HasSuffix(f.Type, "xml") || name == ".xml" || name == ".svg" || has("xmlns")):
		if has("<svg") {
			return KindSVG
		}
		return KindXML
	case looksHTML(folded):
		return KindHTML
	}
	return ""
}

var markupStart = regexp.MustCompile(`^<[a-z_!?][a-z0-9_.:-]*[\s/>]`)

// pageType reports whether what is of a media type is shown as a page: text/enriched
// (RFC 1896) and its forerunner have other tags, that is all.
func pageType(t string) bool {
	switch t {
	case "text/html", "application/xhtml+xml", "text/x-html", "text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext":
		return true
	}
	return false
}

func isMarkup(folded []byte) bool { return markupStart.Match(folded) }

var htmlTags = regexp.MustCompile(`<(?:p|br|div|table|tr|td|span|font|a href|img|b|i|h[1-6]|ul|li|style|script|meta|center|head|title)(?:\s[^<>]*)?/?>`)

// looksHTML reports whether text without a declared type is a piece of HTML:
// it begins with a tag, and others follow.
func looksHTML(folded []byte) bool {
	loc := htmlTags.FindIndex(folded)
	return loc != nil && loc[0] == 0 && htmlTags.Match(folded[loc[1]:])
}

var jsonStart = regexp.MustCompile(`^(?:\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})|\[\s*(?:[\[{"\d\-\]]|true|false|null))`)

// isJSON reports whether text begins like JSON. A bracket alone may be
// anything, so an array needs a line that goes on like one.
func isJSON(start []byte) bool {
	if len(start) == 0 || start[0] != '{' && start[0] != '[' || !jsonStart.Match(start) {
		return false
	}
	if start[0] == '{' {
		return true
	}
	rest := bytes.TrimLeft(start[1:], " \t\r\n")
	return len(rest) > 0 && strings.IndexByte(`{["`, rest[0]) >= 0
}

// isMail reports whether text begins with a message's header: field lines only
// until the first empty one, with at least three of the usual names.
func isMail(start []byte) bool {
	if bytes.HasPrefix(start, []byte("From ")) { // a mailbox's
		_, start, _ = bytes.Cut(start, []byte("\n"))
	}
	known := map[string]bool{}
	const maxLines = 60
	for i, more := 0, true; more && i < maxLines; i++ {
		var line []byte
		line, start, more = bytes.Cut(start, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if i == 0 {
				return false
			}
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.ContainsAny(line[:colon], " \t<>\"{") {
			return len(known) >= 4
		}
		if name := strings.ToLower(string(line[:colon])); isMailField(name) {
			known[name] = true
		}
	}
	return len(known) >= 3
}

var fieldLine = regexp.MustCompile(`(?i)^[!-9;-~]+[ \t]*:`)

// isEntity reports whether text that is said to be a message, or what is signed
// in one, begins with a field.
func isEntity(f File, start []byte) bool {
	said := f.Type == "message/rfc822" || extension(f) == ".eml" || extension(f) == ".mht" || extension(f) == ".mhtml"
	return said && fieldLine.Match(start)
}

// isMailField reports whether fields of a name, in lower case, stand in mail
// and hardly anywhere else.
func isMailField(name string) bool {
	switch name {
	case "from", "to", "cc", "subject", "date", "received", "message-id", "mime-version", "return-path", "content-type",
		"reply-to", "delivered-to", "dkim-signature":
		return true
	}
	return len(name) > 2 && strings.HasPrefix(name, "x-") || len(name) > 4 && strings.HasPrefix(name, "arc-")
}

// comma guesses what separates the cells of a table: the character that each
// of the first lines has equally often, at least twice in three lines. 0 is
// text that is no table.
func comma(text []byte) byte {
	first := tableLines(text, 1)
	if len(first) == 0 {
		return 0
	}
	var lines [][]byte // taken apart only where the first line may be a table's
	for _, sep := range []byte(";\t|,") {
		want := countOutside(first[0], sep)
		if want == 0 || sep == ',' && (want < 2 || 2*bytes.Count(text, []byte(", ")) > bytes.Count(text, []byte(","))) {
			continue // one comma is no table, and a blank behind it is how people write
		}
		if lines == nil {
			lines = tableLines(text, 20)
		}
		if len(lines) < 2 {
			return 0
		}
		same := 0
		for _, l := range lines {
			if countOutside(l, sep) == want {
				same++
			}
		}
		// Prose has commas too, but not as many in each line.
		if want >= 2 && len(lines) >= 3 && same*10 >= len(lines)*9 || sep != ',' && same == len(lines) {
			return sep
		}
	}
	return 0
}

// tableLines are the first whole lines of text, up to most of them, without
// empty ones. A line break in quotes ends no line.
func tableLines(text []byte, most int) (lines [][]byte) {
	quoted, from := false, 0
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			if line := bytes.TrimRight(text[from:i], "\r"); len(line) > 0 {
				lines = append(lines, line)
			}
			from = i + 1
			if len(lines) == most {
				return lines
			}
		}
	}
	if from < len(text) && len(text) < sniffSize {
		lines = append(lines, bytes.TrimRight(text[from:], "\r"))
	}
	return lines
}

// countOutside counts c outside quotes.
func countOutside(line []byte, c byte) (n int) {
	quoted := false
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == c && !quoted:
			n++
		}
	}
	return n
}
