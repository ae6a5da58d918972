package plugins

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// Verify runs a plugin through everything that the host relies on and writes a
// line for each check: "ok" or "FAILED", what was checked, and what was found.
// The error says how many checks failed. cfg needs a path and whatever
// settings and environment the program wants; the program is started several
// times, and works on made-up messages to addresses under example.invalid.
func Verify(ctx context.Context, cfg Config, w io.Writer) error {
	if cfg.Name == "" {
		cfg.Name = "plugin"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	dir, err := os.MkdirTemp("", "sealpost-verify")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h, err := New(Options{Plugins: []Config{cfg}, SocketDir: filepath.Join(dir, "s"), NewContent: func() (Content, error) { return &heap{}, nil },
		Timing: Timing{Slow: time.Second, Wait: 3 * time.Second}})
	if err != nil {
		return err
	}
	if err := h.Start(ctx); err != nil {
		return err
	}
	defer h.Close(ctx)
	v := &verification{host: h, w: w, ctx: ctx}
	v.all()
	if v.failed > 0 {
		return fmt.Errorf("%d of %d checks failed", v.failed, v.done)
	}
	return nil
}

// heap is a Content in memory.
type heap struct{ bytes.Buffer }

func (h *heap) Reader() io.ReadSeeker { return bytes.NewReader(h.Bytes()) }
func (h *heap) Size() int64           { return int64(h.Len()) }
func (h *heap) Close() error          { return nil }

// verification is one run of Verify.
type verification struct {
	host         *Host
	w            io.Writer
	ctx          context.Context
	done, failed int
}

// check runs one check. What it returns is a remark or what is wrong.
func (v *verification) check(what string, f func() (string, error)) bool {
	remark, err := f()
	v.done++
	if err != nil {
		v.failed++
		fmt.Fprintf(v.w, "FAILED  %s: %v\n", what, err)
		return false
	}
	if remark != "" {
		remark = ": " + remark
	}
	fmt.Fprintf(v.w, "ok      %s%s\n", what, remark)
	return true
}

func (v *verification) status() Status { return v.host.Status()[0] }

func (v *verification) all() {
	up := v.check("handshake, describe, configure", func() (string, error) {
		s := v.status()
		if s.State != Up {
			return "", errors.New(s.LastError)
		}
		return fmt.Sprintf("version %q, treatments %s", s.Version, strings.Join(s.Treatments, " ")), nil
	})
	if !up {
		return
	}
	v.check("settings that make no sense are found, not taken", v.settings)
	for _, treatment := range v.status().Treatments {
		v.treatment(treatment)
	}
	if v.status().Inspects {
		v.check("inspect: 1 MiB of text", v.inspect)
	}
	v.check("a caller who gives up does no harm", v.giveUp)
	v.check("frozen (SIGSTOP): found and replaced", func() (string, error) { return v.replaced(syscall.SIGSTOP) })
	v.check("killed (SIGKILL): replaced", func() (string, error) { return v.replaced(syscall.SIGKILL) })
	v.check("ends on SIGTERM", v.term)
}

// settings hands over nonsense, to look at only.
func (v *verification) settings() (string, error) {
	found, err := v.connection().Configure(v.ctx, []byte(`{"no-such-setting-anywhere": true}`), true)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("an unknown setting was taken without a word: a misspelt one would be too")
	}
	return found[0].Path + ": " + found[0].Text, nil
}

func (v *verification) connection() *Connection {
	s := v.host.list()[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return NewConnection(s.name, dead{}, nil, nil, 0)
	}
	return s.cur.Connection
}

// treatment checks one treatment.
func (v *verification) treatment(name string) {
	v.check(name+": assess answers for each recipient", func() (string, error) {
		req := sdk.AssessRequest{Treatment: name, Sender: "sender@example.invalid", Size: 1000, Recipients: verifyTask(name, "").Recipients}
		got := v.host.Assess(v.ctx, req)
		var said []string
		for _, a := range got {
			if a.Ability == sdk.Unknown && strings.HasPrefix(a.Reason, "plugin ") {
				return "", errors.New(a.Reason)
			}
			said = append(said, string(a.Ability))
		}
		return strings.Join(said, " "), nil
	})
	var first []sdk.Outcome
	for _, size := range []int{1000, 25 << 20} {
		v.check(fmt.Sprintf("%s: handle, %d bytes", name, size), func() (string, error) {
			began := time.Now()
			r, err := v.handle(name, fmt.Sprint("size ", size), size)
			if err != nil {
				return "", err
			}
			defer r.Close()
			if size == 1000 {
				first = r.Outcomes
			}
			return fmt.Sprintf("%s in %s", kinds(r.Outcomes), time.Since(began).Round(time.Millisecond)), nil
		})
	}
	v.check(name+": the same key again, after a crash, has the same outcome", func() (string, error) {
		if remark, err := v.replaced(syscall.SIGKILL); err != nil {
			return remark, err
		}
		r, err := v.handle(name, "size 1000", 1000)
		if err != nil {
			return "", err
		}
		defer r.Close()
		if kinds(r.Outcomes) != kinds(first) {
			return "", fmt.Errorf("first %s, then %s", kinds(first), kinds(r.Outcomes))
		}
		return kinds(r.Outcomes), nil
	})
	v.check(name+": a task that the host didn't sign is refused", func() (string, error) {
		forged := *v.connection()
		forged.key = sdk.NewTaskKey()
		task := verifyTask(name, "forged")
		task.Size = 1
		ctx, cancel := context.WithTimeout(v.ctx, 10*time.Second)
		defer cancel()
		r, err := forged.Handle(ctx, task, strings.NewReader("x"))
		if err == nil {
			return "", errors.Join(errors.New("it was carried out"), r.Close())
		}
		return "", nil
	})
}

