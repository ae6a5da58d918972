package inspect

import (
	"context"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// Extra is what somebody else saw in a part: an inspector plugin.
type Extra struct {
	Findings []Finding
	Text     string   // read from the part (OCR …), to be looked through here
	Scanned  string   // how much of the part is read now; "" is as before
	Problems []string // codes
}

// Add puts what somebody else saw in the part at path into a report. Where the
// part could not be read before, Extra.Scanned says how much of it is read
// now; it never makes less of what a part holds.
func (in *Inspector) Add(ctx context.Context, m *message.Message, report *Report, path string, x Extra) {
	r := newReading(ctx, in, m)
	defer func() { in.scanners.Put(r.scanner) }()
	r.rep = *report
	at := slices.IndexFunc(r.rep.Parts, func(p PartReport) bool { return p.Path == path })
	if at < 0 {
		return
	}
	part := &r.rep.Parts[at]
	for _, f := range x.Findings {
		f.Part = path
		r.rep.Findings = append(r.rep.Findings, f)
	}
	switch x.Scanned {
	case Full:
		if part.Scanned == None {
			part.Scanned = Full
		}
		part.Problems = slices.DeleteFunc(part.Problems, func(code string) bool { return code == ProblemType })
	case Partial:
		part.Scanned = Partial
	}
	if x.Text != "" {
		r.guarded(part, func() { r.text(strings.NewReader(x.Text), part, "text", false) })
	}
	part.Problems = sortedOnce(append(part.Problems, x.Problems...))
	r.derive()
	r.rep.Scanned, r.rep.Problems = Full, []string{}
	*report = r.report()
}

// derive says anew how much of each container is read: as much as of the
// worst part in it, and no more than its own problems leave.
func (r *reading) derive() {
	all := r.rep.Parts
	for i := len(all) - 1; i >= 0; i-- {
		p := &all[i]
		var inside []PartReport
		for _, q := range all[i+1:] {
			if strings.HasPrefix(q.Path, p.Path+".") {
				inside = append(inside, q)
			}
		}
		if len(inside) == 0 {
			continue
		}
		p.Scanned = Full
		for _, code := range p.Problems {
			switch {
			case code == ProblemTime, code == ProblemRead, code == ProblemFailed:
				p.Scanned = None
			case message.Incomplete(code):
				p.Scanned = worse(p.Scanned, Partial)
			}
		}
		for _, q := range inside {
			p.Scanned = worse(p.Scanned, q.Scanned)
		}
	}
}
