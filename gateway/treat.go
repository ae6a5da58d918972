package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/deliver"
	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// errand is work that one handler does for one job: some of a message's
// recipients, by their index in the envelope.
type errand struct {
	job        store.Job
	treatment  string
	recipients []int
	planned    []store.JobRecipient // parallel to recipients
	params     [][]byte             // parallel to recipients
}

// Treat is a message's way after the queue. The MTA hands over recipients with
// marks that need a handler's work, and in mode strict recipients without one.
// It returns one reply for each recipient, in the envelope's order: 250 only
// after the copy is back in the MTA's queue or durably with its handler. The
// caller owns m.
func (g *Gateway) Treat(ctx context.Context, m *message.Message) []message.Reply {
	start := time.Now()
	defer func() { g.Observer.Stage("treat", time.Since(start)) }()
	replies := make([]message.Reply, len(m.Envelope.Recipients))
	for _, e := range g.errands(ctx, m, replies) {
		g.run(ctx, m, e, replies)
	}
	return replies
}

// errands sorts the recipients by job and treatment, and answers at once those
// for which there is nothing to do.
func (g *Gateway) errands(ctx context.Context, m *message.Message, replies []message.Reply) []*errand {
	var out []*errand
	jobs := map[string]store.Job{}
	for i, rcpt := range m.Envelope.Recipients {
		mark, ok := ParseMark(rcpt.Address)
		if !ok {
			replies[i] = g.unmarked(ctx, m, rcpt)
			continue
		}
		job, ok := jobs[mark.Job]
		if !ok {
			var err error
			if job, err = g.Jobs.Job(ctx, mark.Job); err != nil {
				replies[i] = g.noJob(m, err)
				continue
			}
			jobs[mark.Job] = job
		}
		planned, ok := find(job, mark)
		if !ok {
			replies[i] = g.noJob(m, store.ErrNotFound)
			continue
		}
		step, ok := due(planned)
		if !ok {
			replies[i] = noTLS(planned, job.ID)
			continue
		}
		at := slices.IndexFunc(out, func(e *errand) bool { return e.job.ID == job.ID && e.treatment == step.Treatment })
		if at < 0 {
			out = append(out, &errand{job: job, treatment: step.Treatment})
			at = len(out) - 1
		}
		out[at].recipients = append(out[at].recipients, i)
		out[at].planned = append(out[at].planned, planned)
		out[at].params = append(out[at].params, step.Params)
	}
	return out
}

// due is the treatment that is to be carried out now. A copy that was to go by
// the MTA's own TLS is here because that failed for too long.
func due(r store.JobRecipient) (store.Step, bool) {
	for _, s := range r.Steps {
		if !tlsWay(Way(r.Way)) || s.Route == nil {
			return s, true
		}
	}
	return store.Step{}, false
}

func firstReason(r store.JobRecipient) string {
	if len(r.Reasons) == 0 {
		return r.Level
	}
	return r.Reasons[0].Text
}

// noJob answers for a mark that no decision stands behind. Where the store
// can't be read, nothing is known and the MTA tries again.
func (g *Gateway) noJob(m *message.Message, err error) message.Reply {
	if errors.Is(err, store.ErrNotFound) {
		g.Log.Warn("mark without decision", zap.String("id", m.ID), zap.String("queue_id", m.Envelope.QueueID))
		return reply(550, "5.1.2", "this address belongs to no decision of the gateway", m.ID)
	}
	g.Log.Error("decision not readable", zap.String("id", m.ID), zap.String("error", err.Error()))
	return reply(451, "4.3.0", "the decision can't be read, try again later", m.ID)
}

// run does one errand and fills the replies of its recipients.
func (g *Gateway) run(ctx context.Context, m *message.Message, e *errand, replies []message.Reply) {
	e.skipDone(ctx, g, replies)
	if len(e.recipients) == 0 {
		return
	}
	fault.At("gateway.before-handle")
	result, err := g.Handlers.Handle(ctx, e.task(m), m.Content.Reader())
	fault.At("gateway.after-handle")
	if err != nil {
		g.Log.Error("not treated", zap.String("id", e.job.ID), zap.String("treatment", e.treatment), zap.String("error", err.Error()))
		for _, i := range e.recipients {
			replies[i] = reply(451, "4.3.0", "the treatment "+e.treatment+" failed, try again later", e.job.ID)
		}
		return
	}
	defer result.Close()
	g.settle(ctx, m, e, result, replies)
}

