package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// report is all that a run found. What wasn't measured is nil.
type report struct {
	settings                                                     settings
	machine                                                      [][]string
	direct10K, direct1M, postfix10K, marked, attached, postfix1M *table
	memory                                                       *memory
	parts                                                        []part
	leftOut                                                      bool // the time was over
}

// aim is something that was asked for.
type aim struct {
	text, found string
	met         bool
	measured    bool
}

// aims compares what was found with what was asked for.
func (r *report) aims() []aim {
	ratio := func(t *table, other string, least float64, text string) aim {
		a := aim{text: text, found: "not measured"}
		if t != nil && t.rate("sealpost") > 0 && t.rate(other) > 0 {
			v := t.rate("sealpost") / t.rate(other)
			a.found, a.met, a.measured = fmt.Sprintf("× %.2f", v), v >= least, true
		}
		return a
	}
	all := []aim{
		ratio(r.direct10K, "rspamd", 4, "driven directly, 10 KB: at least 4 × rspamd's rate"),
		ratio(r.direct1M, "rspamd", 8, "driven directly, 1 MB: at least 8 × rspamd's rate"),
		ratio(r.postfix10K, "noop", 0.9, "through Postfix, 10 KB: at least 0.9 × the rate of a no-op milter"),
		ratio(r.postfix10K, "rspamd", 1.7, "through Postfix, 10 KB: at least 1.7 × rspamd's rate"),
	}
	heap := aim{text: "100 messages of 25 MB at once: at most 256 MB heap", found: "not measured"}
	if m := r.memory; m != nil && m.failed == nil {
		heap.text = strings.Replace(heap.text, "100", fmt.Sprint(m.messages), 1)
		heap.found, heap.met, heap.measured = mb(m.heap), m.heap <= 256<<20, true
	}
	all = append(all, heap)
	for _, p := range r.parts {
		if p.limit == 0 {
			continue
		}
		a := aim{text: fmt.Sprintf("%s: p50 at most %s", p.name, micros(p.limit)), found: "not measured"}
		if p.failed == nil {
			a.found, a.met, a.measured = micros(p.p50), p.p50 <= p.limit, true
		}
		all = append(all, a)
	}
	return all
}

func (a *aim) verdict() string {
	switch {
	case !a.measured:
		return "–"
	case a.met:
		return "met"
	}
	return "missed"
}

func mb(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20)) }

func micros(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.3g ms", v/1000)
	}
	return fmt.Sprintf("%.0f µs", v)
}

// section is a titled table of the report.
type section struct {
	title string
	lines [][]string
	notes []string
}

func (r *report) sections() []section {
	var all []section
	for _, t := range []*table{r.direct10K, r.direct1M, r.attached, r.marked, r.postfix10K, r.postfix1M} {
		if t == nil {
			continue
		}
		lines, failures := t.cells()
		all = append(all, section{t.title, lines, failures})
	}
	if m := r.memory; m != nil {
		s := section{title: fmt.Sprintf("Memory: %d messages of %s at once, all in whole before the first is judged", m.messages, m.kind.name)}
		if m.failed != nil {
			s.notes = []string{"could not be measured: " + m.failed.Error()}
		} else {
			s.lines = [][]string{
				{"", "before", "most"}, {"heap in use", mb(m.heapBefore), mb(m.heap)}, {"resident, its own (heap, stacks, SQLite …)", "", mb(m.anonymous)},
				{"resident, in all", "", mb(m.resident)}, {"messages, in memory outside the heap", "", mb(m.spool)}, {"from the first byte to the last answer", "", fmt.Sprintf("%.1f s", m.elapsed.Seconds())},
			}
		}
		all = append(all, s)
	}
	if r.parts != nil {
		s := section{title: "Parts by themselves", lines: [][]string{{"", "p50"}}}
		for _, p := range r.parts {
			if p.failed != nil {
				s.notes = append(s.notes, p.failed.Error())
				continue
			}
			s.lines = append(s.lines, []string{p.name, micros(p.p50)})
		}
		all = append(all, s)
	}
	aims := section{title: "Aims", lines: [][]string{{"", "found", ""}}}
	for _, a := range r.aims() {
		aims.lines = append(aims.lines, []string{a.text, a.found, a.verdict()})
	}
	if r.leftOut {
		aims.notes = append(aims.notes, "The time for this run was over before everything was measured.")
	}
	return append(all, aims)
}

