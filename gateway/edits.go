package gateway

import (
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/message"
)

// TraceHeader carries our id in every message that went through the gateway.
// Fields with HeaderPrefix that come from outside are removed: nothing of ours
// is ever believed from a header.
const (
	TraceHeader  = "X-Sealpost-Id"
	HeaderPrefix = "X-Sealpost-"
)

// edits puts the plan into the MTA's hands: recipients that need something are
// replaced by their marks, the others stay as they are.
func (g *Gateway) edits(p *Plan) (message.Edits, error) {
	e := message.Edits{DeleteHeaders: foreign(p.Message.Header),
		InsertHeaders: []message.HeaderField{{Name: TraceHeader, Value: p.Message.ID}}}
	for i, rcpt := range p.Message.Envelope.Recipients {
		p.replace(&e, i, rcpt)
	}
	if n, ok := p.notice(); ok {
		mark := Mark{Address: n.Address, Job: p.Message.ID, Way: WayNotify}
		if markable(n.Address, WayNotify) {
			e.AddRecipients = append(e.AddRecipients, message.AddRecipient{Address: mark.String(), Args: "NOTIFY=NEVER"})
		} else {
			g.Log.Warn("the sender isn't told: its address can't carry a mark", zap.String("id", p.Message.ID))
		}
	}
	if (len(e.AddRecipients) > 0 || g.Strict) && p.Message.Envelope.Sender != "" {
		// A bounce of a protected message must not carry its text. In mode
		// strict a recipient may come later that needs protection.
		e.SenderArgs = "RET=HDRS"
	}
	body, err := g.unmark(p.Message)
	if err != nil {
		return e, failure("unmark", err)
	}
	e.Body = body
	return e, nil
}

// replace edits one recipient of the envelope, if any address that it stands
// for needs a mark: then all of them are named, and the MTA expands nothing.
func (p *Plan) replace(e *message.Edits, i int, rcpt message.Recipient) {
	var add []message.AddRecipient
	marked := false
	for j := range p.Recipients {
		r := &p.Recipients[j]
		if r.of != i {
			continue
		}
		to := r.Address
		if r.Way != "" {
			to = Mark{Address: r.Address, Job: p.Message.ID, Way: r.Way}.String()
			marked = true
		}
		add = append(add, message.AddRecipient{Address: to, Args: rcptArgs(rcpt)})
	}
	if !marked {
		return
	}
	if !slices.Contains(e.DeleteRecipients, rcpt.Typed) {
		e.DeleteRecipients = append(e.DeleteRecipients, rcpt.Typed)
	}
	for _, a := range add {
		if !slices.ContainsFunc(e.AddRecipients, func(have message.AddRecipient) bool { return have.Address == a.Address }) {
			e.AddRecipients = append(e.AddRecipients, a)
		}
	}
}

// rcptArgs keeps what the client asked to be told, and makes notifications
// name the recipient that the client knows (RFC 3461 section 4.2).
func rcptArgs(rcpt message.Recipient) string {
	var args []string
	if orcpt, ok := message.Arg(rcpt.Args, "ORCPT"); ok {
		args = append(args, "ORCPT="+orcpt)
	} else {
		args = append(args, "ORCPT="+originalRecipient(rcpt.Typed))
	}
	if notify, ok := message.Arg(rcpt.Args, "NOTIFY"); ok {
		args = append(args, "NOTIFY="+notify)
	}
	return strings.Join(args, " ")
}

// originalRecipient is an address as an ORCPT value: xtext for ASCII, the
// utf-8 form of RFC 6533 section 3 for the rest.
func originalRecipient(address string) string {
	for _, r := range address {
		if r > '~' {
			var b strings.Builder
			b.WriteString("utf-8;")
			for _, r := range address {
				if r <= ' ' || r > '~' || strings.ContainsRune(`\+=`, r) {
					fmt.Fprintf(&b, `\x{%X}`, r)
				} else {
					b.WriteRune(r)
				}
			}
			return b.String()
		}
	}
	return "rfc822;" + message.XText(address)
}

// foreign lists header fields from outside that pretend to be ours.
func foreign(h message.Header) []message.HeaderRef {
	var out []message.HeaderRef
	count := map[string]int{}
	for _, f := range h {
		name := strings.ToLower(f.Name)
		count[name]++
		if strings.HasPrefix(name, strings.ToLower(HeaderPrefix)) {
			out = append(out, message.HeaderRef{Name: f.Name, Index: count[name]})
		}
	}
	return out
}
