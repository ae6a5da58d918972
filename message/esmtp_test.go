package message

import "testing"

func TestXText(t *testing.T) {
	for plain, want := range map[string]string{
		"":                   "",
		"bob@example.com":    "bob@example.com",
		`"a b"+c=d@e.com`:    `"a+20b"+2Bc+3Dd@e.com`,
		"ü":                  "+C3+BC",
		"tab\tnl\r\n\x00del": "tab+09nl+0D+0A+00del",
	} {
		if got := XText(plain); got != want {
			t.Errorf("XText(%q) = %q, want %q", plain, got, want)
		}
		if back, err := UnXText(want); err != nil || back != plain {
			t.Errorf("UnXText(%q) = %q, %v", want, back, err)
		}
	}
	if got, err := UnXText("a+2bb"); err != nil || got != "a+b" {
		t.Errorf("lower-case digits: %q, %v", got, err)
	}
	for _, bad := range []string{"+", "+2", "a+", "+ZZ", "a b", "a=b", "a\x7f", "a\r\nb"} {
		if got, err := UnXText(bad); err == nil {
			t.Errorf("UnXText(%q) = %q", bad, got)
		}
	}
}

func FuzzXText(f *testing.F) {
	f.Add("a+b=c")
	f.Fuzz(func(t *testing.T, s string) {
		if back, err := UnXText(XText(s)); err != nil || back != s {
			t.Errorf("%q comes back as %q, %v", s, back, err)
		}
		if plain, err := UnXText(s); err == nil {
			if again, err := UnXText(XText(plain)); err != nil || again != plain {
				t.Errorf("%q: %q, %v", plain, again, err)
			}
		}
	})
}

func TestArg(t *testing.T) {
	args := []string{"SIZE=100", "smtputf8", "ORCPT=rfc822;a+3Db", "ORCPT=second"}
	for _, tt := range []struct {
		name, value string
		ok          bool
	}{
		{"SIZE", "100", true}, {"SMTPUTF8", "", true}, {"orcpt", "rfc822;a+3Db", true}, {"NOTIFY", "", false}, {"SIZ", "", false},
	} {
		if v, ok := Arg(args, tt.name); v != tt.value || ok != tt.ok {
			t.Errorf("Arg(%s) = %q, %v", tt.name, v, ok)
		}
	}
}
