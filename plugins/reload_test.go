package plugins

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// While a plugin is replaced, no call fails, and calls in work end in the old
// process.
func TestBlueGreen(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	slow := make(chan error, 1)
	go func() {
		r, err := handle(h, task("slow", "bob+slow@c.example"), mail(100))
		if err == nil {
			r.Close()
		}
		slow <- err
	}()
	until(t, "the slow call is in work", func() bool { return h.Status()[0].Calls == 1 })

	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	var calls atomic.Int64
	for range 3 {
		work.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				r, err := handle(h, task(fmt.Sprint(i), "bob@c.example"), mail(1000))
				if err != nil {
					t.Errorf("a call failed: %v", err)
					return
				}
				r.Close()
				calls.Add(1)
			}
		})
	}
	for i := range 5 {
		changed := testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_VERSION": fmt.Sprint(i + 2)} })
		if err := h.Reload(t.Context(), []Config{changed}); err != nil {
			t.Fatal(err)
		}
		if s := h.Status()[0]; s.Version != fmt.Sprint(i+2) || s.State != Up {
			t.Errorf("%+v", s)
		}
	}
	stop()
	work.Wait()
	if err := <-slow; err != nil {
		t.Errorf("the call in work when the plugin was replaced: %v", err)
	}
	t.Logf("%d calls during 5 replacements", calls.Load())
}

// A new configuration of which one plugin doesn't come up changes nothing.
func TestReloadWholeOrNot(t *testing.T) {
	h, _ := start(t, quick(), testPlugin(nil))
	pid := h.Status()[0].Pid
	bad := testPlugin(func(c *Config) { c.Name, c.Path = "second", "/no/such/program" })
	changed := testPlugin(func(c *Config) { c.Env = map[string]string{"TESTPLUGIN_VERSION": "9"} })
	err := h.Reload(t.Context(), []Config{changed, bad})
	if err == nil || !strings.Contains(err.Error(), "second") {
		t.Errorf("%v", err)
	}
	if s := h.Status(); len(s) != 1 || s[0].Pid != pid || s[0].Version != "1" {
		t.Errorf("%+v", s)
	}
	// A second plugin, and then without the first.
	second := testPlugin(func(c *Config) { c.Name, c.Env = "second", map[string]string{"TESTPLUGIN_TREATMENTS": "hold"} })
	if err := h.Reload(t.Context(), []Config{testPlugin(nil), second}); err != nil {
		t.Fatal(err)
	}
	if s := h.Status(); len(s) != 2 || s[0].Pid != pid {
		t.Errorf("the first was touched: %+v", s)
	}
	if err := h.Reload(t.Context(), []Config{second}); err != nil {
		t.Fatal(err)
	}
	until(t, "the first has ended", func() bool { return !alive(pid) })
	if got := strings.Join(h.Treatments(), " "); got != "hold" {
		t.Errorf("treatments: %s", got)
	}
}

// Where two plugins describe the same treatment, the first has it, and only it.
func TestTwoForOneTreatment(t *testing.T) {
	second := testPlugin(func(c *Config) { c.Name, c.Env = "second", map[string]string{"TESTPLUGIN_DO": "refuse"} })
	h, _ := start(t, quick(), testPlugin(nil), second)
	r, err := handle(h, task("k", "bob@c.example"), mail(100))
	if err != nil || r.Outcomes[0].Kind != sdk.Replace {
		t.Fatalf("%v %v", r, err)
	}
	r.Close()
	if st := h.Status(); len(st[0].Took) != 0 || len(st[1].Took) != 5 {
		t.Errorf("%+v", st)
	}
}
