package detect

import (
	"fmt"
	"strings"
)

// Mistake is one thing that is wrong in a file of definitions.
type Mistake struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // from 1; 0: the file as a whole
	Column int    `json:"column"` // from 1; 0: the line as a whole
	Path   string `json:"path"`   // "detectors[1].pattern"; "" for the file as a whole
	// Text says what was read and what is allowed.
	Text string `json:"text"`
	// Hint says what was probably meant; "" where that isn't known.
	Hint string `json:"hint,omitempty"`
}

func (m Mistake) String() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d", m.Line)
	}
	if m.Column > 0 {
		s += fmt.Sprintf(":%d", m.Column)
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

// meant returns a hint where one of the allowed words is near to what was
// read.
func meant(read string, allowed []string) string {
	best, distance := "", 3
	for _, a := range allowed {
		if d := edits(strings.ToLower(read), a); d < distance && d < len(a) {
			best, distance = a, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// edits counts the letters to insert, delete, exchange or swap with their
// neighbour to get from a to b.
func edits(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			exchange := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				exchange++
			}
			n := min(rows[i-1][j]+1, rows[i][j-1]+1, exchange)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, rows[i-2][j-2]+1)
			}
			rows[i][j] = n
		}
	}
	return rows[len(a)][len(b)]
}
