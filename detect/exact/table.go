package exact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/sealpost/sealpost/detect"
)

// Table is a file of exact data that is in use. It is safe for concurrent use,
// and a detect.Table.
type Table struct {
	path string
	key  []byte
	now  atomic.Pointer[mapping] // nil once it is closed
}

// Open maps a file and checks all of it. The error is ErrKey, ErrDamaged or
// ErrFormat, wrapped, or the system's.
func Open(path string, key []byte) (*Table, error) {
	m, err := openMapping(path, key)
	if err != nil {
		return nil, fmt.Errorf("opening exact data %s: %w", path, err)
	}
	t := &Table{path: path, key: append([]byte{}, key...)}
	t.now.Store(m)
	return t, nil
}

// Reload takes the file that now lies at the table's path. Texts that are on
// their way keep the old one, which goes when the last of them ends. Where the
// new one can't be used, the old one stays.
func (t *Table) Reload() error {
	m, err := openMapping(t.path, t.key)
	if err != nil {
		return fmt.Errorf("reloading exact data %s: %w", t.path, err)
	}
	if old := t.now.Swap(m); old != nil {
		old.release()
	}
	return nil
}

// Close ends the use of the table. Texts that are on their way keep it; new
// ones find nothing.
func (t *Table) Close() {
	if old := t.now.Swap(nil); old != nil {
		old.release()
	}
}

// Name is the name in the specification.
func (t *Table) Name() string { return t.Spec().Name }

// Spec is what the file was made by; empty once the table is closed.
func (t *Table) Spec() Spec {
	m := t.acquire()
	if m == nil {
		return Spec{}
	}
	defer m.release()
	return m.spec
}

// Rows is how many rows the file has.
func (t *Table) Rows() int {
	m := t.acquire()
	if m == nil {
		return 0
	}
	defer m.release()
	return int(m.header.Rows)
}

// Check reports whether a value, as it may stand in text, is one of a column's,
// and how many rows have it; 0 rows are more than 1,024.
func (t *Table) Check(column, value string) (rows int, found bool) {
	m := t.acquire()
	if m == nil {
		return 0, false
	}
	defer m.release()
	for i, c := range m.spec.Columns {
		form, ok := detect.Normal(c.Kind, value, c.MonthFirst)
		if c.Name != column || !ok {
			continue
		}
		h := siphash(m.keys.k0, m.keys.k1, kindByte(c.Kind), []byte(form))
		for _, p := range m.lookup(h, nil) {
			if p.column() == i {
				return m.rowsAt(p), true
			}
		}
	}
	return 0, false
}

// acquire takes the present file into use; nil where the table is closed.
func (t *Table) acquire() *mapping {
	for {
		m := t.now.Load()
		if m == nil {
			return nil
		}
		// A count of 0 means that it has just been replaced.
		if n := m.uses.Load(); n > 0 && m.uses.CompareAndSwap(n, n+1) {
			return m
		}
	}
}

// mapping is one file in memory.
type mapping struct {
	uses    atomic.Int64 // the table's own, and one for each text
	data    []byte
	spec    Spec
	header  header
	keys    keys
	buckets []byte
	prints  []byte
	lists   []byte
	words   []byte
	kinds   [6]bool
}

func openMapping(path string, key []byte) (*mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < headerSize+sealSize || !info.Mode().IsRegular() {
		return nil, ErrFormat
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	m := &mapping{data: data}
	if err := m.check(key); err != nil {
		_ = syscall.Munmap(data) // what is wrong was said
		return nil, err
	}
	m.uses.Store(1)
	return m, nil
}

// check reads the header and checks the whole file.
func (m *mapping) check(key []byte) error {
	h := &m.header
	if err := h.unmarshal(m.data, &m.spec); err != nil {
		return err
	}
	m.keys = deriveKeys(key, h.Salt)
	if !hmac.Equal(m.keys.check[:], h.KeyCheck[:]) {
		return ErrKey
	}
	body := m.data[:len(m.data)-sealSize]
	if !hmac.Equal(sealOf(body, m.keys), m.data[len(body):]) {
		return ErrDamaged
	}
	// From here on the file is as it was written.
	columns := len(m.spec.Columns)
	if m.spec.check(make([]byte, minKey)) != nil || h.size(columns) != uint64(len(m.data)) || h.Buckets == 0 || h.Home > h.Buckets || h.Words == 0 || h.Words&(h.Words-1) != 0 {
		return ErrDamaged
	}
	rest := body[headerSize:]
	m.buckets, rest = rest[:h.Buckets*bucketSize], rest[h.Buckets*bucketSize:]
	m.prints, rest = rest[:h.Rows*uint64(columns)*4], rest[h.Rows*uint64(columns)*4:]
	m.lists, m.words = rest[:h.Shared*4], rest[h.Shared*4:]
	for _, c := range m.spec.Columns {
		m.kinds[kindByte(c.Kind)] = true
	}
	return nil
}

// sealOf is the seal of a file's body.
func sealOf(body []byte, k keys) []byte {
	seal := hmac.New(sha256.New, k.seal)
	seal.Write(body)
	return seal.Sum(nil)
}

func (m *mapping) release() {
	if m.uses.Add(-1) == 0 {
		if err := syscall.Munmap(m.data); err != nil {
			panic("exact: unmapping a file that was mapped: " + err.Error())
		}
	}
}

// place is where an entry leads.
type place uint64

func (p place) column() int { return int(p >> columnShift & 0x7F) }

// lookup appends the places of the values with a hash.
func (m *mapping) lookup(hash uint64, places []place) []place {
	print := fingerprint(hash)
	for b := m.header.home(hash); b < m.header.Buckets; b++ {
		line := (*[bucketSize]byte)(m.buckets[b*bucketSize:])
		for i := range int(line[countAt]) {
			e := line[i*entrySize : i*entrySize+entrySize]
			if binary.LittleEndian.Uint32(e) == print {
				places = append(places, place(uint64(binary.LittleEndian.Uint16(e[4:]))|uint64(binary.LittleEndian.Uint32(e[6:]))<<16))
			}
		}
		if line[spilledAt] == 0 {
			break
		}
	}
	return places
}

// hasWord reports whether a word may be part of a name or text.
func (m *mapping) hasWord(hash uint64) bool {
	for range wordProbes {
		at := hash & (m.header.Words - 1)
		if m.words[at/8]&(1<<(at%8)) == 0 {
			return false
		}
		hash = bits.RotateLeft64(hash, 21)
	}
	return true
}

// rowsAt is how many rows a place leads to; 0 where they are too many.
func (m *mapping) rowsAt(p place) int {
	if p&isList == 0 {
		return 1
	}
	return int(m.list(uint64(p & placeMask)))
}

// rowAt is the nth row that a place leads to.
func (m *mapping) rowAt(p place, n int) uint64 {
	at := uint64(p & placeMask)
	if p&isList == 0 {
		return at
	}
	return uint64(m.list(at + 1 + uint64(n)))
}

func (m *mapping) list(at uint64) uint32 { return binary.LittleEndian.Uint32(m.lists[at*4:]) }

// print is what a row keeps of its value in a column; 0 where it has none.
func (m *mapping) print(row uint64, column int) uint32 {
	return binary.LittleEndian.Uint32(m.prints[(row*uint64(len(m.spec.Columns))+uint64(column))*4:])
}
