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
	text := s.charset.sample(head[:min(len(head), textKindSize)])
	s.kind = textKind(f, text)
	switch s.kind {
	case KindCSV:
		s.comma = comma(text)
	case KindHTML, KindXML, KindSVG:
		if s.charset.claimed == "" {
			s.charset = charsetNamed(declared(text), s.charset)
		}
	}
	return s
}

// isText reports whether head is text by its bytes: hardly any control
// characters.
func isText(head []byte) bool {
	broken, controls := 0, 0
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		switch {
		case r == utf8.RuneError && size == 1 && i+utf8.UTFMax <= len(head):
			broken++
		case r == 0, r < '\b', r > 0x0F && r < 0x1A, r > 0x1B && r < ' ', r == 0x7F:
			controls++ // blanks, shifts, escapes and the old end of file do stand in text
		}
		i += size
	}
	// Text in a legacy charset may be broken UTF-8 in half of its bytes
	// (Cyrillic, Greek), but it has no control characters then.
	return controls*100 <= len(head) && (controls == 0 && broken*10 <= len(head)*9 || broken*10 <= len(head))
}

// textKind says what kind of text it is, by its beginning.
func textKind(f File, text []byte) Kind {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	start := bytes.TrimLeft(text, " \t\r\n\f\x00")
	folded := bytes.ToLower(start[:min(len(start), 4096)])
	has := func(sign string) bool { return bytes.Contains(folded, []byte(sign)) }
	begins := func(sign string) bool { return bytes.HasPrefix(folded, []byte(sign)) }
	name := extension(f)
	switch {
	case bytes.HasPrefix(start, []byte(pgpBegin)):
		return KindPGP
	case begins("{\\rtf"):
		return KindRTF
	case pageType(f.Type) && !begins("<?xml") && !begins("<svg"):
		return KindHTML // which is how it is shown, whatever it begins with
	case begins("begin:vcalendar"):
		return KindICS
	case begins("begin:vcard"):
		return KindVCF
	case isMail(start), isEntity(f, start):
		return KindEML
	case begins("<!doctype html"), begins("<html"):
		return KindHTML
	case begins("<") && flatOfficeKind(start) != "":
		return flatOfficeKind(start)
	case begins("<?xml"), begins("<") && isMarkup(folded) && (strings.HasSuffix(f.Type, "xml") || name == ".xml" || name == ".svg" || has("xmlns")):
		if has("<svg") {
			return KindSVG
		}
		return KindXML
	case pageType(f.Type), name == ".html", name == ".htm", looksHTML(folded):
		return KindHTML
	case isJSON(start) || (f.Type == "application/json" || strings.HasSuffix(f.Type, "+json") || name == ".json") && len(start) > 0 && strings.IndexByte(`{["`, start[0]) >= 0:
		return KindJSON
	case has("<html"), has("<body"):
		return KindHTML
	case name == ".csv", name == ".tsv", f.Type == "text/csv", comma(text) != 0:
		return KindCSV
	case name == ".yaml", name == ".yml", strings.HasSuffix(f.Type, "yaml"), bytes.HasPrefix(start, []byte("---\n")):
		return KindYAML
	}
	return KindText
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
	if !jsonStart.Match(start) {
		return false
	}
	if start[0] == '{' {
		return true
	}
	rest := bytes.TrimLeft(start[1:], " \t\r\n")
	return len(rest) > 0 && strings.IndexByte(`{["`, rest[0]) >= 0
}

var mailLine = regexp.MustCompile(`(?i)^(?:from|to|cc|subject|date|received|message-id|mime-version|return-path|content-type|reply-to|delivered-to|dkim-signature|x-[a-z0-9-]+|arc-[a-z-]+):`)

// isMail reports whether text begins with a message's header: field lines only
// until the first empty one, with at least three of the usual names.
func isMail(start []byte) bool {
	if bytes.HasPrefix(start, []byte("From ")) { // a mailbox's
		_, start, _ = bytes.Cut(start, []byte("\n"))
	}
	known := map[string]bool{}
	for i, line := range bytes.SplitN(start[:min(len(start), 8192)], []byte("\n"), 60) {
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			break
		}
		colon := bytes.IndexByte(line, ':')
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if i == 0 {
				return false
			}
		case mailLine.Match(line):
			known[strings.ToLower(string(line[:colon]))] = true
		case colon <= 0 || bytes.ContainsAny(line[:colon], " \t<>\"{"):
			return len(known) >= 4
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

// comma guesses what separates the cells of a table: the character that each
// of the first lines has equally often, at least twice in three lines. 0 is
// text that is no table.
func comma(text []byte) byte {
	lines := tableLines(text)
	if len(lines) < 2 {
		return 0
	}
	for _, sep := range []byte(";\t|,") {
		if sep == ',' && 2*bytes.Count(text, []byte(", ")) > bytes.Count(text, []byte(",")) {
			continue // that is how people write
		}
		want := countOutside(lines[0], sep)
		same := 0
		for _, l := range lines {
			if countOutside(l, sep) == want {
				same++
			}
		}
		// Prose has commas too, but not as many in each line.
		if want >= 2 && len(lines) >= 3 && same*10 >= len(lines)*9 || want >= 1 && sep != ',' && same == len(lines) {
			return sep
		}
	}
	return 0
}

// tableLines are the first whole lines of text, up to 20, without empty ones.
// A line break in quotes ends no line.
func tableLines(text []byte) (lines [][]byte) {
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
			if len(lines) == 20 {
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
