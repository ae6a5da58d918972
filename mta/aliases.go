package mta

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealpost/sealpost/message"
)

// Aliases knows what Postfix will make of an envelope's recipients. It asks
// Postfix's own tables through postmap, so that every table type works that
// Postfix has.
//
// What only Postfix's local delivery knows (.forward files, mailing-list
// programs) it can't know: mode "strict" is for that.
//
// The settings are read again when main.cf has changed.
type Aliases struct {
	run  func(ctx context.Context, stdin, tool string, args ...string) (string, error)
	main string // main.cf, "" for none

	mu       sync.Mutex // guards settings
	settings settings
}

// settings are the parameters of one main.cf; they never change.
type settings struct {
	read   time.Time // main.cf's time of change
	params map[string]string
}

// lookups are the questions for one envelope, all under the same settings.
type lookups struct {
	*Aliases
	params map[string]string
}

// aliasParams are the main.cf parameters that change or add recipients.
var aliasParams = []string{"virtual_alias_maps", "recipient_canonical_maps", "canonical_maps", "alias_maps", "mydestination",
	"myorigin", "recipient_delimiter", "propagate_unmatched_extensions", "always_bcc", "recipient_bcc_maps", "sender_bcc_maps"}

// maxExpansion bounds what one recipient may become, as Postfix's
// virtual_alias_expansion_limit and virtual_alias_recursion_limit do.
const maxExpansion = 1000

