package policy

import (
	"context"
	"fmt"
	"time"
)

// samples are the messages on which a new generation is tried.
func samples() []*Input {
	now := Now{Time: "2026-01-30T12:00:00Z", Date: "2026-01-30", Weekday: "Friday", BusinessDay: true}
	base := Input{
		Message: Message{ID: "sample", Direction: Outbound, Subject: "Minutes", Size: 1000, Received: time.Unix(1769774400, 0).UTC()},
		Sender:  Sender{Address: "someone@sender.invalid", Domain: "sender.invalid", Local: true},
		Content: Content{Scanned: Full}, Now: now,
	}
	bounce, unread, full := base, base, base
	bounce.Message.Direction, bounce.Sender = Inbound, Sender{}
	unread.Content.Scanned = None
	full.Message.Subject = "(SECURE) Re: Minutes"
	full.Content.Findings = []Finding{
		{Detector: "icd10", Category: "health", Confidence: "high", Part: "1", Count: 3},
		{Detector: "iban", Category: "financial", Confidence: "medium", Part: "1", Count: 1000},
		{Detector: "private-key", Category: "secret", Confidence: "high", Part: "2", Count: 1},
	}
	full.Message.Headers = []Header{{Name: "subject", Value: "(SECURE) Re: Minutes"}}
	full.Message.Labels = []string{"Confidential"}
	full.Content.Parts = []Part{{Path: "1", Type: "text/plain", Size: 900, Scanned: Full}, {Path: "2", Name: "a.zip", Type: "application/zip", Scanned: Partial, Problems: []string{"encrypted"}}}
	return []*Input{&base, &bounce, &unread, &full}
}

// try asks the new generation about sample messages to every kind of
// recipient. A policy that has no answer for one of them is refused.
func (g *Generation) try(ctx context.Context) error {
	recipients := []Recipient{
		{Address: "someone@recipient.invalid"},
		{Address: "someone"},
		{Address: "someone@keys.invalid", Keys: Keys{SMIME: true, PGP: true, Expires: "2027-01-01T00:00:00Z"}, Portal: Portal{Registered: true},
			TLS: &RecipientTLS{Level: VerifiedTLS, Method: "dane", Checked: "2026-01-30T11:00:00Z"}},
	}
	for _, set := range []func(func(string) bool){keys(g.lists.local), keys(g.lists.public), keys(g.lists.partners)} {
		for domain := range set {
			recipients = append(recipients, Recipient{Address: "someone@" + domain})
			break
		}
	}
	patient := g.patient()
	for _, in := range samples() {
		if _, err := patient.Decide(ctx, in, recipients); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("trying the policy: %w", ctx.Err())
			}
			return Mistakes{{Text: fmt.Sprintf("tried on a sample message (%s, %d findings, scanned %s): %v",
				in.Message.Direction, len(in.Content.Findings), in.Content.Scanned, err)}}
		}
		if _, err := patient.Decide(ctx, in, nil); err != nil {
			return Mistakes{{Text: fmt.Sprintf("tried on a sample message, class alone: %v", err)}}
		}
	}
	return nil
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
