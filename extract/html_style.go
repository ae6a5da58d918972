package extract

import "bytes"

// look is how an element looks.
type look struct {
	hides  bool
	inLine bool // although it is a block
	turn   turn
}

// styled takes a style. A page has few, many times.
func (p *page) styled(style []byte) {
	l, known := p.styles[string(style)]
	if !known {
		l = lookOf(style)
		if len(p.styles) < 64 && len(style) < 256 {
			p.styles[string(style)] = l
		}
	}
	p.look.hides = p.look.hides || l.hides
	p.look.inLine = p.look.inLine || l.inLine
	if l.turn != (turn{}) {
		p.look.turn = l.turn
	}
}

// lookOf is what a style says of an element's look.
func lookOf(style []byte) look {
	has := func(sign string) bool { return bytes.Contains(compact(style), []byte(sign)) }
	l := look{hides: hidesText(style), inLine: has("display:inline") || has("float:left") || has("float:right")}
	l.turn.all = has("-override")
	for _, way := range []string{"rtl", "ltr"} {
		if has("direction:" + way) {
			l.turn.set(way)
		}
	}
	return l
}

// compact is a style in lower case and without blanks, as far as it is looked
// at.
func compact(style []byte) []byte {
	s := make([]byte, 0, 256)
	for _, c := range style[:min(len(style), 4096)] {
		if !isBlank(c) {
			s = append(s, lower(c))
		}
	}
	return s
}

// hidesText reports whether a style keeps what it is for from being seen.
func hidesText(style []byte) bool {
	s := compact(style)
	for _, sign := range [...]string{"display:none", "visibility:hidden", "mso-hide:all", "opacity:0;", "max-height:0", "text-indent:-"} {
		if bytes.Contains(s, []byte(sign)) {
			return true
		}
	}
	if _, size, found := bytes.Cut(s, []byte("font-size:")); found {
		rest := bytes.TrimLeft(size, "0.")
		return len(rest) < len(size) && (len(rest) == 0 || rest[0] > '9' || rest[0] == ';')
	}
	return bytes.HasSuffix(s, []byte("opacity:0"))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// unescapeScript decodes the escapes of JavaScript and CSS strings that stand
// for one character: \x41 \u0041 \41.
func unescapeScript(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		from := i + 1
		if from < len(b) && (b[from] == 'x' || b[from] == 'u') {
			from++
		}
		r, n := rune(0), 0
		for from+n < len(b) && n < 6 && hexValue(b[from+n]) >= 0 && !(n == 2 && b[from-1] == 'x' || n == 4 && b[from-1] == 'u') {
			r = r<<4 | rune(hexValue(b[from+n]))
			n++
		}
		if n < 2 || r < ' ' {
			out = append(out, b[i])
			continue
		}
		out = append(out, string(r)...)
		i = from + n - 1
		if b[from-1] == '\\' && i+1 < len(b) && isBlank(b[i+1]) {
			i++ // CSS: the blank ends the number
		}
	}
	return out
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
