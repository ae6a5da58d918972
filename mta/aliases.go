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
)

// Aliases knows what Postfix will make of an envelope's recipients. It asks
// Postfix's own tables through postmap, so that every table type works that
// Postfix has, and follows Postfix's order:
//
//   - an address is made whole and loses needless quotes (trivial-rewrite(8));
//   - recipient_canonical_maps, then canonical_maps, each until it changes
//     nothing (canonical(5));
//   - recipient_bcc_maps is asked for the result, and with always_bcc and
//     sender_bcc_maps names copies, which take the same way (cleanup(8));
//   - virtual_alias_maps until nothing changes; an address that its own alias
//     names stays (virtual(5));
//   - for addresses of this machine, alias_maps (aliases(5), local(8)). What
//     that names elsewhere goes through cleanup(8) again, without copies.
//
// What it can't know is said, recipient by recipient (Expansion.Unsure). Two
// things it neither knows nor says: a user's .forward file, and what a program
// does that local(8) runs. A program can send mail only as a new message, which
// non_smtpd_milters shows to the gateway; for .forward files there is mode
// "strict". Settings that master.cf gives to single services aren't read.
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

// Expansion is what Postfix will make of an envelope's recipients.
type Expansion struct {
	// Recipients holds, for each recipient of the envelope in its order, the
	// addresses that cleanup(8) puts in its place: itself, made whole, where
	// there is no alias.
	Recipients [][]string
	// Added are addresses beside them, which nothing in the envelope can take
	// away or mark: automatic copies, and members of local aliases.
	Added []string
	// Unsure says for which recipients, by their index, more addresses may
	// come that nobody can know now, and why; -1 stands for the automatic
	// copies. The reasons name no address.
	Unsure map[int]string
	// Unstable are those of Recipients' addresses of which Postfix would make
	// something else if they were added to the message by themselves.
	Unstable map[string]bool
	// Unmarkable are those of Recipients' addresses of which Postfix would
	// change the marked form.
	Unmarkable map[string]bool
}

// aliasParams are the main.cf parameters that change or add recipients.
func aliasParams() []string {
	return []string{"virtual_alias_maps", "recipient_canonical_maps", "canonical_maps", "sender_canonical_maps",
		"canonical_classes", "recipient_canonical_classes", "sender_canonical_classes", "masquerade_domains", "masquerade_classes",
		"alias_maps", "mydestination", "myorigin", "mydomain", "inet_interfaces", "proxy_interfaces",
		"append_at_myorigin", "append_dot_mydomain", "swap_bangpath", "allow_percent_hack",
		"recipient_delimiter", "propagate_unmatched_extensions", "always_bcc", "recipient_bcc_maps", "sender_bcc_maps",
		"luser_relay", "local_transport", "mailbox_transport", "mailbox_transport_maps", "fallback_transport", "fallback_transport_maps"}
}

