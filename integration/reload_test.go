package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// The policy is changed 30 times while 100 messages flow, and in the end for a
// broken one, which is refused: each message is taken at the first try, and
// every copy arrives as the rules want that all policies share.
func TestReloadUnderTraffic(t *testing.T) {
	const messages, clients, reloads = 100, 4, 30
	built := programs(t)
	r := newRig(t)
	s, err := r.NewSealpost(SealpostOptions{Programs: built, LaterRecipients: mta.Expand, Plugins: handlers(r)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if err := s.WritePolicy(withBase(t, nil)); err != nil {
		t.Fatal(err)
	}
	if err := s.StartWithPostfix(deadline(t, time.Minute), nil); err != nil {
		t.Fatal(err)
	}
	ctx := deadline(t, 3*time.Minute)
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for n := range numbers {
				res, err := Send(ctx, GatewayAddr, ClientOptions{}, Mail{From: "alice@bank.example", Data: note(fmt.Sprintf("under traffic %d", n)),
					To: []Recipient{{Address: fmt.Sprintf("bob.%d@business.example", n)}, {Address: fmt.Sprintf("tls.bob.%d@business.example", n)}}})
				if err != nil || !res.Accepted(0) || !res.Accepted(1) {
					t.Errorf("message %d: %+v, %v", n, res, err)
				}
			}
		})
	}
	// Three messages for each reload, which goes on while they are on their way.
	next := 0
	for n := range reloads {
		for range 3 {
			numbers <- next
			next++
		}
		if err := changePolicy(s, n); err != nil {
			t.Error(err)
		}
		if err := s.Reload(ctx); err != nil {
			t.Errorf("reload %d: %v", n, err)
		}
	}
	refusePolicy(t, s)
	for ; next < messages; next++ {
		numbers <- next
	}
	close(numbers)
	wg.Wait()
	if err := r.Gateway.WaitEmpty(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range messages {
		for _, address := range []string{fmt.Sprintf("bob.%d@business.example", n), fmt.Sprintf("tls.bob.%d@business.example", n)} {
			got := r.Sinks[Internet].Deliveries(func(d *Delivery) bool { return d.For(address) })
			if len(got) != 1 || strings.HasPrefix(address, "tls.") && got[0].TLS == "" {
				t.Errorf("%s got %d copies, or one in clear", address, len(got))
			}
		}
	}
}

// refusePolicy puts a broken policy in place and sees it refused.
func refusePolicy(t *testing.T, s *Sealpost) {
	t.Helper()
	if err := replaceTopic(s, "package sealpost.topic.case_version\n\nrequire contains {\"levle\": 1}\n"); err != nil {
		t.Fatal(err)
	}
	// The answer to an earlier change may still come in between.
	for range 3 {
		if err := s.Reload(deadline(t, 30*time.Second)); err != nil {
			return
		}
	}
	t.Error("a broken policy wasn't refused")
}

// changePolicy puts a topic in place in one step, with another text each time.
func changePolicy(s *Sealpost, n int) error {
	text := fmt.Sprintf(`# METADATA
# title: Version %d
# description: Demands nothing that matters to the messages of the test.
# scope: package
package sealpost.topic.case_version

# METADATA
# title: Version
# description: Never applies.
# custom:
#   id: case-version
require contains {"level": "forbidden", "rule": "case-version", "reason": "Version %d."} if input.recipient.address == "nobody@example.net"
`, n, n)
	return replaceTopic(s, text)
}

// replaceTopic changes a file of the policy in one step.
func replaceTopic(s *Sealpost, text string) error {
	file := filepath.Join(s.Policy, "case_version.rego")
	if err := os.WriteFile(file+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
