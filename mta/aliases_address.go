package mta

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// whole is an address as cleanup(8) has it before it asks any table
// (trivial-rewrite(8)): with a domain, and quoted only where it must be. why
// is set where it can't be told what Postfix makes of it.
func (l *lookups) whole(address string) (whole, why string) {
	local := unquote(message.Local(address))
	domain := ""
	if at := strings.LastIndexByte(address, '@'); message.Domain(address) != "" {
		domain = strings.TrimSuffix(address[at+1:], ".")
	}
	switch {
	case strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f }):
		why = whyOddAddress
	case l.params["masquerade_domains"] != "" && strings.Contains(l.params["masquerade_classes"], "envelope_recipient"):
		why = whyMasquerade
	case strings.HasPrefix(domain, "[") && !l.interfacesKnown():
		why = whyInterface
	case domain == "" && (l.params["swap_bangpath"] != "no" && strings.Contains(local, "!") ||
		l.params["allow_percent_hack"] != "no" && strings.Contains(local, "%") || strings.Contains(local, "@")):
		why = whyOddAddress
	}
	if domain == "" && l.params["append_at_myorigin"] != "no" {
		domain = l.params["myorigin"]
	}
	if domain != "" && !strings.ContainsAny(domain, ".[") && l.params["append_dot_mydomain"] == "yes" {
		domain += "." + l.params["mydomain"]
	}
	if domain == "" {
		return quote(local), why
	}
	return quote(local) + "@" + domain, why
}

// unquote is a local part without its quotes (RFC 5321 section 4.1.2).
func unquote(local string) string {
	if !strings.ContainsAny(local, `"\`) {
		return local
	}
	var b strings.Builder
	for i := 0; i < len(local); i++ {
		switch {
		case local[i] == '\\' && i+1 < len(local):
			i++
			b.WriteByte(local[i])
		case local[i] != '"':
			b.WriteByte(local[i])
		}
	}
	return b.String()
}

// quote puts a local part in quotes if it can't stand without.
func quote(local string) string {
	plain := local != "" && !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..") &&
		!strings.ContainsFunc(local, func(r rune) bool {
			return r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, r)
		})
	if plain {
		return local
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(local); i++ {
		if local[i] == '"' || local[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(local[i])
	}
	return b.String() + `"`
}

// patterns are the elements of mydestination, with those of the files that it
// names.
func patterns(value string, depth int) ([]string, error) {
	var out []string
	for _, element := range SplitList(value) {
		negated, file := "", element
		for strings.HasPrefix(file, "!") {
			file = file[1:]
			if negated += "!"; negated == "!!" {
				negated = ""
			}
		}
		if !strings.HasPrefix(file, "/") {
			out = append(out, negated+file)
			continue
		}
		if depth > 3 || negated != "" {
			return nil, fmt.Errorf("mydestination: %s can't be followed", element)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading mydestination: %w", err)
		}
		var content strings.Builder
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(strings.TrimSpace(line), "#") {
				content.WriteString(line)
			}
		}
		inner, err := patterns(content.String(), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

// ours reports whether local(8) delivers a domain's mail: it stands in
// mydestination, of which the tables were asked (learn), or is an address of
// this machine.
func (l *lookups) ours(domain string) bool {
	if strings.HasPrefix(domain, "[") {
		literal := strings.TrimSuffix(strings.TrimPrefix(domain, "["), "]")
		address, err := netip.ParseAddr(strings.TrimPrefix(literal, "ipv6:"))
		return err == nil && l.ownAddress(address)
	}
	for _, pattern := range l.destinations {
		name, negated := strings.CutPrefix(pattern, "!")
		hit := strings.EqualFold(name, domain)
		if strings.Contains(name, ":") {
			hit = l.asked[name][question{domain, true}] != nil
		}
		if hit {
			return !negated
		}
	}
	return false
}

// interfacesKnown reports whether the parameters name the machine's own
// addresses as numbers, or by the words that Postfix has for them.
func (l *lookups) interfacesKnown() bool {
	for _, name := range SplitList(l.params["inet_interfaces"] + " " + l.params["proxy_interfaces"]) {
		if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err != nil && name != "all" && name != "loopback-only" && name != "localhost" {
			return false
		}
	}
	return true
}

func (l *lookups) ownAddress(address netip.Addr) bool {
	for _, name := range SplitList(l.params["inet_interfaces"] + " " + l.params["proxy_interfaces"]) {
		if listed, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && listed == address {
			return true
		}
		if name != "all" && !address.IsLoopback() {
			continue
		}
		if name == "all" || name == "loopback-only" || name == "localhost" {
			all, err := net.InterfaceAddrs()
			if err != nil {
				return true // more tables are asked, nothing is left out
			}
			for _, a := range all {
				if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr() == address.WithZone("") {
					return true
				}
			}
		}
	}
	return false
}
