package extract

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// oleMagic begins every compound file.
const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

const (
	oleFree       = 0xFFFFFFFF
	oleEnd        = 0xFFFFFFFE
	oleMaxRegular = 0xFFFFFFFA
	oleMaxEntries = 1 << 16
	oleMaxDepth   = 24 // of storages in storages
)

var errOLE = errors.New("compound file: broken")

// oleFile is a compound file ([MS-CFB]): a file system in a file. Its tables
// are taken into memory as far as the file really has them, which is a
// hundredth of it; every chain of sectors is followed for at most as many
// steps as there are sectors.
type oleFile struct {
	r       io.ReaderAt
	size    int64
	shift   uint // log2 of the size of a sector
	mini    uint // log2 of the size of a sector in the mini stream
	cutoff  int64
	fat     []uint32
	miniFAT []uint32
	entries []oleEntry
	ministr []uint32 // sectors of the stream that holds the mini sectors
	damaged bool     // something was wrong on the way, and was passed over
	steps   int      // that all chains together took
}

// oleEntry is a stream or a storage.
type oleEntry struct {
	name     string
	kind     byte // 1 storage, 2 stream, 5 root
	left     uint32
	right    uint32
	child    uint32
	class    [16]byte
	start    uint32
	size     int64
	children []int // of a storage, once opened
	owned    bool  // it lies in a storage; it can't lie in another one too
}

// openOLE reads the tables of a compound file.
func openOLE(r io.ReaderAt, size int64) (*oleFile, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil || string(head[:8]) != oleMagic {
		return nil, errOLE
	}
	f := &oleFile{
		r: r, size: size,
		shift:  uint(binary.LittleEndian.Uint16(head[30:])),
		mini:   uint(binary.LittleEndian.Uint16(head[32:])),
		cutoff: int64(binary.LittleEndian.Uint32(head[56:])),
	}
	if f.shift < 7 || f.shift > 16 || f.mini < 4 || f.mini > f.shift {
		return nil, errOLE
	}
	f.readFAT(head)
	first := binary.LittleEndian.Uint32(head[48:])
	directory := f.chain(first, f.fat, oleMaxEntries*128>>f.shift)
	f.readEntries(directory)
	if len(f.entries) == 0 {
		return nil, errOLE
	}
	f.ministr = f.chain(f.entries[0].start, f.fat, f.sectors())
	for _, sector := range f.chain(binary.LittleEndian.Uint32(head[60:]), f.fat, f.sectors()) {
		f.miniFAT = f.appendTable(f.miniFAT, sector)
	}
	return f, nil
}

// sectors is how many sectors the file has at most.
func (f *oleFile) sectors() int { return int(f.size>>f.shift) + 1 }

// readFAT gathers the allocation table: the first 109 of its sectors stand in
// the header, the others in a list of sectors.
func (f *oleFile) readFAT(head []byte) {
	for i := range 109 {
		if !f.addFAT(binary.LittleEndian.Uint32(head[76+4*i:])) {
			return
		}
	}
	next := binary.LittleEndian.Uint32(head[68:])
	for range f.sectors() {
		if next > oleMaxRegular {
			return
		}
		list := f.appendTable(nil, next)
		if len(list) == 0 {
			return
		}
		for _, sector := range list[:len(list)-1] {
			if !f.addFAT(sector) {
				return
			}
		}
		next = list[len(list)-1]
	}
	f.damaged = true
}

// addFAT adds one sector to the allocation table; false at its end.
func (f *oleFile) addFAT(sector uint32) bool {
	if sector > oleMaxRegular || len(f.fat) > f.sectors()+1<<f.shift {
		return false
	}
	f.fat = f.appendTable(f.fat, sector)
	return true
}

// appendTable appends the numbers in a sector.
func (f *oleFile) appendTable(table []uint32, sector uint32) []uint32 {
	b := make([]byte, 1<<f.shift)
	n, _ := f.r.ReadAt(b, (int64(sector)+1)<<f.shift)
	if n < len(b) {
		f.damaged = true
	}
	for i := 0; i+4 <= n; i += 4 {
		table = append(table, binary.LittleEndian.Uint32(b[i:]))
	}
	return table
}

// chain is the sectors of a stream, at most limit.
func (f *oleFile) chain(start uint32, table []uint32, limit int) []uint32 {
	var sectors []uint32
	for at := start; at <= oleMaxRegular; at = table[at] {
		// Honest streams don't share sectors, so all together are not longer
		// than the file; some are opened several times.
		if f.steps++; f.steps > 16*f.sectors()<<(f.shift-f.mini)+1<<16 || int64(at) >= int64(len(table)) || len(sectors) >= limit {
			f.damaged = true
			break
		}
		sectors = append(sectors, at)
	}
	return sectors
}

func (f *oleFile) readEntries(sectors []uint32) {
	b := make([]byte, 1<<f.shift)
	for _, sector := range sectors {
		n, _ := f.r.ReadAt(b, (int64(sector)+1)<<f.shift)
		for i := 0; i+128 <= n && len(f.entries) < oleMaxEntries; i += 128 {
			f.entries = append(f.entries, f.parseEntry(b[i:i+128]))
		}
	}
}

