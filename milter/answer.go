package milter

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	gomilter "github.com/d--j/go-milter"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/message"
)

// Our own answers. All but one are temporary: over a limit of ours, or after a
// failure of ours, the client tries again, and nothing is accepted.
var (
	internalError     = message.Reply{Code: 451, Enhanced: "4.3.0", Text: "Internal error, try again later"}
	outOfOrder        = message.Reply{Code: 451, Enhanced: "4.3.0", Text: "Mail filter was told things out of order, try again later"}
	busy              = message.Reply{Code: 451, Enhanced: "4.3.2", Text: "Too many sessions, try again later"}
	unsupported       = message.Reply{Code: 451, Enhanced: "4.3.5", Text: "Mail server doesn't allow what this message needs"}
	tooLarge          = message.Reply{Code: 452, Enhanced: "4.3.4", Text: "Message is larger than the mail filter takes"}
	spoolFull         = message.Reply{Code: 452, Enhanced: "4.3.1", Text: "Mail filter is out of space, try again later"}
	tooManyRecipients = message.Reply{Code: 452, Enhanced: "4.5.3", Text: "Too many recipients"}
	oddRecipient      = message.Reply{Code: 553, Enhanced: "5.1.3", Text: "Recipient address must be a plain address"}
)

// EndOfMessage asks the gateway and carries out what it says.
func (x *session) EndOfMessage(m gomilter.Modifier) (*gomilter.Response, error) {
	return x.guarded(func() *gomilter.Response {
		defer x.drop()
		began := time.Now()
		if x.stage != body && x.failed == nil {
			x.fail(outOfOrder)
		}
		x.queueID(m)
		answer := x.ask(m)
		if answer.Edits.Body != nil {
			defer answer.Edits.Body.Close()
		}
		resp, verdict := x.carryOut(m, &answer)
		fault.At("milter.reply")
		x.srv.opts.Observe(Event{Kind: Answered, Verdict: verdict, Duration: time.Since(began)})
		return resp
	})
}

// ask returns the gateway's answer, or the failure that there was before.
func (x *session) ask(m gomilter.Modifier) (answer message.Answer) {
	if x.failed != nil {
		verdict := message.TempFail
		if x.failed.Code >= 500 {
			verdict = message.Reject
		}
		return message.Answer{Verdict: verdict, Reply: *x.failed}
	}
	fault.At("milter.handle")
	x.working(m, func(ctx context.Context) {
		growStack()
		answer = x.srv.opts.Gateway.Handle(ctx, x.msg)
	})
	return answer
}

// growStack makes the goroutine's stack as large as a decision needs, in one
// step. Every connection has a goroutine of its own, and growing by doubling
// deep inside the policy engine, which copies all frames each time, took a
// seventh of the processor time.
//
//go:noinline
func growStack() {
	var room [stackRoom]byte
	touch(&room)
}

//go:noinline
func touch(*[stackRoom]byte) {}

// stackRoom is what a decision was seen to need, and some more.
const stackRoom = 96 << 10

// carryOut does the edits and returns the final reply. An answer that can't be
// understood or done is a temporary failure.
func (x *session) carryOut(m gomilter.Modifier, a *message.Answer) (*gomilter.Response, message.Verdict) {
	give := func(r message.Reply, v message.Verdict) (*gomilter.Response, message.Verdict) {
		return x.response(r), v
	}
	switch a.Verdict {
	case message.Accept, message.Hold:
		if why := missing(m.Actions(), m.Version(), a); why != "" {
			x.log.Error("the MTA doesn't allow an edit", zap.String("id", x.id()), zap.String("reason", why))
			return give(unsupported, message.TempFail)
		}
		if err := checkEdits(&x.msg.Envelope, &a.Edits); err != nil {
			x.log.Error("edits not carried out", zap.String("id", x.id()), zap.Error(err))
			return give(internalError, message.TempFail)
		}
		fault.At("milter.edits")
		if err := x.edit(m, a); err != nil {
			// The MTA discards edits that aren't followed by an acceptance.
			x.log.Error("sending edits", zap.String("id", x.id()), zap.Error(err))
			return give(internalError, message.TempFail)
		}
		return gomilter.RespAccept, a.Verdict
	case message.Reject, message.TempFail:
		if validReply(a.Reply) && (a.Verdict == message.Reject) == (a.Reply.Code >= 500) {
			return give(a.Reply, a.Verdict)
		}
	}
	x.log.Error("answer not understood", zap.String("id", x.id()), zap.String("verdict", string(a.Verdict)), zap.Int("code", a.Reply.Code))
	return give(internalError, message.TempFail)
}

