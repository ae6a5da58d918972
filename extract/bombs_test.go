package extract

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// sparseTar is a tar file whose one member is a terabyte of nothing (GNU's
// sparse files).
func sparseTar() []byte {
	h := make([]byte, 512)
	put := func(at int, s string) { copy(h[at:], s) }
	put(0, "sparse.txt")
	put(100, "0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00")
	h[156] = 'S'
	put(257, "ustar  \x00")
	big := []byte{0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0} // 1 TB in base 256
	copy(h[386:], big)
	put(398, "00000000000\x00")
	copy(h[483:], big)
	put(148, "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	put(148, fmt.Sprintf("%06o\x00 ", sum))
	return append(h, make([]byte, 1024)...)
}

// textBomb is a PNG with a text chunk that unpacks to 64 MB.
func textBomb(t testing.TB) []byte {
	packed := zeros(t, 64<<20, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
	chunk := func(name string, data []byte) []byte {
		b := append([]byte(name), data...)
		return binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), b...), crc32.ChecksumIEEE(b))
	}
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("zTXt", append([]byte("key\x00\x00"), packed...)), chunk("IEND", nil))
}

// hugeDictionary is a RAR 5 archive with a file that asks for 4 GB.
func hugeDictionary() []byte {
	vint := func(v uint64) []byte { return binary.AppendUvarint(nil, v) }
	block := func(body []byte) []byte {
		sized := append(vint(uint64(len(body))), body...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized)), sized...)
	}
	const method, dictionary = 3 << 7, 15 << 10
	file := slices.Concat(vint(2), vint(2), vint(20), vint(0), vint(1<<40), vint(0), vint(method|dictionary), vint(0), vint(5), []byte("a.txt"))
	return slices.Concat([]byte("Rar!\x1a\x07\x01\x00"), block([]byte{1, 0, 0}), block(file), make([]byte, 20), block([]byte{5, 0, 0}))
}

// huge7z is a 7z archive that asks for 2 GB.
func huge7z(t testing.TB) []byte {
	data := bytes.Clone(readFile(t, "flat.7z"))
	at := 32 + int(binary.LittleEndian.Uint64(data[12:]))
	header := data[at : at+int(binary.LittleEndian.Uint64(data[20:]))]
	header[bytes.Index(header, []byte{0x21, 0x21, 0x01})+3] = 38
	binary.LittleEndian.PutUint32(data[28:], crc32.ChecksumIEEE(header))
	binary.LittleEndian.PutUint32(data[8:], crc32.ChecksumIEEE(data[12:32]))
	return data
}

// laughs is XML whose entities stand for a billion others.
func laughs() []byte {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a0 'ha'>")
	for i := range 9 {
		fmt.Fprintf(&b, "<!ENTITY a%d '%s'>", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	return []byte(b.String() + "]><a>&a9;</a>")
}

// loopingPDF has pages in themselves, and a form that draws itself.
func loopingPDF() []byte {
	return pdfOf([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [2 0 R 3 0 R 2 0 R] /Count 10000 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R >>",
		"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >> /Length 5 >>\nstream\n/X Do\nendstream",
		"<< /Length 5 >>\nstream\n/X Do\nendstream",
	})
}

// packedPDF has a page whose content unpacks to a gigabyte.
func packedPDF(t testing.TB) []byte {
	packed := zeros(t, 64<<20, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
	return pdfOf([]string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [" + strings.Repeat("4 0 R ", 16) + "] >>",
		fmt.Sprintf("<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", len(packed), packed),
	})
}

// What is made to use up time or memory, format by format.
func TestBombs(t *testing.T) {
	const million = 1 << 20
	bzip, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWVKFPiUAgIDAAMAAAAggADCAKRoBANIBAOLuSKcKEgpQp8Sg")
	if err != nil {
		t.Fatal(err)
	}
	var members bytes.Buffer
	for range 100_000 {
		members.WriteString("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	}
	strings100k := record(0xFC, 1, 0x7FFFFFFF, uint16(1))
	for _, c := range []struct {
		name string
		f    File
		data []byte
		want Problem // "" is none
	}{
		{"bzip2 of zeros", File{}, bzip, ProblemBudget},
		{"empty gzip members", File{}, members.Bytes(), ""},
		{"zstd with a huge window", File{}, []byte("\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00"), ProblemBudget},
		{"RAR with a huge dictionary", File{}, hugeDictionary(), ProblemBudget},
		{"7z with a huge dictionary", File{}, huge7z(t), ProblemReader},
		{"sparse tar", File{}, sparseTar(), ProblemBudget},
		{"text in a picture", File{}, textBomb(t), ProblemBudget},
		{"billion laughs", File{}, laughs(), ProblemFeature},
		{"pages in themselves", File{}, loopingPDF(), ProblemBroken},
		{"a gigabyte of a page", File{}, packedPDF(t), ProblemReader},
		{"one row", File{Name: "a.csv"}, bytes.Repeat([]byte("x,"), 2*million), ""},
		{"one cell", File{Name: "a.csv"}, bytes.Repeat([]byte("x"), 4*million), ""},
		{"one line of a card", File{}, append([]byte("BEGIN:VCARD\nNOTE:"), bytes.Repeat([]byte("x"), 24*million)...), ProblemBudget},
		{"one JSON key", File{}, append([]byte(`{"a":1,"`), bytes.Repeat([]byte("x"), 4*million)...), ProblemBroken},
		{"one text of XML", File{Name: "a.xml"}, append([]byte("<a>"), bytes.Repeat([]byte("x"), 4*million)...), ""},
		{"CMS in itself", File{}, append([]byte("\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01"), bytes.Repeat([]byte("\x30\x80"), million)...), ProblemBroken},
		{"a picture's directory that leads to itself", File{}, []byte("II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"), ProblemImage},
		{"a workbook with two billion strings", File{}, oleTree{"Workbook": append(record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), strings100k...)}.build(), ProblemBroken},
		{"a workbook of empty records", File{}, oleTree{"Workbook": append(record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), make([]byte, 8*million)...)}.build(), ProblemBudget},
		{"DICOM sequences in sequences", File{}, append(append(make([]byte, 128), "DICM"...), bytes.Repeat([]byte("\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"), 50_000)...), ProblemImage},
		{"chunks of nothing", File{}, append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, million)...), ProblemImage},
	} {
		t.Run(c.name, func(t *testing.T) { bomb(t, c.f, c.data, c.want) })
	}
}

