package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// What each message of the kill test has: one recipient of every kind.
var killKinds = []struct {
	prefix, domain, sink string
	protected            bool // must not arrive in clear, or untreated
	content              bool // the handler's copy must arrive, not the original
}{
	{"plain", "business.example", Internet, false, false},
	{"tls", "business.example", Internet, true, false},
	{"partner", "partner.example", Partner, true, false},
	{"content", "business.example", Internet, true, true},
	{"forbidden", "business.example", Internet, true, true},
}

// killText stands in every original and in no treated copy.
const killText = "in-clear-only-where-nothing-is-demanded"

// TestKill sends messages while the daemon is killed at its named points, and
// daemon and plugins are killed and frozen from outside. In the end every
// recipient must have got its copy, protected as demanded, or the sender a
// notice, whatever died in between. SEALPOST_SOAK is the number of messages.
func TestKill(t *testing.T) {
	messages := 50
	if n, err := strconv.Atoi(os.Getenv("SEALPOST_SOAK")); err == nil && n > 0 {
		messages = n
	}
	r := newRig(t)
	programs, err := Build(r.Dir+"/bin", "faults")
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.NewSealpost(SealpostOptions{Programs: programs, LaterRecipients: mta.Expand, Plugins: handlers(r),
		Env: map[string]string{"SEALPOST_FAULTS": "kill:*:0.03,stop:*:0.003"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WritePolicy(withBase(t, nil)); err != nil {
		t.Fatal(err)
	}
	main, services, files, err := s.PostfixLines(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	k := &killer{t: t, r: r, s: s, accepted: map[int][]bool{}, broken: map[int]int{}}
	stop := k.supervise()
	if err := r.Start(deadline(t, time.Minute), main, services, files); err != nil {
		t.Fatal(err)
	}
	k.sendAll(messages)
	// What waits in the queue now is still owed, and still disturbed.
	_ = r.Gateway.WaitEmpty(deadline(t, time.Minute)) // calm waits for the rest
	stop()
	k.calm()
	k.count(messages)
}

type killer struct {
	t *testing.T
	r *Rig
	s *Sealpost

	mu       sync.Mutex
	deaths   int // of the daemon, by its own hand at a named point or by ours
	frozen   int
	plugins  int            // plugin processes killed or frozen
	retries  int            // of clients
	accepted map[int][]bool // by message: which recipients were taken
	broken   map[int]int    // by message: dialogues that broke when the content was under way
}

func (k *killer) add(n *int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*n++
}

// supervise restarts the daemon whenever it dies, wakes it when it has
// stopped, and kills or freezes it and its plugins at random. The function
// that it returns ends all that and leaves no daemon running.
func (k *killer) supervise() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-k.s.Ended():
				k.add(&k.deaths)
				k.endPlugins()
				if err := k.s.launch(); err != nil && ctx.Err() == nil {
					k.t.Errorf("restarting the daemon: %v", err)
					return
				}
			}
		}
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			k.disturb(ctx)
		}
	})
	return func() {
		cancel()
		wg.Wait()
		k.s.Thaw()
		k.s.Kill()
		k.endPlugins()
	}
}

// endPlugins ends the plugins of a daemon that is gone, as systemd would.
func (k *killer) endPlugins() {
	for _, pid := range k.s.Plugins() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // most have ended with their parent
	}
}

// disturb does one bad thing after a while.
func (k *killer) disturb(ctx context.Context) {
	pause(ctx, time.Duration(200+rand.IntN(800))*time.Millisecond)
	switch rand.IntN(6) {
	case 0:
		if k.s.Signal(syscall.SIGKILL) {
			pause(ctx, 300*time.Millisecond)
		}
	case 1:
		k.s.Freeze()
		k.add(&k.frozen)
		pause(ctx, time.Duration(100+rand.IntN(900))*time.Millisecond)
	default:
		for _, pid := range k.s.Plugins() {
			sig := syscall.SIGKILL
			if rand.IntN(3) == 0 {
				sig = syscall.SIGSTOP // the host has to notice
			}
			if syscall.Kill(pid, sig) == nil {
				k.add(&k.plugins)
			}
			break
		}
	}
	k.s.Thaw() // also when it has stopped itself at a named point
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// sendAll hands all messages in, with as many clients as an office has, each
// trying again until the gateway has answered for good.
func (k *killer) sendAll(messages int) {
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range numbers {
				k.sendOne(n)
			}
		})
	}
	for n := range messages {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
}

