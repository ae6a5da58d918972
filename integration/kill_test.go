package integration

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// killKind is one kind of recipient of the kill test.
type killKind struct {
	prefix, domain, sink string
	protected            bool // must not arrive in clear
	content              bool // the handler's copy must arrive, not the original
}

func (k killKind) address(n int) string { return fmt.Sprintf("%s.n%d@%s", k.prefix, n, k.domain) }

// What each message of the kill test has: one recipient of every kind.
var killKinds = []killKind{
	{"plain", "business.example", Internet, false, false},
	{"tls", "business.example", Internet, true, false},
	{"partner", "partner.example", Partner, true, false},
	{"content", "business.example", Internet, false, true},
	{"forbidden", "business.example", Internet, false, false},
}

const (
	killSender = "alice@bank.example"
	// killText stands in every original and in no treated copy.
	killText = "in-clear-only-where-nothing-is-demanded"
	// A short run's number of messages at random, and what is a soak.
	killMessages, killSoak = 30, 300
)

// TestKill sends messages while the daemon is killed and frozen at its named
// points, first at each in turn, then at random, and daemon and plugins are
// killed and frozen from outside. In the end every recipient must have got its
// copy once, protected as demanded, or the sender a notice, whatever died in
// between. Both modes are tried, strict with a fifth of the messages.
// SEALPOST_SOAK is the number of messages at random.
func TestKill(t *testing.T) {
	messages := killMessages
	if n, err := strconv.Atoi(os.Getenv("SEALPOST_SOAK")); err == nil && n > 0 {
		messages = n
	}
	built := programs(t, "faults")
	t.Run(mta.Expand, func(t *testing.T) { killRun(t, built, mta.Expand, messages, messages >= killSoak) })
	// In mode strict every copy passes the points after the queue, so less is enough.
	t.Run(mta.Strict, func(t *testing.T) { killRun(t, built, mta.Strict, messages/5, messages >= killSoak) })
}

func killRun(t *testing.T, programs Programs, mode string, messages int, soak bool) {
	k := newKiller(t, programs, mode)
	began := time.Now()
	stop := k.supervise()
	all, patience, times, rest := points(t), 3*time.Second, 1, 8*time.Second
	if soak {
		patience, times, rest = 30*time.Second, 3, 30*time.Second
	}
	aims := targets(all, times)
	if mode == mta.Strict && !soak {
		// The way before the queue has just been tried.
		aims = slices.DeleteFunc(aims, func(a target) bool { return !strings.HasPrefix(a.point, "deliver.") })
	}
	k.provoke(aims, patience)
	targeted := time.Since(began)
	k.random.Store(true)
	k.sendAll(messages)
	// What waits in the queue now is still owed, and still disturbed.
	_ = k.r.Gateway.WaitEmpty(deadline(t, rest)) // calm waits for the rest
	stop()
	k.calm()
	k.count()
	table, never := k.log.table(all)
	t.Logf("at the named points (in turn for %s, at random until %s)\n%s", targeted.Round(time.Second), time.Since(began).Round(time.Second), table)
	switch {
	case len(never) == 0:
	case soak:
		t.Errorf("points at which the daemon wasn't both killed and frozen: %v", never)
	case mode == mta.Expand:
		t.Logf("points at which the daemon wasn't both killed and frozen: %v", never)
	}
}

// TestKillTwin takes away the question that the daemon asks Postfix's log
// before it sends a copy a second time: the count has to notice what arrives
// twice.
func TestKillTwin(t *testing.T) {
	built := programs(t, "faults")
	k := newKiller(t, built, mta.Expand)
	var list complaints
	k.out, k.usual = &list, "off:deliver.ask-log,kill:deliver.after-dot:0.7"
	stop := k.supervise()
	k.retarget()
	k.sendAll(8)
	_ = k.r.Gateway.WaitEmpty(deadline(t, 10*time.Second)) // calm waits for the rest
	stop()
	k.calm()
	k.count()
	if got := strings.Join(list, "\n"); !strings.Contains(got, "copies too many") || strings.Contains(got, " 0 copies too many") {
		t.Errorf("copies that arrive twice should be noticed, but the count says %q", got)
	}
}
