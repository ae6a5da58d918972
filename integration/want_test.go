package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// What a case may want, one line each:
//
//	reply 250 *                         the last reply of the SMTP dialogue
//	rcpt 2 550 5.1.2 *                  the reply to the second RCPT
//	sink partner to=<a@b> tls=yes …     exactly one delivery for that recipient at that sink, with
//	     tls=yes|no|TLSv1.3   bits=256   bytes=same (ends with what was sent)   body=same   from=<a@b>
//	     args=GLOB (of RCPT)  alone (the only recipient of its transaction)   has=TEXT   lacks=TEXT   copies=2
//	sink internet none                  nothing arrived there
//	everyone                            each recipient of the envelope got exactly one copy, wherever
//	bounce to=<a@b> names=TEXT lacks=TEXT     a notification with the null sender, at the mailstore
//	nobounce                            no notification
//	held TEXT                           a recipient that contains TEXT is in the hold queue
//	deferred TEXT GLOB                  a recipient that contains TEXT waits in the queue, for that reason
//	log GLOB                            a line of the daemon's log
//
// A star stands for anything, an underscore in has=, lacks= and names= for a
// blank.
type checker struct {
	t    *testing.T
	out  reporter
	r    *Rig
	s    *Sealpost
	c    testCase
	res  Result
	from int64 // where the case's part of the daemon's log begins
}

// reporter is told what isn't as wanted: a test, or the list of a negative
// twin.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// check looks at everything that is wanted: first what has to arrive, then,
// when nothing moves any more, what must not.
func (k *checker) check(ctx context.Context) {
	k.out.Helper()
	var late [][]string
	waits := false
	for _, w := range k.c.want {
		switch w[0] {
		case "reply":
			k.match("the last reply", k.res.last().String(), w[1:])
		case "rcpt":
			k.rcpt(w[1:])
		case "deferred":
			waits = true
			reason, err := k.r.Gateway.WaitDeferred(ctx, w[1])
			if err != nil {
				k.out.Errorf("%v", err)
			}
			k.match("the reason to wait", reason, w[2:])
		case "held":
			waits = true
			if err := k.held(w[1]); err != nil {
				k.out.Errorf("%v", err)
			}
		case "log":
			if _, err := waitLine(ctx, k.s.Log, k.from, glob(strings.Join(w[1:], " "))); err != nil {
				k.out.Errorf("%v", err)
			}
		case "sink", "bounce", "nobounce", "everyone":
			late = append(late, w)
		default:
			k.t.Fatalf("wanted, but not understood: %v", w)
		}
	}
	if !waits {
		if err := k.r.Gateway.WaitEmpty(ctx); err != nil {
			k.out.Errorf("%v", err)
		}
	}
	for _, w := range late {
		if err := k.delivery(w); err != nil {
			k.out.Errorf("%s: %v", strings.Join(w, " "), err)
		}
	}
}

func (k *checker) held(text string) error {
	list, err := k.r.Gateway.List()
	for _, q := range list {
		for _, rcpt := range q.Recipients {
			if q.Queue == "hold" && strings.Contains(rcpt.Address, text) {
				return err
			}
		}
	}
	return errors.Join(err, fmt.Errorf("no recipient with %s is in the hold queue", text))
}

// last is the reply that ended the dialogue.
func (r Result) last() Reply {
	switch {
	case r.Final.Code != 0:
		return r.Final
	case len(r.Rcpt) > 0:
		return r.Rcpt[len(r.Rcpt)-1]
	default:
		return r.From
	}
}

func (k *checker) rcpt(w []string) {
	var n int
	if _, err := fmt.Sscan(w[0], &n); err != nil || n < 1 || n > len(k.res.Rcpt) {
		k.out.Errorf("there is no reply to RCPT %s in %+v", w[0], k.res)
		return
	}
	k.match("the reply to RCPT "+w[0], k.res.Rcpt[n-1].String(), w[1:])
}

func (k *checker) match(what, got string, pattern []string) {
	if !glob(strings.Join(pattern, " ")).MatchString(got) {
		k.out.Errorf("%s is %q, wanted %q", what, got, strings.Join(pattern, " "))
	}
}

