package ordinary

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/accuracy/golden"
)

var update = flag.Bool("update", false, "rewrite the checksum and the samples")

// The mails are those that were committed: the checksum is of all of them, and
// the samples are there to look at.
func TestMailsAreTheCommittedOnes(t *testing.T) {
	mails, err := Mails()
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	seen, kinds := map[string]bool{}, map[string]bool{}
	for _, m := range mails {
		h.Write(m.Raw)
		kinds[m.Kind] = true
		if sample := m.Kind + "-" + m.Language; !seen[m.Kind] {
			seen[m.Kind] = true
			golden.Compare(t, *update, filepath.Join("testdata", "samples", strings.ReplaceAll(sample, " ", "-")+".eml"), string(m.Raw))
		}
	}
	golden.Compare(t, *update, "testdata/sum.txt", fmt.Sprintf("%d mails of %d kinds\nsha256 %s\n", len(mails), len(kinds), hex.EncodeToString(h.Sum(nil))))
}

// There are enough, and the standard library reads each of them to its end.
func TestMailsAreWellFormed(t *testing.T) {
	mails, err := Mails()
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) < 1500 {
		t.Errorf("only %d mails", len(mails))
	}
	for i, m := range mails {
		if err := readable(string(m.Raw)); err != nil {
			t.Errorf("mail %d (%s, %s, %s): %v", i, m.Kind, m.Language, m.Form, err)
		}
	}
}

// readable says what the standard library has against a mail.
func readable(raw string) error {
	if strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\n") {
		return fmt.Errorf("bare line feed")
	}
	for l := range strings.SplitSeq(raw, "\r\n") {
		if len(l) > 998 {
			return fmt.Errorf("a line of %d", len(l))
		}
		for _, c := range []byte(l) {
			if c > 126 && !strings.Contains(raw, "Content-Transfer-Encoding: 8bit") || c < 32 && c != '\t' {
				return fmt.Errorf("byte %#x in %q", c, l)
			}
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return err
	}
	if _, err := m.Header.AddressList("From"); err != nil {
		return err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return err
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, p); err != nil {
			return err
		}
	}
}