func (v *verification) handle(treatment, key string, size int) (*Result, error) {
	content := "From: <sender@example.invalid>\r\nSubject: verify\r\n\r\n"
	content += strings.Repeat("This line is part of a made-up message.\r\n", size/41+1)
	task := verifyTask(treatment, key)
	task.Size = int64(len(content))
	return v.host.Handle(v.ctx, task, strings.NewReader(content))
}

// verifyTask has recipients with the highest level that each treatment could
// be asked for, so that no outcome is refused because of the level.
func verifyTask(treatment, key string) *sdk.Task {
	level := map[string]string{"tls": "verified-tls", "reject": "forbidden", "quarantine": "forbidden", "notify": "opportunistic"}[treatment]
	if level == "" {
		level = "content"
	}
	t := &sdk.Task{Job: "verify", Key: "verify " + treatment + " " + key, Treatment: treatment, Sender: "sender@example.invalid", Class: "confidential"}
	addresses := []string{"first@example.invalid", "second@example.invalid"}
	if treatment == "notify" {
		addresses = []string{t.Sender}
	}
	for _, a := range addresses {
		t.Recipients = append(t.Recipients, sdk.Recipient{Address: a, Level: level, Kind: "business",
			Reasons: []sdk.Reason{{Rule: "verify", Text: "This is a test."}}})
	}
	return t
}

func kinds(list []sdk.Outcome) string {
	var out []string
	for _, o := range list {
		out = append(out, o.Kind)
	}
	return strings.Join(out, " ")
}

func (v *verification) inspect() (string, error) {
	text := strings.Repeat("an ordinary line of text\n", 1<<20/25)
	got, err := v.host.Inspect(v.ctx, v.status().Name, sdk.Part{Job: "verify", Path: "1", Name: "a.txt", Type: "text/plain", Size: int64(len(text))},
		strings.NewReader(text))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("scanned %s, %d findings", got.Scanned, len(got.Findings)), nil
}

// giveUp cancels a call in the middle of its content; the plugin must still
// answer afterwards, in the same process.
func (v *verification) giveUp() (string, error) {
	pid := v.status().Pid
	treatments := v.status().Treatments
	if len(treatments) == 0 {
		return "not a handler", nil
	}
	ctx, cancel := context.WithCancel(v.ctx)
	task := verifyTask(treatments[0], "give up")
	task.Size = 1 << 20
	// The content never ends: the call can only end by being given up.
	_, err := v.connection().Handle(ctx, task, io.MultiReader(strings.NewReader("From: x@example.invalid\r\n\r\n"), cancels{cancel}))
	cancel()
	if _, derr := v.connection().Describe(v.ctx); derr != nil {
		return "", derr
	}
	if v.status().Pid != pid {
		return "", errors.New("the process ended")
	}
	if err == nil {
		return "it had answered without reading", nil
	}
	return "", nil
}

// cancels is a content whose reader gives up.
type cancels struct{ cancel func() }

func (c cancels) Read([]byte) (int, error) {
	c.cancel()
	return 0, context.Canceled
}

// replaced sends a signal and waits until another process answers.
func (v *verification) replaced(sig syscall.Signal) (string, error) {
	before := v.status()
	if before.Pid == 0 {
		return "", fmt.Errorf("it isn't running: %s", before.LastError)
	}
	if err := syscall.Kill(before.Pid, sig); err != nil {
		return "", err
	}
	began := time.Now()
	for time.Since(began) < 20*time.Second && v.ctx.Err() == nil {
		now := v.status()
		if now.Pid != 0 && now.Pid != before.Pid {
			return fmt.Sprintf("after %s", time.Since(began).Round(time.Millisecond)), nil
		}
		if sig == syscall.SIGSTOP && now.Pid == before.Pid {
			// Somebody who asks it finds out; here with less patience. It may
			// still answer once: a signal takes its time.
			_ = v.host.list()[0].call(v.ctx, time.Second, 1, func(ctx context.Context, c *Connection) error { _, err := c.Describe(ctx); return err })
		}
		time.Sleep(2 * time.Millisecond)
	}
	return "", fmt.Errorf("no new process: %s", v.status().LastError)
}

// term replaces the process in the orderly way and looks whether the old one
// went when it was asked to.
func (v *verification) term() (string, error) {
	pid := v.status().Pid
	began := time.Now()
	if err := v.host.Restart(v.ctx, v.status().Name); err != nil {
		return "", err
	}
	for time.Since(began) < v.host.opts.Timing.Stop {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return fmt.Sprintf("after %s", time.Since(began).Round(time.Millisecond)), nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return "", fmt.Errorf("it was still there after %s", v.host.opts.Timing.Stop)
}

// dead is a connection to nobody.
type dead struct{}

func (dead) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return errors.New("the plugin isn't running")
}

func (dead) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("the plugin isn't running")
}
