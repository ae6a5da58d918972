package mta

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Expand and Strict are the two ways to judge recipients that the mail server
// adds after the gateway's decision (aliases, forwards).
const (
	Expand = "expand"
	Strict = "strict"
)

// Params are what the settings depend on. NewParams fills them with the
// shipped names.
type Params struct {
	// Milter, Deliver and Map are the gateway's sockets as Postfix names
	// them: "unix:sealpost/milter" (relative to the queue directory) or
	// "inet:127.0.0.1:8899".
	Milter, Deliver, Map string
	// Reinject is the name of the service by which copies come back: a name
	// ("sealpost-in", a Unix socket in the queue directory's public/) or
	// "127.0.0.1:10026".
	Reinject string
	// Files is the folder for the tables.
	Files string
	// LaterRecipients is Expand or Strict.
	LaterRecipients string
	// Version of the Postfix.
	Version Version
	// Knows says whether this Postfix has a main.cf parameter. It is nil
	// where only Version is known.
	Knows func(name string) bool
	// Existing are the explicit lines of main.cf without Sealpost's own.
	Existing map[string]string
	// CAFile holds the trust anchors of the TLS services; empty: as main.cf
	// has it.
	CAFile string
	// DNSSEC says that the machine's resolver validates, so that DANE can be
	// used.
	DNSSEC bool
	// Domains are the domains that policy knows by name: ours, partners',
	// public providers'. Problems tries marks of them on the site's tables.
	Domains []string
}

// NewParams returns the shipped names for a Postfix of that version.
func NewParams(version Version, laterRecipients string) Params {
	return Params{
		Milter: "unix:sealpost/milter", Deliver: "unix:sealpost/deliver", Map: "unix:sealpost/map",
		Reinject: "sealpost-in", Files: "/etc/sealpost/postfix",
		LaterRecipients: laterRecipients, Version: version,
	}
}

// Suffix ends every mark, as in package gateway.
const Suffix = ".sealpost.invalid"

// Ways of a mark that lead to the gateway's LMTP socket.
func gatewayWays() []string { return []string{"content", "portal", "hold", "reject", "notify"} }

// tlsWay is a way of a mark that Postfix's own SMTP client carries out.
type tlsWay struct{ word, floor string }

// The floor is in force even where the map's answer would be weaker or empty.
func tlsWays() []tlsWay {
	return []tlsWay{{"tls", "encrypt"}, {"verified-tls", "secure"}, {"partner-tls", "secure"}, {"opportunistic", "may"}}
}

// Names of the tables that the gateway's socketmap answers.
const (
	TransportMap = "transport"
	PolicyMap    = "tlspolicy"
)

func (p Params) socketmap(table string) string { return "socketmap:" + p.Map + ":" + table }

func (p Params) transportFile() string { return path.Join(p.Files, "transport") }
func (p Params) unmarkFile() string    { return path.Join(p.Files, "unmark") }
func (p Params) receivedFile() string  { return path.Join(p.Files, "received") }

func (p Params) knows(name string, major, minor int) bool {
	if p.Knows != nil {
		return p.Knows(name)
	}
	return p.Version.AtLeast(major, minor)
}

// Guarded reports whether the gateway is asked for the route of marked
// addresses only. In strict mode it must see every address; and beside other
// transport maps the guard must not stand, because it would hide their domain
// entries (Postfix asks every map for the whole address before it asks any
// for the domain).
func (p Params) Guarded() bool {
	return p.LaterRecipients == Expand && strings.TrimSpace(p.Existing["transport_maps"]) == ""
}

// PostfixSettings returns the settings for one Postfix.
func PostfixSettings(p Params) Settings {
	return Settings{
		Main:     p.mainSettings(),
		Services: p.services(),
		Files:    p.files(),
		Notes:    p.notes(),
	}
}

