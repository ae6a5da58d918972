package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// Route answers the MTA's question where a recipient's copy goes next, in the
// form of a transport table (transport(5)): "service:nexthop". The MTA asks
// anew at every attempt, so a copy whose TLS has failed for too long comes to
// deliver for its next treatment. found is false where the MTA's own routing
// holds. An error makes the MTA try again later.
func (g *Gateway) Route(ctx context.Context, address string) (transport string, found bool, err error) {
	mark, marked := ParseMark(address)
	if !marked {
		return g.routeUnmarked(address)
	}
	job, err := g.Jobs.Job(ctx, mark.Job)
	if errors.Is(err, store.ErrNotFound) {
		return g.LMTP, true, nil // deliver refuses it, in words
	}
	if err != nil {
		return "", false, failure("route", err)
	}
	r, ok := find(job, mark)
	if !ok {
		return g.LMTP, true, nil
	}
	hop := message.Domain(r.Address)
	switch mark.Way {
	case WayOpportunistic, WayTreated:
		return g.siteRoute(ctx, mark.Way, r.Address)
	case WayTLS, WayVerifiedTLS, WayPartnerTLS:
		if time.Since(job.Created) > g.Patience {
			return g.LMTP, true, nil
		}
		route := sdk.Route{}
		if step, ok := routed(r); ok {
			if err := json.Unmarshal(step.Route, &route); err != nil {
				return "", false, failure("route", err)
			}
		}
		if route.NextHop != "" {
			hop = route.NextHop
		}
		return service(mark.Way) + hop, true, nil
	default:
		return g.LMTP, true, nil
	}
}

// siteRoute is the route of a copy that needs nothing but its mark taken off:
// the site's own, by the service that takes marks off.
func (g *Gateway) siteRoute(ctx context.Context, way Way, address string) (string, bool, error) {
	if g.NextHop == nil {
		return service(way) + message.Domain(address), true, nil
	}
	hop, transport, err := g.NextHop(ctx, address)
	if err != nil {
		return "", false, failure("route", err)
	}
	if transport != "" {
		return transport, true, nil
	}
	return service(way) + hop, true, nil
}

// routeUnmarked sends recipients outside that carry no mark to deliver for a
// late decision, in mode strict. The MTA looks up more than addresses
// (domains, parent domains): those are not answered.
func (g *Gateway) routeUnmarked(address string) (string, bool, error) {
	domain := message.Domain(address)
	if !g.Strict || domain == "" || strings.HasPrefix(address, "@") || g.Policy.Current().LocalDomain(domain) {
		return "", false, nil
	}
	return g.LMTP, true, nil
}

// service is the MTA's SMTP client for one way: setup names them like this.
func service(w Way) string {
	if w == WayTreated {
		w = WayOpportunistic
	}
	return "sealpost-" + string(w) + ":"
}

// find returns the job's recipient that a mark means. The MTA folds the case
// of what it looks up; where two recipients differ by nothing else, the exact
// one is meant.
func find(job store.Job, mark Mark) (store.JobRecipient, bool) {
	same := func(exact bool) func(store.JobRecipient) bool {
		return func(r store.JobRecipient) bool {
			address := r.Address == mark.Address || !exact && strings.EqualFold(r.Address, mark.Address)
			return address && meant(r, mark.Way)
		}
	}
	for _, exact := range []bool{true, false} {
		if i := slices.IndexFunc(job.Recipients, same(exact)); i >= 0 {
			return job.Recipients[i], true
		}
	}
	return store.JobRecipient{}, false
}

// meant reports whether a copy of a recipient may carry a mark with that way.
// Copies that deliver handed back are marked as treated, or, where a handler
// chose the MTA's TLS, with the way that reaches the demanded level.
func meant(r store.JobRecipient, way Way) bool {
	planned := Way(r.Way)
	switch way {
	case planned:
		return true
	case WayTreated:
		return planned == WayContent || planned == WayHold || tlsWay(planned)
	case WayTLS, WayVerifiedTLS, WayPartnerTLS:
		reached, ok := tlsWayFor(policy.Level(r.Level))
		return planned == WayContent && ok && way == reached
	}
	return false
}

