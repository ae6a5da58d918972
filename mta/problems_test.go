package mta

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What would let mail pass by the gateway, or change marked mail, is found and
// named; what doesn't is let be.
func TestProblems(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "")
	before, err := os.ReadFile(in.dir + "/main.cf")
	must(t, err)
	file := in.dir + "/table"
	for _, c := range []struct {
		name, main, table, later string
		want                     string // "" for no problem; "note: …" for one that isn't fatal
	}{
		{"a transport table that can't be read", "transport_maps = texthash:/nonexistent", "", Expand, "asking texthash:/nonexistent"},
		{"a transport pattern behind ours", "transport_maps = regexp:TABLE", "/business\\.example/ smtp:[relay.example]\n", Expand, ""},
		{"an alias for everybody", "virtual_alias_maps = static:all@test.example", "", Expand, "virtual_alias_maps: static:all@test.example answers"},
		{"a canonical address for everybody", "recipient_canonical_maps = static:all@test.example", "", Expand, "recipient_canonical_maps: static:"},
		{"a canonical pattern that isn't bound", "recipient_canonical_maps = regexp:TABLE", "# x\n/^(.*)@other\\.example/ ${1}@new.example\n", Expand, "table:2: the pattern doesn't hold"},
		{"one that is bound", "recipient_canonical_maps = regexp:TABLE", "/^(.*)@other\\.example$/ ${1}@new.example\n", Expand, ""},
		{"one that is bound to the marks", "virtual_alias_maps = regexp:TABLE", "/^(.*)@.*\\.invalid$/ all@test.example\n", Expand, "for marked mail"},
		{"one that knows a partner's marks", "virtual_alias_maps = regexp:TABLE", "/@partner\\.example\\..*$/ all@test.example\n", Expand, "for marked mail (postmaster@partner.example"},
		{"one that leaves marks out", "canonical_maps = regexp:TABLE", "if !/\\.sealpost\\.invalid$/\n/^postmaster@/ root\nendif\n", Expand, ""},
		{"a domain pattern that catches marks", "virtual_alias_domains = regexp:TABLE", "/partner\\.example/ x\n", Expand, "virtual_alias_domains: regexp:"},
		{"a content filter", "content_filter = amavis:[127.0.0.1]:10024", "", Expand, "content_filter is amavis"},
		{"no milters", "receive_override_options = no_milters", "", Expand, "would never be asked"},
		{"milters by client", "smtpd_milter_maps = static:DISABLE", "", Expand, "smtpd_milter_maps is static:DISABLE"},
		{"a strange default", "default_transport = sealpost-tls", "", Expand, "default_transport is sealpost-tls"},
		{"header REDIRECT", "header_checks = regexp:TABLE", "/^Subject: x/ redirect a@b.example\n", Expand, "table:1 says \"redirect a@b.example\""},
		{"header REDIRECT, judged late", "header_checks = regexp:TABLE", "/^Subject: x/ redirect a@b.example\n", Strict, ""},
		{"header FILTER", "header_checks = regexp:TABLE", "/^Subject: x/\tFILTER smtp:[b.example]\n", Strict, "goes round"},
		{"milter header BCC", "milter_header_checks = regexp:TABLE", "/^X: x/ BCC a@b.example\n", Expand, "isn't judged"},
		{"header words", "header_checks = regexp:TABLE", "/^Subject: filter/ REJECT our filter said BCC\n", Expand, ""},
		{"access REDIRECT", "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access texthash:TABLE, reject", "a@b.example REDIRECT x@y.example\n", Expand, "texthash:"},
		{"access FILTER inline", "smtpd_client_restrictions = check_client_access static:{FILTER smtp:x}", "", Strict, "goes round"},
		{"access by address", "smtpd_sender_restrictions = check_client_access cidr:TABLE", "10.0.0.0/8  BCC a@b.example\n", Expand, "table:1 says"},
		{"access OK", "smtpd_recipient_restrictions = check_recipient_access texthash:TABLE, permit_mynetworks, reject", "a@b.example OK\n", Expand, ""},
		{"a table that can only be asked", "smtpd_recipient_restrictions = check_recipient_access socketmap:unix:x:y, permit_mynetworks, reject", "", Expand, "note: can't be looked into"},
		{"a policy service", "smtpd_recipient_restrictions = check_policy_service unix:x, permit_mynetworks, reject", "", Expand, "note: policy service unix:x can't be looked into"},
		{"relays by sender", "sender_dependent_relayhost_maps = static:[x.example]", "", Strict, "can't follow"},
		{"relays by sender, unmarked", "sender_dependent_relayhost_maps = static:[x.example]", "", Expand, ""},
	} {
		must(t, os.WriteFile(file, []byte(c.table), 0o644))
		must(t, os.WriteFile(in.dir+"/main.cf", append([]byte(before), strings.ReplaceAll(c.main, "TABLE", file)+"\n"...), 0o644))
		in.cool(t)
		pf := in.postfix(t)
		p := in.params(t, pf, c.later)
		p.Domains = []string{"partner.example"}
		list := pf.Problems(context.Background(), p)
		if c.want == "" {
			if len(list) > 0 {
				t.Errorf("%s: problems %+v, want none", c.name, list)
			}
			continue
		}
		text, note := strings.CutPrefix(c.want, "note: ")
		if len(list) != 1 || list[0].Fatal == note || !strings.Contains(list[0].Text, text) {
			t.Errorf("%s: problems %+v, want one with %q, fatal: %v", c.name, list, text, !note)
		}
	}
}

