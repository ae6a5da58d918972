package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// decided lets a message through Handle and returns what the MTA would hand to
// deliver: the marks, in the envelope's order.
func (b *bench) decided(t *testing.T, to ...string) (id string, marks []string) {
	t.Helper()
	m := b.message(t, note, to...)
	a := b.Handle(context.Background(), m)
	if a.Verdict != message.Accept {
		t.Fatalf("got %s %s, want accept", a.Verdict, a.Reply)
	}
	for _, r := range a.Edits.AddRecipients {
		marks = append(marks, r.Address)
	}
	return m.ID, marks
}

// treat hands marks to Treat and returns its replies with ids made readable.
func (b *bench) treat(t *testing.T, id string, rcpts ...string) []string {
	t.Helper()
	m := b.message(t, note, rcpts...)
	var out []string
	for _, r := range b.Treat(context.Background(), m) {
		out = append(out, strings.NewReplacer(id, "ID", m.ID, "NEW").Replace(r.String()))
	}
	return out
}

// copies makes one copy for all recipients.
func (b *bench) copies(t *testing.T, text string) func(*sdk.Task) (*plugins.Result, error) {
	return func(task *sdk.Task) (*plugins.Result, error) {
		c := b.message(t, text).Content
		r := &plugins.Result{Copies: []plugins.Copy{{Content: c, Notice: task.Treatment == "notify"}}}
		for _, rcpt := range task.Recipients {
			r.Outcomes = append(r.Outcomes, sdk.Outcome{Address: rcpt.Address, Kind: sdk.Replace})
		}
		return r, nil
	}
}

func TestOutcomesBecomeReplies(t *testing.T) {
	for kind, want := range map[string]string{
		sdk.Replace: "250 2.0.0 OK",
		sdk.Taken:   "250 2.0.0 taken (ID)",
		sdk.Refuse:  "550 5.7.1 No, because. (ID)",
		sdk.Retry:   "451 4.7.1 the treatment pdf can't be done now, try again later (ID)",
		sdk.Deliver: "451 4.7.1 the treatment pdf named a route that the level doesn't allow (ID)",
		"":          "451 4.3.0 the treatment pdf failed, try again later (ID)",
	} {
		t.Run(kind, func(t *testing.T) {
			b := newBench(t, "{}")
			id, marks := b.decided(t, "content@x.example")
			b.handlers.handle = func(task *sdk.Task) (*plugins.Result, error) {
				if kind == "" {
					return nil, errors.New("died")
				}
				r, err := b.copies(t, "Subject: sealed\n\nx\n")(task)
				r.Outcomes[0].Kind, r.Outcomes[0].Text = kind, "No, because."
				return r, err
			}
			if d := cmp.Diff([]string{want}, b.treat(t, id, marks...)); d != "" {
				t.Errorf("replies (-want +got):\n%s", d)
			}
		})
	}
}

func TestWhatIsDoneIsNotDoneAgain(t *testing.T) {
	b := newBench(t, "{}")
	id, marks := b.decided(t, "content@x.example", "content+2@x.example")
	done := store.Entry{Job: id, Recipient: "content@x.example", Kind: "copy", State: store.Done, Updated: time.Now()}
	if err := b.store.Record(context.Background(), done); err != nil {
		t.Fatal(err)
	}
	b.handlers.handle = b.copies(t, "Subject: sealed\n\nx\n")
	if d := cmp.Diff([]string{"250 2.0.0 done before (ID)", "250 2.0.0 OK"}, b.treat(t, id, marks...)); d != "" {
		t.Errorf("replies (-want +got):\n%s", d)
	}
	if len(b.handlers.tasks) != 1 || len(b.handlers.tasks[0].Recipients) != 1 || b.handlers.tasks[0].Recipients[0].Address != "content+2@x.example" {
		t.Errorf("the handler was asked for %+v", b.handlers.tasks)
	}
}

func TestCopiesGoBackToTheRealRecipient(t *testing.T) {
	b := newBench(t, "{}")
	id, marks := b.decided(t, "content@x.example", "content+told@x.example")
	b.handlers.handle = b.copies(t, "Subject: sealed\n\nx\n")
	b.treat(t, id, marks...)
	got := map[string]string{}
	for _, in := range b.injector.got {
		for _, r := range in.Recipients {
			got[in.Kind+" from <"+in.Sender+">"] += " " + r.To
		}
	}
	want := map[string]string{
		"copy from <anna@bank.example>": " content@x.example content+told@x.example",
		"notice from <>":                " anna@bank.example",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("injected (-want +got):\n%s", d)
	}
}