// print writes the report for a terminal.
func (r *report) print(w io.Writer) {
	for _, l := range r.machine {
		fmt.Fprintf(w, "%s: %s\n", l[0], l[1])
	}
	for _, s := range r.sections() {
		fmt.Fprintf(w, "\n%s\n", s.title)
		align(w, s.lines)
		for _, n := range s.notes {
			fmt.Fprintf(w, "  %s\n", n)
		}
	}
}

const introduction = `# Benchmarks

Made by ` + "`make bench`" + ` (` + "`go run ./bench -markdown docs/benchmarks.md`" + `; it needs root and Debian, and installs what is missing). Everything
runs on one machine, load generator included, and each filter has its turn alone, round by round: the tables show the median of the
rounds. Other machines give other figures; the ratios and the processor time for a message travel better.

- **no-op milter**: takes the whole message over the same protocol library and accepts it.
- **Sealpost**: ` + "`sealpost serve`" + ` as shipped, with its policies, lists, and the plugins ` + "`tls`, `reject` and `notify`" + `; only its time limits are
  lifted (2 s for a decision, 5 min for an inspection), so that overload shows as slowness and not as refusals. Its plugins' time is counted, too.
- **rspamd**: scanning in the milter worker, one process a processor, its package's rules without those that ask the network, measured
  after it has compiled its expressions.
- **MIMEDefang**: a filter that accepts each part, one worker a processor.

The messages are ordinary words and some numbers, from an own address to one business recipient who needs nothing, except where the title
says otherwise. "CPU ms a message" is the filter's own, all its processes together, without Postfix's and the client's. Whether Sealpost marks what needs a mark, and nothing else, is checked while it is driven directly.
Through Postfix each message comes over a connection of its own, and is thrown away after it was accepted.
`

// write makes the page.
func (r *report) write(path string) error {
	var b bytes.Buffer
	b.WriteString(introduction)
	fmt.Fprint(&b, "\n## The machine\n\n")
	markdown(&b, append([][]string{{"", ""}}, r.machine...))
	for _, s := range r.sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if len(s.lines) > 0 {
			markdown(&b, s.lines)
		}
		for _, n := range s.notes {
			fmt.Fprintf(&b, "\n%s\n", n)
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// describe is what the figures depend on.
func describe(ctx context.Context, b *bench, s settings) [][]string {
	lines := [][]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"processor", fmt.Sprintf("%s, %d processors", fromFile("/proc/cpuinfo", "model name"), runtime.NumCPU())},
		{"memory", fromFile("/proc/meminfo", "MemTotal")},
		{"load at the start", loadAverage()},
		{"system", fmt.Sprintf("%s, kernel %s", strings.Trim(fromFile("/etc/os-release", "PRETTY_NAME"), `"`), said(ctx, "uname", "-r"))},
		{"Go", runtime.Version() + " " + runtime.GOARCH},
		{"Postfix", said(ctx, "postconf", "-c", b.postfix.etc, "-h", "mail_version")},
	}
	for _, p := range []string{"rspamd", "mimedefang"} {
		if b.find(p) != nil {
			lines = append(lines, []string{label(p), said(ctx, "dpkg-query", "-W", "-f", "${Version}", p)})
		}
	}
	return append(lines,
		[]string{"messages at once", fmt.Sprint(s.concurrency)},
		[]string{"rounds", fmt.Sprintf("%d, of %v driven directly and of %d messages through Postfix", s.rounds, s.turn, s.messages)})
}

// said is what a program prints, on one line.
func said(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// fromFile finds "key: value" or "key=value".
func fromFile(path, key string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimLeft(strings.TrimSpace(rest), ":= \t")
		}
	}
	return "unknown"
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return "unknown"
	}
	return strings.Join(f[:3], ", ")
}
