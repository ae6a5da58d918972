package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxParams is how many parameters of one field are read.
const maxParams = 100

// mimeField is a field like Content-Type: a value and its parameters.
type mimeField struct {
	value  string // lower case, without comments
	params map[string]string
	// others are values that other programs take for a parameter: further
	// ones of the same name, a plain one beside one in pieces, and pieces in
	// the order in which they stand.
	others map[string][]string
	// badValue says that something stands beside the value, badParam that a
	// parameter is against the grammar, duplicate that one is given twice.
	badValue, badParam, duplicate bool
	// tooMany says that there are more parameters than are read.
	tooMany bool
}

// parseMIMEField reads a value and parameters (RFC 2045 section 5.1, RFC 2183
// section 2, RFC 2231), and as much as possible of what is against the rules.
func parseMIMEField(s string) mimeField {
	var f mimeField
	p := paramScanner{rest: s}
	f.setValue(p.until(atSemicolon))
	f.badParam = p.odd

	var pieces []piece
	for n := 0; p.more(); n++ {
		if n == maxParams {
			f.tooMany = true
			break
		}
		name, v, ok := p.param()
		if !ok {
			f.badParam = f.badParam || p.odd
			continue
		}
		f.badParam = f.badParam || p.odd
		if x, ok := asPiece(name, v); ok {
			pieces = append(pieces, x)
			continue
		}
		f.set(name, v)
	}
	f.join(pieces)
	f.setOutOfOrder(pieces)
	return f
}

// setValue takes what stands before the parameters. Blanks and comments around
// the slash are old grammar (RFC 822 section 3.1.4), but not every reader
// follows it.
func (f *mimeField) setValue(s string) {
	s = strings.TrimSpace(s)
	if major, minor, ok := strings.Cut(s, "/"); ok {
		joined := strings.TrimRight(major, " \t") + "/" + strings.TrimLeft(minor, " \t")
		f.badValue = joined != s
		s = joined
	}
	if i := strings.IndexFunc(s, notInValue); i >= 0 {
		s, f.badValue = s[:i], true
	}
	f.value = strings.ToLower(s)
}

// notInValue reports what a media type, encoding or disposition can't hold
// (RFC 2045 section 5.1: blanks, controls, specials but the slash).
func notInValue(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`<>@,;:\"[]?=`, r)
}

// set takes a parameter; the first one of a name counts.
func (f *mimeField) set(name, value string) {
	if _, there := f.params[name]; there {
		f.duplicate = true
		f.other(name, value)
		return
	}
	f.put(name, value)
}

func (f *mimeField) other(name, value string) {
	if f.others == nil {
		f.others = map[string][]string{}
	}
	f.others[name] = append(f.others[name], value)
}

func (f *mimeField) put(name, value string) {
	if f.params == nil {
		f.params = map[string]string{}
	}
	f.params[name] = value
}

// piece is a parameter as RFC 2231 splits and encodes it: name*N*=value.
type piece struct {
	name    string
	n       int
	encoded bool
	value   string
}

// asPiece takes a parameter's name apart; ok is false for a plain one.
func asPiece(name, value string) (x piece, ok bool) {
	base, rest, ok := strings.Cut(name, "*")
	if !ok || base == "" {
		return piece{}, false
	}
	x = piece{name: base, value: value}
	if rest == "" { // name*
		x.encoded = true
		return x, true
	}
	digits, encoded := strings.CutSuffix(rest, "*")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > maxParams {
		return piece{}, false
	}
	x.n, x.encoded = n, encoded
	return x, true
}

// join puts the pieces together (RFC 2231 sections 3 and 4). They win over a
// plain parameter of the same name, which old readers see.
func (f *mimeField) join(pieces []piece) {
	pieces = slices.Clone(pieces)
	slices.SortStableFunc(pieces, func(a, b piece) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.n, b.n))
	})
	for len(pieces) > 0 {
		name := pieces[0].name
		end := slices.IndexFunc(pieces, func(x piece) bool { return x.name != name })
		if end < 0 {
			end = len(pieces)
		}
		if plain, there := f.params[name]; there {
			f.other(name, plain)
		}
		f.put(name, f.joined(pieces[:end]))
		pieces = pieces[end:]
	}
}

// setOutOfOrder notes what a program reads that takes pieces as they come.
func (f *mimeField) setOutOfOrder(pieces []piece) {
	inOrder := func(a, b piece) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.n, b.n)) }
	if len(pieces) < 2 || slices.IsSortedFunc(pieces, inOrder) {
		return
	}
	asTheyCome := map[string]string{}
	for _, x := range pieces {
		asTheyCome[x.name] += x.value
	}
	for name, v := range asTheyCome {
		if v != f.params[name] {
			f.other(name, v)
		}
	}
}

