package inspect

import (
	"context"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/message"
)

// reading is the inspection of one message.
type reading struct {
	ctx     context.Context
	in      *Inspector
	m       *message.Message
	scanner *detect.Scanner
	now     time.Time
	seed    maphash.Seed // keys the hashes of this message's values
	rep     Report
	kinds   map[*message.Part]kind // what leaves are by their content
	sealed  kind                   // an attachment of this kind is encrypted: pdf or zip
}

func newReading(ctx context.Context, in *Inspector, m *message.Message) *reading {
	r := &reading{ctx: ctx, in: in, m: m, now: in.now(), seed: maphash.MakeSeed(), kinds: map[*message.Part]kind{}}
	r.scanner = in.scanner(r.now, r.seed)
	// Lists are never nil: a policy must not meet null in their place.
	r.rep = Report{Scanned: Full, Findings: []Finding{}, Parts: []PartReport{}, Problems: []string{}}
	return r
}

// message reads the whole message.
func (r *reading) message() {
	if r.m == nil || r.m.Root == nil || r.m.Content == nil {
		r.rep.Scanned = None
		r.rep.Problems = []string{ProblemParsed}
		return
	}
	r.part(r.m.Root)
	r.protection(r.m.Root)
}

// report finishes the report: the worst of the parts, and all problems.
func (r *reading) report() Report {
	for _, p := range r.rep.Parts {
		r.rep.Scanned = worse(r.rep.Scanned, p.Scanned)
		r.rep.Problems = append(r.rep.Problems, p.Problems...)
	}
	r.rep.Problems = sortedOnce(r.rep.Problems)
	r.rep.Ambiguous = slices.ContainsFunc(r.rep.Problems, message.Ambiguous)
	return r.rep
}

// part reads one part and everything below it. The result is how much was
// read.
func (r *reading) part(p *message.Part) string {
	at := len(r.rep.Parts)
	r.rep.Parts = append(r.rep.Parts, PartReport{}) // its place is before its children's
	rep := PartReport{Path: p.Path, Name: p.Name, Type: p.Type, Scanned: Full, Problems: []string{}}
	r.guarded(&rep, func() { r.around(p, &rep) })
	if p.Leaf() {
		r.guarded(&rep, func() { r.leaf(p, &rep) })
	}
	for _, child := range p.Parts {
		rep.Scanned = worse(rep.Scanned, r.part(child))
	}
	for _, other := range p.Also {
		r.part(other) // what can't be read of it is said at its own place
	}
	for _, problem := range p.Problems {
		rep.Problems = append(rep.Problems, problem.Code)
		if message.Incomplete(problem.Code) {
			rep.Scanned = worse(rep.Scanned, Partial)
		}
	}
	rep.Problems = sortedOnce(rep.Problems)
	r.rep.Parts[at] = rep
	return rep.Scanned
}

// guarded runs one step of reading a part. A panic is a mistake of ours that
// a message must not turn into "nothing found".
func (r *reading) guarded(rep *PartReport, step func()) {
	defer func() {
		if recover() != nil {
			rep.Scanned = None
			rep.Problems = append(rep.Problems, ProblemFailed)
			r.scanner = r.in.engine.Scanner() // the old one is in no known state
			r.scanner.Use(r.now, r.seed)
		}
	}()
	step()
}

// around reads what belongs to a part beside its content: header, name, and
// what stands around the parts of a multipart.
func (r *reading) around(p *message.Part, rep *PartReport) {
	var text strings.Builder
	for _, f := range p.Header {
		if value, ok := fieldText(f); ok {
			text.WriteString(value)
			text.WriteString("\n\n")
		}
	}
	r.text(strings.NewReader(text.String()), rep, "header", false)
	if len(p.Names) > 0 {
		// Words in file names are joined by what isn't a blank.
		names := strings.NewReplacer("_", " ", "+", " ").Replace(strings.Join(p.Names, "\n\n"))
		r.text(strings.NewReader(names), rep, "name", false)
	}
	if p.Multipart() && !p.Leaf() {
		r.text(p.Preamble.Open(p.Source), rep, "preamble", false)
		r.text(p.Epilogue.Open(p.Source), rep, "epilogue", false)
	}
}

// text scans one text; what goes wrong stands in rep. It returns how many
// bytes it read.
func (r *reading) text(from io.Reader, rep *PartReport, path string, isHTML bool) int64 {
	src := &source{ctx: r.ctx, r: from}
	r.scanner.Reset()
	var err error
	if isHTML {
		err = readHTML(src, r.scanner)
	} else {
		_, err = r.scanner.ReadFrom(src)
	}
	r.scanner.Close()
	for _, h := range r.scanner.Hits() {
		r.rep.Findings = append(r.rep.Findings, Finding{
			Detector: h.Detector, Category: h.Category, Confidence: h.Confidence,
			Part: rep.Path, Path: path, Count: h.Count, Masked: h.Masked,
		})
	}
	r.note(rep, err, src.n)
	return src.n
}

// note says in rep what ended reading early.
func (r *reading) note(rep *PartReport, err error, read int64) {
	if err == nil {
		return
	}
	left := Partial
	if read == 0 {
		left = None
	}
	switch {
	case err == errLongToken:
		rep.Problems = append(rep.Problems, ProblemHTML)
	case r.ctx.Err() != nil:
		rep.Problems = append(rep.Problems, ProblemTime)
	default:
		rep.Problems = append(rep.Problems, ProblemRead)
	}
	rep.Scanned = worse(rep.Scanned, left)
}

// source counts what is read, and ends with the context.
type source struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	return n, err
}

// worse returns the lesser of two Scanned words.
func worse(a, b string) string {
	switch {
	case a == None || b == None:
		return None
	case a == Partial || b == Partial:
		return Partial
	}
	return Full
}

func sortedOnce(codes []string) []string {
	slices.Sort(codes)
	return slices.Compact(codes)
}
