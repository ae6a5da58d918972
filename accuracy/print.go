package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// table is a heading and rows; the first column is text, the others figures.
type table struct {
	title, note string
	head        []string
	rows        [][]string
}

// tables are the report, whatever it is printed as.
func tables(r results) []table {
	list := []table{aimTable(r)}
	list = append(list, recallTables(r)...)
	list = append(list, languageTable(r), falseTable(r))
	if r.Ordinary.Total > 0 {
		list = append(list, hostileTable(r))
		if t := silentTable(r); len(t.rows) > 0 {
			list = append(list, t)
		}
		list = append(list, ordinaryTable(r), healthTable(r))
	}
	return list
}

func aimTable(r results) table {
	t := table{title: "Aims", head: []string{"aim", "wanted", "measured", ""}}
	for _, a := range r.Aims {
		t.rows = append(t.rows, []string{a.Name, a.Want, a.Got, map[bool]string{true: "met", false: "missed"}[a.Met]})
	}
	return t
}

// recallTables show detectors by containers, some containers at a time so that
// the lines stay readable.
func recallTables(r results) []table {
	const columns = 8
	var list []table
	for group := range slices.Chunk(r.Containers, columns) {
		t := table{title: "Recall: " + strings.Join(group, ", "), head: append([]string{"detector"}, group...)}
		if len(list) == 0 {
			t.note = "Found with medium or high confidence, in per cent; in brackets with any confidence where that is more. \"·\" is a container in which nobody sends such a value. An asterisk marks identifiers with a checksum."
		}
		for _, d := range append(slices.Clone(r.Detectors), "") {
			name := d + map[bool]string{true: " *"}[r.Checked[d]]
			if d == "" {
				name = "all"
			}
			row := []string{name}
			for _, c := range group {
				row = append(row, share(r.of(d, c)))
			}
			t.rows = append(t.rows, row)
		}
		list = append(list, t)
	}
	return list
}

// share writes a tally: "100", "97.5 (100)", "·".
func share(t tally) string {
	if t.Total == 0 {
		return "·"
	}
	s := figure(100 * float64(t.Sure) / float64(t.Total))
	if t.Any > t.Sure {
		s += " (" + figure(100*float64(t.Any)/float64(t.Total)) + ")"
	}
	return s
}

// figure has one digit after the point, unless there is nothing to say; only
// what is whole is said to be 100.
func figure(v float64) string {
	s := fmt.Sprintf("%.1f", v)
	if v < 100 && s == "100.0" {
		return "99.9"
	}
	return strings.TrimSuffix(s, ".0")
}

func languageTable(r results) table {
	t := table{title: "Recall by language", note: "Identifiers with a checksum, in all containers.", head: []string{"language", "values", "found %"}}
	for _, k := range slices.Sorted(maps.Keys(r.Languages)) {
		t.rows = append(t.rows, []string{k, fmt.Sprint(r.Languages[k].Total), share(r.Languages[k])})
	}
	return t
}

func falseTable(r results) table {
	t := table{title: "Precision", note: "Invalid values that were accepted with medium or high confidence: in a sentence that says nothing, and beside the identifier's own words. Precision is what it would be among as many valid as invalid values. The last column counts ordinary mails.",
		head: []string{"detector", "recall %", "precision %", "neutral", "with context", "in ordinary mail"}}
	for _, f := range r.False {
		found := r.of(f.Detector, "")
		precision := "·"
		if good := found.share() * float64(f.Context.Total+f.Neutral.Total); good > 0 {
			bad := float64(f.Context.Sure + f.Neutral.Sure)
			precision = figure(100 * (1 - bad/(good+bad)))
		}
		t.rows = append(t.rows, []string{f.Detector, share(found), precision, count(f.Neutral), count(f.Context), fmt.Sprintf("%d (%d high)", f.Ordinary.Sure, f.Ordinary.High)})
	}
	for _, d := range r.Missing {
		t.rows = append(t.rows, []string{d, "no such detector", "", "", "", ""})
	}
	return t
}

// count is "2 of 40".
func count(t tally) string {
	if t.Total == 0 {
		return "·"
	}
	return fmt.Sprintf("%d of %d", t.Sure, t.Total)
}

func hostileTable(r results) table {
	t := table{title: "Hostile mail", note: "Each mail hides one value. Found; or not found, but the message is said to be ambiguous or not read in full; or neither, which is a silent miss.",
		head: []string{"class", "mails", "found", "said", "silent"}}
	all := class{Name: "all"}
	for _, c := range append(slices.Clone(r.Hostile), all) {
		if c.Name == "all" {
			c = all
		}
		all.Total, all.Found, all.Said, all.Silent = all.Total+c.Total, all.Found+c.Found, all.Said+c.Said, all.Silent+c.Silent
		t.rows = append(t.rows, []string{c.Name, fmt.Sprint(c.Total), fmt.Sprint(c.Found), fmt.Sprint(c.Said), fmt.Sprint(c.Silent)})
	}
	if r.NotHostile > 0 {
		t.note += fmt.Sprintf(" %d mails are left out, as the detector of their value doesn't exist.", r.NotHostile)
	}
	return t
}