func TestMarksWithoutDecision(t *testing.T) {
	b := newBench(t, "{}")
	id, marks := b.decided(t, "content@x.example")
	other := strings.Replace(marks[0], "content@x", "other@x", 1)
	less := strings.Replace(marks[0], ".content.sealpost", ".opportunistic.sealpost", 1)
	unknown := strings.Replace(marks[0], id, strings.Repeat("a", 26), 1)
	want := []string{
		"550 5.1.2 this address belongs to no decision of the gateway (NEW)",
		"550 5.1.2 this address belongs to no decision of the gateway (NEW)",
		"550 5.1.2 this address belongs to no decision of the gateway (NEW)",
		"550 5.1.2 this address belongs to no decision of the gateway (NEW)",
	}
	if d := cmp.Diff(want, b.treat(t, id, other, less, unknown, "plain@x.example")); d != "" {
		t.Errorf("replies (-want +got):\n%s", d)
	}
	b.store.Close()
	want = []string{"451 4.3.0 the decision can't be read, try again later (NEW)"}
	if d := cmp.Diff(want, b.treat(t, id, marks...)); d != "" {
		t.Errorf("replies with the store gone (-want +got):\n%s", d)
	}
}

func TestRoutes(t *testing.T) {
	b := newBench(t, partners)
	id, _ := b.decided(t, "tls@x.example", "partner@routed.example", "content@x.example", "forbidden@x.example")
	mark := func(address string, way gateway.Way) string {
		return gateway.Mark{Address: address, Job: id, Way: way}.String()
	}
	lmtp := "sealpost:unix:sealpost/deliver"
	route := func() map[string]string {
		got := map[string]string{}
		for name, address := range map[string]string{
			"tls": mark("TLS@X.example", gateway.WayTLS), "partner": mark("partner@routed.example", gateway.WayPartnerTLS),
			"content": mark("content@x.example", gateway.WayContent), "treated": mark("content@x.example", gateway.WayTreated),
			"reject":         mark("forbidden@x.example", gateway.WayReject),
			"less than plan": mark("content@x.example", gateway.WayOpportunistic), "treated, but refused": mark("forbidden@x.example", gateway.WayTreated),
			"unmarked": "plain@x.example", "domain": "x.example",
		} {
			transport, found, err := b.Route(context.Background(), address)
			if err != nil {
				t.Fatal(err)
			}
			if found {
				got[name] = transport
			}
		}
		return got
	}
	want := map[string]string{"tls": "sealpost-tls:x.example", "partner": "sealpost-partner-tls:[mx.routed.example]:25",
		"content": lmtp, "treated": "sealpost-opportunistic:x.example", "reject": lmtp, "less than plan": lmtp, "treated, but refused": lmtp}
	if d := cmp.Diff(want, route()); d != "" {
		t.Errorf("routes (-want +got):\n%s", d)
	}
	b.Patience = 0
	want["tls"], want["partner"] = lmtp, lmtp
	if d := cmp.Diff(want, route()); d != "" {
		t.Errorf("routes when patience has run out (-want +got):\n%s", d)
	}
	b.store.Close()
	if _, _, err := b.Route(context.Background(), mark("tls@x.example", gateway.WayTLS)); err == nil {
		t.Error("no error, though the decision can't be read")
	}
}

func TestTLSThatFailsForTooLongGetsTheNextTreatmentOrARefusal(t *testing.T) {
	b := newBench(t, "{}")
	id, marks := b.decided(t, "tls@x.example", "verified@x.example")
	b.handlers.handle = b.copies(t, "Subject: sealed\n\nx\n")
	want := []string{"250 2.0.0 OK",
		"550 5.7.10 the encryption in transit that policy demands could not be had: This copy needs verified-tls. (ID)"}
	if d := cmp.Diff(want, b.treat(t, id, marks...)); d != "" {
		t.Errorf("replies (-want +got):\n%s", d)
	}
	if len(b.handlers.tasks) != 1 || b.handlers.tasks[0].Treatment != "pdf" {
		t.Errorf("tasks %+v, want one for pdf", b.handlers.tasks)
	}
	if to := b.injector.got[0].Recipients[0].To; !strings.HasSuffix(to, ".treated.sealpost.invalid") {
		t.Errorf("the copy goes to %s: a partner's own TLS policy would stop it again", to)
	}
}

