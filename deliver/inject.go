package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/store"
)

// Injection is one copy for one or more recipients, to be handed to the MTA.
type Injection struct {
	// Job and Kind are the ledger's key, together with each recipient's
	// Address: the same three name the same copy at every try.
	Job, Kind string
	// Sender is the reverse-path without angle brackets; "" is the null sender.
	Sender string
	// Args are arguments of MAIL: "BODY=8BITMIME", "SMTPUTF8", "RET=HDRS",
	// "ENVID=…". BODY and SMTPUTF8 are added where the content or an address
	// needs them. RET and ENVID are left out where the peer has no DSN.
	Args       []string
	Recipients []InjectRecipient
	// Content is read from its start, more than once. It belongs to the
	// caller.
	Content io.ReadSeeker
}

// InjectRecipient is one recipient of a copy.
type InjectRecipient struct {
	// Address is the recipient's name in the ledger.
	Address string
	// To is what is said at RCPT: the address itself, or its mark.
	To string
	// Args are arguments of RCPT: "ORCPT=…", "NOTIFY=…".
	Args []string
}

// Result is what became of one recipient.
type Result struct {
	Address string
	// Reply is 250 if and only if the MTA has the copy; otherwise a 4xx or
	// 5xx, the MTA's own where it gave one.
	Reply message.Reply
	// QueueID is the MTA's name for the copy, or "" where it isn't known.
	QueueID string
	// Earlier says that an earlier try had handed the copy over.
	Earlier bool
	// Err says for the log why there is no 250 although the MTA refused
	// nothing. It never holds content or addresses.
	Err error
}

// InjectorOptions say how an Injector works. Address, Ledger, Asker and Log
// must be there; zero stands for the default elsewhere.
type InjectorOptions struct {
	// Address is where the MTA takes copies: "unix:/path" or "host:port".
	Address string
	Ledger  Ledger
	Asker   Asker
	Log     *zap.Logger
	// Hostname is said at EHLO (default "localhost").
	Hostname string
	// Timeout is how long each answer of the MTA may take (default 5 min).
	Timeout time.Duration
	// DotTimeout is how long the answer to the final dot may take (default
	// 10 min, RFC 5321 section 4.5.3.2.6).
	DotTimeout time.Duration
	// Patience is how old a copy at "dot" of which the log can't tell may
	// become before it is sent again (default 10 min).
	Patience time.Duration
}

// Injector hands copies to the MTA, each at most once for each recipient. It
// may be used from any goroutine; a recipient's copy is in work only once at a
// time.
type Injector struct {
	opts    InjectorOptions
	network string
	address string
	counts  counts

	mu   sync.Mutex
	work map[string]struct{} // ledger keys in work
}

type counts struct{ sent, earlier, temporary, permanent, blind atomic.Int64 }

// Counts are recipients since the start, for metrics.
type Counts struct {
	Sent      int64 // handed over and acknowledged
	Earlier   int64 // found to be handed over at an earlier try
	Temporary int64
	Permanent int64
	// Blind were sent again although the MTA may have had the copy, because
	// its log couldn't tell. Each may be a duplicate, and somebody should look
	// at why the log isn't readable.
	Blind int64
}

// NewInjector checks the address.
func NewInjector(o InjectorOptions) (*Injector, error) {
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Minute
	}
	if o.DotTimeout <= 0 {
		o.DotTimeout = 10 * time.Minute
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Minute
	}
	i := &Injector{opts: o, network: "tcp", address: o.Address, work: map[string]struct{}{}}
	if path, ok := strings.CutPrefix(o.Address, "unix:"); ok {
		i.network, i.address = "unix", path
	}
	if i.address == "" || i.network == "tcp" && !strings.Contains(i.address, ":") {
		return nil, fmt.Errorf("injecting to %q: not unix:/path or host:port", o.Address)
	}
	return i, nil
}

// Counts returns the figures as they stand.
func (i *Injector) Counts() Counts {
	c := &i.counts
	return Counts{Sent: c.sent.Load(), Earlier: c.earlier.Load(), Temporary: c.temporary.Load(), Permanent: c.permanent.Load(), Blind: c.blind.Load()}
}

// accepted is the reply for a copy that the MTA has.
var accepted = message.Reply{Code: 250, Enhanced: "2.0.0", Text: "OK"}

func temporary(enhanced, text string) message.Reply {
	return message.Reply{Code: 451, Enhanced: enhanced, Text: text}
}

// pending is one distinct recipient on its way.
type pending struct {
	rcpt   InjectRecipient
	result *Result
}

func (p *pending) settle(r Result) {
	if p.result == nil {
		r.Address = p.rcpt.Address
		r.Reply.Text = unmark(r.Reply.Text, p.rcpt)
		p.result = &r
	}
}

// unmark takes the mark out of what the peer said: the text may get into a
// bounce. The peer may have written the rest of the address in its own way
// (without quotes, say).
func unmark(text string, r InjectRecipient) string {
	mark, ok := strings.CutPrefix(r.To, r.Address)
	switch {
	case r.To == "" || mark == "":
		return text
	case ok:
		return strings.ReplaceAll(text, mark, "")
	}
	return strings.ReplaceAll(text, r.To, r.Address)
}

