package mta

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Postfix is one Postfix instance as its own tools describe it.
type Postfix struct {
	// Dir is the configuration directory.
	Dir string
	// QueueDir is where relative socket names start.
	QueueDir string
	Version  Version
	// Main are the explicit lines of main.cf.
	Main map[string]string
	// Entries are the lines of master.cf, "name type private unpriv chroot
	// wakeup maxproc command …".
	Entries []string

	defaults map[string]string
}

// InspectPostfix reads the instance whose configuration directory is dir.
func InspectPostfix(ctx context.Context, dir string) (*Postfix, error) {
	if _, err := exec.LookPath("postconf"); err != nil {
		return nil, fmt.Errorf("looking for Postfix: %w (apt-get install postfix)", err)
	}
	pf := &Postfix{Dir: dir}
	defaults, err := pf.run(ctx, "postconf", "-d")
	if err != nil {
		return nil, err
	}
	pf.defaults = parameters(defaults)
	if err := pf.Refresh(ctx); err != nil {
		return nil, err
	}
	values, err := pf.run(ctx, "postconf", "-h", "mail_version", "queue_directory")
	if err != nil {
		return nil, err
	}
	version, queue, _ := strings.Cut(values, "\n")
	pf.QueueDir = strings.TrimSpace(queue)
	if pf.Version, err = ParseVersion(version); err != nil {
		return nil, err
	}
	return pf, nil
}

// Refresh reads main.cf and master.cf again.
func (pf *Postfix) Refresh(ctx context.Context) error {
	explicit, err := pf.run(ctx, "postconf", "-n")
	if err != nil {
		return err
	}
	pf.Main = parameters(explicit)
	entries, err := pf.run(ctx, "postconf", "-M")
	if err != nil {
		return err
	}
	pf.Entries = nil
	for line := range strings.Lines(entries) {
		if line = strings.TrimSpace(line); line != "" {
			pf.Entries = append(pf.Entries, line)
		}
	}
	return nil
}

// Knows reports whether this Postfix has a main.cf parameter of that name.
func (pf *Postfix) Knows(name string) bool {
	_, ok := pf.defaults[name]
	return ok
}

// Params returns what the settings for this instance depend on, with the
// shipped names for the sockets.
func (pf *Postfix) Params(laterRecipients string) Params {
	p := NewParams(pf.Version, laterRecipients)
	p.Knows = pf.Knows
	if pf.Main["smtp_tls_CAfile"] == "" && pf.Main["smtp_tls_CApath"] == "" && pf.Main["tls_append_default_CA"] != "yes" {
		if _, err := os.Stat(systemCAs); err == nil {
			p.CAFile = systemCAs
		}
	}
	for _, e := range pf.Entries {
		// What an earlier setup was told.
		if file, ok := entryOption(e, "smtp_tls_CAfile"); ok && ownEntry(e) {
			p.CAFile = file
		}
	}
	return p.Over(pf.Main)
}

// systemCAs is Debian's file of public authorities; Postfix trusts nobody
// unless it is told to.
const systemCAs = "/etc/ssl/certs/ca-certificates.crt"

// Over returns p with what main.cf has apart from Sealpost's own entries. Set
// p's names before.
func (p Params) Over(main map[string]string) Params {
	p.Existing = map[string]string{}
	for name, value := range main {
		if isList(name) {
			list := slices.DeleteFunc(SplitList(value), p.own)
			if len(list) == 0 {
				continue
			}
			value = strings.Join(list, ", ")
		}
		p.Existing[name] = value
	}
	return p
}

func isList(name string) bool {
	return slices.Contains([]string{"smtpd_milters", "non_smtpd_milters", "transport_maps", "smtp_tls_policy_maps"}, name)
}

// own reports whether an element of a list is Sealpost's.
func (p Params) own(element string) bool {
	bare := strings.TrimLeft(strings.Trim(element, "{} \t"), " ")
	first, _, _ := strings.Cut(bare, ",")
	first, _, _ = strings.Cut(strings.TrimSpace(first), " ")
	return slices.Contains([]string{p.Milter, "regexp:" + p.transportFile(), p.socketmap(TransportMap), p.socketmap(PolicyMap)}, first)
}

