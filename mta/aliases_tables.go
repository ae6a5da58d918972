package mta

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// lookups are the questions for one envelope, all under the same settings.
// Each is asked once.
type lookups struct {
	*Aliases
	params       map[string]string
	destinations []string
	// asked holds the answers by parameter (or table of mydestination) and
	// key: nil for a key that the tables don't have.
	asked map[string]map[question]*string
	// strange says of addresses in tables why nobody can tell what Postfix
	// makes of them.
	strange map[string]string
}

// question is a key as tables are asked for it: tables of patterns see whole
// addresses only.
type question struct {
	text  string
	whole bool
}

// key is something that Postfix looks up for an address.
type key struct {
	question
	// extended says that the address's extension isn't in it.
	extended bool
}

// keys are what Postfix looks up for an address, in order (virtual(5),
// "TABLE SEARCH ORDER"). Nothing is lower-cased: postmap does that where
// Postfix does.
func (l *lookups) keys(address string) []key {
	local, domain := message.Local(address), ""
	if message.Domain(address) != "" {
		domain = address[strings.LastIndexByte(address, '@')+1:]
	}
	bare := unquote(local)
	base := l.withoutExtension(bare)
	keys := []key{{question: question{local + "@" + domain, true}}}
	add := func(text string, whole, extended bool) {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.text == text }) {
			keys = append(keys, key{question{text, whole}, extended})
		}
	}
	add(bare+"@"+domain, true, false)
	add(quote(base)+"@"+domain, false, true)
	add(base+"@"+domain, false, true)
	if strings.EqualFold(domain, l.params["myorigin"]) || l.ours(message.Domain(address)) {
		add(local, false, false)
		add(bare, false, false)
		add(quote(base), false, true)
		add(base, false, true)
	}
	add("@"+domain, false, false)
	return keys
}

// load asks the tables of one parameter for everything that Postfix would look
// up for these addresses.
func (l *lookups) load(ctx context.Context, param string, addresses []string) error {
	if l.params[param] == "" || len(addresses) == 0 {
		return nil
	}
	if err := l.learn(ctx, addresses); err != nil {
		return err
	}
	var keys []key
	for _, address := range addresses {
		keys = append(keys, l.keys(address)...)
	}
	return l.ask(ctx, param, keys)
}

// learn asks the tables of mydestination for the addresses' domains.
func (l *lookups) learn(ctx context.Context, addresses []string) error {
	for _, pattern := range l.destinations {
		table := strings.TrimPrefix(pattern, "!")
		if !strings.Contains(table, ":") {
			continue
		}
		var keys []key
		for _, address := range addresses {
			keys = append(keys, key{question: question{message.Domain(address), true}})
		}
		if err := l.put(ctx, table, []string{table}, keys); err != nil {
			return err
		}
	}
	return nil
}

// ask puts keys to the tables of one parameter; the first table that knows a
// key answers.
func (l *lookups) ask(ctx context.Context, param string, keys []key) error {
	return l.put(ctx, param, SplitList(l.params[param]), keys)
}

func (l *lookups) put(ctx context.Context, name string, tables []string, keys []key) error {
	answers := l.asked[name]
	if answers == nil {
		answers = map[question]*string{}
		l.asked[name] = answers
	}
	var open []question
	for _, k := range keys {
		if _, done := answers[k.question]; !done && k.text != "" && !strings.ContainsAny(k.text, "\r\n\t") {
			answers[k.question] = nil
			open = append(open, k.question)
		}
	}
	for _, table := range tables {
		fits := func(q question) bool { return answers[q] == nil && (q.whole || !hasPatterns(table)) }
		var stdin strings.Builder
		for _, q := range open {
			if fits(q) {
				stdin.WriteString(q.text + "\n")
			}
		}
		if stdin.Len() == 0 {
			continue
		}
		out, err := l.run(ctx, stdin.String(), "postmap", "-q", "-", table)
		if err != nil {
			return fmt.Errorf("asking %s: %w", table, err)
		}
		for line := range strings.Lines(out) {
			text, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
			for _, q := range []question{{text, true}, {text, false}} {
				if _, asked := answers[q]; asked && fits(q) {
					answers[q] = &value
				}
			}
		}
	}
	return nil
}

