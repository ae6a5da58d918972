package detect

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is expected")

// rows makes a table with a heading: n rows of the cells, in which # is the
// row's number.
func rows(heading, row string, n int) string {
	var b strings.Builder
	b.WriteString(heading + "\n")
	for i := range n {
		b.WriteString(strings.ReplaceAll(row, "#", fmt.Sprint(i)) + "\n")
	}
	return b.String()
}

// The heading of a column speaks for, or against, all that stands in it,
// however far below; and so does the key of a line of two cells.
func TestHeadings(t *testing.T) {
	e := testEngine(t)
	far := 2000 // rows
	for name, c := range map[string]struct{ text, detector, want string }{
		"tabs":                      {rows("Nr\tName\tPESEL", "#\tJan\t85031203174", far), "pl-pesel", High},
		"no heading":                {"filler\n\n" + rows("1\tJan\t85031203174", "#\tJan\t85031203174", 5), "pl-pesel", Medium},
		"the wrong column":          {rows("PESEL\tName\tId", "x\tJan\t85031203174", far), "pl-pesel", Medium},
		"against":                   {rows("PESEL\tOrder number", "x\t85031203174", far), "pl-pesel", Low},
		"against beside support":    {rows("Order number\tPESEL", "4711\t85031203174", far), "pl-pesel", High},
		"a title above":             {"Lista\t\t\n" + rows("Nr\tName\tPESEL", "#\tJan\t85031203174", far), "pl-pesel", High},
		"Windows' line ends":        {strings.ReplaceAll(rows("Nr\tName\tPESEL", "#\tJan\t85031203174", far), "\n", "\r\n"), "pl-pesel", High},
		"semicolons":                {rows("Nr;Name;PESEL", "#;Jan;85031203174", far), "pl-pesel", High},
		"commas":                    {rows("nr,name,pesel", "#,Jan,85031203174", far), "pl-pesel", High},
		"quoted cells":              {rows(`"Nr","Name","PESEL"`, `"#","Kowalski, Jan","85031203174"`, far), "pl-pesel", High},
		"pipes":                     {rows("| Nr | Name | PESEL |\n|----|----|----|", "| # | Jan | 85031203174 |", far), "pl-pesel", High},
		"names of programs":         {rows("id\tcardNumber", "#\t4539148803436467", far), "payment-card", High},
		"names with underscores":    {rows("id\tcredit_card_number", "#\t4539148803436467", far), "payment-card", High},
		"one column":                {rows("PESEL", "85031203174", far), "pl-pesel", High},
		"one column, order numbers": {rows("Order number", "85031203174", far), "pl-pesel", Low},
		"another table":             {rows("Nr\tPESEL", "#\t1", 3) + "\nhere is more text\n\n" + strings.Repeat("filler ", 60) + "\n" + rows("1\t85031203174", "#\t85031203174", 3), "pl-pesel", Medium},
		"key and value":             {strings.Repeat("filler\tfiller\n", 40) + "cardNumber\t4539148803436467\n", "payment-card", High},
		"key against":               {strings.Repeat("filler\tfiller\n", 40) + "order_number\t4539148803436467\n", "payment-card", Low},
		"key far before":            {"card number\t" + strings.Repeat("- ", 300) + "4539148803436467\n", "payment-card", Medium},
		"underscores in text":       {"credit_card_number=4539148803436467", "payment-card", High},
	} {
		if got := best(scanText(e, c.text), c.detector); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A table's heading outlasts windows and pieces.
func TestHeadingsOutlastWindows(t *testing.T) {
	e := testEngine(t)
	for _, filler := range []string{"Jan", strings.Repeat("long name ", 200), strings.Repeat("longest name ", 15_000)} {
		text := rows("Nr\tName\tPESEL\tOrder no", "#\t"+filler+"\tx\tx", 4*windowSize/(len(filler)+10)) + "9\t" + filler + "\t85031203174\t51123172721\n"
		want := []Hit{{"pl-pesel", Personal, High, 1, "•••", ""}, {"pl-pesel", Personal, Low, 1, "•••", ""}}
		if diff := cmp.Diff(want, scanText(e, text)); diff != "" {
			t.Error(diff)
		}
		s := testScanner(e)
		for rest := text; rest != ""; {
			n := min(len(rest), 1000)
			_, _ = s.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		s.Close()
		if diff := cmp.Diff(want, s.Hits()); diff != "" {
			t.Errorf("in pieces: %s", diff)
		}
	}
}

// Each hit says why it has its confidence, and gives nothing away.
func TestExplain(t *testing.T) {
	e := testEngine(t, "Seeadler")
	texts := []string{
		"card number 4539 1488 0343 6467", "order 4539148803436467", "4539148803436467", "4539148803436467\n4539148803436468\n1234567890123456",
		"SSN 712-34-5678 or invoice 712-34-5679", "712345678", "Nr;PESEL\n1;85031203174\n", "Nr;order no\n1;85031203174\n",
		"2024-4539148803436467-01", "Seeadler", "diagnosis: diabetes", "cardNumber: 4539148803436467",
	}
	var b strings.Builder
	for _, text := range texts {
		s := testScanner(e)
		s.Explain(true)
		_, _ = s.Write([]byte(text))
		s.Close()
		fmt.Fprintf(&b, "%q\n", text)
		for _, r := range s.Reasons() {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\t%s\n", line)
			if strings.ContainsAny(strings.TrimPrefix(r.Masked, "•••• •••• •••• 6467"), "0123456789") {
				t.Errorf("%q is shown", r.Masked)
			}
		}
		if hits, explained := s.Hits(), testScanner(e); len(hits) > 0 {
			_, _ = explained.Write([]byte(text))
			explained.Close()
			if diff := cmp.Diff(hits, explained.Hits()); diff != "" {
				t.Errorf("%q is judged otherwise when it is explained:\n%s", text, diff)
			}
			if len(explained.Reasons()) > 0 {
				t.Error("reasons without Explain")
			}
		}
	}
	golden(t, "explain.golden", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}
