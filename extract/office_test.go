package extract

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var updateOffice = flag.Bool("update-office", false, "write the expected text of testdata/office anew")

// officeSink records what a reader hands on.
type officeSink struct {
	out      strings.Builder
	texts    map[string]string // by place
	place    string
	children []officeChild
	labels   map[string]string
	broken   bool // text that was no UTF-8
	failing  bool // refuses its children
}

type officeChild struct {
	Child
	data []byte
	err  error
}

func (s *officeSink) Text(place string, text []byte) {
	if !utf8.Valid(text) {
		s.broken = true
		fmt.Fprintf(&s.out, "\n[not UTF-8: %q]\n", text)
	}
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	s.texts[place] += string(text)
	if place != s.place || s.out.Len() == 0 {
		fmt.Fprintf(&s.out, "\n[%s]\n", place)
		s.place = place
	}
	s.out.Write(text)
}

func (s *officeSink) Child(c Child, r io.Reader) error {
	if s.failing {
		return io.ErrClosedPipe
	}
	data, err := io.ReadAll(r)
	s.children = append(s.children, officeChild{c, data, err})
	fmt.Fprintf(&s.out, "\n[child %q %q %d bytes]\n", c.Name, c.Type, len(data))
	s.place = "\x00"
	return err
}

func (s *officeSink) Label(id, name string) {
	if s.labels == nil {
		s.labels = map[string]string{}
	}
	s.labels[id] = name
	fmt.Fprintf(&s.out, "\n[label %q %q]\n", id, name)
	s.place = "\x00"
}

// officeWork is the work on a file in memory.
func officeWork(ctx context.Context, data []byte, bytesLeft int64, sink Sink) *work {
	return &work{
		ctx:    ctx,
		file:   File{Data: bytes.NewReader(data), Size: int64(len(data))},
		budget: &Budget{Bytes: bytesLeft, Files: 200},
		sink:   sink,
		result: Result{Scanned: Full},
		clock:  startClock(time.Hour, func() {}),
	}
}

// readOffice reads data as the dispatcher would.
func readOffice(read reader, data []byte, bytesLeft int64, passwords ...string) (*officeSink, Result) {
	sink := &officeSink{}
	w := officeWork(context.Background(), data, bytesLeft, sink)
	w.budget.Passwords = passwords
	if err := read(w); err != nil && err != errStop {
		w.lost(ProblemBroken)
	}
	return sink, w.result
}

// officeFile reads a fixture, which may be gzipped.
func officeFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil && strings.HasSuffix(file, ".gz") {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, err = io.ReadAll(z)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// officeReaders says which reader a fixture needs, by its ending.
var officeReaders = map[string]reader{
	".docx": readOOXML, ".xlsx": readOOXML, ".pptx": readOOXML,
	".odt": readODF, ".ods": readODF, ".odp": readODF,
	".doc": readCompound, ".xls": readCompound, ".ppt": readCompound, ".rtf": readRTF,
	".fodt": readODF, ".fods": readODF, ".fodp": readODF,
}

// TestOfficeFiles reads the files that LibreOffice made, and compares all
// their text with NAME.want.
func TestOfficeFiles(t *testing.T) {
	eachOfficeFile(t, func(t *testing.T, read reader, data []byte) {
		file := filepath.Join("testdata/office", filepath.Base(t.Name()))
		sink, result := readOffice(read, data, plenty)
		got := fmt.Sprintf("%s %v\n%s", result.Scanned, result.Problems, sink.out.String())
		if sink.broken {
			t.Error("text is not UTF-8")
		}
		if *updateOffice {
			if err := os.WriteFile(file+".want", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file + ".want")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Error(diff)
		}
	})
}

// eachOfficeFile calls check for each fixture with its reader.
func eachOfficeFile(t *testing.T, check func(t *testing.T, read reader, data []byte)) {
	t.Helper()
	files, err := filepath.Glob("testdata/office/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		read := officeReaders[filepath.Ext(strings.TrimSuffix(file, ".gz"))]
		if read == nil || strings.HasPrefix(filepath.Base(file), "secret") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { check(t, read, officeFile(t, file)) })
	}
}

// TestOfficeCut says that a file that lacks its end is never read as whole.
func TestOfficeCut(t *testing.T) {
	eachOfficeFile(t, func(t *testing.T, read reader, data []byte) {
		for _, percent := range []int{3, 20, 50, 80, 95} {
			cut := data[:len(data)*percent/100]
			if _, result := readOffice(read, cut, plenty); result.Scanned == Full || len(result.Problems) == 0 {
				t.Errorf("cut to %d %%: %+v", percent, result)
			}
		}
	})
}

// TestOfficeBudget says that a file that makes more than it may is not read
// as whole, however little more that is.
func TestOfficeBudget(t *testing.T) {
	eachOfficeFile(t, func(t *testing.T, read reader, data []byte) {
		w := officeWork(context.Background(), data, plenty, &officeSink{})
		if err := read(w); err != nil {
			t.Fatal(err)
		}
		need := plenty - w.budget.Bytes
		for _, budget := range []int64{0, need / 10, need / 2, need - 1} {
			if _, result := readOffice(read, data, budget); result.Scanned == Full {
				t.Errorf("%d of %d bytes: %+v", budget, need, result)
			}
		}
		if _, result := readOffice(read, data, need); result.Scanned != Full {
			t.Errorf("%d bytes: %+v", need, result)
		}
	})
}

// TestOfficeChildRefused says that the reading goes on where a contained file
// is not wanted.
func TestOfficeChildRefused(t *testing.T) {
	sink := &officeSink{failing: true}
	data := msgFile().build()
	w := officeWork(context.Background(), data, plenty, sink)
	if err := readCompound(w); err != nil || w.result.Scanned != Full {
		t.Errorf("%v, %+v", err, w.result)
	}
	wantText(t, sink, "", "embedded body 02070803628")
}
