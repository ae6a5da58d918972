package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are what a test writes.
type settings struct {
	Do    string `json:"do"`
	Dir   string `json:"dir"`   // for "taken", and a line for each call
	Bytes int64  `json:"bytes"` // of "big"
}

type params struct {
	Do string `json:"do"`
}

// plugin is a handler and an inspector.
type plugin struct {
	version    string
	treatments []string
	do         string
	settings   atomic.Pointer[settings]
}

func (p *plugin) Describe(context.Context) (sdk.Description, error) {
	if p.do == "hang-describe" {
		select {}
	}
	return sdk.Description{Name: "testplugin", Version: p.version, Treatments: p.treatments, Inspects: true, Reads: true,
		Types: []string{"text/plain", "image/*"}}, nil
}

func (p *plugin) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s := &settings{Bytes: 25 << 20, Do: p.do}
	wrong := sdk.DecodeSettings(raw, s)
	if len(wrong) == 0 && !checkOnly {
		p.settings.Store(s)
	}
	return wrong, nil
}

// what says how to behave for one recipient.
func (p *plugin) what(r sdk.Recipient) string {
	var ps params
	if json.Unmarshal(r.Params, &ps) == nil && ps.Do != "" {
		return ps.Do
	}
	local, _, _ := strings.Cut(r.Address, "@")
	if _, tag, tagged := strings.Cut(local, "+"); tagged {
		return tag
	}
	return p.settings.Load().Do
}

func (p *plugin) Assess(ctx context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	var out []sdk.Assessment
	for _, r := range req.Recipients {
		a := sdk.Assessment{Address: r.Address, Ability: sdk.Able, Level: "content", Method: "test"}
		if r.Level == "forbidden" {
			a.Level = "forbidden"
		}
		switch do := p.what(r); do {
		case "unable":
			a = sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "the test says so"}
		case "unknown":
			a = sdk.Assessment{Address: r.Address, Ability: sdk.Unknown, Reason: "the test says so"}
		case "bad-assess":
			a.Address = "somebody@else.example"
		case "bad-assess-level":
			a.Level = "opportunistic"
		case "hang-assess", "exit-assess":
			if err := whole(ctx, strings.TrimSuffix(do, "-assess")); err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func (p *plugin) Handle(ctx context.Context, task *sdk.Task, content io.Reader) (*sdk.Result, error) {
	s := p.settings.Load()
	if s.Dir != "" {
		if err := note(s.Dir, task); err != nil {
			return nil, err
		}
	}
	for _, r := range task.Recipients {
		if err := whole(ctx, p.what(r)); err != nil {
			return nil, err
		}
	}
	w := &work{plugin: p, settings: s, task: task, content: content, shared: -1}
	for _, r := range task.Recipients {
		o, err := w.recipient(r, p.what(r))
		if err != nil {
			return nil, err
		}
		w.result.Outcomes = append(w.result.Outcomes, o)
	}
	for _, r := range task.Recipients {
		w.spoil(p.what(r))
	}
	return &w.result, nil
}

// Inspect finds the word "confidential" in text, and behaves by the part's
// name otherwise.
func (p *plugin) Inspect(ctx context.Context, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	name, _, _ := strings.Cut(part.Name, ".")
	if err := whole(ctx, name); err != nil {
		return sdk.Inspection{}, err
	}
	if name == "early" {
		return sdk.Inspection{Scanned: "none", Problems: []string{"not looked at"}}, nil
	}
	if name == "bad-finding" {
		return sdk.Inspection{Scanned: "full", Findings: []sdk.Finding{{Detector: "No Such", Count: 0}}}, nil
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return sdk.Inspection{}, err
	}
	out := sdk.Inspection{Scanned: "full", Text: strings.ToUpper(strings.ToValidUTF8(string(text), "?"))}
	if n := strings.Count(out.Text, "CONFIDENTIAL"); n > 0 {
		out.Findings = []sdk.Finding{{Detector: "keyword", Category: "own", Confidence: "high", Count: n}}
	}
	return out, nil
}

var errAsked = errors.New("the test asked for an error")
