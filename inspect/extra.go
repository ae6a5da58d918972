package inspect

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// Ask asks others about a file while its content is at hand: inspector
// plugins. open returns the content from its beginning, each time anew.
type Ask func(ctx context.Context, f Asked, open func() io.Reader) []Extra

// Asked is the file that others are asked about.
type Asked struct {
	Path string // as in PartReport
	Name string
	Type string // the media type that its content shows, else the declared one
	Size int64  // bytes
}

// Extra is what somebody else saw in a file.
type Extra struct {
	Findings []Finding
	Text     string   // read from the file (OCR …), to be looked through here
	Scanned  string   // how much of the file is read now; "" says nothing of that
	Problems []string // codes
}

// ask has others see a file, and adds what they saw.
func (r *reading) askOthers(f extract.File, res extract.Result, rep *PartReport) {
	if r.ask == nil {
		return
	}
	asked := Asked{Path: rep.Path, Name: rep.Name, Type: mediaType(res.Kind, f.Type), Size: f.Size}
	for _, x := range r.ask(r.ctx, asked, func() io.Reader { return io.NewSectionReader(f.Data, 0, f.Size) }) {
		r.add(rep, x)
	}
}

// add takes over what somebody else saw. A file that nothing here could read
// counts as read when somebody else has read all of it; nothing becomes better
// otherwise.
func (r *reading) add(rep *PartReport, x Extra) {
	for _, f := range x.Findings {
		f.Part = rep.Path
		r.rep.Findings = append(r.rep.Findings, f)
	}
	rep.Problems = append(rep.Problems, x.Problems...)
	switch x.Scanned {
	case Full:
		rep.Problems = slices.DeleteFunc(rep.Problems, func(code string) bool { return code == ProblemType || code == ProblemImage })
		if !slices.ContainsFunc(rep.Problems, incomplete) {
			rep.Scanned = Full
		}
	case Partial:
		rep.Scanned = Partial
	case None:
		rep.Scanned = worse(rep.Scanned, Partial)
	}
	if x.Text != "" {
		r.text(strings.NewReader(x.Text), rep, "text")
	}
}

// incomplete reports whether a problem means that something was not read.
func incomplete(code string) bool {
	switch code {
	case ProblemMismatch, ProblemName:
		return false
	case ProblemTime, ProblemType, ProblemEncrypted, ProblemRead, ProblemBudget, ProblemBroken, ProblemImage,
		ProblemFeature, ProblemParsed, ProblemFailed:
		return true
	}
	return message.Incomplete(code)
}

// mediaType is the type of what content shows itself to be, where inspectors
// are likely to be asked for it.
func mediaType(kind extract.Kind, declared string) string {
	switch kind {
	case extract.KindPDF:
		return "application/pdf"
	case extract.KindJPEG, extract.KindPNG, extract.KindGIF, extract.KindTIFF, extract.KindWebP, extract.KindBMP:
		return "image/" + string(kind)
	}
	if declared == "" {
		return "application/octet-stream"
	}
	return declared
}
