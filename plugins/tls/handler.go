package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// handler carries out the treatment "tls".
type handler struct{ settings atomic.Pointer[settings] }

func (h *handler) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "tls", Version: "1", Treatments: []string{"tls"}}, nil
}

func (h *handler) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s, wrong := readSettings(raw)
	if len(wrong) == 0 && !checkOnly {
		h.settings.Store(s)
	}
	return wrong, nil
}

func (h *handler) Assess(_ context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	s := h.settings.Load()
	if s == nil {
		return nil, fmt.Errorf("the plugin has no settings yet")
	}
	out := make([]sdk.Assessment, 0, len(req.Recipients))
	for _, r := range req.Recipients {
		out = append(out, s.assess(r))
	}
	return out, nil
}

// Handle is asked where the mail server brings the copy to the gateway first.
// The answer is the same route.
func (h *handler) Handle(_ context.Context, task *sdk.Task, _ io.Reader) (*sdk.Result, error) {
	s := h.settings.Load()
	if s == nil {
		return nil, fmt.Errorf("the plugin has no settings yet")
	}
	result := &sdk.Result{}
	for _, r := range task.Recipients {
		a := s.assess(r)
		o := sdk.Outcome{Address: r.Address}
		switch a.Ability {
		case sdk.Able:
			o.Kind, o.Route = sdk.Deliver, a.Route
		case sdk.Unable:
			o.Kind, o.Text = sdk.Refuse, a.Reason
		default:
			o.Kind, o.Text = sdk.Retry, a.Reason
		}
		result.Outcomes = append(result.Outcomes, o)
	}
	return result, nil
}

// partner is what the operator agreed with the recipient's domain
// (data.sealpost.partners).
type partner struct {
	Name    string   `json:"name"`
	Route   string   `json:"route"`
	Match   []string `json:"match"`
	CAFile  string   `json:"ca_file"`
	MinBits int      `json:"min_bits"`
}

// assess finds the route for one recipient.
func (s *settings) assess(r sdk.Recipient) sdk.Assessment {
	if params := strings.TrimSpace(string(r.Params)); params != "" && params != "{}" && params != "null" {
		return sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "the treatment tls takes no parameters"}
	}
	p, err := partnerOf(r)
	if err != nil {
		return sdk.Assessment{Address: r.Address, Ability: sdk.Unknown, Reason: "the agreement with this domain can't be read"}
	}
	route, method, problem := s.route(r, p)
	if problem == "" {
		problem = unreachable(r, route)
	}
	if problem != "" {
		return sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: problem}
	}
	return sdk.Assessment{Address: r.Address, Ability: sdk.Able, Level: r.Level, Method: method, Route: route}
}

// partnerOf returns nil where there is no agreement.
func partnerOf(r sdk.Recipient) (*partner, error) {
	if len(r.Partner) == 0 {
		return nil, nil
	}
	var p *partner
	err := json.Unmarshal(r.Partner, &p)
	return p, err
}

// route returns the route, how the other side is verified, or what is in the
// way.
func (s *settings) route(r sdk.Recipient, p *partner) (route *sdk.Route, method, problem string) {
	switch r.Level {
	case "tls":
		route = s.domainRoute(r, p)
		if route.Security == "" {
			route.Security = "encrypt"
		}
		return route, methodOf(route), ""
	case "verified-tls":
		route = s.domainRoute(r, p)
		if route.Security == "" || route.Security == "encrypt" {
			route.Security = "secure"
		}
		return route, methodOf(route), ""
	case "partner-tls":
		switch {
		case r.Kind == "public-provider":
			return nil, "", "the domain belongs to a public mail provider, with which no TLS agreement can be made"
		case p == nil:
			return nil, "", "there is no TLS agreement with this domain"
		}
		route = s.domainRoute(r, p)
		if route.Security == "" || route.Security == "encrypt" {
			route.Security = "secure"
		}
		if p.MinBits >= 256 {
			s.strongOnly(route)
		}
		return route, methodOf(route), ""
	}
	return nil, "", fmt.Sprintf("TLS doesn't reach the level %q", r.Level)
}

// domainRoute is the route to a domain with the security that is known for it,
// or none: the partner's own first, then what the settings say of the domain.
func (s *settings) domainRoute(r sdk.Recipient, p *partner) *sdk.Route {
	route := &sdk.Route{Ciphers: s.Ciphers, Protocols: s.Protocols, Exclude: s.Exclude}
	if d, known := s.Domains[domain(r.Address)]; known {
		route.Security, route.Match, route.CAFile = d.Security, d.Match, d.CAFile
	}
	if p == nil {
		return route
	}
	if p.Route != "" {
		route.NextHop = p.Route
	}
	if len(p.Match) > 0 {
		route.Match, route.Security = p.Match, "secure"
	}
	if p.CAFile != "" {
		route.CAFile, route.Security = p.CAFile, "secure"
	}
	return route
}

// weak are the suites of TLS 1.2 with less than 256 bits, as OpenSSL names
// them.
const weak = "AES128:CAMELLIA128:ARIA128:SEED:IDEA:3DES:RC4"

// strongOnly leaves only suites of 256 bits. Those of TLS 1.3 can't be chosen
// in the mail server, so it is left out unless the operator says otherwise.
func (s *settings) strongOnly(route *sdk.Route) {
	route.Ciphers = "high"
	route.Exclude = strings.TrimPrefix(route.Exclude+":"+weak, ":")
	if !s.TLS13WithMinBits {
		route.Protocols = ">=TLSv1.2:<=TLSv1.2"
	}
}

func methodOf(route *sdk.Route) string {
	switch route.Security {
	case "dane-only":
		return "dane"
	case "fingerprint":
		return "fingerprint"
	case "secure":
		return "pkix"
	}
	return "encrypted"
}

// unreachable says why a route can't work at all: then it is better to say so
// now than to let the mail server try for days.
func unreachable(r sdk.Recipient, route *sdk.Route) string {
	host := hostOf(route.NextHop)
	switch {
	case domain(r.Address) == "":
		return "the address has no domain"
	case route.NextHop == "" && strings.HasPrefix(domain(r.Address), "["):
		return "the address names a host by number, for which no protected route is agreed"
	case route.Security == "secure" && slices.Contains(route.Match, "hostname") && !strings.HasPrefix(route.NextHop, "["):
		return "the certificate would be verified by a name that comes from DNS: name the server in match, or in the partner's route"
	case route.Security == "secure" && len(route.Match) == 0 && isAddress(host):
		return "the route is a host by number, and the names in its certificate (match) aren't set"
	}
	return ""
}

// domain is the part after the last "@", in lower case, without a final dot.
func domain(address string) string {
	_, d, _ := cutLast(address, '@')
	return strings.TrimSuffix(strings.ToLower(d), ".")
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
