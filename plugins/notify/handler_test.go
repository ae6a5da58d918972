package main

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/plugins/sdk"
)

func configured(t *testing.T) *handler {
	t.Helper()
	h := &handler{}
	if wrong, err := h.Configure(t.Context(), []byte(`{"from": "postmaster@b.example"}`), false); err != nil || len(wrong) > 0 {
		t.Fatalf("%v %v", wrong, err)
	}
	return h
}

func notify(h *handler, t *testing.T, params string) (*sdk.Result, error) {
	task := &sdk.Task{Job: "theid", Key: "k", Treatment: "notify", Sender: "a@b.example", Recipients: []sdk.Recipient{
		{Address: "a@b.example", Level: "opportunistic", Params: []byte(params), Reasons: []sdk.Reason{{Rule: "own", Text: "own reason"}}}}}
	return h.Handle(t.Context(), task, strings.NewReader("Subject: hush\r\n\r\nSECRET\r\n"))
}

// A notice can't be mistaken for mail of a person, can't be answered by a
// machine, and holds nothing of the message.
func TestNotice(t *testing.T) {
	about := `"about": [{"address": "bob@c.example", "reasons": [{"rule": "health_data", "level": "content", "text": "It holds health data."}]}]`
	for _, c := range []struct{ params, subject, want string }{
		{`{` + about + `}`, "About your message", "It holds health data. (health_data)"},
		{`{"refused": true, ` + about + `}`, "Your message was not delivered", "Recipient: bob@c.example"},
		{`{"language": "de", "refused": true, ` + about + `}`, "Ihre Nachricht wurde nicht zugestellt", "Empfänger: bob@c.example"},
		{``, "About your message", "own reason (own)"},
	} {
		r, err := notify(configured(t), t, c.params)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Copies) != 1 || !r.Copies[0].Notice || r.Outcomes[0].Kind != sdk.Replace {
			t.Fatalf("%+v", r)
		}
		m, err := mail.ReadMessage(r.Copies[0].Content)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "From": `"Mail Gateway" <postmaster@b.example>`, "To": "<a@b.example>", "Reply-To": ""} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != c.subject {
			t.Errorf("subject %q, %v", subject, err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), c.want) || !strings.Contains(string(body), "theid") || strings.Contains(string(body), "SECRET") {
			t.Errorf("%s", body)
		}
	}
}

// Parameters that aren't understood are a temporary failure: better late than
// a notice that says nothing.
func TestBadParams(t *testing.T) {
	if _, err := notify(configured(t), t, `{"languages": "de"}`); err == nil {
		t.Error("a misspelt parameter was taken")
	}
}

func TestOthers(t *testing.T) {
	h := configured(t)
	task := &sdk.Task{Job: "theid", Key: "k", Sender: "a@b.example", Recipients: []sdk.Recipient{{Address: "bob@c.example"}}}
	r, err := h.Handle(t.Context(), task, nil)
	if err != nil || len(r.Copies) != 0 || r.Outcomes[0].Kind != sdk.Refuse {
		t.Errorf("%+v %v", r, err)
	}
	for _, c := range []struct {
		sender, to, level string
		want              sdk.Ability
	}{
		{"a@b.example", "a@b.example", "opportunistic", sdk.Able},
		{"a@b.example", "a@b.example", "content", sdk.Unable},
		{"a@b.example", "bob@c.example", "opportunistic", sdk.Unable},
		{"", "", "opportunistic", sdk.Unable},
	} {
		got, err := h.Assess(t.Context(), sdk.AssessRequest{Sender: c.sender, Recipients: []sdk.Recipient{{Address: c.to, Level: c.level}}})
		if err != nil || got[0].Ability != c.want {
			t.Errorf("%+v: %+v %v", c, got, err)
		}
	}
}