// Check connects to the MTA and looks whether it offers what is needed.
func (i *Injector) Check(ctx context.Context) error {
	d, err := dial(ctx, i.network, i.address, i.opts.Hostname, i.opts.Timeout)
	if err != nil {
		return fmt.Errorf("connecting to the MTA at %s: %w", i.opts.Address, err)
	}
	defer d.quit()
	var missing []string
	for _, word := range []string{"XFORWARD", "8BITMIME", "SMTPUTF8", "DSN"} {
		if !d.offersWord(word) {
			missing = append(missing, word)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the MTA at %s doesn't offer %s", i.opts.Address, strings.Join(missing, ", "))
	}
	return nil
}

// Inject hands a copy over and returns one result for each recipient, in their
// order. Whatever isn't known to be in the MTA's queue is a temporary failure;
// the caller tries again later with the same Job, Kind and Addresses. When ctx
// ends before the final dot, nothing is handed over.
func (i *Injector) Inject(ctx context.Context, in Injection) []Result {
	byAddress := map[string]*pending{}
	var all []*pending
	for _, r := range in.Recipients {
		if byAddress[r.Address] == nil {
			p := &pending{rcpt: r}
			byAddress[r.Address] = p
			all = append(all, p)
		}
	}
	defer i.claim(&in, all)()
	i.attempt(ctx, &in, unsettled(all))
	results := make([]Result, len(in.Recipients))
	for k, r := range in.Recipients {
		p := byAddress[r.Address]
		if p.result == nil {
			p.settle(Result{Reply: temporary("4.3.0", "internal error, try again later"), Err: errors.New("recipient was forgotten")})
		}
		results[k] = *p.result
	}
	i.count(all)
	return results
}

func unsettled(all []*pending) []*pending {
	var open []*pending
	for _, p := range all {
		if p.result == nil {
			open = append(open, p)
		}
	}
	return open
}

func (i *Injector) count(all []*pending) {
	for _, p := range all {
		switch p.result.Reply.Code / 100 {
		case 4:
			i.counts.temporary.Add(1)
		case 5:
			i.counts.permanent.Add(1)
		}
	}
}

// claim makes sure that a copy is in work only once: an MTA whose patience has
// run out tries again while the first try still goes on.
func (i *Injector) claim(in *Injection, all []*pending) (free func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var mine []string
	for _, p := range all {
		key := in.Job + "\x00" + in.Kind + "\x00" + p.rcpt.Address
		if _, taken := i.work[key]; taken {
			p.settle(Result{Reply: temporary("4.3.0", "an earlier try is still at work, try again later")})
			continue
		}
		i.work[key] = struct{}{}
		mine = append(mine, key)
	}
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		for _, key := range mine {
			delete(i.work, key)
		}
	}
}

// attempt asks the ledger and sends what is to be sent. It settles everybody.
func (i *Injector) attempt(ctx context.Context, in *Injection, all []*pending) {
	if len(all) == 0 {
		return
	}
	if err := i.check(in, all); err != nil {
		i.fail(in, all, err)
		return
	}
	if err := i.recall(ctx, in, all); err != nil {
		i.fail(in, all, err)
		return
	}
	if to := unsettled(all); len(to) > 0 {
		i.send(ctx, in, to)
	}
}

// fail settles everybody who isn't: as the peer said, or temporarily.
func (i *Injector) fail(in *Injection, all []*pending, err error) {
	if errors.Is(err, errRefusedAll) {
		return // each has a reply of its own
	}
	i.opts.Log.Error("copy not handed over", zap.String("id", in.Job), zap.Error(err))
	r := Result{Reply: temporary("4.3.0", "the mail server behind the gateway can't take the message now, try again later"), Err: err}
	var refused *refusal
	var own *permanent
	switch {
	case errors.As(err, &own):
		r.Reply = own.reply
	case errors.As(err, &refused):
		if reply := refused.reply.reply(); reply.Code >= 400 && refused.belongsToMessage() {
			r.Reply = reply
		}
	}
	for _, p := range all {
		p.settle(r)
	}
}

// belongsToMessage reports whether a refusal is about this message. One of the
// greeting, EHLO or XFORWARD is about our set-up, and no reason to bounce.
func (r *refusal) belongsToMessage() bool {
	switch r.command {
	case "MAIL", "DATA", "dot":
		return r.reply.Code != 530 && r.reply.Code != 535
	}
	return false
}

// permanent is a refusal of our own.
type permanent struct{ reply message.Reply }

func (p *permanent) Error() string { return p.reply.Text }

// send takes one batch through the dialogue and the ledger:
//
//	ledger: intent → MAIL, RCPT…, DATA, content → ledger: dot → "." → 250 → ledger: done
func (i *Injector) send(ctx context.Context, in *Injection, to []*pending) {
	batch := message.NewID()
	if err := i.record(ctx, entries(in, to, batch, store.Intent, "")); err != nil {
		i.fail(in, to, err)
		return
	}
	fault.At("deliver.intent")
	d, err := dial(ctx, i.network, i.address, i.opts.Hostname, i.opts.Timeout)
	if err != nil {
		i.fail(in, to, err)
		return
	}
	defer d.close()
	taken, err := i.transaction(d, in, to, batch)
	if err == nil {
		// If this fails, the connection ends without a dot, and the MTA drops
		// what it got.
		err = i.record(ctx, entries(in, taken, batch, store.Dot, ""))
	}
	if err != nil {
		i.fail(in, to, err)
		return
	}
	fault.At("deliver.before-dot")
	reply, err := i.dot(d)
	if err != nil {
		// The MTA may have the copy: the entries stay at "dot".
		i.fail(in, taken, err)
		return
	}
	i.finish(ctx, in, taken, batch, reply)
	d.quit()
}
