package policy

import "slices"

// Domains lists the domains that a source's lists name: ours, partners' and
// public providers'. Rules aren't read. An error says what is wrong with the
// lists.
func Domains(src Source) ([]string, error) {
	mistakes := &Mistakes{}
	d, err := loadData(src, false, mistakes)
	if err == nil {
		err = mistakes.err()
	}
	if err != nil {
		return nil, err
	}
	return d.lists.domains(), nil
}

// Domains lists the domains that the generation's lists name: ours, partners'
// and public providers'.
func (g *Generation) Domains() []string { return g.lists.domains() }

func (l lists) domains() []string {
	var list []string
	for _, m := range []map[string]bool{l.local, l.public} {
		for domain := range m {
			list = append(list, domain)
		}
	}
	for domain := range l.partners {
		list = append(list, domain)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
