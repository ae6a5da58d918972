package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/sealpost/sealpost/deliver"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// rules demand what the local part of a recipient says, so that each test can
// ask for any mixture.
const rules = `# METADATA
# title: Test
# description: The local part says what is demanded.
# scope: package
package sealpost.main

decision := {
	"class": "internal",
	"level": level,
	"treatments": ways,
	"reasons": [{"rule": "asked-for", "level": level, "text": sprintf("This copy needs %s.", [level])}],
	"overridden": [],
	"notices": notices,
}

class := "internal"

wanted := split(split(input.recipient.address, "@")[0], "+")[0]

levels := {"tls": "tls", "verified": "verified-tls", "partner": "partner-tls", "content": "content", "forbidden": "forbidden", "held": "forbidden"}

default level := "opportunistic"

level := levels[wanted]

treatments := {
	"opportunistic": [],
	"tls": [{"treatment": "tls"}, {"treatment": "pdf"}],
	"verified-tls": [{"treatment": "tls"}],
	"partner-tls": [{"treatment": "tls"}],
	"content": [{"treatment": "smime"}, {"treatment": "pdf"}],
	"forbidden": [{"treatment": "reject"}],
}

default ways := []

ways := treatments[level] if wanted != "held"

ways := [{"treatment": "quarantine"}] if wanted == "held"

default notices := []

notices := [{"rule": "told", "text": "You should know."}] if contains(input.recipient.address, "+told@")
`

const partners = `{"partners": {"routed.example": {"name": "Routed", "level": "partner-tls", "route": "[mx.routed.example]:25"}}}`

// handlers is a set of plugins that does what the test says.
type handlers struct {
	assess func(treatment string, r sdk.Recipient) sdk.Assessment
	handle func(task *sdk.Task) (*plugins.Result, error)
	tasks  []*sdk.Task
}

func (h *handlers) Assess(_ context.Context, req sdk.AssessRequest) []sdk.Assessment {
	var out []sdk.Assessment
	for _, r := range req.Recipients {
		a := h.assess(req.Treatment, r)
		a.Address = r.Address
		out = append(out, a)
	}
	return out
}

func (h *handlers) Handle(_ context.Context, task *sdk.Task, _ io.Reader) (*plugins.Result, error) {
	h.tasks = append(h.tasks, task)
	return h.handle(task)
}

func (h *handlers) Inspectors(string) []string { return nil }
func (h *handlers) Inspect(context.Context, string, sdk.Part, io.Reader) (sdk.Inspection, error) {
	return sdk.Inspection{}, errors.New("there is no inspector")
}

// able is a tls plugin and a pdf plugin at their best.
func able(treatment string, r sdk.Recipient) sdk.Assessment {
	switch treatment {
	case "tls":
		route := &sdk.Route{Security: "secure"}
		if r.Level == "tls" {
			route.Security = "encrypt"
		}
		if strings.HasSuffix(r.Address, "@routed.example") {
			route.NextHop = "[mx.routed.example]:25"
		}
		return sdk.Assessment{Ability: sdk.Able, Level: r.Level, Route: route}
	case "pdf":
		return sdk.Assessment{Ability: sdk.Able, Level: "content"}
	}
	return sdk.Assessment{Ability: sdk.Unable, Reason: "no certificate"}
}

// injector takes every copy and remembers it.
type injector struct{ got []deliver.Injection }

func (i *injector) Inject(_ context.Context, in deliver.Injection) []deliver.Result {
	i.got = append(i.got, in)
	var out []deliver.Result
	for _, r := range in.Recipients {
		out = append(out, deliver.Result{Address: r.Address, Reply: message.Reply{Code: 250, Enhanced: "2.0.0", Text: "OK"}})
	}
	return out
}

type engine struct{ g *policy.Generation }

func (e engine) Current() *policy.Generation { return e.g }

type observer struct{}

func (observer) Message(string)              {}
func (observer) Recipient(string, string)    {}
func (observer) Stage(string, time.Duration) {}
func (observer) Injected(string)             {}

type bench struct {
	*gateway.Gateway
	handlers *handlers
	injector *injector
	store    *store.Store
}

