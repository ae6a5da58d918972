package gateway

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

// input puts what is known of a message into policy's words.
func (g *Gateway) input(gen *policy.Generation, m *message.Message, report *inspect.Report, recipients []policy.Recipient) *policy.Input {
	sender := m.Envelope.Sender
	in := &policy.Input{
		Message: policy.Message{ID: m.ID, Subject: m.Header.Text("Subject"), Size: m.Content.Size(), Headers: headers(m.Header),
			Labels: labels(m.Header, report.Labels), Received: m.Received.UTC(), Overrides: overrides(m.Header)},
		Sender: policy.Sender{Address: sender, Domain: message.Domain(sender), Local: gen.LocalDomain(message.Domain(sender)),
			Authenticated: m.Envelope.Client.User, Client: client(m.Envelope.Client)},
		Content: content(report),
		Now:     gen.Now(m.Received, g.Location),
	}
	in.Message.Direction = gen.Direction(in.Sender, recipients)
	return in
}

// Facts is what policy is asked about a message and its envelope's recipients,
// without aliases being followed.
func (g *Gateway) Facts(gen *policy.Generation, m *message.Message, report *inspect.Report) (*policy.Input, []policy.Recipient) {
	recipients := make([]policy.Recipient, len(m.Envelope.Recipients))
	for i, r := range m.Envelope.Recipients {
		recipients[i] = policy.Recipient{Address: plain(bare(r.Address)), Domain: message.Domain(r.Address)}
	}
	return g.input(gen, m, report, recipients), recipients
}

func headers(h message.Header) []policy.Header {
	out := make([]policy.Header, len(h))
	for i, f := range h {
		out[i] = policy.Header{Name: strings.ToLower(f.Name), Value: f.Text()}
	}
	return out
}

// labels are the marks that people and their tools put on a message: the
// Sensitivity field (RFC 2156 section 5.3.4) and the names of Microsoft's
// sensitivity labels, in the header and in files.
func labels(h message.Header, inFiles []inspect.Label) []string {
	out := []string{}
	for _, v := range h.Values("Sensitivity") {
		out = append(out, strings.ToLower(strings.TrimSpace(v)))
	}
	for _, v := range h.Values("msip_labels") {
		for _, l := range detect.ParseLabels(v) {
			if l.Enabled && l.Name != "" {
				out = append(out, l.Name)
			}
		}
	}
	for _, l := range inFiles {
		if l.Name != "" && !slices.Contains(out, l.Name) {
			out = append(out, l.Name)
		}
	}
	return out
}

// maxOverrides is how many wishes to lift a rule one message may have.
const maxOverrides = 20

// overrides are what may be a sender's wish to lift a rule: what stands in
// square brackets in the subject, and the header fields for it.
func overrides(h message.Header) []string {
	out := []string{}
	for _, text := range strings.Split(h.Text("Subject"), "[")[1:] {
		if inside, _, closed := strings.Cut(text, "]"); closed && strings.Contains(inside, ":") {
			out = append(out, inside)
		}
	}
	for _, v := range h.Values("X-Sealpost-Override") {
		out = append(out, "override "+v)
	}
	return out[:min(len(out), maxOverrides)]
}

func client(c message.Client) policy.Client {
	out := policy.Client{}
	if c.Addr.IsValid() {
		out.IP = c.Addr.String()
	}
	if c.TLS != nil {
		out.TLS = &policy.ClientTLS{Version: c.TLS.Version, Cipher: c.TLS.Cipher, Bits: c.TLS.Bits, Verified: c.TLS.Verified, Subject: c.TLS.Subject}
	}
	return out
}

