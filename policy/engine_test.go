package policy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

const strict = `package sealpost.topic.strict

# METADATA
# title: Strict
# description: Nothing leaves.
# custom:
#   id: strict
require contains {"level": "forbidden", "rule": "strict", "reason": "Nothing leaves."} if input.recipient.kind != "local"
`

func level(t *testing.T, g *Generation, address string) Level {
	t.Helper()
	d, err := g.Decide(context.Background(), samples()[0], []Recipient{{Address: address}})
	if err != nil {
		t.Fatal(err)
	}
	return d.Recipients[0].Level
}

// A broken policy is refused whole, the old one stays and decides on, and the
// status says why; the mended one is taken.
func TestReload(t *testing.T) {
	s := newShipped(t)
	e, err := NewEngine(context.Background(), s.source(), BuildOptions{Deadline: 10 * time.Second, RunTests: true})
	if err != nil {
		t.Fatal(err)
	}
	first := e.Current()
	for what, change := range map[string]struct{ file, text, says string }{
		"syntax":      {"strict.rego", strings.Replace(strict, "contains {", "contains {{", 1), "strict.rego:8"},
		"word":        {"strict.rego", strings.Replace(strict, "local", "locl", 1), `did you mean "local"?`},
		"own test":    {"strict_test.rego", "package sealpost.topic.strict_test\n\ntest_never if 1 == 2\n", "strict_test.rego:3: data.sealpost.topic.strict_test.test_never fails"},
		"no data":     {"", "", "data.sealpost.secure_subject"},
		"all at once": {"strict.rego", strings.Replace(strings.Replace(strict, "local", "locl", 1), `"forbidden"`, `"forbiden"`, 1), `did you mean "forbidden"?`},
	} {
		if change.file == "" {
			rules := s.data["rules.yaml"]
			delete(s.data, "rules.yaml")
			err = e.Reload(context.Background())
			s.data["rules.yaml"] = rules
		} else {
			s.rego[change.file] = &fstest.MapFile{Data: []byte(change.text)}
			err = e.Reload(context.Background())
			delete(s.rego, change.file)
		}
		mistakes := Mistakes{}
		if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), change.says) {
			t.Errorf("%s: %v", what, err)
		}
		status := e.Status()
		if e.Current() != first || status.Revision != first.Revision() || !strings.Contains(status.Refused, change.says) || status.RefusedAt.IsZero() {
			t.Errorf("%s: status %+v", what, status)
		}
		if got := level(t, e.Current(), "a@b.example"); got != Opportunistic {
			t.Errorf("%s: level %s", what, got)
		}
	}
	s.rego["strict.rego"] = &fstest.MapFile{Data: []byte(strict)}
	if err := e.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	if status := e.Status(); status.Refused != "" || status.Revision == first.Revision() {
		t.Errorf("status %+v", status)
	}
	if a, b := level(t, e.Current(), "a@b.example"), level(t, first, "a@b.example"); a != Forbidden || b != Opportunistic {
		t.Errorf("new generation %s, the one a message began with %s", a, b)
	}
}

func TestNoEngineWithoutPolicy(t *testing.T) {
	s := newShipped(t)
	s.rego = fstest.MapFS{}
	if _, err := NewEngine(context.Background(), s.source(), BuildOptions{}); err == nil {
		t.Error("an empty folder gave an engine")
	}
	if _, err := NewEngine(context.Background(), Source{Data: s.data}, BuildOptions{}); err == nil || !strings.Contains(err.Error(), "holds no rules") {
		t.Errorf("no folder of rules: %v", err)
	}
	if _, err := NewEngine(context.Background(), Source{Policy: newShipped(t).rego}, BuildOptions{}); err == nil || !strings.Contains(err.Error(), "there is no data.sealpost.") {
		t.Errorf("no folder of data: %v", err)
	}
}

