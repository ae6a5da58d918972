// Package extract gets the text out of files: what a person would read in a
// document, a sheet, an archive or a picture's properties, and what only a
// program would.
//
// What a file is, is told by its content; names and claimed types only break
// ties. A reader hands on text and contained files while it reads, and says how
// much of the file it has read: what could not be read (encrypted, broken, over
// the budget, unknown) is never passed over. Nothing that stands in a file can
// make a reader fail otherwise, take more time or memory than its budget, or
// write anywhere: readers that could are run in WebAssembly or in a process of
// their own.
//
// Contained files are handed to the caller, who keeps their bytes and gives
// them to Extract again with the same Budget: so archives in archives cost what
// one archive may.
//
// This package imports nothing else of Sealpost.
package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// File is one file that is to be read.
type File struct {
	// Data is the content. It is read from one goroutine at a time.
	Data io.ReaderAt
	Size int64
	// Name and Type are what the outside claims of it; both may be "".
	Name string
	Type string // media type, lower case
	// Charset is what the outside claims of text; it counts where the content
	// isn't plainly something else.
	Charset string
}

// Sink takes what a reader finds, in the order of the file.
//
// Text is UTF-8, and valid until Text returns. Pieces with the same place that
// follow each other belong together: a word may be cut between them. Places are
// short words of the format: "" is the body, others are "properties",
// "comments", "notes", "hidden", "header", "macros", "metadata", "names",
// "links", "script", "strings", "layout". A table is rows that end in "\n", of cells with
// "\t" between them; blanks inside a cell are single spaces. A heading row
// comes first, as it stands in the file. Paragraphs end in "\n\n".
type Sink interface {
	Text(place string, text []byte)
	// Child takes a file that lies in this one. r is valid until Child returns
	// and need not be read to its end. An error means that no more is wanted
	// of this child; the reader goes on with the next.
	Child(f Child, r io.Reader) error
	// Label takes a sensitivity label (Microsoft Information Protection) that
	// the file carries.
	Label(id, name string)
}

// Child is what a container says of a file in it.
type Child struct {
	Name string // as it stands there: no safe path
	Type string // media type if the container tells one, else ""
	Size int64  // what the container claims, -1 if it says nothing
}

// How much of a file was read.
const (
	Full    = "full"
	Partial = "partial"
	None    = "none"
)

// Result says what became of one file.
type Result struct {
	Kind     Kind
	Scanned  string // Full, Partial or None: of the file itself, not of its children
	Problems []Problem
	// Encrypted says that content is there that a password or key hides, or
	// hid until one of the Budget's passwords opened it.
	Encrypted bool
	Signed    bool
}

// Problem is why something was not read, or may be read otherwise.
type Problem string

const (
	ProblemEncrypted Problem = "encrypted"       // a password or key hides it
	ProblemBroken    Problem = "broken"          // against its format; read as far as it went
	ProblemBudget    Problem = "over-budget"     // too large, too many, or it unpacks to too much
	ProblemTime      Problem = "time"            // the time was up
	ProblemUnknown   Problem = "unknown-type"    // nothing here reads this kind
	ProblemImage     Problem = "image"           // pixels, sound or film: only their properties were read
	ProblemReader    Problem = "reader-failed"   // a mistake of ours, or the reader's process died
	ProblemFeature   Problem = "feature-unknown" // a part of the format that the reader doesn't know
	ProblemMismatch  Problem = "type-mismatch"   // the content isn't what name or type say, or is two things at once
	ProblemUnsafe    Problem = "unsafe-name"     // a name in a container leads out of it
)

// Budget is what one message's files may use together. It is used from one
// goroutine at a time.
type Budget struct {
	// Bytes is how much more may be unpacked or made, all files together.
	Bytes int64
	// Files is how many more contained files may be opened.
	Files int
	// Passwords are tried on encrypted files, in this order.
	Passwords []string
}

// Options are the limits and helpers of an Extractor. The zero value is the
// defaults.
type Options struct {
	// Time is how long the reading of one file may take, without what the sink
	// does meanwhile; 0 is 2 seconds.
	Time time.Duration
	// Bytes is the most that may be made of one message's files, 0 is 300 MB;
	// Expansion how many times their size, 0 is 100. See Budget.
	Bytes     int64
	Expansion int64
	// Files is how many contained files a message may have, 0 is 1500.
	Files int
	// Cache is a folder for the compiled PDF reader, which nobody else may
	// write to; "" compiles it anew in each process, which takes seconds.
	Cache string
	// PDFs is how many PDF files may be read at once, 0 is 2. Each may take
	// PDFMemory bytes, 0 is 512 MB.
	PDFs      int
	PDFMemory int64
	// Worker is a command line that calls RunWorker. The readers that the
	// process is not trusted with run there; without it they run here.
	Worker []string
	// Workers is how many of them may run at once, 0 is 4. Each may take
	// WorkerMemory bytes, 0 is 512 MB.
	Workers      int
	WorkerMemory int64
}

