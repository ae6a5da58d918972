package policy

import (
	"maps"
	"slices"
	"strings"
)

// topicKeys are the keys of data.sealpost that the shipped topics read, each
// with its check. A list that is looked up reaches Rego as an object.
//
// All fields of a section are needed: a rule that doesn't find its list is
// silent, and that would be the wrong way round for a demand.
func (b *dataBuilder) topicKeys() map[string]func(field) {
	demands := func(n *node) any { return b.demands(n, false) }
	releasable := func(n *node) any { return b.demands(n, true) }
	texts := func(n *node) any { b.texts(n, "a list"); return n.plain() }
	return map[string]func(field){
		"health_data": b.section(map[string]reader{
			"together":       b.oneOf("message", "document"),
			"sure_is_enough": b.yes, "no_identity": texts, "person": demands, "signs": demands,
		}),
		"financial_data": b.section(map[string]reader{"cards": b.steps, "accounts": b.steps}),
		"personal_data": b.section(map[string]reader{"name_and_number": b.object(map[string]reader{
			"names": texts, "numbers": texts, "demands": releasable})}),
		"secrets": b.whole(demands),
		"classes": b.whole(b.each(demands, words(Classes()))),
		"labels":  b.whole(b.labels),
		"own_data": b.whole(b.each(b.object(map[string]reader{
			"from": b.count(1, 1_000_000_000), "class": b.oneOf(words(Classes())...), "demands": releasable, "reason": b.sentence}), nil)),
		"problems": b.section(map[string]reader{
			"codes": b.each(b.word, nil), "demands": b.each(b.sides(releasable), nil), "harmless": texts}),
		"ambiguous_mime": b.section(map[string]reader{
			"codes": b.each(b.word, nil), "demands": b.each(b.sides(releasable), nil)}),
		"inbound_tls": b.section(map[string]reader{
			"anybody": b.demand, "from": b.byDomain, "min_bits": b.count(0, 512),
			"versions": b.listOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")}),
		"registered_senders": b.section(map[string]reader{
			"required": b.yes, "login": b.yes, "senders": b.set(b.address), "domains": b.set(b.mailDomain)}),
		"overrides": b.section(map[string]reader{
			"tags": b.tags, "justification": b.count(1, 500), "may": b.may}),
		"pick_up": b.section(map[string]reader{
			"limited": b.yes, "business_days": b.count(1, businessDays), "treatments": texts, "waiting": texts}),
		"business_calendar": b.section(map[string]reader{"countries": b.countries, "workdays": b.workdays}),
	}
}

// reader checks a value and returns what Rego sees of it.
type reader func(*node) any

// whole is a top-level key that a reader takes.
func (b *dataBuilder) whole(read reader) func(field) {
	return func(f field) {
		if b.is(f.value, objectNode, f.name) {
			b.data.plain[f.name] = read(f.value)
		}
	}
}

// section is a top-level key with fields of fixed names.
func (b *dataBuilder) section(fields map[string]reader) func(field) {
	return func(f field) {
		b.data.plain[f.name] = b.object(fields)(f.value)
		if f.name == "problems" || f.name == "ambiguous_mime" {
			b.codes(f)
		}
	}
}

// object is an object with just these fields.
func (b *dataBuilder) object(fields map[string]reader) reader {
	return func(n *node) any {
		out := map[string]any{}
		if !b.is(n, objectNode, "this") {
			return out
		}
		names := slices.Sorted(maps.Keys(fields))
		for _, f := range n.fields {
			read, known := fields[f.name]
			if !known {
				b.wrong(f.at, didYouMean(f.name, names), "%q isn't known here", f.name)
				continue
			}
			out[f.name] = read(f.value)
		}
		for _, name := range names {
			if n.get(name) == nil {
				b.wrong(n.at, "", "%s is missing", name)
			}
		}
		return out
	}
}

// each is an object with names of the operator's choice, or of a list.
func (b *dataBuilder) each(read reader, allowed []string) reader {
	return func(n *node) any {
		out := map[string]any{}
		if !b.is(n, objectNode, "this") {
			return out
		}
		for _, f := range n.fields {
			if allowed != nil && !slices.Contains(allowed, f.name) {
				b.wrong(f.at, didYouMean(f.name, allowed), "%q isn't known here", f.name)
				continue
			}
			out[f.name] = read(f.value)
		}
		return out
	}
}

// demands are levels by kind of recipient; hold says whether "hold" may stand
// there, too.
func (b *dataBuilder) demands(n *node, hold bool) any {
	kinds := words([]Kind{Local, PartnerKind, PublicProvider, Business})
	out := b.each(func(n *node) any { return b.levelOrHold(n, hold) }, kinds)(n).(map[string]any)
	for kind, level := range out {
		if level == string(PartnerTLS) && kind != string(PartnerKind) {
			b.wrong(n.at, "", "partner-tls is for partners only, not for %s", kind)
		}
	}
	return out
}

func (b *dataBuilder) levelOrHold(n *node, hold bool) any {
	if s, _ := n.value.(string); hold && s == "hold" {
		return s
	}
	return string(b.level(n, Levels()))
}

// demand is one for recipients of every kind.
func (b *dataBuilder) demand(n *node) any {
	level := b.levelOrHold(n, true)
	if level == string(PartnerTLS) {
		b.wrong(n.at, "", "partner-tls is for partners only")
	}
	return level
}

// sides are demands on what we send and on what others send us; either may be
// left out.
func (b *dataBuilder) sides(read reader) reader { return b.each(read, []string{"ours", "outside"}) }

// steps go up, so that the last one that is reached demands the most.
func (b *dataBuilder) steps(n *node) any {
	out := []any{}
	if !b.is(n, listNode, "steps") {
		return out
	}
	step := b.object(map[string]reader{"from": b.count(1, 1_000_000_000), "demands": func(n *node) any { return b.demands(n, true) }})
	last := 0
	for _, item := range n.items {
		out = append(out, step(item))
		if from := item.get("from"); from != nil {
			number := b.number(from.value, "from", 1, 1_000_000_000)
			if number <= last {
				b.wrong(from.at, "", "a step begins where the one before it does, or lower")
			}
			last = number
		}
	}
	return out
}

// codes makes sure that each code's class has a demand, if only an empty one.
func (b *dataBuilder) codes(f field) {
	codes, demands := f.value.get("codes"), f.value.get("demands")
	if codes == nil || demands == nil {
		return
	}
	known := []string{}
	for _, d := range demands.value.fields {
		known = append(known, d.name)
	}
	used := []string{"other"}
	for _, c := range codes.value.fields {
		class, _ := c.value.value.(string)
		used = append(used, class)
	}
	for _, d := range demands.value.fields {
		if !slices.Contains(used, d.name) {
			b.wrong(d.at, didYouMean(d.name, used), "no code is of class %q", d.name)
		}
	}
	for _, c := range codes.value.fields {
		if class, _ := c.value.value.(string); !slices.Contains(known, class) {
			b.wrong(c.value.at, didYouMean(class, known), "class %q has no demands", class)
		}
	}
}

// labels are looked up in small letters.
func (b *dataBuilder) labels(n *node) any {
	for _, f := range n.fields {
		if f.name != strings.ToLower(strings.TrimSpace(f.name)) {
			b.wrong(f.at, "write it in small letters", "no label is ever %q", f.name)
		}
		if !b.is(f.value, objectNode, "a label's meaning") {
			continue
		}
		for _, m := range f.value.fields {
			switch m.name {
			case "class":
				b.oneOf(words(Classes())...)(m.value)
			case "demands":
				b.demands(m.value, true)
			default:
				b.wrong(m.at, didYouMean(m.name, []string{"class", "demands"}), "a label has no %q", m.name)
			}
		}
	}
	return n.plain()
}

func (b *dataBuilder) oneOf(allowed ...string) reader {
	return func(n *node) any {
		s, _ := n.value.(string)
		if !slices.Contains(allowed, s) {
			b.wrong(n.at, didYouMean(s, allowed), "%q isn't known here", s)
		}
		return s
	}
}

func (b *dataBuilder) listOf(allowed ...string) reader {
	return func(n *node) any {
		for _, item := range n.items {
			b.oneOf(allowed...)(item)
		}
		b.texts(n, "a list")
		return n.plain()
	}
}

func (b *dataBuilder) yes(n *node) any {
	yes, ok := n.value.(bool)
	if !ok {
		b.wrong(n.at, "", "this is true or false")
	}
	return yes
}

func (b *dataBuilder) count(low, high int) reader {
	return func(n *node) any {
		b.number(n, "this", low, high)
		return n.plain()
	}
}

func (b *dataBuilder) word(n *node) any { return b.text(n, "this") }

// sentence is a reason that a sender reads.
func (b *dataBuilder) sentence(n *node) any {
	s := b.text(n, "a reason")
	if len(s) > maxText {
		b.wrong(n.at, "", "a reason has at most %d bytes", maxText)
	}
	return s
}

// set is a list in the file and an object in Rego.
func (b *dataBuilder) set(normal func(*node) string) reader {
	return func(n *node) any {
		out := map[string]any{}
		if !b.is(n, listNode, "this") {
			return out
		}
		for _, item := range n.items {
			if s := normal(item); s != "" {
				out[s] = true
			}
		}
		return out
	}
}

func (b *dataBuilder) address(n *node) string {
	s := strings.ToLower(b.text(n, "an address"))
	if s != "" && !strings.Contains(s, "@") {
		b.wrong(n.at, "", "%q isn't a mail address", s)
	}
	return s
}

func (b *dataBuilder) mailDomain(n *node) string {
	s := b.text(n, "a domain")
	if s == "" {
		return ""
	}
	normal, _ := b.domain(n.at, s, "")
	return normal
}

// byDomain are demands by mail domain.
func (b *dataBuilder) byDomain(n *node) any {
	out := map[string]any{}
	if !b.is(n, objectNode, "this") {
		return out
	}
	for _, f := range n.fields {
		if domain, ok := b.domain(f.at, f.name, ""); ok {
			out[domain] = b.demand(f.value)
		}
	}
	return out
}

// tags become part of a regular expression.
func (b *dataBuilder) tags(n *node) any {
	for i, s := range b.texts(n, "tags") {
		if s != "" && !letters.MatchString(s) {
			b.wrong(n.items[i].at, "", "%q holds more than letters", s)
		}
	}
	return n.plain()
}

// may says, by rule, which logins may lift it. The rules are compared with
// those that there are.
func (b *dataBuilder) may(n *node) any {
	out := map[string]any{}
	if !b.is(n, objectNode, "may") {
		return out
	}
	for _, f := range n.fields {
		b.data.exceptionRules = append(b.data.exceptionRules, ruleUse{file: b.file, at: f.at, rule: f.name})
		if f.name != strings.ToLower(f.name) {
			b.wrong(f.at, "", "%q: overrides name rules in small letters", f.name)
		}
		out[f.name] = b.set(func(n *node) string { return b.text(n, "a login") })(f.value)
	}
	return out
}