// Endpoint says how Postfix names a socket that the gateway listens on:
// "unix:/var/spool/postfix/sealpost/milter" is "unix:sealpost/milter" for a
// Postfix with that queue directory, so that it is found from inside a chroot
// too; "tcp:host:port" is "inet:host:port".
func Endpoint(listen, queueDir string) string {
	if rest, ok := strings.CutPrefix(listen, "tcp:"); ok {
		return "inet:" + rest
	}
	file := strings.TrimPrefix(listen, "unix:")
	if rel, err := filepath.Rel(queueDir, file); err == nil && filepath.IsAbs(file) && !strings.HasPrefix(rel, "..") {
		return "unix:" + rel
	}
	return listen
}

// ReinjectName says which master.cf service listens on the socket that the
// gateway hands copies back to: "unix:/var/spool/postfix/public/sealpost-in"
// is the service "sealpost-in". Any other Unix path can't be Postfix's.
func ReinjectName(address, queueDir string) (string, error) {
	file, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return strings.TrimPrefix(address, "tcp:"), nil
	}
	public := filepath.Join(queueDir, "public")
	if filepath.Dir(file) != public {
		return "", fmt.Errorf("mta.reinject is %s, but Postfix makes such sockets only in %s: set mta.reinject to unix:%s", address, public, filepath.Join(public, "sealpost-in"))
	}
	return filepath.Base(file), nil
}

// network is where a socket that Postfix names so can be reached from outside
// the chroot.
func (pf *Postfix) network(endpoint string) (network, address string) {
	if file, ok := strings.CutPrefix(endpoint, "unix:"); ok {
		if !filepath.IsAbs(file) {
			file = filepath.Join(pf.QueueDir, file)
		}
		return "unix", file
	}
	return "tcp", strings.TrimPrefix(endpoint, "inet:")
}

// run calls one of Postfix's tools for this instance, in the queue directory,
// where relative socket names start.
func (pf *Postfix) run(ctx context.Context, tool string, args ...string) (string, error) {
	return pf.runWith(ctx, "", tool, args...)
}

// runWith is run with something to read on standard input.
func (pf *Postfix) runWith(ctx context.Context, stdin, tool string, args ...string) (string, error) {
	if pf.Dir != "" {
		args = append([]string{"-c", pf.Dir}, args...)
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = pf.QueueDir
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("running %s %s: %w: %s", tool, strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// Lookup asks one of Postfix's tables, as postmap -q does. found is false
// where the table has no such key.
func (pf *Postfix) Lookup(ctx context.Context, table, key string) (value string, found bool, err error) {
	out, err := pf.run(ctx, "postmap", "-q", key, table)
	if exit := (*exec.ExitError)(nil); asExit(err, &exit) && exit.ExitCode() == 1 && strings.HasSuffix(err.Error(), ": ") {
		return "", false, nil // exit code 1 without a word: not found
	}
	return strings.TrimSpace(out), err == nil, err
}

// LookupAll asks a table for several keys at once and returns those that it
// has.
func (pf *Postfix) LookupAll(ctx context.Context, table string, keys []string) (map[string]string, error) {
	out, err := pf.runWith(ctx, strings.Join(keys, "\n")+"\n", "postmap", "-q", "-", table)
	if exit := (*exec.ExitError)(nil); asExit(err, &exit) && exit.ExitCode() == 1 && strings.HasSuffix(err.Error(), ": ") {
		err = nil // none of them
	}
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		found[key] = strings.TrimSpace(value)
	}
	return found, nil
}

// Running reports whether the instance's master process is there.
func (pf *Postfix) Running(ctx context.Context) bool {
	_, err := pf.run(ctx, "postfix", "status")
	return err == nil
}

func parameters(out string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(line, "="); ok {
			m[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return m
}

// Value returns a main.cf parameter as it is in force: set, or its default.
// References to other parameters are resolved.
func (pf *Postfix) Value(ctx context.Context, name string) (string, error) {
	out, err := pf.run(ctx, "postconf", "-xh", name)
	return strings.TrimSpace(out), err
}
