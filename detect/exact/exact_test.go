package exact

import (
	"bytes"
	"context"
	"encoding/hex"
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

// writeKey is the file of a key.
func writeKey(t testing.TB, key []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func build(t testing.TB, csv string, spec Spec, key []byte) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := Build(context.Background(), strings.NewReader(csv), Source{}, spec, key, &out, nil); err != nil {
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
	table, err := Open(path, writeKey(t, testKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

// scanner says how many rows of a table are found in a text.
func scanner(t testing.TB, table *Table) func(text string) int {
	t.Helper()
	e, err := detect.New(detect.Options{Only: []string{"us-ssn"}, Tables: []detect.Table{table}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.Scanner()
	return func(text string) int {
		s.Reset()
		s.Use(time.Unix(1, 0), maphash.MakeSeed())
		_, _ = s.Write([]byte(text))
		s.Close()
		n := 0
		for _, h := range s.Hits() {
			if h.Detector != "exact-data" || h.Category != detect.Own || h.Confidence != detect.High || h.Table != table.Name() || h.Masked != table.Name() {
				t.Errorf("%+v", h)
			}
			n += h.Count
		}
		return n
	}
}

// A row is found where two of its columns stand near each other, however they
// are written, and not otherwise.
func TestRowsAreFound(t *testing.T) {
	table := open(t, build(t, testCSV, testSpec, testKey))
	scan := scanner(t, table)
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
		if got := scan(text); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
		}
	}
}

// A row is found wherever the windows' edges fall.
func TestWindowEdges(t *testing.T) {
	table := open(t, build(t, testCSV, testSpec, testKey))
	scan := scanner(t, table)
	for _, edge := range []int{64 << 10, 64<<10 - 1024, 2*(64<<10) - 2*1024 - 512} {
		for shift := -60; shift < 40; shift += 3 {
			long := strings.Repeat("ordinary text ", (edge+shift)/14+1)[:edge+shift] + " Anna Müller, born 3.4.1980 in Berlin " + strings.Repeat("and more ", 300)
			if got := scan(long); got != 1 {
				t.Fatalf("at %d: %d rows", edge+shift, got)
			}
		}
	}
}

// What became of each cell is said.
func TestBuilt(t *testing.T) {
	csv := testCSV + "K-4715,,1980-13-03,x,12,nobody\n" + strings.SplitAfter(testCSV, "\n")[1]
	var out bytes.Buffer
	var told []string
	got, err := Build(context.Background(), strings.NewReader(csv), Source{MayBeBad: true}, testSpec, testKey, &out, func(p Progress) { told = append(told, p.Stage) })
	if err != nil {
		t.Fatal(err)
	}
	want := Built{Rows: 6, Size: int64(out.Len()), Twins: 1, Lost: 1, Columns: []BuiltColumn{
		{Name: "id", Values: 5, Most: 2}, {Name: "name", Values: 3, Empty: 1, Most: 3}, {Name: "born", Values: 3, Bad: 1, Most: 3},
		{Name: "phone", Values: 3, Empty: 1, Bad: 1, Most: 2}, {Name: "mail", Values: 3, Empty: 1, Bad: 1, Most: 2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{StageRead, StageSort, StageWrite}, told); diff != "" {
		t.Error(diff)
	}
	for _, word := range []string{"Anna", "anna", "muller", "4711", "19800403", "891234567"} {
		if bytes.Contains(out.Bytes(), []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
}

// A value that stands in a text once counts for one column.
func TestOneValueIsOneColumn(t *testing.T) {
	spec := Spec{Name: "x", AtLeast: 2, Columns: []Column{{Name: "first", Kind: detect.KindName}, {Name: "last", Kind: detect.KindName}}}
	scan := scanner(t, open(t, build(t, "first,last\nThomas,Thomas\nAnna,Otto\n", spec, testKey)))
	for text, want := range map[string]int{"dear Thomas, ": 0, "Thomas Thomas": 1, "Mr Thomas (Thomas)": 1, "Otto, Anna": 1, "Otto Otto": 0} {
		if got := scan(text); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
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
	scan := scanner(t, table)
	for text, want := range map[string]int{
		"John Smith 1980-04-03":             0,
		"John Smith, j77@example.com":       1,
		"j77@example.com, ask: John Smith.": 1,
		"C-100005 is John Smith":            1,
		"C-100005 is j7@example.com":        0,
	} {
		if got := scan(text); got != want {
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
		table, err := Open(path+name, writeKey(t, key))
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
	if _, err := Open(path+"missing", writeKey(t, testKey)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	// The negative twin: the file as it was is taken.
	table, err := Open(path, writeKey(t, testKey))
	if err != nil {
		t.Fatal(err)
	}
	table.Close()
}

// A newer file is taken without a stop; texts on their way keep the old one;
// a bad one changes nothing.
func TestReload(t *testing.T) {
	path := build(t, testCSV, testSpec, testKey)
	table := open(t, path)
	scan := scanner(t, table)
	onItsWay := table.Search()
	old := table.now.Load()
	newer := build(t, strings.ReplaceAll(testCSV, "Anna", "Hanna"), testSpec, testKey)
	if err := os.Rename(newer, path); err != nil {
		t.Fatal(err)
	}
	if err := table.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := scan("Hanna Müller 1980-04-03, Anna Müller 1980-04-03"); got != 1 {
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
	if got := scan("Hanna Müller 1980-04-03"); got != 1 {
		t.Errorf("after a bad file: %d rows", got)
	}
	// Another table under the path isn't the same data with newer rows.
	spec := testSpec
	spec.Name = "patients"
	if err := os.Rename(build(t, testCSV, spec, testKey), path); err != nil {
		t.Fatal(err)
	}
	if err := table.Reload(); err == nil || !strings.Contains(err.Error(), "this is the table patients") {
		t.Error(err)
	}
	// A table that is closed must not look like an empty one.
	table.Close()
	defer func() {
		if recover() == nil {
			t.Error("a closed table was searched")
		}
	}()
	table.Search()
}

// What lies at the paths is taken when it has become another, once, and what
// is wrong is said once.
func TestRefresh(t *testing.T) {
	path := build(t, testCSV, testSpec, testKey)
	table := open(t, path)
	scan := scanner(t, table)
	refresh := func(wantChanged bool, wantErr error) {
		t.Helper()
		changed, err := table.Refresh()
		if changed != wantChanged || !errors.Is(err, wantErr) {
			t.Errorf("%v %v, want %v %v", changed, err, wantChanged, wantErr)
		}
	}
	refresh(false, nil)
	put := func(csv string, key []byte) {
		t.Helper()
		if err := os.Rename(build(t, csv, testSpec, key), path); err != nil {
			t.Fatal(err)
		}
	}
	put(testCSV+"K-4719,Nora Neu,1990-01-01,x,,\n", testKey)
	refresh(true, nil)
	refresh(false, nil)
	if rows := table.Facts().Rows; rows != 5 {
		t.Errorf("%d rows", rows)
	}
	otherKey := []byte("another key that is long enough!!")
	put(testCSV, otherKey)
	refresh(true, ErrKey)
	refresh(false, nil)
	// The key follows, and with it the table is taken.
	if err := os.Rename(writeKey(t, otherKey), table.keyFile); err != nil {
		t.Fatal(err)
	}
	refresh(true, nil)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refresh(true, os.ErrNotExist)
	refresh(false, nil)
	if got := scan("Anna Müller, born 3.4.1980"); got != 1 {
		t.Errorf("without its file: %d rows", got)
	}
}

// Under load, each message sees one table from its beginning to its end, while
// newer ones come; and each table's memory is given back when its last message
// has ended, not before.
func TestReloadUnderLoad(t *testing.T) {
	versions := []string{testCSV, strings.ReplaceAll(testCSV, "Anna", "Hanna")}
	path := build(t, versions[0], testSpec, testKey)
	table := open(t, path)
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
				held, release := table.Hold()
				anna, hanna := finds(held, "anna muller"), finds(held, "hanna muller")
				for range 3 {
					if anna == hanna || finds(held, "anna muller") != anna || finds(held, "hanna muller") != hanna {
						t.Error("a message saw two tables, or none")
					}
				}
				release()
			}
		})
	}
	var old []*mapping
	for i := range 60 {
		old = append(old, table.now.Load())
		if err := os.Rename(build(t, versions[(i+1)%2], testSpec, testKey), path); err != nil {
			t.Fatal(err)
		}
		if changed, err := table.Refresh(); err != nil || !changed {
			t.Errorf("%v %v", changed, err)
		}
	}
	close(stop)
	all.Wait()
	for i, m := range old {
		if m.uses.Load() != 0 || m.data != nil {
			t.Errorf("table %d has %d uses, %d bytes", i, m.uses.Load(), len(m.data))
		}
	}
	if m := table.now.Load(); m.uses.Load() != 1 || m.data == nil {
		t.Errorf("the present table has %d uses", m.uses.Load())
	}
}

// finds reports whether a name and a birthday are a row of a table.
func finds(table detect.Table, name string) bool {
	s := table.Search()
	defer s.End()
	s.See(detect.KindName, []byte(name), 0)
	_, found := s.See(detect.KindDate, []byte("19800403"), 20)
	return found
}

// What becomes of the file after it was opened changes nothing: it may be cut
// short or overwritten, and neither ends the process nor alters what is found.
func TestFileChangedUnderUs(t *testing.T) {
	path := build(t, testCSV, testSpec, testKey)
	table := open(t, path)
	scan := scanner(t, table)
	before := table.Facts()
	for _, spoil := range []func() error{
		func() error { return os.Truncate(path, before.Size/2) },
		func() error { return os.Truncate(path, before.Size) },
		func() error { return os.Truncate(path, 0) },
		func() error { return os.WriteFile(path, bytes.Repeat([]byte{0xff}, int(before.Size)), 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if got := scan("Anna Müller, born 3.4.1980"); got != 1 {
			t.Errorf("%d rows", got)
		}
		if err := table.Reload(); err == nil {
			t.Error("the spoilt file was taken")
		}
		if diff := cmp.Diff(before, table.Facts()); diff != "" {
			t.Error(diff)
		}
	}
}

// The hash is SipHash-2-4, by the example in its authors' paper.
func TestSiphash(t *testing.T) {
	message := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	if got := siphash(0x0706050403020100, 0x0f0e0d0c0b0a0908, message[0], message[1:]); got != 0xa129ca6149be45e5 {
		t.Errorf("%x", got)
	}
}
