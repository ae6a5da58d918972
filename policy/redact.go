package policy

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redact returns an input as it may be kept after the message is gone. What
// people wrote in it (the subject, values of header fields, names of files) is
// reduced to the words that the operator's lists hold, since rules look for
// those: every other word becomes "x" and every other number "0". A policy
// decides the same on both, unless a rule has words of its own.
func (g *Generation) Redact(in *Input) *Input {
	out := *in
	out.Message.Subject = g.spoken.keep(in.Message.Subject)
	out.Message.Headers = slices.Clone(in.Message.Headers)
	for i, h := range out.Message.Headers {
		out.Message.Headers[i].Value = g.spoken.keep(h.Value)
	}
	out.Content.Parts = slices.Clone(in.Content.Parts)
	for i, p := range out.Content.Parts {
		if ext := path.Ext(p.Name); p.Name != "" {
			out.Content.Parts[i].Name = "x" + strings.ToLower(ext[:min(len(ext), 12)])
		}
	}
	return &out
}

// spoken are words of lists, in small letters, by their first character, the
// longest first.
type spoken map[rune][]string

// unspoken are the lists whose entries are no words that a message is searched
// for, and may be many.
var unspoken = []string{"local_domains", "partners", "public_providers", "exceptions"}

// newSpoken gathers the entries of all lists in data.sealpost.
func newSpoken(lists map[string]any) spoken {
	s := spoken{}
	for name, value := range lists {
		if !slices.Contains(unspoken, name) {
			s.gather(value)
		}
	}
	for r, words := range s {
		slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
		s[r] = slices.Compact(words)
	}
	return s
}

func (s spoken) gather(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			s.gather(inner)
		}
	case []any:
		for _, inner := range v {
			if word, ok := inner.(string); ok && word != "" {
				word = strings.ToLower(word)
				r, _ := utf8.DecodeRuneInString(word)
				s[r] = append(s[r], word)
				continue
			}
			s.gather(inner)
		}
	}
}

// keep reduces a text to the words of the lists.
func (s spoken) keep(text string) string {
	var b strings.Builder
	before := ' '
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if n := s.at(text, before); n > 0 {
			b.WriteString(text[:n])
			before, _ = utf8.DecodeLastRuneInString(text[:n])
			text = text[n:]
			continue
		}
		switch {
		case !wordy(r):
			b.WriteString(text[:size])
		case wordy(before):
			// The rest of a word that stands for itself already.
		case unicode.IsDigit(r):
			b.WriteByte('0')
		default:
			b.WriteByte('x')
		}
		before = r
		text = text[size:]
	}
	return b.String()
}

// at is the length of the word of a list that a text begins with, as a whole
// word; 0 if there is none.
func (s spoken) at(text string, before rune) int {
	first, _ := utf8.DecodeRuneInString(text)
	for _, word := range s[unicode.ToLower(first)] {
		if wordy(first) && wordy(before) {
			return 0
		}
		n, ok := foldedPrefix(text, word)
		if !ok {
			continue
		}
		next, _ := utf8.DecodeRuneInString(text[n:])
		if last, _ := utf8.DecodeLastRuneInString(text[:n]); wordy(last) && n < len(text) && wordy(next) {
			continue
		}
		return n
	}
	return 0
}

// foldedPrefix reports whether a text in any case begins with a word in small
// letters, and with how many of its bytes.
func foldedPrefix(text, word string) (n int, ok bool) {
	for _, want := range word {
		r, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || unicode.ToLower(r) != want {
			return 0, false
		}
		n += size
	}
	return n, true
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