// skipDone answers recipients whose copy an earlier try has finished.
func (e *errand) skipDone(ctx context.Context, g *Gateway, replies []message.Reply) {
	entries, err := g.Jobs.Ledger(ctx, e.job.ID)
	if err != nil {
		for _, i := range e.recipients {
			replies[i] = reply(451, "4.3.0", "the ledger can't be read, try again later", e.job.ID)
		}
		e.recipients = nil
		return
	}
	var keep errand
	for n, i := range e.recipients {
		done := slices.ContainsFunc(entries, func(x store.Entry) bool {
			return x.Recipient == e.planned[n].Address && x.Kind == e.kind() && x.State == store.Done
		})
		if done && !fault.Off("deliver.ledger") {
			replies[i] = reply(250, "2.0.0", "done before", e.job.ID)
			continue
		}
		keep.recipients = append(keep.recipients, i)
		keep.planned = append(keep.planned, e.planned[n])
		keep.params = append(keep.params, e.params[n])
	}
	e.recipients, e.planned, e.params = keep.recipients, keep.planned, keep.params
}

// kind is the ledger's word for what this errand hands over.
func (e *errand) kind() string {
	if e.treatment == "notify" {
		return "notice"
	}
	return "copy"
}

func (e *errand) task(m *message.Message) *sdk.Task {
	t := &sdk.Task{Job: e.job.ID, Key: e.job.ID + "/" + e.treatment, Treatment: e.treatment, Sender: e.job.Sender,
		Class: e.job.Class, Revision: e.job.Revision, Size: m.Content.Size()}
	for n, r := range e.planned {
		t.Recipients = append(t.Recipients, sdk.Recipient{Address: r.Address, Level: r.Level, Kind: r.Kind,
			Params: e.params[n], Partner: r.Partner, Reasons: leading(r.Reasons, r.Level)})
	}
	return t
}

// settle turns a handler's outcomes into replies, one injection for each copy.
func (g *Gateway) settle(ctx context.Context, m *message.Message, e *errand, result *plugins.Result, replies []message.Reply) {
	copies := map[int][]int{} // copy → positions in the errand
	var routed, taken []int
	for n, i := range e.recipients {
		o, ok := outcome(result, e.planned[n].Address)
		if !ok {
			replies[i] = reply(451, "4.3.0", "the handler gave no outcome, try again later", e.job.ID)
			continue
		}
		switch o.Kind {
		case sdk.Replace:
			copies[o.Copy] = append(copies[o.Copy], n)
		case sdk.Deliver:
			routed = append(routed, n)
		case sdk.Taken:
			taken = append(taken, n)
		case sdk.Refuse:
			replies[i] = reply(550, "5.7.1", o.Text, e.job.ID)
		default:
			replies[i] = reply(451, "4.7.1", "the treatment "+e.treatment+" can't be done now, try again later", e.job.ID)
		}
	}
	for c := range result.Copies {
		switch positions, named := copies[c]; {
		case named:
			g.hand(ctx, m, e, positions, result.Copies[c].Content.Reader(), result.Copies[c].Notice, replies)
		case result.Copies[c].Notice:
			g.handNotice(ctx, e, result.Copies[c].Content.Reader(), replies)
		}
	}
	g.handRouted(ctx, m, e, routed, replies)
	g.noteTaken(ctx, e, taken, replies)
}

// hand gives one copy back to the MTA.
func (g *Gateway) hand(ctx context.Context, m *message.Message, e *errand, positions []int, content io.ReadSeeker, notice bool, replies []message.Reply) {
	in := deliver.Injection{Job: e.job.ID, Kind: e.kind(), Sender: e.job.Sender, Args: bodyArgs(m.Envelope.SenderArgs), Content: content}
	if notice {
		in.Sender = ""
	}
	for _, n := range positions {
		r := e.planned[n]
		to := r.Address
		if !notice && policy.Kind(r.Kind) != policy.Local && (g.Strict || tlsWay(Way(r.Way))) {
			// Without the mark a copy would be judged late, or would meet the
			// TLS again that has failed for too long.
			to = Mark{Address: r.Address, Job: e.job.ID, Way: WayTreated}.String()
		}
		in.Recipients = append(in.Recipients, deliver.InjectRecipient{Address: r.Address, To: to, Args: dsnArgs(m.Envelope.Recipients[e.recipients[n]], notice)})
	}
	g.inject(ctx, e, in, positions, replies)
}

