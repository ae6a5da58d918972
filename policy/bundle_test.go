package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

type keyPair struct{ private, public []byte }

func pair(t *testing.T, key crypto.Signer) keyPair {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})}
}

func newPair(t *testing.T) keyPair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pair(t, key)
}

const keyID = "policy-2026"

var patientOptions = BuildOptions{Deadline: 10 * time.Second}

func signed(t *testing.T, s shipped, key keyPair, id string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := WriteBundle(context.Background(), Source{Policy: s.rego, Data: s.data}, patientOptions, Signing{Key: key.private, KeyID: id, Revision: "r1"}, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// entries are the files of a bundle; packed makes a bundle of files.
func entries(t *testing.T, content []byte) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(text)
	}
}

func packed(t *testing.T, files map[string]string, more ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	archive := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		more = append(more, tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(files[name]))})
	}
	for _, h := range more {
		if err := archive.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, files[h.Name][:h.Size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bundleServer answers with what it was given last, and ETags.
type bundleServer struct {
	*httptest.Server
	mu         sync.Mutex
	content    []byte
	answer     http.HandlerFunc // instead of the content
	full, same int
}

func newBundleServer(t *testing.T) *bundleServer {
	t.Helper()
	s := &bundleServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		content, answer := s.content, s.answer
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		sum := sha256.Sum256(content)
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			s.same++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		s.full++
		_, _ = w.Write(content)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *bundleServer) set(content []byte, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content, s.answer = content, answer
}

func (s *bundleServer) options(key keyPair, keep string) BundleOptions {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return BundleOptions{From: s.URL + "/policy.tar.gz", Key: key.public, KeyID: keyID, CA: ca, Keep: keep, Timeout: 10 * time.Second, LocalDomains: []string{"home.example"}}
}

func bundleEngine(t *testing.T, o BundleOptions) *Engine {
	t.Helper()
	b, err := NewBundles(o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewBundleEngine(context.Background(), b, BuildOptions{Deadline: 10 * time.Second, RunTests: true})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func strictly(t *testing.T) shipped {
	s := newShipped(t).untested()
	s.rego["strict.rego"] = &fstest.MapFile{Data: []byte(strict)}
	return s
}

// A bundle decides as the folder does that it was made of, and has its
// revision; another one is taken over; one that is the same isn't sent again.
func TestBundle(t *testing.T) {
	key, server := newPair(t), newBundleServer(t)
	server.set(signed(t, newShipped(t).untested(), key, keyID), nil)
	e := bundleEngine(t, server.options(key, t.TempDir()))
	if got, want := e.Current().Revision(), build(t, newShipped(t).untested().source()).Revision(); got != want {
		t.Errorf("revision %s, that of the folder is %s", got, want)
	}
	if s := e.Status(); s.Bundle != "r1" || !strings.HasPrefix(s.Source, "https://127.0.0.1") || s.Checked.IsZero() || s.Refused+s.Problem != "" || s.Kept {
		t.Errorf("%+v", s)
	}
	for range 3 {
		if err := e.renew(context.Background(), false); err != nil {
			t.Fatal(err)
		}
	}
	if server.full != 1 || server.same != 3 {
		t.Errorf("sent %d times, not sent %d times", server.full, server.same)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	news := make(chan error, 10)
	go e.Poll(ctx, 5*time.Millisecond, func(err error) { news <- err })
	server.set(signed(t, strictly(t), key, keyID), nil)
	if err := <-news; err != nil || level(t, e.Current(), "a@b.example") != Forbidden {
		t.Errorf("after polling: %v, %s", err, level(t, e.Current(), "a@b.example"))
	}
	server.set(nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	if err := <-news; err == nil || !strings.Contains(err.Error(), "the server answers 500") {
		t.Errorf("server broken: %v", err)
	}
	if s := e.Status(); s.Refused != "" || s.Problem == "" || level(t, e.Current(), "a@b.example") != Forbidden {
		t.Errorf("%+v", s)
	}
}

// Whatever isn't the bundle of the one who may make it is refused, the old one
// decides on, and the status says why. The same bundle without that is taken.
func TestBundleRefused(t *testing.T) {
	key, other := newPair(t), newPair(t)
	good := signed(t, strictly(t), key, keyID)
	change := func(edit func(map[string]string)) []byte {
		files := entries(t, good)
		edit(files)
		return packed(t, files)
	}
	broken := strictly(t)
	broken.rego["strict.rego"] = &fstest.MapFile{Data: []byte(strings.Replace(strict, "local", "locl", 1))}
	failing := strictly(t)
	failing.rego["strict_test.rego"] = &fstest.MapFile{Data: []byte("package sealpost.topic.strict_test\n\ntest_never if 1 == 2\n")}
	unchecked := func(s shipped) []byte { return signUnchecked(t, s, key) }
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"unsigned":    {change(func(f map[string]string) { delete(f, "/.signatures.json") }), "missing .signatures.json"},
		"another key": {signed(t, strictly(t), other, keyID), "verify JWT signature"},
		"rule changed": {change(func(f map[string]string) {
			f["/strict.rego"] = strings.Replace(f["/strict.rego"], "forbidden", "tls", 1)
		}), "digest mismatch"},
		"list changed": {change(func(f map[string]string) {
			f["/data.json"] = strings.Replace(f["/data.json"], "gmail.com", "gmail.invalid", 1)
		}), "digest mismatch"},
		"rule added":            {change(func(f map[string]string) { f["/more.rego"] = "package sealpost.topic.more\n" }), "not included in bundle signature"},
		"rule taken away":       {change(func(f map[string]string) { delete(f, "/strict.rego") }), "not found in the target bundle"},
		"manifest changed":      {change(func(f map[string]string) { f["/.manifest"] = strings.Replace(f["/.manifest"], "r1", "r2", 1) }), "digest mismatch"},
		"delta":                 {packed(t, map[string]string{"/patch.json": `{"data": [{"op": "upsert", "path": "/sealpost/x", "value": 1}]}`}), "delta bundles"},
		"no archive":            {[]byte("<html>"), "isn't a .tar.gz"},
		"a link":                {packed(t, entries(t, good), tar.Header{Name: "/x.rego", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "no file"},
		"a name that leads out": {packed(t, map[string]string{"../x.rego": "package x\n"}), "leads out"},
		"a file twice":          {packed(t, entries(t, good), tar.Header{Name: "/default.rego", Typeflag: tar.TypeReg}), "twice"},
		"too much":              {bomb(t), "unpacked it is larger"},
		"wrong policy":          {unchecked(broken), `did you mean "local"?`},
		"failing test":          {unchecked(failing), "test_never fails"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newBundleServer(t)
			server.set(signed(t, newShipped(t).untested(), key, keyID), nil)
			keep := t.TempDir()
			e := bundleEngine(t, server.options(key, keep))
			first := e.Current()
			kept, err := os.ReadFile(filepath.Join(keep, keptName))
			if err != nil {
				t.Fatal(err)
			}
			server.set(c.content, nil)
			if err := e.renew(context.Background(), false); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
			if s := e.Status(); e.Current() != first || !strings.Contains(s.Refused, c.says) || s.RefusedAt.IsZero() {
				t.Errorf("status %+v", s)
			}
			if again, err := os.ReadFile(filepath.Join(keep, keptName)); err != nil || !bytes.Equal(kept, again) {
				t.Error("the refused bundle was kept")
			}
			if err := e.renew(context.Background(), false); err != nil || e.Status().Refused == "" || server.same == 0 {
				t.Errorf("asked again: %v, refused %q, fetched again %v", err, e.Status().Refused, server.same == 0)
			}
			server.set(good, nil)
			if err := e.renew(context.Background(), false); err != nil || level(t, e.Current(), "a@b.example") != Forbidden || e.Status().Refused != "" {
				t.Errorf("mended: %v, %+v", err, e.Status())
			}
		})
	}
}

// signUnchecked signs what WriteBundle would refuse.
func signUnchecked(t *testing.T, s shipped, key keyPair) []byte {
	t.Helper()
	b, err := pack(Source{Policy: s.rego, Data: s.data})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sign(b, Signing{Key: key.private, KeyID: keyID, Revision: "r1"}, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is small, and very large when it is unpacked.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	archive := tar.NewWriter(zip)
	if err := archive.WriteHeader(&tar.Header{Name: "/data.json", Typeflag: tar.TypeReg, Mode: 0o600, Size: maxUnpacked + 1<<20}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(archive, zeros{}, maxUnpacked+1<<20); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A signature by the right key under another id is that key's all the same: the
// id in our settings alone says which key counts. A server that can't prove who
// it is, leads elsewhere or is silent gives no bundle.
func TestBundleServer(t *testing.T) {
	key := newPair(t)
	server := newBundleServer(t)
	good := signed(t, strictly(t), key, "named otherwise")
	server.set(good, nil)
	bundleEngine(t, server.options(key, ""))
	for name, c := range map[string]struct {
		options func(*BundleOptions)
		answer  http.HandlerFunc
		says    string
	}{
		"unknown certificate": {options: func(o *BundleOptions) { o.CA = nil }, says: "certificate"},
		"leads elsewhere":     {answer: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, says: "leads elsewhere"},
		"not found":           {answer: http.NotFound, says: "404"},
		"silent":              {options: func(o *BundleOptions) { o.Timeout = 50 * time.Millisecond }, answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, says: "no bundle"},
		"an endless bundle":   {options: func(o *BundleOptions) { o.Timeout = 300 * time.Millisecond }, answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, zeros{}) }, says: "no bundle"},
	} {
		server.set(good, c.answer)
		o := server.options(key, "")
		if c.options != nil {
			c.options(&o)
		}
		b, err := NewBundles(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewBundleEngine(context.Background(), b, patientOptions); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// With the server away, the policy that was in force last is used; not if
// somebody has changed it on disk.
func TestBundleKept(t *testing.T) {
	key, server, keep := newPair(t), newBundleServer(t), t.TempDir()
	server.set(signed(t, strictly(t), key, keyID), nil)
	o := server.options(key, keep)
	bundleEngine(t, o)
	server.set(nil, http.NotFound)
	e := bundleEngine(t, o)
	if s := e.Status(); !s.Kept || !strings.Contains(s.Problem, "404") || s.Refused != "" || s.Bundle != "r1" {
		t.Errorf("%+v", s)
	}
	if level(t, e.Current(), "a@b.example") != Forbidden {
		t.Error("not the policy that was kept")
	}
	server.set(signed(t, newShipped(t).untested(), key, keyID), nil)
	if err := e.renew(context.Background(), false); err != nil || e.Status().Kept || level(t, e.Current(), "a@b.example") != Opportunistic {
		t.Errorf("the server is back: %v, %+v", err, e.Status())
	}
	server.set(nil, http.NotFound)
	path := filepath.Join(keep, keptName)
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := entries(t, kept)
	files["/default.rego"] += "\n# changed\n"
	put(t, path, string(packed(t, files)))
	b, err := NewBundles(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewBundleEngine(context.Background(), b, patientOptions); err == nil || !strings.Contains(err.Error(), "digest mismatch") {
		t.Errorf("changed on disk: %v", err)
	}
}

// A bundle in a file is read again when it is another one.
func TestBundleFile(t *testing.T) {
	key, path := newPair(t), filepath.Join(t.TempDir(), "policy.tar.gz")
	put(t, path, string(signed(t, newShipped(t).untested(), key, keyID)))
	e := bundleEngine(t, BundleOptions{From: path, Key: key.public, KeyID: keyID})
	first := e.Current()
	if err := e.renew(context.Background(), false); err != nil || e.Current() != first {
		t.Errorf("the same file: %v", err)
	}
	put(t, path, string(signed(t, strictly(t), key, keyID)))
	if err := e.renew(context.Background(), false); err != nil || level(t, e.Current(), "a@b.example") != Forbidden {
		t.Errorf("another file: %v", err)
	}
}

// Keys of the usual kinds sign and check; keys that are too short, or that
// everybody who checks could sign with, are refused.
func TestBundleKeys(t *testing.T) {
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := newShipped(t).untested()
	for _, key := range []keyPair{pair(t, strong), pair(t, edwards), newPair(t)} {
		content := signed(t, s, key, keyID)
		k, err := newBundleKey(keyID, key.public)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.open(content); err != nil {
			t.Errorf("%s: %v", k.algorithm, err)
		}
	}
	for name, c := range map[string]struct {
		id   string
		text []byte
	}{
		"private": {keyID, newPair(t).private}, "no id": {"", newPair(t).public}, "a secret": {keyID, []byte("secret")}, "short": {keyID, []byte(shortKey)},
	} {
		if _, err := newBundleKey(c.id, c.text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, from := range []string{"http://a.example/x", "https://u:p@a.example/x", "x.tar.gz", ""} {
		if _, err := NewBundles(BundleOptions{From: from, Key: newPair(t).public, KeyID: keyID}); err == nil {
			t.Errorf("%q: taken", from)
		}
	}
}

// shortKey is an RSA key of 512 bits.
const shortKey = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL/dgfAmmvZkk3MgLuZU0kXEYFAXLNZk
m9YTBnKRlnuJK4GBnR8LFJZmyXKdpkZHT2rfpxkqP6OzB0pYD2kZ6KkCAwEAAQ==
-----END PUBLIC KEY-----
`

// What would be refused isn't written.
func TestWriteBundleRefuses(t *testing.T) {
	s := newShipped(t)
	s.rego["own_test.rego"] = &fstest.MapFile{Data: []byte("package sealpost.own_test\n\ntest_never if 1 == 2\n")}
	var out bytes.Buffer
	_, err := WriteBundle(context.Background(), s.source(), BuildOptions{Deadline: 10 * time.Second, RunTests: true}, Signing{Key: newPair(t).private, KeyID: keyID}, &out)
	if mistakes := (Mistakes{}); !errors.As(err, &mistakes) || out.Len() > 0 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
}

// Any bytes are a bundle or an error.
func FuzzBundle(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		f.Fatal(err)
	}
	k, err := newBundleKey(keyID, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("/data.json", "{}", "/.signatures.json", `{"signatures": ["a.b.c"]}`)
	f.Add("/x.rego", "package x", "/.manifest", `{"roots": [""]}`)
	f.Add("/patch.json", "{}", "/data.yaml", "a: 1")
	f.Fuzz(func(t *testing.T, name, text, name2, text2 string) {
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		archive := tar.NewWriter(zip)
		for n, content := range map[string]string{name: text, name2: text2} {
			if archive.WriteHeader(&tar.Header{Name: n, Typeflag: tar.TypeReg, Size: int64(len(content))}) != nil {
				return
			}
			fmt.Fprint(archive, content)
		}
		if errors.Join(archive.Close(), zip.Close()) != nil {
			return
		}
		if _, err := k.open(b.Bytes()); err == nil {
			t.Error("taken without a signature")
		}
	})
}
