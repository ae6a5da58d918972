package policy

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// samples are the messages on which a new generation is tried.
func samples() []*Input {
	now := Now{Time: "2026-01-30T12:00:00Z", Date: "2026-01-30", Weekday: "Friday", BusinessDay: true,
		BusinessDays: make([]string, businessDays)}
	for i := range now.BusinessDays {
		now.BusinessDays[i] = time.Date(2026, 2, 2+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
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
	full.Message.Overrides = []string{"override health-data: sample"}
	full.Content.Problems, full.Content.Ambiguous = []string{"encrypted", "smuggled-mail"}, true
	sealed := full
	sealed.Sender.Authenticated = "someone"
	sealed.Sender.Client = Client{IP: "192.0.2.1", TLS: &ClientTLS{Version: "TLSv1.3", Cipher: "TLS_AES_256_GCM_SHA384", Bits: 256}}
	sealed.Content.Scanned, sealed.Content.Encrypted, sealed.Content.Signed, sealed.Content.Ambiguous = Partial, "archive", true, true
	return []*Input{&base, &bounce, &unread, &full, &sealed}
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
	for _, domain := range g.lists.samples() {
		recipients = append(recipients, Recipient{Address: "someone@" + domain})
	}
	patient := g.patient()
	for _, in := range samples() {
		_, err := patient.Decide(ctx, in, recipients)
		if err == nil {
			_, err = patient.Decide(ctx, in, nil) // the class alone
		}
		if ctx.Err() != nil {
			return fmt.Errorf("trying the policy: %w", ctx.Err())
		}
		if err != nil {
			return Mistakes{{Text: fmt.Sprintf("tried on a sample message (%s, %d findings, scanned %s): %v",
				in.Message.Direction, len(in.Content.Findings), in.Content.Scanned, err)}}
		}
	}
	return nil
}

// samples are domains of every kind in the lists: one of our own, one of a
// public provider, one with exceptions, and for each level a partner's. They
// are the first ones by name, so that a policy is tried alike each time.
func (l *lists) samples() (domains []string) {
	first := func(all iter.Seq[string]) {
		if sorted := slices.Sorted(all); len(sorted) > 0 {
			domains = append(domains, sorted[0])
		}
	}
	first(maps.Keys(l.local))
	first(maps.Keys(l.public))
	first(maps.Keys(l.exceptions))
	byLevel := map[Level]string{} // there may be a million partners
	for domain, p := range l.partners {
		if other, ok := byLevel[p.Level]; !ok || domain < other {
			byLevel[p.Level] = domain
		}
	}
	return slices.Sorted(slices.Values(append(domains, slices.Collect(maps.Values(byLevel))...)))
}
