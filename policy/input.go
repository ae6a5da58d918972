package policy

import "time"

// Input is what a policy sees of a message: facts only, never content or a
// finding's value. Its JSON form is `input` in Rego.
//
// Message, Sender, Content and Now are the same for every recipient of a
// message; Recipient differs.
type Input struct {
	Message   Message   `json:"message"`
	Sender    Sender    `json:"sender"`
	Recipient Recipient `json:"recipient"`
	Content   Content   `json:"content"`
	Now       Now       `json:"now"`
}

// Message is what is known of the message as a whole.
type Message struct {
	ID        string    `json:"id"`
	Direction Direction `json:"direction"`
	Subject   string    `json:"subject"` // decoded, unfolded
	Size      int64     `json:"size"`    // bytes
	Headers   []Header  `json:"headers"` // names lower-cased, values decoded
	Labels    []string  `json:"labels"`
	Received  time.Time `json:"received"`
	Overrides []string  `json:"overrides"` // may be a sender's wish to lift a rule: what stands in square brackets in the subject, and the header fields X-Sealpost-Override behind the word "override"
}

// Direction is where a message goes, seen from the organisation.
type Direction string

// Directions.
const (
	Outbound Direction = "outbound" // a sender of ours, at least one recipient outside
	Inbound  Direction = "inbound"  // a sender outside
	Internal Direction = "internal" // all of them ours
)

// Header is one header field.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Sender is who hands the message in.
type Sender struct {
	Address       string `json:"address"` // "" for the null sender
	Domain        string `json:"domain"`
	Local         bool   `json:"local"`         // a domain of ours
	Authenticated string `json:"authenticated"` // login name, or ""
	Client        Client `json:"client"`
}

// Client is the SMTP client's side of the connection.
type Client struct {
	IP  string     `json:"ip"` // "" for mail made on the machine itself
	TLS *ClientTLS `json:"tls,omitempty"`
}

// ClientTLS is the encryption of that connection.
type ClientTLS struct {
	Version  string `json:"version"`
	Cipher   string `json:"cipher"`
	Bits     int    `json:"bits"`
	Verified bool   `json:"verified"`
	Subject  string `json:"subject"`
}

// Recipient is one recipient. Domain, Kind, Partner and Exceptions are filled
// by the generation from its own data; the caller sets the rest.
type Recipient struct {
	Address string        `json:"address"`
	Domain  string        `json:"domain"`
	Kind    Kind          `json:"kind"`
	Partner *Partner      `json:"partner,omitempty"`
	Keys    Keys          `json:"keys"`
	Portal  Portal        `json:"portal"`
	TLS     *RecipientTLS `json:"tls,omitempty"` // absent: not known
	// Exceptions are those of its domain; the caller leaves them out.
	Exceptions []Exception `json:"exceptions"`
}

// Exception lifts one rule for a recipient domain until a day
// (data.sealpost.exceptions).
type Exception struct {
	Rule   string `json:"rule"`
	Sender string `json:"sender"` // the only sender it holds for, or ""
	Until  string `json:"until"`  // its last day, 2026-01-31
	Reason string `json:"reason"`
	Owner  string `json:"owner,omitempty"` // who answers for it
}

// Kind says what a recipient's domain is.
type Kind string

// Kinds.
const (
	Local          Kind = "local"           // a domain of ours
	PartnerKind    Kind = "partner"         // agreed with
	PublicProvider Kind = "public-provider" // anybody can have a mailbox there
	Business       Kind = "business"        // any other
)

// Partner is what the operator agreed with a domain (data.sealpost.partners).
type Partner struct {
	Name  string `json:"name"`
	Level Level  `json:"level,omitempty"` // at least, for all mail to it
	// Route is the next hop agreed with the partner, "[mx.example]:25".
	Route   string   `json:"route,omitempty"`
	Match   []string `json:"match,omitempty"`    // names in its certificate
	CAFile  string   `json:"ca_file,omitempty"`  // its own CA
	MinBits int      `json:"min_bits,omitempty"` // cipher strength
	Contact string   `json:"contact,omitempty"`  // for operators
	Since   string   `json:"since,omitempty"`    // date
}

// Keys says which keys are known for a recipient.
type Keys struct {
	SMIME   bool   `json:"smime"`
	PGP     bool   `json:"pgp"`
	Expires string `json:"expires,omitempty"` // RFC 3339, the earliest
}

// Portal says whether a recipient has registered.
type Portal struct {
	Registered bool `json:"registered"`
}

// RecipientTLS is what is known of the recipient's mail servers.
type RecipientTLS struct {
	Level    Level    `json:"level"`
	Method   string   `json:"method"`
	Checked  string   `json:"checked"` // RFC 3339
	Problems []string `json:"problems"`
}

// Content is what inspection found.
type Content struct {
	Scanned    Scanned   `json:"scanned"`
	Findings   []Finding `json:"findings"`
	Categories []string  `json:"categories" enum:"categories"` // of findings with at least medium confidence, each once; filled by Decide
	Detectors  []string  `json:"detectors" enum:"detectors"`   // of findings with at least medium confidence, each once; filled by Decide
	Parts      []Part    `json:"parts"`
	Encrypted  string    `json:"encrypted" enum:"smime,pgp,pdf,archive,"` // "smime", "pgp", "pdf", "archive" or ""
	Signed     bool      `json:"signed"`
	Ambiguous  bool      `json:"ambiguous"`                // two readers may read it differently
	Problems   []string  `json:"problems" enum:"problems"` // codes of the message and of all its parts, each once
}

// Scanned says how much could be read.
type Scanned string

// How much was read.
const (
	Full    Scanned = "full"    // everything
	Partial Scanned = "partial" // not everything
	None    Scanned = "none"    // nothing
)

// Finding is what one detector saw in one part.
type Finding struct {
	Detector   string `json:"detector" enum:"detectors"`
	Category   string `json:"category" enum:"categories"`        // personal | financial | health | secret | contact | own
	Confidence string `json:"confidence" enum:"low,medium,high"` // low | medium | high
	Part       string `json:"part"`                              // path of the part, "1.2"
	Count      int    `json:"count"`                             // unique values
	// Table is the organisation's own table that Count rows of were found
	// (detector "exact-data"); absent for other detectors.
	Table string `json:"table,omitempty" enum:"tables"`
}

// Part is one MIME part.
type Part struct {
	Path     string   `json:"path"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Size     int64    `json:"size"` // decoded bytes
	Scanned  Scanned  `json:"scanned"`
	Problems []string `json:"problems" enum:"problems"` // codes, "encrypted"
}

// Now is the only clock that a policy has.
type Now struct {
	Time         string   `json:"time"` // RFC 3339, UTC
	Date         string   `json:"date"` // 2026-01-31, in the organisation's time zone
	Weekday      string   `json:"weekday" enum:"Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"`
	BusinessDay  bool     `json:"business_day"`
	BusinessDays []string `json:"business_days"` // dates of the next 10 business days, today not among them
}