// Reloads under load: each decision is one generation's, never a mixture.
func TestReloadUnderLoad(t *testing.T) {
	s := newShipped(t).untested()
	src := s.source()
	src.Policy = &switching{now: s.rego}
	e, err := NewEngine(context.Background(), src, BuildOptions{Deadline: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	lax := e.Current().Revision()
	done := make(chan struct{})
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				g := e.Current()
				want := Forbidden
				if g.Revision() == lax {
					want = Opportunistic
				}
				d, err := g.Decide(context.Background(), samples()[0], []Recipient{{Address: "a@b.example"}, {Address: "a@c.example"}})
				if err != nil || d.Recipients[0].Level != want || d.Recipients[1].Level != want || d.Revision != g.Revision() {
					t.Errorf("%v %+v", err, d)
					return
				}
			}
		})
	}
	with := fstest.MapFS{"strict.rego": {Data: []byte(strict)}}
	for name, f := range s.rego {
		with[name] = f
	}
	for i := range 10 {
		src.Policy.(*switching).set(map[bool]fstest.MapFS{true: with, false: s.rego}[i%2 == 0])
		if err := e.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	workers.Wait()
}

// Watch sees a file written in place, one renamed over another, and a folder
// that is a link to another one now; a broken file leaves the old policy.
func TestWatch(t *testing.T) {
	root := t.TempDir()
	s := newShipped(t).untested()
	for _, folder := range []string{"v1", "v2"} {
		write(t, filepath.Join(root, folder), s.rego)
	}
	write(t, filepath.Join(root, "v2"), fstest.MapFS{"strict.rego": {Data: []byte(strict)}})
	write(t, filepath.Join(root, "data"), s.data)
	link(t, "v1", filepath.Join(root, "rego"))
	src := Source{Policy: os.DirFS(filepath.Join(root, "rego")), Data: os.DirFS(filepath.Join(root, "data"))}
	e, err := NewEngine(context.Background(), src, BuildOptions{Deadline: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	reloads, ended := make(chan error, 100), make(chan error, 1)
	began := make(chan struct{})
	go func() {
		close(began)
		ended <- e.Watch(ctx, func(err error) { reloads <- err }, filepath.Join(root, "rego"), filepath.Join(root, "data"))
	}()
	<-began
	own := filepath.Join(root, "rego", "own.rego")
	// until repeats a change until it has the effect: the watcher may not
	// have begun at the first one.
	until := func(what string, change func(), effect func(error) bool) {
		t.Helper()
		for range 20 {
			change()
			select {
			case err := <-reloads:
				if effect(err) {
					return
				}
			case <-time.After(3 * time.Second):
			}
		}
		t.Fatalf("%s: nothing happened", what)
	}
	forbidden := func(err error) bool { return err == nil && level(t, e.Current(), "a@b.example") == Forbidden }
	free := func(err error) bool { return err == nil && level(t, e.Current(), "a@b.example") == Opportunistic }
	until("written in place", func() { put(t, own, strict) }, forbidden)
	until("broken", func() { put(t, own, "package sealpost.topic.own\n\nrequire contains {") }, func(err error) bool {
		return err != nil && level(t, e.Current(), "a@b.example") == Forbidden && e.Status().Refused != ""
	})
	until("renamed over", func() {
		put(t, own+"~", "package sealpost.topic.own\n")
		if err := os.Rename(own+"~", own); err != nil {
			t.Fatal(err)
		}
	}, free)
	until("link exchanged", func() { link(t, "v2", filepath.Join(root, "rego")) }, forbidden)
	until("written behind the link", func() {
		put(t, filepath.Join(root, "v2", "strict.rego"), "package sealpost.topic.strict\n")
	}, free)
	until("data", func() {
		put(t, filepath.Join(root, "data", "organisation.yaml"), "partners:\n  b.example: {name: B, level: tls}\n")
	}, func(err error) bool { return err == nil && level(t, e.Current(), "a@b.example") == TLS })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWatchNothing(t *testing.T) {
	e := &Engine{}
	if err := e.Watch(context.Background(), func(error) {}, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that isn't there is watched")
	}
}

func write(t *testing.T, folder string, files fstest.MapFS) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, f := range files {
		put(t, filepath.Join(folder, name), string(f.Data))
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link exchanges a symbolic link in one step.
func link(t *testing.T, to, path string) {
	t.Helper()
	if err := errors.Join(os.Symlink(to, path+".new"), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}