func newBench(t *testing.T, data string) *bench {
	t.Helper()
	ctx := context.Background()
	g, err := policy.Build(ctx, policy.Source{
		Policy: fstest.MapFS{"main.rego": {Data: []byte(rules)}}, Data: fstest.MapFS{"data.yaml": {Data: []byte(data)}},
		LocalDomains: []string{"bank.example"},
	}, policy.BuildOptions{Deadline: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "sealpost.db"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := inspect.New(inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{handlers: &handlers{assess: able}, injector: &injector{}, store: s}
	b.Gateway = gateway.New(gateway.Options{
		Policy: engine{g}, Inspector: in, Handlers: b.handlers, Jobs: s, Injector: b.injector, Spool: message.NewSpool(1<<20, 1<<24),
		Observer: observer{}, Log: zaptest.NewLogger(t), LMTP: "sealpost:unix:sealpost/deliver", Patience: time.Hour,
		InspectTime: 10 * time.Second, Location: time.UTC,
	})
	return b
}

func (b *bench) message(t *testing.T, text string, to ...string) *message.Message {
	t.Helper()
	c, err := b.Spool.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(message.CRLF(c), text); err != nil {
		t.Fatal(err)
	}
	m := &message.Message{ID: message.NewID(), Received: time.Now(), Content: c,
		Envelope: message.Envelope{Sender: "anna@bank.example", QueueID: "Q1", Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}}}
	for _, a := range to {
		m.Envelope.Recipients = append(m.Envelope.Recipients, message.Recipient{Typed: a, Address: a})
	}
	return m
}

const note = "Subject: note\nX-Sealpost-Id: forged\nx-sealpost-trust: yes\n\nhello\n"

// edits is what an answer does to the recipients, with the id made readable.
func edits(m *message.Message, a message.Answer) []string {
	var out []string
	for _, d := range a.Edits.DeleteRecipients {
		out = append(out, "- "+d)
	}
	for _, r := range a.Edits.AddRecipients {
		out = append(out, "+ "+strings.ReplaceAll(r.Address, m.ID, "ID")+" "+r.Args)
	}
	return out
}

func TestEachRecipientGetsItsOwnWay(t *testing.T) {
	b := newBench(t, partners)
	m := b.message(t, note, "Plain@x.example", "tls@x.example", "verified@x.example", "partner@routed.example", "content@x.example", "forbidden@x.example")
	a := b.Handle(context.Background(), m)
	if a.Verdict != message.Accept {
		t.Fatalf("verdict %s %s, want accept", a.Verdict, a.Reply)
	}
	want := []string{
		"- tls@x.example", "- verified@x.example", "- partner@routed.example", "- content@x.example", "- forbidden@x.example",
		"+ tls@x.example.ID.tls.sealpost.invalid ORCPT=rfc822;tls@x.example",
		"+ verified@x.example.ID.verified-tls.sealpost.invalid ORCPT=rfc822;verified@x.example",
		"+ partner@routed.example.ID.partner-tls.sealpost.invalid ORCPT=rfc822;partner@routed.example",
		"+ content@x.example.ID.content.sealpost.invalid ORCPT=rfc822;content@x.example",
		"+ forbidden@x.example.ID.reject.sealpost.invalid ORCPT=rfc822;forbidden@x.example",
	}
	if d := cmp.Diff(want, edits(m, a)); d != "" {
		t.Errorf("edits (-want +got):\n%s", d)
	}
	if a.Edits.SenderArgs != "RET=HDRS" {
		t.Errorf("sender arguments %q, want RET=HDRS", a.Edits.SenderArgs)
	}
	job, err := b.store.Job(context.Background(), m.ID)
	if err != nil || len(job.Recipients) != 5 {
		t.Errorf("the decision wasn't kept whole: %v, %d recipients", err, len(job.Recipients))
	}
	if d := cmp.Diff([]message.HeaderRef{{Name: "X-Sealpost-Id", Index: 1}, {Name: "x-sealpost-trust", Index: 1}}, a.Edits.DeleteHeaders); d != "" {
		t.Errorf("foreign headers (-want +got):\n%s", d)
	}
}

func TestMessageThatNeedsNothingIsNotRemembered(t *testing.T) {
	b := newBench(t, "{}")
	m := b.message(t, note, "plain@x.example", "bob@bank.example")
	a := b.Handle(context.Background(), m)
	if a.Verdict != message.Accept || len(edits(m, a)) != 0 || a.Edits.SenderArgs != "" || a.Edits.Body != nil {
		t.Errorf("got %+v, want accept with no edit of recipients", a)
	}
	if _, err := b.store.Job(context.Background(), m.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a decision was kept: %v", err)
	}
}

func TestAnswersForTheWholeMessage(t *testing.T) {
	unknown := func(string, sdk.Recipient) sdk.Assessment { return sdk.Assessment{Ability: sdk.Unknown} }
	weak := func(_ string, r sdk.Recipient) sdk.Assessment {
		return sdk.Assessment{Ability: sdk.Able, Level: "tls", Route: &sdk.Route{Security: "encrypt"}}
	}
	for name, c := range map[string]struct {
		assess func(string, sdk.Recipient) sdk.Assessment
		to     []string
		want   string
	}{
		"all forbidden":          {able, []string{"forbidden@x.example", "forbidden@y.example"}, "reject 550 5.7.1 This copy needs forbidden. (ID)"},
		"one pending":            {unknown, []string{"plain@x.example", "tls@x.example"}, "tempfail 451 4.7.1 treatment pdf can't be assessed now, try again later (ID)"},
		"forbidden needs nobody": {unknown, []string{"forbidden@x.example"}, "reject 550 5.7.1 This copy needs forbidden. (ID)"},
		"reaches too little":     {weak, []string{"verified@x.example"}, "reject 550 5.7.1 This copy needs verified-tls; it can't be protected by tls (tls reaches only the level tls) (ID)"},
		"can't carry a mark":     {able, []string{"tls@[192.0.2.1]"}, "reject 550 5.7.1 This copy needs tls; the address can't be protected: its domain is an address literal or too long (ID)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "{}")
			b.handlers.assess = c.assess
			m := b.message(t, note, c.to...)
			a := b.Handle(context.Background(), m)
			if got := strings.ReplaceAll(fmt.Sprintf("%s %s", a.Verdict, a.Reply), m.ID, "ID"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !a.Edits.Empty() {
				t.Errorf("edits with verdict %s", a.Verdict)
			}
		})
	}
}

// TestNothingGoesOnWithoutAnAnswer breaks each part that Handle needs.
func TestNothingGoesOnWithoutAnAnswer(t *testing.T) {
	for name, breakIt := range map[string]func(b *bench, m *message.Message) context.Context{
		"store closed": func(b *bench, _ *message.Message) context.Context { b.store.Close(); return context.Background() },
		"content closed": func(_ *bench, m *message.Message) context.Context {
			m.Content.Close()
			return context.Background()
		},
		"context over": func(*bench, *message.Message) context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		},
		"aliases unknown": func(b *bench, _ *message.Message) context.Context {
			b.Expander = expanderFunc(func() (gateway.Expansion, error) { return gateway.Expansion{}, errors.New("table gone") })
			return context.Background()
		},
		"aliases for fewer recipients": func(b *bench, _ *message.Message) context.Context {
			b.Expander = expanderFunc(func() (gateway.Expansion, error) { return gateway.Expansion{}, nil })
			return context.Background()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "{}")
			m := b.message(t, note, "tls@x.example")
			a := b.Handle(breakIt(b, m), m)
			if a.Verdict != message.TempFail || a.Reply.Code != 451 || !a.Edits.Empty() {
				t.Errorf("got %s %s, want a temporary failure", a.Verdict, a.Reply)
			}
		})
	}
}