func (p Params) mainSettings() []Setting {
	s := []Setting{
		{"smtpd_milters", p.appendTo("smtpd_milters", p.milter(p.defaultAction())),
			"every message from the network is shown to the gateway before it is queued; without the gateway the client is told to come back"},
		{"non_smtpd_milters", p.appendTo("non_smtpd_milters", p.milter("tempfail")),
			"and every message that is made on this machine"},
		{"internal_mail_filter_classes", p.appendTo("internal_mail_filter_classes", "bounce"),
			"notifications name the real recipient instead of the mark"},
		{"milter_protocol", "6", "the gateway needs the protocol of Postfix 2.6 and later"},
		{"enable_long_queue_ids", "yes", "a queue id in the log names one message only"},
	}
	if p.knows("smtpd_forbid_bare_newline", 3, 9) {
		s = append(s, Setting{"smtpd_forbid_bare_newline", p.keep("smtpd_forbid_bare_newline", "normalize", "yes", "reject"),
			"no message can be smuggled inside another"})
	}
	maps := []string{"regexp:" + p.transportFile(), p.socketmap(TransportMap)}
	s = append(s,
		Setting{"transport_maps", p.putBefore("transport_maps", maps...), "marked mail takes the way that was decided, whatever else is routed"},
		Setting{"smtp_tls_policy_maps", p.putBefore("smtp_tls_policy_maps", p.socketmap(PolicyMap)),
			"partners' domains are protected also in mail that carries no mark"},
		Setting{"smtp_tls_security_level", p.tlsLevel(), "TLS wherever the other side offers it"},
		Setting{"smtp_tls_loglevel", p.logLevel(), "the log shows how each delivery was encrypted"},
	)
	if p.DNSSEC {
		s = append(s, Setting{"smtp_dns_support_level", "dnssec", "DANE"})
	}
	if p.knows("tls_required_enable", 3, 10) {
		s = append(s, Setting{"tls_required_enable", "no", "no sender's header (TLS-Required: no) lifts what was agreed with a partner"})
	}
	return s
}

func (p Params) milter(action string) string {
	return fmt.Sprintf("{ %s, connect_timeout=10s, command_timeout=60s, content_timeout=600s, default_action=%s }", p.Milter, action)
}

// defaultAction is what the client meets when the gateway is away. From 3.11
// a session whose milter broke is ended, instead of answering 451 to
// everything that follows.
func (p Params) defaultAction() string {
	if p.Version.AtLeast(3, 11) {
		return "shutdown"
	}
	return "tempfail"
}

// appendTo returns what main.cf has for a list, and the values behind it.
func (p Params) appendTo(name string, values ...string) string {
	list := SplitList(p.Existing[name])
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return strings.Join(list, ", ")
}

// putBefore returns the values, and behind them what main.cf has for a list.
// The first table that has an answer is the one that counts.
func (p Params) putBefore(name string, values ...string) string {
	list := slices.DeleteFunc(SplitList(p.Existing[name]), func(v string) bool { return slices.Contains(values, v) })
	return strings.Join(append(slices.Clone(values), list...), ", ")
}

// keep returns what main.cf has if it is one of the alternatives, else value.
func (p Params) keep(name, value string, alternatives ...string) string {
	if have := p.Existing[name]; slices.Contains(alternatives, have) {
		return have
	}
	return value
}

func (p Params) tlsLevel() string {
	have := strings.TrimSpace(p.Existing["smtp_tls_security_level"])
	if have == "" || have == "none" {
		return "may"
	}
	return have
}

func (p Params) logLevel() string {
	if n, err := strconv.Atoi(strings.TrimSpace(p.Existing["smtp_tls_loglevel"])); err == nil && n > 1 {
		return strconv.Itoa(n)
	}
	return "1"
}

func (p Params) services() []Service {
	list := []Service{{
		Name: "sealpost", Type: "unix", Private: "-", Chroot: "n", Command: "lmtp",
		Options: []Option{
			{"syslog_name", "postfix/sealpost"},
			{"lmtp_send_xforward_command", "yes"},
			{"lmtp_tls_security_level", "none"},
			{"lmtp_data_done_timeout", "1200s"},
			{"lmtp_generic_maps", ""},
			{"lmtp_line_length_limit", "0"},
		},
		Why: "marked mail whose content is treated goes to the gateway",
	}}
	for _, w := range tlsWays() {
		list = append(list, p.tlsService(w))
	}
	return append(list, p.reinjectService())
}

