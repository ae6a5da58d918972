package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/sealpost/sealpost/store"
)

func TestInjectHandsACopyOver(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	in := injection("bob@a.example", `"x y>"@b.example`)
	in.Args = []string{"BODY=8BITMIME", "RET=HDRS", "ENVID=e+2B", "SIZE=99"}
	in.Recipients[0].To = "bob@a.example.mark.invalid"
	in.Recipients[0].Args = []string{"ORCPT=rfc822;bob@a.example", "NOTIFY=FAILURE"}
	in.Content = strings.NewReader("Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nbare\nlf\n.\nlast")
	i := injector(t, m, s)
	results := i.Inject(t.Context(), in)
	if d := cmp.Diff([]int{250, 250}, codes(results)); d != "" {
		t.Fatal(d)
	}
	got := m.queue[0]
	want := delivery{ID: got.ID, Batch: got.Batch, Mail: "FROM:<alice@example.org> RET=HDRS ENVID=e+2B BODY=8BITMIME",
		Rcpts: []string{"TO:<bob@a.example.mark.invalid> ORCPT=rfc822;bob@a.example NOTIFY=FAILURE", `TO:<"x y>"@b.example>`},
		Data:  "Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nbare\r\nlf\r\n.\r\nlast\r\n"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !validBatch(got.Batch) {
		t.Errorf("batch %q", got.Batch)
	}
	for k, r := range results {
		if r.QueueID != got.ID || r.Earlier || r.Address != in.Recipients[k].Address {
			t.Errorf("result %+v", r)
		}
	}
	list, err := s.Ledger(t.Context(), "job1")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.State != store.Done || e.QueueID != got.ID || e.Batch != got.Batch {
			t.Errorf("entry %+v", e)
		}
	}
	if i.Counts() != (Counts{Sent: 2}) {
		t.Errorf("%+v", i.Counts())
	}
}

func TestInjectTwiceSendsOnce(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	i := injector(t, m, s)
	in := injection("bob@a.example", "bob@a.example")
	i.Inject(t.Context(), in)
	in.Recipients = append(in.Recipients, InjectRecipient{Address: "carol@a.example", To: "carol@a.example"})
	results := i.Inject(t.Context(), in)
	if d := cmp.Diff(map[string]int{"bob@a.example": 1, "carol@a.example": 1}, m.delivered()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{250, 250, 250}, codes(results)); d != "" || !results[0].Earlier || results[2].Earlier || results[0].QueueID == "" {
		t.Errorf("%+v", results)
	}
	// Another kind or job is another copy.
	in.Kind = "notice"
	i.Inject(t.Context(), in)
	if n := m.delivered()["bob@a.example"]; n != 2 {
		t.Errorf("a notice was taken for the copy: %d", n)
	}
}

func TestRefusedRecipientsAreTheirOwn(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	m.answers["RCPT no@a.example.mark"] = "550-5.1.1 first line\r\n550 5.1.1 <no@a.example.mark>: unknown"
	m.answers["RCPT later@a.example"] = "452 too many"
	m.answers["RCPT odd@a.example"] = "354 what"
	in := injection("bob@a.example", "no@a.example", "later@a.example", "odd@a.example")
	in.Recipients[1].To = "no@a.example.mark"
	results := injector(t, m, s).Inject(t.Context(), in)
	if d := cmp.Diff([]int{250, 550, 452, 451}, codes(results)); d != "" {
		t.Error(d)
	}
	if got := results[1].Reply.String(); got != "550 5.1.1 <no@a.example>: unknown" {
		t.Errorf("the peer's reply, without the mark: %q", got)
	}
	if got := results[2].Reply.String(); got != "452 4.0.0 too many" {
		t.Errorf("reply without enhanced code: %q", got)
	}
	want := map[string]store.State{"bob@a.example": store.Done, "no@a.example": store.Intent, "later@a.example": store.Intent, "odd@a.example": store.Intent}
	if d := cmp.Diff(want, states(t, s)); d != "" {
		t.Error(d)
	}
}

