package message

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// parsedField is a MIME field taken apart.
type parsedField struct {
	Field
	text string // the value, unfolded
	mimeField
}

// mimeFields returns all fields with a name, taken apart.
func (h Header) mimeFields(name string) []parsedField {
	var all []parsedField
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			text := f.Value()
			all = append(all, parsedField{f, text, parseMIMEField(text)})
		}
	}
	return all
}

// describe fills everything that the part's header says of it. enclosing is
// the part around it, nil for the root.
func (p *Part) describe(enclosing *Part) {
	types := p.Header.mimeFields("Content-Type")
	p.describeType(types, enclosing)
	p.describeEncoding()
	p.describeDisposition(types)
	p.checkFields()
	if enclosing == nil || enclosing.enclosesMessage() {
		p.checkMessage()
	}
}

func (p *Part) describeType(fields []parsedField, enclosing *Part) {
	p.Type = "text/plain"
	if enclosing != nil && enclosing.Type == "multipart/digest" {
		p.Type = "message/rfc822" // RFC 2046 section 5.1.5
	}
	none := p.Type
	if len(fields) == 0 {
		return
	}
	p.repeated(fields, DuplicateContentType)
	f := fields[0].mimeField
	p.Params = f.params
	p.note(f)
	types, bad := typesOf(fields, none)
	p.Type = types[0]
	if bad != "" {
		p.add(bad)
	}
	p.Charset = strings.ToLower(strings.TrimSpace(f.params["charset"]))
	p.describeBoundary(fields)
	charsets := charsetsOf(fields, p.Charset)
	if len(types) > maxCandidates {
		types = types[:maxCandidates]
		p.add(TooManyReadings)
	}
	if len(types) > 1 || len(charsets) > 1 {
		d := p.doubt()
		d.types, d.charsets = types, charsets
	}
}

// repeated notes that a field that may be there once is there more often; the
// code is for values that differ.
func (p *Part) repeated(fields []parsedField, code string) {
	plain := func(f parsedField) string { return strings.ToLower(strings.Join(strings.Fields(f.text), "")) }
	for i := 1; i < len(fields); i++ {
		if plain(fields[i]) != plain(fields[0]) {
			p.add(code)
			return
		}
	}
	if len(fields) > 1 {
		p.add(RepeatedHeader)
	}
}

// typesOf returns the media types that programs read from Content-Type fields,
// the usual one first, and the code of what is wrong with the first field.
func typesOf(fields []parsedField, none string) (types []string, bad string) {
	for i, f := range fields {
		value, _, _ := strings.Cut(f.text, ";")
		value = strings.ToLower(strings.TrimSpace(value))
		major, minor, _ := strings.Cut(f.value, "/")
		whole := major != "" && minor != ""
		if whole {
			types = addOnce(types, f.value)
		} else {
			types = addOnce(types, none)
		}
		if whole && !f.badValue && !strings.Contains(value, "(") && !almostMessage(value) {
			continue
		}
		others := looseTypes(value, f.text)
		for _, t := range others {
			types = addOnce(types, t)
		}
		kind := kindOf(types[0])
		differs := kind == "multipart" || kind == "message" ||
			slices.ContainsFunc(others, func(t string) bool { return kindOf(t) != kind })
		switch {
		case i > 0:
		case differs && strings.Contains(value, ","):
			bad = SeveralValues
		case differs, !whole && f.text != "" && value != "text" && value != "plain":
			bad = BadContentType
		case f.badValue || !whole:
			bad = OddContentType
		}
	}
	return types, bad
}

// kindOf says how the content of a type is read.
func kindOf(t string) string {
	p := Part{Type: t}
	switch {
	case p.Multipart():
		return "multipart"
	case p.enclosesMessage():
		return "message"
	case t == "text/html":
		return "html"
	case strings.HasPrefix(t, "text/"):
		return "text"
	}
	return "other"
}

// looseTypes returns what programs that look for words make of a value that is
// no media type. field is the value with its parameters.
func looseTypes(value, field string) []string {
	var types []string
	for _, v := range []string{value, strings.ToLower(decodeWords(value)), withoutComments(value)} {
		for each := range strings.SplitSeq(v, ",") {
			joined := strings.Map(func(r rune) rune {
				if notInValue(r) {
					return -1
				}
				return r
			}, each)
			switch {
			case strings.HasPrefix(joined, "multipart/"), strings.Contains(joined, "multipart"):
				types = addOnce(types, "multipart/mixed")
			case strings.Contains(joined, "rfc822"), almostMessage(joined):
				types = addOnce(types, "message/rfc822")
			case strings.Contains(joined, "html"):
				types = addOnce(types, "text/html")
			case strings.HasPrefix(joined, "text/plain"):
				types = addOnce(types, "text/plain")
			}
		}
	}
	if len(types) == 0 && strings.Contains(strings.ToLower(field), "boundary") {
		types = append(types, "multipart/mixed")
	}
	return types
}

