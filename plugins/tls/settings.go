package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are the operator's.
type settings struct {
	// Protocols and Ciphers are Postfix's words for what is allowed.
	Protocols string `json:"protocols"`
	Ciphers   string `json:"ciphers"` // medium or high
	Exclude   string `json:"exclude"` // suites, separated by ":"
	// TLS13WithMinBits allows TLS 1.3 to partners with min_bits 256. The mail
	// server can't leave out its 128-bit suite there; with most servers both
	// sides prefer one of 256 bits, but nothing forces them to.
	TLS13WithMinBits bool `json:"tls13_with_min_bits"`
	// Domains is what the operator knows of single domains.
	Domains map[string]server `json:"domains"`
}

// server is how a domain's mail server is reached and known.
type server struct {
	// NextHop is refused: when the connection is made only the next hop is
	// known, and a route that isn't part of an agreement would lose the
	// domain's conditions there.
	NextHop  string   `json:"next_hop"`
	Security string   `json:"security"` // secure, dane-only or fingerprint
	Match    []string `json:"match"`
	CAFile   string   `json:"ca_file"`
}

func readSettings(raw json.RawMessage) (*settings, []sdk.Diagnostic) {
	s := &settings{Protocols: ">=TLSv1.2", Ciphers: "high"}
	if wrong := sdk.DecodeSettings(raw, s); len(wrong) > 0 {
		return nil, wrong
	}
	var wrong []sdk.Diagnostic
	say := func(path, format string, args ...any) {
		wrong = append(wrong, sdk.Diagnostic{Path: path, Text: fmt.Sprintf(format, args...)})
	}
	if !slices.Contains([]string{"medium", "high"}, s.Ciphers) {
		say("ciphers", "read %q, want medium or high", s.Ciphers)
	}
	for _, v := range []struct{ path, value string }{{"protocols", s.Protocols}, {"exclude", s.Exclude}} {
		if strings.ContainsAny(v.value, " \t\r\n,;{}\"") {
			say(v.path, "read %q: separate with \":\", without blanks", v.value)
		}
	}
	if s.Protocols == "" {
		say("protocols", "must not be empty: it would allow what is broken")
	}
	for name, d := range s.Domains {
		path := "domains." + name
		if name != strings.ToLower(name) || strings.Contains(name, "@") {
			say(path, "want a domain in lower case")
		}
		if d.NextHop != "" {
			say(path+".next_hop", "a route belongs to the agreement with the partner: set data.sealpost.partners.%s.route instead", name)
		}
		if d.Security != "fingerprint" && slices.Contains(d.Match, "hostname") {
			say(path+".match", "\"hostname\" is a name that comes from DNS: name the server instead")
		}
		if !slices.Contains([]string{"", "secure", "dane-only", "fingerprint"}, d.Security) {
			say(path+".security", "read %q, want secure, dane-only or fingerprint", d.Security)
		}
		if d.Security == "fingerprint" && len(d.Match) == 0 {
			say(path+".match", "fingerprints are missing")
		}
		if d.Security == "" && (len(d.Match) > 0 || d.CAFile != "") {
			say(path+".security", "must be set with match or ca_file")
		}
		if d.CAFile != "" && !strings.HasPrefix(d.CAFile, "/") {
			say(path+".ca_file", "read %q, want an absolute path", d.CAFile)
		}
	}
	slices.SortFunc(wrong, func(a, b sdk.Diagnostic) int { return strings.Compare(a.Path, b.Path) })
	return s, wrong
}

// hostOf is the host of a next hop: "[host]:25" or "host:25".
func hostOf(nextHop string) string {
	if rest, ok := strings.CutPrefix(nextHop, "["); ok {
		host, _, _ := strings.Cut(rest, "]")
		return host
	}
	host, _, _ := strings.Cut(nextHop, ":")
	return host
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.TrimPrefix(strings.ToLower(host), "ipv6:"))
	return err == nil
}
