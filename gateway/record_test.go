package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/audit"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/message"
)

// Every answer is in the audit log before it is given, with its reasons and
// without a word of the content.
func TestDecisionsAreRecorded(t *testing.T) {
	b := newBench(t, "{}")
	dir := t.TempDir()
	log, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.Audit = log
	m := b.message(t, "Subject: Salary of Jane\nX-Project: Osprey\n\nPESEL 44051401359\n", "plain@x.example", "tls@x.example")
	b.Handle(context.Background(), m)
	b.store.Close() // from here on nothing marked can be judged
	failed := b.message(t, note, "tls@x.example")
	b.Handle(context.Background(), failed)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if r := audit.Verify(dir); !r.Whole() || r.Entries != 2 {
		t.Fatalf("%+v", r)
	}
	var lines []byte
	for e, err := range audit.Entries(dir, "") {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, e.Line...), '\n')
		switch e.ID {
		case m.ID:
			var d gateway.Decided
			if err := json.Unmarshal(e.Record, &d); err != nil {
				t.Fatal(err)
			}
			if d.Verdict != "accept" || len(d.Recipients) != 2 || d.Recipients[1].Treatment != "tls" || len(d.Recipients[1].Reasons) != 1 ||
				len(d.Input.Content.Findings) == 0 || d.Revision == "" || d.Input.Message.Subject != "x x x" {
				t.Errorf("%s", e.Line)
			}
		case failed.ID:
			var f gateway.Failed
			if err := json.Unmarshal(e.Record, &f); err != nil || e.Kind != gateway.FailedKind || f.Stage != "persist" {
				t.Errorf("%s: %v", e.Line, err)
			}
		}
	}
	for _, secret := range []string{"Salary", "Jane", "Osprey", "44051401359", "1359"} {
		if bytes.Contains(lines, []byte(secret)) {
			t.Errorf("%q stands in the log:\n%s", secret, lines)
		}
	}
}

// full is an audit log that has no room.
type full struct{}

func (full) Append(string, string, any) error { return errors.New("no space left on device") }

// A decision that can't be recorded is none. Its twin: without an audit log
// the same message goes.
func TestNoDecisionWithoutItsRecord(t *testing.T) {
	for _, audited := range []bool{true, false} {
		b := newBench(t, "{}")
		want := message.Accept
		if audited {
			b.Audit, want = full{}, message.TempFail
		}
		m := b.message(t, note, "plain@x.example", "tls@x.example")
		a := b.Handle(context.Background(), m)
		if a.Verdict != want || want == message.TempFail && (!a.Edits.Empty() || !strings.HasPrefix(a.Reply.String(), "451 4.3.0")) {
			t.Errorf("audited %v: %s %s", audited, a.Verdict, a.Reply)
		}
	}
}