// A refusal of the message is said on; one that comes from how the MTA is set
// up is no reason to bounce.
func TestRefusalsBeforeTheDot(t *testing.T) {
	for _, c := range []struct {
		at, answer string
		want       int
		state      store.State
	}{
		{"greeting", "554 no", 451, store.Intent},
		{"EHLO", "550 no", 451, store.Intent},
		{"XFORWARD", "550 5.7.0 Error: insufficient authorization", 451, store.Intent},
		{"MAIL", "552 5.3.4 too big", 552, store.Intent},
		{"MAIL", "530 5.7.0 Must issue a STARTTLS command first", 451, store.Intent},
		{"MAIL", "451 4.3.0 later", 451, store.Intent},
		{"DATA", "554 5.5.1 no", 554, store.Intent},
		{"DATA", "250 what", 451, store.Intent},
		{".", "550 5.7.1 refused", 550, store.Intent},
		{".", "452 4.3.1 disk", 452, store.Intent},
		{".", "354 what", 451, store.Dot},
		{".", "rubbish", 451, store.Dot},
	} {
		t.Run(c.at+" "+c.answer, func(t *testing.T) {
			m, s := startMTA(t), openStore(t)
			if c.at == "greeting" {
				m.set(func() { m.greeting = c.answer })
			} else {
				m.answers[c.at] = c.answer
			}
			results := injector(t, m, s).Inject(t.Context(), injection("bob@a.example", "carol@a.example"))
			if d := cmp.Diff([]int{c.want, c.want}, codes(results)); d != "" {
				t.Error(d)
			}
			if got := states(t, s)["bob@a.example"]; got != c.state {
				t.Errorf("ledger %s, want %s", got, c.state)
			}
			if len(m.delivered()) > 0 {
				t.Error("delivered")
			}
		})
	}
}

// Wherever the MTA dies, a later try delivers exactly one copy.
func TestPeerDiesAtEachPoint(t *testing.T) {
	for _, point := range []string{"EHLO", "XFORWARD", "MAIL", "RCPT", "DATA", "content", "dot", "committed"} {
		t.Run(point, func(t *testing.T) {
			m, s := startMTA(t), openStore(t)
			m.die = point
			i := injector(t, m, s)
			results := i.Inject(t.Context(), injection("bob@a.example", "carol@a.example"))
			if d := cmp.Diff([]int{451, 451}, codes(results)); d != "" {
				t.Error(d)
			}
			m.set(func() { m.die = "" })
			waitFor(t, i, 250)
			if d := cmp.Diff(map[string]int{"bob@a.example": 1, "carol@a.example": 1}, m.delivered()); d != "" {
				t.Error(d)
			}
			if i.Counts().Blind != 0 {
				t.Error("sent without knowing")
			}
		})
	}
}