func (o Options) withDefaults() Options {
	orDefault(&o.Time, 2*time.Second)
	orDefault(&o.Bytes, 300<<20)
	orDefault(&o.Expansion, 100)
	orDefault(&o.Files, 1500)
	orDefault(&o.PDFs, 2)
	orDefault(&o.PDFMemory, 512<<20)
	orDefault(&o.Workers, 4)
	orDefault(&o.WorkerMemory, 512<<20)
	return o
}

func orDefault[T int | int64 | time.Duration](v *T, byDefault T) {
	if *v == 0 {
		*v = byDefault
	}
}

// Extractor reads files. It is safe for concurrent use; Close it after the
// last use.
type Extractor struct {
	options Options
	readers map[Kind]reader
	pdf     *pdfReader
	workers chan struct{} // one token for each worker that runs
}

// New returns an Extractor. It starts and compiles nothing yet. The error says
// which option makes no sense.
func New(o Options) (*Extractor, error) {
	if o.Time < 0 || o.Bytes < 0 || o.Expansion < 0 || o.Files < 0 || o.PDFs < 0 || o.PDFMemory < 0 || o.Workers < 0 || o.WorkerMemory < 0 {
		return nil, errors.New("extract: a limit below zero")
	}
	o = o.withDefaults()
	if o.PDFMemory > 4<<30 {
		return nil, fmt.Errorf("extract: the PDF reader can't use %d bytes, only up to 4 GB", o.PDFMemory)
	}
	x := &Extractor{options: o, workers: make(chan struct{}, o.Workers)}
	x.pdf = &pdfReader{cache: o.Cache, memory: pdfMemory{size: o.PDFMemory &^ 0xFFFF}, free: make(chan struct{}, o.PDFs)}
	x.readers = x.table()
	return x, nil
}

// Close frees what the Extractor holds. Nothing may be using it any more.
func (x *Extractor) Close() error { return x.pdf.close() }

// smallest is what may be made of any message, however small.
const smallest = 16 << 20

// Budget returns what may be made of the files of a message of size bytes.
func (x *Extractor) Budget(size int64) *Budget {
	bytes := x.options.Bytes
	if size < bytes/x.options.Expansion {
		bytes = min(bytes, max(size*x.options.Expansion, smallest))
	}
	return &Budget{Bytes: bytes, Files: x.options.Files}
}

// Kind says what a file is by its content, as Extract would see it.
func (x *Extractor) Kind(f File) Kind { return sniff(f).kind }

// Extract reads one file and hands what it finds to sink. It never fails: what
// goes wrong is in the result. When ctx ends it stops soon.
func (x *Extractor) Extract(ctx context.Context, f File, b *Budget, sink Sink) Result {
	w, end := x.begin(ctx, f, b, sink)
	defer end()
	w.sniffed = sniff(f)
	w.result.Kind = w.sniffed.kind
	if w.sniffed.mismatch {
		w.note(ProblemMismatch)
	}
	x.read(w, w.sniffed.kind)
	if also := w.sniffed.also; also != "" {
		x.read(w, also)
	}
	return w.result
}

// begin sets up the reading of one file.
func (x *Extractor) begin(ctx context.Context, f File, b *Budget, sink Sink) (*work, func()) {
	ctx, cancel := context.WithCancel(ctx)
	w := &work{ctx: ctx, budget: b, sink: sink, result: Result{Scanned: Full}}
	w.clock = startClock(x.options.Time, cancel)
	f.Data = &source{ctx: ctx, data: f.Data}
	w.file = f
	return w, func() {
		w.clock.stop()
		cancel()
	}
}

// read has one reader read the file. A reader that panics is a mistake of ours
// that must not cost more than this file.
func (x *Extractor) read(w *work, kind Kind) {
	defer func() {
		if recover() != nil {
			w.fail(ProblemReader)
		}
	}()
	read, known := x.readers[kind]
	if !known {
		read = readUnknown
	}
	if err := read(w); err != nil && !errors.Is(err, errStop) {
		switch {
		case w.ctx.Err() != nil:
			w.fail(ProblemTime)
		case errors.Is(err, errReader):
			w.fail(ProblemReader)
		default:
			w.fail(ProblemBroken)
		}
	}
	if w.ctx.Err() != nil && !slices.Contains(w.result.Problems, ProblemTime) {
		w.lost(ProblemTime) // whatever the reader has made of bytes that did not come
	}
}
