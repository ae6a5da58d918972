package policy

import (
	"iter"
	"time"
)

// Sample is a message as a policy sees it: a file that was read for this, or a
// recorded decision's input.
type Sample struct {
	Name       string // a file's name, or an id
	Input      *Input
	Recipients []Recipient
}

// Samples are read one after the other. An error stands for a sample that
// can't be read, and doesn't end the others.
type Samples = iter.Seq2[*Sample, error]

// Direction is where a message goes, seen from the organisation. The null
// sender is ours where the MTA itself wrote the message.
func (g *Generation) Direction(s Sender, recipients []Recipient) Direction {
	outside := false
	for _, r := range recipients {
		outside = outside || !g.LocalDomain(r.Domain)
	}
	ours := s.Local || s.Authenticated != "" || s.Address == "" && s.Client.IP == ""
	switch {
	case !ours && outside:
		return Outbound // relayed for somebody: it leaves us all the same
	case !ours:
		return Inbound
	case outside:
		return Outbound
	default:
		return Internal
	}
}

// seen is the sample's input with what a generation's lists say of it: whether
// the sender is ours, where the message goes, and what day it is.
func (g *Generation) seen(s *Sample) *Input {
	in := *s.Input
	in.Sender.Local = g.LocalDomain(in.Sender.Domain)
	recipients := make([]Recipient, len(s.Recipients))
	for i, r := range s.Recipients {
		recipients[i] = *g.complete(r)
	}
	in.Message.Direction = g.Direction(in.Sender, recipients)
	if day, err := time.Parse(time.DateOnly, in.Now.Date); err == nil {
		in.Now.BusinessDay = day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !g.lists.holidays[in.Now.Date]
	}
	return &in
}
