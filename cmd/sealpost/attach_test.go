package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/mta"
	"github.com/sealpost/sealpost/policy"
)

// A mail server that would change marked recipients isn't served: their mail
// would leave without its treatment. In mode strict the site's routes are
// learnt.
func TestAttach(t *testing.T) {
	ctx := context.Background()
	dir := doctorFiles(t)
	data := fstest.MapFS{}
	files, err := filepath.Glob("../../rego/data/*.yaml")
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		if err = errors.Join(err, readErr); filepath.Base(file) == "organisation.yaml" {
			text = []byte("local_domains: []\npartners:\n  partner.example: {name: Partner Ltd, level: partner-tls}\nexceptions: {}\nholidays: {}\n")
		}
		data[filepath.Base(file)] = &fstest.MapFile{Data: text}
	}
	if err != nil {
		t.Fatal(err)
	}
	engine, err := policy.NewEngine(ctx, policy.Source{Policy: os.DirFS("../../rego"), Data: data}, policy.BuildOptions{Vocabulary: vocabulary(detect.Detectors(), []string{"tls", "smime", "openpgp", "pdf", "portal", "reject", "notify", "hold"}), Deadline: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	main, err := os.ReadFile(filepath.Join(dir, "etc/main.cf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, mode, line, table, want string }{
		{"nothing in the way", mta.Expand, "", "", ""},
		{"a pattern that isn't bound", mta.Expand, "recipient_canonical_maps = regexp:DIR/table\n", "/@partner\\.example/ all@bank.example\n", "would change marked mail"},
		{"a pattern for a partner's marks", mta.Strict, "recipient_canonical_maps = regexp:DIR/table\n", "/@partner\\.example.*$/ all@bank.example\n", "would change marked mail"},
		{"a relay in mode strict", mta.Strict, "relayhost = [relay.example]\n", "", ""},
	} {
		for name, content := range map[string]string{"etc/main.cf": string(main) + c.line, "etc/master.cf": "smtp unix - - n - - smtp\n", "table": c.table} {
			path, old := filepath.Join(dir, name), time.Now().Add(-time.Minute)
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "DIR", dir)), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		cfg := &config.Config{}
		cfg.MTA.ConfigDir, cfg.MTA.LaterRecipients = filepath.Join(dir, "etc"), c.mode
		d := &daemon{cfg: cfg, log: zap.NewNop(), policy: engine, gateway: gateway.New(gateway.Options{})}
		pf, err := mta.InspectPostfix(ctx, cfg.MTA.ConfigDir)
		if err != nil {
			t.Fatal(err)
		}
		err = d.attach(ctx, pf)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err != nil || c.mode != mta.Strict {
			continue
		}
		if hop, _, err := d.gateway.NextHop(ctx, "bob@b.example"); err != nil || hop != "[relay.example]" {
			t.Errorf("%s: next hop %q, %v", c.name, hop, err)
		}
	}
}
