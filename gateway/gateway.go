// Package gateway is the flow of a message through Sealpost. Handle is its way
// before the MTA's queue, Treat its way after it, Route and TLSPolicy are the
// MTA's questions in between; docs/flow.md walks through the same words.
//
// The gateway decides nothing by itself: policy says what each recipient's
// copy needs, handlers say whether they can and do the work, the MTA keeps the
// queue. What the gateway guarantees is that nothing goes on when one of them
// has no answer: every error here ends in a temporary failure or in a refusal
// that the sender sees, never in "accept".
package gateway

import (
	"context"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/deliver"
	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// Handlers are the plugins that carry out treatments.
type Handlers interface {
	// Assess answers for each recipient of the request, in its order; a
	// plugin that can't be asked is "unknown" for all of them.
	Assess(ctx context.Context, req sdk.AssessRequest) []sdk.Assessment
	// Handle returns one checked outcome for each recipient of the task.
	Handle(ctx context.Context, task *sdk.Task, content io.Reader) (*plugins.Result, error)
	// Inspectors names the plugins that want to see parts of a media type.
	Inspectors(mediaType string) []string
	Inspect(ctx context.Context, plugin string, part sdk.Part, content io.Reader) (sdk.Inspection, error)
}

// Injector hands copies back to the MTA, each at most once for each
// recipient.
type Injector interface {
	Inject(ctx context.Context, in deliver.Injection) []deliver.Result
}

// Jobs keeps decisions until their last copy is delivered.
type Jobs interface {
	PutJob(ctx context.Context, job store.Job) error
	Job(ctx context.Context, id string) (store.Job, error)
	Ledger(ctx context.Context, job string) ([]store.Entry, error)
	Record(ctx context.Context, entries ...store.Entry) error
}

// Expander knows which recipients the MTA will make of those in an envelope.
type Expander interface {
	Expand(ctx context.Context, env *message.Envelope) (Expansion, error)
}

// Expansion is what the MTA will make of an envelope's recipients.
type Expansion struct {
	// Recipients holds, for each recipient of the envelope in its order, the
	// addresses that it stands for: itself alone where there is no alias.
	Recipients [][]string
	// Added are recipients that the MTA adds to every message (always_bcc)
	// and that can't be marked.
	Added []string
	// Unsure says of recipients, by their index in the envelope, why it can't
	// be known where their mail leads; -1 stands for Added. The sender reads it.
	Unsure map[int]string
	// Unstable are those of Recipients' addresses that the MTA would expand
	// once more if they were added by themselves, Unmarkable those of which it
	// would change the mark.
	Unstable, Unmarkable map[string]bool
}

// Observer is told what happens, for metrics. Its methods return at once.
type Observer interface {
	Message(verdict string)
	Recipient(level, treatment string)
	Stage(stage string, took time.Duration)
	Injected(result string) // "done", "already", "refused" or "retry"
}

// Options are what a Gateway is made of. All fields but Audit and Expander are
// needed.
type Options struct {
	Policy    interface{ Current() *policy.Generation }
	Inspector *inspect.Inspector
	Handlers  Handlers
	Jobs      Jobs
	Injector  Injector
	Spool     *message.Spool
	Observer  Observer
	Log       *zap.Logger
	// Audit keeps every decision; nil: nobody does.
	Audit Audit
	// Expander resolves aliases before the decision (mode "expand").
	Expander Expander
	// Strict marks every recipient outside and judges late whoever arrives
	// at deliver without a mark (mode "strict").
	Strict bool
	// LMTP is the transport and next hop of deliver in the MTA's words.
	LMTP string
	// NextHop is where the site sends an address outside by its own routes:
	// a next hop, or a whole transport ("error:…") where it sends it nowhere.
	// It is needed in mode strict only; nil: to the domain's own servers.
	NextHop func(ctx context.Context, address string) (hop, transport string, err error)
	// Patience is how long a treatment by the MTA's own TLS may fail before
	// the next treatment is used.
	Patience time.Duration
	// InspectTime bounds the inspection of one message.
	InspectTime time.Duration
	// Location is the time zone of policy's calendar.
	Location *time.Location
}

// Gateway joins the parts. It is safe for concurrent use.
type Gateway struct{ Options }

// New returns a gateway of these parts.
func New(o Options) *Gateway { return &Gateway{o} }

// Recipient is asked at RCPT, before any content. It refuses addresses in the
// marks' domain: only the gateway makes marks.
func (g *Gateway) Recipient(_ context.Context, _ *message.Envelope, rcpt *message.Recipient) *message.Reply {
	if HasSuffix(rcpt.Address) && !fault.Off("gateway.refuse-marks") {
		return &message.Reply{Code: 550, Enhanced: "5.1.2", Text: "this domain is reserved for the mail gateway's own use"}
	}
	return nil
}

// Handle is a message's way before the queue: inspect, decide, assess, plan;
// then the plan is made to last and put into recipients. The caller owns m.
func (g *Gateway) Handle(ctx context.Context, m *message.Message) message.Answer {
	start := time.Now()
	plan, err := g.Plan(ctx, m)
	if err != nil {
		return g.fail(m, err)
	}
	answer := plan.answer()
	if answer.Verdict == message.Accept || answer.Verdict == message.Hold {
		if err := g.keep(ctx, plan); err != nil {
			return g.fail(m, err)
		}
		if answer.Edits, err = g.edits(plan); err != nil {
			return g.fail(m, err)
		}
	}
	if err := g.record(plan, answer, false); err != nil {
		return g.fail(m, err)
	}
	fault.At("gateway.answer")
	g.report(plan, answer, time.Since(start))
	return answer
}

// Plan is the part of Handle that has no effect on anything: what would become
// of the message and why.
func (g *Gateway) Plan(ctx context.Context, m *message.Message) (*Plan, error) {
	if err := m.ReadContext(ctx); err != nil {
		return nil, failure("read", err)
	}
	if m.Root.Has(message.HeaderTooBig) {
		// Fields of ours that come from outside could hide behind the limit.
		return nil, failure("read", errHeaderTooBig)
	}
	judged, err := g.expand(ctx, m)
	if err != nil {
		return nil, failure("expand", err)
	}
	report := g.inspect(ctx, m)
	generation := g.Policy.Current()
	decision, input, err := g.decide(ctx, generation, m, &report, judged)
	if err != nil {
		return nil, failure("decide", err)
	}
	plan := &Plan{Message: m, input: input, generation: generation, Report: report, Class: decision.Class, Revision: decision.Revision,
		SenderLocal: generation.LocalDomain(message.Domain(m.Envelope.Sender))}
	for i, r := range decision.Recipients {
		plan.Recipients = append(plan.Recipients, Planned{RecipientDecision: r, of: judged[i].of,
			unsure: judged[i].unsure, unstable: judged[i].unstable, unmarkable: judged[i].unmarkable})
	}
	g.assess(ctx, plan)
	g.plan(plan)
	plan.settle()
	return plan, nil
}

// keep makes the plan last, if any recipient was marked: from here on the
// marks in the MTA's queue mean something.
func (g *Gateway) keep(ctx context.Context, p *Plan) error {
	job := p.job()
	if len(job.Recipients) == 0 {
		return nil
	}
	start := time.Now()
	fault.At("gateway.before-persist")
	if err := g.Jobs.PutJob(ctx, job); err != nil {
		return failure("persist", err)
	}
	fault.At("gateway.after-persist")
	g.Observer.Stage("persist", time.Since(start))
	return nil
}

func (g *Gateway) inspect(ctx context.Context, m *message.Message) inspect.Report {
	defer g.timed("inspect")()
	ctx, cancel := context.WithTimeout(ctx, g.InspectTime)
	defer cancel()
	fault.At("gateway.inspect")
	return g.Inspector.Inspect(ctx, m, g.consult(m))
}

func (g *Gateway) decide(ctx context.Context, gen *policy.Generation, m *message.Message, report *inspect.Report, judged []judged) (*policy.Decision, *policy.Input, error) {
	defer g.timed("decide")()
	recipients := make([]policy.Recipient, len(judged))
	for i, j := range judged {
		recipients[i] = policy.Recipient{Address: plain(j.Address), Domain: message.Domain(j.Address)}
	}
	fault.At("gateway.decide")
	in := g.input(gen, m, report, recipients)
	d, err := gen.Decide(ctx, in, recipients)
	if err != nil {
		return nil, nil, err
	}
	if len(d.Recipients) != len(judged) {
		return nil, nil, errWrongCount
	}
	for i, j := range judged {
		d.Recipients[i].Address = j.Address // as it must be written
	}
	return d, in, nil
}

func (g *Gateway) timed(stage string) func() {
	start := time.Now()
	return func() { g.Observer.Stage(stage, time.Since(start)) }
}
