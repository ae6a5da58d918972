package policy

import (
	"encoding/json"
	"slices"
)

// Level is how well one recipient's copy must be protected.
type Level string

// Levels, weakest first.
const (
	Opportunistic Level = "opportunistic"
	TLS           Level = "tls"
	VerifiedTLS   Level = "verified-tls"
	PartnerTLS    Level = "partner-tls"
	ContentLevel  Level = "content"
	Forbidden     Level = "forbidden"
)

// Levels holds all levels, weakest first.
func Levels() []Level {
	return []Level{Opportunistic, TLS, VerifiedTLS, PartnerTLS, ContentLevel, Forbidden}
}

// AtLeast reports whether l protects as well as demanded. A level that isn't
// known protects nothing.
func (l Level) AtLeast(demanded Level) bool {
	return slices.Index(Levels(), l) >= slices.Index(Levels(), demanded) && slices.Contains(Levels(), l)
}

// Class is how sensitive a message is.
type Class string

// Classes, least first.
const (
	Public               Class = "public"
	InternalClass        Class = "internal"
	Confidential         Class = "confidential"
	StrictlyConfidential Class = "strictly-confidential"
)

// Classes holds all classes, least sensitive first.
func Classes() []Class { return []Class{Public, InternalClass, Confidential, StrictlyConfidential} }

// Decision is policy's answer for one message: for each recipient what its
// copy needs. It has one entry for each recipient asked about, in that order.
type Decision struct {
	Class      Class               `json:"class"`
	Recipients []RecipientDecision `json:"recipients"`
	// Revision names the generation that decided: the same policy, data and
	// schema always have the same revision.
	Revision string `json:"revision"`
}

// RecipientDecision is what one recipient's copy needs.
type RecipientDecision struct {
	Address string   `json:"address"`
	Kind    Kind     `json:"kind"`
	Partner *Partner `json:"partner,omitempty"`
	Level   Level    `json:"level"`
	// Treatments are the ways to reach Level in order of preference; never
	// empty where Level is above opportunistic.
	Treatments []Treatment `json:"treatments"`
	// Reasons are the rules that demanded Level or less, the most
	// protective first; never empty where Level is above opportunistic.
	Reasons []Reason `json:"reasons"`
	// Overridden are rules that would have demanded more, but were lifted.
	Overridden []Reason `json:"overridden,omitempty"`
	// Notices are what the sender is to be told beside the delivery.
	Notices []Reason `json:"notices,omitempty"`
	// Overrides are what the sender wanted lifted, and what became of it.
	Overrides []Override `json:"overrides,omitempty"`
}

// Treatment is a way to reach a level.
type Treatment struct {
	Name   string          `json:"treatment"` // tls | smime | pgp | pdf | portal | reject | quarantine
	Params json.RawMessage `json:"params,omitempty"`
}

// Reason is a rule that demanded a level, and why, in words for the sender.
// Text never holds a finding's value.
type Reason struct {
	Rule  string `json:"rule"`
	Level Level  `json:"level,omitempty"`
	Text  string `json:"text"`
}

// Override is a rule that a sender wanted lifted for one message.
type Override struct {
	Rule string `json:"rule"` // "unknown" if the lists don't name it
	Who  string `json:"who"`  // the login, "" if there was none
	// Justification is the sender's own text.
	Justification string        `json:"justification"`
	State         OverrideState `json:"state" enum:"lifted,held,not-lifted,ignored"`
	Text          string        `json:"text"` // why, for people
}

// OverrideState is what became of an override.
type OverrideState string

// States of overrides.
const (
	Lifted    OverrideState = "lifted"     // the rule is lifted for this copy
	HeldState OverrideState = "held"       // the rule forbids: the copy is held until a second person releases it
	NotLifted OverrideState = "not-lifted" // the rule forbids, and so does another that nobody can release
	Ignored   OverrideState = "ignored"    // not authorised, or not justified
)
