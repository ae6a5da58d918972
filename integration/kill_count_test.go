package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// tally is what became of one kind of recipient.
//
// A second copy is allowed only where the first one's fate couldn't be known:
// client are those that the client caused, because its dialogue broke between
// the final dot and the reply; blind those that the daemon sent again and said
// so, because Postfix's log couldn't tell either. twice are all others.
type tally struct{ owed, arrived, lost, clear, untreated, client, blind, twice int }

// evidence is what explains second copies.
type evidence struct {
	// blind counts by address how often the daemon said that it sends again
	// without knowing.
	blind map[string]int
	// why are its reasons.
	why []string
	// committed and notCommitted are questions to Postfix's log that were
	// answered, open those that were not answered at once.
	committed, notCommitted, open int
}

// readEvidence reads the daemon's log.
func readEvidence(file string) (evidence, error) {
	e := evidence{blind: map[string]int{}}
	data, err := os.ReadFile(file)
	if err != nil {
		return e, err
	}
	again := map[string]int{}                  // by job
	recipients := map[string]map[string]bool{} // of a job's copies
	for line := range strings.Lines(string(data)) {
		var l struct {
			Message, ID, Recipient, Reason string
			Age                            float64 // milliseconds
		}
		if json.Unmarshal([]byte(line), &l) != nil {
			continue // cut by a kill, or of a library
		}
		switch {
		case strings.Contains(l.Message, "SENT AGAIN"):
			again[l.ID]++
			e.why = append(e.why, fmt.Sprintf("%s after %.0f s: %s", l.ID, l.Age/1000, l.Reason))
		case strings.HasPrefix(l.Message, "copy was taken by the MTA at an earlier try"):
			e.committed++
		case strings.HasPrefix(l.Message, "copy was not taken by the MTA"):
			e.notCommitted++
		case strings.HasPrefix(l.Message, "the MTA's log can't tell"):
			e.open++
		case l.Message == "handed over":
			if recipients[l.ID] == nil {
				recipients[l.ID] = map[string]bool{}
			}
			recipients[l.ID][l.Recipient] = true
		}
	}
	for job, n := range again {
		for address := range recipients[job] {
			e.blind[address] += n
		}
	}
	return e, nil
}

// count compares what was accepted with what arrived.
func (k *killer) count() {
	e, err := readEvidence(k.s.Log)
	if err != nil {
		k.t.Fatal(err)
	}
	broken := 0
	for _, n := range k.broken {
		broken += n
	}
	var b strings.Builder
	fmt.Fprintf(&b, "mode %s, %d messages; daemon died %d times, frozen from outside %d times; clients tried again %d times\n",
		k.mode, k.sent, k.deaths, k.frozen, k.retries)
	fmt.Fprintf(&b, "%-10s %6s %8s %6s %9s %10s %7s %6s %6s\n", "recipient", "owed", "arrived", "lost", "in clear", "untreated", "client", "blind", "twice")
	byAddress := k.arrivals()
	for _, kind := range killKinds {
		var c tally
		for n := range k.sent {
			switch address := kind.address(n); {
			case k.accepted[address]:
				c.owed++
				k.countOne(&c, kind, n, byAddress, e)
			case k.told[address]:
				c.owed, c.arrived, c.untreated = c.owed+1, c.arrived+1, c.untreated+len(byAddress[address])
			}
		}
		fmt.Fprintf(&b, "%-10s %6d %8d %6d %9d %10d %7d %6d %6d\n", kind.prefix, c.owed, c.arrived, c.lost, c.clear, c.untreated, c.client, c.blind, c.twice)
		if c.owed != k.sent || c.lost+c.clear+c.untreated+c.twice > 0 {
			k.out.Errorf("%s: %d of %d taken, %d lost, %d in clear, %d untreated, %d copies too many", kind.prefix, c.owed, k.sent, c.lost, c.clear, c.untreated, c.twice)
		}
	}
	fmt.Fprintf(&b, "between a final dot and its reply: %d dialogues of clients broke; %d copies of the daemon's were in doubt at a second try: "+
		"Postfix's log said of %d that it had them and of %d that it hadn't; of %d questions not yet\n",
		broken, e.committed+e.notCommitted, e.committed, e.notCommitted, e.open)
	for _, why := range e.why {
		fmt.Fprintf(&b, "sent again without knowing: %s\n", why)
	}
	b.WriteString("plugins killed/frozen from outside:")
	for _, name := range slices.Sorted(maps.Keys(k.plugins)) {
		fmt.Fprintf(&b, " %s %d/%d", name, k.plugins[name].pluginKills, k.plugins[name].pluginFreezes)
	}
	k.t.Log(b.String())
	if k.deaths == 0 {
		k.out.Errorf("the daemon never died: nothing was tested")
	}
}

// arrivals sorts what came by recipient: at the sinks, and for the refused
// recipients the notices to the sender that name them. What came for anybody
// else, or under a mark, is told.
func (k *killer) arrivals() map[string][]Delivery {
	expected := map[string]bool{}
	var refused []string
	for n := range k.sent {
		for _, kind := range killKinds {
			expected[kind.address(n)] = true
			if kind.prefix == "forbidden" {
				refused = append(refused, kind.address(n))
			}
		}
	}
	found := map[string][]Delivery{}
	for _, name := range slices.Sorted(maps.Keys(k.r.Sinks)) {
		for _, d := range k.r.Sinks[name].Deliveries(nil) {
			if name == Mailstore && d.From == "" && d.For(killSender) {
				about := 0
				for _, address := range refused {
					if strings.Contains(string(d.Data), address) {
						found["notice "+address] = append(found["notice "+address], d)
						about++
					}
				}
				if about != 1 || strings.Contains(string(d.Data), killText) {
					k.out.Errorf("a notice to the sender is about %d refused recipients, or holds the content:\n%.2000s", about, d.Data)
				}
				continue
			}
			for _, to := range d.To {
				if !expected[to.Address] {
					k.out.Errorf("the sink %s got mail for %s from <%s>", name, to.Address, d.From)
				}
				found[to.Address] = append(found[to.Address], d)
			}
		}
	}
	return found
}

func (k *killer) countOne(c *tally, kind killKind, n int, found map[string][]Delivery, e evidence) {
	address := kind.address(n)
	got := found[address]
	if kind.prefix == "forbidden" {
		// Nothing may arrive; the sender is told instead.
		c.untreated += len(got)
		got = found["notice "+address]
	}
	c.arrived += len(got)
	if len(got) == 0 {
		c.lost++
		k.t.Logf("lost: %s", address)
		return
	}
	ids := map[string]int{}
	for _, d := range got {
		ids[d.Header("Message-Id")]++
		switch {
		case kind.prefix == "forbidden":
		case d.Sink != kind.sink, kind.content && (strings.Contains(string(d.Data), killText) || d.Header("X-Treated") == ""):
			c.untreated++
		case kind.protected && d.TLS == "", kind.prefix == "partner" && !d.Strong():
			c.clear++
		}
	}
	// A client whose dialogue broke after the final dot can't know, and hands
	// the message in once more; so does the daemon, if it says so.
	extra := len(got) - 1
	client := min(extra, k.broken[n])
	blind := min(extra-client, e.blind[address])
	c.client, c.blind, c.twice = c.client+client, c.blind+blind, c.twice+extra-client-blind
	if extra > 0 {
		k.t.Logf("%d second copies (client's doing %d, sent again without knowing %d): %s, Message-IDs %v", extra, client, blind, address, ids)
	}
}
