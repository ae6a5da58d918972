package mta

import (
	"context"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// Why it can't be told where a recipient's mail goes. Senders read it.
const (
	whyOddAddress = "the address has routing or control characters in it"
	whyMasquerade = "recipients' domains are masqueraded"
	whyLoop       = "aliases lead in a circle"
	whyInclude    = "an alias reads a list of addresses from a file"
	whyTransport  = "mailboxes are on another server"
	whyLuserRelay = "mail for unknown users goes to an address that depends on the user"
	whyInterface  = "the mail server's own addresses aren't known"
)

// user is a user of this machine that mail goes to because of a recipient.
type user struct {
	name string // lower-cased, without quotes, with its extension
	of   int
}

// local looks where local(8) will send what is for this machine (aliases(5)):
// it returns the addresses that leave it. Files are the end of the way. So are
// programs: what they send is a new message.
func (l *lookups) local(ctx context.Context, e *Expansion, open []lead) (leaving []lead, err error) {
	if err := l.learn(ctx, leadAddresses(open)); err != nil {
		return nil, err
	}
	var users []user
	for _, o := range open {
		if l.ours(message.Domain(o.address)) {
			users = l.enter(e, users, o)
		}
	}
	seen := map[user]bool{}
	for len(users) > 0 {
		if err := l.loadNames(ctx, users); err != nil {
			return nil, err
		}
		var next []lead
		for _, u := range users {
			if seen[u] {
				continue
			}
			seen[u] = true
			next = append(next, l.targets(e, u)...)
		}
		if err := l.learn(ctx, leadAddresses(next)); err != nil {
			return nil, err
		}
		users = nil
		for _, o := range next {
			if l.ours(message.Domain(o.address)) {
				users = l.enter(e, users, o)
			} else {
				leaving = append(leaving, o)
			}
		}
		users = slices.DeleteFunc(users, func(u user) bool { return seen[u] })
	}
	return leaving, nil
}

// enter adds the user that an address of this machine names. A local part with
// a route in it leads away from here (resolve_dequoted_address).
func (l *lookups) enter(e *Expansion, users []user, o lead) []user {
	u := user{strings.ToLower(unquote(message.Local(o.address))), o.of}
	if strings.ContainsAny(u.name, "@%!") {
		e.Unsure[o.of] = whyOddAddress
		return users
	}
	if slices.Contains(users, u) {
		return users
	}
	return append(users, u)
}

// loadNames asks the tables that local(8) looks users up in.
func (l *lookups) loadNames(ctx context.Context, users []user) error {
	var keys []key
	for _, u := range users {
		keys = append(keys, l.names(u.name)...)
	}
	for _, param := range []string{"alias_maps", "mailbox_transport_maps", "fallback_transport_maps"} {
		if err := l.ask(ctx, param, keys); err != nil {
			return err
		}
	}
	return nil
}

// names are the keys for a user, in order. alias_maps takes patterns too.
func (l *lookups) names(name string) []key {
	keys := []key{{question: question{name, true}}, {question: question{quote(name), true}}}
	if base := l.withoutExtension(name); base != name {
		keys = append(keys, key{question{base, true}, true})
	}
	return keys
}

// targets are the addresses that local(8) sends a user's mail to.
func (l *lookups) targets(e *Expansion, u user) (out []lead) {
	value, extension, found := l.alias(u.name)
	if !found {
		return l.mailbox(e, u)
	}
	for _, target := range addresses(value) {
		bare := strings.TrimPrefix(target, `"`)
		switch {
		case strings.HasPrefix(strings.ToLower(bare), ":include:"):
			e.Unsure[u.of] = whyInclude
			continue
		case strings.HasPrefix(bare, "|"), strings.HasPrefix(bare, "/"), strings.HasPrefix(bare, `\`):
			continue
		}
		address, why := l.whole(target)
		if why != "" {
			e.Unsure[u.of] = why
		}
		if extension != "" {
			address = quote(unquote(message.Local(address))+extension) + "@" + message.Domain(address)
		}
		if l.ours(message.Domain(address)) && strings.EqualFold(unquote(message.Local(address)), u.name) {
			out = append(out, l.mailbox(e, u)...) // keeps a copy
			continue
		}
		out = append(out, lead{address, u.of})
	}
	return out
}

// alias is what alias_maps, already asked, has for a user, and the extension
// that its targets take on.
func (l *lookups) alias(name string) (value, extension string, found bool) {
	for _, k := range l.names(name) {
		v := l.asked["alias_maps"][k.question]
		if v == nil {
			continue
		}
		if k.extended && l.propagates("alias") {
			extension = name[len(k.text):]
		}
		return *v, extension, true
	}
	return "", "", false
}

// mailbox looks where a user's mail goes that no alias sends on: local(8) may
// hand it to another server, and what is for nobody to another address.
func (l *lookups) mailbox(e *Expansion, u user) []lead {
	transports := []string{l.params["local_transport"], l.params["mailbox_transport"], l.params["fallback_transport"]}
	for _, param := range []string{"mailbox_transport_maps", "fallback_transport_maps"} {
		for _, k := range l.names(u.name) {
			if v := l.asked[param][k.question]; v != nil {
				transports = append(transports, *v)
			}
		}
	}
	if slices.ContainsFunc(transports, goesElsewhere) {
		e.Unsure[u.of] = whyTransport
	}
	relay := l.params["luser_relay"]
	switch {
	case relay == "":
		return nil
	case strings.ContainsAny(relay, `$|/:\"`), strings.HasPrefix(relay, "@"):
		e.Unsure[u.of] = whyLuserRelay
		return nil
	}
	address, _ := l.whole(relay)
	if strings.EqualFold(unquote(message.Local(address)), u.name) && l.ours(message.Domain(address)) {
		return nil
	}
	return []lead{{address, u.of}}
}

// goesElsewhere reports whether a transport of main.cf takes mail to another
// server by SMTP. Services with names of the operator's own are taken for
// programs that keep mail here.
func goesElsewhere(transport string) bool {
	service, _, _ := strings.Cut(transport, ":")
	return slices.Contains([]string{"smtp", "relay"}, service)
}

func leadAddresses(leads []lead) []string {
	var out []string
	for _, o := range leads {
		out = append(out, o.address)
	}
	return out
}
