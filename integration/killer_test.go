package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// killer sends messages and disturbs the daemon meanwhile.
type killer struct {
	t      *testing.T
	out    reporter // of what count finds wrong
	r      *Rig
	s      *Sealpost
	mode   string
	log    *faultLog
	random atomic.Bool // disturb from outside, too

	mu       sync.Mutex
	aims     []target        // what is to be provoked, one after the other
	patience time.Duration   // with each
	until    time.Time       // when the first has had its time
	usual    string          // the faults when there is nothing to aim at
	running  string          // the faults of the daemon that runs
	sent     int             // messages, numbered from 0
	deaths   int             // of the daemon, by its own hand at a named point or by ours
	frozen   int             // from outside
	plugins  map[string]hits // from outside, by plugin
	retries  int             // of clients
	accepted map[string]bool // recipients that were taken
	told     map[string]bool // refused recipients of which the client was told in the dialogue
	broken   map[int]int     // by message: dialogues that broke between the final dot and the reply
}

// newKiller starts the daemon and Postfix, and disturbs nothing yet.
func newKiller(t *testing.T, programs Programs, mode string) *killer {
	r := newRig(t)
	k := &killer{t: t, out: t, r: r, mode: mode, accepted: map[string]bool{}, told: map[string]bool{}, broken: map[int]int{}, plugins: map[string]hits{},
		usual: "kill:*:0.03,stop:*:0.003,kill-children:plugins.handle.sent:0.02,stop-children:plugins.handle.answered:0.01",
		log:   &faultLog{file: filepath.Join(r.Dir, "faults.log"), hits: map[string]hits{}}}
	var err error
	k.s, err = r.NewSealpost(SealpostOptions{Programs: programs, LaterRecipients: mode, Plugins: handlers(r)})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.s.WritePolicy(withBase(t, nil)); err != nil {
		t.Fatal(err)
	}
	main, services, files, err := k.s.PostfixLines(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.s.Start(deadline(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(deadline(t, time.Minute), main, services, files); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *killer) add(n *int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*n++
}

// aim returns what daemons are to be started with now: the faults of the first
// target that isn't done with.
func (k *killer) aim() (faults string, more bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.aims) > 0 && (k.aims[0].enough(k.log.at(k.aims[0].point)) || time.Now().After(k.until)) {
		k.aims, k.until = k.aims[1:], time.Now().Add(k.patience)
	}
	if len(k.aims) > 0 {
		return k.aims[0].faults, true
	}
	return k.usual, false
}

// retarget ends a daemon that aims at something else than it should.
func (k *killer) retarget() (more bool) {
	faults, more := k.aim()
	k.mu.Lock()
	other := k.running != faults
	k.mu.Unlock()
	if other {
		k.s.Signal(syscall.SIGKILL)
	}
	return more
}

// supervise restarts the daemon whenever it dies, wakes it when it has
// stopped, and kills or freezes it and its plugins at random. The function
// that it returns ends all that and leaves no daemon running.
func (k *killer) supervise() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, work := range []func(context.Context){k.restart, k.wake, k.flush, k.disturb} {
		wg.Go(func() {
			for ctx.Err() == nil {
				work(ctx)
			}
		})
	}
	return func() {
		cancel()
		wg.Wait()
		k.s.Thaw()
		k.s.Kill()
		k.endPlugins()
		if _, err := k.log.read(); err != nil {
			k.t.Error(err)
		}
	}
}

// restart starts the daemon anew when it has ended.
func (k *killer) restart(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-k.s.Ended():
	}
	k.add(&k.deaths)
	k.endPlugins()
	if _, err := k.log.read(); err != nil {
		k.t.Error(err)
	}
	faults, _ := k.aim()
	k.mu.Lock()
	k.running = faults
	k.mu.Unlock()
	k.s.opts.Env = map[string]string{"SEALPOST_FAULTS": faults, "SEALPOST_FAULTS_LOG": k.log.file}
	if err := k.s.launch(); err != nil && ctx.Err() == nil {
		k.t.Errorf("restarting the daemon: %v", err)
		pause(ctx, time.Second)
	}
}

// wake lets a daemon that has stopped itself go on after a while.
func (k *killer) wake(ctx context.Context) {
	pause(ctx, 30*time.Millisecond)
	stopped, err := k.log.read()
	if err != nil {
		k.t.Error(err)
		pause(ctx, time.Second)
	}
	if stopped {
		pause(ctx, time.Duration(50+rand.IntN(200))*time.Millisecond)
		k.s.Thaw()
	}
}

