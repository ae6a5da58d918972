package exact

import (
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sealpost/sealpost/detect"
)

// Table is a file of exact data that is in use. It is safe for concurrent use,
// and a detect.Table.
type Table struct {
	path, keyFile string
	name          string
	now           atomic.Pointer[mapping] // nil once it is closed

	mu     sync.Mutex // guards what follows, and lets one reload at a time run
	looked [2]identity
	closed bool
}

// Open reads a file and the file of its key, and checks all of it. The error
// is ErrKey, ErrDamaged or ErrFormat, wrapped, or what the system says.
func Open(path, keyFile string) (*Table, error) {
	t := &Table{path: path, keyFile: keyFile}
	t.looked = t.look()
	m, err := t.open()
	if err != nil {
		return nil, fmt.Errorf("opening exact data %s: %w", path, err)
	}
	t.name = m.spec.Name
	t.now.Store(m)
	return t, nil
}

func (t *Table) open() (*mapping, error) {
	key, err := ReadKey(t.keyFile)
	if err != nil {
		return nil, err
	}
	return openMapping(t.path, key)
}

// Reload takes the files that now lie at the table's paths. Texts and messages
// that are on their way keep the old table, which goes when the last of them
// ends. Where the new one can't be used, or is called otherwise, the old one
// stays. Meanwhile both are in memory.
func (t *Table) Reload() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reload(t.look())
}

// Refresh is Reload where one of the files is another one than at the last
// look, and else nothing. What can't be used is tried again only when it has
// changed.
func (t *Table) Refresh() (changed bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	looks := t.look()
	if looks == t.looked || t.closed {
		return false, nil
	}
	return true, t.reload(looks)
}

func (t *Table) reload(looks [2]identity) error {
	t.looked = looks
	m, err := t.open()
	if err != nil {
		return fmt.Errorf("reloading exact data %s: %w", t.path, err)
	}
	old := t.now.Load()
	if name := m.spec.Name; old == nil || name != t.name {
		m.release()
		return fmt.Errorf("reloading exact data %s: this is the table %s", t.path, name)
	}
	t.now.Store(m)
	old.release()
	return nil
}

// identity tells files at one path apart. It is empty where there is none.
type identity struct {
	device, inode uint64
	size          int64
	changed       syscall.Timespec
}

// look says which files lie at the table's paths now.
func (t *Table) look() (all [2]identity) {
	for i, path := range []string{t.path, t.keyFile} {
		info, err := os.Stat(path)
		if err != nil {
			continue // opening it says why
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			all[i] = identity{uint64(s.Dev), s.Ino, s.Size, s.Ctim}
		}
	}
	return all
}

// Close ends the use of the table. Texts that are on their way keep it; none
// may begin any more.
func (t *Table) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if old := t.now.Swap(nil); old != nil {
		old.release()
	}
}

// Facts are what a table says of itself.
type Facts struct {
	Spec
	Rows   int       `json:"rows"`
	Values int       `json:"values"` // different ones, over all columns
	Size   int64     `json:"size"`   // bytes
	Built  time.Time `json:"built"`
	// Hash is a part of the file's seal: another file has another.
	Hash string `json:"hash"`
}

// Facts are those of the table that is in use now.
func (t *Table) Facts() Facts {
	m := t.acquire()
	defer m.release()
	return Facts{Spec: m.spec, Rows: int(m.header.Rows), Values: int(m.header.Entries), Size: int64(len(m.data)),
		Built: time.Unix(m.header.Built, 0).UTC(), Hash: hex.EncodeToString(m.data[len(m.data)-sealSize:][:8])}
}

// Name is the name in the specification; another table isn't taken.
func (t *Table) Name() string { return t.name }

// Check reports whether a value, as it may stand in text, is one of a column's,
// and how many rows have it; 0 rows are more than 1,024.
func (t *Table) Check(column, value string) (rows int, found bool) {
	m := t.acquire()
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

// Search begins a text; End must be called for it.
func (t *Table) Search() detect.Search { return &search{m: t.acquire()} }

// Hold returns the table as it is now, for all texts of a message.
func (t *Table) Hold() (held detect.Table, release func()) {
	m := t.acquire()
	return holding{m}, m.release
}

// holding is one file, whatever the table has become since. Whoever has it
// keeps the file in use.
type holding struct{ m *mapping }

func (h holding) Name() string                 { return h.m.spec.Name }
func (h holding) Hold() (detect.Table, func()) { h.m.uses.Add(1); return h, h.m.release }
func (h holding) Search() detect.Search        { h.m.uses.Add(1); return &search{m: h.m} }

// acquire takes the present file into use. A table that is closed is no empty
// one: to go on would be to say that nothing was found.
func (t *Table) acquire() *mapping {
	for {
		m := t.now.Load()
		if m == nil {
			panic("exact: a table is used after Close")
		}
		// A count of 0 means that it has just been replaced.
		if n := m.uses.Load(); n > 0 && m.uses.CompareAndSwap(n, n+1) {
			return m
		}
	}
}
