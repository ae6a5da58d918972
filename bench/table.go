package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// result is one turn.
type result struct {
	messages int
	elapsed  time.Duration
	cpu      time.Duration // of the contestant's processes
	rss      int64         // bytes, of all its processes, after the turn
}

func (r result) rate() float64 { return float64(r.messages) / r.elapsed.Seconds() }

// cpuPerMessage is in ms.
func (r result) cpuPerMessage() float64 {
	return r.cpu.Seconds() * 1000 / float64(r.messages)
}

// table is one experiment, with a row for each contestant.
type table struct {
	title string
	rows  []row
}

type row struct {
	name    string
	results []result
	failed  error
}

// measurement is one turn of one contestant.
type measurement func(context.Context, *contestant, kind, settings) (result, error)

// takeTurns lets each contestant work alone, round by round, each round
// beginning with another one. A contestant that fails drops out and is named.
func takeTurns(ctx context.Context, title string, all []*contestant, k kind, s settings, measure measurement) (*table, error) {
	t := &table{title: title, rows: make([]row, len(all))}
	for i, c := range all {
		t.rows[i] = row{name: c.name, failed: c.failed}
	}
	for round := range s.rounds {
		for i := range all {
			i = (i + round) % len(all)
			if t.rows[i].failed != nil {
				continue
			}
			r, err := measure(ctx, all[i], k, s)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				t.rows[i].failed = err
				continue
			}
			t.rows[i].results = append(t.rows[i].results, r)
		}
	}
	return t, nil
}

// median of one property over the rounds.
func (r *row) median(of func(result) float64) float64 {
	var v []float64
	for _, one := range r.results {
		v = append(v, of(one))
	}
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

// rate is a contestant's median, 0 where there is none.
func (t *table) rate(name string) float64 {
	for i := range t.rows {
		if t.rows[i].name == name && t.rows[i].failed == nil {
			return t.rows[i].median(result.rate)
		}
	}
	return 0
}

// cells are the table's text, heading first; failures come apart.
func (t *table) cells() (lines [][]string, failures []string) {
	lines = [][]string{{"", "msgs/s", "lowest", "highest", "CPU ms a message", "RSS MB", "Sealpost is"}}
	own := t.rate("sealpost")
	for i := range t.rows {
		r := &t.rows[i]
		if r.failed != nil {
			text, _, _ := strings.Cut(r.failed.Error(), "\n")
			failures = append(failures, fmt.Sprintf("%s could not be measured: %s", r.name, text))
			continue
		}
		rate, low, high := r.median(result.rate), r.results[0].rate(), r.results[0].rate()
		for _, one := range r.results {
			low, high = min(low, one.rate()), max(high, one.rate())
		}
		cpu := figure(r.median(result.cpuPerMessage))
		rss := fmt.Sprintf("%.0f", r.median(func(r result) float64 { return float64(r.rss) / (1 << 20) }))
		if r.name == "none" {
			cpu, rss = "–", "–"
		}
		ratio := ""
		if own > 0 && r.name != "sealpost" {
			ratio = fmt.Sprintf("× %.2f", own/rate)
		}
		lines = append(lines, []string{label(r.name), figure(rate), figure(low), figure(high), cpu, rss, ratio})
	}
	return lines, failures
}

// figure has three digits that mean something.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func label(name string) string {
	switch name {
	case "none":
		return "no milter"
	case "noop":
		return "no-op milter"
	case "sealpost":
		return "Sealpost"
	case "mimedefang":
		return "MIMEDefang"
	}
	return name
}

// align prints lines as columns, the first one flush left, figures flush right.
func align(w io.Writer, lines [][]string) {
	widths := map[int]int{}
	for _, l := range lines {
		for i, cell := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, l := range lines {
		fmt.Fprint(w, " ")
		for i, cell := range l {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprint(w, " ", cell, gap)
			} else {
				fmt.Fprint(w, "  ", gap, cell)
			}
		}
		fmt.Fprintln(w)
	}
}

// markdown prints lines as a table.
func markdown(w io.Writer, lines [][]string) {
	for i, l := range lines {
		fmt.Fprintf(w, "| %s |\n", strings.Join(l, " | "))
		if i == 0 {
			fmt.Fprintf(w, "|---%s\n", strings.Repeat("|---:", len(l)-1)+"|")
		}
	}
}
