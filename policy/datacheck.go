package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// dataBuilder checks the known keys of data.sealpost as they are read. A key
// that it doesn't know is the operator's own and taken as it is, unless its
// name is nearly a known one.
type dataBuilder struct {
	file     string
	mistakes *Mistakes
	data     data
	// plainPartners says whether Rego sees data.sealpost.partners.
	plainPartners bool
	layer         int // which layer is read, the operator's own is 0
	// where each top-level key and each listed domain stood first.
	seen    map[string]ruleUse
	from    map[string]int // the layer that a top-level key is from
	domains map[string]map[string]ruleUse
	// where each partner stood, in their order: there may be a million, and
	// only mistakes are looked up here.
	partnerUses []partnerUse
	spare       []Partner // room for the next ones
	levels      []Level   // that may be agreed
}

// partnerUse is a partner and where it stood; nil is one that was refused.
type partnerUse struct {
	ruleUse // rule is the domain
	*Partner
}

func newDataBuilder(mistakes *Mistakes) *dataBuilder {
	return &dataBuilder{
		mistakes: mistakes,
		seen:     map[string]ruleUse{},
		from:     map[string]int{},
		domains:  map[string]map[string]ruleUse{"local_domains": {}, "public_providers": {}},
		levels:   Levels()[1:],
		data: data{
			plain: map[string]any{
				"local_domains": map[string]any{}, "public_providers": map[string]any{},
				"partners": map[string]any{}, "exceptions": map[string]any{}, "holidays": map[string]any{},
			},
			lists: lists{local: map[string]bool{}, public: map[string]bool{}, partners: map[string]*Partner{}, routes: map[string]string{}, shared: map[string][]string{},
				exceptions: map[string][]Exception{}, holidays: map[string]bool{}, workdays: map[string]bool{}},
		},
	}
}

func (b *dataBuilder) wrong(at position, hint, format string, args ...any) {
	b.mistakes.add(b.file, at, hint, format, args...)
}

// expectIn makes room for the partners of a file, where there may be many.
func (b *dataBuilder) expectIn(name string, content []byte) {
	n := bytes.Count(content, []byte(`"level"`))
	if path.Base(name) == partnersCSV {
		n = bytes.Count(content, []byte("\n"))
	}
	if n > 1000 {
		b.expect(n)
	}
}

// expect makes room for about as many partners. It changes nothing else.
func (b *dataBuilder) expect(partners int) {
	l := &b.data.lists
	if len(l.partners) == 0 {
		l.partners, l.routes = make(map[string]*Partner, partners), make(map[string]string, partners)
	}
}

// known are the keys with a check of their own.
func (b *dataBuilder) known() map[string]func(field) {
	known := b.topicKeys()
	maps.Copy(known, map[string]func(field){
		"local_domains":    b.domainList,
		"public_providers": b.domainList,
		"partners":         b.partners,
		"exceptions":       b.exceptions,
		"holidays":         b.holidays,
		"thresholds":       b.thresholds,
		"secure_subject":   b.secureSubject,
		"unscannable":      b.unscannable,
		"keywords":         b.keywords,
	})
	return known
}

// top takes one top-level key of a file.
func (b *dataBuilder) top(f field) {
	first, twice := b.seen[f.name]
	if twice && b.from[f.name] < b.layer {
		return // hidden by a layer on top
	}
	if twice {
		b.wrong(f.at, "", "%q stands in %s, line %d, already", f.name, first.file, first.at.line)
		return
	}
	b.seen[f.name], b.from[f.name] = ruleUse{file: b.file, at: f.at}, b.layer
	if f.name == "topic" || f.name == "main" {
		b.wrong(f.at, "choose another name", "%q is where the rules live", f.name)
		return
	}
	check, ok := b.known()[f.name]
	if ok {
		check(f)
		return
	}
	var names []string
	for name := range b.known() {
		names = append(names, name)
	}
	if hint := didYouMean(f.name, names); strings.HasPrefix(hint, "did") {
		b.wrong(f.at, hint, "%q isn't known", f.name)
		return
	}
	b.data.plain[f.name] = f.value.plain()
}

func (b *dataBuilder) is(n *node, kind nodeKind, what string) bool {
	if n.kind == kind {
		return true
	}
	b.wrong(n.at, "", "%s is a %s, not a %s", what, kind, n.kind)
	return false
}

// text is a scalar's string, "" with a mistake if it isn't one.
func (b *dataBuilder) text(n *node, what string) string {
	if s, ok := n.value.(string); ok && n.kind == scalarNode && strings.TrimSpace(s) != "" {
		return s
	}
	b.wrong(n.at, "", "%s is a text, and not empty", what)
	return ""
}