// glob is a pattern in which only the star is special; it may begin and end
// anywhere if the star says so.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
}

func (k *checker) delivery(w []string) error {
	switch w[0] {
	case "nobounce":
		if got := k.r.Sinks[Mailstore].Deliveries(func(d *Delivery) bool { return d.From == "" }); len(got) > 0 {
			return fmt.Errorf("there is one:\n%s", got[0].Data)
		}
		return nil
	case "everyone":
		return k.everyone()
	case "bounce":
		address, demands := recipientOf(w[1:])
		got := k.r.Sinks[Mailstore].Deliveries(func(d *Delivery) bool { return d.From == "" && d.For(address) })
		return k.one(got, 1, address, demands)
	}
	sink := k.r.Sinks[w[1]]
	if sink == nil {
		return fmt.Errorf("there is no sink %s", w[1])
	}
	if w[2] == "none" {
		if got := sink.Deliveries(nil); len(got) > 0 {
			return fmt.Errorf("%d arrived, the first for %v (TLS %q)", len(got), got[0].To, got[0].TLS)
		}
		return nil
	}
	address, demands := recipientOf(w[2:])
	copies := 1
	for _, d := range demands {
		_, _ = fmt.Sscanf(d, "copies=%d", &copies) // no match: one
	}
	got := sink.Deliveries(func(d *Delivery) bool { return d.For(address) && (d.From != "" || k.c.mail.From == "") })
	return k.one(got, copies, address, demands)
}

// everyone counts the copies of each recipient at all sinks.
func (k *checker) everyone() error {
	copies := map[string]int{}
	for _, sink := range k.r.Sinks {
		for _, d := range sink.Deliveries(func(d *Delivery) bool { return d.From != "" }) {
			for _, to := range d.To {
				copies[to.Address]++
			}
		}
	}
	for _, to := range k.c.mail.To {
		if copies[to.Address] != 1 {
			return fmt.Errorf("%s got %d copies", to.Address, copies[to.Address])
		}
	}
	return nil
}

func recipientOf(w []string) (address string, demands []string) {
	return strings.Trim(strings.TrimPrefix(w[0], "to="), "<>"), w[1:]
}

// one checks the number of deliveries, and each of them.
func (k *checker) one(got []Delivery, copies int, address string, demands []string) error {
	if len(got) != copies {
		return fmt.Errorf("%d arrived, wanted %d", len(got), copies)
	}
	for i := range got {
		for _, demand := range demands {
			if err := k.demand(&got[i], address, demand); err != nil {
				return fmt.Errorf("%w\nTLS %q %s, from <%s>, to %v:\n%.2000s", err, got[i].TLS, got[i].Cipher, got[i].From, got[i].To, got[i].Data)
			}
		}
	}
	return nil
}

func (k *checker) demand(d *Delivery, address, demand string) error {
	word, value, _ := strings.Cut(demand, "=")
	text := []byte(strings.ReplaceAll(value, "_", " "))
	ok := false
	switch word {
	case "copies":
		ok = true
	case "tls":
		ok = d.TLS == value || value == "yes" && d.TLS != "" || value == "no" && d.TLS == ""
	case "bits":
		ok = value == "256" && d.Strong()
	case "bytes":
		ok = bytes.HasSuffix(d.Data, k.c.mail.Data)
	case "body":
		ok = bytes.Equal(body(d.Data), body(k.c.mail.Data))
	case "from":
		ok = d.From == strings.Trim(value, "<>")
	case "args":
		for _, to := range d.To {
			ok = ok || to.Address == address && glob(value).MatchString(to.Args)
		}
	case "alone":
		ok = len(d.To) == 1
	case "has", "names":
		ok = bytes.Contains(d.Data, text)
	case "lacks":
		ok = !bytes.Contains(d.Data, text)
	default:
		return fmt.Errorf("wanted, but not understood: %s", demand)
	}
	if !ok {
		return fmt.Errorf("it doesn't meet %s", demand)
	}
	return nil
}

// body is everything after the header.
func body(data []byte) []byte {
	_, after, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	return after
}
