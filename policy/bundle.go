package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
)

// ErrBundle is the kind of every error about a bundle that isn't taken,
// whatever the policy in it says: not signed, by another key, too large, of
// another form.
var ErrBundle = errors.New("bundle refused")

// Limits of a bundle.
const (
	maxBundle        = 128 << 20 // bytes, as it is sent
	maxUnpacked      = maxFile   // bytes of all its files together
	maxBundleEntries = 2 * maxPolicyFiles
)

// bundleKey is the key that bundles must be signed with.
type bundleKey struct {
	id        string
	pem       string
	algorithm string
}

// newBundleKey reads a public key or a certificate in PEM. The algorithm
// follows from it: a bundle has no say in that.
func newBundleKey(id string, text []byte) (bundleKey, error) {
	if strings.TrimSpace(id) == "" {
		return bundleKey{}, errors.New("the bundle's key has no id: say which key it is")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return bundleKey{}, errors.New("the bundle's key isn't PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = c.PublicKey
		}
	default:
		return bundleKey{}, fmt.Errorf("the bundle's key is a %s; want a public key or a certificate", strings.ToLower(block.Type))
	}
	if err != nil {
		return bundleKey{}, fmt.Errorf("reading the bundle's key: %w", err)
	}
	algorithm, err := algorithmOf(key)
	return bundleKey{id: id, pem: string(pem.EncodeToMemory(block)), algorithm: algorithm}, err
}

// algorithmOf is the JWS algorithm (RFC 7518 section 3.1, RFC 8037) of a key.
func algorithmOf(key crypto.PublicKey) (string, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return "", errors.New("the bundle's key has less than 2048 bits")
		}
		return "RS256", nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return "ES256", nil
		case elliptic.P384():
			return "ES384", nil
		}
	case ed25519.PublicKey:
		return "EdDSA", nil
	}
	return "", errors.New("the bundle's key is of a kind that isn't known; want RSA, EC (P-256, P-384) or Ed25519")
}

// opened is a bundle whose signature was right.
type opened struct {
	source   Source
	revision string // what its maker calls it, or ""
}

// open checks a bundle's limits, form and signature. Whether the policy in it
// is any good is for Build to say; that a file in it isn't Rego at all is said
// here, as Mistakes.
func (k bundleKey) open(content []byte) (*opened, error) {
	if err := fits(content); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	verification := bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{k.id: {Key: k.pem, Algorithm: k.algorithm}}, k.id, "", nil)
	b, err := bundle.NewCustomReader(bundle.NewTarballLoaderWithBaseURL(bytes.NewReader(content), "")).
		WithBundleVerificationConfig(verification).WithSizeLimitBytes(maxUnpacked).
		WithLazyLoadingMode(true).WithRegoVersion(ast.RegoV1).WithCapabilities(ast.CapabilitiesForThisVersion()).Read()
	if rego := (ast.Errors{}); errors.As(err, &rego) {
		var mistakes Mistakes
		addRegoErrors("", rego, &mistakes)
		return nil, mistakes.err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if len(b.WasmModules)+len(b.PlanModules) > 0 {
		return nil, fmt.Errorf("%w: it holds compiled policies, which aren't used here", ErrBundle)
	}
	policies, lists := fstest.MapFS{}, fstest.MapFS{}
	for _, m := range b.Modules {
		policies[strings.TrimPrefix(m.Path, "/")] = &fstest.MapFile{Data: m.Raw}
	}
	for _, raw := range b.Raw {
		if err := addLists(lists, strings.TrimPrefix(raw.Path, "/"), raw.Value); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBundle, err)
		}
	}
	return &opened{source: Source{Policy: policies, Data: lists}, revision: b.Manifest.Revision}, nil
}

// addLists takes a data file of a bundle: that of all data, as opa writes it,
// or that of data.sealpost.
func addLists(lists fstest.MapFS, name string, content []byte) error {
	switch {
	case path.Ext(name) == ".rego":
	case name == "data.json":
		var roots map[string]json.RawMessage
		if err := json.Unmarshal(content, &roots); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		for root := range roots {
			if root != "sealpost" {
				return fmt.Errorf("%s holds data.%s, and all data lies below data.sealpost", name, root)
			}
		}
		if own := roots["sealpost"]; own != nil {
			lists[name] = &fstest.MapFile{Data: own}
		}
	case path.Dir(name) == "sealpost":
		lists[path.Base(name)] = &fstest.MapFile{Data: content}
	default:
		return fmt.Errorf("%s: data lies in data.json or in sealpost/data.json", name)
	}
	return nil
}

// fits unpacks a bundle once, to see that it isn't more than a bundle may be.
func fits(content []byte) error {
	if len(content) > maxBundle {
		return fmt.Errorf("it is larger than %d bytes", maxBundle)
	}
	zip, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("it isn't a .tar.gz: %w", err)
	}
	limited := &io.LimitedReader{R: zip, N: maxUnpacked}
	archive, seen := tar.NewReader(limited), map[string]bool{}
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case limited.N <= 0:
			return fmt.Errorf("unpacked it is larger than %d bytes", maxUnpacked)
		case err != nil:
			return fmt.Errorf("it isn't a .tar.gz: %w", err)
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		switch {
		case h.Typeflag == tar.TypeDir:
		case h.Typeflag != tar.TypeReg:
			return errors.New("it holds something that is no file")
		case !fs.ValidPath(name) || name != strings.TrimPrefix(strings.TrimPrefix(h.Name, "./"), "/"):
			return errors.New("it holds a file whose name leads out of it")
		case seen[name]:
			return fmt.Errorf("it holds %s twice", name)
		case len(seen) >= maxBundleEntries:
			return fmt.Errorf("it holds more than %d files", maxBundleEntries)
		}
		seen[name] = true
	}
}
