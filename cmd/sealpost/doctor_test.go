package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The doctor says what is wrong and how to mend it, part by part, and its exit
// code follows the worst.
func TestDoctor(t *testing.T) {
	dir := doctorFiles(t)
	pretend(t, filepath.Join(dir, "admin"))
	args := []string{"--config", filepath.Join(dir, "sealpost.yaml"), "doctor", "--files", filepath.Join(dir, "tables")}
	var out, errs bytes.Buffer
	if code := run(context.Background(), append(args, "--format", "json"), nil, &out, &errs); code != exitNo || errs.Len() > 0 {
		t.Errorf("exit code %d, want %d; %s", code, exitNo, errs.String())
	}
	got := map[string]string{} // "check result" and all texts
	for line := range strings.Lines(out.String()) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		got[f.Check+" "+f.Result] += f.Text + "\n"
		if f.Result == resultWrong && f.Mend == "" {
			t.Errorf("no mend for %s: %s", f.Check, f.Text)
		}
	}
	for check, text := range map[string]string{
		"config ok":              "sealpost.yaml",
		"daemon ok":              "process 7",
		"plugin tls ok":          "up 1 tls",
		"plugin pdf wrong":       "died three times",
		"policy wrong":           "unknown level",
		"postfix running wrong":  "isn't running",
		"postfix settings wrong": "submission/inet has smtpd_milters",
		"flow wrong":             "milter negotiation: no",
		"message size note":      "put off",
		"queue lifetime ok":      "5d",
		"aliases note":           "out@bank.example in inline:{{out@bank.example=bob@partner.example}, {in@bank.example=anna@bank.example}} leads outside, to bob@partner.example",
		"later recipients ok":    "expand",
		"mail log ok":            "can be read",
		"mail log wrong":         "other.log",
		"spool ok":               "in memory",
		"disk ok":                "can be written",
	} {
		if !strings.Contains(got[check], text) {
			t.Errorf("%s: %q, want %q", check, got[check], text)
		}
	}
	if strings.Contains(got["aliases note"], "anna") && strings.Count(got["aliases note"], "leads outside") != 1 {
		t.Errorf("aliases: %q, want one that leads outside", got["aliases note"])
	}
	out.Reset()
	run(context.Background(), args, nil, &out, &errs)
	for _, want := range []string{"✓ ok       config", "✗ wrong    plugin pdf", "mend: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, out.String())
		}
	}
}

// doctorFiles is a folder with a configuration and a Postfix that isn't
// attached and doesn't run.
func doctorFiles(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "spd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, content := range map[string]string{
		"sealpost.yaml": "domains: [bank.example]\nmta: {later_recipients: expand, config_dir: DIR/etc, log: [DIR/mail.log], reinject: \"unix:DIR/q/public/sealpost-in\"}\n" +
			"milter: {listen: [\"unix:DIR/q/sealpost/milter\"]}\nadmin: {listen: \"unix:DIR/admin\"}\nstore: {path: DIR/state.db}\nlimits: {message: 1MiB}\n",
		"etc/main.cf": "compatibility_level = 3.6\nqueue_directory = DIR/q\nalias_maps =\nmydestination = localhost\nmaillog_file = DIR/other.log\nmaillog_file_prefixes = /tmp\n" +
			"virtual_alias_maps = inline:{{out@bank.example=bob@partner.example}, {in@bank.example=anna@bank.example}}\n",
		"etc/master.cf": "smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd -o smtpd_milters=\ncleanup unix n - y - 0 cleanup\nrewrite unix - - y - - trivial-rewrite\nbounce unix - - y - 0 bounce\n",
		"mail.log":      "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "DIR", dir)), 0o644); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Minute) // Postfix's tools wait when main.cf is brand-new
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "q"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
