package exact

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealpost/sealpost/detect"
)

// Built says what a file was made of.
type Built struct {
	Rows    int
	Columns []BuiltColumn // as in the specification
	Size    int64         // bytes
	// Twins are rows that have the same values as another; Lost are rows with
	// fewer values than must stand near each other, which are never found.
	Twins, Lost int
}

// BuiltColumn is what became of one column.
type BuiltColumn struct {
	Name   string
	Values int // different ones
	Common int // of these, how many more than 1,024 rows have: they only count beside others
	Most   int // rows that have the most frequent value
	Brief  int // rows whose value is so short that it stands in many texts by chance
	Empty  int // cells
	Bad    int // cells that can't be values of the column's kind, and were left out
}

// Progress is how far a build is.
type Progress struct {
	Stage string
	Rows  int // read up to now
}

// Stages of a build.
const (
	StageRead  = "reading"
	StageSort  = "sorting"
	StageWrite = "writing"
	StageCheck = "checking"
)

func tell(progress func(Progress), p Progress) {
	if progress != nil {
		progress(p)
	}
}

// Build reads a CSV and writes the file. It keeps about 20 bytes of memory for
// each cell. progress, unless nil, is told now and then how far it is. What is
// wrong in the CSV are Mistakes. What went to out before an error is of no use.
func Build(ctx context.Context, from io.Reader, source Source, spec Spec, key []byte, out io.Writer, progress func(Progress)) (Built, error) {
	b, err := newBuilder(spec, key)
	if err == nil {
		err = b.read(ctx, from, source, progress)
	}
	if err == nil {
		tell(progress, Progress{StageSort, b.built.Rows})
		err = b.arrange(ctx)
	}
	if err == nil {
		tell(progress, Progress{StageWrite, b.built.Rows})
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
	whole  []uint64            // a hash of each row's values
	key    []byte
}

// cell is one value of one row.
type cell struct {
	hash        uint64
	row, column uint32
}

func newBuilder(spec Spec, key []byte) (*builder, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("the key has %d bytes; want at least %d", len(key), minKey)
	}
	if spec.Within == 0 {
		spec.Within = defaultWithin
	}
	b := &builder{spec: spec, words: map[uint64]struct{}{}}
	b.header.Built = time.Now().Unix()
	if _, err := rand.Read(b.header.Salt[:]); err != nil {
		return nil, err
	}
	b.keys = deriveKeys(key, b.header.Salt)
	b.header.KeyCheck = b.keys.check
	for _, c := range spec.Columns {
		b.built.Columns = append(b.built.Columns, BuiltColumn{Name: c.Name})
	}
	return b, nil
}

// read reads the CSV.
func (b *builder) read(ctx context.Context, from io.Reader, source Source, progress func(Progress)) error {
	r, err := newRows(from, source, b.spec.Columns)
	if err != nil {
		return err
	}
	err = r.each(ctx, func(n int, record []string) error {
		if n&8191 == 0 {
			tell(progress, Progress{StageRead, n})
		}
		return b.row(r, record, source.MayBeBad)
	})
	if err != nil {
		return err
	}
	if b.built.Rows == 0 && len(r.mistakes) == 0 {
		return Mistakes{{Text: "there are no rows: nothing would ever be found"}}
	}
	return r.found()
}

// row takes one row.
func (b *builder) row(r *rows, record []string, mayBeBad bool) error {
	for i, c := range b.spec.Columns {
		value, done := record[r.at[i]], &b.built.Columns[i]
		form, ok := "", false
		if value = strings.TrimSpace(value); utf8.ValidString(value) {
			form, ok = detect.Normal(c.Kind, value, c.MonthFirst)
		}
		switch {
		case ok:
			b.value(i, form)
			continue
		case value == "":
			done.Empty++
		case mayBeBad:
			done.Bad++
		default:
			r.bad(c, r.at[i], value)
		}
		b.prints = append(b.prints, 0)
	}
	return b.endRow()
}

