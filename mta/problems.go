package mta

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Problem is something in a Postfix's configuration that stands in the way.
type Problem struct {
	// Fatal problems make marked mail undeliverable or let mail pass by the
	// gateway; setup refuses them. Others are said.
	Fatal bool   `json:"fatal"`
	Text  string `json:"text"`
	Mend  string `json:"mend"`
}

// probeMark stands for marked mail in look-ups: no job has this id.
func probeMark(way string) string { return probeMarkOf("probe@example.invalid", way) }

func probeMarkOf(address, way string) string {
	return address + "." + strings.Repeat("a", 26) + "." + way + Suffix
}

// Problems says what in this instance would keep the settings from working.
// Tables are asked with a made-up mark; nothing is sent.
func (pf *Postfix) Problems(ctx context.Context, p Params) []Problem {
	list := pf.unreadable(ctx, p)
	list = append(list, pf.Rewriting(ctx, p.Domains)...)
	list = append(list, pf.filters()...)
	list = append(list, pf.byPassing(p)...)
	list = append(list, pf.afterwards(ctx, p)...)
	list = append(list, pf.unfollowed(p)...)
	list = append(list, pf.strangeServices()...)
	if !pf.Version.AtLeast(3, 4) {
		list = append(list, Problem{true, "this is Postfix " + pf.Version.String(), "use Postfix 3.4 or later"})
	}
	if pf.Knows("smtputf8_enable") && pf.Main["smtputf8_enable"] == "no" {
		list = append(list, Problem{false, "smtputf8_enable is no: mail to international addresses is refused", "postconf -e smtputf8_enable=yes"})
	}
	return list
}

// unreadable finds routing tables that can't be asked: then no mail is routed.
func (pf *Postfix) unreadable(ctx context.Context, p Params) []Problem {
	var list []Problem
	for _, table := range SplitList(p.Existing["transport_maps"]) {
		if strings.Contains(table, "$") {
			continue // a reference to another parameter; its tables are read there
		}
		if _, _, err := pf.Lookup(ctx, table, probeMark("tls")); err != nil {
			list = append(list, Problem{true, fmt.Sprintf("transport_maps: asking %s: %v", table, err), "mend that table first; mail can't be routed while it can't be read"})
		}
	}
	return list
}

// filters finds content filters, which take every message before the
// transport maps are asked.
func (pf *Postfix) filters() []Problem {
	mend := "attach that filter as a milter or smtpd_proxy_filter, or on a mail server in front of this one"
	var list []Problem
	if f := pf.Main["content_filter"]; f != "" {
		list = append(list, Problem{true, "content_filter is " + f + ": it takes every message out of the queue before it is routed", mend})
	}
	for _, e := range pf.Entries {
		if f, ok := entryOption(e, "content_filter"); ok && f != "" && !ownEntry(e) {
			list = append(list, Problem{true, fmt.Sprintf("master.cf: %s has content_filter=%s", entryKey(e), f), mend})
		}
	}
	return list
}

// byPassing finds ways into the queue on which the gateway isn't asked.
func (pf *Postfix) byPassing(p Params) []Problem {
	var list []Problem
	if m := pf.Main["smtpd_milter_maps"]; m != "" {
		list = append(list, Problem{true, "smtpd_milter_maps is " + m + ": for the clients that it names it stands in for smtpd_milters, and their mail isn't judged",
			"postconf -X smtpd_milter_maps"})
	}
	if strings.Contains(pf.Main["receive_override_options"], "no_milters") {
		list = append(list, Problem{true, "receive_override_options has no_milters: the gateway would never be asked", "take no_milters away"})
	}
	for _, e := range pf.Entries {
		if !ownEntry(e) {
			list = append(list, byPassingService(e, p)...)
		}
	}
	return list
}