// joined decodes the pieces of one parameter. What comes after a gap in the
// numbers is still taken, but noted.
func (f *mimeField) joined(pieces []piece) string {
	var charset string
	var b []byte
	next := 0
	for i, x := range pieces {
		switch {
		case i > 0 && x.n == pieces[i-1].n:
			f.duplicate = true
			continue
		case x.n != next:
			f.badParam = true
		}
		next = x.n + 1
		if !x.encoded {
			b = append(b, x.value...)
			continue
		}
		v := x.value
		if i == 0 {
			var ok bool
			if charset, v, ok = cutCharset(v); !ok {
				f.badParam = true
			}
		}
		raw, ok := unpercent(v)
		f.badParam = f.badParam || !ok
		b = append(b, raw...)
	}
	text, ok := textIn(charset, b)
	f.badParam = f.badParam || !ok
	return text
}

// cutCharset takes charset and language off: charset'language'value.
func cutCharset(v string) (charset, rest string, ok bool) {
	charset, rest, ok = strings.Cut(v, "'")
	if !ok {
		return "", v, false
	}
	_, rest2, ok := strings.Cut(rest, "'")
	if !ok {
		return "", v, false
	}
	return charset, rest2, true
}

// unpercent undoes %XX; ok is false where a "%" stands for itself.
func unpercent(s string) (b []byte, ok bool) {
	ok = true
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '%':
			b = append(b, s[i])
		case i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, '%')
			ok = false
		}
	}
	return b, ok
}

// paramScanner goes through the value of a MIME field.
type paramScanner struct {
	rest string
	odd  bool // the last step met something against the grammar
	// noComments is set once a comment was found that does not end: looking
	// again at each bracket would take time that grows with the square.
	noComments bool
}

// more skips separators and reports whether something is left.
func (p *paramScanner) more() bool {
	p.rest = strings.TrimLeft(p.rest, "; \t")
	return p.rest != ""
}

// param reads one parameter; ok is false for something that is none.
func (p *paramScanner) param() (name, value string, ok bool) {
	p.odd = false
	name = strings.ToLower(strings.TrimSpace(p.until(atEqualsSemicolon)))
	if !strings.HasPrefix(p.rest, "=") {
		p.odd = p.odd || name != "" // a comment alone is none, and fine
		return "", "", false
	}
	p.rest = p.rest[1:]
	value = p.value()
	if name == "" || strings.ContainsAny(name, " \t\"") {
		p.odd = true
	}
	return name, value, name != ""
}

// value reads a quoted string, or what stands up to the next semicolon.
func (p *paramScanner) value() string {
	p.skipBlanksAndComments()
	if !strings.HasPrefix(p.rest, `"`) {
		before := p.rest
		v := strings.TrimSpace(p.until(atSemicolon))
		// Blanks and these are for quoted strings only (RFC 2045 section 5.1);
		// the other specials ("=", "/" …) stand bare in much ordinary mail.
		if strings.ContainsAny(v, " \t\"<>(),\\") {
			p.odd = true
			v = strings.TrimSpace(before[:len(before)-len(p.rest)])
		}
		return v
	}
	v := p.quoted()
	if junk := strings.TrimSpace(p.until(atSemicolon)); junk != "" {
		p.odd = true
	}
	return v
}

// quoted reads a quoted string, in which a backslash takes the next character
// as it is (RFC 5322 section 3.2.4).
func (p *paramScanner) quoted() string {
	var v []byte
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return string(v)
		case c == '\\' && i+1 < len(p.rest):
			i++
			v = append(v, p.rest[i])
		default:
			v = append(v, c)
		}
	}
	p.rest, p.odd = "", true // never closed
	return string(v)
}

// Where until stops. The bracket is there because it may begin a comment.
const (
	atSemicolon       = ";("
	atEqualsSemicolon = "=;("
)

// until returns what stands before the next of the stop characters, without
// comments.
func (p *paramScanner) until(stop string) string {
	i := strings.IndexAny(p.rest, stop)
	if i < 0 {
		i = len(p.rest)
	}
	v := p.rest[:i]
	p.rest = p.rest[i:]
	if !strings.HasPrefix(p.rest, "(") {
		return v
	}
	b := []byte(v)
	for strings.HasPrefix(p.rest, "(") {
		if !p.comment() {
			b = append(b, '(')
			p.rest = p.rest[1:]
		}
		i := strings.IndexAny(p.rest, stop)
		if i < 0 {
			i = len(p.rest)
		}
		b = append(b, p.rest[:i]...)
		p.rest = p.rest[i:]
	}
	return string(b)
}

func (p *paramScanner) skipBlanksAndComments() {
	for {
		p.rest = strings.TrimLeft(p.rest, " \t")
		if !strings.HasPrefix(p.rest, "(") || !p.comment() {
			return
		}
	}
}

// comment skips a comment; they nest (RFC 5322 section 3.2.2). Where one is
// never closed, that bracket and all later ones are taken for plain characters.
func (p *paramScanner) comment() bool {
	depth := 0
	for i := 0; i < len(p.rest) && !p.noComments; i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.rest = p.rest[i+1:]
				return true
			}
		}
	}
	p.noComments, p.odd = true, true
	return false
}
