package integration

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// CA is a certificate authority made for one run. Its certificate stands in
// the file CertFile, for programs that need to trust it.
type CA struct {
	CertFile string
	dir      string
	cert     *x509.Certificate
	key      crypto.Signer
}

// NewCA makes an authority whose files lie in dir.
func NewCA(dir string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the rig's CA key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Rig CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the rig's CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the rig's CA: %w", err)
	}
	ca := &CA{CertFile: filepath.Join(dir, "ca.pem"), dir: dir, cert: cert, key: key}
	return ca, writePEM(ca.CertFile, 0o644, block("CERTIFICATE", der))
}

// CertKind says what is right or wrong with a server's certificate.
type CertKind string

// Kinds of certificates. None means that the server offers no TLS.
const (
	None       CertKind = ""
	Good       CertKind = "good"
	WrongName  CertKind = "wrong-name"
	Expired    CertKind = "expired"
	SelfSigned CertKind = "self-signed"
	SmallKey   CertKind = "small-key" // RSA with 1,024 bit
	Weak       CertKind = "weak"      // a good certificate, but at most TLS 1.2 with AES-128
)

// Server makes a certificate of that kind for a host. It returns the
// certificate for Go's servers and the PEM file that holds key and chain, for
// other programs.
func (ca *CA) Server(host string, kind CertKind) (cert tls.Certificate, file string, err error) {
	var key crypto.Signer
	if kind == SmallKey {
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		return cert, "", fmt.Errorf("making a key for %s: %w", host, err)
	}
	name := host
	if kind == WrongName {
		name = "other.example"
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().AddDate(0, -2, 0), NotAfter: time.Now().AddDate(0, 6, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if kind == Expired {
		template.NotAfter = time.Now().AddDate(0, -1, 0)
	}
	issuer, signer := ca.cert, ca.key
	if kind == SelfSigned {
		issuer, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		return cert, "", fmt.Errorf("making a certificate for %s: %w", host, err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return cert, "", fmt.Errorf("writing the key of %s: %w", host, err)
	}
	file = filepath.Join(ca.dir, host+".pem")
	if err := writePEM(file, 0o600, block("PRIVATE KEY", pkcs8), block("CERTIFICATE", der)); err != nil {
		return cert, "", err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file, nil
}

// Pool holds the authority's certificate, for Go's clients.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

func serial() *big.Int { return new(big.Int).SetInt64(time.Now().UnixNano()) }

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func writePEM(file string, mode os.FileMode, blocks ...[]byte) error {
	var all []byte
	for _, b := range blocks {
		all = append(all, b...)
	}
	if err := os.WriteFile(file, all, mode); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
