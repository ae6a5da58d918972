package policy

import (
	"strings"
	"time"
)

// PartnersAt returns the partners whose mail goes to a next hop, by domain:
// the partner whose domain it is, and all whose agreed route it is. The next
// hop is compared without regard to case, as the MTA looks it up.
func (g *Generation) PartnersAt(nextHop string) map[string]*Partner {
	hop, out := strings.ToLower(nextHop), map[string]*Partner{}
	if domain, ok := g.lists.routes[hop]; ok {
		out[domain] = g.lists.partners[domain]
	}
	for _, domain := range g.lists.shared[hop] {
		out[domain] = g.lists.partners[domain]
	}
	if p := g.lists.partners[hop]; p != nil && p.Route == "" {
		out[hop] = p
	}
	return out
}

// Now is the clock that a policy gets for a message received at t: its
// calendar is that of the organisation's time zone and holidays.
func (g *Generation) Now(t time.Time, zone *time.Location) Now {
	there := t.In(zone)
	day := g.calendar.on(there)
	return Now{Time: t.UTC().Format(time.RFC3339), Date: day.date, Weekday: there.Weekday().String(),
		BusinessDay: day.business, BusinessDays: day.days}
}
