package policy

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// BundleOptions say where a signed policy comes from and whose it must be.
type BundleOptions struct {
	// From is an https address, or the absolute path of a file.
	From string
	// Key is the public key that it must be signed with, or a certificate of
	// that key, in PEM; KeyID is what the signature calls it.
	Key   []byte
	KeyID string
	// CA are the certificates, in PEM, that the server's must lead to; nil: the
	// system's.
	CA []byte
	// Keep is the folder in which the last good bundle is kept, "" for none.
	Keep string
	// Timeout bounds one fetch, all of it; 30 s if it is 0.
	Timeout time.Duration
	// LocalDomains are added to data.sealpost.local_domains.
	LocalDomains []string
}

// Bundles fetches and keeps signed policies. It isn't safe for concurrent use;
// an Engine uses it from one goroutine at a time.
type Bundles struct {
	options BundleOptions
	key     bundleKey
	client  *http.Client // nil: a file

	etag string            // of what was fetched last, taken or refused
	last [sha256.Size]byte // hash of it
}

// NewBundles checks the options; it fetches nothing.
func NewBundles(o BundleOptions) (*Bundles, error) {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	key, err := newBundleKey(o.KeyID, o.Key)
	if err != nil {
		return nil, err
	}
	b := &Bundles{options: o, key: key}
	if filepath.IsAbs(o.From) {
		return b, nil
	}
	address, err := url.Parse(o.From)
	if err != nil || address.Scheme != "https" || address.Host == "" || address.User != nil {
		return nil, errors.New("a bundle comes from an https address without a password in it, or from a file named by its absolute path")
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != nil {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("the certificates for the bundle's server aren't PEM")
		}
	}
	b.client = &http.Client{
		Timeout:   o.Timeout,
		Transport: &http.Transport{TLSClientConfig: settings, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the server leads elsewhere, which isn't followed")
		},
	}
	return b, nil
}

// fetch gets the bundle. changed is false where it is the one that was fetched
// last; again asks for it nevertheless.
func (b *Bundles) fetch(ctx context.Context, again bool) (content []byte, changed bool, err error) {
	tag := ""
	if b.client == nil {
		content, err = readLimited(os.Open(b.options.From))
	} else {
		content, tag, err = b.get(ctx, again)
	}
	if err != nil {
		return nil, false, fmt.Errorf("fetching the policy from %s: %w", b.options.From, withoutAddress(err))
	}
	if content == nil {
		return nil, false, nil
	}
	b.etag = tag
	hash := sha256.Sum256(content)
	changed = again || hash != b.last
	b.last = hash
	return content, changed, nil
}

// get asks the server. content is nil where nothing has changed.
func (b *Bundles) get(ctx context.Context, again bool) (content []byte, tag string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.options.From, nil)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Accept", "application/gzip, application/octet-stream")
	if b.etag != "" && !again {
		request.Header.Set("If-None-Match", b.etag)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotModified && !again:
		return nil, b.etag, nil
	case response.StatusCode != http.StatusOK:
		return nil, "", fmt.Errorf("the server answers %d", response.StatusCode)
	}
	content, err = readLimited(response.Body, nil)
	return content, response.Header.Get("ETag"), err
}

func readLimited(r io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxBundle+1))
	if err == nil && len(content) > maxBundle {
		return nil, fmt.Errorf("%w: it is larger than %d bytes", ErrBundle, maxBundle)
	}
	return content, err
}

// withoutAddress takes the address out of an error that would say it twice.
func withoutAddress(err error) error {
	if at := (*url.Error)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}

// open is key.open with what the settings add.
func (b *Bundles) open(content []byte) (*opened, error) {
	o, err := b.key.open(content)
	if err == nil {
		o.source.LocalDomains = b.options.LocalDomains
	}
	return o, err
}

const keptName = "bundle.tar.gz"

// keep writes a bundle that came into force to disk, in one step.
func (b *Bundles) keep(content []byte) error {
	if b.options.Keep == "" {
		return nil
	}
	err := os.MkdirAll(b.options.Keep, 0o700)
	if err == nil {
		err = replace(filepath.Join(b.options.Keep, keptName), content, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keeping the policy for a start without its server: %w", err)
	}
	return nil
}

// kept is the bundle that was in force last; errors.Is(err, fs.ErrNotExist)
// where there is none.
func (b *Bundles) kept() ([]byte, error) {
	if b.options.Keep == "" {
		return nil, fs.ErrNotExist
	}
	return readLimited(os.Open(filepath.Join(b.options.Keep, keptName)))
}

// String is where the bundle comes from, without what may be secret in it.
func (b *Bundles) String() string {
	address, _, _ := strings.Cut(b.options.From, "?")
	return address
}

// Source is what is in the bundle now, or where it can't be fetched in the one
// that was kept. It is checked for its signature, and for nothing else.
func (b *Bundles) Source(ctx context.Context) (Source, error) {
	content, _, err := b.fetch(ctx, true)
	if err != nil {
		kept, none := b.kept()
		if none != nil {
			return Source{}, err
		}
		content = kept
	}
	o, err := b.open(content)
	if err != nil {
		return Source{}, err
	}
	return o.source, nil
}
