package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table stays as wide as a terminal, says plainly what isn't as expected,
// and is as expected only if every row is.
func TestTable(t *testing.T) {
	samples := all()
	for i := range samples {
		for j := range samples[i].rows {
			r := &samples[i].rows[j]
			r.got = r.want
			switch r.want.outcome {
			case arrived:
				r.detail = "arrived at mx." + r.want.sink + ".example, TLSv1.3 with 256 bit"
			case waiting:
				r.detail = "waits in the queue, never in clear: TLS is required, but was not offered by host mx.notls.example[127.0.0.11]"
			default:
				r.detail = "refused: 550 5.7.1 Personal identifiers to a public mail provider need encrypted content. (aaaaaaaaaaaaaaaaaaaaaaaaaa)"
			}
		}
	}
	var good, bad strings.Builder
	if !printTable(&good, samples) {
		t.Error("a table of expected rows isn't as expected")
	}
	samples[0].rows[0].got.encrypted = false
	samples[0].rows[0].detail = "arrived at mx.internet.example, in clear"
	if printTable(&bad, samples[:1]) {
		t.Error("a row that isn't as expected passes")
	}
	for line := range strings.Lines(good.String() + bad.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 110 {
			t.Errorf("%d characters wide: %s", n, line)
		}
	}
	golden(t, "testdata/table.txt", good.String()+"\n"+bad.String())
}

var update = flag.Bool("update", false, "write what is printed into testdata")

func golden(t *testing.T, file, got string) {
	t.Helper()
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
		t.Errorf("the table has changed (-want +got); -update takes it over:\n%s", diff)
	}
}

func TestDiagnosis(t *testing.T) {
	bounce := "Final-Recipient: rfc822; dora@gmail.com\r\nDiagnostic-Code: smtp; 550 5.7.1 No\r\n way. (abc)\r\nRemote-MTA: dns; x\r\n\r\n"
	if got, want := diagnosis([]byte(bounce)), "550 5.7.1 No way. (abc)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