func content(r *inspect.Report) policy.Content {
	out := policy.Content{Scanned: policy.Scanned(r.Scanned), Findings: []policy.Finding{}, Parts: []policy.Part{},
		Encrypted: r.Encrypted, Signed: r.Signed, Ambiguous: r.Ambiguous, Problems: r.Problems}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, policy.Finding{Detector: f.Detector, Category: f.Category, Confidence: f.Confidence, Part: f.Part, Count: f.Count, Table: f.Table})
	}
	for _, p := range r.Parts {
		problems := p.Problems
		if problems == nil {
			problems = []string{}
		}
		out.Parts = append(out.Parts, policy.Part{Path: p.Path, Name: p.Name, Type: p.Type, Size: p.Size, Scanned: policy.Scanned(p.Scanned), Problems: problems})
	}
	return out
}

// expand asks what the MTA will make of the envelope's recipients, so that
// those are judged that a copy would really go to.
func (g *Gateway) expand(ctx context.Context, m *message.Message) ([]judged, error) {
	var out []judged
	if g.Expander == nil {
		for i, r := range m.Envelope.Recipients {
			out = append(out, judged{Address: bare(r.Address), of: i})
		}
		return out, nil
	}
	defer g.timed("expand")()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	e, err := g.Expander.Expand(ctx, &m.Envelope)
	if err != nil {
		return nil, err
	}
	if len(e.Recipients) != len(m.Envelope.Recipients) {
		return nil, errWrongCount
	}
	for i, addresses := range e.Recipients {
		if len(addresses) == 0 {
			return nil, errWrongCount
		}
		for _, a := range addresses {
			out = append(out, judged{Address: bare(a), of: i, unsure: unsure(e.Unsure[i]), unstable: e.Unstable[a], unmarkable: e.Unmarkable[a]})
		}
	}
	for _, a := range e.Added {
		out = append(out, judged{Address: a, of: -1})
	}
	if why := unsure(e.Unsure[-1]); why != "" && len(out) > 0 {
		out[0].unsure = why
	}
	return out, nil
}

// unsure is what the sender is told where the MTA's aliases can't be followed.
func unsure(why string) string {
	if why == "" {
		return ""
	}
	return why + ", so it can't be told where mail for this recipient leads; the mail server's operator has to set later_recipients: strict"
}

// settle stops what can't be known, and what the MTA would not leave as it is
// planned: where an alias is replaced by its members, each of them is expanded
// once more, and so is each mark. A message that is refused whole stays so.
func (p *Plan) settle() {
	if !slices.ContainsFunc(p.Recipients, func(r Planned) bool { return r.Way != WayReject }) {
		return
	}
	replaced := map[int]bool{}
	for i := range p.Recipients {
		r := &p.Recipients[i]
		replaced[r.of] = replaced[r.of] || r.Way != ""
	}
	for i := range p.Recipients {
		r := &p.Recipients[i]
		switch {
		case r.unsure != "":
			r.Pending = r.unsure
		case r.Pending != "":
		case r.Way != "" && r.unmarkable:
			r.Pending = "the mail server's tables change marked addresses, so this recipient's copy can't be protected; its operator has to change them"
		case r.Way == "" && r.unstable && replaced[r.of]:
			r.Pending = "an alias has members that need protection beside one that is an alias again; the mail server's operator has to set later_recipients: strict"
		}
	}
}

// bare is an address without the dot that may end a domain: nothing can be put
// behind it.
func bare(address string) string { return strings.TrimSuffix(address, ".") }

// plain is an address as rules see it: in lower case and without the quotes
// that a client may or may not write around a local part, so that a rule can't
// be dodged by another spelling of the same mailbox.
func plain(address string) string {
	local := message.Local(address)
	if len(local) > 1 && strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) {
		var b strings.Builder
		escaped := false
		for _, c := range local[1 : len(local)-1] {
			if c == '\\' && !escaped {
				escaped = true
				continue
			}
			escaped = false
			b.WriteRune(c)
		}
		local = b.String()
	}
	if domain := message.Domain(address); domain != "" {
		local += "@" + domain
	}
	return strings.ToLower(local)
}
