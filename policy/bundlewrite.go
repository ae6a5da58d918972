package policy

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
)

// Signing says how a bundle is signed.
type Signing struct {
	Key      []byte // private key, PEM: RSA, EC (P-256, P-384) or Ed25519
	KeyID    string // what those who check the bundle call the key
	Revision string // what its maker calls this state; "": the hash of what is in it
}

// WriteBundle writes a source as a signed bundle that stock opa reads, too.
// What Build would refuse isn't written: then the error is Mistakes.
func WriteBundle(ctx context.Context, src Source, opts BuildOptions, s Signing, w io.Writer) (revision string, err error) {
	g, err := Build(ctx, src, opts)
	if err != nil {
		return "", err
	}
	if s.Revision == "" {
		s.Revision = g.Revision()
	}
	b, err := pack(src)
	if err != nil {
		return "", err
	}
	return s.Revision, sign(b, s, w)
}

// sign completes a bundle and writes it.
func sign(b *bundle.Bundle, s Signing, w io.Writer) error {
	key, algorithm, err := signingKey(s.Key)
	if err != nil {
		return err
	}
	if s.KeyID == "" {
		return errors.New("the key has no id: say what those who check the bundle call it")
	}
	b.Manifest = bundle.Manifest{Revision: s.Revision, Roots: &[]string{"sealpost"}}
	b.Manifest.SetRegoVersion(ast.RegoV1)
	if err := b.GenerateSignature(bundle.NewSigningConfig(key, algorithm, ""), s.KeyID, false); err != nil {
		return fmt.Errorf("signing the bundle: %w", err)
	}
	if err := bundle.NewWriter(w).DisableFormat(true).Write(*b); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	return nil
}

// signingKey returns the key in the form that OPA reads, and its algorithm.
func signingKey(text []byte) (key, algorithm string, err error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return "", "", errors.New("the signing key isn't PEM")
	}
	var private any
	switch block.Type {
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return "", "", errors.New("the signing key isn't a private key")
	}
	if err != nil {
		return "", "", errors.New("the signing key can't be read")
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return "", "", errors.New("the signing key can't sign")
	}
	algorithm, err = algorithmOf(signer.Public())
	return string(pem.EncodeToMemory(block)), algorithm, err
}

// pack is a source as a bundle without manifest and signature.
func pack(src Source) (*bundle.Bundle, error) {
	var mistakes Mistakes
	rego, err := src.loadRules(&mistakes)
	if err != nil {
		return nil, err
	}
	// Tests of lists that lie beside the rules (sets/) stay where those are.
	lists, err := plainLists(src, &mistakes)
	if err != nil {
		return nil, err
	}
	b := &bundle.Bundle{Data: map[string]any{"sealpost": lists}}
	for _, name := range slices.Sorted(maps.Keys(rego.text)) {
		if rego.tests[name] != nil && hasLists(src.Policy, path.Dir(name)) {
			continue
		}
		parsed := rego.rules[name]
		if parsed == nil {
			parsed = rego.tests[name]
		}
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: "/" + name, Path: "/" + name, Raw: rego.text[name], Parsed: parsed})
	}
	return b, mistakes.err()
}

// hasLists reports whether a folder within the policy's holds data files.
func hasLists(policy fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	names, err := fs.ReadDir(policy, dir)
	return err == nil && slices.ContainsFunc(names, func(d fs.DirEntry) bool {
		return slices.Contains([]string{".json", ".yaml", ".yml"}, path.Ext(d.Name()))
	})
}

// plainLists are the data files' keys together, in the form of the files, the
// operator's own over those of the layers beneath. Local domains of the
// settings are not among them: each gateway has its own.
func plainLists(src Source, mistakes *Mistakes) (map[string]any, error) {
	all := map[string]any{}
	layers := src.layers()
	for at := len(layers) - 1; at >= 0; at-- {
		names, err := dataFiles(layers[at].Data)
		if err != nil {
			return nil, fmt.Errorf("reading data: %w", err)
		}
		for _, name := range names {
			content, err := fs.ReadFile(layers[at].Data, name)
			if err != nil {
				return nil, fmt.Errorf("reading data %s: %w", name, err)
			}
			if copyOf(content, name, layers[at+1:]) {
				continue
			}
			if root := readData(name, content, nil, mistakes); root != nil {
				for _, f := range root.fields {
					all[f.name] = f.value.plain()
				}
			}
		}
	}
	return all, nil
}
