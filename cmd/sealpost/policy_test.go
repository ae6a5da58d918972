package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/api"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// keyFiles writes a key pair.
func keyFiles(t *testing.T, name string) (private, public string) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	private, public = filepath.Join(t.TempDir(), name+".key"), filepath.Join(t.TempDir(), name+".pub")
	write(t, private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: a})))
	write(t, public, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b})))
	return private, public
}

// A bundle that is made here is what a gateway with its key is configured for,
// and nobody else's is.
func TestPolicyBundle(t *testing.T) {
	private, public := keyFiles(t, "policy")
	_, other := keyFiles(t, "other")
	dir := t.TempDir()
	bundle := filepath.Join(dir, "policy.tar.gz")
	sealpost := func(args ...string) (out string, code int) {
		var b bytes.Buffer
		code = run(context.Background(), args, strings.NewReader(""), &b, &b)
		return b.String(), code
	}
	build := []string{"policy", "build", "../../rego", "--key", private, "--key-id", "k1", "--revision", "2026-03", "--output", bundle}
	if out, code := sealpost(build...); code != exitFine || out != bundle+": revision 2026-03, signed by k1\n" {
		t.Fatalf("%d %s", code, out)
	}
	configured := func(key string) string {
		path := filepath.Join(dir, filepath.Base(key)+".yaml")
		write(t, path, fmt.Sprintf("mta: {later_recipients: expand}\npolicy: {bundle: %s, bundle_key: %s, bundle_key_id: k1, bundle_keep: %s/keep}\n", bundle, key, dir))
		return path
	}
	if out, code := sealpost("--config", configured(public), "policy", "check"); code != exitFine || out != "" {
		t.Errorf("%d %s", code, out)
	}
	if out, code := sealpost("--config", configured(other), "policy", "check"); code != exitCouldNotTell || !strings.Contains(out, "bundle refused") {
		t.Errorf("by another key: %d %s", code, out)
	}
	if out, code := sealpost("policy", "build", "../../rego", "--key", public, "--key-id", "k1", "--output", bundle); code != exitUsage || !strings.Contains(out, "private key") {
		t.Errorf("with a public key: %d %s", code, out)
	}
	broken := filepath.Join(dir, "rego")
	write(t, filepath.Join(broken, "main.rego"), "package sealpost.main\n\ndecision := input.recipient.knd\n")
	if out, code := sealpost("policy", "build", broken, "--key", private, "--key-id", "k1", "--output", bundle+"2"); code != exitNo || !strings.Contains(out, `did you mean "kind"?`) {
		t.Errorf("a broken policy: %d %s", code, out)
	}
	if _, err := os.Stat(bundle + "2"); err == nil {
		t.Error("a broken policy was written")
	}
}

func TestPrintPolicy(t *testing.T) {
	when := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	err := printPolicy(&b, api.Policy{Revision: "abc", Loaded: when, Source: "https://p.example/x.tar.gz", Bundle: "2026-03", Checked: when.Add(time.Minute),
		Refused: "a.rego:3:1: one\nb.rego:4:2: two", RefusedAt: when.Add(time.Hour), Problem: "the server answers 500"})
	if err != nil {
		t.Fatal(err)
	}
	want := `Revision  abc
In force  since 2026-03-02 10:00:00 UTC
Bundle    2026-03 from https://p.example/x.tar.gz
Checked   2026-03-02 10:01:00 UTC
Refused   a later one, 2026-03-02 11:00:00 UTC:
          a.rego:3:1: one
          b.rego:4:2: two
Problem   the server answers 500
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// safeBuffer is written and read at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// Tests are run again when a file changes, and a mistake doesn't end that.
func TestPolicyTestWatch(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"main.rego", "default.rego", "default_test.rego"} {
		text, err := os.ReadFile(filepath.Join("../../rego", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(text))
	}
	ctx, stop := context.WithCancel(context.Background())
	var out safeBuffer
	ended := make(chan int)
	go func() {
		ended <- run(ctx, []string{"policy", "test", dir, "--watch"}, strings.NewReader(""), &out, &out)
	}()
	until := func(text string, change func()) {
		t.Helper()
		for range 60 {
			change()
			for range 10 {
				if strings.Contains(out.String(), text) {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		}
		t.Fatalf("no %q in %s", text, out.String())
	}
	until("1 passed", func() {})
	until("own.rego:3:", func() {
		write(t, filepath.Join(dir, "own.rego"), "package sealpost.topic.own\n\nx if input.recipient.kind == \"locl\"\n")
	})
	until("2 passed", func() {
		write(t, filepath.Join(dir, "own.rego"), "package sealpost.topic.own\n")
		write(t, filepath.Join(dir, "own_test.rego"), "package sealpost.topic.own_test\n\ntest_own if 1 == 1\n")
	})
	stop()
	if code := <-ended; code != exitFine {
		t.Errorf("exit code %d", code)
	}
}

// A policy may speak of every problem that reading a message can have.
func TestProblemsAreKnown(t *testing.T) {
	schema := policy.InputSchema(policy.Vocabulary{})
	codes := []string{inspect.ProblemTime, inspect.ProblemType, inspect.ProblemMismatch, inspect.ProblemEncrypted, inspect.ProblemRead, inspect.ProblemBudget,
		inspect.ProblemBroken, inspect.ProblemImage, inspect.ProblemFeature, inspect.ProblemName, inspect.ProblemParsed, inspect.ProblemFailed}
	codes = append(codes, "inspector-unavailable", "malware-scan-unavailable", "malware-scan-too-large", "ocr-too-large", "ocr-too-many-pages",
		"ocr-too-much-text", "ocr-time", "ocr-failed", "command-failed", "command-could-not-tell", "command-output-too-long", "command-output-not-utf-8")
	for _, d := range message.Deviations() {
		codes = append(codes, d.Code)
	}
	at := any(schema)
	for _, name := range []string{"properties", "content", "properties", "parts", "items", "properties", "problems", "items", "enum"} {
		at = at.(map[string]any)[name]
	}
	known := at.([]any)
	for _, code := range codes {
		if !slices.Contains(known, any(code)) {
			t.Errorf("%s isn't among the words of policies", code)
		}
	}
	if len(known) != len(codes) {
		t.Errorf("policies know %d problems, reading %d", len(known), len(codes))
	}
}
