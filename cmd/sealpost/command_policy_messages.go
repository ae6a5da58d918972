package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/audit"
	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

// lab reads messages as the gateway does, for policies that are tried.
type lab struct {
	spool     *message.Spool
	inspector *inspect.Inspector
	location  *time.Location
}

// newLab is set as the configuration says; cfg may be nil.
func (a *app) newLab(cfg *config.Config) (*lab, error) {
	l := &lab{spool: message.NewSpool(2<<30, 4<<30), location: time.UTC}
	options := inspect.Options{Passwords: true, Extract: extract.Options{Worker: a.worker, Cache: userCache()}}
	if cfg != nil {
		var err error
		if options, err = inspectOptions(cfg, a.worker); err != nil {
			return nil, err
		}
		if l.location, err = time.LoadLocation(cfg.Policy.TimeZone); err != nil {
			return nil, fmt.Errorf("reading policy.time_zone: %w", err)
		}
	}
	options.Spool, options.Budget = l.spool, time.Minute
	var err error
	if l.inspector, err = inspect.New(options); err != nil {
		return nil, fmt.Errorf("starting inspection: %w", err)
	}
	return l, nil
}

func (l *lab) close() error { return l.inspector.Close() }

// supposed is what is supposed of a message's way; what is empty is taken from
// its header.
type supposed struct {
	from, auth, clientTLS string
	fromSet               bool // from "" is the null sender
	to                    []string
	date                  time.Time
}

func (s *supposed) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.from, "from", "", `envelope sender; "" is the null sender (default: the header's From)`)
	cmd.Flags().StringArrayVar(&s.to, "to", nil, "envelope recipient; may be given several times (default: the header's To and Cc)")
	cmd.Flags().StringVar(&s.auth, "auth", "", "login name of the client, if it authenticated")
	cmd.Flags().StringVar(&s.clientTLS, "client-tls", "none", "TLS of the client's connection: none, TLSv1.2 or TLSv1.3")
}