func (k *killer) sendOne(n int) {
	mail := Mail{From: "alice@bank.example", Data: []byte(fmt.Sprintf("From: alice@bank.example\r\nTo: undisclosed-recipients:;\r\n"+
		"Subject: message\r\nMessage-ID: <kill-%d@bank.example>\r\nDate: Fri, 02 Jan 2026 10:00:00 +0000\r\n\r\n%s\r\n", n, killText))}
	for _, kind := range killKinds {
		mail.To = append(mail.To, Recipient{Address: fmt.Sprintf("%s.n%d@%s", kind.prefix, n, kind.domain)})
	}
	until := time.Now().Add(3 * time.Minute)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		res, err := Send(ctx, GatewayAddr, ClientOptions{}, mail)
		cancel()
		if err == nil && res.Final.OK() {
			k.mu.Lock()
			defer k.mu.Unlock()
			for i := range mail.To {
				k.accepted[n] = append(k.accepted[n], res.Accepted(i))
			}
			return
		}
		if err == nil && res.Final.Code/100 == 5 {
			k.t.Errorf("message %d was refused for good: %v", n, res.Final)
			return
		}
		k.mu.Lock()
		k.retries++
		if err != nil && slices.ContainsFunc(res.Rcpt, Reply.OK) {
			k.broken[n]++
		}
		k.mu.Unlock()
		if time.Now().After(until) {
			k.t.Errorf("message %d isn't taken: %+v %v", n, res, err)
			return
		}
		time.Sleep(time.Duration(50+rand.IntN(200)) * time.Millisecond)
	}
}

// calm starts an undisturbed daemon and waits until the queue is empty.
func (k *killer) calm() {
	k.s.opts.Env = nil
	ctx := deadline(k.t, 5*time.Minute)
	if err := k.s.Start(ctx); err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(k.s.Stop)
	if err := k.r.Gateway.WaitEmpty(ctx); err != nil {
		k.t.Error(err)
	}
}

// tally is what became of one kind of recipient.
//
// again are copies because the client handed the message in again after a
// broken dialogue, twice are copies too many by anybody else's doing.
type tally struct{ owed, arrived, lost, clear, untreated, again, twice int }

// count compares what was accepted with what arrived.
func (k *killer) count(messages int) {
	var table strings.Builder
	fmt.Fprintf(&table, "%d messages; daemon died %d times, frozen %d times; plugins killed or frozen %d times; clients tried again %d times, %d messages had a dialogue that broke\n",
		messages, k.deaths, k.frozen, k.plugins, k.retries, len(k.broken))
	fmt.Fprintf(&table, "%-10s %6s %8s %6s %9s %10s %7s %6s\n", "recipient", "owed", "arrived", "lost", "in clear", "untreated", "client", "twice")
	for i, kind := range killKinds {
		var c tally
		for n := range messages {
			if len(k.accepted[n]) > i && k.accepted[n][i] {
				c.owed++
				k.countOne(&c, i, n)
			}
		}
		fmt.Fprintf(&table, "%-10s %6d %8d %6d %9d %10d %7d %6d\n",
			kind.prefix, c.owed, c.arrived, c.lost, c.clear, c.untreated, c.again, c.twice)
		if c.lost+c.clear+c.untreated > 0 {
			k.t.Errorf("%s: %d lost, %d in clear, %d untreated", kind.prefix, c.lost, c.clear, c.untreated)
		}
		if c.twice > 0 {
			k.t.Errorf("%s: %d copies too many", kind.prefix, c.twice)
		}
	}
	k.t.Log(table.String())
	if k.deaths == 0 {
		k.t.Error("the daemon never died: nothing was tested")
	}
}

func (k *killer) countOne(c *tally, kind, n int) {
	want := killKinds[kind]
	address := fmt.Sprintf("%s.n%d@%s", want.prefix, n, want.domain)
	got := k.r.Sinks[want.sink].Deliveries(func(d *Delivery) bool { return d.For(address) })
	if want.prefix == "forbidden" {
		// Nothing may arrive; the sender is told instead, at least once.
		c.untreated += len(got)
		got = k.r.Sinks[Mailstore].Deliveries(func(d *Delivery) bool {
			return d.From == "" && strings.Contains(string(d.Data), address)
		})
	}
	c.arrived += len(got)
	if len(got) == 0 {
		c.lost++
		k.t.Logf("lost: %s", address)
	}
	ids := map[string]bool{}
	for _, d := range got {
		ids[d.Header("X-Sealpost-Id")] = true
		if want.protected && want.prefix != "forbidden" && d.TLS == "" {
			c.clear++
		}
		if want.content && strings.Contains(string(d.Data), killText) {
			c.untreated++
		}
	}
	// A client that saw its dialogue break after the content hands the message
	// in again. That is its right, and each time is a message of its own: with
	// an id of its own, where the copy shows it.
	own := len(ids)
	if ids[""] || want.prefix == "forbidden" {
		own = 1 + k.broken[n]
	}
	c.again += max(0, min(len(got), own)-1)
	if extra := len(got) - max(1, own); extra > 0 {
		c.twice += extra
		k.t.Logf("%d too many: %s", extra, address)
	}
}
