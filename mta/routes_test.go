package mta

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A copy follows the site's routes as Postfix looks them up: the whole
// address, the domain, its parents, everything; then the relay.
func TestNextHop(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	in := newInstance(t, "recipient_delimiter = +\n")
	must(t, os.WriteFile(in.dir+"/patterns", []byte("/@pattern\\.example$/ smtp:[pattern.relay]\n/^pattern\\.example$/ smtp:[wrong]\n"), 0o644))
	must(t, os.WriteFile(in.dir+"/hash", []byte(`a@b.example smtp:[address.relay]:587
b.example smtp:[domain.relay]
.b.example :[parent.relay]
plain.example smtp:
none.example :
closed.example error:5.1.2 no mail there
store.example lmtp:unix:store
`), 0o644))
	const tables = "transport_maps = socketmap:unix:sealpost/map:transport, regexp:DIR/patterns, texthash:DIR/hash\n"
	for name, c := range map[string]struct {
		main string
		want map[string]string
	}{
		"nothing":    {"", map[string]string{"a@b.example": "b.example"}},
		"relay":      {"relayhost = [relay.example]:587\n", map[string]string{"a@b.example": "[relay.example]:587"}},
		"default":    {"default_transport = smtp:[default.relay]\nrelayhost = [relay.example]\n", map[string]string{"a@b.example": "[default.relay]"}},
		"no smtp":    {"default_transport = lmtp:unix:x\n", map[string]string{"a@b.example": "error"}},
		"no route":   {"transport_maps = texthash:/nonexistent\n", map[string]string{"a@b.example": "error"}},
		"everything": {"transport_maps = inline:{{*=smtp:[all.relay]}}\n", map[string]string{"a@b.example": "[all.relay]"}},
		"tables": {tables + "relayhost = [relay.example]\n", map[string]string{
			"A@B.Example": "[address.relay]:587", "a+x@b.example": "[address.relay]:587", "c@b.example": "[domain.relay]", "c@d.b.example": "[parent.relay]",
			"c@plain.example": "plain.example", "c@none.example": "[relay.example]", "c@other.example": "[relay.example]",
			"c@pattern.example": "[pattern.relay]", "c@closed.example": "error:5.1.2 no mail there", "c@store.example": "error",
		}},
	} {
		sh(t, "postconf -c "+in.dir+" -X transport_maps relayhost default_transport")
		main, err := os.ReadFile(in.dir + "/main.cf")
		must(t, err)
		must(t, os.WriteFile(in.dir+"/main.cf", append(main, strings.ReplaceAll(c.main, "DIR", in.dir)...), 0o644))
		in.cool(t)
		r, err := NewRoutes(ctx, in.dir, NewParams(Version{3, 7}, Strict))
		must(t, err)
		got := map[string]string{}
		for address := range c.want {
			hop, transport, err := r.NextHop(ctx, address)
			got[address] = hop + transport
			if err != nil {
				got[address] = "error"
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A change of main.cf is seen.
func TestNextHopAfterAChange(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	in := newInstance(t, "")
	r, err := NewRoutes(ctx, in.dir, NewParams(Version{3, 7}, Strict))
	must(t, err)
	sh(t, "postconf -c "+in.dir+" -e relayhost=[relay.example]")
	if hop, _, err := r.NextHop(ctx, "a@b.example"); err != nil || hop != "[relay.example]" {
		t.Errorf("hop %q, %v, want the relay", hop, err)
	}
}