// handNotice gives a notice to the sender that stands beside refusals. They are
// tried again where it can't be handed over: else the sender would not know.
func (g *Gateway) handNotice(ctx context.Context, e *errand, content io.ReadSeeker, replies []message.Reply) {
	r := g.Injector.Inject(ctx, deliver.Injection{Job: e.job.ID, Kind: "notice-" + e.treatment, Args: []string{"RET=HDRS"}, Content: content,
		Recipients: []deliver.InjectRecipient{{Address: e.job.Sender, To: e.job.Sender, Args: []string{"NOTIFY=NEVER"}}}})
	if len(r) == 1 {
		g.injected(e.job.ID, e.treatment, r[0])
	}
	for _, i := range e.recipients {
		if len(r) != 1 || r[0].Reply.Code != 250 {
			replies[i] = reply(451, "4.3.0", "the notice to the sender was not handed over, try again later", e.job.ID)
		}
	}
}

// handRouted gives the unchanged message back, marked for the MTA's own TLS, for
// handlers that choose that way only when they see the message. The copy comes
// back here when that has failed for too long: then it is refused.
func (g *Gateway) handRouted(ctx context.Context, m *message.Message, e *errand, positions []int, replies []message.Reply) {
	for _, n := range positions {
		i, r := e.recipients[n], e.planned[n]
		way, ok := tlsWayFor(policy.Level(r.Level))
		switch {
		case !ok:
			replies[i] = reply(451, "4.7.1", "the treatment "+e.treatment+" named a route that the level doesn't allow", e.job.ID)
		case time.Since(e.job.Created) > g.Patience:
			replies[i] = noTLS(r, e.job.ID)
		default:
			to := Mark{Address: r.Address, Job: e.job.ID, Way: way}.String()
			g.inject(ctx, e, deliver.Injection{Job: e.job.ID, Kind: "routed", Sender: e.job.Sender, Args: bodyArgs(m.Envelope.SenderArgs), Content: m.Content.Reader(),
				Recipients: []deliver.InjectRecipient{{Address: r.Address, To: to, Args: dsnArgs(m.Envelope.Recipients[i], false)}}}, []int{n}, replies)
		}
	}
}

func noTLS(r store.JobRecipient, job string) message.Reply {
	return reply(550, "5.7.10", "the encryption in transit that policy demands could not be had: "+firstReason(r), job)
}

func (g *Gateway) inject(ctx context.Context, e *errand, in deliver.Injection, positions []int, replies []message.Reply) {
	results := g.Injector.Inject(ctx, in)
	for k, n := range positions {
		i := e.recipients[n]
		if k >= len(results) {
			replies[i] = reply(451, "4.3.0", "the copy was not handed over, try again later", e.job.ID)
			continue
		}
		replies[i] = results[k].Reply
		g.injected(e.job.ID, e.treatment, results[k])
	}
}

// injected logs and counts what became of one copy at the MTA's door.
func (g *Gateway) injected(job, treatment string, r deliver.Result) {
	result := "retry"
	switch {
	case r.Reply.Code == 250 && r.Earlier:
		result = "already"
	case r.Reply.Code == 250:
		result = "done"
	case r.Reply.Code >= 500:
		result = "refused"
	}
	g.Observer.Injected(result)
	g.Log.Info("handed over", zap.String("id", job), zap.String("recipient", r.Address), zap.String("treatment", treatment),
		zap.String("outcome", result), zap.Int("code", r.Reply.Code), zap.String("queue_id", r.QueueID))
}

