package exact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// mapping is one file in memory.
type mapping struct {
	uses    atomic.Int64 // the table's own, and one for each text and message
	data    []byte       // nil once it is given back
	spec    Spec
	header  header
	keys    keys
	buckets []byte
	filter  []byte
	prints  []byte
	lists   []byte
	kinds   [kinds]bool
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
	if !info.Mode().IsRegular() || info.Size() < headerSize+sealSize {
		return nil, ErrFormat
	}
	return readMapping(f, info.Size(), key)
}

// readMapping reads a file of a size into memory of its own, and checks it.
func readMapping(from io.Reader, size int64, key []byte) (*mapping, error) {
	if uint64(size) > 1<<40 {
		return nil, ErrFormat
	}
	data, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("taking %d bytes of memory: %w", size, err)
	}
	m := &mapping{data: data}
	// Large pages make look-ups faster, and a core dump should not hold it: where
	// the system won't, all is well too.
	_ = unix.Madvise(data, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(data, unix.MADV_DONTDUMP)
	if err = m.read(from, key); err == nil {
		err = unix.Mprotect(data, unix.PROT_READ)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(data))
	}
	m.uses.Store(1)
	return m, nil
}

// read fills the memory, and checks the whole file on the way.
func (m *mapping) read(from io.Reader, key []byte) error {
	h := &m.header
	if err := readFull(from, m.data[:headerSize+sealSize]); err != nil {
		return err
	}
	if err := h.unmarshal(m.data, &m.spec); err != nil {
		return err
	}
	m.keys = deriveKeys(key, h.Salt)
	if !hmac.Equal(m.keys.check[:], h.KeyCheck[:]) {
		return ErrKey
	}
	body := m.data[:len(m.data)-sealSize]
	seal := hmac.New(sha256.New, m.keys.seal)
	for done, n := 0, headerSize+sealSize; done < len(m.data); done, n = done+n, min(1<<20, len(m.data)-done-n) {
		if done > 0 {
			if err := readFull(from, m.data[done:done+n]); err != nil {
				return err
			}
		}
		if done < len(body) {
			seal.Write(body[done:min(done+n, len(body))])
		}
	}
	if n, _ := from.Read(make([]byte, 1)); n != 0 || !hmac.Equal(seal.Sum(nil), m.data[len(body):]) {
		return ErrDamaged
	}
	return m.divide(body)
}

// readFull is io.ReadFull for a file that may be cut short meanwhile.
func readFull(from io.Reader, to []byte) error {
	_, err := io.ReadFull(from, to)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrDamaged
	}
	return err
}

// divide finds the parts of the file. It is as it was written, by whoever has
// the key; nothing is believed all the same.
func (m *mapping) divide(body []byte) error {
	h, size, columns := &m.header, uint64(len(m.data)), len(m.spec.Columns)
	if m.spec.Check() != nil || !h.fits(size) || h.size(columns) != size {
		return ErrDamaged
	}
	rest := body[headerSize:]
	m.buckets, rest = rest[:h.Buckets*bucketSize], rest[h.Buckets*bucketSize:]
	m.filter, rest = rest[:h.Blocks*blockSize], rest[h.Blocks*blockSize:]
	m.prints, m.lists = rest[:h.Rows*uint64(columns)*4], rest[h.Rows*uint64(columns)*4:]
	for _, c := range m.spec.Columns {
		m.kinds[kindByte(c.Kind)] = true
	}
	return nil
}

// release ends a use; the last gives the memory back.
func (m *mapping) release() {
	if m.uses.Add(-1) != 0 {
		return
	}
	data := m.data
	m.data, m.buckets, m.filter, m.prints, m.lists = nil, nil, nil, nil, nil
	if err := unix.Munmap(data); err != nil {
		panic("exact: giving back memory that was taken: " + err.Error())
	}
}

// place is where an entry leads.
type place uint64

func (p place) column() int { return int(p >> columnShift & 0x7F) }

// lookup appends the places of the values with a hash. Nearly all hashes of a
// text end at the filter.
func (m *mapping) lookup(hash uint64, places []place) []place {
	if !filterHas(m.filter, hash) {
		return places
	}
	print := fingerprint(hash)
	for b := scale(hash, m.header.Home); b < m.header.Buckets; b++ {
		line := (*[bucketSize]byte)(m.buckets[b*bucketSize:])
		for i := range min(int(line[countAt]), inBucket) {
			e := line[i*entrySize : i*entrySize+entrySize]
			if binary.LittleEndian.Uint32(e) == print {
				places = append(places, place(uint64(binary.LittleEndian.Uint16(e[4:]))|uint64(binary.LittleEndian.Uint32(e[6:]))<<16))
			}
		}
		if line[spilledAt] == 0 || len(places) > maxColumns {
			break
		}
	}
	return places
}

// hasWord reports whether a word may be part of a name or text.
func (m *mapping) hasWord(hash uint64) bool { return filterHas(m.filter, hash) }

// rowsAt is how many rows a place leads to; 0 where they are too many.
func (m *mapping) rowsAt(p place) int {
	if p&isList == 0 {
		return 1
	}
	return min(maxRows, int(m.list(uint64(p&placeMask))))
}

// rowAt is the nth row that a place leads to.
func (m *mapping) rowAt(p place, n int) uint64 {
	at := uint64(p & placeMask)
	if p&isList == 0 {
		return at
	}
	return uint64(m.list(at + 1 + uint64(n)))
}

// list is a number in the lists; 0 beyond them.
func (m *mapping) list(at uint64) uint32 {
	if at >= m.header.Shared {
		return 0
	}
	return binary.LittleEndian.Uint32(m.lists[at*4:])
}

// print is what a row keeps of its value in a column; 0 where it has none.
func (m *mapping) print(row uint64, column int) uint32 {
	at := (row*uint64(len(m.spec.Columns)) + uint64(column)) * 4
	if row >= m.header.Rows || at+4 > uint64(len(m.prints)) {
		return 0
	}
	return binary.LittleEndian.Uint32(m.prints[at:])
}