// value takes the next value of the present row, in its normal form.
func (b *builder) value(column int, form string) {
	kind := b.spec.Columns[column].Kind
	b.key = append(b.key[:0], form...)
	h := siphash(b.keys.k0, b.keys.k1, kindByte(kind), b.key)
	b.cells = append(b.cells, cell{h, uint32(b.built.Rows), uint32(column)})
	b.prints = append(b.prints, fingerprint(h))
	if len(form) < brief(kind) {
		b.built.Columns[column].Brief++
	}
	if kind != detect.KindName && kind != detect.KindText {
		return
	}
	for word := range bytes.SplitSeq(b.key, []byte(" ")) {
		b.words[b.keys.word(word)] = struct{}{}
	}
}

// endRow ends the present row.
func (b *builder) endRow() error {
	columns := len(b.spec.Columns)
	prints, values := b.prints[len(b.prints)-columns:], 0
	whole := uint64(0)
	for _, c := range b.cells[max(0, len(b.cells)-columns):] {
		if c.row == uint32(b.built.Rows) {
			whole = bits.RotateLeft64(whole, 5)*0x9e3779b97f4a7c15 ^ c.hash ^ uint64(c.column)
		}
	}
	for _, p := range prints {
		if p != 0 {
			values++
		}
	}
	if values < b.spec.AtLeast {
		b.built.Lost++
	}
	b.whole = append(b.whole, whole)
	if b.built.Rows++; b.built.Rows == 1<<32-1 {
		return errors.New("too many rows")
	}
	return nil
}

// brief is below how many bytes a value stands in many texts by chance.
func brief(kind detect.Kind) int {
	switch kind {
	case detect.KindDigits, detect.KindIdentifier:
		return 6
	case detect.KindName, detect.KindText:
		return 4
	}
	return 0
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
	h.Rows = uint64(b.built.Rows)
	b.values(func(v []cell) {
		h.Entries++
		done := &b.built.Columns[v[0].column]
		done.Values++
		done.Most = max(done.Most, len(v))
		if len(v) > maxRows {
			done.Common++
		}
		h.Shared += uint64(shared(len(v)))
	})
	h.Home = h.Entries*100/(inBucket*fill) + 1
	spill, last := uint64(0), uint64(0)
	b.values(func(v []cell) {
		home := scale(v[0].hash, h.Home)
		spill -= min(spill, (home-last)*inBucket)
		last = home
		spill++
	})
	h.Buckets = max(h.Home+2, last+(spill+inBucket-1)/inBucket+1)
	h.Blocks = blocksFor(h.Entries + uint64(len(b.words)))
	b.built.Size = int64(h.size(len(b.spec.Columns)))
	slices.Sort(b.whole)
	for i := range b.whole {
		if i > 0 && b.whole[i] == b.whole[i-1] && b.whole[i] != 0 {
			b.built.Twins++
		}
	}
	b.whole = nil
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

// word is the hash of a word.
func (k *keys) word(word []byte) uint64 { return siphash(k.k0, k.k1, 0, word) }

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
	w.Write(b.filter())
	for _, list := range [][]uint32{b.prints, lists} {
		for _, n := range list {
			var four [4]byte
			binary.LittleEndian.PutUint32(four[:], n)
			w.Write(four[:])
		}
	}
	if err := w.Flush(); err != nil { // and any error before
		return fmt.Errorf("writing the file: %w", err)
	}
	if _, err := out.Write(seal.Sum(nil)); err != nil {
		return fmt.Errorf("writing the file: %w", err)
	}
	return ctx.Err()
}

// filter is the filter of all values and words.
func (b *builder) filter() []byte {
	filter := make([]byte, b.header.Blocks*blockSize)
	for _, c := range b.cells {
		filterAdd(filter, c.hash)
	}
	for h := range b.words {
		filterAdd(filter, h)
	}
	return filter
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
		flush(scale(v[0].hash, b.header.Home))
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
