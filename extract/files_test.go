package extract

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const needle = "4539148803436467"

// pdfCache is where the compiled PDF reader is kept between runs.
func pdfCache() string { return filepath.Join(os.TempDir(), "sealpost-test-pdf-cache") }

// withWorkers is an Extractor that has workers.
func withWorkers(t testing.TB) *Extractor {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Options{Cache: pdfCache(), Time: 10 * time.Minute, Worker: []string{self, workerArgument}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/files", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Files that other programs made are read as what they are.
func TestFiles(t *testing.T) {
	x := withWorkers(t)
	for name, want := range map[string]struct {
		kind      Kind
		password  string
		scanned   string
		problems  string
		encrypted bool
	}{
		"plain.zip":      {kind: KindZip},
		"streamed.zip":   {kind: KindZip},
		"bzip2.zip":      {kind: KindZip},
		"crypto.zip":     {kind: KindZip, password: "secret", encrypted: true},
		"aes.zip":        {kind: KindZip, password: "secret", encrypted: true},
		"plain.7z":       {kind: Kind7z},
		"content.7z":     {kind: Kind7z, password: "secret", encrypted: true},
		"header.7z":      {kind: Kind7z, password: "secret", encrypted: true},
		"plain.tar":      {kind: KindTar},
		"plain.tgz":      {kind: KindGzip},
		"needle.txt.gz":  {kind: KindGzip},
		"needle.txt.bz2": {kind: KindBzip2},
		"needle.txt.xz":  {kind: KindXZ},
		"needle.txt.zst": {kind: KindZstd},
		"doc.pdf":        {kind: KindPDF},
		"attachment.pdf": {kind: KindPDF},
		"encrypted.pdf":  {kind: KindPDF, password: "secret", encrypted: true},
		"owner.pdf":      {kind: KindPDF},
	} {
		t.Log(name)
		data := readFile(t, name)
		r, c := extractedBy(t, x, File{}, data, "wrong", want.password)
		if r.Kind != want.kind || r.Scanned != Full || len(r.Problems) > 0 || r.Encrypted != want.encrypted || !strings.Contains(c.all(), needle) {
			t.Errorf("%s: %+v, text %q", name, r, c.all())
		}
		if !want.encrypted {
			continue
		}
		r, c = extractedBy(t, x, File{}, data, "wrong")
		if r.Kind != want.kind || r.Scanned == Full || len(r.Problems) != 1 || r.Problems[0] != ProblemEncrypted || !r.Encrypted || strings.Contains(c.all(), needle) {
			t.Errorf("%s without its password: %+v, text %q", name, r, c.all())
		}
	}
}