// Every service by which mail comes in asks the gateway.
func TestServicesThatPassTheGatewayBy(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"127.0.0.1:PORT/inet/smtpd_milters=unix:other", "127.0.0.1:PORT/inet/smtpd_milters=",
		"127.0.0.1:PORT/inet/smtpd_milter_maps=static:DISABLE", "127.0.0.1:PORT/inet/receive_override_options=no_milters,no_address_mappings",
		"pickup/unix/receive_override_options=no_milters", "cleanup/unix/non_smtpd_milters=", "rewrite/unix/transport_maps=",
		"cleanup/unix/header_checks=regexp:DIR/checks"} {
		in := newInstance(t, "")
		must(t, os.WriteFile(in.dir+"/checks", []byte("/^Subject: x/ FILTER smtp:x\n"), 0o644))
		option = strings.ReplaceAll(option, "DIR", in.dir)
		option = strings.ReplaceAll(option, "PORT", in.port)
		service := strings.Join(strings.SplitN(option, "/", 3)[:2], "/")
		sh(t, "postconf -c "+in.dir+" -P '"+option+"'")
		in.cool(t)
		pf := in.postfix(t)
		list := pf.Problems(context.Background(), in.params(t, pf, Expand))
		if len(list) != 1 || !list[0].Fatal || !strings.Contains(list[0].Text, service) {
			t.Errorf("%s: problems %+v, want a fatal one with %s", option, list, service)
		}
	}
}

func TestBound(t *testing.T) {
	for expression, want := range map[string]bool{
		`a$`: true, `a`: false, `a\$`: false, `a\\$`: true, `a$|b`: false, `a|b$`: false, `a$|b$`: true,
		`(a|b)$`: true, `(a$|b)`: false, `[|]$`: true, `[]|]$`: true, `[^]|]a$`: true, `[[:alpha:]|]$`: true, ``: false, `(a$`: false,
	} {
		if got := bound(expression); got != want {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
}

// Rules under a condition are those between "if" and "endif".
func TestReadPatterns(t *testing.T) {
	got := readPatterns("/a/ x\nif /b$/\n/c/ y\n  more\nendif\n# z\n!/d$/ w\nif !/\\.sealpost\\.invalid$/\nif /e/\n,f,i v\nendif\nendif\n/g/ u\n")
	want := []pattern{{1, false, "x"}, {3, true, "y more"}, {7, false, "w"}, {10, true, "v"}, {13, false, "u"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pattern{})); diff != "" {
		t.Error(diff)
	}
}

// Whatever stands in a table, it is read to its end.
func FuzzReadPatterns(f *testing.F) {
	for _, s := range []string{"/a/ b\n", "if !/a/\n/[/ x\nendif\nendif\n", "!!\n", "/[[:", "/\\", "\t\n", "if"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range readPatterns(s) {
			if r.line < 1 || r.line > strings.Count(s, "\n")+1 {
				t.Errorf("rule in line %d of %q", r.line, s)
			}
		}
	})
}
