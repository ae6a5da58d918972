package policy

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// lists is what the generation itself reads of the data.
type lists struct {
	local    map[string]bool
	public   map[string]bool
	partners map[string]*Partner
	// routes is a partner's domain by agreed next hop, in small letters;
	// shared are those of all others with the same one.
	routes map[string]string
	shared map[string][]string
	// exceptions by recipient domain.
	exceptions map[string][]Exception
	holidays   map[string]bool // by date, 2026-12-25
	workdays   map[string]bool // by date
	countries  []string        // whose national holidays count
}

// data is everything under data.sealpost, checked.
type data struct {
	// plain is as Rego sees it: data.sealpost. Partners are there only if
	// some rule or test looks for them: they may be many, and usually reach
	// the rules as input.recipient.partner.
	plain map[string]any
	lists lists
	// exceptionRules are the rules that exceptions lift, with their place,
	// to be compared with the rules that there are.
	exceptionRules []ruleUse
}

type ruleUse struct {
	file string
	at   position
	rule string
}

// loadData reads every *.json, *.yaml and *.yml of all layers, and partners.csv, and merges
// their top-level keys.
func loadData(src Source, plainPartners bool, mistakes *Mistakes) (*data, error) {
	b := newDataBuilder(mistakes)
	b.plainPartners = plainPartners
	layers := src.layers()
	for at := range layers {
		if err := b.readLayer(layers, at); err != nil {
			return nil, err
		}
	}
	b.local("settings", position{}, src.LocalDomains)
	return b.done(), nil
}

func dataFiles(files fs.FS) ([]string, error) {
	var names []string
	if files == nil {
		return nil, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden(name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && (slices.Contains([]string{".json", ".yaml", ".yml"}, path.Ext(name)) || path.Base(name) == partnersCSV) {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// hidden files are editors' and Kubernetes' own ("..data").
func hidden(name string) bool {
	return name != "." && strings.HasPrefix(path.Base(name), ".")
}

// normalDomain is a domain as lists and look-ups spell it: lower-case ASCII
// without a final dot. ok is false if it isn't a domain name; then the result
// matches nothing in a list.
func normalDomain(domain string) (normal string, ok bool) {
	if plainDomain(domain) {
		return domain, true
	}
	lower := strings.TrimSuffix(strings.ToLower(domain), ".")
	ascii, err := lower, error(nil)
	if strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || strings.Contains(lower, "--") {
		ascii, err = idna.Lookup.ToASCII(lower)
	}
	if err != nil || ascii == "" || !strings.Contains(ascii, ".") && ascii != "localhost" {
		return lower, false
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return lower, false
		}
	}
	return ascii, len(ascii) <= 253
}

// plainDomain reports whether a domain is in normal form already, as most are.
func plainDomain(domain string) bool {
	label, dots := 0, 0
	for i := range len(domain) {
		switch c := domain[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_':
			label++
		case c == '-':
			if label == 0 || i+1 == len(domain) || domain[i+1] == '.' || domain[i+1] == '-' {
				return false
			}
			label++
		case c == '.':
			if label == 0 {
				return false
			}
			label, dots = 0, dots+1
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return label > 0 && dots > 0 && len(domain) <= 253
}

// domainOf is an address's domain in normal form, or "" if it has none.
func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	domain, _ := normalDomain(address[at+1:])
	return domain
}

// under reports whether the domain or one above it is in the set.
func under(set map[string]bool, domain string) bool {
	for domain != "" {
		if set[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// route notes where a partner's mail goes.
func (l *lists) route(domain string, p *Partner) {
	if p.Route != "" {
		hop := strings.ToLower(p.Route)
		if _, taken := l.routes[hop]; taken {
			l.shared[hop] = append(l.shared[hop], domain)
			return
		}
		l.routes[hop] = domain
	}
}

// kind says what a domain in normal form is, and which partner's.
func (l *lists) kind(domain string) (Kind, *Partner) {
	switch partner := l.partners[domain]; {
	case l.local[domain]:
		return Local, nil
	case under(l.public, domain):
		return PublicProvider, nil
	case partner != nil:
		return PartnerKind, partner
	}
	return Business, nil
}

// appendText adds all that was agreed with a partner to a text that is hashed.
func (p *Partner) appendText(b []byte) []byte {
	for _, s := range [...]string{p.Name, string(p.Level), p.Route, p.CAFile, p.Contact, p.Since} {
		b = appendCounted(b, s)
	}
	for _, s := range p.Match {
		b = appendCounted(b, s)
	}
	return strconv.AppendInt(append(b, '#'), int64(p.MinBits), 10)
}

// appendCounted adds a text so that it can't run into the next one.
func appendCounted(b []byte, s string) []byte {
	return append(append(strconv.AppendInt(b, int64(len(s)), 10), ':'), s...)
}
