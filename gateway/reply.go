package gateway

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

var (
	errWrongCount   = errors.New("not every recipient got an answer")
	errHeaderTooBig = errors.New("the header is larger than the gateway reads")
)

// stageError is an error with the stage of the flow at which it happened. The
// stage is for the log and the metrics; the peer is told only that the message
// could not be judged.
type stageError struct {
	stage string
	err   error
}

func (e *stageError) Error() string { return e.stage + ": " + e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

func failure(stage string, err error) error { return &stageError{stage, err} }

// fail is the one place where an error becomes an answer: always a temporary
// failure, with our id for the peer and the cause for the log.
func (g *Gateway) fail(m *message.Message, err error) message.Answer {
	stage := "unknown"
	if s := (*stageError)(nil); errors.As(err, &s) {
		stage = s.stage
	}
	g.Log.Error("message not judged", zap.String("id", m.ID), zap.String("queue_id", m.Envelope.QueueID),
		zap.String("stage", stage), zap.String("error", err.Error()))
	g.Observer.Message(string(message.TempFail))
	text := "the message could not be judged, try again later"
	switch {
	case errors.Is(err, policy.ErrDeadline), errors.Is(err, context.DeadlineExceeded):
		text = "judging the message took too long, try again later"
	case errors.Is(err, message.ErrSpoolFull):
		text = "no room for the message, try again later"
	}
	answer := message.Answer{Verdict: message.TempFail, Reply: reply(451, "4.3.0", text, m.ID)}
	if g.Audit != nil {
		f := Failed{QueueID: m.Envelope.QueueID, Sender: m.Envelope.Sender, Stage: stage, Reply: answer.Reply.String()}
		if err := g.Audit.Append(FailedKind, m.ID, f); err != nil {
			g.Log.Error("not in the audit log", zap.String("id", m.ID), zap.String("error", err.Error()))
		}
	}
	return answer
}

// reply makes an SMTP reply: one printable line that ends with our id.
func reply(code int, enhanced, text, id string) message.Reply {
	if text = oneLine(text); !strings.Contains(text, id) {
		text += " (" + id + ")"
	}
	return message.Reply{Code: code, Enhanced: enhanced, Text: text}
}

// oneLine makes text fit for an SMTP reply line (RFC 5321 section 4.5.3.1.5:
// 512 octets for the whole line, in ASCII).
func oneLine(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		if r < ' ' || r > '~' {
			r = '?'
		}
		if b.Len() == 400 {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// report writes the one log line of a message and counts it.
func (g *Gateway) report(p *Plan, a message.Answer, took time.Duration) {
	g.Observer.Stage("handle", took)
	g.Observer.Message(string(a.Verdict))
	for i := range p.Recipients {
		r := &p.Recipients[i]
		g.Observer.Recipient(string(r.Level), r.Treatment())
		g.Log.Info("decided", zap.String("id", p.Message.ID), zap.String("queue_id", p.Message.Envelope.QueueID),
			zap.String("recipient", r.Address), zap.String("class", string(p.Class)), zap.String("level", string(r.Level)),
			zap.String("treatment", r.Treatment()), zap.String("verdict", string(a.Verdict)),
			zap.Strings("rules", r.rules()), zap.String("revision", p.Revision), zap.Int64("duration_us", took.Microseconds()))
	}
}
