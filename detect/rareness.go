package detect

import (
	"bytes"
	"strings"
)

// rareness orders words by how seldom they stand in text, roughly: the longer
// the rarer, but for those that every text is full of.
func rareness(word []byte) int {
	switch {
	case string(word) == strings.TrimSpace(columnWord):
		return 0 // around the word that matters
	case len(word) == 1 && bytes.IndexByte([]byte("aeiouwyz"), word[0]) >= 0:
		return 0 // a word by itself
	case isCommon(string(word)), bytes.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' }) < 0:
		return len(word)
	}
	return maxTerm + len(word)
}

// isCommon reports whether a word, folded, is among the most frequent ones of
// a language, or of labels.
func isCommon(word string) bool {
	switch word {
	case "the", "of", "and", "in", "to", "is", "on", "at", "for", "you", "your", "our", "my", "me", "we", "us", "his", "her", "he", "she", "with", "this", "not", "do", "are", "from", "by", "as", "it", "or", "be", "was", "has", "had", "their",
		"number", "name", "code", "card", "order", "request", "message", "contact", "person", "customer", "account", "last", "first", "date", "address", "id", "no", "nr",
		"der", "die", "das", "und", "ist", "von", "zu", "mit", "fur", "auf", "an", "den", "dem", "des", "im", "am", "ein", "eine", "ihr", "ihre", "mein", "meine", "unser", "sie", "wir", "nicht", "nummer",
		"le", "la", "les", "et", "est", "du", "un", "une", "au", "pour", "par", "sur", "votre", "vos", "notre", "mon", "ma", "numero", "nom",
		"het", "een", "van", "op", "te", "met", "voor", "mijn", "uw", "zijn", "naam",
		"na", "ze", "od", "si", "jest", "moj", "moja", "pan", "pani", "numer",
		"el", "los", "las", "y", "con", "por", "su", "mi", "di", "il", "lo", "che", "per", "mio", "mia", "dei", "del", "della",
		"och", "att", "det", "som", "en", "ar", "med", "til", "og", "er", "av", "ditt", "min", "ja":
		return true
	}
	return false
}
