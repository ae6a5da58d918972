package mta

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Verify checks that mail can flow through the instance with these settings,
// without sending any: the gateway's sockets answer as Postfix expects, the
// tables route a mark, and Postfix itself takes a sender and a recipient on
// the network's way in and on the way back. It returns what was found to
// work.
func (pf *Postfix) Verify(ctx context.Context, p Params) ([]string, error) {
	var good []string
	for _, c := range pf.Checks(p) {
		if err := c.Do(ctx); err != nil {
			return good, fmt.Errorf("%s: %w (%s)", c.Name, err, c.Mend)
		}
		good = append(good, c.Name)
	}
	return good, nil
}

// Check is one thing that must work.
type Check struct {
	Name string
	Do   func(context.Context) error
	Mend string
}

// Checks are the checks of Verify, one by one.
func (pf *Postfix) Checks(p Params) []Check {
	list := []Check{
		{"the gateway answers the milter negotiation", func(ctx context.Context) error {
			network, address := pf.network(p.Milter)
			return ProbeMilter(ctx, network, address)
		}, "start the gateway: systemctl start sealpost; its log says what is wrong; it needs the folder " + pf.QueueDir + "/sealpost (install -d -o sealpost -g postfix -m 2750)"},
		{"the gateway greets on its delivery socket", func(ctx context.Context) error {
			network, address := pf.network(p.Deliver)
			_, err := ProbeSMTP(ctx, network, address, "LHLO")
			return err
		}, "start the gateway: systemctl start sealpost"},
		{"the gateway answers for routes", func(ctx context.Context) error { return pf.askRoutes(ctx, p) },
			"start the gateway: systemctl start sealpost"},
		{"marked mail is routed to the gateway", func(ctx context.Context) error { return pf.askTables(ctx, p) },
			"run `sealpost setup postfix --apply`"},
	}
	if !pf.Running(context.Background()) {
		return list
	}
	list = append(list, Check{"Postfix takes copies back", func(ctx context.Context) error { return pf.tryReinject(ctx, p) },
		"run `sealpost setup postfix --apply`, then `postfix reload`"})
	if address := pf.smtpdAddress(); address != "" {
		list = append(list, Check{"Postfix takes mail on " + address, func(ctx context.Context) error {
			_, err := ProbeSMTP(ctx, "tcp", address, "EHLO", "MAIL FROM:<>", "RCPT TO:<postmaster>", "RSET")
			return err
		}, "see Postfix's log"})
	}
	return list
}

// askRoutes asks for what Postfix asks when it starts ("*") and in the strict
// way for any address. An answer that is an error there would defer all mail.
func (pf *Postfix) askRoutes(ctx context.Context, p Params) error {
	network, address := pf.network(p.Map)
	answer, err := ProbeSocketmap(ctx, network, address, TransportMap, "*")
	if err != nil {
		return err
	}
	if word, _, _ := strings.Cut(answer, " "); word != "NOTFOUND" {
		return fmt.Errorf("the answer for %q is %q, want NOTFOUND", "*", answer)
	}
	for _, table := range []string{PolicyMap, "tls", "verified-tls", "partner-tls"} {
		answer, err := ProbeSocketmap(ctx, network, address, table, "example.invalid")
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		if word, _, _ := strings.Cut(answer, " "); !slices.Contains([]string{"OK", "NOTFOUND", "TEMP", "PERM"}, word) {
			return fmt.Errorf("table %s answers %q", table, answer)
		}
	}
	return nil
}

// askTables goes through transport_maps as Postfix does.
func (pf *Postfix) askTables(ctx context.Context, p Params) error {
	mark := probeMark("content")
	for _, table := range SplitList(pf.Main["transport_maps"]) {
		value, found, err := pf.Lookup(ctx, table, mark)
		if err != nil {
			return fmt.Errorf("asking %s: %w", table, err)
		}
		if found {
			if want := "sealpost:" + p.deliverNextHop(); value != want {
				return fmt.Errorf("%s sends a marked address to %s, want %s", table, value, want)
			}
			return nil
		}
	}
	return fmt.Errorf("no transport table knows a marked address")
}

// tryReinject speaks to the service that takes copies back. After a reload
// the master process needs a moment to open a new socket.
func (pf *Postfix) tryReinject(ctx context.Context, p Params) error {
	network, address := "tcp", p.Reinject
	if !strings.Contains(p.Reinject, ":") {
		network, address = pf.network("unix:public/" + p.Reinject)
	}
	var capabilities []string
	err := fmt.Errorf("no answer on %s", address)
	for range 50 {
		var conn net.Conn
		if conn, err = Dial(ctx, network, address); err == nil {
			conn.Close()
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	if err == nil {
		capabilities, err = ProbeSMTP(ctx, network, address, "EHLO", "MAIL FROM:<>", "RCPT TO:<postmaster@example.invalid>", "RSET")
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(capabilities, func(c string) bool { return strings.HasPrefix(c, "XFORWARD ") && strings.Contains(c, "IDENT") }) {
		return fmt.Errorf("%s doesn't offer XFORWARD IDENT", address)
	}
	return nil
}

// smtpdAddress is a loopback address on which the instance takes mail from
// the network without a login; "" where there is none.
func (pf *Postfix) smtpdAddress() string {
	if i := pf.Main["inet_interfaces"]; i != "" && !strings.Contains(i, "all") && !strings.Contains(i, "loopback") && !strings.Contains(i, "127.0.0.1") && !strings.Contains(i, "localhost") {
		return ""
	}
	for _, e := range pf.Entries {
		f := entryFields(e)
		if ownEntry(e) || entryCommand(e) != "smtpd" || f[1] != "inet" || narrowed(e) {
			continue
		}
		host, port, ok := cutLast(f[0], ':')
		if !ok {
			host, port = "127.0.0.1", f[0]
		}
		host = strings.Trim(host, "[]")
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			return net.JoinHostPort(host, port)
		}
	}
	return ""
}

// narrowed reports whether a service wants a login or TLS of its clients, or
// has rules of its own.
func narrowed(e string) bool {
	for _, name := range []string{"smtpd_tls_wrappermode", "smtpd_tls_security_level", "smtpd_sasl_auth_enable", "smtpd_client_restrictions", "smtpd_recipient_restrictions", "smtpd_milters"} {
		if _, ok := entryOption(e, name); ok {
			return true
		}
	}
	return false
}
