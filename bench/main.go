// Command bench measures how many messages a second mail filters take, and
// what processor time a message costs them, side by side in one run.
//
//	bench                                  everything, in at most ten minutes once it is compiled
//	bench -quick                           less of it, in at most two
//	bench -markdown docs/benchmarks.md     and write the page
//
// The contestants are no filter at all, a no-op milter of the protocol library
// that Sealpost uses, Sealpost as it is shipped, and rspamd and MIMEDefang
// from Debian. All of them are started here, in a temporary folder, on Unix
// sockets, and stopped again; what is missing is installed through apt without
// starting any service. They are driven directly over the milter protocol, and
// through a private Postfix. A contestant is never measured while another one
// works: they take turns, in each round in another order, and the tables show
// the median of the rounds.
//
// Figures of a small or shared machine are worth little by themselves: look at
// the ratios, and at the processor time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// settings are what the flags say.
type settings struct {
	quick       bool
	only        string
	markdown    string
	rounds      int
	turn        time.Duration
	concurrency int
	perSession  int
	messages    int
	large       int
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "noop" {
		fmt.Fprintln(os.Stderr, serveNoop(os.Args[2]))
		os.Exit(1)
	}
	// Children are told to end when the thread that started them ends.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, readFlags())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readFlags() settings {
	var s settings
	flag.BoolVar(&s.quick, "quick", false, "fewer and shorter turns")
	flag.StringVar(&s.only, "only", "none,noop,sealpost,rspamd,mimedefang", "the contestants")
	flag.StringVar(&s.markdown, "markdown", "", "write the results to this file, too")
	flag.IntVar(&s.rounds, "rounds", 0, "how often each contestant has its turn (3; quick 2)")
	flag.DurationVar(&s.turn, "turn", 0, "how long a turn takes, driven directly (4s; quick 1s)")
	flag.IntVar(&s.concurrency, "concurrency", 20, "messages at once")
	flag.IntVar(&s.perSession, "per-session", 10, "messages over one connection, driven directly")
	flag.IntVar(&s.messages, "messages", 0, "messages a turn through Postfix, a twentieth of it with 1 MB (2000; quick 500)")
	flag.IntVar(&s.large, "large", 0, "25 MB messages at once, for the memory (100; quick 30)")
	flag.Parse()
	defaults := settings{rounds: 3, turn: 4 * time.Second, messages: 2000, large: 100}
	if s.quick {
		defaults = settings{rounds: 2, turn: time.Second, messages: 500, large: 30}
	}
	if s.rounds < 1 {
		s.rounds = defaults.rounds
	}
	if s.turn <= 0 {
		s.turn = defaults.turn
	}
	if s.messages < 1 {
		s.messages = defaults.messages
	}
	if s.large < 1 {
		s.large = defaults.large
	}
	s.concurrency, s.perSession = max(1, s.concurrency), max(1, s.perSession)
	return s
}

// bench is one run.
type bench struct {
	root, dir string // the project's folder, and ours
	all       []*contestant
	postfix   *postfix
	metrics   string // where the daemon tells its figures
}

// errNoTime ends a run that takes too long; what was measured is shown.
var errNoTime = errors.New("the time for this run is over")

func run(ctx context.Context, s settings) (err error) {
	if os.Geteuid() != 0 {
		return errors.New("the other filters and Postfix need to be started by root")
	}
	// Compiling and installing take as long as they take the first time.
	starting, started := context.WithTimeoutCause(ctx, 10*time.Minute, errors.New("starting everything took more than ten minutes"))
	defer started()
	b := &bench{}
	if b.root, err = findRoot(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "sealpost-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := os.Chmod(b.dir, 0o755); err != nil { // the others run as users of their own
		return err
	}
	if err := b.prepare(s.only); err != nil {
		return err
	}
	if b.postfix, err = newPostfix(starting, b.dir, b.all); err != nil {
		return err
	}
	defer func() {
		b.postfix.stop()
		for _, c := range b.all {
			c.stop()
		}
	}()
	fmt.Fprintln(os.Stderr, "compiling …")
	if err := b.build(starting); err != nil {
		return err
	}
	if err := b.start(starting); err != nil {
		return err
	}
	if err := b.postfix.start(); err != nil {
		return err
	}
	limit := 8*time.Minute + 30*time.Second
	if s.quick {
		limit = 100 * time.Second
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, errNoTime)
	defer cancel()
	r := &report{settings: s, machine: describe(limited, b, s)}
	err = b.experiments(limited, s, r)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if errors.Is(err, errNoTime) {
		r.leftOut = true
		err = nil
	}
	if err != nil {
		return err
	}
	r.print(os.Stdout)
	if s.markdown != "" {
		return r.write(s.markdown)
	}
	return nil
}

// experiments runs them in the order of their importance and adds what each
// found to the report.
func (b *bench) experiments(ctx context.Context, s settings, r *report) error {
	milters, own := b.all, b.all[:0:0]
	if milters[0].socket == "" {
		milters = milters[1:]
	}
	if c := b.find("sealpost"); c != nil {
		own = append(own, c)
	}
	small, big := kind{name: "10 KB", bytes: 10 << 10}, kind{name: "1 MB", bytes: 1 << 20}
	marked, attached := small, big
	marked.marked = true
	attached.attachment = true
	for _, e := range []struct {
		title   string
		among   []*contestant
		kind    kind
		measure measurement
		full    bool // not with -quick
		to      **table
	}{
		{"Driven directly, 10 KB of text", milters, small, measureDirect, false, &r.direct10K},
		{"Driven directly, 1 MB of text", milters, big, measureDirect, false, &r.direct1M},
		{"Through Postfix, 10 KB of text", b.all, small, b.postfix.measure, false, &r.postfix10K},
		{"Driven directly, 10 KB, every message needs a mark (decision on disk)", own, marked, measureDirect, false, &r.marked},
		{"Driven directly, 1 MB, most of it an attached text file", milters, attached, measureDirect, true, &r.attached},
		{"Through Postfix, 1 MB, most of it an attached text file", b.all, attached, b.postfix.measure, true, &r.postfix1M},
	} {
		if e.full && s.quick || len(e.among) == 0 {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", e.title)
		t, err := takeTurns(ctx, e.title, e.among, e.kind, s, e.measure)
		if err != nil {
			return err
		}
		*e.to = t
	}
	if len(own) > 0 {
		fmt.Fprintf(os.Stderr, "%d messages of 25 MB at once …\n", s.large)
		m := b.measureMemory(ctx, own[0], kind{name: "25 MB", bytes: 25 << 20, attachment: true}, s.large)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.memory = m
	}
	fmt.Fprintln(os.Stderr, "our own parts …")
	r.parts = b.measureParts(ctx)
	return context.Cause(ctx)
}
