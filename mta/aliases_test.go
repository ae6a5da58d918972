package mta

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tables answers like postmap for tables that are written down here.
func tables(params map[string]string, content map[string]map[string]string) *Aliases {
	return &Aliases{settings: settings{params: params}, run: func(_ context.Context, stdin, _ string, args ...string) (string, error) {
		table, ok := content[args[len(args)-1]]
		if !ok {
			return "", errors.New("no such table")
		}
		var out strings.Builder
		for key := range strings.Lines(stdin) {
			key = strings.TrimSpace(key)
			if v, ok := table[strings.ToLower(key)]; ok {
				out.WriteString(key + "\t" + v + "\n")
			}
		}
		return out.String(), nil
	}}
}

func TestExpandFollowsAliasesToTheirEnd(t *testing.T) {
	a := tables(map[string]string{
		"virtual_alias_maps": "hash:v", "alias_maps": "hash:a", "mydestination": "host.bank.example, localhost",
		"myorigin": "bank.example", "recipient_delimiter": "+", "always_bcc": "archive",
		"recipient_bcc_maps": "hash:b",
	}, map[string]map[string]string{
		"hash:v": {
			"sales@bank.example":   "anna@bank.example, out@partner.example",
			"all@bank.example":     "sales@bank.example, all@bank.example",
			"@old.example":         "@bank.example",
			"support@bank.example": "helper",
			"bob@bank.example":     "bob@host.bank.example",
		},
		"hash:a": {"bob": `bob, "|/usr/bin/list --to x@y", robert@gmail.example, ann`, "ann": "ann@partner.example"},
		"hash:b": {"y@else.example": "watch@bank.example", "anna@bank.example": "nobody@bank.example"},
	})
	recipients := []string{"Sales@bank.example", "all@bank.example", "x@old.example", "support+1@bank.example", "bob@bank.example", "y@else.example"}
	got, err := a.Expand(context.Background(), "s@bank.example", recipients)
	must(t, err)
	want := [][]string{
		{"anna@bank.example", "out@partner.example"},
		{"all@bank.example", "anna@bank.example", "out@partner.example"},
		{"x@bank.example"},
		{"helper+1@bank.example"},
		{"bob@host.bank.example"},
		{"y@else.example"},
	}
	if d := cmp.Diff(want, got.Recipients); d != "" {
		t.Errorf("recipients (-want +got):\n%s", d)
	}
	wantAdded := []string{"archive@bank.example", "watch@bank.example", "robert@gmail.example", "ann@bank.example"}
	if d := cmp.Diff(wantAdded, got.Added); d != "" {
		t.Errorf("added (-want +got):\n%s", d)
	}
}