// byPassingService finds in one line of master.cf what keeps the gateway from
// being asked, or its tables from being read.
func byPassingService(e string, p Params) []Problem {
	var list []Problem
	say := func(name, value, mend string) {
		list = append(list, Problem{true, fmt.Sprintf("master.cf: %s has %s=%s of its own: mail that comes in there isn't judged", entryKey(e), name, value), mend})
	}
	for _, name := range []string{"smtpd_milters", "non_smtpd_milters"} {
		if m, ok := entryOption(e, name); ok && !strings.Contains(m, p.Milter) && !strings.Contains(m, "$"+name) {
			say(name, m, "take that option away, or add "+p.Milter+" to it")
		}
	}
	if m, ok := entryOption(e, "smtpd_milter_maps"); ok && m != "" {
		say("smtpd_milter_maps", m, "take that option away")
	}
	if o, ok := entryOption(e, "receive_override_options"); ok && strings.Contains(o, "no_milters") {
		say("receive_override_options", o, "take no_milters away")
	}
	if m, ok := entryOption(e, "transport_maps"); ok && !strings.Contains(m, "$transport_maps") && !strings.Contains(m, p.socketmap(TransportMap)) {
		list = append(list, Problem{true, fmt.Sprintf("master.cf: %s has transport_maps=%s of its own: marked mail isn't routed there", entryKey(e), m), "take that option away"})
	}
	return list
}

func (pf *Postfix) strangeServices() []Problem {
	var list []Problem
	for _, name := range []string{"default_transport", "relay_transport", "virtual_transport", "local_transport"} {
		if strings.HasPrefix(pf.Main[name], "sealpost") {
			list = append(list, Problem{true, name + " is " + pf.Main[name] + ": Sealpost's services take marked mail only", "postconf -X " + name})
		}
	}
	for _, want := range []string{"cleanup", "rewrite", "bounce"} {
		if !slices.ContainsFunc(pf.Entries, func(e string) bool { return strings.HasPrefix(e, want+" ") }) {
			list = append(list, Problem{true, "master.cf has no service " + want, "put Postfix's own entry back"})
		}
	}
	return list
}

func entryFields(e string) []string { return strings.Fields(e) }

func entryKey(e string) string {
	if f := entryFields(e); len(f) > 1 {
		return f[0] + "/" + f[1]
	}
	return e
}

func entryCommand(e string) string {
	if f := entryFields(e); len(f) > 7 {
		return f[7]
	}
	return ""
}

// ownEntry reports whether a line of master.cf is one of Sealpost's services,
// whatever its name.
func ownEntry(e string) bool { return strings.Contains(e, "syslog_name=postfix/sealpost") }

// entryOption returns the value of "-o name=value" in a line of master.cf. The
// last one counts, as it does for Postfix.
func entryOption(e, name string) (value string, ok bool) {
	for _, o := range entryOptions(e) {
		if o.Name == name {
			value, ok = o.Value, true
		}
	}
	return value, ok
}

// entryOptions are the "-o name=value" of a line of master.cf.
func entryOptions(e string) []Option {
	var options []Option
	list := SplitList(strings.ReplaceAll(e, ",", "\x00"))
	for i, f := range list {
		if i == 0 || list[i-1] != "-o" {
			continue
		}
		if outer, ok := strings.CutPrefix(f, "{"); ok {
			f = strings.TrimSpace(strings.TrimSuffix(outer, "}"))
		}
		if k, v, ok := strings.Cut(f, "="); ok {
			options = append(options, Option{strings.TrimSpace(k), strings.ReplaceAll(strings.TrimSpace(v), "\x00", ",")})
		}
	}
	return options
}

// Difference is one setting that isn't as it must be.
type Difference struct {
	Name string `json:"name"`
	Have string `json:"have"`
	Want string `json:"want"`
}

// Differences compares this instance with the settings. Files are compared
// with read, for example os.ReadFile.
func (pf *Postfix) Differences(s Settings, read func(string) ([]byte, error)) []Difference {
	var list []Difference
	for _, m := range s.Main {
		if have := pf.Main[m.Name]; !sameValue(have, m.Value) {
			list = append(list, Difference{m.Name, have, m.Value})
		}
	}
	for _, v := range s.Services {
		have := ""
		for _, e := range pf.Entries {
			if entryKey(e) == v.Key() {
				have = strings.Join(entryFields(e), " ")
			}
		}
		if have != strings.Join(strings.Fields(v.Line()), " ") {
			list = append(list, Difference{"master.cf " + v.Key(), have, v.Line()})
		}
	}
	for _, f := range s.Files {
		have, err := read(f.Path)
		if err != nil {
			list = append(list, Difference{f.Path, err.Error(), "the table that setup writes"})
		} else if string(have) != f.Content {
			list = append(list, Difference{f.Path, "other content", "the table that setup writes"})
		}
	}
	return list
}

func sameValue(a, b string) bool {
	return slices.Equal(SplitList(a), SplitList(b))
}
