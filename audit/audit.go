// Package audit keeps what was decided and done, for those who ask later: a
// chain of records in files that only grow. Each record holds the hash of the
// one before it, so that nobody can change, remove or slip in one without
// breaking the chain; what came last is known from outside (the log and the
// metrics name it), so that the end can't be cut off unseen either.
//
// A record is one line of JSON. It is written before the mail server has its
// answer, and is on disk within a second: the end of the process loses nothing,
// a power failure at most that second. A record that can't be written is an
// error, and whoever wanted it must not go on.
//
// The package knows nothing of what is in a record. Those who write them see
// to it that it is no content.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Entry is one record with its place in the chain.
type Entry struct {
	Seq  uint64    `json:"seq"` // 1, 2, 3 …
	Time time.Time `json:"time"`
	Kind string    `json:"kind"` // what Record is
	ID   string    `json:"id"`   // of the message
	// Prev is the hash of the entry before, in hex; empty for the first.
	Prev   string          `json:"prev"`
	Record json.RawMessage `json:"record"`
	// Line is the entry as it stands in the log, without the line's end.
	Line []byte `json:"-"`
}

// GapKind is the kind of an entry that the log itself writes where it found
// its files damaged. The chain goes on behind it with a new beginning.
const GapKind = "gap"

// ErrClosed says that the log was closed.
var ErrClosed = errors.New("the audit log is closed")

// Head is the end of a chain.
type Head struct {
	Seq  uint64 `json:"seq"` // 0: nothing was written yet
	Hash string `json:"hash"`
}

// String is the form in which people note a head down: "42:6f3a…".
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// ParseHead reads a head as String writes it.
func ParseHead(text string) (Head, error) {
	var h Head
	if _, err := fmt.Sscanf(text, "%d:%64s", &h.Seq, &h.Hash); err != nil || text != h.String() || len(h.Hash) != 2*sha256.Size {
		return Head{}, fmt.Errorf("%q is no head of an audit log: it is a number, a colon and 64 hexadecimal digits", text)
	}
	return h, nil
}

// hash is what the next entry holds of a line.
func hash(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// parse reads one line, without its end.
func parse(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("no entry: %w", err)
	}
	if e.Seq == 0 || e.Kind == "" {
		return e, errors.New("no entry: it has no number or kind")
	}
	return e, nil
}
