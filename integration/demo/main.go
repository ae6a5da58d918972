// Command demo shows Sealpost at work: it starts a gateway Postfix with
// Sealpost, a partner's mail server with good TLS, one without TLS and the
// "internet" on this machine, sends sample messages, and prints what became of
// each. Everything lives in a network namespace of its own; the machine's own
// mail set-up isn't touched.
//
// Then it stays until Ctrl-C. With -once, or ONCE=1 in the environment, it ends
// by itself, with exit code 0 only if every row is as expected. With -packages
// it only installs what it, and the tests, need.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sealpost/sealpost/integration"
)

func main() {
	// Before the namespace, in which there is no network.
	if len(os.Args) == 2 && os.Args[1] == "-packages" {
		if err := integration.EnsurePackages(os.Stdout, integration.Packages()...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	os.Exit(integration.Enclose(os.Stdout, run))
}

// run is the demonstration inside the namespace.
func run() int {
	once := flag.Bool("once", os.Getenv("ONCE") != "" && os.Getenv("ONCE") != "0", "end after the samples; exit code 0 only if all is as expected")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	asExpected, err := show(ctx, *once)
	switch {
	case ctx.Err() != nil:
		fmt.Println("\nstopped")
		return 0
	case err != nil:
		fmt.Fprintf(os.Stderr, "\n%v\n", err)
		return 2
	case !asExpected:
		return 1
	}
	return 0
}

// show starts everything, sends the samples, prints the table, and unless once
// is set, stays.
func show(ctx context.Context, once bool) (asExpected bool, err error) {
	start := time.Now()
	step("building sealpost and its plugins")
	dir, err := integration.Folder()
	if err != nil {
		return false, err
	}
	programs, err := integration.Build(filepath.Join(dir, "bin"))
	if err != nil {
		return false, err
	}
	step("starting name server, partner, partner without TLS, internet")
	rig, err := integration.New()
	if err != nil {
		return false, err
	}
	defer rig.Close()
	step("starting sealpost serve with its plugins, and the gateway's Postfix")
	daemon, err := rig.NewSealpost(integration.SealpostOptions{
		Programs: programs, LaterRecipients: "expand",
		Plugins: map[string]any{"tls": map[string]any{}, "reject": map[string]any{}, "notify": map[string]any{}},
	})
	if err != nil {
		return false, err
	}
	defer daemon.Stop()
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := daemon.StartWithPostfix(starting, nil); err != nil {
		return false, err
	}
	s := &stage{rig: rig, daemon: daemon}
	samples := all()
	for i := range samples {
		step("sending: %s", samples[i].name)
		if err := s.play(ctx, &samples[i]); err != nil {
			return false, fmt.Errorf("sample %q: %w\nend of the daemon's log:\n%s", samples[i].name, err, daemon.LogTail(8))
		}
	}
	fmt.Println()
	asExpected = printTable(os.Stdout, samples)
	fmt.Printf("\n%s, after %.0f s.\n", verdict(asExpected), time.Since(start).Seconds())
	if once {
		return asExpected, nil
	}
	stay(ctx, rig, daemon)
	return asExpected, nil
}

func verdict(asExpected bool) string {
	if asExpected {
		return "Every row is as expected"
	}
	return "NOT every row is as expected"
}

func step(format string, args ...any) { fmt.Printf("· "+format+"\n", args...) }

// stay tells how to go on by hand, and reports what arrives.
func stay(ctx context.Context, rig *integration.Rig, daemon *integration.Sealpost) {
	name := os.Getenv("SEALPOST_RIG")
	fmt.Printf(`
Everything runs until Ctrl-C. To send a message of your own, in another terminal:
  ip netns exec %s swaks --server 127.0.0.1 --from alice@bank.example --to bob@partner.example
Logs: %s
      %s
Partners: partner.example (good TLS), notls.example (no TLS). Ours: bank.example. What arrives:
`, name, daemon.Log, rig.Gateway.Log)
	for _, sink := range rig.Sinks {
		go report(ctx, sink)
	}
	<-ctx.Done()
}

func report(ctx context.Context, sink *integration.Sink) {
	for seen := len(sink.Deliveries(nil)); ; seen++ {
		got, err := sink.Wait(ctx, seen+1, nil)
		if err != nil {
			return
		}
		d := got[seen]
		for _, to := range d.To {
			fmt.Printf("  %s  %s at %s, %s, %d bytes\n", d.Time.Format("15:04:05"), to.Address, sink.Host(), secured(&d), d.Size)
		}
	}
}
