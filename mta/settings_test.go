package mta

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mainValue(s Settings, name string) string {
	for _, m := range s.Main {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

func option(s Settings, service, name string) (string, bool) {
	for _, v := range s.Services {
		for _, o := range v.Options {
			if v.Name == service && o.Name == name {
				return o.Value, true
			}
		}
	}
	return "", false
}

// What only later versions have is set for them alone.
func TestSettingsByVersion(t *testing.T) {
	for version, want := range map[string]struct {
		action   string
		required bool
	}{
		"3.7.11":   {"tempfail", false},
		"3.10.1":   {"tempfail", true},
		"3.11.6":   {"shutdown", true},
		"4.0-2027": {"shutdown", true},
	} {
		v, err := ParseVersion(version)
		must(t, err)
		s := PostfixSettings(NewParams(v, Expand))
		if got := mainValue(s, "smtpd_milters"); !strings.Contains(got, "default_action="+want.action) {
			t.Errorf("%s: smtpd_milters = %s, want the action %s", version, got, want.action)
		}
		if got := mainValue(s, "non_smtpd_milters"); !strings.Contains(got, "default_action=tempfail") {
			t.Errorf("%s: non_smtpd_milters = %s", version, got)
		}
		if got := mainValue(s, "tls_required_enable") == "no"; got != want.required {
			t.Errorf("%s: tls_required_enable is no in main.cf: %v, want %v", version, got, want.required)
		}
		for _, service := range []string{"sealpost-tls", "sealpost-verified-tls", "sealpost-partner-tls"} {
			value, has := option(s, service, "tls_required_enable")
			if has != want.required || has && value != "no" {
				t.Errorf("%s: %s has tls_required_enable %q %v, want it: %v", version, service, value, has, want.required)
			}
		}
	}
	for _, bad := range []string{"", "3", "x.y", "3.", ".7"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("%q was read as %v", bad, v)
		}
	}
}

// Each enforcing service has its floor, asks its own table, and never falls
// back to a relay.
func TestTLSServicesHaveAFloor(t *testing.T) {
	s := PostfixSettings(NewParams(Version{3, 7}, Expand))
	for service, want := range map[string][2]string{
		"sealpost-tls":          {"encrypt", "socketmap:unix:sealpost/map:tls"},
		"sealpost-verified-tls": {"secure", "socketmap:unix:sealpost/map:verified-tls"},
		"sealpost-partner-tls":  {"secure", "socketmap:unix:sealpost/map:partner-tls"},
	} {
		level, _ := option(s, service, "smtp_tls_security_level")
		table, _ := option(s, service, "smtp_tls_policy_maps")
		relay, has := option(s, service, "smtp_fallback_relay")
		if level != want[0] || table != want[1] || relay != "" || !has {
			t.Errorf("%s: level %q, table %q, fallback relay %q %v", service, level, table, relay, has)
		}
	}
}

// Stronger values that were there stay; weaker ones don't.
func TestSettingsKeepWhatIsStronger(t *testing.T) {
	p := NewParams(Version{3, 9}, Expand).Over(map[string]string{
		"smtp_tls_security_level": "dane", "smtp_tls_loglevel": "2", "smtpd_forbid_bare_newline": "reject",
		"internal_mail_filter_classes": "notify", "smtpd_milters": "inet:a:1, { unix:sealpost/milter, default_action=accept }",
	})
	s := PostfixSettings(p)
	got := map[string]string{}
	for _, name := range []string{"smtp_tls_security_level", "smtp_tls_loglevel", "smtpd_forbid_bare_newline", "internal_mail_filter_classes"} {
		got[name] = mainValue(s, name)
	}
	want := map[string]string{"smtp_tls_security_level": "dane", "smtp_tls_loglevel": "2", "smtpd_forbid_bare_newline": "reject", "internal_mail_filter_classes": "notify, bounce"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := SplitList(mainValue(s, "smtpd_milters")); len(m) != 2 || m[0] != "inet:a:1" || strings.Contains(m[1], "accept") {
		t.Errorf("smtpd_milters is %q: want the old one in front, and ours once, without accept", m)
	}
}

// What the site had stands behind Sealpost's tables, which answer for marks
// and partners alone; and ours stand there once.
func TestOurTablesComeFirst(t *testing.T) {
	for _, later := range []string{Expand, Strict} {
		p := NewParams(Version{3, 7}, later)
		p.Existing = map[string]string{
			"transport_maps":       "regexp:/site, hash:/site, socketmap:unix:sealpost/map:transport",
			"smtp_tls_policy_maps": "hash:/policy",
		}
		s := PostfixSettings(p)
		want := map[string]string{
			"transport_maps":       "regexp:/etc/sealpost/postfix/transport, socketmap:unix:sealpost/map:transport, regexp:/site, hash:/site",
			"smtp_tls_policy_maps": "socketmap:unix:sealpost/map:tlspolicy, hash:/policy",
		}
		got := map[string]string{}
		for name := range want {
			got[name] = mainValue(s, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", later, diff)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for listen, want := range map[string]string{
		"unix:/var/spool/postfix/sealpost/milter": "unix:sealpost/milter",
		"unix:/run/sealpost/milter":               "unix:/run/sealpost/milter",
		"unix:/var/spool/postfix2/milter":         "unix:/var/spool/postfix2/milter",
		"tcp:127.0.0.1:8899":                      "inet:127.0.0.1:8899",
	} {
		if got := Endpoint(listen, "/var/spool/postfix"); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
	if name, err := ReinjectName("unix:/var/spool/postfix/public/in", "/var/spool/postfix"); err != nil || name != "in" {
		t.Errorf("%q %v", name, err)
	}
	if _, err := ReinjectName("unix:/run/in", "/var/spool/postfix"); err == nil {
		t.Error("a socket that Postfix can't make was taken")
	}
}

func TestEntryOption(t *testing.T) {
	e := "x unix - - n - - smtpd -o a=1 -o { b = 2, 3 } -o c= -o d=4,5"
	for name, want := range map[string]string{"a": "1", "b": "2, 3", "c": "", "d": "4,5"} {
		if got, ok := entryOption(e, name); !ok || got != want {
			t.Errorf("%s: %q %v, want %q", name, got, ok, want)
		}
	}
	if got, ok := entryOption(e, "o"); ok {
		t.Errorf("o: %q", got)
	}
}

// A list that was split and joined again splits into the same.
func FuzzSplitList(f *testing.F) {
	for _, s := range []string{"a, b", "{ unix:x, a=b } c", "a,{b,{c d}} e", "}{", "", "inline:{{a=b}, {c=d}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := SplitList(s)
		if again := SplitList(strings.Join(list, ", ")); !slices.Equal(list, again) {
			t.Errorf("%q: %q, then %q", s, list, again)
		}
	})
}