// missing names an edit that was not negotiated, or returns "".
func missing(allowed gomilter.OptAction, version uint32, a *message.Answer) string {
	e := &a.Edits
	for _, need := range []struct {
		name   string
		needed bool
		action gomilter.OptAction
		since  uint32
	}{
		{"change sender", e.SenderArgs != "", gomilter.OptChangeFrom, 6},
		{"delete recipient", len(e.DeleteRecipients) > 0, gomilter.OptRemoveRcpt, 2},
		{"add recipient", slices.ContainsFunc(e.AddRecipients, func(r message.AddRecipient) bool { return r.Args == "" }), gomilter.OptAddRcpt, 2},
		{"add recipient with arguments", slices.ContainsFunc(e.AddRecipients, func(r message.AddRecipient) bool { return r.Args != "" }), gomilter.OptAddRcptWithArgs, 6},
		{"change header", len(e.DeleteHeaders) > 0, gomilter.OptChangeHeader, 2},
		{"insert header", len(e.InsertHeaders) > 0, gomilter.OptAddHeader, 2},
		{"replace body", e.Body != nil, gomilter.OptChangeBody, 2},
		{"quarantine", a.Verdict == message.Hold, gomilter.OptQuarantine, 2},
	} {
		if need.needed && (allowed&need.action == 0 || version < need.since) {
			return need.name
		}
	}
	return ""
}

// checkEdits refuses edits that the MTA would ignore or read otherwise than
// they were meant. Deleting a recipient that isn't there is the one that
// matters most: the MTA says nothing, and the plain copy leaves.
func checkEdits(env *message.Envelope, e *message.Edits) error {
	for _, d := range e.DeleteRecipients {
		if !slices.ContainsFunc(env.Recipients, func(r message.Recipient) bool { return r.Typed == d }) {
			return errors.New("deleting a recipient that the client didn't name")
		}
	}
	for _, r := range e.AddRecipients {
		if !plainAddress(r.Address) || hasControl(r.Args) {
			return errors.New("adding a recipient whose address or arguments are malformed")
		}
	}
	if hasControl(e.SenderArgs) {
		return errors.New("malformed sender arguments")
	}
	for _, h := range e.DeleteHeaders {
		if h.Index < 1 || h.Index > maxHeaderIndex || !validFieldName(h.Name) {
			return errors.New("deleting a malformed header reference")
		}
	}
	for _, h := range e.InsertHeaders {
		if !validFieldName(h.Name) || !validFieldValue(h.Value) {
			return errors.New("inserting a malformed header field")
		}
	}
	return nil
}

const (
	// maxHeaderIndex is beyond any number of header fields.
	maxHeaderIndex = 1 << 20
	// maxFieldValue is what fits into one packet beside the name.
	maxFieldValue = 32 << 10
)

