package exact

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sealpost/sealpost/detect"
)

// BenchmarkTenMillion has ten million rows of four columns (37 million
// different values), and reports the size of the file. "absent" are candidates
// that are in no row, "there" are such that are in one; "words" are the words
// of ordinary text, each of which is looked at once; "text" is all of it
// together, with the reading of the text.
//
//	go test -run - -bench TenMillion -timeout 30m ./detect/exact
func BenchmarkTenMillion(b *testing.B) {
	const rows = 10_000_000
	path := filepath.Join(b.TempDir(), "table")
	buildNumbers(b, path, rows)
	table, err := Open(path, writeKey(b, testKey))
	if err != nil {
		b.Fatal(err)
	}
	defer table.Close()
	megabytes := float64(table.Facts().Size) / 1e6
	s := table.Search().(*search)
	defer s.End()
	b.Run("text", func(b *testing.B) { scanning(b, table) })
	for _, c := range []struct {
		name string
		f    func(values [][]byte) func(i int)
		from int
	}{
		{"absent", s.seeing, 500_000_000},
		{"there", s.seeing, 100_000_000},
		{"words", s.reading, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			values := make([][]byte, 1<<20)
			for i := range values {
				values[i] = fmt.Appendf(nil, "%09d", c.from+r.IntN(rows))
			}
			look, at, before := c.f(values), 0, processorTime(b)
			for b.Loop() {
				look(at)
				at++
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(megabytes, "MB")
		})
	}
}

// processorTime is what the process has used: on a busy machine the clock says
// how busy it is.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// scanning is a whole text on its way past a table: numbers, dates, and words
// of which a few are names of it.
func scanning(b *testing.B, table *Table) {
	e, err := detect.New(detect.Options{Only: []string{"us-ssn"}, Tables: []detect.Table{table}})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	var text []byte
	for len(text) < 4<<20 {
		for range 12 {
			text = fmt.Appendf(text, "word%d ", r.IntN(20_000))
		}
		text = fmt.Appendf(text, "order %d of %d.%d.2024, last%d.\n", r.IntN(900_000_000), 1+r.IntN(28), 1+r.IntN(12), r.IntN(500_000))
	}
	s := e.Scanner()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Reset()
		s.Use(time.Unix(1, 0), maphash.MakeSeed())
		_, _ = s.Write(text)
		s.Close()
	}
}

func (s *search) seeing(values [][]byte) func(int) {
	return func(i int) { s.See(detect.KindDigits, values[i&(len(values)-1)], i*1000) }
}

func (s *search) reading(values [][]byte) func(int) {
	return func(i int) { s.Word(values[i&(len(values)-1)]) }
}

// buildNumbers writes a table without reading a CSV, which would take longer
// than all else: customer's number, name, day of birth, telephone.
func buildNumbers(b *testing.B, path string, rows int) {
	b.Helper()
	made, err := newBuilder(Spec{Name: "numbers", AtLeast: 2, Columns: []Column{{Name: "number", Kind: detect.KindDigits}, {Name: "name", Kind: detect.KindName},
		{Name: "born", Kind: detect.KindDate}, {Name: "phone", Kind: detect.KindDigits}}}, testKey)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range rows {
		made.value(0, fmt.Sprintf("%09d", 100_000_000+i))
		made.value(1, fmt.Sprintf("first%d last%d", r.IntN(5000), r.IntN(500_000)))
		made.value(2, fmt.Sprintf("%04d%02d%02d", 1930+r.IntN(80), 1+r.IntN(12), 1+r.IntN(28)))
		made.value(3, fmt.Sprintf("49%09d", r.IntN(1_000_000_000)))
		if err := made.endRow(); err != nil {
			b.Fatal(err)
		}
	}
	if err := made.arrange(context.Background()); err != nil {
		b.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := made.write(context.Background(), out); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}
