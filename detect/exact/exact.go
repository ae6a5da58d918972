// Package exact keeps an organisation's own data (customers, patients) as a
// file of keyed hashes, and finds rows of it in text: a row counts as found
// where at least k of its columns stand within so many bytes of each other.
//
// The file holds nothing in clear but the names of the columns. Without the
// key, which lies elsewhere, a hash says nothing of its value; whoever has
// both can try values out, as with any such file.
//
// Values are hashed with SipHash-2-4 under a key that HMAC-SHA256 makes of the
// operator's and the file's salt. It is a pseudo-random function, and takes a
// tenth of HMAC-SHA256's time: every word of every message is hashed. The file
// as a whole is sealed with HMAC-SHA256, so that a damaged, shortened or
// changed file, and a wrong key, are refused.
//
// The file is mapped into memory and shared by all who use it. It must be
// replaced (written aside and renamed), never changed in place.
package exact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sealpost/sealpost/detect"
)

// Column is one column of a table.
type Column struct {
	// Name is the column's heading in the CSV.
	Name string      `json:"name"`
	Kind detect.Kind `json:"kind"`
	// MonthFirst reads 3/4/1980 as the fourth of March; only for dates.
	MonthFirst bool `json:"month_first,omitempty"`
}

// Spec says what of a CSV goes into a file, and when a row counts as found.
type Spec struct {
	// Name says whose data it is; it stands in findings.
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	// AtLeast is how many columns of one row must stand near each other.
	AtLeast int `json:"at_least"`
	// Within is in how many bytes; 0 means 300.
	Within int `json:"within"`
	// Comma divides the cells of the CSV; 0 means ','.
	Comma rune `json:"-"`
}

// Limits.
const (
	maxColumns    = 16
	maxWithin     = 100_000
	defaultWithin = 300
	minKey        = 32
	// maxRows is how many rows may share a value that leads to them: one that
	// more have identifies nobody, and only counts beside others.
	maxRows = 1024
)

// What is wrong with a file, beside what the system says.
var (
	ErrKey     = errors.New("the file was made with another key")
	ErrDamaged = errors.New("the file is damaged, incomplete or was changed")
	ErrFormat  = errors.New("this is no file of exact data, or one of another version")
)

// check says what is wrong with a specification, all at once.
func (s *Spec) check(key []byte) error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if s.Name == "" || len(s.Name) > 64 {
		add("a table needs a name of at most 64 bytes")
	}
	if len(s.Columns) == 0 || len(s.Columns) > maxColumns {
		add("%d columns; want 1 to %d", len(s.Columns), maxColumns)
	}
	seen := map[string]bool{}
	for _, c := range s.Columns {
		if seen[c.Name] || c.Name == "" || len(c.Name) > 64 {
			add("the column %q has no name, a long one, or that of another", c.Name)
		}
		seen[c.Name] = true
		if kindByte(c.Kind) == 0 {
			add("column %s: the kind %q isn't known; want one of %v", c.Name, c.Kind, detect.Kinds())
		}
	}
	if s.AtLeast < 1 || s.AtLeast > len(s.Columns) {
		add("at least %d columns; want 1 to %d", s.AtLeast, len(s.Columns))
	}
	if s.Within < 0 || s.Within > maxWithin {
		add("within %d bytes; want 1 to %d", s.Within, maxWithin)
	}
	if len(key) < minKey {
		add("the key has %d bytes; want at least %d", len(key), minKey)
	}
	return errors.Join(wrong...)
}

func kindByte(k detect.Kind) byte {
	switch k {
	case detect.KindDate:
		return 1
	case detect.KindDigits:
		return 2
	case detect.KindEmail:
		return 3
	case detect.KindName:
		return 4
	case detect.KindText:
		return 5
	}
	return 0
}

// The file: a header; buckets of 64 bytes; for each row four bytes of each
// column's hash; the rows of values that more than one has; a filter of the
// words that names and texts are made of; a seal.
//
// A bucket has up to six entries: four bytes of the hash, and six of where it
// leads. It is a line of the processor's cache, so most look-ups take one
// access to memory.
const (
	magic      = "SPEXACT\x01"
	headerSize = 4096
	sealSize   = sha256.Size
	bucketSize = 64
	inBucket   = 6
	entrySize  = 10
	countAt    = inBucket * entrySize
	spilledAt  = countAt + 1
)

// header is the fixed part at the beginning of the file.
type header struct {
	Salt     [16]byte
	KeyCheck [16]byte
	Rows     uint64
	Entries  uint64
	Home     uint64 // buckets that hashes lead to
	Buckets  uint64 // and those behind them, for what has no room
	Shared   uint64 // numbers in the lists of rows
	Words    uint64 // bits of the filter of words; a power of two
}

func (h *header) size(columns int) uint64 {
	return headerSize + h.Buckets*bucketSize + h.Rows*uint64(columns)*4 + h.Shared*4 + h.Words/8 + sealSize
}

// marshal writes a header of headerSize bytes.
func (h *header) marshal(s *Spec) ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing the header: %w", err)
	}
	b := append(make([]byte, 0, headerSize), magic...)
	if b, err = binary.Append(b, binary.LittleEndian, h); err != nil {
		return nil, fmt.Errorf("writing the header: %w", err)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	if b = append(b, text...); len(b) > headerSize {
		return nil, fmt.Errorf("the names of the columns are too long")
	}
	return b[:headerSize], nil
}

func (h *header) unmarshal(b []byte, s *Spec) error {
	if len(b) < headerSize+sealSize || string(b[:len(magic)]) != magic {
		return ErrFormat
	}
	n, err := binary.Decode(b[len(magic):], binary.LittleEndian, h)
	if err != nil {
		return ErrFormat
	}
	at := len(magic) + n
	length := int(binary.LittleEndian.Uint32(b[at:]))
	if length > headerSize-at-4 {
		return ErrDamaged
	}
	if json.Unmarshal(b[at+4:at+4+length], s) != nil {
		return ErrDamaged
	}
	return nil
}

// keys are what is derived from the operator's key for one file.
type keys struct {
	k0, k1 uint64 // of the values' hash
	seal   []byte
	check  [16]byte
}

func deriveKeys(key []byte, salt [16]byte) keys {
	derive := func(use string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte("sealpost exact data 1 " + use))
		m.Write(salt[:])
		return m.Sum(nil)
	}
	value := derive("value")
	k := keys{k0: binary.LittleEndian.Uint64(value), k1: binary.LittleEndian.Uint64(value[8:]), seal: derive("seal")}
	copy(k.check[:], derive("check"))
	return k
}
