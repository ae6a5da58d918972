package integration

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// Names and addresses of the rig that tests refer to.
const (
	OurDomain   = "bank.example"
	GatewayHost = "gw.bank.example"
	GatewayAddr = "127.0.0.1:25"

	Mailstore = "mailstore" // the sink behind the gateway, for our own domain
	Internet  = "internet"  // the sink for public providers and everybody else
	Partner   = "partner"   // the partner with good TLS
	NoTLS     = "notls"     // the partner without TLS
)

// host is one mail server of the world around the gateway.
type host struct {
	name    string   // the sink's name
	host    string   // in DNS and certificate
	ip      string   // its address
	cert    CertKind // what its TLS is worth
	domains []string // whose mail it takes
}

func world() []host {
	return []host{
		{Mailstore, "mailstore.bank.example", "127.0.0.2", None, nil},
		{Partner, "mx.partner.example", "127.0.0.10", Good, []string{"partner.example", "partner-two.example"}},
		{NoTLS, "mx.notls.example", "127.0.0.11", None, []string{"notls.example", "plain.example"}},
		{Internet, "mx.internet.example", "127.0.0.12", Good,
			[]string{"gmail.com", "outlook.com", "yahoo.com", "business.example", "example.net", "example.org"}},
		{"wrongname", "mx.wrongname.example", "127.0.0.13", WrongName, []string{"wrongname.example"}},
		{"expired", "mx.expired.example", "127.0.0.14", Expired, []string{"expired.example"}},
		{"selfsigned", "mx.selfsigned.example", "127.0.0.15", SelfSigned, []string{"selfsigned.example"}},
		{"smallkey", "mx.smallkey.example", "127.0.0.16", SmallKey, []string{"smallkey.example"}},
		{"weak", "mx.weak.example", "127.0.0.17", Weak, []string{"weak.example"}},
	}
}

// Rig is the whole world: name server, certificates, everybody's mail servers,
// and the gateway's Postfix, not yet started and without Sealpost.
type Rig struct {
	Dir     string
	CA      *CA
	DNS     *DNS
	Sinks   map[string]*Sink
	Gateway *Postfix
	cert    string // PEM of the gateway's certificate and key
}

// New builds the world in a fresh sub-folder of the rig's folder. It has to run
// inside the namespace (Enclose). One world can be open at a time, for the
// ports.
func New() (r *Rig, err error) {
	dir, err := Folder()
	if err != nil {
		return nil, err
	}
	// The name is short: paths of sockets have room for 107 bytes.
	if dir, err = os.MkdirTemp(dir, "r"); err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("making the rig's folder: %w", err)
	}
	r = &Rig{Dir: dir, Sinks: map[string]*Sink{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.CA, err = NewCA(r.Dir); err != nil {
		return r, err
	}
	if r.DNS, err = NewDNS(Resolver+":53", zone()); err != nil {
		return r, err
	}
	for _, h := range world() {
		if err := r.addSink(h); err != nil {
			return r, err
		}
	}
	if _, r.cert, err = r.CA.Server(GatewayHost, Good); err != nil {
		return r, err
	}
	if err = r.Aliases(nil); err != nil {
		return r, err
	}
	return r, r.makeGateway("gateway", false)
}

func zone() string {
	z := GatewayHost + ". A 127.0.0.1\n" + OurDomain + ". MX 10 " + GatewayHost + ".\n"
	for _, h := range world() {
		z += h.host + ". A " + h.ip + "\n"
		for _, d := range h.domains {
			z += d + ". MX 10 " + h.host + ".\n"
		}
	}
	return z
}

func (r *Rig) addSink(h host) error {
	opts := SinkOptions{Name: h.name, Host: h.host, Addr: h.ip + ":25", Log: filepath.Join(r.Dir, h.name+".jsonl")}
	if h.cert != None {
		cert, _, err := r.CA.Server(h.host, h.cert)
		if err != nil {
			return err
		}
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if h.cert == Weak {
			opts.TLS.MaxVersion = tls.VersionTLS12
			opts.TLS.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}
	}
	sink, err := NewSink(opts)
	if err != nil {
		return err
	}
	r.Sinks[h.name] = sink
	return nil
}

// makeGateway makes the gateway's Postfix: it takes mail for the outside from
// our clients, and hands our own domain's mail to the mailstore.
func (r *Rig) makeGateway(folder string, chroot bool) (err error) {
	r.Gateway, err = NewPostfix(PostfixOptions{
		Dir: filepath.Join(r.Dir, folder), Hostname: GatewayHost,
		Listen: []string{GatewayAddr}, Chroot: chroot, Main: r.GatewayMain(),
	})
	return err
}

// Chroot makes the gateway's Postfix anew, with its services in the queue
// directory as Debian has them. It has to be called before anything is started.
func (r *Rig) Chroot() error { return r.makeGateway("chroot", true) }

// GatewayMain returns the gateway's settings as an organisation has them
// before Sealpost is added.
func (r *Rig) GatewayMain() map[string]string {
	aliases := filepath.Join(r.Dir, "virtual")
	return map[string]string{
		"mydomain":                  OurDomain,
		"myorigin":                  OurDomain,
		"relay_domains":             OurDomain,
		"relay_transport":           "relay:[127.0.0.2]:25",
		"smtpd_tls_security_level":  "may",
		"smtpd_tls_chain_files":     r.cert,
		"smtpd_tls_received_header": "yes",
		"smtp_tls_CAfile":           r.CA.CertFile,
		"virtual_alias_maps":        "texthash:" + aliases,
	}
}

// Aliases writes the gateway's virtual aliases ("team@bank.example" →
// "bob@partner.example, …"). They hold from the next message on if Postfix is
// reloaded. (A changed table makes Postfix's processes end when they see it,
// and whoever talks to them wait a second: so it is written only if it
// changes.)
func (r *Rig) Aliases(aliases map[string]string) error {
	text := ""
	for from, to := range aliases {
		text += from + " " + to + "\n"
	}
	file := filepath.Join(r.Dir, "virtual")
	if have, err := os.ReadFile(file); err == nil && string(have) == text {
		return nil
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing aliases: %w", err)
	}
	return nil
}

// Start starts the gateway's Postfix with extra lines on top of the
// organisation's own.
func (r *Rig) Start(ctx context.Context, main map[string]string, services []string, files map[string]string) error {
	settings := r.GatewayMain()
	maps.Copy(settings, main)
	if err := r.Gateway.Configure(settings, services, files); err != nil {
		return err
	}
	return r.Gateway.Start(ctx)
}

// Forget makes all sinks forget what they recorded, and lifts their refusals.
func (r *Rig) Forget() {
	for _, s := range r.Sinks {
		s.Forget()
		s.mu.Lock()
		s.rules, s.pause = nil, 0
		s.mu.Unlock()
	}
}

// ClientTLS is what clients of ours use to reach the gateway.
func (r *Rig) ClientTLS() *tls.Config {
	return &tls.Config{RootCAs: r.CA.Pool(), ServerName: GatewayHost}
}

// Close stops everything that New started. The folder stays until Enclose
// ends.
func (r *Rig) Close() error {
	var all error
	if r.Gateway != nil {
		all = errors.Join(all, r.Gateway.Stop())
	}
	for _, s := range r.Sinks {
		all = errors.Join(all, s.Close())
	}
	if r.DNS != nil {
		r.DNS.Close()
	}
	return all
}