// bomb reads a file, which must cost little and be reported for what it is.
func bomb(t *testing.T, f File, data []byte, want Problem) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Options{Bytes: 8 << 20, Files: 400, Time: time.Minute, Cache: pdfCache(), PDFMemory: 128 << 20, Worker: []string{self, workerArgument}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, got := extractedBy(t, x, f, data)
	runtime.ReadMemStats(&after)
	scanned, problems := worst(r, got)
	if want == "" && (scanned != Full || len(problems) > 0) || want != "" && (scanned == Full || !slices.Contains(problems, want)) {
		t.Errorf("%s %v, want %q", scanned, problems, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
		t.Errorf("%d MB allocated", used>>20)
	}
}

// ending is a file during whose reading the time ends.
type ending struct {
	io.ReaderAt
	left int // reads until then
	end  func()
}

func (e *ending) ReadAt(p []byte, off int64) (int, error) {
	if e.left--; e.left < 0 {
		e.end()
	}
	return e.ReaderAt.ReadAt(p, off)
}

// Every reader stops when the time ends, wherever that is, and what was not
// read is never said to be; nor is it where the budget ends.
func TestEveryReaderStops(t *testing.T) {
	x, err := New(Options{Cache: pdfCache(), Time: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	var files []string
	for _, pattern := range []string{"cases/*", "files/*", "office/*"} {
		found, err := filepath.Glob("testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".want") {
			continue
		}
		data := officeFile(t, name)
		read := func(reads int, budget Budget) (Result, int, int64) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := &ending{ReaderAt: bytes.NewReader(data), left: reads, end: cancel}
			made := budget.Bytes
			r := x.Extract(ctx, File{Data: e, Size: int64(len(data)), Name: filepath.Base(name)}, &budget, discard{})
			return r, reads - e.left, made - budget.Bytes
		}
		whole := Budget{Bytes: 1 << 30, Files: 1000, Passwords: []string{"secret"}}
		r, reads, made := read(1<<30, whole)
		for _, share := range []int{0, 1, 2, 3} {
			// The last quarter of the reads may be about nothing that matters.
			if got, n, _ := read(reads*share/4, whole); n > reads*share/4 && (got.Scanned == Full || !slices.Contains(got.Problems, ProblemTime)) {
				t.Errorf("%s: stopped at read %d of %d: %+v", name, reads*share/4, reads, got)
			}
		}
		small := whole
		if small.Bytes = made - 1; made > 0 {
			if got, _, _ := read(1<<30, small); got.Scanned == Full || !slices.Contains(got.Problems, ProblemBudget) {
				t.Errorf("%s: %d of %d bytes: %+v, with all %+v", name, small.Bytes, made, got, r)
			}
		}
	}
}
