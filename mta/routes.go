package mta

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Routes knows where this site would send a domain's mail without Sealpost:
// its own transport_maps, default_transport and relayhost (transport(5)).
// Copies that need nothing but their mark taken off go there.
//
// Tables are asked through postmap at every question. The settings are read
// again when main.cf or master.cf has changed.
type Routes struct {
	dir string
	own Params

	mu      sync.Mutex // guards the rest
	changed [2]time.Time
	site    site
}

// site are the settings of one instance; they never change.
type site struct {
	pf                          *Postfix
	tables                      []string
	transport, relay, delimiter string
	parents                     bool // parent domains are looked up without a dot
}

// NewRoutes reads the instance whose configuration directory is dir. p names
// what is Sealpost's own, which isn't asked: the gateway would ask itself.
func NewRoutes(ctx context.Context, dir string, p Params) (*Routes, error) {
	r := &Routes{dir: dir, own: p}
	_, err := r.current(ctx)
	return r, err
}

func (r *Routes) current(ctx context.Context) (site, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var changed [2]time.Time
	for i, name := range []string{"main.cf", "master.cf"} {
		info, err := os.Stat(filepath.Join(r.dir, name))
		if err != nil {
			return site{}, fmt.Errorf("reading the mail server's routes: %w", err)
		}
		changed[i] = info.ModTime()
	}
	if r.site.pf != nil && changed == r.changed {
		return r.site, nil
	}
	s, err := readSite(ctx, r.dir, r.own)
	if err != nil {
		return site{}, fmt.Errorf("reading the mail server's routes: %w", err)
	}
	r.site, r.changed = s, changed
	return s, nil
}

func readSite(ctx context.Context, dir string, p Params) (site, error) {
	pf, err := InspectPostfix(ctx, dir)
	if err != nil {
		return site{}, err
	}
	out, err := pf.run(ctx, "postconf", "-x", "transport_maps", "default_transport", "relayhost", "recipient_delimiter", "parent_domain_matches_subdomains")
	if err != nil {
		return site{}, err
	}
	values := parameters(out)
	s := site{pf: pf, transport: values["default_transport"], relay: values["relayhost"], delimiter: values["recipient_delimiter"],
		parents: slices.Contains(SplitList(values["parent_domain_matches_subdomains"]), "transport_maps")}
	s.tables = slices.DeleteFunc(SplitList(values["transport_maps"]), p.own)
	return s, nil
}

// NextHop is where the site sends mail for an address outside, for Postfix's
// SMTP client: "example.com", "[relay]:587". transport is "", or the site's
// whole answer where mail is to be refused or thrown away ("error:…"). An
// error means that a table gave no answer, or one that a copy can't follow;
// then the copy must wait.
func (r *Routes) NextHop(ctx context.Context, address string) (hop, transport string, err error) {
	s, err := r.current(ctx)
	if err != nil {
		return "", "", err
	}
	_, domain, _ := cutLast(strings.ToLower(address), '@')
	answer, err := s.ask(ctx, strings.ToLower(address), domain)
	if err != nil {
		return "", "", err
	}
	service, hop, _ := strings.Cut(answer, ":")
	if service != "" && hop == "" {
		hop = domain
	}
	if hop == "" {
		if _, byDefault, _ := strings.Cut(s.transport, ":"); byDefault != "" {
			hop = byDefault
		} else if s.relay != "" {
			hop = s.relay
		} else {
			hop = domain
		}
	}
	if service == "" {
		service, _, _ = strings.Cut(s.transport, ":")
	}
	switch s.command(service) {
	case "smtp":
		return hop, "", nil
	case "error", "discard":
		return "", service + ":" + hop, nil
	}
	return "", "", fmt.Errorf("the site's route for %s is the service %q, which isn't an SMTP client: a marked copy can't go there", domain, service)
}

// ask looks an address up as Postfix does: each key in all tables before the
// next one. "" where there is no entry.
func (s site) ask(ctx context.Context, address, domain string) (string, error) {
	if len(s.tables) == 0 {
		return "", nil
	}
	keys := s.keys(address, domain)
	var found []map[string]string
	for _, table := range s.tables {
		ask := keys
		kind, _, _ := strings.Cut(strings.TrimPrefix(table, "proxy:"), ":")
		if slices.Contains([]string{"regexp", "pcre", "cidr", "tcp"}, kind) {
			ask = keys[:1] // patterns are asked for the whole address only
		}
		answers, err := s.pf.LookupAll(ctx, table, ask)
		if err != nil {
			return "", fmt.Errorf("asking %s: %w", table, err)
		}
		found = append(found, answers)
	}
	for _, k := range keys {
		for _, answers := range found {
			if value, ok := answers[k]; ok {
				return value, nil
			}
		}
	}
	return "", nil
}

func (s site) keys(address, domain string) []string {
	keys := []string{address}
	local, _, _ := cutLast(address, '@')
	if i := strings.IndexAny(local, s.delimiter); s.delimiter != "" && i > 0 {
		keys = append(keys, local[:i]+"@"+domain)
	}
	keys = append(keys, domain)
	for _, rest, ok := strings.Cut(domain, "."); ok; _, rest, ok = strings.Cut(rest, ".") {
		if s.parents {
			keys = append(keys, rest)
		} else {
			keys = append(keys, "."+rest)
		}
	}
	return append(keys, "*")
}

// command is the program of a service of master.cf.
func (s site) command(service string) string {
	for _, e := range s.pf.Entries {
		if entryKey(e) == service+"/unix" {
			return entryCommand(e)
		}
	}
	return ""
}

// unfollowed finds routes of the site that a marked copy can't follow, in mode
// strict: those that depend on the sender.
func (pf *Postfix) unfollowed(p Params) []Problem {
	if p.LaterRecipients != Strict {
		return nil
	}
	var list []Problem
	for _, name := range []string{"sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps"} {
		if v := pf.Main[name]; v != "" {
			list = append(list, Problem{true, name + " is " + v + ": in mode strict every copy is routed by the gateway, which can't follow routes by sender",
				"use transport_maps or relayhost for these routes, or later_recipients: expand"})
		}
	}
	return list
}
