package mta

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// existing is what an operator may have had before.
const existing = `transport_maps = inline:{{partner.example=smtp:[127.0.0.1]:7777}}
smtpd_milters = inet:127.0.0.1:1, { unix:other/milter, default_action=accept }
smtp_generic_maps = inline:{{a@b.example=c@d.example}}
`

// What Apply sets works on a live Postfix, is set once, and Undo gives back
// the very bytes that were there.
func TestApplyAndUndo(t *testing.T) {
	for name, c := range map[string]struct{ main, later string }{
		"bare expand":     {"", Expand},
		"bare strict":     {"", Strict},
		"existing expand": {strings.Replace(existing, "inet:127.0.0.1:1, { unix:other/milter, default_action=accept }", "", 1), Expand},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			in := newInstance(t, c.main)
			in.start(t)
			in.gateway(t)
			before := in.config(t)
			pf := in.postfix(t)
			p := in.params(t, pf, c.later)
			if list := pf.Problems(ctx, p); len(list) > 0 {
				t.Fatalf("problems: %+v", list)
			}
			done, err := pf.Apply(ctx, p, func(ctx context.Context) ([]string, error) { return pf.Verify(ctx, p) })
			must(t, err)
			if len(done.Changed) == 0 || len(done.Checks) != 6 {
				t.Errorf("changed %q, checks %q; want changes and 6 checks", done.Changed, done.Checks)
			}
			applied := in.config(t)

			again := in.postfix(t)
			done, err = again.Apply(ctx, in.params(t, again, c.later), nil)
			must(t, err)
			if len(done.Changed) > 0 {
				t.Errorf("the second time changed %q", done.Changed)
			}
			if diff := cmp.Diff(applied, in.config(t)); diff != "" {
				t.Errorf("the second time changed the files:\n%s", diff)
			}

			exact, err := again.Undo(ctx, p)
			must(t, err)
			if !exact {
				t.Error("undo says that it wasn't exact")
			}
			if diff := cmp.Diff(before, in.config(t)); diff != "" {
				t.Errorf("undo left a difference:\n%s", diff)
			}
			if _, err := os.Stat(p.Files); !os.IsNotExist(err) {
				t.Errorf("undo left the tables: %v", err)
			}
			if _, err := again.Undo(ctx, p); !errors.Is(err, ErrNothingToUndo) {
				t.Errorf("second undo: %v, want %v", err, ErrNothingToUndo)
			}
		})
	}
}

// When what comes after the change fails, nothing stays changed.
func TestApplyIsRolledBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	in := newInstance(t, "")
	in.start(t) // no gateway: its sockets are not there
	before := in.config(t)
	pf := in.postfix(t)
	p := in.params(t, pf, Expand)
	_, err := pf.Apply(ctx, p, func(ctx context.Context) ([]string, error) { return pf.Verify(ctx, p) })
	if err == nil || !strings.Contains(err.Error(), "everything was put back") {
		t.Fatalf("err = %v, want that everything was put back", err)
	}
	if diff := cmp.Diff(before, in.config(t)); diff != "" {
		t.Errorf("left a difference:\n%s", diff)
	}
	if list, _ := os.ReadDir(p.Files); len(list) > 0 {
		t.Errorf("left %v", list)
	}
}

// An Apply that died half-way is taken back by Undo, and not built upon.
func TestUndoAfterDeath(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	in := newInstance(t, "")
	before := in.config(t)
	pf := in.postfix(t)
	p := in.params(t, pf, Expand)
	must(t, os.MkdirAll(p.Files, 0o755))
	_, err := pf.begin(p, PostfixSettings(p), nil)
	must(t, err)
	sh(t, "postconf -c "+in.dir+" -e 'smtpd_milters = "+p.Milter+"'")
	if _, err := pf.Apply(ctx, p, nil); err == nil || !strings.Contains(err.Error(), "--undo") {
		t.Errorf("apply: %v, want a pointer to --undo", err)
	}
	exact, err := pf.Undo(ctx, p)
	must(t, err)
	if diff := cmp.Diff(before, in.config(t)); diff != "" || !exact {
		t.Errorf("exact %v, difference:\n%s", exact, diff)
	}
}

// What an operator changed after Apply stays when it is undone; only our own
// entries go.
func TestUndoAfterEdits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	in := newInstance(t, existing)
	pf := in.postfix(t)
	p := in.params(t, pf, Expand)
	_, err := pf.Apply(ctx, p, nil)
	must(t, err)
	sh(t, "postconf -c "+in.dir+` -e 'relayhost = [127.0.0.1]:9' 'smtp_tls_loglevel = 2' "transport_maps = $(postconf -c `+in.dir+` -h transport_maps), inline:{{x.example=smtp:}}"`)
	exact, err := in.postfix(t).Undo(ctx, p)
	must(t, err)
	if exact {
		t.Error("undo says that it was exact")
	}
	after := in.postfix(t)
	got := map[string]string{}
	for _, name := range []string{"relayhost", "smtp_tls_loglevel", "transport_maps", "smtpd_milters", "non_smtpd_milters", "smtp_tls_policy_maps"} {
		got[name] = after.Main[name]
	}
	want := map[string]string{
		"relayhost": "[127.0.0.1]:9", "smtp_tls_loglevel": "2",
		"transport_maps":    "inline:{{partner.example=smtp:[127.0.0.1]:7777}}, inline:{{x.example=smtp:}}",
		"smtpd_milters":     "inet:127.0.0.1:1, { unix:other/milter, default_action=accept }",
		"non_smtpd_milters": "", "smtp_tls_policy_maps": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, e := range after.Entries {
		if ownEntry(e) {
			t.Errorf("left in master.cf: %s", e)
		}
	}
}
