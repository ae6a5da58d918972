// Package sdk is what a plugin is made of: two interfaces, a handler's and an
// inspector's, the plain structs that cross them, and Serve, which makes a
// process of them.
//
// The same structs stand on both sides of the process border. A plugin never
// says what becomes of a message: it says what it can do (Assess), what it did
// (Handle) and what it saw (Inspect); the gateway decides.
package sdk

import (
	"context"
	"encoding/json"
	"io"
)

// Plugin is what every plugin implements, with Handler, Inspector or both.
type Plugin interface {
	// Describe says what the plugin is. It is called before Configure and
	// needs none.
	Describe(ctx context.Context) (Description, error)
	// Configure takes the settings that the operator wrote, as JSON. What is
	// wrong with them is returned as findings, all at once; an error means
	// that the plugin itself is broken. With checkOnly nothing is taken over.
	Configure(ctx context.Context, settings json.RawMessage, checkOnly bool) ([]Diagnostic, error)
}

// Description says what a plugin is and which treatments it carries out.
type Description struct {
	Name, Version string
	// Treatments are the treatments that Handle carries out ("tls", "pdf",
	// "reject" …); empty for an inspector.
	Treatments []string
	// Inspects says that Inspect is there.
	Inspects bool
	// Reads says that Inspect turns what it sees into text or findings of what
	// stands there, so that a part which it has read in full counts as read. A
	// virus scanner doesn't.
	Reads bool
	// Types are the media types that Inspect wants to see; empty: all.
	Types []string
}

// Diagnostic is one thing that is wrong with a plugin's settings.
type Diagnostic struct {
	Path string // "servers[2].port"
	Line int    // in the settings as given, from 1; 0: not known
	Text string // what was read, what is allowed, what to do
}

// Handler reaches protection levels for recipients.
type Handler interface {
	Plugin
	// Assess says, for each recipient, whether Handle could reach the
	// level. It has no side effects, looks nothing up that takes long, and
	// answers in the order of the request.
	Assess(ctx context.Context, req AssessRequest) ([]Assessment, error)
	// Handle does the work for one task. The content is a stream that may
	// be left unread. It may be called again with the same Task.Key after a
	// crash and must then come to the same outcome for each recipient. The
	// second task may have fewer, other or more recipients: what is stored
	// durably is kept by key and address. An error is an outcome
	// of "retry" for all recipients.
	Handle(ctx context.Context, task *Task, content io.Reader) (*Result, error)
}

// Inspector sees what detectors in the gateway can't see.
type Inspector interface {
	Plugin
	// Inspect reads one part. The content may be left unread.
	Inspect(ctx context.Context, part Part, content io.Reader) (Inspection, error)
}

// Recipient is one recipient of a message, with what policy demands for it.
type Recipient struct {
	Address string
	// Level is the level that must be reached: "tls", "verified-tls",
	// "partner-tls", "content" or "forbidden".
	Level string
	// Kind is "local", "partner", "public-provider" or "business".
	Kind string
	// Params are the parameters that policy gave to the treatment, JSON
	// object or nil.
	Params json.RawMessage
	// Partner is what the operator agreed with the recipient's domain, JSON
	// object or nil.
	Partner json.RawMessage
	// Reasons say which rules demanded the level.
	Reasons []Reason
}

// Reason is a rule and what it has to say.
type Reason struct{ Rule, Text string }

// AssessRequest asks about recipients of one message.
type AssessRequest struct {
	Treatment  string
	Sender     string
	Size       int64
	Recipients []Recipient
}

// Ability is whether a handler can do what it was asked.
type Ability string

const (
	Able    Ability = "able"
	Unable  Ability = "unable"  // and asking again will not help soon
	Unknown Ability = "unknown" // try later
)

// Assessment is a handler's answer for one recipient.
type Assessment struct {
	Address string
	Ability Ability
	Level   string // reached, where able
	Method  string // how: "dane", "pkix", "certificate" …
	Reason  string // where not able: for the sender and the log
	// Route is set where the MTA itself carries the treatment out: how the
	// unchanged copy must travel.
	Route *Route
}

// Route is how the MTA must deliver a copy. The zero NextHop is the
// recipient's domain by MX.
type Route struct {
	NextHop   string   `json:"next_hop,omitempty"` // "[mx.partner.example]:25" or "partner.example"
	Security  string   `json:"security"`           // encrypt | secure | dane-only | fingerprint
	Match     []string `json:"match,omitempty"`    // names or fingerprints that the certificate must have
	CAFile    string   `json:"ca_file,omitempty"`  // trust anchor instead of the system's
	Ciphers   string   `json:"ciphers,omitempty"`  // Postfix cipher grade: medium | high
	Protocols string   `json:"protocols,omitempty"`
	Exclude   string   `json:"exclude,omitempty"` // ciphers not allowed
}

// Task is the work for one message and some of its recipients.
type Task struct {
	// Job is the message's id. Key names this treatment of this message: for
	// a recipient that was in an earlier task with the same Key, it is the
	// same work again.
	Job, Key   string
	Treatment  string
	Sender     string
	Class      string
	Revision   string // of the policy that decided
	Recipients []Recipient
	Size       int64
}

// Outcome kinds.
const (
	Replace = "replace" // Copies[Copy] instead of the original
	Deliver = "route"   // the original, by Route
	Taken   = "taken"   // durably stored by the handler: done
	Refuse  = "refuse"  // permanent, Text for the sender
	Retry   = "retry"   // temporary, Text for the log
)

// Outcome is what became of one recipient.
type Outcome struct {
	Address string
	Kind    string
	Copy    int // index into Result.Copies, with Replace
	Route   *Route
	Text    string
}

// Copy is new message bytes: header and body, lines ending in CRLF.
type Copy struct {
	// Notice marks a message to the sender of the original instead of the
	// recipients; it leaves with the null sender.
	Notice bool
	// Content is read once, after Handle returned, and closed if it is an
	// io.Closer. It may read from Handle's own content, which lasts as long.
	Content io.Reader
}

// Result is what a handler did: exactly one outcome for each recipient of the
// task, in any order.
type Result struct {
	Outcomes []Outcome
	Copies   []Copy
}

// Part is what an inspector is told of a message part.
type Part struct {
	Job, Path, Name, Type string
	Size                  int64 // decoded, -1: not known
}

// Finding is something seen, never the value itself.
type Finding struct {
	Detector, Category, Confidence string
	Count                          int
	Masked                         string
}

// Inspection is what an inspector saw.
type Inspection struct {
	Findings []Finding
	Text     string   // text to run the gateway's detectors over
	Scanned  string   // "full", "partial" or "none"
	Problems []string // why not full
}