// almostMessage reports whether a type is message/rfc822 but for characters
// that are no letters.
func almostMessage(t string) bool { return t != "message/rfc822" && lettersOf(t) == "messagerfc" }

// lettersOf returns the ASCII letters of s in lower case.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r | 0x20
		case 'a' <= r && r <= 'z':
			return r
		}
		return -1
	}, s)
}

func withoutComments(s string) string {
	p := paramScanner{rest: s}
	return p.until(atSemicolon)
}

// addOnce appends what is not there yet.
func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// note turns what was wrong with a field's grammar into problems.
func (p *Part) note(f mimeField) {
	if f.badParam {
		p.add(BadParam)
	}
	if f.duplicate {
		p.add(DuplicateParam)
	}
	if f.tooMany {
		p.add(HeaderTooBig)
	}
}

func (p *Part) describeBoundary(fields []parsedField) {
	all := boundariesOf(fields, p.Params["boundary"])
	if len(all) == 0 {
		return
	}
	if len(all) > maxCandidates {
		all = all[:maxCandidates]
		p.add(TooManyReadings)
	}
	d := p.doubt()
	d.boundaries = all
	b := p.Params["boundary"]
	switch {
	case !p.Multipart():
	case len(all) > 1 || b == "" || strings.Count(fields[0].text, `"`)%2 == 1 || strings.HasSuffix(b, " ") || strings.ContainsFunc(b, notInBoundary):
		p.add(BadBoundary)
	case len(b) > 70 || !goodBoundary(b):
		p.add(OddBoundary)
	}
}

// notInBoundary reports characters that make programs see different
// boundaries.
func notInBoundary(r rune) bool { return r < ' ' || r > '~' }

// goodBoundary checks the characters of RFC 2046 section 5.1.1.
func goodBoundary(b string) bool {
	const chars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? "
	return strings.Trim(b, chars) == ""
}

func (p *Part) describeDisposition(types []parsedField) {
	fields := p.Header.mimeFields("Content-Disposition")
	p.repeated(fields, DuplicateDisposition)
	if len(fields) > 0 {
		f := fields[0].mimeField
		f.badParam = f.badParam || f.badValue
		p.note(f)
		p.Disposition = f.value
	}
	p.describeNames(fields, types)
}

// maxNames is how many names of one part are told.
const maxNames = 50

// describeNames collects the names of all fields. Programs prefer filename to
// name, and what RFC 2231 encodes to what stands plain.
func (p *Part) describeNames(dispositions, types []parsedField) {
	odd := false
	add := func(name string) {
		clean := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				odd = true
				return -1
			}
			return r
		}, name)
		switch clean = strings.TrimSpace(clean); {
		case clean == "":
		case len(p.Names) == maxNames:
			p.add(TooManyReadings)
		default:
			p.Names = addOnce(p.Names, clean)
		}
	}
	each := func(fields []parsedField, param string) {
		for _, f := range fields {
			if v, ok := f.params[param]; ok {
				add(decodeWords(v))
			}
			for _, v := range f.others[param] {
				add(decodeWords(v))
			}
		}
	}
	each(dispositions, "filename")
	each(types, "name")
	each(dispositions, "name")
	each(types, "filename")
	if len(p.Names) == 0 {
		return
	}
	p.Name = p.Names[0]
	if odd || len(p.Names) > 1 {
		p.add(OddName)
	}
	first := extension(p.Name)
	if slices.ContainsFunc(p.Names, func(n string) bool { return extension(n) != first }) {
		p.add(NameConflict)
	}
}

// extension is what decides how a file is opened; names that were cut or have
// none count as the same.
func extension(name string) string {
	return strings.ToLower(path.Ext(strings.TrimRight(name, ". ")))
}

func orDefault(list []string, first string) []string {
	if len(list) == 0 {
		return []string{first}
	}
	return list
}

// checkMessage looks at what only the header of a message has.
func (p *Part) checkMessage() {
	// The fields that a message has at most once (RFC 5322 section 3.6, RFC
	// 2045 section 4).
	once := [...]string{"From", "Subject", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To",
		"References", "Date", "MIME-Version"}
	var first [len(once)]*Field
	mime := false
	for i := range p.Header {
		f := &p.Header[i]
		mime = mime || strings.EqualFold(f.Name, "Content-Type") || strings.EqualFold(f.Name, "Content-Transfer-Encoding")
		for j, name := range once {
			switch {
			case !strings.EqualFold(f.Name, name):
			case first[j] == nil:
				first[j] = f
			case j < 2 && f.Value() != first[j].Value():
				p.add(DuplicateHeader)
			default:
				p.add(RepeatedHeader)
			}
		}
	}
	if version := first[len(once)-1]; mime && (version == nil || strings.TrimSpace(withoutComments(version.Value())) != "1.0") {
		p.add(NoMIMEVersion)
		p.doubtRule(noMIME)
	}
}