func (f *oleFile) parseEntry(b []byte) oleEntry {
	units := min(int(binary.LittleEndian.Uint16(b[64:])), 64) / 2
	e := oleEntry{
		name: utf16UpToNUL(b[:2*units]), kind: b[66],
		left: binary.LittleEndian.Uint32(b[68:]), right: binary.LittleEndian.Uint32(b[72:]), child: binary.LittleEndian.Uint32(b[76:]),
		class: [16]byte(b[80:96]), start: binary.LittleEndian.Uint32(b[116:]), size: int64(binary.LittleEndian.Uint32(b[120:])),
	}
	if f.shift > 9 {
		e.size |= int64(binary.LittleEndian.Uint32(b[124:])) << 32
	}
	if e.size < 0 || e.size > f.size+1<<f.shift {
		e.size = f.size
		f.damaged = f.damaged || e.kind == 2
	}
	return e
}

// utf16UpToNUL decodes little-endian UTF-16 up to the first NUL.
func utf16UpToNUL(b []byte) string {
	s, _, _ := strings.Cut(utf16Text(b), "\x00")
	return s
}

// utf16Text decodes little-endian UTF-16.
func utf16Text(b []byte) string {
	var text strings.Builder
	for ; len(b) >= 2; b = b[2:] {
		r := rune(binary.LittleEndian.Uint16(b))
		if utf16.IsSurrogate(r) && len(b) >= 4 {
			if pair := utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[2:]))); pair != utf8.RuneError {
				r, b = pair, b[2:]
			}
		}
		text.WriteRune(r)
	}
	return text.String()
}

// oleDir is a storage of a compound file: a folder.
type oleDir struct {
	f     *oleFile
	index int
}

func (f *oleFile) root() oleDir { return oleDir{f, 0} }

// list is the entries of a storage. A tree that leads back into itself, or
// into another storage's, is cut.
func (d oleDir) list() []*oleEntry {
	e := &d.f.entries[d.index]
	if e.children == nil {
		e.children = []int{}
		for todo := []uint32{e.child}; len(todo) > 0; {
			at := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if int64(at) >= int64(len(d.f.entries)) || d.f.entries[at].owned {
				d.f.damaged = d.f.damaged || at != oleFree
				continue
			}
			d.f.entries[at].owned = true
			e.children = append(e.children, int(at))
			todo = append(todo, d.f.entries[at].right, d.f.entries[at].left)
		}
	}
	list := make([]*oleEntry, len(e.children))
	for i, index := range e.children {
		list[i] = &d.f.entries[index]
	}
	return list
}

// has says whether there is an entry with that name, whatever its case.
func (d oleDir) has(name string) bool { return d.find(name) != nil }

func (d oleDir) find(name string) *oleEntry {
	for _, e := range d.list() {
		if strings.EqualFold(e.name, name) {
			return e
		}
	}
	return nil
}

// dir is a storage in this one.
func (d oleDir) dir(name string) (oleDir, bool) {
	d.list()
	for _, index := range d.f.entries[d.index].children {
		if e := d.f.entries[index]; e.kind == 1 && strings.EqualFold(e.name, name) {
			return oleDir{d.f, index}, true
		}
	}
	return oleDir{}, false
}

// dirs calls visit for each storage in this one.
func (d oleDir) dirs(visit func(name string, in oleDir) error) error {
	d.list()
	for _, index := range d.f.entries[d.index].children {
		if e := d.f.entries[index]; e.kind == 1 {
			if err := visit(e.name, oleDir{d.f, index}); err != nil {
				return err
			}
		}
	}
	return nil
}

// stream opens a stream by name, nil if there is none.
func (d oleDir) stream(name string) *oleStream {
	e := d.find(name)
	if e == nil || e.kind != 2 {
		return nil
	}
	return d.f.open(e)
}

// open opens a stream. It ends where its sectors end, even if it claims more.
func (f *oleFile) open(e *oleEntry) *oleStream {
	s := &oleStream{f: f, size: e.size, shift: f.shift}
	if e.size < f.cutoff {
		s.mini, s.shift = true, f.mini
	}
	table := f.fat
	if s.mini {
		table = f.miniFAT
	}
	s.sectors = f.chain(e.start, table, int(e.size>>s.shift)+1)
	if have := int64(len(s.sectors)) << s.shift; s.size > have {
		f.damaged = true
		s.size = have
	}
	return s
}

// oleStream is a stream of a compound file, for reading at any place.
type oleStream struct {
	f       *oleFile
	sectors []uint32
	shift   uint
	mini    bool
	size    int64
}

func (s *oleStream) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errOLE
	}
	total := 0
	for total < len(p) {
		if off >= s.size {
			return total, io.EOF
		}
		index, within := int(off>>s.shift), off&(1<<s.shift-1)
		n := int(min(int64(len(p)-total), 1<<s.shift-within, s.size-off))
		got, err := s.f.readSector(p[total:total+n], s.sectors[index], within, s.mini)
		total += got
		off += int64(got)
		if got < n {
			return total, errors.Join(io.ErrUnexpectedEOF, err)
		}
	}
	return total, nil
}

// readSector reads from one sector, of the file or of the mini stream.
func (f *oleFile) readSector(p []byte, sector uint32, within int64, mini bool) (int, error) {
	if !mini {
		n, err := f.r.ReadAt(p, (int64(sector)+1)<<f.shift+within)
		if n == len(p) {
			err = nil
		}
		return n, err
	}
	at := int64(sector)<<f.mini + within
	index := at >> f.shift
	if index >= int64(len(f.ministr)) {
		return 0, errOLE
	}
	return f.readSector(p, f.ministr[index], at&(1<<f.shift-1), false)
}

// reader reads the stream from its beginning.
func (s *oleStream) reader() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }
