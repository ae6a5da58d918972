package main

import (
	"fmt"
	"io"
	"strings"
)

// Columns of the table; the last one is wrapped at width.
const (
	width       = 108
	recipientAt = 4
	levelAt     = 30
	treatmentAt = 45
	happenedAt  = 56
)

// printTable prints what became of each sample and reports whether every row
// is as expected. A row that isn't is marked, and says what was expected.
func printTable(w io.Writer, samples []sample) (asExpected bool) {
	asExpected = true
	fmt.Fprintf(w, "%-*s%s\n", happenedAt, "SAMPLE", "CLASS")
	fmt.Fprintf(w, "%s\n", columns("    RECIPIENT", "LEVEL", "TREATMENT", "WHAT HAPPENED"))
	fmt.Fprintln(w, strings.Repeat("─", width))
	for _, s := range samples {
		fmt.Fprintf(w, "%-*s%s\n", happenedAt, s.name, classOf(s))
		for _, r := range s.rows {
			mark := "  "
			if r.got != r.want {
				mark, asExpected = "✗ ", false
			}
			lines := wrap(r.detail, width-happenedAt)
			fmt.Fprintln(w, columns("  "+mark+r.recipient, r.got.level, r.got.treatment, lines[0]))
			for _, l := range lines[1:] {
				fmt.Fprintln(w, strings.Repeat(" ", happenedAt)+l)
			}
			if r.got != r.want {
				fmt.Fprintf(w, "%s expected: %s\n", strings.Repeat(" ", recipientAt), r.want)
				fmt.Fprintf(w, "%s seen:     %s\n", strings.Repeat(" ", recipientAt), r.got)
			}
		}
	}
	fmt.Fprintln(w, strings.Repeat("─", width))
	return asExpected
}

func columns(recipient, level, treatment, happened string) string {
	return fmt.Sprintf("%-*s%-*s%-*s%s", levelAt, recipient, treatmentAt-levelAt, level, happenedAt-treatmentAt, treatment, happened)
}

// classOf is the class of the message, which is the same for each recipient.
func classOf(s sample) string {
	if len(s.rows) == 0 || s.rows[0].got.class == "" {
		return "not decided"
	}
	return s.rows[0].got.class
}

func (s seen) String() string {
	where := ""
	if s.outcome == arrived {
		where = " at " + s.sink
		if s.encrypted {
			where += " over TLS"
		} else {
			where += " in clear"
		}
	}
	return fmt.Sprintf("%s, %s, %s, %s%s", s.class, s.level, s.treatment, s.outcome, where)
}

// wrap breaks text at blanks into lines of at most n characters; a longer word
// is broken where it must be.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for len([]rune(word)) > n {
			r := []rune(word)
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines, word = append(lines, string(r[:n])), string(r[n:])
		}
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