func (p Params) tlsService(w tlsWay) Service {
	o := []Option{
		{"syslog_name", "postfix/sealpost-" + w.word},
		{"smtp_tls_security_level", w.floor},
	}
	if w.floor != "may" {
		o = append(o, Option{"smtp_tls_policy_maps", p.socketmap(w.word)})
	} else {
		// What comes here was decided, and perhaps encrypted because the
		// partner's own TLS has failed for too long.
		o = append(o, Option{"smtp_tls_policy_maps", p.Existing["smtp_tls_policy_maps"]})
	}
	if p.CAFile != "" {
		o = append(o, Option{"smtp_tls_CAfile", p.CAFile})
	}
	if p.DNSSEC {
		o = append(o, Option{"smtp_dns_support_level", "dnssec"})
	}
	generic := append([]string{"regexp:" + p.unmarkFile()}, SplitList(p.Existing["smtp_generic_maps"])...)
	headers := append(SplitList(p.Existing["smtp_header_checks"]), "regexp:"+p.receivedFile())
	o = append(o,
		Option{"smtp_tls_loglevel", p.logLevel()},
		Option{"smtp_generic_maps", strings.Join(generic, ",")},
		Option{"smtp_header_checks", strings.Join(headers, ",")},
		Option{"smtp_fallback_relay", ""},
	)
	if w.floor != "may" && p.knows("tls_required_enable", 3, 10) {
		o = append(o, Option{"tls_required_enable", "no"})
	}
	return Service{
		Name: "sealpost-" + w.word, Type: "unix", Private: "-", Chroot: "n", Command: "smtp", Options: o,
		Why: fmt.Sprintf("marked mail of level %s; TLS at least %q whatever else is configured", w.word, w.floor),
	}
}

// reinjectService takes copies back into the queue. It listens where only the
// mail system's own group can connect, and believes nobody but this machine.
func (p Params) reinjectService() Service {
	s := Service{
		Name: p.Reinject, Type: "unix", Private: "n", Chroot: "n", Command: "smtpd",
		Why: "treated copies come back here and are not judged a second time",
	}
	if strings.Contains(p.Reinject, ":") {
		s.Type = "inet"
	}
	s.Options = []Option{
		{"syslog_name", "postfix/sealpost-in"},
		{"smtpd_milters", ""},
		{"content_filter", ""},
		{"smtpd_proxy_filter", ""},
		{"smtpd_upstream_proxy_protocol", ""},
		{"mynetworks", "127.0.0.0/8"},
		{"local_header_rewrite_clients", ""},
		{"smtpd_client_restrictions", "permit_mynetworks,reject"},
		{"smtpd_helo_restrictions", ""},
		{"smtpd_sender_restrictions", ""},
		{"smtpd_relay_restrictions", "permit_mynetworks,reject"},
		{"smtpd_recipient_restrictions", "permit_mynetworks,reject"},
		{"smtpd_data_restrictions", ""},
		{"smtpd_end_of_data_restrictions", ""},
		{"smtpd_reject_unlisted_recipient", "no"},
		{"smtpd_reject_unlisted_sender", "no"},
		{"smtpd_authorized_xforward_hosts", "127.0.0.0/8"},
		{"smtpd_authorized_xclient_hosts", ""},
		{"smtpd_sasl_auth_enable", "no"},
		{"smtpd_tls_security_level", "none"},
		{"smtpd_tls_wrappermode", "no"},
		{"smtpd_discard_ehlo_keyword_address_maps", ""},
		{"smtpd_discard_ehlo_keywords", ""},
		{"receive_override_options", "no_milters,no_header_body_checks,no_address_mappings,no_unknown_recipient_checks"},
	}
	return s
}