// A handler may choose the MTA's TLS only when it sees the message. When that
// has failed for too long the copy comes back, and must not count as done.
func TestRoutedCopyThatComesBackIsRefused(t *testing.T) {
	b := newBench(t, "{}")
	b.handlers.assess = func(_ string, r sdk.Recipient) sdk.Assessment {
		return sdk.Assessment{Ability: sdk.Able, Level: r.Level} // and no route yet
	}
	b.handlers.handle = func(task *sdk.Task) (*plugins.Result, error) {
		return &plugins.Result{Outcomes: []sdk.Outcome{{Address: task.Recipients[0].Address, Kind: sdk.Deliver, Route: &sdk.Route{Security: "encrypt"}}}}, nil
	}
	id, marks := b.decided(t, "tls@x.example")
	if !strings.Contains(marks[0], ".content.") {
		t.Fatalf("mark %s, want the way content", marks[0])
	}
	if d := cmp.Diff([]string{"250 2.0.0 OK"}, b.treat(t, id, marks...)); d != "" {
		t.Fatalf("first time (-want +got):\n%s", d)
	}
	routed := b.injector.got[0].Recipients[0].To
	if transport, _, err := b.Route(context.Background(), routed); err != nil || transport != "sealpost-tls:x.example" {
		t.Errorf("the copy goes to %q, %v", transport, err)
	}
	b.Patience = 0
	if transport, _, _ := b.Route(context.Background(), routed); transport != b.LMTP {
		t.Errorf("after too long it goes to %q, want deliver", transport)
	}
	if got := b.treat(t, id, routed); !strings.HasPrefix(got[0], "550 5.7.10") {
		t.Errorf("and is answered %s, want a refusal", got[0])
	}
}

func TestStrictCopyForOneOfUsCarriesNoMark(t *testing.T) {
	b := newBench(t, "{}")
	b.Strict = true
	id, marks := b.decided(t, "content@bank.example", "content@x.example")
	b.handlers.handle = b.copies(t, "Subject: sealed\n\nx\n")
	b.treat(t, id, marks...)
	var to []string
	for _, r := range b.injector.got[0].Recipients {
		to = append(to, strings.ReplaceAll(r.To, id, "ID"))
	}
	if d := cmp.Diff([]string{"content@bank.example", "content@x.example.ID.treated.sealpost.invalid"}, to); d != "" {
		t.Errorf("copies (-want +got):\n%s", d)
	}
}

func TestOnlyOurOwnSendersAreTold(t *testing.T) {
	b := newBench(t, "{}")
	for sender, told := range map[string]bool{"anna@bank.example": true, "eve@evil.example": false, "": false} {
		m := b.message(t, note, "content+told@x.example")
		m.Envelope.Sender = sender
		a := b.Handle(context.Background(), m)
		if got := strings.Contains(strings.Join(edits(m, a), " "), ".notify."); got != told {
			t.Errorf("sender %q: told %v, want %v", sender, got, told)
		}
	}
}

func TestRulesSeeOneSpellingOfAnAddress(t *testing.T) {
	b := newBench(t, "{}")
	for _, spelling := range []string{"forbidden@x.example", "Forbidden@X.example", `"forbidden"@x.example`, `"for\bidden"@x.example`, "forbidden@x.example."} {
		if a := b.Handle(context.Background(), b.message(t, note, spelling)); a.Verdict != message.Reject {
			t.Errorf("%s: got %s, want reject", spelling, a.Verdict)
		}
	}
	m := b.message(t, note, `"TLS"@x.example`)
	a := b.Handle(context.Background(), m)
	if got := a.Edits.AddRecipients; len(got) != 1 || !strings.HasPrefix(got[0].Address, `"TLS"@x.example.`) {
		t.Errorf("the mark doesn't hold the address as it was written: %v", got)
	}
}

// In mode strict a copy that needs nothing but its mark taken off goes where
// the site sends that domain's mail, and waits while that can't be known.
func TestStrictCopiesFollowTheSitesRoutes(t *testing.T) {
	b := newBench(t, "{}")
	b.Strict = true
	b.NextHop = func(_ context.Context, address string) (string, string, error) {
		switch message.Domain(address) {
		case "x.example":
			return "[relay.example]:587", "", nil
		case "closed.example":
			return "", "error:no mail there", nil
		}
		return "", "", errors.New("a table doesn't answer")
	}
	id, _ := b.decided(t, "plain@x.example", "content@x.example", "plain@closed.example", "plain@unknown.example")
	for mark, want := range map[gateway.Mark]string{
		{Address: "plain@x.example", Job: id, Way: gateway.WayOpportunistic}:       "sealpost-opportunistic:[relay.example]:587",
		{Address: "content@x.example", Job: id, Way: gateway.WayTreated}:           "sealpost-opportunistic:[relay.example]:587",
		{Address: "plain@closed.example", Job: id, Way: gateway.WayOpportunistic}:  "error:no mail there",
		{Address: "plain@unknown.example", Job: id, Way: gateway.WayOpportunistic}: "error",
	} {
		transport, found, err := b.Route(context.Background(), mark.String())
		if err != nil {
			transport = "error"
		} else if !found {
			transport = "not found"
		}
		if transport != want {
			t.Errorf("%s goes to %q, want %q", mark.Address, transport, want)
		}
	}
}

