package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/plugins/sdk"
)

var update = flag.Bool("update", false, "rewrite what is expected")

// A case is NAME.json with settings and recipients; NAME.want is what comes
// out, assessment by assessment.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c struct {
				Settings   json.RawMessage
				Recipients []sdk.Recipient
			}
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			got := run(t, c.Settings, c.Recipients)
			wantFile := strings.TrimSuffix(file, ".json") + ".want"
			if *update {
				if err := os.WriteFile(wantFile, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// run gives one line for each diagnostic, or for each assessment.
func run(t *testing.T, settings json.RawMessage, recipients []sdk.Recipient) []byte {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	h := &handler{}
	wrong, err := h.Configure(t.Context(), settings, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range wrong {
		if err := lines.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	if len(wrong) > 0 {
		return out.Bytes()
	}
	found, err := h.Assess(t.Context(), sdk.AssessRequest{Treatment: "tls", Recipients: recipients})
	if err != nil {
		t.Fatal(err)
	}
	result, err := h.Handle(t.Context(), &sdk.Task{Job: "j", Key: "k", Treatment: "tls", Recipients: recipients}, nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[sdk.Ability]string{sdk.Able: sdk.Deliver, sdk.Unable: sdk.Refuse, sdk.Unknown: sdk.Retry}
	for i, a := range found {
		if err := lines.Encode(a); err != nil {
			t.Fatal(err)
		}
		// What Handle does is what Assess said.
		if o := result.Outcomes[i]; o.Address != a.Address || o.Kind != kinds[a.Ability] || !cmp.Equal(o.Route, a.Route) {
			t.Errorf("%+v, but %+v", a, o)
		}
	}
	return out.Bytes()
}