func validFieldName(n string) bool {
	return n != "" && len(n) <= 200 && !strings.ContainsFunc(n, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' })
}

// validFieldValue demands folds as RFC 5322 section 2.2.3 has them: a line end
// only before a blank.
func validFieldValue(v string) bool {
	rest := strings.ReplaceAll(v, "\r\n", "\n")
	for i := 0; i < len(rest); i++ {
		if rest[i] == '\n' && (i+1 == len(rest) || rest[i+1] != ' ' && rest[i+1] != '\t') {
			return false
		}
	}
	return len(v) <= maxFieldValue && !strings.ContainsAny(rest, "\r\x00")
}

// edit sends the edits, and quarantines for Hold. An error means that the
// connection is gone.
func (x *session) edit(m gomilter.Modifier, a *message.Answer) error {
	e := &a.Edits
	if e.SenderArgs != "" {
		if err := m.ChangeFrom(x.msg.Envelope.Sender, e.SenderArgs); err != nil {
			return err
		}
	}
	for _, d := range e.DeleteRecipients {
		if err := m.DeleteRecipient(d); err != nil {
			return err
		}
	}
	for _, r := range e.AddRecipients {
		if err := m.AddRecipient(r.Address, r.Args); err != nil {
			return err
		}
	}
	if err := x.editHeaders(m, e); err != nil {
		return err
	}
	if e.Body != nil {
		if err := replaceBody(m, e.Body); err != nil {
			return err
		}
	}
	if a.Verdict == message.Hold {
		return m.Quarantine("held by mail filter (" + x.id() + ")")
	}
	return nil
}

// editHeaders deletes from the highest index down, because the MTA counts anew
// after each deletion, and then inserts the last field first, so that they
// stand in their order on top.
func (x *session) editHeaders(m gomilter.Modifier, e *message.Edits) error {
	del := slices.Clone(e.DeleteHeaders)
	slices.SortStableFunc(del, func(a, b message.HeaderRef) int { return b.Index - a.Index })
	for _, h := range del {
		if err := m.ChangeHeader(h.Index, h.Name, ""); err != nil {
			return err
		}
	}
	blank := ""
	if m.Protocol()&gomilter.OptHeaderLeadingSpace != 0 {
		blank = " " // with that option the MTA adds none
	}
	for _, h := range slices.Backward(e.InsertHeaders) {
		value := h.Value
		if !strings.HasPrefix(value, " ") && !strings.HasPrefix(value, "\t") {
			value = blank + value
		}
		if err := m.InsertHeader(0, h.Name, value); err != nil {
			return err
		}
	}
	return nil
}

// replaceBody sends a new body. Without a single byte the MTA would keep the
// old one, so an empty body is sent as an empty line.
func replaceBody(m gomilter.Modifier, c *message.Content) error {
	var r io.Reader = c.Reader()
	if c.Size() == 0 {
		r = strings.NewReader("\r\n")
	}
	return m.ReplaceBody(r)
}

var (
	enhancedCode = regexp.MustCompile(`^([45])\.\d{1,3}\.\d{1,3}$`)
	// maxReplyText keeps the line below the 512 bytes of RFC 5321 section
	// 4.5.3.1.5, with room for the codes and the id.
	maxReplyText = 400
)

// validReply reports whether a refusal's codes agree.
func validReply(r message.Reply) bool {
	s := enhancedCode.FindStringSubmatch(r.Enhanced)
	return s != nil && r.Code >= 400 && r.Code <= 599 && int(s[1][0]-'0') == r.Code/100
}

// response is a refusal as the protocol wants it. Its text carries our id.
func (x *session) response(r message.Reply) *gomilter.Response {
	text := replyText(r.Text)
	if id := x.id(); id != "" && !strings.Contains(text, id) {
		text += " (" + id + ")"
	}
	resp, err := gomilter.RejectWithCodeAndReason(uint16(r.Code), r.Enhanced+" "+text)
	if err != nil {
		x.log.Error("reply not sent as it was meant", zap.String("id", x.id()), zap.Error(err))
		return gomilter.RespTempFail
	}
	return resp
}

// replyText makes a text fit for one reply line: printable ASCII, no "%"
// (which the protocol gives a meaning), not too long.
func replyText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case r == '\r':
			return -1
		case r < ' ', r > '~', r == '%':
			return '?'
		}
		return r
	}, s)
	if len(s) > maxReplyText {
		s = s[:maxReplyText]
	}
	return strings.TrimSpace(s)
}
