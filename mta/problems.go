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
func probeMark(way string) string {
	return "probe@example.invalid." + strings.Repeat("a", 26) + "." + way + Suffix
}

// Problems says what in this instance would keep the settings from working.
// Tables are asked with a made-up mark; nothing is sent.
func (pf *Postfix) Problems(ctx context.Context, p Params) []Problem {
	list := pf.catching(ctx, p)
	list = append(list, pf.filters()...)
	list = append(list, pf.byPassing(p)...)
	list = append(list, pf.strangeServices()...)
	if !pf.Version.AtLeast(3, 4) {
		list = append(list, Problem{true, "this is Postfix " + pf.Version.String(), "use Postfix 3.4 or later"})
	}
	if pf.Knows("smtputf8_enable") && pf.Main["smtputf8_enable"] == "no" {
		list = append(list, Problem{false, "smtputf8_enable is no: mail to international addresses is refused", "postconf -e smtputf8_enable=yes"})
	}
	return list
}

// catching finds tables that would rewrite or route a marked address before
// Sealpost's own entries are asked.
func (pf *Postfix) catching(ctx context.Context, p Params) []Problem {
	var list []Problem
	for _, name := range []string{"transport_maps", "virtual_alias_maps", "canonical_maps", "recipient_canonical_maps", "relocated_maps"} {
		for _, table := range SplitList(p.Existing[name]) {
			if strings.Contains(table, "$") {
				continue // a reference to another parameter; its tables are read there
			}
			for _, way := range []string{"tls", "content"} {
				mark := probeMark(way)
				value, found, err := pf.Lookup(ctx, table, mark)
				if err != nil {
					list = append(list, Problem{true, fmt.Sprintf("%s: asking %s: %v", name, table, err), "mend that table first; mail can't be routed while it can't be read"})
					break
				}
				if found {
					list = append(list, Problem{true, fmt.Sprintf("%s: %s answers %q for marked mail (%s)", name, table, value, mark),
						"let its patterns leave out addresses that end in " + Suffix})
					break
				}
			}
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

// byPassing finds ways into the queue on which no milter is asked.
func (pf *Postfix) byPassing(p Params) []Problem {
	var list []Problem
	for _, e := range pf.Entries {
		if ownEntry(e) || entryCommand(e) != "smtpd" {
			continue
		}
		if m, ok := entryOption(e, "smtpd_milters"); ok && !strings.Contains(m, p.Milter) && !strings.Contains(m, "$smtpd_milters") {
			list = append(list, Problem{false, fmt.Sprintf("master.cf: %s has smtpd_milters=%s of its own: mail that comes in there isn't judged", entryKey(e), m),
				"take that option away, or add " + p.Milter + " to it"})
		}
		if o, ok := entryOption(e, "receive_override_options"); ok && strings.Contains(o, "no_milters") {
			list = append(list, Problem{false, fmt.Sprintf("master.cf: %s has no_milters: mail that comes in there isn't judged", entryKey(e)),
				"take no_milters away, unless only a trusted filter hands mail in there"})
		}
	}
	if strings.Contains(pf.Main["receive_override_options"], "no_milters") {
		list = append(list, Problem{true, "receive_override_options has no_milters: the gateway would never be asked", "take no_milters away"})
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

// entryOption returns the value of "-o name=value" in a line of master.cf.
func entryOption(e, name string) (string, bool) {
	list := SplitList(strings.ReplaceAll(e, ",", "\x00"))
	for i, f := range list {
		if i == 0 || list[i-1] != "-o" {
			continue
		}
		f = strings.TrimSpace(strings.Trim(f, "{}"))
		if k, v, ok := strings.Cut(f, "="); ok && strings.TrimSpace(k) == name {
			return strings.ReplaceAll(strings.TrimSpace(v), "\x00", ","), true
		}
	}
	return "", false
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
