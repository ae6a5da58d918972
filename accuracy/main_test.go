package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
)

// A run on one detector and container prints its table and judges its aim.
func TestRunOnOneDetector(t *testing.T) {
	s, err := parse([]string{"-detector", "payment-card", "-container", "plain-qp,csv"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out, progress bytes.Buffer
	met, err := run(s, &out, &progress)
	if err != nil {
		t.Fatal(err)
	}
	if !met {
		t.Errorf("cards aren't found in plain text:\n%s", out.String())
	}
	for _, want := range []string{"payment-card", "plain-qp  csv", "Precision", "Aims"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q isn't in\n%s", want, out.String())
		}
	}
	if !strings.Contains(progress.String(), "messages in") {
		t.Errorf("progress: %q", progress.String())
	}
}

// JSON is one document with the same facts.
func TestRunPrintsJSON(t *testing.T) {
	s, err := parse([]string{"-detector", "iban", "-container", "plain-qp", "-format", "json"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := run(s, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Recall) != 1 || r.Recall[0].Total != perIdentifier || len(r.Aims) != 1 {
		t.Errorf("got %+v", r)
	}
}

// What the command line can't mean is refused with what it may say.
func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{{"-detector", "ibann"}, {"-container", "papyrus"}, {"-format", "xml"}, {"more"}, {"-nothing"}} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}

// An aim that is missed is a missed run; one that is met isn't.
func TestAims(t *testing.T) {
	good := results{Containers: []string{"a"}, Checked: map[string]bool{"x": true}, Recall: []cell{{"x", "a", tally{Total: 200, Sure: 199, Any: 199}}},
		Ordinary: ordinary{Total: 1000, High: 1, Ambiguous: 5}, Hostile: []class{{Name: "h", Total: 10, Found: 9, Said: 1}}, Health: map[string]tally{"k": {Total: 9, Sure: 9}}}
	broken := map[string]func(r *results){
		"recall":    func(r *results) { r.Recall = []cell{{"x", "a", tally{Total: 200, Sure: 198, Any: 200}}} },
		"high":      func(r *results) { r.Ordinary.High = 2 },
		"ambiguous": func(r *results) { r.Ordinary.Ambiguous = 6 },
		"silent":    func(r *results) { r.Hostile = []class{{Name: "h", Total: 10, Found: 9, Silent: 1}} },
		"health":    func(r *results) { r.Health = map[string]tally{"k": {Total: 9, Sure: 8}} },
		"alarm":     func(r *results) { r.Ordinary.Health = 1 },
	}
	good.Aims = aims(good, false)
	if !good.met() {
		t.Errorf("got %+v", good.Aims)
	}
	for name, breaks := range broken {
		r := good
		breaks(&r)
		r.Aims = aims(r, false)
		missed := 0
		for _, a := range r.Aims {
			if !a.Met {
				missed++
			}
		}
		if missed != 1 {
			t.Errorf("%s: %d aims missed: %+v", name, missed, r.Aims)
		}
	}
}

// Figures aren't rounded to what they are not.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		t    tally
		want string
	}{{tally{}, "·"}, {tally{Total: 40, Sure: 40, Any: 40}, "100"}, {tally{Total: 40, Sure: 39, Any: 40}, "97.5 (100)"}, {tally{Total: 100_000, Sure: 99_999, Any: 99_999}, "99.9"}} {
		if got := share(c.t); got != c.want {
			t.Errorf("%+v: %q, want %q", c.t, got, c.want)
		}
	}
}

// Every index is done once, and the first error ends it.
func TestForEach(t *testing.T) {
	var done atomic.Int64
	if err := forEach(1000, func(int) error { done.Add(1); return nil }); err != nil || done.Load() != 1000 {
		t.Errorf("%d done, %v", done.Load(), err)
	}
	stop := errors.New("stop")
	if err := forEach(1000, func(i int) error {
		if i == 5 {
			return stop
		}
		return nil
	}); err != stop {
		t.Errorf("got %v", err)
	}
}

// Misses are printed with their message, byte for byte readable.
func TestMissesShowTheMessage(t *testing.T) {
	var out bytes.Buffer
	r := results{Misses: []miss{{What: "silent miss", Detector: "iban", Where: "class: variant", Value: "X", raw: []byte("A: 1\r\nB: \x00\"\r\n")}, {}}}
	if err := printMisses(&out, r, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| A: 1\n", `| B: \x00"`, "1 misses and false alarms are not shown"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q isn't in\n%s", want, out.String())
		}
	}
}
