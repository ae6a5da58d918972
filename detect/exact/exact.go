// Package exact keeps an organisation's own data (customers, patients) as a
// file of keyed hashes, and finds rows of it in text: a row counts as found
// where at least k of its columns stand within so many bytes of each other.
//
// # What is in the file
//
// Nothing stands there in clear but the name of the table, the names and kinds
// of its columns, how many must be near each other, and when it was made. Each
// value is a 64-bit hash, SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, 2012) of its kind
// and its normal form, under a 128-bit key that HMAC-SHA256 derives from the
// operator's key and the file's random salt. SipHash is a keyed pseudo-random
// function: whoever hasn't the key can't tell a hash from a random number, nor
// try values out, even all nine-digit numbers, without trying 2^128 keys.
// A plain hash, salted or not, would fall to that within minutes. HMAC-SHA256
// itself would be as good and takes ten times as long; every number and every
// word of every message is hashed. Two files of the same data have no hash in
// common.
//
// What shows even without the key: how many rows and values there are, and
// which rows share a value, so that the most frequent hash of a column of
// surnames is likely the most frequent surname. With the key, values can be
// tried out; the two must not be stolen together.
//
// The file as a whole is sealed with HMAC-SHA256 under another derived key, so
// that a damaged, shortened or changed file, and a wrong key, are refused.
//
// # In memory
//
// A table is read into memory of its own, in large pages where the system has
// them, and checked there: what was checked is what is used, whatever becomes
// of the file. A file that is mapped and then cut short would end the process
// with SIGBUS, and one that is changed in place would no longer be what the
// seal says. The memory is outside the heap, is never written again, and is given back after
// the last text that uses it has ended.
//
// # How sure a finding is
//
// A value is recognised by 32 bits of its hash and the bucket that the other
// bits lead to: one value in a billion is taken for one of the table, and k of
// them must agree on one row.
package exact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sealpost/sealpost/detect"
)

// Column is one column of a table.
type Column struct {
	// Name is the column's heading in the CSV, or where that has none its
	// number, from 1.
	Name string      `json:"name"`
	Kind detect.Kind `json:"kind"`
	// MonthFirst reads 3/4/1980 as the fourth of March; only for dates.
	MonthFirst bool `json:"month_first,omitempty"`
}

// Spec says what of a CSV goes into a file, and when a row counts as found.
type Spec struct {
	// Name says whose data it is: lower-case letters, digits and hyphens. It
	// stands in findings, and policies ask for it.
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	// AtLeast is how many columns of one row must stand near each other.
	AtLeast int `json:"at_least"`
	// Within is in how many bytes; 0 means 300.
	Within int `json:"within"`
}

// Limits.
const (
	maxColumns    = 16
	maxWithin     = 100_000
	defaultWithin = 300
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

// nameForm is what a table may be called.
func nameForm(s string) bool {
	return s != "" && len(s) <= 32 && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Check says what is wrong with a specification, all at once.
func (s *Spec) Check() error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !nameForm(s.Name) {
		add("the name %q; want lower-case letters, digits and hyphens, at most 32, a letter first", s.Name)
	}
	if len(s.Columns) == 0 || len(s.Columns) > maxColumns {
		add("there are %d columns; want 1 to %d", len(s.Columns), maxColumns)
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
		add("at least %d columns must stand near each other; want 1 to %d", s.AtLeast, len(s.Columns))
	}
	if s.Within < 0 || s.Within > maxWithin {
		add("within %d bytes; want 1 to %d, or 0 for %d", s.Within, maxWithin, defaultWithin)
	}
	return errors.Join(wrong...)
}

// kinds is one more than the largest kindByte.
const kinds = 7

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
	case detect.KindIdentifier:
		return 6
	}
	return 0
}

// The file: a header; buckets of 64 bytes; a filter of all values and of the
// words that names and texts are made of; for each row four bytes of each
// column's hash; the rows of values that more than one has; a seal.
//
// A bucket has up to six entries: four bytes of the hash, and six of where it
// leads. It is a line of the processor's cache, and so is a block of the
// filter: what isn't in the table, which is nearly all of any text, takes one
// access to a few megabytes, and what is there one more.
const (
	magic      = "SPEXACT\x02"
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
	Built    int64 // seconds since 1970
	Rows     uint64
	Entries  uint64
	Home     uint64 // buckets that hashes lead to
	Buckets  uint64 // and those behind them, for what has no room
	Shared   uint64 // numbers in the lists of rows
	Blocks   uint64 // of the filter
}

func (h *header) size(columns int) uint64 {
	return headerSize + h.Buckets*bucketSize + h.Blocks*blockSize + h.Rows*uint64(columns)*4 + h.Shared*4 + sealSize
}

// fits reports whether the parts of the file can be as large as they say: none
// is larger than the file, so that size can't overflow.
func (h *header) fits(size uint64) bool {
	return h.Buckets > 0 && h.Buckets <= size/bucketSize && h.Home > 0 && h.Home <= h.Buckets &&
		h.Blocks > 0 && h.Blocks <= size/blockSize && h.Rows <= size/4 && h.Rows < 1<<32 && h.Shared <= size/4
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
	length := binary.LittleEndian.Uint32(b[at:])
	if length > uint32(headerSize-at-4) || json.Unmarshal(b[at+4:at+4+int(length)], s) != nil {
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
		m.Write([]byte("sealpost exact data 2 " + use))
		m.Write(salt[:])
		return m.Sum(nil)
	}
	value := derive("value")
	k := keys{k0: binary.LittleEndian.Uint64(value), k1: binary.LittleEndian.Uint64(value[8:]), seal: derive("seal")}
	copy(k.check[:], derive("check"))
	return k
}
