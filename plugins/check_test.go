package plugins

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sealpost/sealpost/plugins/sdk"
)

func TestRoutes(t *testing.T) {
	print16 := strings.Repeat("ab:", 31) + "ab"
	for _, c := range []struct {
		name  string
		route *sdk.Route
		level string
		ok    bool
	}{
		{"encrypt for tls", &sdk.Route{Security: "encrypt"}, "tls", true},
		{"encrypt for verified", &sdk.Route{Security: "encrypt"}, "verified-tls", false},
		{"encrypt for partner", &sdk.Route{Security: "encrypt"}, "partner-tls", false},
		{"secure for verified", &sdk.Route{Security: "secure"}, "verified-tls", true},
		{"dane for partner", &sdk.Route{Security: "dane-only"}, "partner-tls", true},
		{"opportunistic words", &sdk.Route{Security: "may"}, "opportunistic", false},
		{"opportunistic dane", &sdk.Route{Security: "dane"}, "tls", false},
		{"a route for content", &sdk.Route{Security: "secure"}, "content", false},
		{"a route for forbidden", &sdk.Route{Security: "secure"}, "forbidden", false},
		{"a route for a level nobody knows", &sdk.Route{Security: "secure"}, "", false},
		{"none", nil, "tls", false},
		{"full", &sdk.Route{Security: "secure", NextHop: "[mx.b.example]:2525", Match: []string{"mx.b.example", ".b.example", "nexthop"},
			CAFile: "/etc/ca.pem", Ciphers: "high", Protocols: ">=TLSv1.2:<=TLSv1.2", Exclude: "AES128:3DES"}, "partner-tls", true},
		{"name from DNS", &sdk.Route{Security: "secure", Match: []string{"hostname"}}, "verified-tls", false},
		{"name from DNS for partner", &sdk.Route{Security: "secure", NextHop: "b.example", Match: []string{"nexthop", "hostname"}}, "partner-tls", false},
		{"name from DNS where none is demanded", &sdk.Route{Security: "secure", Match: []string{"hostname"}}, "tls", true},
		{"name of a host that is named itself", &sdk.Route{Security: "secure", NextHop: "[mx.b.example]:25", Match: []string{"hostname"}}, "partner-tls", true},
		{"blank in next hop", &sdk.Route{Security: "secure", NextHop: "a b"}, "tls", false},
		{"transport in next hop", &sdk.Route{Security: "secure", NextHop: "smtp:[x]"}, "tls", false},
		{"attribute in match", &sdk.Route{Security: "secure", Match: []string{"x policy=y"}}, "tls", false},
		{"list in match", &sdk.Route{Security: "secure", Match: []string{"x:y"}}, "tls", false},
		{"new line in protocols", &sdk.Route{Security: "secure", Protocols: "x\ny"}, "tls", false},
		{"blank in exclude", &sdk.Route{Security: "secure", Exclude: "a b"}, "tls", false},
		{"grade", &sdk.Route{Security: "secure", Ciphers: "null"}, "tls", false},
		{"relative CA", &sdk.Route{Security: "secure", CAFile: "ca.pem"}, "tls", false},
		{"dots in CA", &sdk.Route{Security: "secure", CAFile: "/etc/../ca.pem"}, "tls", false},
		{"fingerprint", &sdk.Route{Security: "fingerprint", Match: []string{print16}}, "partner-tls", true},
		{"no fingerprint", &sdk.Route{Security: "fingerprint"}, "partner-tls", false},
		{"name for fingerprint", &sdk.Route{Security: "fingerprint", Match: []string{"mx.b.example"}}, "partner-tls", false},
	} {
		if err := checkRoute(c.route, c.level); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What policy forbids can't be delivered by any outcome.
func TestForbidden(t *testing.T) {
	for kind, ok := range map[string]bool{sdk.Replace: false, sdk.Deliver: false, sdk.Refuse: true, sdk.Taken: true, sdk.Retry: true} {
		o := sdk.Outcome{Kind: kind, Text: "x", Route: &sdk.Route{Security: "secure"}}
		if err := checkOutcome(o, "forbidden", 1); (err == nil) != ok {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// Notices go to the sender alone, and never to the null sender.
func TestNotices(t *testing.T) {
	for _, c := range []struct {
		name, sender, recipient string
		ok                      bool
	}{
		{"to the sender", "a@b.example", "a@b.example", true},
		{"to somebody else", "a@b.example", "c@d.example", false},
		{"to the null sender", "", "", false},
	} {
		w := &sdk.Task{Sender: c.sender}
		r := &Result{Outcomes: []sdk.Outcome{{Address: c.recipient, Kind: sdk.Replace}}, Copies: []Copy{{Notice: true, Content: &memory{}}}}
		if err := checkCopies(w, r); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\r\nb", 10)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 0), 1000)
		got := oneLine(s, limit)
		if len(got) > limit || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q", got)
		}
	})
}
