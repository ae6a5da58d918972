package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's.
type settings struct {
	// Notice has a notice made for the sender, beside the refusal. The mail
	// server's own bounce says the same already, so it is off by default.
	Notice bool `json:"notice"`
	sdk.NoticeSettings
}

// params are what policy may say for one recipient.
type params struct {
	Notice   *bool  `json:"notice"`
	Language string `json:"language"`
}

// handler carries out the treatment "reject".
type handler struct{ settings atomic.Pointer[settings] }

func (h *handler) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "reject", Version: "1", Treatments: []string{"reject"}}, nil
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

// Assess: refusing is always possible and reaches every level.
func (h *handler) Assess(_ context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	var out []sdk.Assessment
	for _, r := range req.Recipients {
		out = append(out, sdk.Assessment{Address: r.Address, Ability: sdk.Able, Level: "forbidden", Method: "refused"})
	}
	return out, nil
}

func (h *handler) Handle(_ context.Context, task *sdk.Task, _ io.Reader) (*sdk.Result, error) {
	s := h.settings.Load()
	if s == nil {
		return nil, fmt.Errorf("the plugin has no settings yet")
	}
	result := &sdk.Result{}
	notice := sdk.Notice{From: s.From, To: task.Sender, Job: task.Job, Key: task.Key, Language: s.Language, Refused: true, Date: time.Now()}
	for _, r := range task.Recipients {
		result.Outcomes = append(result.Outcomes, sdk.Outcome{Address: r.Address, Kind: sdk.Refuse, Text: text(r.Reasons, task.Job)})
		var p params
		if wrong := sdk.DecodeSettings(r.Params, &p); len(wrong) > 0 {
			continue // refused all the same
		}
		if p.Notice != nil && *p.Notice || p.Notice == nil && s.Notice {
			notice.About = append(notice.About, sdk.NoticeAbout{Address: r.Address, Reasons: r.Reasons})
		}
		if p.Language != "" {
			notice.Language = p.Language
		}
	}
	if len(notice.About) == 0 || task.Sender == "" {
		return result, nil
	}
	m, err := notice.Message()
	if err != nil {
		return nil, err
	}
	result.Copies = []sdk.Copy{{Notice: true, Content: bytes.NewReader(m)}}
	return result, nil
}

// maxReasons keeps the text within what an SMTP reply can carry, bytes.
const maxReasons = 300

// text is what the sender is told: what policy said, and our id to ask about.
func text(reasons []sdk.Reason, job string) string {
	var parts []string
	size := 0
	for _, r := range reasons {
		t := strings.Join(strings.Fields(r.Text), " ")
		if t == "" || size+len(t) > maxReasons && len(parts) > 0 {
			continue
		}
		size += len(t)
		parts = append(parts, strings.TrimRight(t, "."))
	}
	if len(parts) == 0 {
		parts = []string{"policy forbids this message to leave"}
	}
	why := strings.Join(parts, "; ")
	if len(why) > maxReasons {
		why = strings.ToValidUTF8(why[:maxReasons], "") + "…"
	}
	return fmt.Sprintf("%s (id %s)", why, job)
}
