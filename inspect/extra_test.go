package inspect

import (
	"context"
	"os"
	"testing"

	"github.com/sealpost/sealpost/detect"
)

// What a plugin read of a part is added to the report, and looked through like
// any text; the containers follow.
func TestAdd(t *testing.T) {
	raw, err := os.ReadFile("testdata/messages/pdf.eml")
	if err != nil {
		t.Fatal(err)
	}
	in := testInspector(t, Options{})
	m := testMessage(t, raw)
	r := in.Inspect(context.Background(), m)
	in.Add(context.Background(), m, &r, "1.2", Extra{Text: "card 4539 1488 0343 6467", Scanned: Full})
	if r.Scanned != Full || len(r.Problems) != 0 || best(r.Findings, "payment-card") != detect.High || r.Findings[0].Part != "1.2" || r.Findings[0].Path != "text" {
		t.Errorf("got %+v", r)
	}
}

// A plugin can't make more of a part than there is to it: a part that it saw
// in part is partly scanned, and parts that nobody named stay as they are.
func TestAddMakesNothingBetter(t *testing.T) {
	raw, err := os.ReadFile("testdata/messages/pdf.eml")
	if err != nil {
		t.Fatal(err)
	}
	in := testInspector(t, Options{})
	m := testMessage(t, raw)
	for _, c := range []struct {
		path, scanned, want string
	}{
		{"1.2", Partial, Partial}, {"1.2", "", None}, {"1.2", None, None}, {"1.1", Full, None}, {"9", Full, None}, {"1", Full, None},
	} {
		r := in.Inspect(context.Background(), m)
		in.Add(context.Background(), m, &r, c.path, Extra{Scanned: c.scanned})
		if r.Scanned != c.want {
			t.Errorf("%s says %q: got %s, want %s", c.path, c.scanned, r.Scanned, c.want)
		}
	}
}