func tlsWay(w Way) bool { return w == WayTLS || w == WayVerifiedTLS || w == WayPartnerTLS }

// routed is the step that the MTA carries out by itself.
func routed(r store.JobRecipient) (store.Step, bool) {
	i := slices.IndexFunc(r.Steps, func(s store.Step) bool { return s.Route != nil })
	if i < 0 {
		return store.Step{}, false
	}
	return r.Steps[i], true
}

// TLSPolicy answers the MTA's question how the connection to a next hop must
// be protected, in the form of smtp_tls_policy_maps (postconf(5)). demanded is
// the level of the service that asks; with "" the MTA asks for mail that never
// met the gateway, and only partners are answered.
func (g *Gateway) TLSPolicy(ctx context.Context, demanded policy.Level, nextHop string) (line string, found bool, err error) {
	gen := g.Policy.Current()
	if strings.HasPrefix(nextHop, ".") {
		return "", false, nil // the MTA asks for the parent of a domain that was answered
	}
	partners := gen.PartnersAt(nextHop)
	if demanded == "" {
		if demanded = strictest(partners); demanded == "" || demanded == policy.Opportunistic {
			return "", false, nil
		}
		if !demanded.AtLeast(policy.TLS) || demanded.AtLeast(policy.ContentLevel) {
			demanded = policy.PartnerTLS
		}
	}
	req := sdk.AssessRequest{Treatment: "tls"}
	for domain, partner := range partners {
		req.Recipients = append(req.Recipients, sdk.Recipient{Address: "postmaster@" + domain, Level: string(demanded),
			Kind: string(policy.PartnerKind), Partner: encode(partner)})
	}
	if len(req.Recipients) == 0 {
		domain := nextHop
		if strings.ContainsAny(nextHop, "[]:") {
			// Conditions belong to domains. Which one led here isn't known any
			// more, so nothing weaker than its own may be answered.
			return "", false, errors.New("no TLS policy: no agreement leads to this next hop")
		}
		kind, _ := gen.Classify("postmaster@" + domain)
		req.Recipients = []sdk.Recipient{{Address: "postmaster@" + domain, Level: string(demanded), Kind: string(kind)}}
	}
	return oneLinePolicy(g.Handlers.Assess(ctx, req))
}

// oneLinePolicy is the policy for a next hop that several partners may share:
// they must agree.
func oneLinePolicy(answers []sdk.Assessment) (string, bool, error) {
	var line string
	for _, a := range answers {
		if a.Ability != sdk.Able || a.Route == nil {
			return "", false, fmt.Errorf("no TLS policy: %s", a.Reason)
		}
		l := policyLine(a.Route)
		if line != "" && l != line {
			return "", false, errors.New("no TLS policy: partners that share this next hop have agreed on different conditions")
		}
		line = l
	}
	if line == "" {
		return "", false, errors.New("no TLS policy: the tls plugin gave no answer")
	}
	return line, true, nil
}

// policyLine is a route in the words of smtp_tls_policy_maps.
func policyLine(r *sdk.Route) string {
	parts := []string{r.Security}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	add("match", strings.Join(r.Match, ":"))
	add("tafile", r.CAFile)
	add("ciphers", r.Ciphers)
	add("protocols", r.Protocols)
	add("exclude", r.Exclude)
	return strings.Join(parts, " ")
}

func strictest(partners map[string]*policy.Partner) policy.Level {
	var level policy.Level
	for _, p := range partners {
		if p.Level.AtLeast(policy.Opportunistic) && (level == "" || p.Level.AtLeast(level)) {
			level = p.Level
		}
	}
	return level
}
