package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's; the parameters may say another language.
type settings struct{ sdk.NoticeSettings }

// params are what the gateway or policy says for the sender.
type params struct {
	Language string  `json:"language"`
	Refused  bool    `json:"refused"`
	About    []about `json:"about"`
}

type about struct {
	Address string   `json:"address"`
	Reasons []reason `json:"reasons"`
}

type reason struct {
	Rule  string `json:"rule"`
	Level string `json:"level"` // not told
	Text  string `json:"text"`
}

// handler carries out the treatment "notify".
type handler struct{ settings atomic.Pointer[settings] }

func (h *handler) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "notify", Version: "1", Treatments: []string{"notify"}}, nil
}

func (h *handler) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	defaults, err := sdk.DefaultNoticeSettings()
	if err != nil {
		return nil, err
	}
	s := &settings{NoticeSettings: defaults}
	wrong := append(sdk.DecodeSettings(raw, s), s.Check()...)
	if len(wrong) == 0 && !checkOnly {
		h.settings.Store(s)
	}
	return wrong, nil
}

// Assess: a notice protects nothing, and goes to the sender only.
func (h *handler) Assess(_ context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	var out []sdk.Assessment
	for _, r := range req.Recipients {
		a := sdk.Assessment{Address: r.Address, Ability: sdk.Able, Level: "opportunistic", Method: "notice"}
		switch {
		case req.Sender == "":
			a = sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "the null sender gets no notices"}
		case r.Address != req.Sender:
			a = sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "notices go to the sender only"}
		case r.Level != "opportunistic":
			a = sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "a notice protects nothing"}
		}
		out = append(out, a)
	}
	return out, nil
}

func (h *handler) Handle(_ context.Context, task *sdk.Task, _ io.Reader) (*sdk.Result, error) {
	s := h.settings.Load()
	if s == nil {
		return nil, fmt.Errorf("the plugin has no settings yet")
	}
	result := &sdk.Result{}
	for _, r := range task.Recipients {
		if r.Address != task.Sender || task.Sender == "" {
			result.Outcomes = append(result.Outcomes, sdk.Outcome{Address: r.Address, Kind: sdk.Refuse,
				Text: "a notice goes to the sender only (id " + task.Job + ")"})
			continue
		}
		m, err := s.notice(task, r)
		if err != nil {
			return nil, err
		}
		result.Outcomes = append(result.Outcomes, sdk.Outcome{Address: r.Address, Kind: sdk.Replace, Copy: 0})
		result.Copies = []sdk.Copy{{Notice: true, Content: bytes.NewReader(m)}}
	}
	return result, nil
}

func (s *settings) notice(task *sdk.Task, r sdk.Recipient) ([]byte, error) {
	p := params{Language: s.Language}
	if wrong := sdk.DecodeSettings(r.Params, &p); len(wrong) > 0 {
		return nil, fmt.Errorf("the parameters of notify: %s: %s", wrong[0].Path, wrong[0].Text)
	}
	n := sdk.Notice{From: s.From, To: task.Sender, Job: task.Job, Key: task.Key, Language: p.Language, Refused: p.Refused, Date: time.Now()}
	for _, a := range p.About {
		one := sdk.NoticeAbout{Address: a.Address}
		for _, reason := range a.Reasons {
			one.Reasons = append(one.Reasons, sdk.Reason{Rule: reason.Rule, Text: reason.Text})
		}
		n.About = append(n.About, one)
	}
	if len(p.About) == 0 {
		n.About = []sdk.NoticeAbout{{Reasons: r.Reasons}}
	}
	return n.Message()
}
