package message

import (
	"strings"
	"testing"
)

func TestDomainAndLocal(t *testing.T) {
	for _, tt := range []struct{ address, local, domain string }{
		{"bob@Example.COM.", "bob", "example.com"},
		{`"a@b"@c`, `"a@b"`, "c"},
		{`"a\"@b"@c`, `"a\"@b"`, "c"},
		{`"a@b"`, `"a@b"`, ""},
		{`"a@b`, `"a`, "b"},
		{"a@b@c", "a@b", "c"},
		{"@hop,@hop2:bob@c", "bob", "c"},
		{"bob@[192.0.2.1]", "bob", "[192.0.2.1]"},
		{"bob@[IPv6:2001:DB8::1]", "bob", "[ipv6:2001:db8::1]"},
		{"postmaster", "postmaster", ""},
		{"", "", ""}, {"@", "", ""}, {"@c", "", "c"}, {"a@", "a", ""},
		{"用户@例子.广告", "用户", "例子.广告"},
	} {
		if l, d := Local(tt.address), Domain(tt.address); l != tt.local || d != tt.domain {
			t.Errorf("%s: local %q, domain %q", tt.address, l, d)
		}
	}
}

func TestCheckSuffix(t *testing.T) {
	const suffix = ".abc.tls.example.invalid"
	label := strings.Repeat("a", 63)
	long := strings.Repeat(label+".", 3) + "example"
	for address, want := range map[string]string{
		"bob@partner.example":                   "",
		"Bob.O'Neil+x=y@Partner_1.example":      "",
		`"a b"@c.example`:                       "",
		`"a@b\""@c.example`:                     "",
		"用户@例子.广告":                              "",
		"a..b.@c.example":                       "",
		"bob":                                   "no domain",
		"@c.example":                            "no local part",
		"bob@[192.0.2.1]":                       "literal",
		"bob@c.example.":                        "empty label",
		"bob@c..example":                        "empty label",
		"bob@" + label + "a.example":            "label of the domain is too long",
		"b@" + long + strings.Repeat(".a", 16):  "domain is too long",
		strings.Repeat("a", 240) + "@c.example": "address is too long",
		"bob@-c.example":                        "hyphen",
		"bob@c d.example":                       "character",
		"bob@c\r\n.example":                     "character",
		"a b@c.example":                         "local part",
		"a@b@c.example":                         "local part",
		`"a"b@c.example`:                        "local part",
		`"a` + "\r" + `"@c.example`:             "local part",
		"a,b@c.example":                         "local part",
	} {
		err := CheckSuffix(address, suffix)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", address, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", address, err, want)
		}
	}
	// Exactly as long as allowed.
	fit := 254 - len("@c.example"+suffix)
	if err := CheckSuffix(strings.Repeat("a", fit)+"@c.example", suffix); err != nil {
		t.Error(err)
	}
	if err := CheckSuffix(strings.Repeat("a", fit+1)+"@c.example", suffix); err == nil {
		t.Error("255 bytes are taken")
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`"a@b"@c`)
	f.Add("@x,@y:a@b")
	f.Fuzz(func(t *testing.T, address string) {
		local, domain := split(address)
		if strings.Contains(domain, "@") || !strings.Contains(address, local) || !strings.HasSuffix(address, domain) {
			t.Errorf("%q: local %q, domain %q", address, local, domain)
		}
		if CheckSuffix(address, ".invalid") == nil && (local == "" || domain == "" || strings.ContainsAny(address, "\r\n\x00")) {
			t.Errorf("%q can carry a suffix", address)
		}
	})
}