func (p Params) files() []File {
	var t strings.Builder
	t.WriteString("# Written by `sealpost setup postfix`: the way of marked mail.\n")
	fmt.Fprintf(&t, "/\\.(%s)\\.sealpost\\.invalid$/\tsealpost:%s\n", strings.Join(gatewayWays(), "|"), p.deliverNextHop())
	if p.Guarded() {
		t.WriteString("# Everything else that isn't marked takes the ordinary way, and the gateway isn't asked.\n")
		t.WriteString("!/\\.sealpost\\.invalid$/\t:\n")
	}
	words := make([]string, 0, len(tlsWays()))
	for _, w := range tlsWays() {
		words = append(words, w.word)
	}
	words = append(words, "treated") // a copy of which the content is protected; it takes the opportunistic service
	u := "# Written by `sealpost setup postfix`: takes the mark off on the wire.\n" +
		fmt.Sprintf("/^(.+@.+)\\.[a-z2-7]{26}\\.(%s)\\.sealpost\\.invalid$/\t$1\n", strings.Join(words, "|"))
	r := "# Written by `sealpost setup postfix`: takes the mark out of the trace of a copy that was handed back.\n" +
		"/^(Received:.*[[:space:]]for <[^>]+)\\.[a-z2-7]{26}\\.[a-z-]+\\.sealpost\\.invalid(>.*)$/\tREPLACE $1$2\n"
	return []File{{p.transportFile(), t.String()}, {p.unmarkFile(), u}, {p.receivedFile(), r}}
}

// deliverNextHop is the gateway's LMTP socket as lmtp(8) wants it.
func (p Params) deliverNextHop() string {
	if strings.HasPrefix(p.Deliver, "unix:") {
		return p.Deliver
	}
	host, port, _ := cutLast(strings.TrimPrefix(p.Deliver, "inet:"), ':')
	return "inet:[" + strings.Trim(host, "[]") + "]:" + port
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (p Params) notes() []string {
	n := []string{"while the gateway is down, mail from this machine to other servers waits in the queue, since partners' TLS policy can't be asked; nothing is lost"}
	if maps := p.Existing["transport_maps"]; p.LaterRecipients == Expand && strings.TrimSpace(maps) != "" {
		n = append(n, "transport_maps has entries of its own ("+maps+"): Sealpost's stand in front of them, so that nothing else can catch marked mail, "+
			"and the gateway is asked for every address; while it is down ordinary mail waits in the queue too")
	}
	if p.LaterRecipients == Strict {
		n = append(n, "later_recipients is strict: the gateway is asked for every address, so while it is down ordinary mail waits in the queue too")
	}
	if relay := p.Existing["relayhost"]; relay != "" {
		n = append(n, "relayhost is "+relay+": mail of a TLS level goes straight to the recipient's server instead, since only there TLS can be verified; "+
			"a firewall must let it out to port 25")
	}
	if d := p.Existing["default_transport"]; d != "" && d != "smtp" {
		n = append(n, "default_transport is "+d+": mail of a TLS level doesn't use it")
	}
	if strings.Contains(p.Reinject, ":") {
		n = append(n, "copies come back on "+p.Reinject+", where any user of this machine can hand in mail that isn't judged: a Unix socket (mta.reinject: unix:…/public/sealpost-in) is safer")
	}
	if bcc := p.Existing["always_bcc"]; bcc != "" && p.LaterRecipients == Expand {
		n = append(n, "always_bcc is "+bcc+": that copy is added after the decision; keep the address on this machine, or use later_recipients: strict")
	}
	if p.LaterRecipients == Expand {
		for _, name := range []string{"smtpd_milters", "non_smtpd_milters"} {
			if others := p.Existing[name]; strings.TrimSpace(others) != "" {
				n = append(n, name+" has other milters ("+others+"): a recipient that one of them adds isn't shown to the gateway and isn't judged; "+
					"where that happens use later_recipients: strict")
			}
		}
	}
	if p.Existing["smtp_tls_security_level"] == "none" {
		n = append(n, "smtp_tls_security_level was none and becomes may")
	}
	return n
}

// SplitList splits a main.cf list at commas and blanks; what stands in braces
// stays whole.
func SplitList(s string) []string {
	var list []string
	depth, start := 0, -1
	flush := func(end int) {
		if start >= 0 {
			list = append(list, s[start:end])
			start = -1
		}
	}
	for i := range len(s) {
		switch c := s[i]; {
		case depth == 0 && strings.IndexByte(", \t\r\n", c) >= 0:
			flush(i)
			continue
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(s))
	return list
}