// waitFor tries as the MTA does until the injection of bob and carol has a
// result: the log's last line may come a moment after the connection's end.
func waitFor(t *testing.T, i *Injector, code int) []Result {
	t.Helper()
	var results []Result
	for range 500 {
		results = i.Inject(t.Context(), injection("bob@a.example", "carol@a.example"))
		if results[0].Reply.Code == code && results[1].Reply.Code == code {
			return results
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("still %v", results)
	return nil
}

// The negative twin of TestPeerDiesAtEachPoint: a log that always says "not
// committed" gives a duplicate, so the question matters.
func TestWithoutTheLogThereAreDuplicates(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	m.die = "committed"
	i := injector(t, m, s, func(o *InjectorOptions) { o.Asker = asker{Known: NotCommitted} })
	i.Inject(t.Context(), injection("bob@a.example"))
	m.set(func() { m.die = "" })
	i.Inject(t.Context(), injection("bob@a.example"))
	if n := m.delivered()["bob@a.example"]; n != 2 {
		t.Errorf("%d copies: this test can't tell whether the log was asked", n)
	}
}

type asker Answer

func (a asker) Committed(context.Context, string, time.Time) Answer { return Answer(a) }

// Where the log can't tell, the copy waits, and is sent again only when it has
// waited for too long.
func TestLogThatCantTell(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	m.die, m.silent = "committed", true
	i := injector(t, m, s)
	i.Inject(t.Context(), injection("bob@a.example"))
	m.set(func() { m.die = "" })
	results := i.Inject(t.Context(), injection("bob@a.example"))
	if results[0].Reply.Code != 451 || m.delivered()["bob@a.example"] != 1 {
		t.Errorf("%v, delivered %v", results, m.delivered())
	}
	i = injector(t, m, s, func(o *InjectorOptions) { o.Patience = time.Nanosecond })
	results = i.Inject(t.Context(), injection("bob@a.example"))
	if results[0].Reply.Code != 250 || m.delivered()["bob@a.example"] != 2 || i.Counts().Blind != 1 {
		t.Errorf("%v, delivered %v, %+v", results, m.delivered(), i.Counts())
	}
}

// ledger is a store whose steps can fail.
type ledger struct {
	*store.Store
	fail store.State
}

func (l *ledger) Record(ctx context.Context, list ...store.Entry) error {
	if list[0].State == l.fail {
		return errors.New("disk full")
	}
	return l.Store.Record(ctx, list...)
}

type unreadable struct{ *store.Store }

func (unreadable) Ledger(context.Context, string) ([]store.Entry, error) {
	return nil, errors.New("I/O error")
}

// Nothing is handed over unless the ledger says so first.
func TestLedgerThatFails(t *testing.T) {
	for _, c := range []struct {
		state  store.State
		want   int
		copies int
	}{{store.Intent, 451, 0}, {store.Dot, 451, 0}, {store.Done, 250, 1}} {
		t.Run(string(c.state), func(t *testing.T) {
			m, s := startMTA(t), openStore(t)
			l := &ledger{Store: s, fail: c.state}
			i := injector(t, m, l)
			results := i.Inject(t.Context(), injection("bob@a.example", "carol@a.example"))
			if d := cmp.Diff([]int{c.want, c.want}, codes(results)); d != "" || m.delivered()["bob@a.example"] != c.copies {
				t.Errorf("%s delivered %v", d, m.delivered())
			}
			l.fail = ""
			waitFor(t, i, 250)
			if d := cmp.Diff(map[string]int{"bob@a.example": 1, "carol@a.example": 1}, m.delivered()); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("reading", func(t *testing.T) {
		m := startMTA(t)
		results := injector(t, m, unreadable{openStore(t)}).Inject(t.Context(), injection("bob@a.example"))
		if results[0].Reply.Code != 451 || len(m.commands) > 0 {
			t.Errorf("%v, said %v", results, m.commands)
		}
	})
}

// The ledger's lines are on disk before the step that they announce.
func TestLedgerIsAheadOfTheDialogue(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	var atDot map[string]store.State
	m.onDot = func() { atDot = states(t, s) }
	injector(t, m, s).Inject(t.Context(), injection("bob@a.example"))
	if atDot["bob@a.example"] != store.Dot {
		t.Errorf("when the MTA saw the dot, the ledger said %v", atDot)
	}
}

func TestCallerGoesAway(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	i := injector(t, m, s)
	if r := i.Inject(ctx, injection("bob@a.example")); r[0].Reply.Code != 451 {
		t.Errorf("before: %v", r)
	}
	if len(m.delivered()) != 0 {
		t.Error("delivered")
	}
	ctx, cancel = context.WithCancel(t.Context())
	m.onDot = cancel
	r := i.Inject(ctx, injection("bob@a.example", "carol@a.example"))
	m.set(func() { m.onDot = nil })
	if c := r[0].Reply.Code; c != 250 && c != 451 {
		t.Errorf("after the dot: %v", r)
	}
	waitFor(t, i, 250)
	if n := m.delivered()["bob@a.example"]; n != 1 {
		t.Errorf("%d copies", n)
	}
}

func TestOneTryAtATime(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	i := injector(t, m, s)
	var second []Result
	m.onDot = func() { second = i.Inject(context.Background(), injection("bob@a.example")) }
	first := i.Inject(t.Context(), injection("bob@a.example"))
	if first[0].Reply.Code != 250 || second[0].Reply.Code != 451 || m.delivered()["bob@a.example"] != 1 {
		t.Errorf("first %v, second %v", first, second)
	}
}

// A panic beneath (a broken content, say) leaves nobody claimed.
func TestPanicLeavesNobodyInWork(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	i := injector(t, m, s)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		in := injection("bob@a.example")
		in.Content = nil
		i.Inject(t.Context(), in)
	}()
	if r := i.Inject(t.Context(), injection("bob@a.example")); r[0].Reply.Code != 250 {
		t.Errorf("%v", r)
	}
}

func TestArgumentsFollowTheNeedAndTheOffer(t *testing.T) {
	for _, c := range []struct {
		name             string
		without          string
		sender, to, data string
		args             []string
		want             string
		code             int
	}{
		{"plain", "", "a@b.c", "d@e.f", "hi", nil, "FROM:<a@b.c>", 250},
		{"null sender", "", "", "d@e.f", "hi", nil, "FROM:<>", 250},
		{"8-bit content", "", "a@b.c", "d@e.f", "h\xff", nil, "FROM:<a@b.c> BODY=8BITMIME", 250},
		{"8-bit content, no offer", "8BITMIME", "a@b.c", "d@e.f", "h\xff", nil, "", 451},
		{"UTF-8 sender", "", "ä@b.c", "d@e.f", "hi", nil, "FROM:<ä@b.c> BODY=8BITMIME SMTPUTF8", 250},
		{"UTF-8 recipient", "", "a@b.c", "ö@e.f", "hi", nil, "FROM:<a@b.c> BODY=8BITMIME SMTPUTF8", 250},
		{"UTF-8 asked for", "", "a@b.c", "d@e.f", "hi", []string{"SMTPUTF8"}, "FROM:<a@b.c> BODY=8BITMIME SMTPUTF8", 250},
		{"UTF-8, no offer", "SMTPUTF8", "a@b.c", "ö@e.f", "hi", nil, "", 553},
		{"no DSN", "DSN", "a@b.c", "d@e.f", "hi", []string{"RET=HDRS"}, "FROM:<a@b.c>", 250},
		{"no XFORWARD", "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT", "a@b.c", "d@e.f", "hi", nil, "", 451},
		{"bad sender", "", "a b@c", "d@e.f", "hi", nil, "", 553},
		{"bad argument", "", "a@b.c", "d@e.f", "hi", []string{"X=1\r\nRCPT TO:<e@e.e>"}, "", 553},
		{"bad recipient", "", "a@b.c", "d@e.f>\r\nDATA", "hi", nil, "", 553},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := startMTA(t)
			var offers []string
			for _, o := range m.offers {
				if o != c.without {
					offers = append(offers, o)
				}
			}
			m.offers = offers
			results := injector(t, m, openStore(t)).Inject(t.Context(), Injection{Job: "job1", Kind: "copy", Sender: c.sender, Args: c.args,
				Recipients: []InjectRecipient{{Address: c.to, To: c.to}}, Content: strings.NewReader(c.data)})
			if results[0].Reply.Code != c.code {
				t.Errorf("%v, want %d", results, c.code)
			}
			got := ""
			if len(m.queue) > 0 {
				got = m.queue[0].Mail
			}
			if got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

// A peer that stops answering is waited for no longer than the timeout.
func TestPeerHangs(t *testing.T) {
	m, s := startMTA(t), openStore(t)
	release := make(chan struct{})
	m.onDot = func() { <-release }
	i := injector(t, m, s, func(o *InjectorOptions) { o.DotTimeout = 20 * time.Millisecond })
	results := i.Inject(t.Context(), injection("bob@a.example"))
	close(release)
	if results[0].Reply.Code != 451 || states(t, s)["bob@a.example"] != store.Dot {
		t.Errorf("%v, ledger %v", results, states(t, s))
	}
	ln := listen(t)
	defer ln.Close()
	i, err := NewInjector(InjectorOptions{Address: "unix:" + ln.Addr().String(), Ledger: s, Asker: asker{}, Log: zaptest.NewLogger(t), Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r := i.Inject(t.Context(), injection("carol@a.example")); r[0].Reply.Code != 451 {
		t.Errorf("%v", r)
	}
}

func TestMarksAreTakenOutOfReplies(t *testing.T) {
	r := InjectRecipient{Address: `"a b"@c.example`, To: `"a b"@c.example.job.tls.invalid`}
	if got := unmark("<a b@c.example.job.tls.invalid>: no", r); got != "<a b@c.example>: no" {
		t.Errorf("%q", got)
	}
	if got := unmark("no", InjectRecipient{Address: "b@c"}); got != "no" {
		t.Errorf("%q", got)
	}
	if got := unmark("<x@y>: no", InjectRecipient{Address: "b@c", To: "x@y"}); got != "<b@c>: no" {
		t.Errorf("%q", got)
	}
}

func TestCheckSaysWhatTheMTALacks(t *testing.T) {
	m := startMTA(t)
	i := injector(t, m, openStore(t))
	if err := i.Check(t.Context()); err != nil {
		t.Error(err)
	}
	m.offers = []string{"8BITMIME", "DSN"}
	if err := i.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "XFORWARD, SMTPUTF8") {
		t.Errorf("%v", err)
	}
	if err := NewLog(LogOptions{Paths: []string{m.logPath}}).Check(); err != nil {
		t.Error(err)
	}
	for _, paths := range [][]string{nil, {m.logPath, m.logPath + "x"}} {
		if err := NewLog(LogOptions{Paths: paths}).Check(); err == nil {
			t.Errorf("%q: no error", paths)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	i, err := NewInjector(InjectorOptions{Address: "unix:" + t.TempDir() + "/none", Ledger: openStore(t), Asker: asker{}, Log: zaptest.NewLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	if r := i.Inject(t.Context(), injection("bob@a.example")); r[0].Reply.Code != 451 || r[0].Err == nil {
		t.Errorf("%v", r)
	}
	for _, address := range []string{"", "unix:", "localhost"} {
		if _, err := NewInjector(InjectorOptions{Address: address}); err == nil {
			t.Errorf("accepted %q", address)
		}
	}
}