func (b *dataBuilder) domain(at position, domain, list string) (string, bool) {
	normal, ok := normalDomain(domain)
	if !ok {
		hint := ""
		if _, after, isAddress := strings.Cut(domain, "@"); isAddress {
			hint = "did you mean " + strconv.Quote(after) + "?"
		} else if rest, wild := strings.CutPrefix(domain, "*."); wild {
			hint = "did you mean " + strconv.Quote(rest) + "?"
		}
		b.wrong(at, hint, "%q isn't a mail domain", domain)
		return "", false
	}
	if first, twice := b.domains[list][normal]; twice {
		b.wrong(at, "", "%s is in %s already, line %d", normal, list, first.at.line)
		return "", false
	}
	if b.domains[list] != nil {
		b.domains[list][normal] = ruleUse{file: b.file, at: at}
	}
	return normal, true
}

// domainList takes local_domains and public_providers: a list in the file,
// an object keyed by domain in Rego, because that is how it is looked up.
func (b *dataBuilder) domainList(f field) {
	if !b.is(f.value, listNode, f.name) {
		return
	}
	for _, item := range f.value.items {
		if s := b.text(item, "a domain"); s != "" {
			if normal, ok := b.domain(item.at, s, f.name); ok {
				b.listDomain(f.name, normal)
			}
		}
	}
}

func (b *dataBuilder) listDomain(list, domain string) {
	b.data.plain[list].(map[string]any)[domain] = true
	if list == "local_domains" {
		b.data.lists.local[domain] = true
	} else {
		b.data.lists.public[domain] = true
	}
}

// local adds domains that come from the settings, where they may repeat those
// of the files.
func (b *dataBuilder) local(file string, at position, domains []string) {
	b.file = file
	for _, d := range domains {
		normal, ok := normalDomain(d)
		if !ok {
			b.wrong(at, "", "local domain %q isn't a mail domain", d)
			continue
		}
		if _, known := b.domains["local_domains"][normal]; !known {
			b.domains["local_domains"][normal] = ruleUse{file: file, at: at}
		}
		b.listDomain("local_domains", normal)
	}
}

// cross compares the lists with each other: a domain is ours, or a public
// provider's, or a partner's.
func (b *dataBuilder) cross() {
	for _, use := range b.partnerUses {
		domain := use.rule
		if use.Partner == nil {
			continue
		}
		b.file = use.file
		if b.data.lists.local[domain] {
			b.wrong(use.at, "", "%s is one of our own domains and can't be a partner", domain)
		}
		if use.Level == PartnerTLS && under(b.data.lists.public, domain) {
			b.wrong(use.at, "", "%s is a public mail domain: nobody can agree partner-tls for it", domain)
		}
	}
	for domain, use := range b.domains["local_domains"] {
		if under(b.data.lists.public, domain) {
			b.file = use.file
			b.wrong(use.at, "", "%s is a public mail domain and can't be our own", domain)
		}
	}
}

func (b *dataBuilder) level(n *node, allowed []Level) Level {
	s, _ := n.value.(string)
	if slices.Contains(allowed, Level(s)) {
		return Level(s)
	}
	b.wrong(n.at, didYouMean(s, words(allowed)), "level %q isn't known here", s)
	return ""
}

func (b *dataBuilder) texts(n *node, what string) (texts []string) {
	if !b.is(n, listNode, what) {
		return nil
	}
	for _, item := range n.items {
		texts = append(texts, b.text(item, "an entry of "+what))
	}
	return texts
}

func (b *dataBuilder) number(n *node, what string, low, high int) int {
	number, _ := n.value.(json.Number)
	i, err := strconv.Atoi(number.String())
	if err != nil || i < low || i > high {
		b.wrong(n.at, "", "%s is a whole number from %d to %d", what, low, high)
		return 0
	}
	return i
}

func (b *dataBuilder) date(n *node, what string) string {
	s, _ := n.value.(string)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		b.wrong(n.at, "write 2026-12-31", "%s isn't a date", what)
		return ""
	}
	return s
}

func (b *dataBuilder) exceptions(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, entry := range f.value.fields {
		domain, ok := b.domain(entry.at, entry.name, "exceptions")
		if !ok || !b.is(entry.value, listNode, "exceptions of a domain") {
			continue
		}
		if _, twice := b.data.lists.exceptions[domain]; twice {
			b.wrong(entry.at, "", "%s is in exceptions already", domain)
		}
		for _, item := range entry.value.items {
			if b.is(item, objectNode, "an exception") {
				b.data.lists.exceptions[domain] = append(b.data.lists.exceptions[domain], b.exception(item))
			}
		}
		b.data.plain["exceptions"].(map[string]any)[domain] = entry.value.plain()
	}
}