// maxExpansion bounds what one envelope may become, beyond its own size, as
// Postfix's virtual_alias_expansion_limit and virtual_alias_recursion_limit do
// for one recipient.
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
	out, err := a.run(ctx, "", "postconf", append([]string{"-x"}, aliasParams()...)...)
	if err != nil {
		return nil, fmt.Errorf("reading the mail server's alias settings: %w", err)
	}
	params := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(line, "="); ok {
			params[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	if file := params["myorigin"]; strings.HasPrefix(file, "/") {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the mail server's alias settings: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		params["myorigin"] = strings.TrimSpace(line)
	}
	a.settings = settings{info.ModTime(), params}
	return params, nil
}

// Expand returns what Postfix will make of an envelope's recipients. An error
// means that a table didn't answer.
func (a *Aliases) Expand(ctx context.Context, sender string, recipients []string) (*Expansion, error) {
	params, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	l := &lookups{Aliases: a, params: params, asked: map[string]map[question]*string{}, strange: map[string]string{}}
	if l.destinations, err = patterns(params["mydestination"], 0); err != nil {
		return nil, err
	}
	return l.expand(ctx, sender, recipients)
}

// lead is an address that mail goes to because of the envelope's recipient
// with that index, or because of an automatic copy (-1).
type lead struct {
	address string
	of      int
}

func (l *lookups) expand(ctx context.Context, sender string, typed []string) (*Expansion, error) {
	e := &Expansion{Unsure: map[int]string{}, Unstable: map[string]bool{}, Unmarkable: map[string]bool{}}
	recipients := make([]string, len(typed))
	for i, t := range typed {
		var why string
		if recipients[i], why = l.whole(t); why != "" {
			e.Unsure[i] = why
		}
	}
	canonical, err := l.canonical(ctx, recipientMaps(), recipients)
	if err != nil {
		return nil, err
	}
	if e.Recipients, err = l.virtual(ctx, canonical); err != nil {
		return nil, err
	}
	var open []lead
	for i, addresses := range e.Recipients {
		for _, address := range addresses {
			l.note(e, lead{address, i})
			open = append(open, lead{address, i})
		}
	}
	copies, err := l.copies(ctx, sender, canonical)
	if err != nil {
		return nil, err
	}
	added, err := l.cleanup(ctx, e, copies)
	if err != nil {
		return nil, err
	}
	if err := l.follow(ctx, e, append(open, added...)); err != nil {
		return nil, err
	}
	return e, l.again(ctx, e)
}

// note says of an address that mail goes to what is strange about it.
func (l *lookups) note(e *Expansion, to lead) {
	if why := l.strange[to.address]; why != "" {
		e.Unsure[to.of] = why
	}
}

// copies lists the addresses that cleanup(8) adds by itself.
func (l *lookups) copies(ctx context.Context, sender string, recipients []string) ([]lead, error) {
	var out []lead
	if bcc := l.params["always_bcc"]; bcc != "" {
		out = append(out, lead{bcc, -1})
	}
	var senders []string
	if sender != "" {
		from, _ := l.whole(sender)
		var err error
		if senders, err = l.canonical(ctx, senderMaps(), []string{from}); err != nil {
			return nil, err
		}
	}
	for _, m := range []struct {
		name      string
		addresses []string
	}{{"recipient_bcc_maps", recipients}, {"sender_bcc_maps", senders}} {
		if err := l.load(ctx, m.name, m.addresses); err != nil {
			return nil, err
		}
		for _, address := range m.addresses {
			for _, to := range l.result(m.name, address) {
				out = append(out, lead{to, -1})
			}
		}
	}
	return out, nil
}

// cleanup is the way of addresses that Postfix itself puts into the queue. The
// addresses that they become are added to e, and returned.
func (l *lookups) cleanup(ctx context.Context, e *Expansion, in []lead) ([]lead, error) {
	addresses := make([]string, len(in))
	for i, from := range in {
		var why string
		if addresses[i], why = l.whole(from.address); why != "" {
			e.Unsure[from.of] = why
		}
	}
	sets, err := l.rewrite(ctx, addresses)
	if err != nil {
		return nil, err
	}
	var out []lead
	for i, set := range sets {
		for _, address := range set {
			if to := (lead{address, in[i].of}); !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	}
	for _, to := range out {
		l.note(e, to)
		judged := to.of >= 0 && slices.Contains(e.Recipients[to.of], to.address)
		if !judged && !slices.Contains(e.Added, to.address) {
			e.Added = append(e.Added, to.address)
		}
	}
	return out, nil
}

// follow looks where local(8) will send on what is for this machine, as often
// as that comes back.
func (l *lookups) follow(ctx context.Context, e *Expansion, open []lead) error {
	seen := map[lead]bool{}
	for limit := len(open) + maxExpansion; len(open) > 0; {
		for _, o := range open {
			seen[o] = true
		}
		if len(seen) > limit {
			return fmt.Errorf("expanding local aliases: more than %d addresses, is there a loop?", maxExpansion)
		}
		leaving, err := l.local(ctx, e, open)
		if err != nil {
			return err
		}
		next, err := l.cleanup(ctx, e, leaving)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(next, func(o lead) bool { return seen[o] })
	}
	return nil
}

// again finds the addresses of which Postfix would make something else if a
// milter added them to the message, as they are or marked: what a milter adds
// is expanded like any other recipient.
func (l *lookups) again(ctx context.Context, e *Expansion) error {
	var plain, marked []string
	for _, set := range e.Recipients {
		plain = append(plain, set...)
	}
	if l.mayMatchMarks() {
		for _, address := range plain {
			marked = append(marked, address+"."+strings.Repeat("a", 26)+".content"+Suffix)
		}
	}
	sets, err := l.rewrite(ctx, slices.Concat(plain, marked))
	if err != nil {
		return err
	}
	for i, set := range sets {
		n := i % max(len(plain), 1)
		switch {
		case i < len(plain) && (len(set) != 1 || !strings.EqualFold(set[0], plain[n])):
			e.Unstable[plain[n]] = true
		case i >= len(plain) && (len(set) != 1 || !strings.EqualFold(set[0], marked[n])):
			e.Unmarkable[plain[n]] = true
		}
	}
	return nil
}

// rewrite is what cleanup(8) makes of each address.
func (l *lookups) rewrite(ctx context.Context, addresses []string) ([][]string, error) {
	canonical, err := l.canonical(ctx, recipientMaps(), addresses)
	if err != nil {
		return nil, err
	}
	return l.virtual(ctx, canonical)
}

// canonical applies maps of one address to one address, each until it changes
// nothing.
func (l *lookups) canonical(ctx context.Context, maps []canonicalMap, in []string) ([]string, error) {
	out := slices.Clone(in)
	for _, m := range maps {
		if l.params[m.name] == "" || l.params[m.classes] != "" && !slices.Contains(SplitList(l.params[m.classes]), m.class) {
			continue
		}
		for range maxExpansion {
			if err := l.load(ctx, m.name, out); err != nil {
				return nil, err
			}
			changed := false
			for i, address := range out {
				if to := l.result(m.name, address); len(to) > 0 && !strings.EqualFold(to[0], address) {
					out[i], changed = to[0], true
				}
			}
			if !changed {
				break
			}
		}
	}
	return out, nil
}

// canonicalMap is a parameter that names tables, and the one that says what
// they are for.
type canonicalMap struct{ name, classes, class string }

func recipientMaps() []canonicalMap {
	return []canonicalMap{{"recipient_canonical_maps", "recipient_canonical_classes", "envelope_recipient"}, {"canonical_maps", "canonical_classes", "envelope_recipient"}}
}

func senderMaps() []canonicalMap {
	return []canonicalMap{{"sender_canonical_maps", "sender_canonical_classes", "envelope_sender"}, {"canonical_maps", "canonical_classes", "envelope_sender"}}
}

// virtual returns for each address the set that virtual_alias_maps makes of
// it.
func (l *lookups) virtual(ctx context.Context, in []string) ([][]string, error) {
	known := map[string]bool{}
	for open, limit := in, len(in)+maxExpansion; len(open) > 0; {
		if err := l.load(ctx, "virtual_alias_maps", open); err != nil {
			return nil, err
		}
		var next []string
		for _, address := range open {
			known[address] = true
			next = append(next, l.result("virtual_alias_maps", address)...)
		}
		if open = slices.DeleteFunc(next, func(a string) bool { return known[a] }); len(known) > limit {
			return nil, fmt.Errorf("expanding aliases: more than %d addresses, is there a loop?", maxExpansion)
		}
	}
	out := make([][]string, len(in))
	for i, address := range in {
		if out[i] = l.members(nil, address, map[string]bool{}); len(out[i]) == 0 {
			out[i], l.strange[address] = []string{address}, whyLoop
		}
	}
	return out, nil
}

// members appends what virtual_alias_maps, already asked, makes of an address.
func (l *lookups) members(list []string, address string, seen map[string]bool) []string {
	key := strings.ToLower(address)
	if seen[key] {
		return list
	}
	seen[key] = true
	to := l.result("virtual_alias_maps", address)
	if len(to) == 0 || slices.ContainsFunc(to, func(t string) bool { return strings.EqualFold(t, address) }) {
		list = append(list, address)
	}
	for _, t := range to {
		list = l.members(list, t, seen)
	}
	return list
}
