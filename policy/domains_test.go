package policy

import (
	"maps"
	"slices"
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

// The partners of a next hop are those whose domain or whose route it is.
func TestPartnersAt(t *testing.T) {
	s := newShipped(t).untested()
	s.data["organisation.yaml"] = &fstest.MapFile{Data: []byte(`
partners:
  one.example: {name: One, level: tls}
  two.example: {name: Two, level: tls, route: "[MX.example]:25"}
  three.example: {name: Three, level: tls, route: "[mx.example]:25"}
  four.example: {name: Four, level: tls, route: one.example}
`)}
	g := build(t, s.source())
	for hop, want := range map[string][]string{
		"One.example": {"four.example", "one.example"}, "[mx.example]:25": {"three.example", "two.example"},
		"two.example": nil, "[one.example]": nil, "": nil,
	} {
		if got := slices.Sorted(maps.Keys(g.PartnersAt(hop))); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", hop, got, want)
		}
	}
}
