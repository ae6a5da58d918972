package policy

import (
	"slices"
	"strings"
	"unicode"
)

// partners takes the partners that were not handed over one by one.
func (b *dataBuilder) partners(f field) {
	if !b.is(f.value, objectNode, f.name) {
		return
	}
	for _, entry := range f.value.fields {
		b.addPartner(entry)
	}
}

// addPartner takes one partner. It keeps nothing of the entry but texts.
func (b *dataBuilder) addPartner(entry field) {
	domain, ok := b.domain(entry.at, entry.name, "partners")
	if !ok || !b.is(entry.value, objectNode, "a partner") {
		return
	}
	if _, twice := b.data.lists.partners[domain]; twice {
		i := slices.IndexFunc(b.partnerUses, func(u partnerUse) bool { return u.rule == domain })
		b.wrong(entry.at, "", "%s is in partners already, line %d", domain, b.partnerUses[i].at.line)
		return
	}
	p := b.partner(entry)
	b.data.lists.partners[domain] = p
	b.partnerUses = append(b.partnerUses, partnerUse{ruleUse{file: b.file, at: entry.at, rule: domain}, p})
	if p != nil && b.plainPartners {
		b.data.plain["partners"].(map[string]any)[domain] = entry.value.plain()
	}
}

// nextHop reports whether a route is "host" or "[host]", with a port or without.
func nextHop(route string) bool {
	end := strings.IndexAny(route, "[]:")
	bracketed := end == 0 && route[0] == '['
	if bracketed {
		if end = strings.IndexByte(route, ']'); end < 2 {
			return false
		}
		end++
	}
	if end < 0 {
		end = len(route)
	}
	port, hasPort := strings.CutPrefix(route[end:], ":")
	return end > 0 && !strings.ContainsFunc(route[:end], unicode.IsSpace) &&
		(port == "" && !hasPort || port != "" && hasPort && strings.Trim(port, "0123456789") == "")
}

// newPartner has room for many made at once.
func (b *dataBuilder) newPartner() *Partner {
	if len(b.spare) == 0 {
		b.spare = make([]Partner, 64)
	}
	p := &b.spare[0]
	b.spare = b.spare[1:]
	return p
}

// partner takes one partner, or reports what is wrong with it.
func (b *dataBuilder) partner(entry field) *Partner {
	before := len(*b.mistakes)
	p := b.newPartner()
	for _, f := range entry.value.fields {
		switch f.name {
		case "name":
			p.Name = b.text(f.value, "name")
		case "level":
			p.Level = b.level(f.value, b.levels)
		case "route":
			p.Route = b.text(f.value, "route")
			if p.Route != "" && !nextHop(p.Route) {
				b.wrong(f.value.at, `write "[mx.partner.example]:25"`, "route %q isn't a next hop", p.Route)
			}
		case "match":
			p.Match = b.texts(f.value, "match")
		case "ca_file":
			p.CAFile = b.text(f.value, "ca_file")
			if p.CAFile != "" && !strings.HasPrefix(p.CAFile, "/") {
				b.wrong(f.value.at, "", "ca_file %q isn't an absolute path", p.CAFile)
			}
		case "min_bits":
			p.MinBits = b.number(f.value, "min_bits", 128, 512)
		case "contact":
			p.Contact = b.text(f.value, "contact")
		case "since":
			p.Since = b.date(f.value, "since")
		default:
			b.wrong(f.at, didYouMean(f.name, jsonNames[Partner]()), "a partner has no %q", f.name)
		}
	}
	for _, name := range []string{"name", "level"} {
		if entry.value.get(name) == nil {
			b.wrong(entry.at, "", "partner %s has no %s", entry.name, name)
		}
	}
	if len(*b.mistakes) > before {
		return nil
	}
	return p
}