type expanderFunc func() (gateway.Expansion, error)

func (f expanderFunc) Expand(context.Context, *message.Envelope) (gateway.Expansion, error) {
	return f()
}

func TestAliasThatLeadsOutsideIsJudgedByWhereItLeads(t *testing.T) {
	b := newBench(t, "{}")
	b.Expander = expanderFunc(func() (gateway.Expansion, error) {
		return gateway.Expansion{Recipients: [][]string{{"anna@bank.example", "tls@x.example"}}}, nil
	})
	m := b.message(t, note, "team@bank.example")
	a := b.Handle(context.Background(), m)
	want := []string{
		"- team@bank.example",
		"+ anna@bank.example ORCPT=rfc822;team@bank.example",
		"+ tls@x.example.ID.tls.sealpost.invalid ORCPT=rfc822;team@bank.example",
	}
	if d := cmp.Diff(want, edits(m, a)); d != "" {
		t.Errorf("edits (-want +got):\n%s", d)
	}
	b.Expander = expanderFunc(func() (gateway.Expansion, error) {
		return gateway.Expansion{Recipients: [][]string{{"team@bank.example"}}, Added: []string{"tls@x.example"}}, nil
	})
	if a := b.Handle(context.Background(), b.message(t, note, "team@bank.example")); a.Verdict != message.TempFail {
		t.Errorf("a copy that the MTA adds and that needs protection: got %s, want tempfail", a.Verdict)
	}
}

