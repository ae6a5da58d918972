package config

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in a configuration file.
type Mistake struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // from 1; 0: the file as a whole
	Column int    `json:"column"` // from 1
	Path   string `json:"path"`   // "plugins[1].timeout"; "" for the file as a whole
	// Text says what was read and what is allowed.
	Text string `json:"text"`
	// Hint says what was probably meant, or what to do; "" where that isn't
	// known.
	Hint string `json:"hint,omitempty"`
}

func (m Mistake) String() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d:%d", m.Line, m.Column)
	}
	if m.Path != "" {
		s += ": " + m.Path
	}
	s += ": " + m.Text
	if m.Hint != "" {
		s += " (" + m.Hint + ")"
	}
	return s
}

// Mistakes is everything that is wrong in a file, in its order.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) sort() {
	slices.SortStableFunc(m, func(a, b Mistake) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// didYouMean returns a hint where one of the allowed words is near to what was
// read.
func didYouMean(read string, allowed []string) string {
	best, distance := "", 3
	for _, a := range allowed {
		if d := editDistance(strings.ToLower(read), a); d < distance && d < len(a) {
			best, distance = a, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// editDistance counts the letters to insert, delete, exchange or swap with
// their neighbour to get from a to b.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			exchange := last[j-1]
			if a[i-1] != b[j-1] {
				exchange++
			}
			row[j] = min(last[j]+1, row[j-1]+1, exchange)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
