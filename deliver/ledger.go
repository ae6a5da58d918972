package deliver

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/store"
)

// Ledger remembers what was handed over; *store.Store is one. A Record that
// returns nil is on disk.
type Ledger interface {
	Ledger(ctx context.Context, job string) ([]store.Entry, error)
	Record(ctx context.Context, entries ...store.Entry) error
}

// Asker knows what the MTA did with an earlier batch; *Log is one.
type Asker interface {
	// Committed answers for a batch whose final dot was about to be sent at a
	// time.
	Committed(ctx context.Context, batch string, dot time.Time) Answer
}

// recordTimeout bounds how long the ledger's last line is waited for when the
// caller has gone already.
const recordTimeout = 30 * time.Second

// entries are the ledger's lines for the recipients of one batch.
func entries(in *Injection, to []*pending, batch string, state store.State, queueID string) []store.Entry {
	now := time.Now()
	list := make([]store.Entry, len(to))
	for i, p := range to {
		list[i] = store.Entry{Job: in.Job, Recipient: p.rcpt.Address, Kind: in.Kind, Batch: batch,
			State: state, QueueID: queueID, Updated: now}
	}
	return list
}

func (i *Injector) record(ctx context.Context, list []store.Entry) error {
	if fault.Off("deliver.ledger") || len(list) == 0 {
		return nil
	}
	return i.opts.Ledger.Record(ctx, list...)
}

// recordAfter writes what has happened already, so the caller's end is no
// reason not to.
func (i *Injector) recordAfter(ctx context.Context, list []store.Entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return i.record(ctx, list)
}

// recall settles the recipients for whom the ledger knows an answer; what is
// left is to be sent. An error means that nothing is known and nothing may be
// sent.
func (i *Injector) recall(ctx context.Context, in *Injection, to []*pending) error {
	if fault.Off("deliver.ledger") {
		return nil
	}
	list, err := i.opts.Ledger.Ledger(ctx, in.Job)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	known := map[string]store.Entry{}
	for _, e := range list {
		if e.Kind == in.Kind {
			known[e.Recipient] = e
		}
	}
	asked := map[string]Answer{}
	for _, p := range to {
		e, ok := known[p.rcpt.Address]
		switch {
		case !ok:
		case e.State == store.Done:
			p.settle(Result{Reply: accepted, QueueID: e.QueueID, Earlier: true})
			i.counts.earlier.Add(1)
		case e.State == store.Dot && !fault.Off("deliver.ask-log"):
			i.ask(ctx, in, p, e, asked)
		}
	}
	return nil
}

// ask settles a recipient whose copy the MTA may have: by its log, or by
// waiting, or after too long a wait by leaving it to be sent again.
func (i *Injector) ask(ctx context.Context, in *Injection, p *pending, e store.Entry, asked map[string]Answer) {
	answer, ok := asked[e.Batch]
	if !ok {
		answer = i.opts.Asker.Committed(ctx, e.Batch, e.Updated)
		asked[e.Batch] = answer
	}
	log := i.opts.Log.With(zap.String("id", in.Job), zap.String("batch", e.Batch))
	age := time.Since(e.Updated)
	switch {
	case answer.Known == Committed:
		log.Info("copy was taken by the MTA at an earlier try", zap.String("queue_id", answer.QueueID))
		e.State, e.QueueID, e.Updated = store.Done, answer.QueueID, time.Now()
		if err := i.recordAfter(ctx, []store.Entry{e}); err != nil {
			log.Error("recording a copy as done", zap.Error(err))
		}
		p.settle(Result{Reply: accepted, QueueID: answer.QueueID, Earlier: true})
		i.counts.earlier.Add(1)
	case answer.Known == NotCommitted:
		log.Info("copy was not taken by the MTA at an earlier try; sent again")
	case age < i.opts.Patience:
		log.Warn("the MTA's log can't tell whether a copy was taken; waiting", zap.String("reason", answer.Why), zap.Duration("age", age))
		p.settle(Result{Reply: temporary("4.3.0", "not known yet whether an earlier try succeeded, try again later")})
	default:
		log.Error("the MTA's log can't tell whether a copy was taken; SENT AGAIN, the recipient may get it twice",
			zap.String("reason", answer.Why), zap.Duration("age", age))
		i.counts.blind.Add(1)
	}
}