// What can't be known or kept about aliases ends in a temporary failure, and
// only where it matters.
func TestAliasThatCanNotBeFollowedWaits(t *testing.T) {
	yes := func(address string) map[string]bool { return map[string]bool{address: true} }
	for name, c := range map[string]struct {
		x    gateway.Expansion
		want message.Verdict
	}{
		"unsure":                          {gateway.Expansion{Recipients: [][]string{{"anna@bank.example"}}, Unsure: map[int]string{0: "a list"}}, message.TempFail},
		"unsure and marked":               {gateway.Expansion{Recipients: [][]string{{"tls@x.example"}}, Unsure: map[int]string{0: "a list"}}, message.TempFail},
		"unsure copies":                   {gateway.Expansion{Recipients: [][]string{{"anna@bank.example"}}, Unsure: map[int]string{-1: "a list"}}, message.TempFail},
		"expanded again beside a mark":    {gateway.Expansion{Recipients: [][]string{{"anna@bank.example", "tls@x.example"}}, Unstable: yes("anna@bank.example")}, message.TempFail},
		"expanded again but not replaced": {gateway.Expansion{Recipients: [][]string{{"anna@bank.example", "eve@x.example"}}, Unstable: yes("anna@bank.example")}, message.Accept},
		"expanded again but marked":       {gateway.Expansion{Recipients: [][]string{{"anna@bank.example", "tls@x.example"}}, Unstable: yes("tls@x.example")}, message.Accept},
		"its mark would be changed":       {gateway.Expansion{Recipients: [][]string{{"tls@x.example"}}, Unmarkable: yes("tls@x.example")}, message.TempFail},
		"a mark would be changed":         {gateway.Expansion{Recipients: [][]string{{"anna@bank.example"}}, Unmarkable: yes("anna@bank.example")}, message.Accept},
		"refused anyway":                  {gateway.Expansion{Recipients: [][]string{{"forbidden@x.example"}}, Unsure: map[int]string{0: "a list"}, Unmarkable: yes("forbidden@x.example")}, message.Reject},
		"stands for nobody":               {gateway.Expansion{Recipients: [][]string{{}}}, message.TempFail},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "{}")
			b.Expander = expanderFunc(func() (gateway.Expansion, error) { return c.x, nil })
			a := b.Handle(context.Background(), b.message(t, note, "team@bank.example"))
			if a.Verdict != c.want {
				t.Errorf("got %s %s, want %s", a.Verdict, a.Reply, c.want)
			}
			if a.Verdict == message.TempFail && len(c.x.Unsure) > 0 && !strings.Contains(a.Reply.Text, "later_recipients: strict") {
				t.Errorf("the reply doesn't say what helps: %s", a.Reply)
			}
		})
	}
}

func TestMarksComeFromUsAlone(t *testing.T) {
	b := newBench(t, "{}")
	for address, refused := range map[string]bool{
		"bob@x.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.tls.sealpost.invalid": true,
		"bob@x.example.SEALPOST.Invalid.":                               true,
		"bob@sealpost.invalid":                                          true,
		"bob@notsealpost.invalid":                                       false,
		"sealpost.invalid@x.example":                                    false,
	} {
		r := b.Recipient(context.Background(), nil, &message.Recipient{Typed: address, Address: address})
		if got := r != nil && r.Code == 550 && r.Enhanced == "5.1.2"; got != refused {
			t.Errorf("%s: refused %v, want %v", address, got, refused)
		}
	}
}

func TestNotificationsNameTheRealRecipient(t *testing.T) {
	b := newBench(t, "{}")
	const mark = "bob@x.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.verified-tls.sealpost.invalid"
	report := "Content-Type: multipart/report; boundary=b\n\n--b\n\n<" + mark + ">: host said\n--b\n\nFinal-Recipient: rfc822;" + mark + "\n--b--\n"
	own := func(m *message.Message) { m.Envelope.Sender, m.Envelope.Client = "", message.Client{} }
	m := b.message(t, report, "anna@bank.example")
	own(m)
	a := b.Handle(context.Background(), m)
	if a.Edits.Body == nil {
		t.Fatal("the notification's body wasn't changed")
	}
	defer a.Edits.Body.Close()
	got, _ := io.ReadAll(a.Edits.Body.Reader())
	want := "--b\r\n\r\n<bob@x.example>: host said\r\n--b\r\n\r\nFinal-Recipient: rfc822;bob@x.example\r\n--b--\r\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("body (-want +got):\n%s", d)
	}
	stranger := b.message(t, report, "anna@bank.example")
	if a := b.Handle(context.Background(), stranger); a.Edits.Body != nil {
		t.Error("the body of a client's message was changed")
	}
}
