package config

import (
	"fmt"
	"strings"
	"time"
)

// queueLife is how long a Postfix keeps mail in its queue
// (maximal_queue_lifetime).
const queueLife = 5 * 24 * time.Hour

// check looks at settings that must agree with one another. Those that are
// wrong by themselves have been reported before.
func (r *reader) check(c *Config) {
	if c.Limits.Spool < c.Limits.Message {
		r.wrong("limits.spool", fmt.Sprintf("%s is less than limits.message (%s): no message of that size would ever get in", c.Limits.Spool, c.Limits.Message), "")
	}
	if c.MTA.TLSPatience >= queueLife {
		r.wrong("mta.tls_patience", fmt.Sprintf("%s is not below the five days after which the mail server gives a message back: the next treatment would never be tried", c.MTA.TLSPatience), "")
	}
	if c.Policy.Bundle != "" && (c.Policy.BundleKey == "" || c.Policy.BundleKeyID == "") {
		r.wrong("policy.bundle", "a bundle needs policy.bundle_key and policy.bundle_key_id: nobody else may make one", "")
	}
	if c.Policy.Bundle == "" && (c.Policy.BundleKey != "" || c.Policy.BundleKeyID != "") {
		r.wrong("policy.bundle_key", "there is no policy.bundle to be signed with it: the folders would be used", "")
	}
	r.checkPlugins(c.Plugins)
	r.checkTables(c.Inspect.Tables)
	r.checkSockets(c)
	if len(c.Milter.Listen) == 0 {
		r.wrong("milter.listen", "the list is empty: the mail server could ask nobody", "")
	}
	if len(c.MTA.Log) == 0 {
		r.wrong("mta.log", "the list is empty: before a second try the gateway must be able to ask what became of the first", "")
	}
	if rest, ok := strings.CutPrefix(c.MTA.Reinject, "tcp:"); ok {
		if wrong, _ := checkForm("loopback", rest); wrong != "" {
			r.wrong("mta.reinject", fmt.Sprintf("%q isn't on this machine: copies would cross the network unprotected", c.MTA.Reinject), "")
		}
	}
}

func (r *reader) checkPlugins(plugins []Plugin) {
	first := map[string]int{}
	for i, p := range plugins {
		if j, twice := first[p.Name]; twice && p.Name != "" {
			r.wrong(fmt.Sprintf("plugins[%d].name", i), fmt.Sprintf("%q is also the name of plugins[%d]", p.Name, j), "")
			continue
		}
		first[p.Name] = i
	}
}

// checkTables finds two tables of one name, and a table that is its own key.
func (r *reader) checkTables(tables []Table) {
	first := map[string]int{}
	for i, t := range tables {
		at := fmt.Sprintf("inspect.tables[%d]", i)
		if t.File != "" && t.File == t.Key {
			r.wrong(at+".key", "the table and its key can't be one file", "")
		}
		if j, twice := first[t.Name]; twice && t.Name != "" {
			r.wrong(at+".name", fmt.Sprintf("%q is also the name of inspect.tables[%d]", t.Name, j), "")
			continue
		}
		first[t.Name] = i
	}
}

// checkSockets finds two listeners on one address.
func (r *reader) checkSockets(c *Config) {
	type place struct{ path, address string }
	var places []place
	for i, l := range c.Milter.Listen {
		places = append(places, place{fmt.Sprintf("milter.listen[%d]", i), l})
	}
	places = append(places, place{"deliver.listen", c.Deliver.Listen}, place{"deliver.map", c.Deliver.Map}, place{"admin.listen", c.Admin.Listen})
	if c.Metrics.Listen != "" {
		places = append(places, place{"metrics.listen", "tcp:" + c.Metrics.Listen})
	}
	places = append(places, place{"mta.reinject", c.MTA.Reinject})
	seen := map[string]string{}
	for _, p := range places {
		if other, twice := seen[p.address]; twice && p.address != "" {
			r.wrong(p.path, fmt.Sprintf("%s is taken by %s already", p.address, other), "")
			continue
		}
		seen[p.address] = p.path
	}
}

// wrong adds a mistake at a path, or at the nearest section that was read.
func (r *reader) wrong(path, text, hint string) {
	m := Mistake{File: r.file, Path: path, Text: text, Hint: hint}
	for p := path; p != ""; {
		if at, ok := r.at[p]; ok {
			m.Line, m.Column = at.Line, at.Column
			break
		}
		i := strings.LastIndexAny(p, ".[")
		if i < 0 {
			break
		}
		p = p[:i]
	}
	r.mistakes = append(r.mistakes, m)
}
