package extract

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// checker is a Sink that checks what every reader promises.
type checker struct {
	t     *testing.T
	place string
	left  []byte // of a rune that is cut at a piece's end
	bytes int64
	files int
}

func (c *checker) Text(place string, text []byte) {
	if !slices.Contains(places, place) {
		c.t.Fatalf("place %q", place)
	}
	if place != c.place {
		c.end()
		c.place = place
	}
	c.bytes += int64(len(text))
	all := append(c.left, text...)
	whole := wholeRunes(all)
	if !utf8.Valid(all[:whole]) {
		c.t.Fatalf("place %q: no UTF-8: %q", place, all[:whole])
	}
	c.left = bytes.Clone(all[whole:])
}

func (c *checker) end() {
	if len(c.left) > 0 {
		c.t.Fatalf("place %q ends with a cut character: %q", c.place, c.left)
	}
}

func (c *checker) Label(string, string) {}

func (c *checker) Child(_ Child, r io.Reader) error {
	c.end()
	c.files++
	n, err := io.Copy(io.Discard, r)
	c.bytes += n
	return err
}

const fuzzBytes = 1 << 20

// fuzzKind fuzzes one reader: no input makes it panic, hand on more than its
// budget or anything but UTF-8, or take long.
func fuzzKind(f *testing.F, kind Kind, seeds ...string) {
	for _, pattern := range seeds {
		files, err := filepath.Glob("testdata/" + pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if !strings.HasSuffix(name, ".want") {
				f.Add(data)
			}
		}
	}
	x, err := New(Options{Time: time.Minute, Cache: pdfCache()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = x.Close() })
	if kind == "" {
		x.readers[KindPDF] = readUnknown // a hundred times slower than the others, and has a target of its own
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := File{Data: bytes.NewReader(data), Size: int64(len(data))}
		c := &checker{t: t}
		b := &Budget{Bytes: fuzzBytes, Files: 20, Passwords: []string{"secret"}}
		var r Result
		if kind == "" {
			r = x.Extract(t.Context(), file, b, c)
		} else {
			w, end := x.begin(t.Context(), file, b, c)
			w.sniffed = sniff(file)
			x.read(w, kind)
			r = w.result
			end()
		}
		c.end()
		if slices.Contains(r.Problems, ProblemReader) || slices.Contains(r.Problems, ProblemTime) {
			t.Errorf("%+v", r)
		}
		if c.bytes > fuzzBytes+chunk || c.files > 20 {
			t.Errorf("%d bytes in %d files handed on", c.bytes, c.files)
		}
		if r.Scanned != Full && len(r.Problems) == 0 {
			t.Errorf("no reason: %+v", r)
		}
	})
}

func FuzzExtract(f *testing.F) { fuzzKind(f, "", "cases/*", "files/*", "lies/*") }
func FuzzText(f *testing.F)    { fuzzKind(f, KindText, "cases/*.txt") }
func FuzzHTML(f *testing.F)    { fuzzKind(f, KindHTML, "cases/*.html") }
func FuzzXML(f *testing.F)     { fuzzKind(f, KindXML, "cases/*.xml") }
func FuzzJSON(f *testing.F)    { fuzzKind(f, KindJSON, "cases/*.json") }
func FuzzCSV(f *testing.F)     { fuzzKind(f, KindCSV, "cases/*.csv") }
func FuzzVObject(f *testing.F) { fuzzKind(f, KindICS, "cases/*.ics", "cases/*.vcf") }
func FuzzPGP(f *testing.F)     { fuzzKind(f, KindPGP, "cases/*.asc", "files/*.gpg") }
func FuzzCMS(f *testing.F)     { fuzzKind(f, KindCMS, "files/*.p7?") }
func FuzzZip(f *testing.F)     { fuzzKind(f, KindZip, "files/*.zip", "files/sfx.exe") }
func FuzzTar(f *testing.F)     { fuzzKind(f, KindTar, "files/*.tar") }
func FuzzGzip(f *testing.F)    { fuzzKind(f, KindGzip, "files/*gz") }
func FuzzBzip2(f *testing.F)   { fuzzKind(f, KindBzip2, "files/*.bz2") }
func FuzzZstd(f *testing.F)    { fuzzKind(f, KindZstd, "files/*.zst") }
func FuzzRAR(f *testing.F)     { fuzzKind(f, KindRAR, "cases/*.rar") }
func FuzzPDF(f *testing.F)     { fuzzKind(f, KindPDF, "files/*.pdf") }
func FuzzJPEG(f *testing.F)    { fuzzKind(f, KindJPEG, "files/*.jpg") }
func FuzzPNG(f *testing.F)     { fuzzKind(f, KindPNG, "files/*.png") }
func FuzzTIFF(f *testing.F)    { fuzzKind(f, KindTIFF, "files/*.tif") }
func FuzzGIF(f *testing.F)     { fuzzKind(f, KindGIF, "cases/*.gif") }
func FuzzWebP(f *testing.F)    { fuzzKind(f, KindWebP, "cases/*.webp") }
func FuzzDICOM(f *testing.F)   { fuzzKind(f, KindDICOM, "cases/*.dcm") }
func FuzzMedia(f *testing.F)   { fuzzKind(f, KindMedia, "cases/*.mp3") }

// The answers of a worker are as hostile as a file.
func FuzzWorkerAnswers(f *testing.F) {
	f.Add([]byte("t\x00\x00\x00\x02\x00xc\x00\x00\x00\x02{}d\x00\x00\x00\x01xe\x00\x00\x00\x00"))
	x, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &checker{t: t}
		w, end := x.begin(t.Context(), File{Data: bytes.NewReader(nil)}, &Budget{Bytes: fuzzBytes, Files: 20}, c)
		defer end()
		w.result.Kind = KindXZ
		if err := w.takeOver(bytes.NewReader(data)); err == nil && !bytes.Contains(data, []byte("Scanned")) {
			t.Error("an end out of nothing")
		}
	})
}
