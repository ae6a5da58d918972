//go:build faults

package deliver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/store"
)

// These tests kill a process that injects, at each named point. Run them with
// -tags faults.

func TestMain(m *testing.M) {
	if os.Getenv("DELIVER_TEST_SOCKET") != "" {
		os.Exit(injectOnce())
	}
	os.Exit(m.Run())
}

// injectOnce is the child: one try, as after a start of the daemon.
func injectOnce() int {
	s, err := store.Open(context.Background(), os.Getenv("DELIVER_TEST_STORE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	defer s.Close()
	i, err := NewInjector(InjectorOptions{Address: "unix:" + os.Getenv("DELIVER_TEST_SOCKET"), Ledger: s, Log: zap.NewNop(),
		Asker: NewLog(LogOptions{Paths: []string{os.Getenv("DELIVER_TEST_LOG")}})})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	for _, r := range i.Inject(context.Background(), injection("bob@a.example", "carol@a.example")) {
		if r.Reply.Code != 250 {
			return 4
		}
	}
	return 0
}

var killPoints = []string{"deliver.intent", "deliver.rcpt", "deliver.before-dot", "deliver.after-dot", "deliver.after-reply", "deliver.after-done"}

// deliverWithKill kills the first try at a point, tries again until it
// succeeds, and returns how often each recipient got the copy.
func deliverWithKill(t *testing.T, faults, later string) map[string]int {
	t.Helper()
	m := startMTA(t)
	killThenDeliver(t, m.socket, m.logPath, faults, later)
	return m.delivered()
}

func killThenDeliver(t *testing.T, socket, log, faults, later string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.db")
	try := func(faults string) error {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "DELIVER_TEST_SOCKET="+socket, "DELIVER_TEST_STORE="+path, "DELIVER_TEST_LOG="+log, "SEALPOST_FAULTS="+faults)
		cmd.Stderr = os.Stderr
		return cmd.Run()
	}
	if err := try(faults); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the first try was not killed: %v", err)
	}
	for range 500 {
		if try(later) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no later try succeeded")
}

func TestKilledAtEachPointDeliversOnce(t *testing.T) {
	for _, point := range killPoints {
		t.Run(point, func(t *testing.T) {
			got := deliverWithKill(t, "kill:"+point+":1", "")
			if d := cmp.Diff(map[string]int{"bob@a.example": 1, "carol@a.example": 1}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// The negative twins: without the guard, the same kill gives a duplicate.
func TestKilledWithoutAGuardDeliversTwice(t *testing.T) {
	for _, c := range [][2]string{
		{"deliver.after-dot", "off:deliver.ask-log"},
		{"deliver.after-reply", "off:deliver.ask-log"},
		{"deliver.after-reply", "off:deliver.ledger"},
		{"deliver.after-done", "off:deliver.ledger"},
	} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			got := deliverWithKill(t, "kill:"+c[0]+":1", c[1])
			if got["bob@a.example"] != 2 {
				t.Errorf("%v: the guard makes no difference", got)
			}
		})
	}
}

// The same against a real Postfix and its real log.
func TestKilledBesidePostfixDeliversOnce(t *testing.T) {
	p := startPostfix(t)
	for n := range 18 {
		point := killPoints[n%len(killPoints)]
		before := p.accepted()
		killThenDeliver(t, p.socket, p.log, "kill:"+point+":1", "")
		eventually(t, "a message in the queue", func() bool { return p.accepted() > before })
		if got := p.accepted() - before; got != 1 {
			t.Errorf("killed at %s: %d messages", point, got)
		}
	}
	// A late one would have been counted as the next round's.
	if n := p.accepted(); n != 18 {
		t.Errorf("%d messages for 18 jobs", n)
	}
}
