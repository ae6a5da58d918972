package message

import "strings"

// boundariesOf returns what programs may take for the boundary that
// Content-Type fields give: first the usual one, where there is one, then what
// programs make of it that look for the word, don't decode, or unfold in
// another way.
func boundariesOf(fields []parsedField, usual string) []string {
	if len(fields) == 1 && plainBoundary(fields[0], usual) {
		return []string{usual}
	}
	var all []string
	add := func(b string) {
		if b != "" && len(b) <= maxBoundary {
			all = addOnce(all, b)
		}
	}
	add(usual)
	for _, field := range fields {
		for _, b := range append([]string{field.params["boundary"]}, field.others["boundary"]...) {
			add(b)
			add(decodeWords(b))
			add(strings.TrimRight(b, " \t"))
			add(strings.Trim(b, "'"))
			add(withoutControls(b))
		}
		for _, v := range unfoldings(field.Field) {
			if !mentions(v, "boundary") {
				continue
			}
			for _, b := range paramByWord(v, "boundary") {
				add(b)
			}
		}
		if len(all) > maxCandidates {
			break // as many as are looked at, and one to tell
		}
	}
	return all
}

// plainBoundary reports whether a boundary stands in a field once and so that
// all programs read the same.
func plainBoundary(f parsedField, b string) bool {
	if b == "" || !goodBoundary(b) || strings.ContainsFunc(f.text, controls) || strings.ContainsAny(b, "'( ") || strings.Contains(b, "=?") || strings.Contains(f.text, "(") {
		return false
	}
	i := strings.Index(f.text, b)
	if i < 0 || !strings.HasSuffix(strings.TrimSuffix(f.text[:i], `"`), "=") {
		return false
	}
	rest := f.text[i+len(b):]
	if f.text[i-1] == '"' {
		var closed bool
		if rest, closed = strings.CutPrefix(rest, `"`); !closed {
			return false
		}
	}
	rest = strings.TrimLeft(rest, " \t")
	lower := lowerASCII(f.text)
	return strings.Count(lower, "boundary") == 1 && strings.HasSuffix(strings.TrimRight(lower[:i], "\"="), "boundary") &&
		(rest == "" || rest[0] == ';')
}

// mentions reports whether a word stands in a field, in any case.
func mentions(field, word string) bool { return strings.Contains(lowerASCII(field), word) }

const (
	maxBoundary   = 1000 // longer than a line may be: no line can be one
	maxCandidates = 12
)

// controls reports a control character but the tab. Python takes some for line
// ends (VT, FF, FS, GS, RS, NEL) and takes them out where it unfolds.
func controls(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 }

func withoutControls(s string) string {
	return strings.Map(func(r rune) rune {
		if controls(r) {
			return -1
		}
		return r
	}, s)
}

// unfoldings returns the value of a field in the ways in which programs unfold
// it: only the line ends go, the blanks behind them go too, or they become one
// blank; and control characters count as line ends.
func unfoldings(f Field) []string {
	v := f.Value()
	if strings.ContainsFunc(v, controls) {
		return []string{v, withoutControls(v)}
	}
	if !hasFold(f) {
		return []string{v}
	}
	lines := strings.Split(string(f.Raw[len(f.Name):]), "\n")
	for i, line := range lines {
		lines[i] = strings.Trim(line, " \t\r")
	}
	return []string{v, strings.Join(lines, ""), strings.Join(lines, " ")}
}

// paramByWord returns the values that a program finds which looks for a
// parameter's name anywhere in a field, as regular expressions do.
func paramByWord(field, name string) []string {
	var all []string
	lower := lowerASCII(field)
	for at := 0; len(all) <= maxCandidates; {
		i := strings.Index(lower[at:], name)
		if i < 0 {
			break
		}
		at += i + len(name)
		rest := strings.TrimLeft(field[min(at, len(field)):], "*0123456789 \t\x00\"")
		rest, ok := strings.CutPrefix(rest, "=")
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " \t")
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			v, behind, _ := strings.Cut(quoted, `"`)
			all = append(all, v)
			if junk, _, _ := strings.Cut(behind, ";"); strings.Trim(junk, " \t\"") != "" {
				all = append(all, v+strings.TrimRight(junk, " \t"))
			}
			continue
		}
		if end := strings.IndexAny(rest, "; \t\""); end >= 0 {
			rest = rest[:end]
		}
		all = append(all, rest)
	}
	return all
}

// charsetsOf returns the charsets that programs may read from Content-Type
// fields, the usual one first, where they make a difference beyond accents.
func charsetsOf(fields []parsedField, usual string) []string {
	all := []string{usual}
	if len(fields) == 1 && strings.Count(lowerASCII(fields[0].text), "charset") < 2 {
		return all
	}
	for _, field := range fields {
		for _, c := range paramByWord(field.text, "charset") {
			c = strings.ToLower(strings.TrimSpace(c))
			if _, known := decoderFor(c); known && (!likeASCII(c) || !likeASCII(usual)) {
				all = addOnce(all, c)
			}
		}
	}
	return all
}

// lowerASCII is strings.ToLower that leaves every byte at its place.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