func (b *dataBuilder) exception(n *node) (e Exception) {
	for _, f := range n.fields {
		switch f.name {
		case "rule":
			e.Rule = b.text(f.value, "rule")
			b.data.exceptionRules = append(b.data.exceptionRules, ruleUse{file: b.file, at: f.value.at, rule: e.Rule})
		case "sender":
			e.Sender = strings.ToLower(b.text(f.value, "sender"))
			if e.Sender != "" && !strings.Contains(e.Sender, "@") {
				b.wrong(f.value.at, "", "sender %q isn't a mail address", e.Sender)
			}
		case "until":
			e.Until = b.date(f.value, "until")
		case "reason":
			e.Reason = b.text(f.value, "reason")
		case "owner":
			e.Owner = b.text(f.value, "owner")
		default:
			b.wrong(f.at, didYouMean(f.name, jsonNames[Exception]()), "an exception has no %q", f.name)
		}
	}
	for _, name := range []string{"rule", "until", "reason"} {
		if n.get(name) == nil {
			b.wrong(n.at, "", "an exception needs a %s", name)
		}
	}
	return e
}

func (b *dataBuilder) holidays(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, day := range f.value.fields {
		if _, err := time.Parse(time.DateOnly, day.name); err != nil {
			b.wrong(day.at, "write 2026-12-25", "%q isn't a date", day.name)
		}
		b.text(day.value, "a holiday's name")
		b.data.lists.holidays[day.name] = true
	}
	b.data.plain[f.name] = f.value.plain()
}

// thresholds are whole numbers, one group for each topic. Those for
// identifiers don't fall from the weaker to the stronger demand.
func (b *dataBuilder) thresholds(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, group := range f.value.fields {
		if !b.is(group.value, objectNode, "a group of thresholds") {
			continue
		}
		for _, t := range group.value.fields {
			b.number(t.value, t.name, 1, 1_000_000_000)
		}
	}
	b.data.plain[f.name] = f.value.plain()
	if g := f.value.get("identifiers"); g != nil && g.value.kind == objectNode {
		b.ascending(g.value, "tls", "verified_tls", "forbidden_to_public")
	}
}

func (b *dataBuilder) ascending(n *node, names ...string) {
	last := 0
	for _, name := range names {
		f := n.get(name)
		if f == nil {
			continue // a policy that reads it is refused
		}
		number, _ := f.value.value.(json.Number)
		i, _ := strconv.Atoi(number.String())
		if i < last {
			b.wrong(f.value.at, "", "%s is lower than the weaker threshold before it", name)
		}
		last = i
	}
}

var letters = regexp.MustCompile(`^[\p{L}\p{M}]+$`)

func (b *dataBuilder) secureSubject(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, entry := range f.value.fields {
		texts := b.texts(entry.value, entry.name)
		switch entry.name {
		case "words":
			for i, s := range texts {
				if s != strings.TrimLeftFunc(s, unicode.IsSpace) {
					b.wrong(entry.value.items[i].at, "leave out the blanks", "blanks at the beginning of a subject don't count, so none begins with %q", s)
				}
			}
		case "reply_prefixes":
			for i, s := range texts {
				if s != "" && !letters.MatchString(s) {
					b.wrong(entry.value.items[i].at, "leave out the colon", "%q holds more than letters", s)
				}
			}
		default:
			b.wrong(entry.at, didYouMean(entry.name, []string{"words", "reply_prefixes"}), "secure_subject has no %q", entry.name)
		}
		if len(texts) == 0 {
			b.wrong(entry.at, "", "%s is empty", entry.name)
		}
	}
	b.data.plain[f.name] = f.value.plain()
}

func (b *dataBuilder) unscannable(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, entry := range f.value.fields {
		if !slices.Contains([]string{"partial", "none"}, entry.name) {
			b.wrong(entry.at, didYouMean(entry.name, []string{"partial", "none"}), "unscannable has no %q", entry.name)
			continue
		}
		b.level(entry.value, Levels())
	}
	for _, name := range []string{"partial", "none"} {
		if f.value.get(name) == nil {
			b.wrong(f.at, "", "unscannable doesn't say what %s demands", name)
		}
	}
	b.data.plain[f.name] = f.value.plain()
}

// keywords are lists of words, by name.
func (b *dataBuilder) keywords(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, entry := range f.value.fields {
		b.texts(entry.value, entry.name)
	}
	b.data.plain[f.name] = f.value.plain()
}

// done ends reading: the lists are compared with each other and indexed.
func (b *dataBuilder) done() *data {
	var index sync.WaitGroup
	index.Go(func() {
		for _, use := range b.partnerUses {
			if use.Partner != nil {
				b.data.lists.route(use.rule, use.Partner)
			}
		}
	})
	b.cross()
	index.Wait()
	maps.DeleteFunc(b.data.lists.partners, func(_ string, p *Partner) bool { return p == nil })
	return &b.data
}
