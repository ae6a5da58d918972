// Package inspect reads every part of a message and reports what is in it:
// which detector saw something, how sure it is, where, how many different
// values, and never the value itself.
//
// What could not be read is said (Report.Scanned), for each part and the
// message; what that means is for policy to say. Nothing found is only ever
// said of what was read; the one exception is header fields that programs fill
// (routes, signatures, ids, dates, addresses), which are passed over.
package inspect

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/message"
)

// Scanned words, for a part and for the message.
const (
	Full    = "full"
	Partial = "partial"
	None    = "none"
)

// Finding is what one detector saw in one part with one confidence. A value
// that was seen more than once counts once, with the best confidence that it
// had; so the counts of a detector's findings in a part add up.
type Finding struct {
	Detector   string `json:"detector"`
	Category   string `json:"category"`   // of detect
	Confidence string `json:"confidence"` // detect.Low, Medium or High
	Part       string `json:"part"`       // the part's path in the MIME tree, "1.2"
	Path       string `json:"path"`       // inside the part: "" its content, "header", "name", "preamble", "epilogue", or "text" that an inspector plugin read
	Count      int    `json:"count"`      // unique values, not hits
	Masked     string `json:"masked"`     // a sample that gives nothing away
}

// PartReport says what could be read of one part.
type PartReport struct {
	Path     string
	Name     string
	Type     string
	Size     int64 // decoded bytes, as far as they were read; 0 for containers
	Scanned  string
	Problems []string // codes, sorted, each once
}

// Report is what inspection saw of one message. Its lists are never nil.
type Report struct {
	// Scanned is the worst of the parts'.
	Scanned  string
	Findings []Finding
	Parts    []PartReport
	// Encrypted is "smime" or "pgp" where the whole content is encrypted
	// and nothing stands beside it in clear; else "pdf" or "archive" where
	// an attachment is encrypted; else "". It is said only of content that
	// bears it out, never because a header claims it.
	Encrypted string
	// Signed says that the whole content carries an S/MIME or OpenPGP
	// signature. The signature isn't verified here.
	Signed bool
	// Ambiguous says that two readers may read the message differently.
	Ambiguous bool
	// Problems are the codes of all parts and of the message, sorted.
	Problems []string
}

// Options of an Inspector. The zero value is usable.
type Options struct {
	// Budget is how long one message may take; 0 means 10 seconds. What
	// was not read by then is reported as not read.
	Budget time.Duration
	// Keywords are the organisation's own words and phrases, found as
	// whole words without regard to case or accents (detector "keyword").
	Keywords []string
	// Now is the clock for dates of birth; nil means time.Now.
	Now func() time.Time
}

// Inspector inspects messages. It is safe for concurrent use.
type Inspector struct {
	engine   *detect.Engine
	budget   time.Duration
	now      func() time.Time
	scanners sync.Pool // of *detect.Scanner, whose windows would cost more than a small message
}

const defaultBudget = 10 * time.Second

// New makes an inspector. The error names an option that can't be used.
func New(opts Options) (*Inspector, error) {
	if opts.Budget < 0 {
		return nil, fmt.Errorf("budget %s is negative", opts.Budget)
	}
	engine, err := detect.New(detect.Options{Keywords: opts.Keywords})
	if err != nil {
		return nil, err
	}
	in := &Inspector{engine: engine, budget: opts.Budget, now: opts.Now}
	if in.budget == 0 {
		in.budget = defaultBudget
	}
	if in.now == nil {
		in.now = time.Now
	}
	return in, nil
}

// Inspect reads a message that has been parsed (message.Message.Read) and
// reports what is in it. It never fails: what goes wrong is in Scanned and
// Problems. When ctx ends or the budget is used up it stops, and what was not
// read is Partial or None with the code ProblemTime.
func (in *Inspector) Inspect(ctx context.Context, m *message.Message) Report {
	ctx, cancel := context.WithTimeout(ctx, in.budget)
	defer cancel()
	r := newReading(ctx, in, m)
	r.message()
	in.scanners.Put(r.scanner)
	return r.report()
}

// scanner returns a scanner for one message.
func (in *Inspector) scanner(now time.Time, seed maphash.Seed) *detect.Scanner {
	s, ok := in.scanners.Get().(*detect.Scanner)
	if !ok {
		s = in.engine.Scanner()
	}
	s.Use(now, seed)
	return s
}
