package integration

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// twin is a case with one guard taken away. It has to fail: else the case
// would pass without the guard, too, and prove nothing.
type twin struct {
	name, dir, of string
	// faults switches a guard of the daemon off (package fault).
	faults string
	// break changes Postfix's settings.
	change func(main map[string]string, services []string) []string
	// want is found in what the case complains about.
	want string
}

func twins() []twin {
	return []twin{
		{name: "marks of clients are believed", dir: "cases", of: "own-mark", faults: "off:gateway.refuse-marks",
			want: "reply to RCPT 1"},
		{name: "the gateway isn't asked", dir: "cases", of: "reject", want: "the last reply",
			change: func(main map[string]string, services []string) []string {
				delete(main, "smtpd_milters")
				return services
			}},
		{name: "the gateway isn't asked about mail made here", dir: "cases", of: "sendmail-refused", want: "sink internet none",
			change: func(main map[string]string, services []string) []string {
				delete(main, "non_smtpd_milters")
				return services
			}},
		{name: "an absent gateway doesn't matter", dir: "cases", of: "daemon-down", want: "the last reply",
			change: func(main map[string]string, services []string) []string {
				main["smtpd_milters"] = strings.ReplaceAll(main["smtpd_milters"], "tempfail", "accept")
				return services
			}},
		{name: "Postfix's TLS is left to chance", dir: "cases", of: "level-tls-refused", want: "arrived",
			change: func(_ map[string]string, services []string) []string {
				policy := regexp.MustCompile(` -o (\{ )?smtp_tls_(policy_maps|security_level) ?=[^-]*`)
				for i, s := range services {
					if strings.HasPrefix(s, "sealpost-tls ") {
						services[i] = policy.ReplaceAllString(s, " ") + " -o smtp_tls_security_level=may -o smtp_tls_policy_maps="
					}
				}
				return services
			}},
		{name: "members of aliases aren't looked at", dir: "strict", of: "alias-forbidden", want: "sink internet none",
			change: func(main map[string]string, services []string) []string {
				main["transport_maps"] = ""
				return services
			}},
	}
}

// TestNegativeTwins takes one guard away at a time, and sees the case that
// guards it fail.
func TestNegativeTwins(t *testing.T) {
	built := programs(t, "faults")
	for _, w := range twins() {
		t.Run(w.name, func(t *testing.T) {
			cases := readCases(t, w.dir)
			i := slices.IndexFunc(cases, func(c testCase) bool { return c.name == w.of })
			if i < 0 {
				t.Fatalf("there is no case %s/%s", w.dir, w.of)
			}
			got := w.play(t, built, cases[i])
			if !strings.Contains(strings.Join(got, "\n"), w.want) {
				t.Errorf("the case %s should fail with %q, but says %q", w.of, w.want, got)
			}
		})
	}
}

func (w twin) play(t *testing.T, programs Programs, c testCase) []string {
	mode := mta.Expand
	if w.dir == "strict" {
		mode = mta.Strict
	}
	r := newRig(t)
	s, err := r.NewSealpost(SealpostOptions{Programs: programs, LaterRecipients: mode, Plugins: handlers(r),
		Env: map[string]string{"SEALPOST_FAULTS": w.faults}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if err := s.WritePolicy(withBase(t, c.policy)); err != nil {
		t.Fatal(err)
	}
	main, services, files, err := s.PostfixLines(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.change != nil {
		before := maps.Clone(main)
		lines := slices.Clone(services)
		services = w.change(main, services)
		if maps.Equal(before, main) && slices.Equal(lines, services) {
			t.Fatal("the change changes nothing")
		}
	}
	ctx := deadline(t, time.Minute)
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(ctx, main, services, files); err != nil {
		t.Fatal(err)
	}
	var list complaints
	runCase(t, &list, r, s, c, 8*time.Second)
	return list
}

// complaints collects what a case says.
type complaints []string

func (c *complaints) Helper() {}

func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}
