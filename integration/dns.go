package integration

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// DNS is the rig's name server: it knows what it was told and answers
// NXDOMAIN to everything else. Its answers carry the AD bit, as those of a
// validating resolver do, unless a name was marked insecure.
type DNS struct {
	servers []*dns.Server

	mu       sync.Mutex
	records  map[string][]dns.RR // by lower-case owner name
	broken   map[string]bool     // answered with SERVFAIL
	insecure map[string]bool     // answered without the AD bit
}

// NewDNS serves the zone text on address ("127.0.0.53:53"), over UDP and TCP.
func NewDNS(address, zone string) (*DNS, error) {
	d := &DNS{records: map[string][]dns.RR{}, broken: map[string]bool{}, insecure: map[string]bool{}}
	if err := d.Add(zone); err != nil {
		return nil, err
	}
	packet, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, fmt.Errorf("starting the rig's name server: %w", err)
	}
	stream, err := net.Listen("tcp", address)
	if err != nil {
		packet.Close()
		return nil, fmt.Errorf("starting the rig's name server: %w", err)
	}
	d.servers = []*dns.Server{{PacketConn: packet, Handler: d}, {Listener: stream, Handler: d}}
	for _, s := range d.servers {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe() //nolint:errcheck // ends with Close
		<-started
	}
	return d, nil
}

// Add adds records, in the form of a zone file with absolute names.
func (d *DNS) Add(zone string) error {
	parser := dns.NewZoneParser(strings.NewReader(zone), ".", "rig")
	parser.SetDefaultTTL(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		owner := strings.ToLower(rr.Header().Name)
		d.records[owner] = append(d.records[owner], rr)
	}
	if err := parser.Err(); err != nil {
		return fmt.Errorf("reading the rig's zone: %w", err)
	}
	return nil
}

// Remove forgets a name.
func (d *DNS) Remove(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.records, strings.ToLower(dns.Fqdn(name)))
}

// Break makes look-ups of a name fail (SERVFAIL) until it is called with
// false.
func (d *DNS) Break(name string, broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken[strings.ToLower(dns.Fqdn(name))] = broken
}

// Insecure takes the AD bit from a name's answers.
func (d *DNS) Insecure(name string, insecure bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.insecure[strings.ToLower(dns.Fqdn(name))] = insecure
}

// ServeDNS answers one question.
func (d *DNS) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg)
	answer.SetReply(question)
	answer.RecursionAvailable = true
	d.fill(answer)
	if len(question.Question) == 1 && question.IsEdns0() != nil {
		answer.SetEdns0(4096, true)
	}
	if w.RemoteAddr().Network() == "udp" {
		answer.Truncate(4096)
	}
	_ = w.WriteMsg(answer) // the client asks again
}

func (d *DNS) fill(answer *dns.Msg) {
	if len(answer.Question) != 1 {
		answer.Rcode = dns.RcodeFormatError
		return
	}
	q := answer.Question[0]
	name := strings.ToLower(q.Name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken[name] {
		answer.Rcode = dns.RcodeServerFailure
		return
	}
	answer.AuthenticatedData = !d.insecure[name]
	known, ok := d.records[name]
	if !ok {
		answer.Rcode = dns.RcodeNameError
	}
	for _, rr := range known {
		if rr.Header().Rrtype == q.Qtype || rr.Header().Rrtype == dns.TypeCNAME {
			answer.Answer = append(answer.Answer, dns.Copy(rr))
		}
	}
}

// Close stops the name server.
func (d *DNS) Close() {
	for _, s := range d.servers {
		_ = s.Shutdown() // it was started, and there is nobody to tell
	}
}
