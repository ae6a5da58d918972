package mta

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Alias is one alias that leads to an address elsewhere.
type Alias struct {
	Table string `json:"table"`
	Name  string `json:"name"`
	To    string `json:"to"`
}

// OutsideAliases lists aliases of this instance that lead to an address that
// isn't local: mail to them leaves although its recipient was one of ours.
// unlisted names tables that can only be asked for a name (regexp, ldap,
// sql …).
func (pf *Postfix) OutsideAliases(ctx context.Context, local func(domain string) bool) (list []Alias, unlisted []string, err error) {
	for _, name := range []string{"virtual_alias_maps", "alias_maps"} {
		value, err := pf.Value(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		for _, table := range SplitList(value) {
			kind, _, _ := strings.Cut(strings.TrimPrefix(table, "proxy:"), ":")
			if !slices.Contains([]string{"hash", "btree", "lmdb", "cdb", "texthash", "inline"}, kind) {
				unlisted = append(unlisted, table)
				continue
			}
			out, err := pf.run(ctx, "postmap", "-s", strings.TrimPrefix(table, "proxy:"))
			if err != nil {
				return nil, nil, fmt.Errorf("listing %s: %w", table, err)
			}
			for line := range strings.Lines(out) {
				alias, to, _ := strings.Cut(strings.TrimSpace(line), "\t")
				if alias == "@" {
					continue // the end mark that postalias writes
				}
				for _, address := range SplitList(to) {
					if _, domain, ok := cutLast(address, '@'); ok && !local(strings.ToLower(domain)) {
						list = append(list, Alias{table, strings.TrimSuffix(alias, ":"), address})
					}
				}
			}
		}
	}
	return list, unlisted, nil
}
