package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sealpost/sealpost/integration"
)

// stage is what the samples are played on.
type stage struct {
	rig    *integration.Rig
	daemon *integration.Sealpost
}

// patience is how long a copy may take to arrive.
const patience = 30 * time.Second

// play sends a sample and looks what becomes of each recipient's copy.
func (s *stage) play(ctx context.Context, m *sample) error {
	info, err := os.Stat(s.daemon.Log)
	if err != nil {
		return fmt.Errorf("looking at the daemon's log: %w", err)
	}
	s.rig.Forget()
	mail := integration.Mail{From: "alice@" + integration.OurDomain, Data: m.mail}
	for _, r := range m.rows {
		mail.To = append(mail.To, integration.Recipient{Address: r.recipient})
	}
	res, err := integration.Send(ctx, integration.GatewayAddr, integration.ClientOptions{}, mail)
	if err != nil {
		return fmt.Errorf("handing it to the gateway: %w", err)
	}
	m.reply = res.Final
	decided, err := s.decisions(info.Size())
	if err != nil {
		return err
	}
	for i := range m.rows {
		r := &m.rows[i]
		d := decided[r.recipient]
		r.got = seen{class: d.Class, level: d.Level, treatment: d.Treatment, outcome: unknown}
		if !res.Rcpt[i].OK() {
			r.got.outcome, r.detail = refused, "refused: "+res.Rcpt[i].String()
			continue
		}
		s.follow(ctx, res.Final, r)
	}
	return ctx.Err()
}

// follow waits for what was decided to happen, and notes what did happen.
func (s *stage) follow(ctx context.Context, reply integration.Reply, r *row) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch {
	case !reply.OK():
		r.detail = "refused: " + reply.String()
		if reply.Code/100 == 5 {
			r.got.outcome = refused
		}
	case r.want.outcome == waiting:
		reason, err := s.rig.Gateway.WaitDeferred(ctx, r.recipient)
		if err != nil {
			r.detail = err.Error()
			return
		}
		r.got.outcome, r.detail = waiting, "waits in the queue, never in clear: "+reason
	case r.got.treatment == "reject":
		told, err := s.rig.Sinks[integration.Mailstore].Wait(ctx, 1, func(d *integration.Delivery) bool {
			return d.From == "" && d.For("alice@"+integration.OurDomain) && bytes.Contains(d.Data, []byte(r.recipient))
		})
		if err != nil {
			r.detail = err.Error()
			return
		}
		r.got.outcome, r.detail = bounced, "not sent; the sender was told: "+diagnosis(told[0].Data)
	default:
		s.arrival(ctx, r)
	}
}

// arrival waits until a copy has arrived anywhere.
func (s *stage) arrival(ctx context.Context, r *row) {
	ctx, found := context.WithCancel(ctx)
	defer found()
	first := make(chan integration.Delivery, len(s.rig.Sinks))
	for _, sink := range s.rig.Sinks {
		go func() {
			got, err := sink.Wait(ctx, 1, func(d *integration.Delivery) bool { return d.For(r.recipient) })
			if err == nil {
				first <- got[0]
			}
		}()
	}
	select {
	case d := <-first:
		r.got.outcome, r.got.sink, r.got.encrypted = arrived, d.Sink, d.TLS != ""
		r.detail = fmt.Sprintf("arrived at %s, %s%s", s.rig.Sinks[d.Sink].Host(), secured(&d), size(d.Size))
	case <-ctx.Done():
		r.detail = "did not arrive"
	}
}

// secured says how a copy came.
func secured(d *integration.Delivery) string {
	switch {
	case d.TLS == "":
		return "in clear"
	case d.Strong():
		return d.TLS + " with 256 bit"
	default:
		return d.TLS + " with 128 bit"
	}
}

func size(n int) string {
	if n < 1<<20 {
		return ""
	}
	return fmt.Sprintf(", %d MB", n>>20)
}

// diagnosis is the line of a bounce or notice that says why.
func diagnosis(data []byte) string {
	_, after, _ := bytes.Cut(data, []byte("Diagnostic-Code: "))
	text := string(after)
	if text == "" {
		return "no reason found"
	}
	if end := strings.Index(text, "\r\n\r\n"); end >= 0 {
		text = text[:end]
	}
	// Folded lines belong to it, the next field doesn't.
	lines := strings.Split(text, "\r\n")
	out := lines[0]
	for _, l := range lines[1:] {
		if l == "" || l[0] != ' ' && l[0] != '\t' {
			break
		}
		out += " " + strings.TrimSpace(l)
	}
	return strings.TrimPrefix(out, "smtp; ")
}

// decision is the daemon's log line for one recipient.
type decision struct {
	Message   string `json:"message"`
	Recipient string `json:"recipient"`
	Class     string `json:"class"`
	Level     string `json:"level"`
	Treatment string `json:"treatment"`
}

// decisions reads what was decided since the log had that size. The lines are
// there before the client gets its answer.
func (s *stage) decisions(from int64) (map[string]decision, error) {
	f, err := os.Open(s.daemon.Log)
	if err != nil {
		return nil, fmt.Errorf("reading the daemon's log: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(from, 0); err != nil {
		return nil, fmt.Errorf("reading the daemon's log: %w", err)
	}
	found := map[string]decision{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var d decision
		if json.Unmarshal(lines.Bytes(), &d) == nil && d.Message == "decided" {
			found[d.Recipient] = d
		}
	}
	return found, nil
}