// result is what a parameter's tables, already asked, made of an address:
// nothing where they don't know it.
func (l *lookups) result(param, address string) []string {
	answers := l.asked[param]
	if answers == nil {
		return nil
	}
	local := unquote(message.Local(address))
	for _, k := range l.keys(address) {
		value := answers[k.question]
		if value == nil {
			continue
		}
		var out []string
		for _, to := range addresses(*value) {
			sameUser := strings.HasPrefix(to, "@")
			if sameUser {
				to = quote(local) + to
			}
			to, why := l.whole(to)
			if k.extended && !sameUser && l.propagates(purpose(param)) {
				extension := local[len(l.withoutExtension(local)):]
				to = quote(unquote(message.Local(to))+extension) + "@" + message.Domain(to)
			}
			if why != "" {
				l.strange[to] = why
			}
			out = append(out, to)
		}
		return out
	}
	return nil
}

// propagates reports whether an address's extension goes over to what a table
// makes of it.
func (l *lookups) propagates(what string) bool {
	set, ok := l.params["propagate_unmatched_extensions"]
	return !ok && what != "alias" || slices.Contains(SplitList(set), what)
}

// purpose is a parameter's word in propagate_unmatched_extensions.
func purpose(param string) string {
	switch param {
	case "virtual_alias_maps":
		return "virtual"
	case "recipient_canonical_maps", "canonical_maps", "sender_canonical_maps":
		return "canonical"
	}
	return ""
}

// withoutExtension is a local part as far as its first delimiter. Some names
// are never split (split_addr in Postfix).
func (l *lookups) withoutExtension(local string) string {
	delimiters := l.params["recipient_delimiter"]
	lower := strings.ToLower(local)
	switch {
	case delimiters == "", lower == "postmaster", lower == "mailer-daemon", lower == "double-bounce":
		return local
	case strings.Contains(delimiters, "-") && (strings.HasPrefix(lower, "owner-") || strings.HasSuffix(lower, "-request")):
		return local
	}
	if i := strings.IndexAny(local, delimiters); i > 0 {
		return local[:i]
	}
	return local
}

// hasPatterns reports whether a table is one of patterns, which Postfix asks
// for whole addresses only.
func hasPatterns(table string) bool {
	kind, _, _ := strings.Cut(strings.TrimPrefix(table, "proxy:"), ":")
	return slices.Contains([]string{"regexp", "pcre", "cidr", "randmap"}, kind)
}

// mayMatchMarks reports whether a table that changes recipients could have
// something for an address that it doesn't list word by word.
func (l *lookups) mayMatchMarks() bool {
	for _, param := range []string{"recipient_canonical_maps", "canonical_maps", "virtual_alias_maps"} {
		for _, table := range SplitList(l.params[param]) {
			kind, _, _ := strings.Cut(strings.TrimPrefix(table, "proxy:"), ":")
			if !slices.Contains([]string{"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash", "inline"}, kind) {
				return true
			}
		}
	}
	return false
}

// addresses splits the right-hand side of an alias at commas and blanks that
// aren't quoted.
func addresses(value string) []string {
	var out []string
	quoted, start := false, -1
	for i := 0; i <= len(value); i++ {
		end := i == len(value)
		if !end && value[i] == '"' {
			quoted = !quoted
		}
		if end || !quoted && strings.IndexByte(", \t", value[i]) >= 0 {
			if start >= 0 {
				out = append(out, value[start:i])
			}
			start = -1
		} else if start < 0 {
			start = i
		}
	}
	return out
}