// noteTaken writes down that a handler has the copy, so that a second try
// doesn't hand it over again.
func (g *Gateway) noteTaken(ctx context.Context, e *errand, positions []int, replies []message.Reply) {
	for _, n := range positions {
		i := e.recipients[n]
		entry := store.Entry{Job: e.job.ID, Recipient: e.planned[n].Address, Kind: e.kind(), State: store.Done, Updated: time.Now().UTC()}
		if err := g.Jobs.Record(ctx, entry); err != nil {
			replies[i] = reply(451, "4.3.0", "the outcome could not be recorded, try again later", e.job.ID)
			continue
		}
		replies[i] = reply(250, "2.0.0", "taken", e.job.ID)
	}
}

// bodyArgs are the arguments of MAIL that must stay with the content.
func bodyArgs(args []string) []string {
	out := []string{"RET=HDRS"}
	for _, a := range args {
		if u := strings.ToUpper(a); strings.HasPrefix(u, "BODY=") || u == "SMTPUTF8" {
			out = append(out, u)
		}
	}
	return out
}

// dsnArgs are the arguments of RCPT that must stay with the recipient.
func dsnArgs(r message.Recipient, notice bool) []string {
	if notice {
		return []string{"NOTIFY=NEVER"}
	}
	var out []string
	for _, name := range []string{"ORCPT", "NOTIFY"} {
		if v, ok := message.Arg(r.Args, name); ok {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// unmarked answers for a recipient that carries no mark: in mode strict one
// that the MTA added after the decision. It is judged now, by itself, and its
// copy goes back with the mark that it should have had.
func (g *Gateway) unmarked(ctx context.Context, m *message.Message, rcpt message.Recipient) message.Reply {
	if !g.Strict || HasSuffix(rcpt.Address) || m.Envelope.QueueID == "" {
		return g.noJob(m, store.ErrNotFound)
	}
	late := *m
	late.ID = lateID(m.Envelope.QueueID, rcpt.Address)
	late.Envelope.Recipients = []message.Recipient{rcpt}
	job, err := g.Jobs.Job(ctx, late.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		plan, err := g.Plan(ctx, &late)
		if err != nil {
			return g.fail(&late, err).Reply
		}
		answer := plan.answer()
		g.report(plan, answer, time.Since(m.Received))
		if err := g.record(plan, answer, true); err != nil {
			return g.fail(&late, err).Reply
		}
		switch answer.Verdict {
		case message.Accept:
		case message.Hold:
			return reply(451, "4.7.1", "policy wants this copy held; a recipient that comes late can't be", late.ID)
		default:
			return answer.Reply
		}
		if err := g.keep(ctx, plan); err != nil {
			return g.fail(&late, err).Reply
		}
		job = plan.job()
	case err != nil:
		return g.noJob(m, err)
	}
	return g.injectLate(ctx, &late, job)
}

// injectLate hands a late recipient back with its mark. Its ledger entries
// have a kind of their own: the marked copy comes back here for its treatment.
func (g *Gateway) injectLate(ctx context.Context, m *message.Message, job store.Job) message.Reply {
	in := deliver.Injection{Job: job.ID, Kind: "late", Sender: job.Sender, Args: bodyArgs(m.Envelope.SenderArgs), Content: m.Content.Reader()}
	for _, r := range job.Recipients {
		to := Mark{Address: r.Address, Job: job.ID, Way: Way(r.Way)}.String()
		in.Recipients = append(in.Recipients, deliver.InjectRecipient{Address: r.Address, To: to, Args: dsnArgs(m.Envelope.Recipients[0], false)})
	}
	if len(in.Recipients) == 0 {
		return reply(451, "4.3.0", "no decision for this recipient, try again later", m.ID)
	}
	results := g.Injector.Inject(ctx, in)
	if len(results) == 0 {
		return reply(451, "4.3.0", "the copy was not handed over, try again later", m.ID)
	}
	g.injected(m.ID, "late", results[0])
	return results[0].Reply
}

// lateID names the late decision for one recipient of one queued message, the
// same at every try. The MTA must give its queue ids only once
// (enable_long_queue_ids).
func lateID(queueID, address string) string {
	sum := sha256.Sum256([]byte("late\x00" + queueID + "\x00" + strings.ToLower(address)))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

func outcome(r *plugins.Result, address string) (sdk.Outcome, bool) {
	i := slices.IndexFunc(r.Outcomes, func(o sdk.Outcome) bool { return o.Address == address })
	if i < 0 {
		return sdk.Outcome{}, false
	}
	return r.Outcomes[i], true
}
