package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What explains a second copy, what doesn't, and what else is wrong with what
// arrives.
func TestKillCounts(t *testing.T) {
	copyOf := func(sink, tls, id, text string) Delivery {
		return Delivery{Sink: sink, TLS: tls, Cipher: "TLS_AES_256_GCM_SHA384", Data: []byte("Message-ID: <" + id + ">\r\n" + text)}
	}
	plain := copyOf(Internet, "TLSv1.3", "kill-0@bank.example", "\r\n"+killText)
	treated := copyOf(Internet, "", "a@treated.invalid", "X-Treated: pdf\r\n\r\n")
	weak := copyOf(Partner, "TLSv1.3", "kill-0@bank.example", "\r\n"+killText)
	weak.Cipher = "TLS_AES_128_GCM_SHA256"
	for _, c := range []struct {
		name   string
		kind   int
		got    []Delivery
		broken int
		blind  int
		want   tally
	}{
		{"one copy", 0, []Delivery{plain}, 0, 0, tally{arrived: 1}},
		{"none", 0, nil, 0, 0, tally{lost: 1}},
		{"two without a reason", 0, []Delivery{plain, plain}, 0, 0, tally{arrived: 2, twice: 1}},
		{"two because the client couldn't know", 0, []Delivery{plain, plain}, 1, 0, tally{arrived: 2, client: 1}},
		{"two because the log couldn't tell", 3, []Delivery{treated, treated}, 0, 1, tally{arrived: 2, blind: 1}},
		{"three with one reason", 3, []Delivery{treated, treated, treated}, 1, 0, tally{arrived: 3, client: 1, twice: 1}},
		{"a reason that wasn't needed", 0, []Delivery{plain}, 2, 2, tally{arrived: 1}},
		{"in clear", 1, []Delivery{copyOf(Internet, "", "kill-0@bank.example", "\r\n"+killText)}, 0, 0, tally{arrived: 1, clear: 1}},
		{"the partner's agreed cipher", 2, []Delivery{weak}, 0, 0, tally{arrived: 1, clear: 1}},
		{"the original instead of the treated copy", 3, []Delivery{plain}, 0, 0, tally{arrived: 1, untreated: 1}},
		{"at somebody else's server", 3, []Delivery{copyOf(NoTLS, "", "a@treated.invalid", "X-Treated: pdf\r\n\r\n")}, 0, 0, tally{arrived: 1, untreated: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := killKinds[c.kind]
			k := &killer{t: t, broken: map[int]int{0: c.broken}}
			var got tally
			k.countOne(&got, kind, 0, map[string][]Delivery{kind.address(0): c.got}, evidence{blind: map[string]int{kind.address(0): c.blind}})
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(tally{})); d != "" {
				t.Error(d)
			}
		})
	}
}

// The daemon's log tells which recipients may get a copy twice.
func TestKillEvidence(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	text := `not of the daemon's
{"message":"the MTA's log can't tell whether a copy was taken; SENT AGAIN, the recipient may get it twice","id":"one","reason":"no log","age":601000}
{"message":"handed over","id":"one","recipient":"bob@business.example"}
{"message":"handed over","id":"two","recipient":"carol@business.example"}
{"message":"copy was taken by the MTA at an earlier try","id":"two"}
{"message":"copy was not taken by the MTA at an earlier try; sent again","id":"three"}
{"message":"the MTA's log can't tell whether a copy was taken; waiting","id":"three"}
{"message":"handed o`
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readEvidence(log)
	if err != nil {
		t.Fatal(err)
	}
	want := evidence{blind: map[string]int{"bob@business.example": 1}, why: []string{"one after 601 s: no log"}, committed: 1, notCommitted: 1, open: 1}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(evidence{})); d != "" {
		t.Error(d)
	}
}

// The words by which the log is read are those that the daemon says.
func TestKillEvidenceWords(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	for file, words := range map[string][]string{
		"deliver/ledger.go": {"; SENT AGAIN", `"copy was taken by the MTA at an earlier try`, `"copy was not taken by the MTA`, `"the MTA's log can't tell`},
		"gateway/treat.go":  {`"handed over"`},
	} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s doesn't say %q any more; change readEvidence, too", file, w)
			}
		}
	}
}

// A point that is never hit stands in the table, and is named.
func TestKillTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.log")
	if err := os.WriteFile(file, []byte("kill a.b 7\nstop a.b 8\nkill c.d 8\nkill-children a.b 9\nkill e"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &faultLog{file: file, hits: map[string]hits{}}
	if stopped, err := l.read(); err != nil || !stopped {
		t.Errorf("read says %v, %v", stopped, err)
	}
	table, never := l.table([]string{"a.b", "c.d", "e.f"})
	if d := cmp.Diff([]string{"c.d", "e.f"}, never); d != "" {
		t.Error(d)
	}
	if want := fmt.Sprintf("%-26s %6d %7d %6d %7d", "a.b", 1, 1, 1, 0); !strings.Contains(table, want) {
		t.Errorf("the table lacks %q:\n%s", want, table)
	}
	names := slices.Sorted(maps.Keys(l.hits))
	if d := cmp.Diff([]string{"a.b", "c.d"}, names); d != "" {
		t.Error(d)
	}
}
