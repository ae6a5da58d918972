package extract

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// zeros writes n zero bytes through a packer.
func zeros(t testing.TB, n int, pack func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pack(&b)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 1<<16); n > 0; n -= len(block) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped1(t testing.TB, copies int, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newZip(&b)
	for i := range copies {
		f, err := w.Create(fmt.Sprintf("%d-%s", i, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// overlapping makes a zip file whose directory lists one file many times.
func overlapping(t testing.TB, copies int) []byte {
	t.Helper()
	one := zipped1(t, 1, "a.txt", bytes.Repeat([]byte("x "), 1<<16))
	d, err := findDirectory(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	entry := one[d.offset : d.offset+d.size]
	out := bytes.Clone(one[:d.offset])
	out = append(out, bytes.Repeat(entry, copies)...)
	end := bytes.Clone(one[d.offset+d.size:])
	binary.LittleEndian.PutUint16(end[8:], uint16(copies))
	binary.LittleEndian.PutUint16(end[10:], uint16(copies))
	binary.LittleEndian.PutUint32(end[12:], uint32(copies*len(entry)))
	return append(out, end...)
}

// worst is the worst of a result and those of all contained files.
func worst(r Result, c *collector) (scanned string, problems []Problem) {
	scanned, problems = r.Scanned, r.Problems
	for _, f := range c.files {
		s, p := worst(f.result, f.inner)
		if s == None || s == Partial && scanned == Full {
			scanned = s
		}
		problems = append(problems, p...)
	}
	return scanned, problems
}

// What is made to use up time or memory costs little of them, and is reported
// as what it is.
func TestHostile(t *testing.T) {
	gz := func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
	deep := func(s string) []byte { return bytes.Repeat([]byte(s), 100_000) }
	nested := zipped1(t, 1, "a.txt", []byte("deep inside"))
	for range 40 {
		nested = zipped1(t, 1, "a.zip", nested)
	}
	wide := zeros(t, 1<<21, gz)
	for range 3 {
		wide = zipped1(t, 12, "b", wide)
	}
	for _, c := range []struct {
		name string
		f    File
		data []byte
		want Problem // "" is none
	}{
		{"gzip of zeros", File{}, zeros(t, 16<<20, gz), ProblemBudget},
		{"xz of zeros", File{}, zeros(t, 16<<20, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }), ProblemBudget},
		{"zstd of zeros", File{}, zeros(t, 16<<20, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }), ProblemBudget},
		{"zip of zeros", File{}, zipped1(t, 1, "z", make([]byte, 16<<20)), ProblemBudget},
		{"zip in zip 40 deep", File{}, nested, ProblemBudget},
		{"archives with archives", File{}, wide, ProblemBudget},
		{"many files", File{}, zipped1(t, 3000, "f", []byte("x")), ProblemBudget},
		{"files that share their bytes", File{}, overlapping(t, 1000), ProblemBudget},
		{"few files that share their bytes", File{}, overlapping(t, 3), ProblemBroken},
		{"xz with a huge window", File{}, hugeWindow(t), ProblemBudget},
		{"deep JSON", File{Name: "a.json"}, deep("["), ProblemBroken},
		{"deep JSON objects", File{Name: "a.json"}, deep(`{"a":`), ProblemBroken},
		{"deep XML", File{Name: "a.xml"}, append([]byte("<?xml version='1.0'?>"), deep("<a b='c'>x")...), ""},
		{"deep HTML", File{Name: "a.html"}, append([]byte("<html>"), deep("<div style='display:none'>x")...), ""},
		{"deep tables", File{Name: "a.html"}, append([]byte("<html>"), deep("<table><tr><td>x")...), ""},
		{"open quote in CSV", File{Name: "a.csv"}, append([]byte("a,b\n\""), deep("x,y\n")...), ""},
		{"one line of attributes", File{Name: "a.html"}, append([]byte("<html><p "), deep("a='b' ")...), ""},
		{"ampersands", File{Name: "a.html"}, append([]byte("<html>"), deep("&&#")...), ""},
		{"open angles", File{Name: "a.html"}, append([]byte("<html>"), deep("<!-<")...), ""},
		{"end tags in a script", File{Name: "a.html"}, append([]byte("<html><script>"), deep("</scrip")...), ""},
	} {
		x, err := New(Options{Bytes: 8 << 20, Files: 400, Time: 10 * time.Minute, Cache: pdfCache()})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, got := extractedBy(t, x, c.f, c.data)
		runtime.ReadMemStats(&after)
		scanned, problems := worst(r, got)
		if c.want == "" && (scanned != Full || len(problems) > 0) || c.want != "" && !slices.Contains(problems, c.want) || slices.Contains(problems, ProblemTime) {
			t.Errorf("%s: %s %v, want %q", c.name, scanned, problems, c.want)
		}
		if c.want == ProblemBudget && scanned == Full {
			t.Errorf("%s: over budget and read in full", c.name)
		}
		// The collector keeps what is found, up to the budget and what appending
		// to it copies.
		if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 {
			t.Errorf("%s: %d MB allocated", c.name, used>>20)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

// hugeWindow is an .xz file that asks for 1.5 GB.
func hugeWindow(t testing.TB) []byte {
	data := bytes.Clone(readFile(t, "needle.txt.xz"))
	i := bytes.Index(data[12:], []byte{0x21, 0x01})
	data[12+i+2] = 39
	return data
}

// A file that was cut is never said to be read in full, unless it is text or
// had its end in front.
func TestCut(t *testing.T) {
	x := newExtractor(t)
	files, err := filepath.Glob("testdata/files/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".want") || strings.HasSuffix(name, ".pdf") || strings.HasSuffix(name, "detached.p7s") {
			continue // pdfium mends cut files where it can
		}
		sizes := []int{len(data) / 3, len(data) / 2, len(data) * 9 / 10}
		if strings.HasSuffix(name, ".tar") {
			sizes = []int{530, 1700} // inside the files; most of it is padding
		}
		for _, size := range sizes {
			r, c := extractedBy(t, x, File{}, data[:size], "secret")
			if scanned, problems := worst(r, c); scanned == Full {
				t.Errorf("%s cut to %d bytes: %s %v", name, size, scanned, problems)
			}
		}
	}
}

// Names that lead out of a container are told of; the file is read.
func TestUnsafeNames(t *testing.T) {
	for _, name := range []string{"../../etc/passwd", `..\x`, "/etc/passwd", `C:\x`, "a/../../b", "a\x00b"} {
		var b bytes.Buffer
		w := newZip(&b)
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, needle); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, c := extracted(t, File{}, b.Bytes())
		if !slices.Equal(r.Problems, []Problem{ProblemUnsafe}) || r.Scanned != Full || !strings.Contains(c.all(), needle) {
			t.Errorf("%q: %+v", name, r)
		}
	}
}

// A zip file whose directory and headers tell different things is read both
// ways.
func TestZipDisagreement(t *testing.T) {
	hidden := zipped1(t, 1, "hidden.txt", []byte("the hidden "+needle))
	shown := zipped1(t, 1, "shown.txt", []byte("nothing to see here"))
	d, err := findDirectory(bytes.NewReader(hidden), int64(len(hidden)))
	if err != nil {
		t.Fatal(err)
	}
	between := append(bytes.Clone(hidden[:d.offset]), shown...) // a file that no directory lists
	noDirectory := hidden[:d.offset]
	for name, data := range map[string][]byte{"a file that isn't listed": between, "no directory": noDirectory} {
		r, c := extracted(t, File{}, data)
		if len(r.Problems) == 0 || !strings.Contains(c.all(), needle) {
			t.Errorf("%s: %+v %q", name, r, c.all())
		}
	}
}

// A file in a zip file that is packed or encrypted in a way that nothing here
// knows is not read, and why is said: Deflate64, PPMd, strong encryption.
func TestZipUnread(t *testing.T) {
	for _, c := range []struct {
		name   string
		at     int // offset in a file's header; two less than in the directory
		value  byte
		want   Problem
		sealed bool
	}{
		{"Deflate64", 8, 9, ProblemFeature, false},
		{"PPMd", 8, 98, ProblemFeature, false},
		{"strong encryption", 6, 0x41, ProblemEncrypted, true},
	} {
		data := zipped1(t, 1, "a.txt", []byte(needle))
		d, err := findDirectory(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		data[c.at], data[d.offset+int64(c.at)+2] = c.value, c.value
		r, got := extracted(t, File{}, data, "secret")
		if r.Scanned != Partial || r.Encrypted != c.sealed || !slices.Contains(r.Problems, c.want) || strings.Contains(got.all(), needle) {
			t.Errorf("%s: %+v %q", c.name, r, got.all())
		}
	}
}

// What stands behind a zip file's end, and its comment, are read too.
func TestBehindZip(t *testing.T) {
	one := zipped1(t, 1, "a.txt", []byte("text"))
	comment := bytes.Clone(one)
	comment[len(comment)-2] = 16
	for name, data := range map[string][]byte{"behind it": append(bytes.Clone(one), "The needle: "+needle...), "its comment": append(comment, needle...)} {
		r, got := extracted(t, File{}, data)
		if r.Scanned != Full || !strings.Contains(got.all(), needle) || slices.Contains(r.Problems, ProblemMismatch) != (name == "behind it") {
			t.Errorf("%s: %+v %q", name, r, got.all())
		}
	}
}

// An encrypted message in text is found wherever pieces of the text are cut.
func TestSealedText(t *testing.T) {
	for at := range len(pgpBegin) + 20 {
		text := []byte("some words " + pgpBegin + " and others")
		first, tail := sealedText(nil, text[:at])
		second, tail := sealedText(tail, text[at:at+3])
		third, _ := sealedText(tail, text[at+3:])
		if !first && !second && !third {
			t.Errorf("cut at %d: not found", at)
		}
	}
	if found, _ := sealedText(nil, []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----")); found {
		t.Error("a key was taken for a message")
	}
}

func newZip(w io.Writer) *zip.Writer { return zip.NewWriter(w) }
