package policy

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// All domains that the lists name are listed once, without the rules being
// read.
func TestDomains(t *testing.T) {
	src := Source{LocalDomains: []string{"Bank.example"}, Data: fstest.MapFS{"lists.yaml": {Data: []byte(
		"local_domains: [bank.example, two.example]\npublic_providers: [mail.example]\npartners:\n  partner.example: {name: P, level: tls}\n")}}}
	got, err := Domains(src)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"bank.example", "mail.example", "partner.example", "two.example"}, got); d != "" {
		t.Errorf("domains (-want +got):\n%s", d)
	}
	src.Data = fstest.MapFS{"lists.yaml": {Data: []byte("partners: 7\n")}}
	if got, err := Domains(src); err == nil {
		t.Errorf("lists with a mistake gave %q, want an error", got)
	}
}
