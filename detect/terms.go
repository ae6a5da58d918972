package detect

import (
	"embed"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed terms/*.txt
var termFiles embed.FS

// terms reads the lists terms/KIND.LANGUAGE.txt of all languages: one term a
// line, "#" begins a comment. A "?" before a term says that ordinary mail uses
// it too; such terms are returned apart, also where another language has them
// without. A term is returned once.
func terms(kind string) (sure, hinted []string) {
	names, _ := fs.Glob(termFiles, "terms/"+kind+".*.txt") // the pattern is well formed
	var all []string
	seen := map[string]bool{}
	for _, name := range names {
		text, _ := fs.ReadFile(termFiles, name) // embedded: it is there
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if key := unaccented(line); line != "" && line[0] != '#' && !seen[key] {
				seen[key] = true
				all = append(all, line)
			}
		}
	}
	for _, term := range all {
		if word, ok := strings.CutPrefix(term, "?"); ok {
			hinted = append(hinted, word)
		} else if !seen["?"+unaccented(term)] {
			sure = append(sure, term)
		}
	}
	return sure, hinted
}

// unaccented is a term in lower case and without accents, as it is found.
func unaccented(term string) string {
	ascii := true
	for i := range len(term) {
		ascii = ascii && term[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(term)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(term))
}
