package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Mistake is something wrong in a policy or its data, with the place where an
// author mends it.
type Mistake struct {
	File string `json:"file"` // "data/…" for lists, else the Rego file's path
	Line int    `json:"line"` // from 1; 0 where the whole file is meant
	Col  int    `json:"col"`  // from 1; 0 where the whole line is meant
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"` // how to mend it, or ""
}

// String is the mistake as compilers print theirs: file:line:col: text (hint).
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	if m.Line > 0 && m.Col > 0 {
		fmt.Fprintf(&b, ":%d", m.Col)
	}
	if m.File != "" {
		b.WriteString(": ")
	}
	b.WriteString(m.Text)
	if m.Hint != "" {
		fmt.Fprintf(&b, " (%s)", m.Hint)
	}
	return b.String()
}

// Mistakes are all that was found wrong, sorted by place. It is the error of
// Build where the author of a policy can mend it.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (m *Mistakes) add(file string, at position, hint, format string, args ...any) {
	*m = append(*m, Mistake{File: file, Line: at.line, Col: at.col, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// err is the list as an error, sorted and without repetitions, or nil.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(m)
}

// position is a place in a file, both from 1.
type position struct{ line, col int }

// didYouMean names the known word that is nearest to word, and lists those that
// are allowed where they are few.
func didYouMean(word string, known []string) string {
	best, distance := "", 1+len([]rune(word))/3
	for _, k := range known {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k))
		if d <= distance && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	hint := ""
	if best != "" {
		hint = fmt.Sprintf("did you mean %q?", best)
	}
	known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" })
	if len(known) == 0 || len(known) > 12 || len(known) == 1 && best != "" {
		return hint
	}
	return strings.TrimPrefix(hint+" allowed: "+strings.Join(slices.Sorted(slices.Values(known)), ", "), " ")
}
