package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Case is a message with the decision that is wanted about it: NAME.eml beside
// NAME.want. Only what it says is compared.
//
//	from: anna@home.example
//	auth: anna                    # logged in as; left out: not at all
//	client_tls: TLSv1.3           # left out: without
//	date: 2026-03-02T10:00:00Z    # left out: the message's own
//	class: confidential
//	to:
//	  carl@business.example: tls
//	  bob@partner.example:
//	    level: content
//	    treatments: [smime, pgp]
//	    rules: [health-data]      # demand something
//	    without: [secrets]        # demand nothing
//	    lifted: [identifiers-tls]
type Case struct {
	From, Auth, ClientTLS string
	Date                  time.Time // zero: the message's own
	Class                 Class     // "": any
	To                    []Wanted  // in their order
}

// Wanted is what a case wants for one recipient; what is empty may be anything.
type Wanted struct {
	Address                string
	Level                  Level
	Treatments             []string // all of them, in this order
	Rules, Without, Lifted []string // ids
}

// ReadCase reads a NAME.want. rules are the ids of the policy's rules: a case
// that speaks of another one would never fail. The error is Mistakes.
func ReadCase(name string, content []byte, rules []string) (*Case, error) {
	var mistakes Mistakes
	r := caseReader{dataBuilder: newDataBuilder(&mistakes), rules: rules}
	r.file = name
	c := &Case{}
	if root := readData(name, content, nil, &mistakes); root != nil && r.is(root, objectNode, "a case") {
		r.read(c, root)
	}
	return c, mistakes.err()
}

type caseReader struct {
	*dataBuilder
	rules []string
}

func (r *caseReader) read(c *Case, root *node) {
	for _, f := range root.fields {
		switch f.name {
		case "from":
			if from, ok := f.value.value.(string); ok || f.value.value == nil {
				c.From = from // "" is the null sender
			} else {
				r.wrong(f.value.at, "", "from is an address")
			}
		case "auth":
			c.Auth = r.text(f.value, "auth")
		case "client_tls":
			c.ClientTLS = r.text(f.value, "client_tls")
		case "date":
			c.Date = r.time(f.value)
		case "class":
			c.Class = Class(r.word(f.value, "class", words(Classes())))
		case "to":
			r.to(c, f.value)
		default:
			r.wrong(f.at, didYouMean(f.name, []string{"from", "auth", "client_tls", "date", "class", "to"}), "a case has no %q", f.name)
		}
	}
	if root.get("from") == nil || len(c.To) == 0 {
		r.wrong(root.at, "", "a case says from whom and to whom: from, to")
	}
}

func (r *caseReader) time(n *node) time.Time {
	text, _ := n.value.(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.wrong(n.at, "write 2026-03-02T10:00:00Z", "date isn't a time")
	}
	return t
}

func (r *caseReader) word(n *node, what string, allowed []string) string {
	text, _ := n.value.(string)
	if !slices.Contains(allowed, text) {
		r.wrong(n.at, didYouMean(text, allowed), "%s %q isn't known", what, text)
		return ""
	}
	return text
}

func (r *caseReader) to(c *Case, n *node) {
	if !r.is(n, objectNode, "to") {
		return
	}
	for _, f := range n.fields {
		w := Wanted{Address: f.name}
		if f.value.kind == objectNode {
			r.wanted(&w, f.value)
		} else {
			w.Level = Level(r.word(f.value, "level", words(Levels())))
		}
		c.To = append(c.To, w)
	}
}

func (r *caseReader) wanted(w *Wanted, n *node) {
	lists := map[string]*[]string{"treatments": &w.Treatments, "rules": &w.Rules, "without": &w.Without, "lifted": &w.Lifted}
	for _, f := range n.fields {
		list := lists[f.name]
		switch {
		case f.name == "level":
			w.Level = Level(r.word(f.value, "level", words(Levels())))
		case list == nil:
			r.wrong(f.at, didYouMean(f.name, []string{"level", "treatments", "rules", "without", "lifted"}), "a recipient has no %q", f.name)
		default:
			*list = r.texts(f.value, f.name)
			for i, id := range *list {
				if f.name != "treatments" && id != "" && !slices.Contains(r.rules, id) {
					r.wrong(f.value.items[i].at, didYouMean(id, r.rules), "there is no rule %q", id)
				}
			}
		}
	}
}

// Recipients are those of the case, as policy is asked about them.
func (c *Case) Recipients() []Recipient {
	all := make([]Recipient, len(c.To))
	for i, w := range c.To {
		all[i] = Recipient{Address: w.Address, Domain: domainOf(w.Address)}
	}
	return all
}

// Compare says what of a decision isn't as wanted, a line each.
func (c *Case) Compare(d *Decision) (differs []string) {
	if c.Class != "" && c.Class != d.Class {
		differs = append(differs, fmt.Sprintf("class %s, want %s", d.Class, c.Class))
	}
	if len(d.Recipients) != len(c.To) {
		return append(differs, fmt.Sprintf("%d recipients, want %d", len(d.Recipients), len(c.To)))
	}
	for i, w := range c.To {
		for _, line := range w.compare(d.Recipients[i]) {
			differs = append(differs, w.Address+": "+line)
		}
	}
	return differs
}

func (w *Wanted) compare(d RecipientDecision) (differs []string) {
	if w.Level != "" && w.Level != d.Level {
		differs = append(differs, fmt.Sprintf("level %s, want %s", d.Level, w.Level))
	}
	var names []string
	for _, t := range d.Treatments {
		names = append(names, t.Name)
	}
	if w.Treatments != nil && !slices.Equal(w.Treatments, names) {
		differs = append(differs, fmt.Sprintf("treatments %s, want %s", strings.Join(names, ", "), strings.Join(w.Treatments, ", ")))
	}
	has := func(list []Reason, id string) bool {
		return slices.ContainsFunc(list, func(r Reason) bool { return r.Rule == id })
	}
	for _, id := range w.Rules {
		if !has(d.Reasons, id) {
			differs = append(differs, fmt.Sprintf("rule %s demands nothing, want it to", id))
		}
	}
	for _, id := range w.Without {
		if has(d.Reasons, id) {
			differs = append(differs, fmt.Sprintf("rule %s demands something, want it not to", id))
		}
	}
	for _, id := range w.Lifted {
		if !has(d.Overridden, id) {
			differs = append(differs, fmt.Sprintf("rule %s isn't lifted, want it to be", id))
		}
	}
	return differs
}
