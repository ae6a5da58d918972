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
	"runtime"
	"sync"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/extract"
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
	Path       string `json:"path"`       // inside the part: "" its content, "header", "name", "preamble", "epilogue", a place in a file ("hidden", "comments" …), or "text" that an inspector plugin read
	Count      int    `json:"count"`      // unique values, not hits
	Masked     string `json:"masked"`     // a sample that gives nothing away
	// Table is the table of the organisation's own that Count rows of were
	// found (detector "exact-data"); else "".
	Table string `json:"table,omitempty"`
}

// PartReport says what could be read of one part, or of a file in one: the
// second file in the attachment 1.3 is "1.3/2", and the third part of a message
// in that archive "1.3/2/1.3".
type PartReport struct {
	Path     string
	Name     string
	Type     string // as declared
	Size     int64  // decoded bytes, as far as they were read; 0 for containers
	Scanned  string
	Problems []string // codes, sorted, each once
}

// Label is a sensitivity label (Microsoft Information Protection) in a file.
type Label struct {
	Part string `json:"part"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// maxLabels is how many labels of one message are kept.
const maxLabels = 100

// Reason says why one hit of a finding has its confidence.
type Reason struct {
	Part string `json:"part"`
	Path string `json:"path"`
	detect.Reason
}

// Report is what inspection saw of one message. Its lists are never nil.
type Report struct {
	// Scanned is the worst of the parts'.
	Scanned  string
	Findings []Finding
	Parts    []PartReport
	Labels   []Label
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
	// Reasons are there only with Options.Explain.
	Reasons []Reason `json:",omitempty"`
}

// Options of an Inspector. The zero value is usable.
type Options struct {
	// Budget is how long one message may take; 0 means 10 seconds. What
	// was not read by then is reported as not read.
	Budget time.Duration
	// Keywords are the organisation's own words and phrases, found as
	// whole words without regard to case or accents (detector "keyword").
	Keywords []string
	// Definitions are the organisation's own detectors.
	Definitions []detect.Definition
	// Tables are the organisation's own data. A message sees each as it was
	// when its inspection began; they must outlive the inspector.
	Tables []detect.Table
	// Explain has reports say why each hit has its confidence.
	Explain bool
	// Extract are the limits and helpers of the readers of files.
	Extract extract.Options
	// Spool is where contained files are kept while they are read; nil means
	// one of the inspector's own, with 300 MB for each and 1 GB for all.
	Spool *message.Spool
	// Passwords has passwords that stand in a message's own text tried on its
	// encrypted attachments.
	Passwords bool
	// Now is the clock for dates of birth; nil means time.Now.
	Now func() time.Time
}

// Inspector inspects messages. It is safe for concurrent use.
type Inspector struct {
	engine    *detect.Engine
	tables    []detect.Table
	extractor *extract.Extractor
	spool     *message.Spool
	budget    time.Duration
	passwords bool
	explain   bool
	large     chan struct{} // a token for each large message that is being read
	now       func() time.Time
	scanners  sync.Pool // of *detect.Scanner, whose windows would cost more than a small message
}

const (
	defaultBudget = 10 * time.Second
	// largeMessage is the size of a message above which only so many are read
	// at once as there are processors for, bytes.
	largeMessage = 1 << 20
)

// New makes an inspector. The error names an option that can't be used.
func New(opts Options) (*Inspector, error) {
	if opts.Budget < 0 {
		return nil, fmt.Errorf("budget %s is negative", opts.Budget)
	}
	engine, err := detect.New(detect.Options{Keywords: opts.Keywords, Definitions: opts.Definitions, Tables: opts.Tables})
	if err != nil {
		return nil, err
	}
	extractor, err := extract.New(opts.Extract)
	if err != nil {
		return nil, err
	}
	in := &Inspector{engine: engine, tables: opts.Tables, extractor: extractor, spool: opts.Spool, budget: opts.Budget, passwords: opts.Passwords, explain: opts.Explain, now: opts.Now}
	in.large = make(chan struct{}, max(4, 2*runtime.GOMAXPROCS(0)))
	if in.spool == nil {
		in.spool = message.NewSpool(300<<20, 1<<30)
	}
	if in.budget == 0 {
		in.budget = defaultBudget
	}
	if in.now == nil {
		in.now = time.Now
	}
	return in, nil
}

// Close frees what the readers of files hold. Nothing may be using the
// inspector any more.
func (in *Inspector) Close() error { return in.extractor.Close() }

// Inspect reads a message that has been parsed (message.Message.Read) and
// reports what is in it. It never fails: what goes wrong is in Scanned and
// Problems. When ctx ends or the budget is used up it stops, and what was not
// read is Partial or None with the code ProblemTime. ask may be nil.
func (in *Inspector) Inspect(ctx context.Context, m *message.Message, ask Ask) Report {
	ctx, cancel := context.WithTimeout(ctx, in.budget)
	defer cancel()
	if m != nil && m.Content != nil && m.Content.Size() > largeMessage {
		// Many at once would take turns, and need room for what is decoded of
		// each meanwhile.
		select {
		case in.large <- struct{}{}:
			defer func() { <-in.large }()
		case <-ctx.Done(): // and nothing of it is read
		}
	}
	r := newReading(ctx, in, m, ask)
	defer r.hold()()
	r.message(m)
	return r.report()
}

// Detectors lists the detectors in use, sorted by ID.
func (in *Inspector) Detectors() []detect.Info { return in.engine.Detectors() }

// IsMessage reports whether a file is a message by its content.
func (in *Inspector) IsMessage(f extract.File) bool { return in.extractor.Kind(f) == extract.KindEML }

// scanner returns a scanner for a text of one message, which holds the tables.
func (in *Inspector) scanner(now time.Time, seed maphash.Seed, held []detect.Table) *detect.Scanner {
	s, ok := in.scanners.Get().(*detect.Scanner)
	if !ok {
		s = in.engine.Scanner()
		s.Explain(in.explain)
	}
	s.Reset()
	s.Use(now, seed)
	s.Look(held)
	return s
}
