package exact

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sealpost/sealpost/detect"
)

// enough is how many rows a table needs before its columns are compared:
// smaller ones say nothing.
const enough = 1000

// Warnings say what will make a table find too much or too little, for people.
func (b *Built) Warnings(spec Spec) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if names := spec.everyday(); spec.AtLeast == 1 && len(names) > 0 {
		add("a single value is enough for a finding: a column whose values stand in ordinary mail (%s) finds them everywhere; let two or more stand near each other (--at-least 2)", strings.Join(names, ", "))
	}
	for _, c := range b.Columns {
		if c.Values == 0 {
			add("column %s has no values", c.Name)
			continue
		}
		if b.Rows >= enough && c.Most*10 >= b.Rows {
			add("column %s has only %s different values in %s rows, and one of them stands in %s of the rows: it says little about a row", c.Name, Thousands(c.Values), Thousands(b.Rows), share(c.Most, b.Rows))
		}
		if c.Brief*2 > b.Rows {
			add("column %s: most values are so short that they stand in many texts by chance", c.Name)
		}
		if c.Bad > 0 {
			add("column %s: %s left out, which can't be values of its kind", c.Name, plural(c.Bad, "cell was", "cells were"))
		}
	}
	if weak := b.weakest(spec.AtLeast); len(weak) > 0 {
		add("%s are enough for a finding, and have together no more combinations than there are rows: chance will find some", strings.Join(weak, " and "))
	}
	if b.Lost > 0 {
		add("%s fewer values than must stand near each other, and %s never found", plural(b.Lost, "row has", "rows have"), pick(b.Lost, "is", "are"))
	}
	if b.Twins > 0 {
		add("%s the same values as another one", plural(b.Twins, "row has", "rows have"))
	}
	return all
}

// everyday are the columns whose values ordinary mail is full of.
func (s *Spec) everyday() (names []string) {
	for _, c := range s.Columns {
		if c.Kind == detect.KindName || c.Kind == detect.KindText || c.Kind == detect.KindDate {
			names = append(names, c.Name)
		}
	}
	return names
}

// weakest are the columns with the fewest values, as many as make a finding,
// where these have fewer combinations than there are rows.
func (b *Built) weakest(n int) (names []string) {
	columns := slices.Clone(b.Columns)
	slices.SortStableFunc(columns, func(x, y BuiltColumn) int { return x.Values - y.Values })
	combinations := 1.0
	for _, c := range columns[:n] {
		combinations *= float64(c.Values)
		names = append(names, c.Name)
	}
	if n < 2 || b.Rows < enough || combinations > float64(b.Rows) {
		return nil
	}
	return names
}

// share is how much n is of all, in words.
func share(n, all int) string {
	for _, w := range []struct {
		percent int
		words   string
	}{{90, "nearly all"}, {66, "two thirds"}, {49, "half"}, {33, "a third"}, {25, "a quarter"}} {
		if n*100 >= all*w.percent {
			return w.words
		}
	}
	return fmt.Sprintf("%d %%", n*100/all)
}

func plural(n int, one, many string) string { return Thousands(n) + " " + pick(n, one, many) }

func pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Thousands is a number for people: 1,234,567.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
