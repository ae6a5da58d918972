package mta

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// The mail server's own checks run after, or beside, the milter. Some of their
// actions change who gets a message, or where it goes, after the gateway's
// decision: REDIRECT and BCC add recipients, FILTER goes round the transport
// maps.

// checkParams are cleanup(8)'s tables of patterns for headers and bodies.
func checkParams() []string {
	return []string{"header_checks", "mime_header_checks", "nested_header_checks", "body_checks", "milter_header_checks"}
}

var accessCheck = regexp.MustCompile(`^check_[a-z_]+_access$`)

// table is one table with actions.
type table struct{ where, name string }

// afterwards finds actions that would change a message's way after the
// decision.
func (pf *Postfix) afterwards(ctx context.Context, p Params) []Problem {
	tables, err := pf.actionTables(ctx)
	if err != nil {
		return []Problem{{true, "reading the tables with actions: " + err.Error(), "mend main.cf and master.cf"}}
	}
	var list []Problem
	for _, t := range tables {
		if strings.HasPrefix(t.name, "policy service ") {
			list = append(list, Problem{false, t.where + ": the " + t.name + " can't be looked into",
				"see that it never answers FILTER, and in mode expand neither REDIRECT nor BCC"})
			continue
		}
		actions, err := pf.actions(ctx, t.name)
		if err != nil {
			list = append(list, Problem{false, fmt.Sprintf("%s: %s can't be looked into: %v", t.where, t.name, err),
				"see that it has no FILTER, and in mode expand neither REDIRECT nor BCC"})
			continue
		}
		for _, a := range actions {
			if one, ok := p.changesWay(t, a); ok {
				list = append(list, one)
			}
		}
	}
	return list
}

// changesWay judges one action.
func (p Params) changesWay(t table, a action) (Problem, bool) {
	word, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(a.text), "\t", " "), " ")
	switch strings.ToUpper(word) {
	case "FILTER":
		return Problem{true, fmt.Sprintf("%s: %s says %q: such mail goes round the ways that were decided", t.where, a.place, a.text),
			"use transport_maps or a milter instead of FILTER"}, true
	case "REDIRECT", "BCC":
		if p.LaterRecipients == Expand {
			return Problem{true, fmt.Sprintf("%s: %s says %q: that recipient comes after the decision and isn't judged", t.where, a.place, a.text),
				"use virtual_alias_maps, or later_recipients: strict"}, true
		}
	}
	return Problem{}, false
}

// actionTables lists the tables of main.cf and master.cf whose results are
// actions.
func (pf *Postfix) actionTables(ctx context.Context) ([]table, error) {
	out, err := pf.run(ctx, "postconf", "-nx")
	if err != nil {
		return nil, err
	}
	var list []table
	for name, value := range parameters(out) {
		list = append(list, tablesOf(name, name, value)...)
	}
	if out, err = pf.run(ctx, "postconf", "-Mx"); err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		if ownEntry(line) {
			continue
		}
		for _, o := range entryOptions(line) {
			list = append(list, tablesOf("master.cf: "+entryKey(line)+": "+o.Name, o.Name, o.Value)...)
		}
	}
	slices.SortFunc(list, func(a, b table) int { return strings.Compare(a.where+a.name, b.where+b.name) })
	return slices.Compact(list), nil
}

func tablesOf(where, name, value string) []table {
	var list []table
	words := SplitList(value)
	if slices.Contains(checkParams(), name) {
		for _, w := range words {
			list = append(list, table{where, w})
		}
		return list
	}
	for i, w := range words {
		switch {
		case i == 0:
		case accessCheck.MatchString(words[i-1]):
			list = append(list, table{where, strings.TrimSpace(strings.Trim(w, "{}"))})
		case words[i-1] == "check_policy_service":
			list = append(list, table{where, "policy service " + w})
		}
	}
	return list
}

// action is a result of a table, and where it stands.
type action struct{ place, text string }

// actions lists the results of a table. An error says why it can't be listed.
func (pf *Postfix) actions(ctx context.Context, name string) ([]action, error) {
	kind, file, _ := strings.Cut(strings.TrimPrefix(name, "proxy:"), ":")
	switch kind {
	case "static":
		return []action{{name, strings.TrimSpace(strings.Trim(file, "{}"))}}, nil
	case "hash", "btree", "lmdb", "cdb", "dbm", "texthash", "inline":
		out, err := pf.run(ctx, "postmap", "-s", kind+":"+file)
		if err != nil {
			return nil, err
		}
		var list []action
		for line := range strings.Lines(out) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
			list = append(list, action{name + ": " + key, value})
		}
		return list, nil
	case "regexp", "pcre", "cidr":
		return patternActions(kind, file)
	}
	return nil, fmt.Errorf("it can only be asked")
}

// patternActions lists the results of a file of patterns, or of patterns that
// stand in main.cf itself.
func patternActions(kind, file string) ([]action, error) {
	var text string
	if strings.HasPrefix(file, "{") {
		inner := strings.TrimSuffix(strings.TrimPrefix(file, "{"), "}")
		for _, rule := range SplitList(inner) {
			text += strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(rule, "{"), "}")) + "\n"
		}
		file = kind + " table in the settings"
	} else {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	var list []action
	if kind == "cidr" {
		for _, l := range logicalLines(text) {
			_, result, _ := strings.Cut(strings.ReplaceAll(l.text, "\t", " "), " ")
			list = append(list, action{fmt.Sprintf("%s:%d", file, l.number), strings.TrimSpace(result)})
		}
		return list, nil
	}
	for _, r := range readPatterns(text) {
		list = append(list, action{fmt.Sprintf("%s:%d", file, r.line), r.result})
	}
	return list, nil
}
