package exact

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/detect"
)

// Built says what a file was made of.
type Built struct {
	Rows    int
	Columns []BuiltColumn // as in the specification
	Size    int64         // bytes
}

// BuiltColumn is what became of one column.
type BuiltColumn struct {
	Name   string
	Values int // different ones
	Common int // of these, how many more than 1,024 rows have: they only count beside others
	Empty  int // cells
	// Bad are cells that can't be values of the column's kind, and are left
	// out; BadLine is the line of the first one.
	Bad, BadLine int
}

// Build reads a CSV whose first row names its columns, and writes the file. It
// keeps about 20 bytes of memory for each cell. progress, unless nil, is told
// the rows that were read, now and then. What went to out before an error is
// of no use.
func Build(ctx context.Context, from io.Reader, spec Spec, key []byte, out io.Writer, progress func(rows int)) (Built, error) {
	if err := spec.check(key); err != nil {
		return Built{}, fmt.Errorf("building %s: %w", spec.Name, err)
	}
	if spec.Within == 0 {
		spec.Within = defaultWithin
	}
	b := &builder{spec: spec, words: map[uint64]struct{}{}}
	if _, err := rand.Read(b.header.Salt[:]); err != nil {
		return Built{}, fmt.Errorf("building %s: %w", spec.Name, err)
	}
	b.keys = deriveKeys(key, b.header.Salt)
	b.header.KeyCheck = b.keys.check
	err := b.read(ctx, from, progress)
	if err == nil {
		err = b.arrange(ctx)
	}
	if err == nil {
		err = b.write(ctx, out)
	}
	if err != nil {
		return Built{}, fmt.Errorf("building %s: %w", spec.Name, err)
	}
	return b.built, nil
}

type builder struct {
	spec   Spec
	keys   keys
	header header
	built  Built
	cells  []cell
	prints []uint32            // of each row's cells; 0 where there is none
	words  map[uint64]struct{} // hashes of the words of names and texts
}

// cell is one value of one row.
type cell struct {
	hash        uint64
	row, column uint32
}

// read reads the CSV.
func (b *builder) read(ctx context.Context, from io.Reader, progress func(int)) error {
	r := csv.NewReader(bufio.NewReaderSize(from, 1<<20))
	r.ReuseRecord = true
	if b.spec.Comma != 0 {
		r.Comma = b.spec.Comma
	}
	at, err := b.headings(r)
	if err != nil {
		return err
	}
	for rows := uint32(0); ; rows++ {
		record, err := r.Read()
		if err == io.EOF {
			b.header.Rows, b.built.Rows = uint64(rows), int(rows)
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the table: %w", err)
		}
		if rows == 1<<32-1 {
			return errors.New("too many rows")
		}
		line, _ := r.FieldPos(0)
		b.row(rows, record, at, line)
		if rows%8192 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(int(rows))
			}
		}
	}
}

// headings says where each of the specification's columns stands.
func (b *builder) headings(r *csv.Reader) ([]int, error) {
	names, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the table's headings: %w", err)
	}
	if len(names) > 0 && len(names[0]) > 3 && names[0][:3] == "\ufeff" {
		names[0] = names[0][3:]
	}
	var at []int
	for _, c := range b.spec.Columns {
		i := slices.Index(names, c.Name)
		if i < 0 {
			return nil, fmt.Errorf("the table has no column %q", c.Name)
		}
		at = append(at, i)
		b.built.Columns = append(b.built.Columns, BuiltColumn{Name: c.Name})
	}
	return at, nil
}

func (b *builder) row(row uint32, record []string, at []int, line int) {
	for i, c := range b.spec.Columns {
		done := &b.built.Columns[i]
		value := record[at[i]]
		form, ok := detect.Normal(c.Kind, value, c.MonthFirst)
		print := uint32(0)
		switch {
		case ok:
			h := siphash(b.keys.k0, b.keys.k1, kindByte(c.Kind), []byte(form))
			b.cells = append(b.cells, cell{h, row, uint32(i)})
			print = fingerprint(h)
			if c.Kind == detect.KindName || c.Kind == detect.KindText {
				for word := range strings.SplitSeq(form, " ") {
					b.words[b.keys.word([]byte(word))] = struct{}{}
				}
			}
		case value == "":
			done.Empty++
		default:
			if done.Bad++; done.Bad == 1 {
				done.BadLine = line
			}
		}
		b.prints = append(b.prints, print)
	}
}

// fingerprint is what a row and a bucket keep of a hash; never 0.
func fingerprint(h uint64) uint32 { return max(1, uint32(h)) }

// fill is how full the buckets are, in percent: beyond, too many values would
// have no room in their own.
const fill = 70

