package inspect

import (
	"context"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// maxNesting is how many files may lie in one another: messages in archives in
// messages. MIME's own nesting counts apart.
const maxNesting = 16

// reading is the inspection of one message.
type reading struct {
	ctx    context.Context
	in     *Inspector
	ask    Ask // or nil
	now    time.Time
	seed   maphash.Seed // keys the hashes of this message's values
	held   []detect.Table
	rep    Report
	budget *extract.Budget
	words  passwords
	// leaves are what the parts of the message itself are by their content.
	leaves map[string]extract.Result
	// within says that what is read was encoded in a text.
	within bool
	// nesting is how many files lie around the present one.
	nesting int
}

func newReading(ctx context.Context, in *Inspector, m *message.Message, ask Ask) *reading {
	r := &reading{ctx: ctx, in: in, ask: ask, now: in.now(), seed: maphash.MakeSeed(), leaves: map[string]extract.Result{}}
	size := int64(0)
	if m != nil && m.Content != nil {
		size = m.Content.Size()
	}
	r.budget = in.extractor.Budget(size)
	// Lists are never nil: a policy must not meet null in their place.
	r.rep = Report{Scanned: Full, Findings: []Finding{}, Parts: []PartReport{}, Labels: []Label{}, Problems: []string{}}
	return r
}

// hold takes the tables as they are now, for the whole message.
func (r *reading) hold() (release func()) {
	var releases []func()
	for _, t := range r.in.tables {
		held, release := t.Hold()
		r.held, releases = append(r.held, held), append(releases, release)
	}
	return func() {
		for _, release := range releases {
			release()
		}
	}
}

// message reads the whole message.
func (r *reading) message(m *message.Message) {
	if m == nil || m.Root == nil || m.Content == nil {
		r.rep.Scanned = None
		r.rep.Problems = []string{ProblemParsed}
		return
	}
	r.part(m.Root, "")
	r.protection(m.Root)
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

// part reads one part and everything below it, in all readings. prefix is what
// stands before the paths of the message that it belongs to. The result is how
// much was read.
func (r *reading) part(p *message.Part, prefix string) string {
	at := r.open()
	rep := PartReport{Path: prefix + p.Path, Name: p.Name, Type: p.Type, Scanned: Full, Problems: []string{}}
	r.guarded(&rep, func() { r.around(p, &rep) })
	if p.Leaf() {
		r.guarded(&rep, func() { r.leaf(p, &rep) })
	}
	for _, child := range p.Parts {
		rep.Scanned = worse(rep.Scanned, r.part(child, prefix))
	}
	for _, problem := range p.Problems {
		rep.Problems = append(rep.Problems, problem.Code)
		if message.Incomplete(problem.Code) {
			rep.Scanned = worse(rep.Scanned, Partial)
		}
	}
	for _, other := range p.Also {
		r.otherwise(other, prefix, &rep)
	}
	r.close(at, rep)
	return rep.Scanned
}

// open keeps the place of a report before those of what lies inside.
func (r *reading) open() int {
	r.rep.Parts = append(r.rep.Parts, PartReport{})
	return len(r.rep.Parts) - 1
}

func (r *reading) close(at int, rep PartReport) {
	rep.Problems = sortedOnce(rep.Problems)
	r.rep.Parts[at] = rep
}

// otherwise looks through another reading of a part. What stands there counts
// where the usual reading doesn't have it too. That bytes make no sense in
// another reading is nothing against them; that there was no time to look is.
func (r *reading) otherwise(p *message.Part, prefix string, rep *PartReport) {
	parts, findings := len(r.rep.Parts), len(r.rep.Findings)
	r.part(p, prefix)
	for _, q := range r.rep.Parts[parts:] {
		for _, code := range q.Problems {
			if code == ProblemTime || code == ProblemBudget || code == ProblemFailed || code == ProblemRead {
				rep.Problems = append(rep.Problems, code)
				rep.Scanned = worse(rep.Scanned, Partial)
			}
		}
	}
	r.rep.Parts = r.rep.Parts[:parts]
	known := r.rep.Findings[:findings]
	r.rep.Findings = append(known, slices.DeleteFunc(slices.Clone(r.rep.Findings[findings:]), func(f Finding) bool {
		return slices.ContainsFunc(known, func(k Finding) bool {
			return k.Detector == f.Detector && k.Confidence == f.Confidence && k.Count >= f.Count && strings.HasPrefix(f.Part, k.Part+"~")
		})
	})...)
}

// guarded runs one step of reading a part. A panic is a mistake of ours that
// a message must not turn into "nothing found".
func (r *reading) guarded(rep *PartReport, step func()) {
	defer func() {
		if recover() != nil {
			rep.Scanned = None
			rep.Problems = append(rep.Problems, ProblemFailed)
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
	r.text(strings.NewReader(text.String()), rep, "header")
	for _, name := range p.Names {
		r.name(name, rep)
	}
	if p.Multipart() && !p.Leaf() {
		r.text(p.Preamble.Open(p.Source), rep, "preamble")
		r.text(p.Epilogue.Open(p.Source), rep, "epilogue")
	}
}

// name reads a file name. Words in it are joined by what isn't a blank.
func (r *reading) name(name string, rep *PartReport) {
	// Keys have underscores of their own, so that both ways to read it count.
	if words := strings.NewReplacer("_", " ", "+", " ").Replace(name); words != name {
		name += "\n\n" + words
	}
	r.text(strings.NewReader(name), rep, "name")
}

// text scans one text; what goes wrong stands in rep.
func (r *reading) text(from io.Reader, rep *PartReport, place string) {
	s := r.in.scanner(r.now, r.seed, r.held)
	src := &source{ctx: r.ctx, r: from}
	_, err := s.ReadFrom(src)
	r.found(s, rep.Path, place)
	if err != nil {
		r.stopped(rep, src.n > 0)
	}
}

// found ends a text and takes over what was seen in it.
func (r *reading) found(s *detect.Scanner, part, place string) {
	s.Close()
	for _, h := range s.Hits() {
		r.rep.Findings = append(r.rep.Findings, Finding{
			Detector: h.Detector, Category: h.Category, Confidence: h.Confidence,
			Part: part, Path: place, Count: h.Count, Masked: h.Masked, Table: h.Table,
		})
	}
	if r.in.explain {
		for _, why := range s.Reasons() {
			r.rep.Reasons = append(r.rep.Reasons, Reason{part, place, why})
		}
	}
	r.in.scanners.Put(s)
}

// stopped says in rep that reading ended early: because the time was up, or
// the machine failed.
func (r *reading) stopped(rep *PartReport, some bool) {
	code, left := ProblemRead, None
	if r.ctx.Err() != nil {
		code = ProblemTime
	}
	if some {
		left = Partial
	}
	rep.Problems = append(rep.Problems, code)
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedOnce(codes []string) []string {
	slices.Sort(codes)
	return slices.Compact(codes)
}