// silentTable names the variants that were missed, each once.
func silentTable(r results) table {
	t := table{title: "Silent misses", head: []string{"class", "variant", "values"}}
	at := map[string]int{}
	for _, m := range r.Misses {
		if m.What != silentMiss {
			continue
		}
		class, variant, _ := strings.Cut(m.Where, ": ")
		if i, ok := at[m.Where]; ok {
			t.rows[i][2] += ", " + m.Detector
			continue
		}
		at[m.Where] = len(t.rows)
		t.rows = append(t.rows, []string{class, variant, m.Detector})
	}
	return t
}

func ordinaryTable(r results) table {
	o := r.Ordinary
	t := table{title: "Ordinary mail", head: []string{"mails", "number"}, rows: [][]string{
		{"all", fmt.Sprint(o.Total)}, {"with a high finding other than contacts", fmt.Sprint(o.High)}, {"said to be ambiguous", fmt.Sprint(o.Ambiguous)},
		{"not read in full", fmt.Sprint(o.Unread)}, {"with a finding of health", fmt.Sprint(o.Health)}}}
	for _, k := range slices.Sorted(maps.Keys(o.Kinds)) {
		t.rows = append(t.rows, []string{"  high findings in: " + k, fmt.Sprint(o.Kinds[k])})
	}
	return t
}

func healthTable(r results) table {
	t := table{title: "Health", note: "Letters and files with a person's identity, found as health with medium or high confidence.", head: []string{"kind", "samples", "found %"}}
	for _, k := range slices.Sorted(maps.Keys(r.Health)) {
		t.rows = append(t.rows, []string{k, fmt.Sprint(r.Health[k].Total), share(r.Health[k])})
	}
	return t
}

// printText is the report for a terminal, the aims last, as that is what one
// wants to see.
func printText(out io.Writer, r results, misses int) error {
	all := tables(r)
	for _, t := range append(all[1:], all[0]) {
		fmt.Fprintf(out, "%s\n", t.title)
		if t.note != "" {
			fmt.Fprintf(out, "%s\n", wrapped(t.note, 120))
		}
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, strings.Join(t.head, "\t"))
		for _, row := range t.rows {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	return printMisses(out, r, misses)
}

// wrapped breaks a note at blanks.
func wrapped(s string, width int) string {
	var b strings.Builder
	n := 0
	for w := range strings.FieldsSeq(s) {
		if n > 0 && n+1+utf8.RuneCountInString(w) > width {
			b.WriteByte('\n')
			n = 0
		} else if n > 0 {
			b.WriteByte(' ')
			n++
		}
		b.WriteString(w)
		n += utf8.RuneCountInString(w)
	}
	return b.String()
}

// printMisses prints what one needs to see a miss again, with the message; what
// isn't printable is escaped.
func printMisses(out io.Writer, r results, limit int) error {
	const longest = 4000
	for i, m := range r.Misses[:min(limit, len(r.Misses))] {
		fmt.Fprintf(out, "%d. %s\n   detector  %s\n   where     %s\n   language  %s\n   value     %q\n   report    %s\n   again     %s\n", i+1, m.What, m.Detector, m.Where, m.Language, m.Value, m.Found, m.Again)
		if m.file != "" {
			fmt.Fprintf(out, "   file      %s\n", m.file)
		}
		raw := m.raw[:min(len(m.raw), longest)]
		for line := range strings.Lines(string(raw)) {
			quoted := fmt.Sprintf("%q", strings.TrimSuffix(line, "\r\n"))
			fmt.Fprintf(out, "   | %s\n", strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
		}
		if len(m.raw) > longest {
			fmt.Fprintf(out, "   … %d bytes more\n", len(m.raw)-longest)
		}
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
	}
	if left := len(r.Misses) - limit; left > 0 {
		_, err := fmt.Fprintf(out, "%d misses and false alarms are not shown (-misses N, -keep DIR).\n", left)
		return err
	}
	return nil
}

// escaped are cells without what Markdown takes for its own.
func escaped(row []string) []string {
	var list []string
	for _, c := range row {
		list = append(list, strings.NewReplacer("|", "\\|", "*", "\\*", "<", "&lt;", "_", "\\_").Replace(c))
	}
	return list
}

// markdown is the report as docs/accuracy.md.
func markdown(r results) string {
	var b strings.Builder
	b.WriteString("# What inspection finds, and what it doesn't\n\nWritten by `make accuracy`; don't edit. The corpora are made by the code in [`accuracy`](../accuracy), which shares nothing with the detectors.\n")
	for _, t := range tables(r) {
		fmt.Fprintf(&b, "\n## %s\n\n", t.title)
		if t.note != "" {
			b.WriteString(t.note + "\n\n")
		}
		b.WriteString("| " + strings.Join(t.head, " | ") + " |\n|" + strings.Repeat("---|", len(t.head)) + "\n")
		for _, row := range t.rows {
			b.WriteString("| " + strings.Join(escaped(row), " | ") + " |\n")
		}
	}
	return b.String()
}