// sample reads one message.
func (l *lab) sample(ctx context.Context, gen *policy.Generation, name string, in io.Reader, s supposed) (*policy.Sample, error) {
	content, err := l.spool.New()
	if err != nil {
		return nil, err
	}
	m := &message.Message{ID: message.NewID(), Content: content}
	defer m.Close()
	if _, err := io.Copy(message.CRLF(content), in); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if err := m.ReadContext(ctx); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if err := s.envelope(m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	report := l.inspector.Inspect(ctx, m, nil)
	facts, recipients := gateway.New(gateway.Options{Location: l.location}).Facts(gen, m, &report)
	return &policy.Sample{Name: name, Input: facts, Recipients: recipients}, nil
}

// envelope fills a message's envelope.
func (s supposed) envelope(m *message.Message) error {
	m.Envelope = message.Envelope{Sender: s.from, QueueID: "policy", Client: message.Client{User: s.auth, Addr: netip.MustParseAddr("127.0.0.1")}}
	if s.clientTLS != "" && s.clientTLS != "none" {
		m.Envelope.Client.TLS = &message.TLS{Version: s.clientTLS, Cipher: "TLS_AES_256_GCM_SHA384", Bits: 256}
	}
	if from := addresses(m, "From"); s.from == "" && !s.fromSet && len(from) > 0 {
		m.Envelope.Sender = from[0]
	}
	to := s.to
	if len(to) == 0 {
		to = append(addresses(m, "To"), addresses(m, "Cc")...)
	}
	if len(to) == 0 {
		return errors.New("nobody to send it to; say --to")
	}
	for _, address := range to {
		m.Envelope.Recipients = append(m.Envelope.Recipients, message.Recipient{Typed: address, Address: address})
	}
	m.Received = s.date
	if m.Received.IsZero() {
		m.Received = time.Now()
		if sent, err := mail.ParseDate(m.Header.Text("Date")); err == nil {
			m.Received = sent
		}
	}
	return nil
}

func addresses(m *message.Message, field string) (all []string) {
	for _, value := range m.Header.Values(field) {
		list, err := mail.ParseAddressList(strings.TrimSpace(value))
		if err != nil {
			continue // somebody else is named, or --to says who
		}
		for _, a := range list {
			all = append(all, a.Address)
		}
	}
	return all
}

// samples reads files and folders one after the other. Beside a NAME.eml, a
// NAME.want says from whom to whom it goes; a file of the audit log stands for
// the messages that were decided.
func (l *lab) samples(ctx context.Context, gen *policy.Generation, paths []string, s supposed) policy.Samples {
	return func(yield func(*policy.Sample, error) bool) {
		files, failed := expandFolders(paths)
		if failed != nil && !yield(nil, failed) {
			return
		}
		for _, file := range files {
			switch filepath.Ext(file) {
			case caseExt, ".rego", ".yaml":
				continue
			case ".jsonl":
				if !recorded(file, yield) {
					return
				}
				continue
			}
			if !yield(l.file(ctx, gen, file, s)) {
				return
			}
		}
	}
}

// recorded yields what policy was asked about the messages of a file of the
// audit log.
func recorded(file string, yield func(*policy.Sample, error) bool) (more bool) {
	for e, err := range audit.Entries(file, "") {
		if err == nil && e.Kind != gateway.DecidedKind {
			continue
		}
		var d gateway.Decided
		if err == nil {
			err = json.Unmarshal(e.Record, &d)
		}
		if err != nil {
			if !yield(nil, err) {
				return false
			}
			continue
		}
		s := &policy.Sample{Name: e.ID, Input: d.Input}
		for _, r := range d.Recipients {
			s.Recipients = append(s.Recipients, policy.Recipient{Address: r.Address, Domain: message.Domain(r.Address)})
		}
		if !yield(s, nil) {
			return false
		}
	}
	return true
}

func (l *lab) file(ctx context.Context, gen *policy.Generation, file string, s supposed) (*policy.Sample, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + caseExt)
	if err == nil && len(s.to) == 0 && !s.fromSet {
		c, err := policy.ReadCase(file, content, gen.Rules())
		if c == nil || len(c.To) == 0 {
			return nil, err
		}
		s = ofCase(c) // what it wants of another policy's rules doesn't matter
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return l.sample(ctx, gen, file, f, s)
}

// caseExt is how the wanted decision's file is called beside a NAME.eml.
const caseExt = ".want"

// ofCase is a case's envelope.
func ofCase(c *policy.Case) supposed {
	s := supposed{from: c.From, fromSet: true, auth: c.Auth, clientTLS: c.ClientTLS, date: c.Date}
	for _, w := range c.To {
		s.to = append(s.to, w.Address)
	}
	return s
}

// runCases runs each NAME.eml with a NAME.want in the policy's folder.
func (l *lab) runCases(ctx context.Context, gen *policy.Generation, files fs.FS, only func(string) bool) (passed int, failed []policy.TestFailure, err error) {
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != caseExt || !only(name) {
			return err
		}
		differs, err := l.runCase(ctx, gen, files, name)
		if err != nil {
			return err
		}
		if len(differs) == 0 {
			passed++
			return nil
		}
		failed = append(failed, policy.TestFailure{Name: strings.TrimSuffix(filepath.Base(name), caseExt), File: name, Text: strings.Join(differs, "; ")})
		return nil
	})
	return passed, failed, err
}

func (l *lab) runCase(ctx context.Context, gen *policy.Generation, files fs.FS, name string) (differs []string, err error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	c, err := policy.ReadCase(name, content, gen.Rules())
	if err != nil {
		return nil, err
	}
	f, err := files.Open(strings.TrimSuffix(name, caseExt) + ".eml")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := l.sample(ctx, gen, name, f, ofCase(c))
	if err != nil {
		return nil, err
	}
	d, err := gen.Decide(ctx, s.Input, s.Recipients)
	if err != nil {
		return []string{err.Error()}, nil
	}
	return c.Compare(d), nil
}