// Each kind of alias and of odd address, and what can't be known about it.
func TestExpandCases(t *testing.T) {
	base := map[string]string{"mydestination": "local.example", "myorigin": "bank.example", "virtual_alias_maps": "hash:v", "alias_maps": "hash:a",
		"inet_interfaces": "loopback-only"}
	content := map[string]map[string]string{
		"hash:v": {"team@bank.example": "forbidden@out.example", "group@bank.example": "carol@bank.example, tls@out.example",
			"carol@bank.example": "carol@bank.example, erin@out.example", "away@local.example": "x@out.example", "dotless@host.bank.example": "d@out.example",
			"bang@bank.example": "host!user", "@all.example": "catch@out.example", "post@bank.example": "p@out.example"},
		"hash:a": {"sales": "team@bank.example", "chain": "lands@gw.example", "list": ":include:/etc/list", "quoted": `":include:/etc/list"`,
			"prog": `"|/usr/bin/list", /var/mail/x`, "keep": "keep, kept@out.example", "owner-list": "o@out.example", "route": "a%b@local.example",
			"bang": "host!user", "one": "two@local.example", "two": "one@local.example, end@out.example"},
		"hash:c":              {"c1@bank.example": "c2@bank.example", "c2@bank.example": "team@bank.example"},
		"hash:b":              {"c1@bank.example": "no@out.example", "team@bank.example": "copy", "s2@bank.example": "sent@bank.example"},
		"hash:s":              {"s@bank.example": "s2@bank.example"},
		"hash:d":              {"tabled.example": "x"},
		"hash:m":              {"mailed": "smtp:[mx.out.example]"},
		"regexp:parts":        {"@y.example": "wrong@out.example"},
		"regexp:all-business": {"m@out.example": "m@out.example", "m@out.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.content.sealpost.invalid": "x@out.example"},
	}
	for name, c := range map[string]struct {
		params map[string]string
		to     []string
		want   Expansion
	}{
		"needless quotes":       {nil, []string{`"team"@bank.example`, `te\am@bank.example`}, Expansion{Recipients: [][]string{{"forbidden@out.example"}, {"forbidden@out.example"}}}},
		"needed quotes":         {nil, []string{`"t eam"@bank.example`}, Expansion{Recipients: [][]string{{`"t eam"@bank.example`}}}},
		"no domain":             {nil, []string{"team"}, Expansion{Recipients: [][]string{{"forbidden@out.example"}}}},
		"no dot":                {map[string]string{"append_dot_mydomain": "yes", "mydomain": "bank.example"}, []string{"dotless@host"}, Expansion{Recipients: [][]string{{"d@out.example"}}}},
		"dot at the end":        {nil, []string{"team@BANK.example."}, Expansion{Recipients: [][]string{{"forbidden@out.example"}}}},
		"source route":          {nil, []string{"@hop.example:team@bank.example"}, Expansion{Recipients: [][]string{{"forbidden@out.example"}}}},
		"own address literal":   {nil, []string{"sales@[127.0.0.1]"}, Expansion{Recipients: [][]string{{"sales@[127.0.0.1]"}}, Added: []string{"forbidden@out.example"}}},
		"other address literal": {nil, []string{"sales@[192.0.2.1]"}, Expansion{Recipients: [][]string{{"sales@[192.0.2.1]"}}}},
		"interfaces by name":    {map[string]string{"inet_interfaces": "gw.bank.example"}, []string{"sales@[192.0.2.1]"}, Expansion{Recipients: [][]string{{"sales@[192.0.2.1]"}}, Unsure: map[int]string{0: whyInterface}}},
		"alias in an alias": {nil, []string{"group@bank.example"}, Expansion{Recipients: [][]string{{"carol@bank.example", "erin@out.example", "tls@out.example"}},
			Unstable: map[string]bool{"carol@bank.example": true}}},
		"a member beside its alias": {map[string]string{"virtual_alias_maps": "hash:v"}, []string{"carol@bank.example", "group@bank.example"}, Expansion{
			Recipients: [][]string{{"carol@bank.example", "erin@out.example"}, {"carol@bank.example", "erin@out.example", "tls@out.example"}}, Unstable: map[string]bool{"carol@bank.example": true}}},
		"canonical until it rests":       {map[string]string{"canonical_maps": "hash:c"}, []string{"c1@bank.example"}, Expansion{Recipients: [][]string{{"forbidden@out.example"}}}},
		"canonical not for recipients":   {map[string]string{"canonical_maps": "hash:c", "canonical_classes": "header_recipient"}, []string{"c1@bank.example"}, Expansion{Recipients: [][]string{{"c1@bank.example"}}}},
		"a copy before aliases":          {map[string]string{"recipient_bcc_maps": "hash:b", "canonical_maps": "hash:c"}, []string{"c1@bank.example"}, Expansion{Recipients: [][]string{{"forbidden@out.example"}}, Added: []string{"copy@bank.example"}}},
		"a copy is an alias":             {map[string]string{"always_bcc": "group"}, []string{"x@y.example"}, Expansion{Recipients: [][]string{{"x@y.example"}}, Added: []string{"carol@bank.example", "erin@out.example", "tls@out.example"}}},
		"a copy is a local alias":        {map[string]string{"always_bcc": "list@local.example"}, []string{"x@y.example"}, Expansion{Recipients: [][]string{{"x@y.example"}}, Added: []string{"list@local.example"}, Unsure: map[int]string{-1: whyInclude}}},
		"a copy for the sender":          {map[string]string{"sender_bcc_maps": "hash:b", "sender_canonical_maps": "hash:s"}, []string{"x@y.example"}, Expansion{Recipients: [][]string{{"x@y.example"}}, Added: []string{"sent@bank.example"}}},
		"extension of a local user":      {map[string]string{"recipient_delimiter": "-"}, []string{"sales-x@local.example"}, Expansion{Recipients: [][]string{{"sales-x@local.example"}}, Added: []string{"forbidden@out.example"}}},
		"a name that is never split":     {map[string]string{"recipient_delimiter": "-"}, []string{"owner-list@local.example"}, Expansion{Recipients: [][]string{{"owner-list@local.example"}}, Added: []string{"o@out.example"}}},
		"a local chain":                  {map[string]string{"virtual_alias_maps": "inline:{lands@gw.example=sales@local.example}"}, []string{"chain@local.example"}, Expansion{Recipients: [][]string{{"chain@local.example"}}, Added: []string{"sales@local.example", "team@bank.example"}}},
		"an include":                     {nil, []string{"x@y.example", "list@local.example", "quoted@local.example"}, Expansion{Recipients: [][]string{{"x@y.example"}, {"list@local.example"}, {"quoted@local.example"}}, Unsure: map[int]string{1: whyInclude, 2: whyInclude}}},
		"programs and files":             {nil, []string{"prog@local.example"}, Expansion{Recipients: [][]string{{"prog@local.example"}}}},
		"a circle of local aliases":      {nil, []string{"one@local.example"}, Expansion{Recipients: [][]string{{"one@local.example"}}, Added: []string{"end@out.example"}}},
		"a route in an alias":            {nil, []string{"route@local.example", "bang@local.example"}, Expansion{Recipients: [][]string{{"route@local.example"}, {"bang@local.example"}}, Added: []string{"host!user@bank.example"}, Unsure: map[int]string{0: whyOddAddress, 1: whyOddAddress}}},
		"a route in an address":          {nil, []string{"x%out.example@local.example", `"x@out.example"@local.example`, "x%out.example@y.example"}, Expansion{Recipients: [][]string{{"x%out.example@local.example"}, {`"x@out.example"@local.example`}, {"x%out.example@y.example"}}, Unsure: map[int]string{0: whyOddAddress, 1: whyOddAddress}}},
		"mydestination in a table":       {map[string]string{"mydestination": "!not.example, hash:d"}, []string{"sales@tabled.example", "sales@not.example"}, Expansion{Recipients: [][]string{{"sales@tabled.example"}, {"sales@not.example"}}, Added: []string{"forbidden@out.example"}}},
		"unknown users elsewhere":        {map[string]string{"luser_relay": "$user@out.example"}, []string{"who@local.example", "sales@local.example", "x@y.example"}, Expansion{Recipients: [][]string{{"who@local.example"}, {"sales@local.example"}, {"x@y.example"}}, Added: []string{"forbidden@out.example"}, Unsure: map[int]string{0: whyLuserRelay}}},
		"unknown users to one address":   {map[string]string{"luser_relay": "lost@out.example"}, []string{"who@local.example"}, Expansion{Recipients: [][]string{{"who@local.example"}}, Added: []string{"lost@out.example"}}},
		"unknown users to one here":      {map[string]string{"luser_relay": "lost@local.example"}, []string{"who@local.example"}, Expansion{Recipients: [][]string{{"who@local.example"}}}},
		"mailboxes on another server":    {map[string]string{"mailbox_transport": "smtp:[mx.out.example]"}, []string{"who@local.example", "x@y.example"}, Expansion{Recipients: [][]string{{"who@local.example"}, {"x@y.example"}}, Unsure: map[int]string{0: whyTransport}}},
		"mailboxes of another program":   {map[string]string{"mailbox_transport": "lmtp:unix:private/dovecot"}, []string{"who@local.example"}, Expansion{Recipients: [][]string{{"who@local.example"}}}},
		"some mailboxes somewhere else":  {map[string]string{"mailbox_transport_maps": "hash:m"}, []string{"who@local.example", "mailed@local.example"}, Expansion{Recipients: [][]string{{"who@local.example"}, {"mailed@local.example"}}, Unsure: map[int]string{1: whyTransport}}},
		"a route in a virtual alias":     {nil, []string{"bang@bank.example"}, Expansion{Recipients: [][]string{{"host!user@bank.example"}}, Unsure: map[int]string{0: whyOddAddress}}},
		"the whole domain":               {map[string]string{"recipient_delimiter": "+"}, []string{"x+y@all.example"}, Expansion{Recipients: [][]string{{"catch@out.example"}}}},
		"patterns see whole addresses":   {map[string]string{"virtual_alias_maps": "regexp:parts"}, []string{"x@y.example"}, Expansion{Recipients: [][]string{{"x@y.example"}}}},
		"postmaster is never split":      {map[string]string{"recipient_delimiter": "m"}, []string{"postmaster@bank.example"}, Expansion{Recipients: [][]string{{"postmaster@bank.example"}}}},
		"masqueraded":                    {map[string]string{"masquerade_domains": "bank.example", "masquerade_classes": "envelope_recipient"}, []string{"x@y.bank.example"}, Expansion{Recipients: [][]string{{"x@y.bank.example"}}, Unsure: map[int]string{0: whyMasquerade}}},
		"control characters":             {nil, []string{"\"a\tb\"@y.example"}, Expansion{Recipients: [][]string{{"\"a\tb\"@y.example"}}, Unsure: map[int]string{0: whyOddAddress}}},
		"a pattern that takes marks too": {map[string]string{"canonical_maps": "regexp:all-business"}, []string{"m@out.example", "x@y.example"}, Expansion{Recipients: [][]string{{"m@out.example"}, {"x@y.example"}}, Unmarkable: map[string]bool{"m@out.example": true}}},
	} {
		t.Run(name, func(t *testing.T) {
			params := maps.Clone(base)
			maps.Copy(params, c.params)
			tbl := maps.Clone(content)
			tbl["inline:{lands@gw.example=sales@local.example}"] = map[string]string{"lands@gw.example": "sales@local.example"}
			got, err := tables(params, tbl).Expand(context.Background(), "s@bank.example", c.to)
			must(t, err)
			if d := cmp.Diff(&c.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestExpandFailsWhereATableDoesNotAnswer(t *testing.T) {
	a := tables(map[string]string{"virtual_alias_maps": "hash:gone"}, nil)
	if _, err := a.Expand(context.Background(), "", []string{"a@b.example"}); err == nil {
		t.Error("no error, though the alias table can't be read")
	}
}

func TestExpandEndsInALoop(t *testing.T) {
	a := tables(map[string]string{"virtual_alias_maps": "hash:v"}, map[string]map[string]string{
		"hash:v": {"a@x.example": "b@x.example", "b@x.example": "a@x.example"},
	})
	got, err := a.Expand(context.Background(), "", []string{"a@x.example"})
	must(t, err)
	if len(got.Recipients[0]) != 1 || got.Unsure[0] == "" {
		t.Errorf("got %+v", got)
	}
}
