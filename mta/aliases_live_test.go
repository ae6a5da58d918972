package mta

import (
	"context"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What Expand says is what a real Postfix does, for every kind of alias and
// every odd way to write an address. Mail ends in discard(8), whose log lines
// name where it would have gone.
func TestExpandAgreesWithPostfix(t *testing.T) {
	t.Parallel()
	in := newInstance(t, "")
	root := filepath.Dir(in.dir)
	write := func(name, text string) string {
		must(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
		return "texthash:" + filepath.Join(root, name)
	}
	main, err := os.ReadFile(in.dir + "/main.cf")
	must(t, err)
	text := strings.Replace(string(main), "alias_maps =", "alias_maps = "+write("aliases", aliveAliases), 1)
	text = strings.Replace(text, "mydestination = test.example, gw.test.example", "mydestination = local.example, gw.test.example, "+write("domains", "tabled.example x\n"), 1)
	text += "virtual_alias_maps = " + write("virtual", aliveVirtual) + ", regexp:" + strings.TrimPrefix(write("patterns", aliveRegexp), "texthash:") + `
canonical_maps = ` + write("canonical", aliveCanonical) + `
recipient_bcc_maps = ` + write("rbcc", aliveBCC) + `
sender_bcc_maps = ` + write("sbcc", "s@out.example sent@bank.example\n") + `
always_bcc = archive
myorigin = bank.example
recipient_delimiter = +-
default_transport = discard:
relay_transport = discard:
mailbox_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
`
	must(t, os.WriteFile(in.dir+"/main.cf", []byte(text), 0o644))
	in.cool(t)
	in.start(t)
	a, err := NewAliases(context.Background(), in.dir)
	must(t, err)

	again := map[string]bool{}
	for _, to := range []string{
		"plain@out.example", "sales@bank.example", `"sales"@bank.example`, "Sales", "sales@bank.example.", `"a b"@bank.example`,
		"sales+x@bank.example", "sales-x@bank.example", "group@bank.example", "carol@bank.example", "c1@bank.example", "c1+x@bank.example",
		"watched@bank.example", "x@old.example", "x+y@old.example", "x+y@all.example", "re-7@pattern.example",
		"user@local.example", "USER@LOCAL.example", `"user"@local.example`, "user+ext@local.example", "user@[127.0.0.1]", "user@gw.test.example", "user@tabled.example",
		"chain@local.example", "keep@local.example", "bare@local.example", "back@local.example", "nested@local.example", "file@local.example",
		"@hop.example:sales@bank.example", `s\ales@bank.example`, "postmaster",
	} {
		x, err := a.Expand(context.Background(), "s@out.example", []string{to})
		must(t, err)
		if len(x.Unsure) > 0 {
			t.Errorf("%s: unsure: %v", to, x.Unsure)
		}
		want := ends(t, in, to)
		// What an alias of local(8) replaces is named by Expand, and
		// delivered nowhere.
		got := set(slices.Concat(x.Recipients[0], x.Added))
		missing := slices.DeleteFunc(slices.Clone(want), func(a string) bool { return slices.Contains(got, a) })
		surplus := slices.DeleteFunc(slices.Clone(got), func(a string) bool {
			return slices.Contains(want, a) || here(a)
		})
		if len(missing) > 0 || len(surplus) > 0 {
			t.Errorf("%s: Postfix delivers to %q, Expand says %q and %q", to, want, x.Recipients[0], x.Added)
		}
		for _, address := range x.Recipients[0] {
			again[address] = x.Unstable[address]
		}
	}
	// (Automatic copies come for what clients name, not for what a milter
	// adds, so addresses that have one are left out here.)
	fixed := ends(t, in, "nobody@out.example")
	for address, unstable := range again {
		if here(address) || strings.HasPrefix(address, "anna") || strings.HasPrefix(address, "watched") {
			continue
		}
		got := slices.DeleteFunc(ends(t, in, address), func(a string) bool { return a != strings.ToLower(address) && slices.Contains(fixed, a) })
		if same := cmp.Equal(got, []string{strings.ToLower(address)}); same == unstable {
			t.Errorf("%s, added by itself: Postfix delivers to %q, unstable is %v", address, got, unstable)
		}
	}
}

const (
	aliveVirtual = `sales@bank.example anna@bank.example, out@partner.example
"a b"@bank.example spaced@out.example
group@bank.example carol@bank.example, tls.dave@out.example, "q q"@out.example
carol@bank.example carol@bank.example, erin@out.example
@old.example @new.example
@all.example catch@out.example
lands@bank.example user@local.example
postmaster pm@out.example
`
	aliveRegexp    = "/^re-([0-9]+)@pattern\\.example$/ r$1@out.example\n"
	aliveCanonical = "c1@bank.example c2@bank.example\nc2@bank.example c3@bank.example\nc3@bank.example sales@bank.example\n"
	aliveBCC       = "watched@bank.example group@bank.example\nanna@bank.example never@out.example\n"
	aliveAliases   = `user away@out.example
chain lands@bank.example
keep keep, kept@out.example
bare sales
back back@bank.example
nested user, other
other lands@bank.example, other2@out.example
file /dev/null
`
)

var discarded = regexp.MustCompile(`(?:discard|local)\[[0-9]+\]: .* to=<([^>]*)>.*(?:status=sent \((.*))`)

// here reports whether local(8) delivers an address.
func here(address string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	return slices.Contains([]string{"local.example", "tabled.example", "gw.test.example", "[127.0.0.1]"}, domain)
}

// ends sends a message and says where it was delivered.
func ends(t *testing.T, in *instance, to string) []string {
	t.Helper()
	log := filepath.Join(filepath.Dir(in.dir), "mail.log")
	before, err := os.ReadFile(log)
	must(t, err)
	must(t, smtp.SendMail("127.0.0.1:"+in.port, nil, "s@out.example", []string{to}, []byte("Subject: x\r\n\r\nx\r\n")))
	for strings.TrimSpace(sh(t, "postqueue -c "+in.dir+" -j")) != "" {
		time.Sleep(20 * time.Millisecond)
	}
	after, err := os.ReadFile(log)
	must(t, err)
	var out []string
	for _, m := range discarded.FindAllStringSubmatch(string(after[len(before):]), -1) {
		if !strings.HasPrefix(m[2], "forwarded") {
			out = append(out, m[1])
		}
	}
	return set(out)
}

func set(list []string) []string {
	var out []string
	for _, a := range list {
		out = append(out, strings.ToLower(a))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