// flush makes Postfix try again what waits, so that the points after the queue
// are passed often.
func (k *killer) flush(ctx context.Context) {
	pause(ctx, 500*time.Millisecond)
	if err := k.r.Gateway.Flush(); err != nil && ctx.Err() == nil {
		k.t.Error(err)
	}
}

// endPlugins ends the plugins of a daemon that is gone, as systemd would.
func (k *killer) endPlugins() {
	for _, pid := range k.s.Plugins() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // most have ended with their parent
	}
}

// disturb does one bad thing from outside after a while.
func (k *killer) disturb(ctx context.Context) {
	pause(ctx, time.Duration(200+rand.IntN(800))*time.Millisecond)
	if !k.random.Load() {
		return
	}
	switch rand.IntN(6) {
	case 0:
		if k.s.Signal(syscall.SIGKILL) {
			pause(ctx, 300*time.Millisecond)
		}
	case 1:
		k.s.Freeze()
		k.add(&k.frozen)
		pause(ctx, time.Duration(100+rand.IntN(900))*time.Millisecond)
		k.s.Thaw()
	default:
		// One of them, by chance: that's a map's order.
		for name, pid := range k.s.Plugins() {
			k.disturbPlugin(name, pid)
			break
		}
	}
}

// disturbPlugin kills a plugin, or freezes it; nobody but the host wakes it.
func (k *killer) disturbPlugin(name string, pid int) {
	sig := syscall.SIGKILL
	if rand.IntN(3) == 0 {
		sig = syscall.SIGSTOP
	}
	if syscall.Kill(pid, sig) != nil {
		return // it has just ended
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.plugins[name]
	if sig == syscall.SIGKILL {
		h.pluginKills++
	} else {
		h.pluginFreezes++
	}
	k.plugins[name] = h
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// provoke has the daemon stopped and killed at one point after the other,
// while messages pass; at each until it is enough, or patience is over.
func (k *killer) provoke(aims []target, patience time.Duration) {
	k.mu.Lock()
	k.aims, k.patience, k.until = aims, patience, time.Now().Add(patience)
	k.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				k.sendOne(k.next())
				pause(ctx, 500*time.Millisecond)
			}
		})
	}
	for k.retarget() {
		pause(ctx, 30*time.Millisecond)
	}
	cancel()
	wg.Wait()
}

// next is the number of the next message.
func (k *killer) next() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sent++
	return k.sent - 1
}

// sendAll hands all messages in, with as many clients as an office has, each
// trying again until the gateway has answered for good.
func (k *killer) sendAll(messages int) {
	var left atomic.Int64
	left.Store(int64(messages))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				k.sendOne(k.next())
			}
		})
	}
	wg.Wait()
}

// sendOne hands a message in as a mail server does: recipients that are put
// off are tried again, those that are taken are not.
func (k *killer) sendOne(n int) {
	mail := Mail{From: killSender, Data: []byte(fmt.Sprintf("From: %s\r\nTo: undisclosed-recipients:;\r\n"+
		"Subject: message\r\nMessage-ID: <kill-%d@bank.example>\r\nDate: Fri, 02 Jan 2026 10:00:00 +0000\r\n\r\n%s\r\n", killSender, n, killText))}
	for _, kind := range killKinds {
		mail.To = append(mail.To, Recipient{Address: kind.address(n)})
	}
	for until := time.Now().Add(3 * time.Minute); ; {
		res, err := k.attempt(n, &mail)
		switch {
		case len(mail.To) == 0:
			return
		case err == nil && res.Final.Code == 550 && len(mail.To) == 1 && strings.HasPrefix(mail.To[0].Address, "forbidden."):
			// The others were taken before: this one alone is refused in the
			// dialogue, and the client is who tells the sender.
			k.mu.Lock()
			defer k.mu.Unlock()
			k.told[mail.To[0].Address] = true
			return
		case err == nil && res.Final.Code/100 == 5:
			k.t.Errorf("message %d was refused for good: %v", n, res.Final)
			return
		case time.Now().After(until):
			k.t.Errorf("message %d isn't taken: %+v %v", n, res, err)
			return
		}
		time.Sleep(time.Duration(50+rand.IntN(200)) * time.Millisecond)
	}
}

// attempt hands the message in once, and leaves in it the recipients that were
// not taken.
func (k *killer) attempt(n int, mail *Mail) (Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	res, err := Send(ctx, GatewayAddr, ClientOptions{}, *mail)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil && res.Final.OK() {
		var left []Recipient
		for i, to := range mail.To {
			if res.Accepted(i) {
				k.accepted[to.Address] = true
			} else {
				left = append(left, to)
			}
		}
		mail.To = left
	}
	if len(mail.To) > 0 {
		k.retries++
	}
	if err != nil && res.Dotted {
		k.broken[n]++
	}
	return res, err
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
