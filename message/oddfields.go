package message

import "strings"

// checkFields looks for MIME fields that not every program takes.
func (p *Part) checkFields() {
	for _, f := range p.Header {
		if obscured(f.Name) {
			p.add(OddMIMEField)
		}
		if len(f.Name) < 8 || !strings.EqualFold(f.Name[:8], "content-") {
			continue
		}
		spaced := len(f.Raw) > len(f.Name) && f.Raw[len(f.Name)] != ':'
		if !spaced && !foldedInside(f) {
			continue
		}
		switch strings.ToLower(f.Name) {
		case "content-type":
			d := p.doubt()
			d.types = addOnce(orDefault(d.types, p.Type), "text/plain")
		case "content-transfer-encoding":
			d := p.doubt()
			meaning, _ := encodingMeaning(p.Encoding)
			d.encodings = addOnce(orDefault(d.encodings, meaning), identity)
		case "content-disposition":
		default:
			continue
		}
		p.add(OddMIMEField)
	}
}

// The names of the fields that say how a part is read, in letters only.
const (
	typeLetters     = "contenttype"
	encodingLetters = "contenttransferencoding"
)

// obscured reports whether a field's name is that of a field that says how the
// part is read, but for characters between the letters.
func obscured(name string) bool {
	if len(name) < len(typeLetters) || name[0]|0x20 == 'c' && (strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Content-Transfer-Encoding")) {
		return false
	}
	p := paramScanner{rest: decodeWords(name)}
	letters := lettersOf(p.until("(")) // comments go
	return letters == typeLetters || letters == encodingLetters
}

// obscuredLine is obscured for a line that is no field, and may be cut.
func obscuredLine(line []byte) bool {
	s := strings.TrimSpace(string(line[:min(len(line), 100)]))
	name, _, _ := strings.Cut(s, ":")
	letters := lettersOf(s)
	whole := strings.Trim(lowerASCII(s), "abcdefghijklmnopqrstuvwxyz-") == ""
	return obscured(name) || strings.HasPrefix(letters, typeLetters) || strings.HasPrefix(letters, encodingLetters) ||
		whole && letters != "" && (strings.HasPrefix(typeLetters, letters) || strings.HasPrefix(encodingLetters, letters))
}

// foldedInside reports whether a line of the field ends inside its first word,
// or before the encoding. (A fold before or behind a media type is ordinary.)
func foldedInside(f Field) bool {
	if !hasFold(f) {
		return false
	}
	if strings.EqualFold(f.Name, "Content-Transfer-Encoding") {
		return true
	}
	_, v, _ := strings.Cut(string(f.Raw), ":")
	word, _, _ := strings.Cut(v, ";")
	word, _, _ = strings.Cut(word, "(")
	return strings.Contains(strings.Trim(word, " \t\r\n"), "\n")
}
