// Package store is what Sealpost remembers: decisions that are still being
// carried out and the ledger of what was handed to the MTA.
//
// No content, subject or finding value is stored. Everything that returns
// without an error is on disk (fsynced).
package store

import (
	"encoding/json"
	"errors"
	"time"
)

// ErrNotFound says that there is no such record.
var ErrNotFound = errors.New("not found")

// Job is a decision that outlives the SMTP dialogue because at least one
// recipient needs a treatment. It is written once and not changed.
type Job struct {
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	QueueID  string    `json:"queue_id,omitempty"` // the MTA's at that time, for logs
	Sender   string    `json:"sender"`
	Class    string    `json:"class"`
	Revision string    `json:"revision"`
	// Recipients are those that were marked, in the order of the envelope.
	Recipients []JobRecipient `json:"recipients"`
}

// JobRecipient is what one marked recipient needs.
type JobRecipient struct {
	Address string `json:"address"`
	// Way is the word in the recipient's mark: where the MTA takes the copy.
	Way     string   `json:"way"`
	Level   string   `json:"level"`
	Kind    string   `json:"kind,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"`
	// Steps are the treatments that were found able, in order of
	// preference. The first is in force; a later one where an earlier has
	// failed for too long.
	Steps []Step `json:"steps"`
	// Partner is what was agreed with the recipient's domain at that time.
	Partner json.RawMessage `json:"partner,omitempty"`
}

// Reason is a rule, the level that it demanded, and what it said. Level is
// empty where the gateway itself says why a copy can't go.
type Reason struct {
	Rule  string `json:"rule"`
	Level string `json:"level,omitempty"`
	Text  string `json:"text"`
}

// Step is one treatment of a plan.
type Step struct {
	Treatment string          `json:"treatment"`
	Params    json.RawMessage `json:"params,omitempty"`
	Method    string          `json:"method,omitempty"`
	// Route, JSON of the handler's answer, is set where the MTA carries the
	// treatment out by itself.
	Route json.RawMessage `json:"route,omitempty"`
}

// State of one ledger entry.
type State string

const (
	Intent State = "intent" // about to hand a copy to the MTA
	Dot    State = "dot"    // about to send the final dot: the MTA may have it
	Done   State = "done"   // the MTA answered 250, or a handler has taken it
)

// Entry is the ledger's line for one copy: what was handed over for one
// recipient of one job.
type Entry struct {
	Job       string
	Recipient string // as in JobRecipient.Address
	// Kind tells apart several copies for one recipient: "copy", "notice".
	Kind string
	// Batch is the random name under which the copy was handed to the MTA
	// (XFORWARD IDENT), so that the MTA's log can be asked about it.
	Batch   string
	State   State
	QueueID string // with Done, where the MTA said it
	Updated time.Time
}
