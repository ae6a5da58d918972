package hostile

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sealpost/sealpost/accuracy/golden"
	"github.com/sealpost/sealpost/accuracy/values"
)

// made are the mails, made once.
var made = sync.OnceValue(Mails)

var update = flag.Bool("update", false, "rewrite the committed list")

// The mails are those that were committed: the list has a checksum for each, as
// their bytes matter and editors would change them.
func TestMailsAreTheCommittedOnes(t *testing.T) {
	var b strings.Builder
	for _, m := range made() {
		sum := sha256.Sum256(m.Raw)
		fmt.Fprintf(&b, "%s %-12s %s: %s\n", hex.EncodeToString(sum[:6]), m.Detector, m.Class, m.Variant)
	}
	golden.Compare(t, *update, "testdata/mails.txt", b.String())
}

// There are enough mails, several of each class, all different, and each hides
// a value that holds.
func TestMailsHideAValue(t *testing.T) {
	mails := made()
	if len(mails) < 300 {
		t.Errorf("only %d mails", len(mails))
	}
	ok := map[string]func(string) bool{}
	for _, id := range values.All() {
		ok[id.ID] = id.OK
	}
	seen, classes := map[string]string{}, map[string]int{}
	for _, m := range mails {
		if !ok[m.Detector](m.Value) {
			t.Errorf("%s: %s: %q doesn't hold", m.Class, m.Variant, m.Value)
		}
		if before := seen[string(m.Raw)]; before != "" {
			t.Errorf("%s: %s is %s again", m.Class, m.Variant, before)
		}
		seen[string(m.Raw)] = m.Class + ": " + m.Variant
		classes[m.Class]++
	}
	for c, n := range classes {
		if n < 6 {
			t.Errorf("%s: only %d mails", c, n)
		}
	}
}

// Bytes that matter are there: no step on the way made lines of them.
func TestBytesAreExact(t *testing.T) {
	mails := made()
	for _, c := range []struct{ class, variant, want string }{
		{"controls around headers and boundaries", "bare CR in a harmless field", "X-A: 1\rContent-Transfer-Encoding"},
		{"controls around headers and boundaries", "CR CR LF everywhere", "\r\r\n"},
		{"boundary with controls", "boundary=b1␀", "boundary=b1\x00\r\n"},
		{"SMTP smuggling", "␊.␊", "Hello\n.\nMAIL FROM"},
		{"separators of header and body", "␍␍", "base64\r\r"},
		{"base64 written oddly", "NUL between", "\x00"},
	} {
		found := false
		for _, m := range mails {
			found = found || m.Class == c.class && m.Variant == c.variant && strings.Contains(string(m.Raw), c.want)
		}
		if !found {
			t.Errorf("%s: %s: %q isn't there", c.class, c.variant, c.want)
		}
	}
}
