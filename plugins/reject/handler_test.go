package main

import (
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/plugins/sdk"
)

func configured(t *testing.T, settings string) *handler {
	t.Helper()
	h := &handler{}
	if wrong, err := h.Configure(t.Context(), []byte(settings), false); err != nil || len(wrong) > 0 {
		t.Fatalf("%v %v", wrong, err)
	}
	return h
}

func refuse(t *testing.T, h *handler, sender string, r ...sdk.Recipient) *sdk.Result {
	t.Helper()
	result, err := h.Handle(t.Context(), &sdk.Task{Job: "theid", Key: "k", Treatment: "reject", Sender: sender, Recipients: r}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// The sender reads policy's reasons and an id to ask about, in one line that
// fits into a reply.
func TestText(t *testing.T) {
	h := configured(t, "")
	reason := func(texts ...string) (list []sdk.Reason) {
		for _, text := range texts {
			list = append(list, sdk.Reason{Rule: "r", Text: text})
		}
		return list
	}
	for _, c := range []struct {
		reasons []sdk.Reason
		want    string
	}{
		{reason("Health data does not leave."), "Health data does not leave (id theid)"},
		{reason("One.", "Two."), "One; Two (id theid)"},
		{reason("a\r\nb"), "a b (id theid)"},
		{nil, "policy forbids this message to leave (id theid)"},
		{reason(""), "policy forbids this message to leave (id theid)"},
	} {
		got := refuse(t, h, "a@b.example", sdk.Recipient{Address: "bob@c.example", Level: "forbidden", Reasons: c.reasons})
		want := []sdk.Outcome{{Address: "bob@c.example", Kind: sdk.Refuse, Text: c.want}}
		if diff := cmp.Diff(want, got.Outcomes); diff != "" || len(got.Copies) > 0 {
			t.Errorf("%v: %d copies, (-want +got)\n%s", c.reasons, len(got.Copies), diff)
		}
	}
	long := refuse(t, h, "", sdk.Recipient{Address: "b@c.example", Reasons: reason(strings.Repeat("ä", 500), strings.Repeat("b", 500))})
	if text := long.Outcomes[0].Text; len(text) > 350 || !strings.HasSuffix(text, "(id theid)") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

// A notice is made on demand; it is refused all the same, and the null sender
// gets none.
func TestNotice(t *testing.T) {
	h := configured(t, `{"notice": true, "from": "postmaster@b.example", "language": "de"}`)
	bob := sdk.Recipient{Address: "bob@c.example", Reasons: []sdk.Reason{{Rule: "health_data", Text: "Gesundheitsdaten"}}}
	quiet := sdk.Recipient{Address: "eve@c.example", Params: []byte(`{"notice": false}`)}
	got := refuse(t, h, "a@b.example", bob, quiet)
	if len(got.Copies) != 1 || !got.Copies[0].Notice || got.Outcomes[0].Kind != sdk.Refuse || got.Outcomes[1].Kind != sdk.Refuse {
		t.Fatalf("%+v", got)
	}
	m, err := mail.ReadMessage(got.Copies[0].Content)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bob@c.example", "health_data", "Gesundheitsdaten", "theid", "nicht zugestellt"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q isn't in\n%s", want, body)
		}
	}
	if strings.Contains(string(body), "eve@") {
		t.Errorf("eve is named in\n%s", body)
	}
	if none := refuse(t, h, "", bob); len(none.Copies) != 0 {
		t.Error("a notice to the null sender")
	}
}

func TestSettings(t *testing.T) {
	wrong, err := (&handler{}).Configure(t.Context(), []byte(`{"notice": true, "from": "nobody", "language": "fr"}`), true)
	if err != nil || len(wrong) != 2 {
		t.Errorf("%v %v", wrong, err)
	}
}