func TestTLSPolicies(t *testing.T) {
	data := `{"partners": {
		"p.example": {"name": "P", "level": "partner-tls", "route": "[mx.host.example]:25", "match": ["p.host.example"]},
		"q.example": {"name": "Q", "level": "partner-tls", "route": "[mx.host.example]:25", "match": ["q.host.example"]},
		"r.example": {"name": "R", "level": "verified-tls"}}}`
	b := newBench(t, data)
	b.handlers.assess = func(_ string, r sdk.Recipient) sdk.Assessment {
		if strings.HasSuffix(r.Address, "@bad.example") {
			return sdk.Assessment{Ability: sdk.Unable, Reason: "no"}
		}
		route := &sdk.Route{Security: "secure", Ciphers: "high"}
		if strings.Contains(string(r.Partner), "p.host") {
			route.Match = []string{"p.host.example", "nexthop"}
		}
		return sdk.Assessment{Ability: sdk.Able, Level: r.Level, Route: route}
	}
	for _, c := range []struct {
		level policy.Level
		hop   string
		want  string
	}{
		{policy.VerifiedTLS, "x.example", "secure ciphers=high"},
		{policy.VerifiedTLS, "[mx.x.example]:25", "error"}, // whose conditions hold there isn't known
		{policy.VerifiedTLS, "bad.example", "error"},
		{policy.PartnerTLS, "[MX.host.example]:25", "error"}, // two partners, different conditions
		{"", "r.example", "secure ciphers=high"},
		{"", "x.example", "not found"},
		{"", ".example", "not found"},
	} {
		line, found, err := b.TLSPolicy(context.Background(), c.level, c.hop)
		switch {
		case err != nil:
			line = "error"
		case !found:
			line = "not found"
		}
		if line != c.want {
			t.Errorf("%q at %q: got %q, want %q", c.hop, c.level, line, c.want)
		}
	}
}

func TestStrictJudgesLateWhoeverComesWithoutAMark(t *testing.T) {
	b := newBench(t, "{}")
	b.Strict = true
	m := b.message(t, note, "plain@x.example", "bob@bank.example")
	a := b.Handle(context.Background(), m)
	want := []string{"- plain@x.example", "+ plain@x.example.ID.opportunistic.sealpost.invalid ORCPT=rfc822;plain@x.example"}
	if d := cmp.Diff(want, edits(m, a)); d != "" {
		t.Errorf("every copy that leaves is marked (-want +got):\n%s", d)
	}
	if transport, found, err := b.Route(context.Background(), "tls@x.example"); err != nil || !found || transport != b.LMTP {
		t.Errorf("an unmarked recipient outside goes to %q %v %v", transport, found, err)
	}
	if _, found, _ := b.Route(context.Background(), "bob@bank.example"); found {
		t.Error("a recipient of ours was rerouted")
	}
	for range 2 { // the second try finds the first one's decision
		if d := cmp.Diff([]string{"250 2.0.0 OK"}, b.treat(t, "-", "tls@x.example")); d != "" {
			t.Fatalf("late decision (-want +got):\n%s", d)
		}
	}
	first, second := b.injector.got[0], b.injector.got[1]
	if first.Job != second.Job || first.Recipients[0].To != second.Recipients[0].To {
		t.Errorf("two tries are two jobs: %v, %v", first.Recipients, second.Recipients)
	}
	if mark, ok := gateway.ParseMark(first.Recipients[0].To); !ok || mark.Way != gateway.WayTLS || mark.Address != "tls@x.example" {
		t.Errorf("the late copy goes back to %q", first.Recipients[0].To)
	}
	if got := b.treat(t, "-", "forbidden@x.example"); !strings.HasPrefix(got[0], "550 5.7.1 This copy needs forbidden.") {
		t.Errorf("a late forbidden copy: %s", got[0])
	}
	if got := b.treat(t, "-", "held@x.example"); !strings.HasPrefix(got[0], "451 4.7.1 policy wants this copy held") || len(b.injector.got) != 2 {
		t.Errorf("a late copy that is to be held: %s, %d copies handed over", got[0], len(b.injector.got))
	}
}

func FuzzMark(f *testing.F) {
	f.Add("bob@partner.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.tls.sealpost.invalid")
	f.Add(`"a@b c"@x.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.content.SEALPOST.invalid.`)
	f.Fuzz(func(t *testing.T, address string) {
		m, ok := gateway.ParseMark(address)
		if !ok {
			return
		}
		if !gateway.HasSuffix(address) {
			t.Errorf("%q is a mark and doesn't lie in the marks' domain", address)
		}
		if again, ok := gateway.ParseMark(m.String()); !ok || !strings.EqualFold(again.String(), m.String()) {
			t.Errorf("%q: %+v doesn't come back: %+v", address, m, again)
		}
	})
}
