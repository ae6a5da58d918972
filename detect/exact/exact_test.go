package exact

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/detect"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

var testSpec = Spec{
	Name: "customers", AtLeast: 2, Within: 200,
	Columns: []Column{{Name: "id", Kind: detect.KindText}, {Name: "name", Kind: detect.KindName}, {Name: "born", Kind: detect.KindDate}, {Name: "phone", Kind: detect.KindDigits}, {Name: "mail", Kind: detect.KindEmail}},
}

const testCSV = `id,name,born,unused,phone,mail
K-4711,Anna Müller,1980-04-03,x,+49 89 1234-567,anna@example.com
K-4712,Zoë van Dijk,12.11.1975,x,030 998877,zoe.vd@example.org
K-4713,Jan Kowalski,1980-04-03,x,,
K-4714,Anna Müller,1991-01-31,x,0171 5556667,am@example.net
`

func build(t testing.TB, csv string, spec Spec, key []byte) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := Build(context.Background(), strings.NewReader(csv), spec, key, &out, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "table")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string) *Table {
	t.Helper()
	table, err := Open(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

// scan is how many rows of a table are found in a text.
func scan(t testing.TB, table *Table, text string) int {
	t.Helper()
	e, err := detect.New(detect.Options{Only: []string{"iban"}, Tables: []detect.Table{table}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.Scanner()
	s.Use(time.Unix(1, 0), maphash.MakeSeed())
	_, _ = s.Write([]byte(text))
	s.Close()
	n := 0
	for _, h := range s.Hits() {
		if h.Detector != "exact-data" || h.Category != detect.Own || h.Confidence != detect.High || h.Masked != table.Name() {
			t.Errorf("%+v", h)
		}
		n += h.Count
	}
	return n
}

// A row is found where two of its columns stand near each other, however they
// are written, and not otherwise.
func TestRowsAreFound(t *testing.T) {
	table := open(t, build(t, testCSV, testSpec, testKey))
	far := strings.Repeat("and so on ", 30)
	for text, want := range map[string]int{
		"Anna Müller, born 3.4.1980":                1,
		"ANNA MULLER 03/04/1980":                    1,
		"Müller, Anna (1980-04-03)":                 1,
		"born 1980-04-03: Kowalski Jan":             1,
		"customer k 4711, phone +49 (89) 1234 567":  1,
		"K-4711 ANNA@EXAMPLE.COM":                   1,
		"mailto:zoe.vd@example.org, zoe van dijk":   1,
		"Zoe van Dijk " + far + " born 12.11.1975":  0,
		"Anna Müller":                               0,
		"Anna Kowalski 1980-04-03":                  0,
		"Anna Müller 12.11.1975":                    0,
		"Anna Müller 1980-04-03 K-4714":             2,
		"K-4711 K-4712 K-4713":                      0,
		"4711 1980-04-03":                           0,
		"Anna Müller 1991-01-31, Anna Müller again": 1,
		"":    0,
		"...": 0,
	} {
		if got := scan(t, table, text); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
		}
	}
}

// A row is found wherever the windows' edges fall.
func TestWindowEdges(t *testing.T) {
	table := open(t, build(t, testCSV, testSpec, testKey))
	for _, edge := range []int{64 << 10, 64<<10 - 1024, 2*(64<<10) - 2*1024 - 512} {
		for shift := -60; shift < 40; shift += 3 {
			long := strings.Repeat("ordinary text ", (edge+shift)/14+1)[:edge+shift] + " Anna Müller, born 3.4.1980 in Berlin " + strings.Repeat("and more ", 300)
			if got := scan(t, table, long); got != 1 {
				t.Fatalf("at %d: %d rows", edge+shift, got)
			}
		}
	}
}

// What became of each cell is said.
func TestBuilt(t *testing.T) {
	csv := testCSV + "K-4715,,1980-13-03,x,12,nobody\n"
	var out bytes.Buffer
	var told []int
	got, err := Build(context.Background(), strings.NewReader(csv), testSpec, testKey, &out, func(n int) { told = append(told, n) })
	if err != nil {
		t.Fatal(err)
	}
	want := Built{Rows: 5, Size: int64(out.Len()), Columns: []BuiltColumn{
		{Name: "id", Values: 5}, {Name: "name", Values: 3, Empty: 1}, {Name: "born", Values: 3, Bad: 1, BadLine: 6},
		{Name: "phone", Values: 3, Empty: 1, Bad: 1, BadLine: 6}, {Name: "mail", Values: 3, Empty: 1, Bad: 1, BadLine: 6},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(told) == 0 {
		t.Error("no progress was told")
	}
	for _, word := range []string{"Anna", "anna", "muller", "4711", "19800403", "891234567"} {
		if bytes.Contains(out.Bytes(), []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
}

// A value that many rows have leads to none, but counts beside others.
func TestCommonValues(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("id,name,born,phone,mail\n")
	for i := range 3 * maxRows {
		fmt.Fprintf(&csv, "C-%d,John Smith,1980-04-03,,j%d@example.com\n", i+100000, i)
	}
	table := open(t, build(t, csv.String(), testSpec, testKey))
	for text, want := range map[string]int{
		"John Smith 1980-04-03":             0,
		"John Smith, j77@example.com":       1,
		"j77@example.com, ask: John Smith.": 1,
		"C-100005 is John Smith":            1,
		"C-100005 is j7@example.com":        0,
	} {
		if got := scan(t, table, text); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
		}
	}
	if rows, found := table.Check("name", "Smith, John"); rows != 0 || !found {
		t.Errorf("%d %v", rows, found)
	}
	if rows, found := table.Check("born", "3.4.1980"); rows != 0 || !found {
		t.Errorf("%d %v", rows, found)
	}
	if rows, found := table.Check("id", "c-100007"); rows != 1 || !found {
		t.Errorf("%d %v", rows, found)
	}
}

// Every value of a larger table is there, with its rows, and no other.
func TestEveryValue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var csv strings.Builder
	csv.WriteString("number\n")
	rows := map[string]int{}
	for range 50_000 {
		n := fmt.Sprintf("%07d", r.IntN(60_000)+1_000_000)
		rows[n]++
		csv.WriteString(n + "\n")
	}
	spec := Spec{Name: "x", AtLeast: 1, Columns: []Column{{Name: "number", Kind: detect.KindDigits}}}
	table := open(t, build(t, csv.String(), spec, testKey))
	for i := range 60_000 {
		n := fmt.Sprintf("%07d", i+1_000_000)
		got, found := table.Check("number", n)
		if got != rows[n] || found != (rows[n] > 0) {
			t.Fatalf("%s: %d rows, want %d", n, got, rows[n])
		}
	}
}

// A file that was damaged, cut, changed or made with another key is refused.
func TestBadFilesAreRefused(t *testing.T) {
	path := build(t, testCSV, testSpec, testKey)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, data, key []byte, want error) {
		t.Helper()
		if err := os.WriteFile(path+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := Open(path+name, key)
		if err == nil {
			table.Close()
		}
		if !errors.Is(err, want) || want == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("key", good, []byte("another key that is long enough!!"), ErrKey)
	refused("empty", nil, testKey, ErrFormat)
	refused("other", bytes.Repeat([]byte("x"), 5000), testKey, ErrFormat)
	for _, n := range []int{len(good) - 1, len(good) - sealSize, headerSize + sealSize} {
		refused("cut", good[:n], testKey, ErrDamaged)
	}
	refused("longer", append(bytes.Clone(good), 0), testKey, ErrDamaged)
	for _, at := range []int{len(magic) + 40, 300, headerSize + 3, headerSize + 200, len(good) - 40, len(good) - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		refused("changed", bad, testKey, ErrDamaged)
	}
	if _, err := Open(path+"missing", testKey); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	// The negative twin: the file as it was is taken.
	table, err := Open(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	table.Close()
}

// Specifications and tables that can't be used are refused, with all that is
// wrong.
func TestBadSpecs(t *testing.T) {
	_, err := Build(context.Background(), strings.NewReader("a\n"), Spec{AtLeast: 3, Columns: []Column{{Name: "a", Kind: "colour"}, {Name: "a", Kind: detect.KindText}}}, nil, &bytes.Buffer{}, nil)
	for _, want := range []string{"needs a name", `kind "colour"`, "that of another", "at least 3 columns", "key has 0 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	for csv, want := range map[string]string{
		"id,name\n1,2\n":                       `no column "born"`,
		"":                                     "headings",
		"id,name,born,phone,mail\n1,2\n":       "wrong number of fields",
		"id,name,born,phone,mail\n1,\"2,3,4,5": "reading the table",
	} {
		if _, err := Build(context.Background(), strings.NewReader(csv), testSpec, testKey, &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", csv, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, strings.NewReader(testCSV), testSpec, testKey, &bytes.Buffer{}, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A newer file is taken without a stop; texts on their way keep the old one;
// a bad one changes nothing.
func TestReload(t *testing.T) {
	path := build(t, testCSV, testSpec, testKey)
	table := open(t, path)
	onItsWay := table.Search()
	old := table.now.Load()
	newer := build(t, strings.ReplaceAll(testCSV, "Anna", "Hanna"), testSpec, testKey)
	if err := os.Rename(newer, path); err != nil {
		t.Fatal(err)
	}
	if err := table.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := scan(t, table, "Hanna Müller 1980-04-03, Anna Müller 1980-04-03"); got != 1 {
		t.Errorf("%d rows", got)
	}
	if old.uses.Load() != 1 {
		t.Errorf("the old file has %d uses", old.uses.Load())
	}
	onItsWay.See(detect.KindName, []byte("anna muller"), 0)
	if _, found := onItsWay.See(detect.KindDate, []byte("19800403"), 20); !found {
		t.Error("the text on its way lost the old file")
	}
	onItsWay.End()
	if old.uses.Load() != 0 {
		t.Error("the old file stays")
	}
	if err := os.WriteFile(path+".bad", []byte("bad"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".bad", path); err != nil {
		t.Fatal(err)
	}
	if err := table.Reload(); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if got := scan(t, table, "Hanna Müller 1980-04-03"); got != 1 {
		t.Errorf("after a bad file: %d rows", got)
	}
	table.Close()
	if got := scan(t, table, "Hanna Müller 1980-04-03"); got != 0 {
		t.Errorf("after Close: %d rows", got)
	}
}

// Reloading while texts are searched disturbs none of them.
func TestReloadUnderWay(t *testing.T) {
	table := open(t, build(t, testCSV, testSpec, testKey))
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := table.Search()
				s.See(detect.KindName, []byte("anna muller"), 0)
				if _, found := s.See(detect.KindDate, []byte("19800403"), 20); !found {
					t.Error("not found")
				}
				s.End()
			}
		})
	}
	for range 50 {
		if err := table.Reload(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
}

// The hash is SipHash-2-4, by the example in its authors' paper.
func TestSiphash(t *testing.T) {
	message := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	if got := siphash(0x0706050403020100, 0x0f0e0d0c0b0a0908, message[0], message[1:]); got != 0xa129ca6149be45e5 {
		t.Errorf("%x", got)
	}
}

// FuzzOpen: no file makes Open or a search fail otherwise than by an error.
// The seal is made anew, so that what lies behind it is tried too.
func FuzzOpen(f *testing.F) {
	good, err := os.ReadFile(build(f, testCSV, testSpec, testKey))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:headerSize+sealSize])
	f.Fuzz(func(t *testing.T, data []byte) {
		var h header
		m := &mapping{data: data}
		if h.unmarshal(data, &m.spec) != nil {
			return
		}
		k := deriveKeys(testKey, h.Salt)
		sealed := bytes.Clone(data)
		copy(sealed[len(magic)+16:], k.check[:])
		resealed(sealed, k)
		m = &mapping{data: sealed}
		if m.check(testKey) != nil {
			return
		}
		for c := range m.spec.Columns {
			m.lookup(binary.LittleEndian.Uint64(m.data[len(m.data)-sealSize:]), nil)
			if m.header.Rows > 0 {
				m.print(m.header.Rows-1, c)
			}
		}
	})
}

func resealed(data []byte, k keys) {
	copy(data[len(data)-sealSize:], sealOf(data[:len(data)-sealSize], k))
}

// A candidate that is in no row, and one that is, in a table of a million
// cells.
func BenchmarkSee(b *testing.B) {
	var csv strings.Builder
	csv.WriteString("number,name\n")
	for i := range 500_000 {
		fmt.Fprintf(&csv, "%d,%s\n", 10_000_000+i, fmt.Sprintf("name%d", i))
	}
	table := open(b, build(b, csv.String(), Spec{Name: "x", AtLeast: 2, Columns: []Column{{Name: "number", Kind: detect.KindDigits}, {Name: "name", Kind: detect.KindName}}}, testKey))
	for name, offset := range map[string]int{"absent": 50_000_000, "there": 10_000_000} {
		b.Run(name, func(b *testing.B) {
			s := table.Search()
			defer s.End()
			r := rand.New(rand.NewPCG(1, 2))
			values := make([][]byte, 1<<16)
			for i := range values {
				values[i] = fmt.Append(nil, offset+r.IntN(500_000))
			}
			at := 0
			for b.Loop() {
				s.See(detect.KindDigits, values[at&(1<<16-1)], at*1000)
				at++
			}
		})
	}
}