// NewAliases reads the instance whose configuration directory is dir.
func NewAliases(ctx context.Context, dir string) (*Aliases, error) {
	a := &Aliases{main: filepath.Join(dir, "main.cf")}
	a.run = func(ctx context.Context, stdin, tool string, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, tool, append([]string{"-c", dir}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 1 && len(exit.Stderr) == 0 {
			return string(out), nil // nothing found
		} else if ok {
			return "", fmt.Errorf("%s: %w: %s", tool, err, strings.TrimSpace(string(exit.Stderr)))
		}
		return string(out), err
	}
	_, err := a.current(ctx)
	return a, err
}

// current returns the settings as main.cf has them now.
func (a *Aliases) current(ctx context.Context) (map[string]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.main == "" {
		return a.settings.params, nil
	}
	info, err := os.Stat(a.main)
	if err != nil {
		return nil, fmt.Errorf("reading the mail server's alias settings: %w", err)
	}
	if a.settings.params != nil && info.ModTime().Equal(a.settings.read) {
		return a.settings.params, nil
	}
	out, err := a.run(ctx, "", "postconf", append([]string{"-x"}, aliasParams...)...)
	if err != nil {
		return nil, fmt.Errorf("reading the mail server's alias settings: %w", err)
	}
	params := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(line, "="); ok {
			params[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	a.settings = settings{info.ModTime(), params}
	return params, nil
}

// Expand returns, for each recipient, the addresses that Postfix will deliver
// to in its place (itself where there is no alias), and the addresses that
// Postfix adds beside them. An error means that a table didn't answer.
func (a *Aliases) Expand(ctx context.Context, sender string, recipients []string) (expanded [][]string, added []string, err error) {
	params, err := a.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	l := &lookups{a, params}
	expanded = make([][]string, len(recipients))
	for i, r := range recipients {
		expanded[i] = []string{r}
	}
	if err := l.rewrite(ctx, expanded); err != nil {
		return nil, nil, err
	}
	if err := l.virtual(ctx, expanded); err != nil {
		return nil, nil, err
	}
	beside, err := l.local(ctx, expanded)
	if err != nil {
		return nil, nil, err
	}
	bcc, err := l.bcc(ctx, sender, expanded)
	if err != nil {
		return nil, nil, err
	}
	return expanded, append(beside, bcc...), nil
}

// rewrite applies the canonical maps, once each, as cleanup(8) does.
func (l *lookups) rewrite(ctx context.Context, expanded [][]string) error {
	for _, name := range []string{"recipient_canonical_maps", "canonical_maps"} {
		var all []string
		for _, e := range expanded {
			all = append(all, e...)
		}
		found, err := l.lookup(ctx, name, all)
		if err != nil {
			return err
		}
		for _, e := range expanded {
			if to := l.result(found, e[0]); len(to) > 0 {
				e[0] = to[0]
			}
		}
	}
	return nil
}

// virtual applies virtual_alias_maps until nothing changes (virtual(5)).
func (l *lookups) virtual(ctx context.Context, expanded [][]string) error {
	if l.params["virtual_alias_maps"] == "" {
		return nil
	}
	settled := map[string]bool{}
	for {
		var open []string
		for _, e := range expanded {
			for _, address := range e {
				if !settled[address] && !slices.Contains(open, address) {
					open = append(open, address)
				}
			}
		}
		if len(open) == 0 {
			return nil
		}
		if len(settled) > maxExpansion {
			return fmt.Errorf("expanding aliases: more than %d addresses, is there a loop?", maxExpansion)
		}
		found, err := l.lookup(ctx, "virtual_alias_maps", open)
		if err != nil {
			return err
		}
		for i, e := range expanded {
			var next []string
			for _, address := range e {
				to := []string{address}
				if !settled[address] {
					if got := l.result(found, address); len(got) > 0 {
						to = got
					}
				}
				for _, t := range to {
					if !slices.Contains(next, t) {
						next = append(next, t)
					}
				}
			}
			expanded[i] = next
		}
		for _, address := range open {
			settled[address] = true
		}
	}
}

// local looks where local(8) will send mail for users of this machine
// (aliases(5)). What leads to other addresses is added: the gateway can judge
// it but not replace it, since files and commands may stand beside it.
func (l *lookups) local(ctx context.Context, expanded [][]string) (added []string, err error) {
	if l.params["alias_maps"] == "" {
		return nil, nil
	}
	ours := SplitList(l.params["mydestination"])
	seen := map[string]bool{}
	var open []string
	for _, e := range expanded {
		for _, address := range e {
			if slices.Contains(ours, message.Domain(address)) {
				open = append(open, message.Local(address))
			}
		}
	}
	for len(open) > 0 {
		found, err := l.ask(ctx, "alias_maps", lower(open))
		if err != nil {
			return nil, err
		}
		var next []string
		for _, user := range open {
			seen[user] = true
			for _, target := range addresses(found[strings.ToLower(user)]) {
				switch {
				case !strings.Contains(target, "@") && !seen[target] && !strings.ContainsAny(target, "|/:"):
					next = append(next, target)
				case strings.Contains(target, "@") && !strings.ContainsAny(target[:1], `|/:"`):
					added = append(added, target)
				}
			}
		}
		if open = next; len(seen) > maxExpansion {
			return nil, fmt.Errorf("expanding local aliases: more than %d names, is there a loop?", maxExpansion)
		}
	}
	return added, nil
}

// bcc lists the copies that cleanup(8) adds by itself.
func (l *lookups) bcc(ctx context.Context, sender string, expanded [][]string) ([]string, error) {
	var added []string
	if bcc := l.params["always_bcc"]; bcc != "" {
		added = append(added, l.qualify(bcc))
	}
	var all []string
	for _, e := range expanded {
		all = append(all, e...)
	}
	for _, m := range []struct {
		name string
		keys []string
	}{{"recipient_bcc_maps", all}, {"sender_bcc_maps", []string{sender}}} {
		found, err := l.lookup(ctx, m.name, m.keys)
		if err != nil {
			return nil, err
		}
		for _, key := range m.keys {
			added = append(added, l.result(found, key)...)
		}
	}
	return added, nil
}

// lookup asks the tables of one parameter for everything that Postfix would
// look up for these addresses.
func (l *lookups) lookup(ctx context.Context, param string, addresses []string) (map[string]string, error) {
	var keys []string
	for _, address := range addresses {
		keys = append(keys, l.keys(address)...)
	}
	return l.ask(ctx, param, keys)
}

// ask puts keys to the tables of one parameter; the first table that knows a
// key answers. Tables of patterns see whole addresses only.
func (l *lookups) ask(ctx context.Context, param string, keys []string) (map[string]string, error) {
	found := map[string]string{}
	tables := SplitList(l.params[param])
	if len(tables) == 0 || len(keys) == 0 {
		return found, nil
	}
	for _, table := range tables {
		var stdin strings.Builder
		for _, k := range keys {
			pattern := strings.HasPrefix(table, "regexp:") || strings.HasPrefix(table, "pcre:")
			if k != "" && !strings.ContainsAny(k, "\r\n") && (!pattern || strings.Index(k, "@") > 0 || param == "alias_maps") {
				stdin.WriteString(k + "\n")
			}
		}
		out, err := l.run(ctx, stdin.String(), "postmap", "-q", "-", table)
		if err != nil {
			return nil, fmt.Errorf("asking %s: %w", table, err)
		}
		for line := range strings.Lines(out) {
			key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
			if _, have := found[key]; ok && !have {
				found[key] = value
			}
		}
	}
	return found, nil
}

// keys are what Postfix looks up for an address, in order.
func (l *lookups) keys(address string) []string {
	address = strings.ToLower(address)
	local, domain := message.Local(address), message.Domain(address)
	base := l.withoutExtension(local)
	keys := []string{address, base + "@" + domain}
	if domain == strings.ToLower(l.params["myorigin"]) || slices.Contains(SplitList(l.params["mydestination"]), domain) {
		keys = append(keys, local, base)
	}
	return append(keys, "@"+domain)
}

func (l *lookups) withoutExtension(local string) string {
	if i := strings.IndexAny(local, l.params["recipient_delimiter"]); i > 0 && l.params["recipient_delimiter"] != "" {
		return local[:i]
	}
	return local
}

// result is what the tables made of an address: nothing where they don't know
// it, or know it as itself.
func (l *lookups) result(found map[string]string, address string) []string {
	local := message.Local(address)
	for n, key := range l.keys(address) {
		value, ok := found[key]
		if !ok {
			continue
		}
		var out []string
		for _, to := range addresses(value) {
			switch to = l.qualify(to); {
			case strings.HasPrefix(to, "@"):
				to = local + to
			case n > 0:
				extension := local[len(l.withoutExtension(local)):]
				to = message.Local(to) + extension + "@" + message.Domain(to)
			}
			out = append(out, to)
		}
		return out
	}
	return nil
}

func (l *lookups) qualify(address string) string {
	if strings.Contains(address, "@") {
		return address
	}
	return address + "@" + l.params["myorigin"]
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

func lower(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = strings.ToLower(s)
	}
	return out
}
