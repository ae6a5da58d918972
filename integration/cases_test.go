package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// handlers are the plugins of the cases, with their settings.
func handlers(r *Rig) map[string]any {
	return map[string]any{
		"tls":        map[string]any{},
		"reject":     map[string]any{},
		"notify":     map[string]any{"from": "postmaster@" + OurDomain},
		"testplugin": map[string]any{},
	}
}

// TestCases sends the messages of testdata through a real Postfix and the real
// daemon, and looks at what arrives.
func TestCases(t *testing.T) {
	built := programs(t)
	t.Run("cases", func(t *testing.T) {
		runCases(t, "cases", SealpostOptions{Programs: built, LaterRecipients: mta.Expand})
	})
	t.Run("strict", func(t *testing.T) {
		runCases(t, "strict", SealpostOptions{Programs: built, LaterRecipients: mta.Strict})
	})
	// With a gateway whose patience is short.
	t.Run("late", func(t *testing.T) {
		runCases(t, "late", SealpostOptions{Programs: built, LaterRecipients: mta.Expand, Patience: 3 * time.Second, PluginTime: 2 * time.Second})
	})
}

func runCases(t *testing.T, dir string, opts SealpostOptions) {
	r := newRig(t)
	opts.Plugins = handlers(r)
	s, err := r.NewSealpost(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if err := s.StartWithPostfix(deadline(t, time.Minute), nil); err != nil {
		t.Fatal(err)
	}
	inForce := map[string]string{"": "none yet"}
	for _, c := range readCases(t, dir) {
		t.Run(c.name, func(t *testing.T) {
			if !maps.Equal(inForce, c.policy) {
				if err := s.WritePolicy(withBase(t, c.policy)); err != nil {
					t.Fatal(err)
				}
				if err := s.Reload(deadline(t, 30*time.Second)); err != nil {
					t.Fatal(err)
				}
				inForce = c.policy
			}
			runCase(t, t, r, s, c, time.Minute)
		})
	}
}

// withBase adds the policy that all cases share.
func withBase(t *testing.T, own map[string]string) map[string]string {
	t.Helper()
	levels, err := os.ReadFile("testdata/policy/levels.rego")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"levels.rego": string(levels)}
	maps.Copy(all, own)
	return all
}

// runCase sends one case's message and tells out what isn't as it wants.
// patience is how long what is wanted may take.
func runCase(t *testing.T, out reporter, r *Rig, s *Sealpost, c testCase, patience time.Duration) {
	ctx := deadline(t, 2*time.Minute)
	k := &checker{t: t, out: out, r: r, s: s, c: c, from: fileSize(s.Log)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the daemon's log:\n%s", s.LogTail(15))
			t.Logf("end of Postfix's log:\n%s", r.Gateway.LogTail(15))
		}
		clean(t, r, s)
	})
	for _, words := range c.do {
		if err := k.step(ctx, words); err != nil {
			t.Fatalf("%s: %v", strings.Join(words, " "), err)
		}
	}
	k.check(deadline(t, patience))
}

// clean leaves the rig as the next case expects it.
func clean(t *testing.T, r *Rig, s *Sealpost) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.Thaw()
	select {
	case <-s.Ended():
		if err := s.Start(ctx); err != nil {
			t.Error(err)
		}
	default:
	}
	if err := r.Gateway.Drop(); err != nil {
		t.Error(err)
	}
	if err := r.Gateway.WaitEmpty(ctx); err != nil {
		t.Error(err)
	}
	if err := r.Aliases(nil); err != nil {
		t.Error(err)
	}
	r.Forget()
}

// step does one line of a case's section "do".
func (k *checker) step(ctx context.Context, w []string) error {
	r := k.r
	switch w[0] {
	case "send":
		return k.send(ctx)
	case "refuse": // refuse SINK PATTERN REPLY
		r.Sinks[w[1]].Refuse(w[2], strings.Join(w[3:], " "))
		return nil
	case "accept": // accept SINK PATTERN
		r.Sinks[w[1]].Refuse(w[2], "")
		return nil
	case "deferred": // deferred TEXT: wait until such a recipient was deferred
		_, err := r.Gateway.WaitDeferred(ctx, w[1])
		return err
	case "requeue":
		return r.Gateway.Requeue()
	case "kill": // the daemon
		k.s.Kill()
		return nil
	case "start":
		return k.s.Start(ctx)
	case "aliases": // aliases FROM TO,TO
		if err := r.Aliases(map[string]string{w[1]: w[2]}); err != nil {
			return err
		}
		return r.Gateway.Reload(ctx)
	case "main": // main NAME VALUE: one line of the gateway's main.cf, for this case
		return k.main(ctx, w[1], strings.Join(w[2:], " "))
	}
	return fmt.Errorf("not understood")
}

func (k *checker) main(ctx context.Context, name, value string) error {
	g := k.r.Gateway
	before := g.Main()
	after := g.Main()
	after[name] = value
	if err := g.Configure(after, g.opts.Services, nil); err != nil {
		return err
	}
	k.t.Cleanup(func() {
		if err := g.Configure(before, g.opts.Services, nil); err != nil {
			k.t.Error(err)
		}
		if err := g.Reload(context.Background()); err != nil {
			k.t.Error(err)
		}
	})
	return g.Reload(ctx)
}

// send hands the message in, the way that the case's envelope says.
func (k *checker) send(ctx context.Context) (err error) {
	if k.c.opts.sendmail {
		args := []string{"-t", "-f", k.c.mail.From}
		return k.r.Gateway.Submit(bytes.ReplaceAll(k.c.mail.Data, []byte("\r\n"), []byte("\n")), args...)
	}
	opts := ClientOptions{Local: k.c.opts.local}
	if k.c.opts.tls {
		opts.TLS = k.r.ClientTLS()
	}
	c, err := Dial(ctx, GatewayAddr, opts)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		k.res = Result{Final: refused.Reply}
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	if !k.c.opts.pipelined {
		k.res, err = c.Send(k.c.mail)
		return err
	}
	all, err := c.SendPipelined(k.c.mail, k.c.mail)
	if err == nil {
		k.res = all[len(all)-1]
	}
	return err
}