// arrange puts the cells in order, and counts what the file will hold.
func (b *builder) arrange(ctx context.Context) error {
	slices.SortFunc(b.cells, func(x, y cell) int {
		switch {
		case x.hash != y.hash:
			if x.hash < y.hash {
				return -1
			}
			return 1
		case x.column != y.column:
			return int(x.column) - int(y.column)
		}
		return int(int64(x.row) - int64(y.row))
	})
	h := &b.header
	b.values(func(v []cell) {
		h.Entries++
		done := &b.built.Columns[v[0].column]
		done.Values++
		if len(v) > maxRows {
			done.Common++
		}
		h.Shared += uint64(shared(len(v)))
	})
	h.Home = h.Entries*100/(inBucket*fill) + 1
	spill, last := uint64(0), uint64(0)
	b.values(func(v []cell) {
		home := h.home(v[0].hash)
		spill -= min(spill, (home-last)*inBucket)
		last = home
		spill++
	})
	h.Buckets = max(h.Home, last+(spill+inBucket-1)/inBucket) + 1
	h.Words = 1 << bits.Len64(max(64, uint64(len(b.words))*wordBits)-1)
	b.built.Size = int64(h.size(len(b.spec.Columns)))
	return ctx.Err()
}

// values calls f for each value of each column with its cells.
func (b *builder) values(f func(cells []cell)) {
	for from := 0; from < len(b.cells); {
		to := from + 1
		for to < len(b.cells) && b.cells[to].hash == b.cells[from].hash && b.cells[to].column == b.cells[from].column {
			to++
		}
		f(b.cells[from:to])
		from = to
	}
}

// shared is how many numbers the list of a value's rows takes.
func shared(rows int) int {
	switch {
	case rows == 1:
		return 0
	case rows > maxRows:
		return 1
	}
	return 1 + rows
}

// The filter of words has so many bits for each word, rounded up to a power of
// two, of which each word sets a few: one unknown word of forty or less passes.
const (
	wordBits   = 8
	wordProbes = 3
)

// word is the hash of a word.
func (k *keys) word(word []byte) uint64 { return siphash(k.k0, k.k1, 0, word) }

// home is the bucket that a hash leads to.
func (h *header) home(hash uint64) uint64 {
	hi, _ := bits.Mul64(hash, h.Home)
	return hi
}

// Where an entry leads: to a row, or to a list of rows.
const (
	isList      = 1 << 47
	columnShift = 40
	placeMask   = 1<<columnShift - 1
)

// write writes the file.
func (b *builder) write(ctx context.Context, out io.Writer) error {
	seal := hmac.New(sha256.New, b.keys.seal)
	w := bufio.NewWriterSize(io.MultiWriter(out, seal), 1<<20)
	head, err := b.header.marshal(&b.spec)
	if err != nil {
		return err
	}
	w.Write(head)
	lists := b.buckets(w)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, list := range [][]uint32{b.prints, lists} {
		for _, n := range list {
			var four [4]byte
			binary.LittleEndian.PutUint32(four[:], n)
			w.Write(four[:])
		}
	}
	filter := make([]byte, b.header.Words/8)
	for h := range b.words {
		for range wordProbes {
			at := h & (b.header.Words - 1)
			filter[at/8] |= 1 << (at % 8)
			h = bits.RotateLeft64(h, 21)
		}
	}
	w.Write(filter)
	if err := w.Flush(); err != nil { // and any error before
		return fmt.Errorf("writing the file: %w", err)
	}
	if _, err := out.Write(seal.Sum(nil)); err != nil {
		return fmt.Errorf("writing the file: %w", err)
	}
	return ctx.Err()
}

// buckets writes the buckets, and returns the lists that entries lead to.
func (b *builder) buckets(w io.Writer) (lists []uint32) {
	var waiting []entry // for the next bucket with room
	at := uint64(0)
	flush := func(until uint64) {
		for ; at < until; at++ {
			n := min(len(waiting), inBucket)
			line := bucketOf(waiting[:n], len(waiting) > n)
			w.Write(line[:])
			waiting = append(waiting[:0], waiting[n:]...)
		}
	}
	b.values(func(v []cell) {
		flush(b.header.home(v[0].hash))
		to := uint64(v[0].row)
		if len(v) > 1 {
			to = isList | uint64(len(lists))
			if len(v) > maxRows {
				lists = append(lists, 0)
			} else {
				lists = append(lists, uint32(len(v)))
				for _, c := range v {
					lists = append(lists, c.row)
				}
			}
		}
		waiting = append(waiting, entry{fingerprint(v[0].hash), to | uint64(v[0].column)<<columnShift})
	})
	flush(b.header.Buckets)
	return lists
}

// entry is a value's place in a bucket.
type entry struct {
	print uint32
	to    uint64
}

func bucketOf(entries []entry, spilled bool) (line [bucketSize]byte) {
	for i, e := range entries {
		binary.LittleEndian.PutUint32(line[i*entrySize:], e.print)
		binary.LittleEndian.PutUint16(line[i*entrySize+4:], uint16(e.to))
		binary.LittleEndian.PutUint32(line[i*entrySize+6:], uint32(e.to>>16))
	}
	line[countAt] = byte(len(entries))
	if spilled {
		line[spilledAt] = 1
	}
	return line
}
