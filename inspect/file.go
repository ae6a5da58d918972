package inspect

import (
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// leaf reads the content of a part.
func (r *reading) leaf(p *message.Part, rep *PartReport) {
	data, size, free, err := r.decoded(p)
	if err != nil {
		r.unspooled(rep, err)
		return
	}
	defer free()
	rep.Size = size
	f := extract.File{Data: data, Size: size, Name: p.Name, Type: p.Type, Charset: p.Charset}
	res := r.file(f, rep)
	r.leaves[rep.Path] = res
	if p.Reading == "" && (!strings.HasPrefix(p.Type, "text/") || p.Encoding == "base64" || p.Encoding == "quoted-printable") {
		r.inText(f, res, rep)
	}
	if p.Multipart() || strings.HasPrefix(p.Type, "message/") && !reportType(p.Type) {
		// It could not be taken apart: it was read as it stands, and what is
		// encoded in it was not.
		rep.Scanned = worse(rep.Scanned, Partial)
	}
}

// decoded returns a part's content without its transfer encoding: the bytes of
// the message where they are that already, else a copy in the spool. The caller
// calls free.
func (r *reading) decoded(p *message.Part) (data io.ReaderAt, size int64, free func(), err error) {
	if p.Encoding != "base64" && p.Encoding != "quoted-printable" {
		return io.NewSectionReader(p.Source, p.Start, p.End-p.Start), p.End - p.Start, func() {}, nil
	}
	c, err := r.spooled(p.Open(), p.End-p.Start)
	if err != nil {
		return nil, 0, nil, err
	}
	return c, c.Size(), func() { _ = c.Close() }, nil
}

// Bounds of the buffer for a copy, bytes.
const (
	leastCopied = 4 << 10
	mostCopied  = 32 << 10
)

// spooled copies what from holds into the spool: about size bytes, -1 if nobody
// knows. The caller closes the content.
func (r *reading) spooled(from io.Reader, size int64) (*message.Content, error) {
	c, err := r.in.spool.New()
	if err != nil {
		return nil, err
	}
	if size < 0 {
		size = mostCopied
	}
	buf := make([]byte, min(max(size, leastCopied), mostCopied))
	if _, err := io.CopyBuffer(c, &source{ctx: r.ctx, r: from}, buf); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// unspooled says in rep why content could not be copied.
func (r *reading) unspooled(rep *PartReport, err error) {
	if errors.Is(err, message.ErrTooLarge) || errors.Is(err, message.ErrSpoolFull) {
		rep.Problems = append(rep.Problems, ProblemBudget)
		rep.Scanned = None
		return
	}
	r.stopped(rep, false)
}

// file reads a file, and the files in it.
func (r *reading) file(f extract.File, rep *PartReport) extract.Result {
	if r.isMessage(f) {
		if res, ok := r.enclosed(f, rep); ok {
			return res
		}
	}
	own := &watched{ReaderAt: f.Data}
	f.Data = own
	r.budget.Passwords = r.words.candidates()
	s := &sink{r: r, rep: rep, texts: map[string]*detect.Scanner{}, worst: Full}
	res := r.in.extractor.Extract(r.ctx, f, r.budget, s)
	s.end()
	rep.Scanned = worse(rep.Scanned, scanned(res))
	for _, p := range res.Problems {
		rep.Problems = append(rep.Problems, problem(p))
	}
	if own.failed {
		r.stopped(rep, res.Scanned != extract.None)
	}
	r.askOthers(f, res, rep)
	rep.Scanned = worse(rep.Scanned, s.worst)
	return res
}

// watched notes when bytes that must be there can't be read: that is the
// machine's fault, not the file's.
type watched struct {
	io.ReaderAt
	failed bool
}

func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, off)
	w.failed = w.failed || err != nil && err != io.EOF
	return n, err
}

// isMessage reports whether a file is a message that MIME didn't declare: an
// .eml in an archive or sent as an attachment. A text in a message is one for
// its reader, even where it begins like a header.
func (r *reading) isMessage(f extract.File) bool {
	shown := strings.HasPrefix(f.Type, "text/") && !strings.EqualFold(path.Ext(f.Name), ".eml")
	return !shown && r.in.extractor.Kind(f) == extract.KindEML
}

// enclosed reads a file that is a message. It isn't ok where there was no room
// to take it apart: then it is read as text.
func (r *reading) enclosed(f extract.File, rep *PartReport) (extract.Result, bool) {
	res := extract.Result{Kind: extract.KindEML, Scanned: extract.Full}
	c, err := r.spooled(io.NewSectionReader(f.Data, 0, f.Size), f.Size)
	if err != nil {
		return res, false
	}
	m := &message.Message{ID: "inside", Content: c}
	defer func() { _ = m.Close() }()
	if err := m.ReadContext(r.ctx); err != nil {
		return res, false
	}
	rep.Scanned = worse(rep.Scanned, r.part(m.Root, rep.Path+"/"))
	return res, true
}

// sink takes what an extractor finds in one file.
type sink struct {
	r        *reading
	rep      *PartReport
	texts    map[string]*detect.Scanner // by place
	children int
	worst    string // of the files in this one
}

func (s *sink) Text(place string, text []byte) {
	scanner := s.texts[place]
	if scanner == nil {
		scanner = s.r.in.scanner(s.r.now, s.r.seed, s.r.held)
		s.texts[place] = scanner
	}
	if s.r.in.passwords && s.r.nesting == 0 && place == "" {
		s.r.words.add(text)
	}
	_, _ = scanner.Write(text) // never fails
}

func (s *sink) Child(c extract.Child, from io.Reader) error {
	s.children++
	r := s.r
	at := r.open()
	rep := PartReport{Path: s.rep.Path + "/" + strconv.Itoa(s.children), Name: printable(c.Name), Type: c.Type, Scanned: Full, Problems: []string{}}
	r.nesting++
	defer func() {
		r.nesting--
		r.close(at, rep)
		s.worst = worse(s.worst, rep.Scanned)
	}()
	if r.nesting > maxNesting {
		rep.Scanned, rep.Problems = None, append(rep.Problems, ProblemBudget)
		return errors.New("nested too deep")
	}
	content, err := r.spooled(from, c.Size)
	if err != nil {
		r.unspooled(&rep, err)
		return err
	}
	defer func() { _ = content.Close() }()
	rep.Size = content.Size()
	r.guarded(&rep, func() {
		r.name(rep.Name, &rep)
		f := extract.File{Data: content, Size: content.Size(), Name: rep.Name, Type: c.Type}
		r.inText(f, r.file(f, &rep), &rep)
	})
	return nil
}

func (s *sink) Label(id, name string) {
	if len(s.r.rep.Labels) < maxLabels {
		s.r.rep.Labels = append(s.r.rep.Labels, Label{Part: s.rep.Path, ID: id, Name: name})
	}
}

// end takes over what was found in every text.
func (s *sink) end() {
	for _, place := range sortedKeys(s.texts) {
		s.r.found(s.texts[place], s.rep.Path, place)
	}
}

// scanned is a result's word in ours.
func scanned(res extract.Result) string {
	switch res.Scanned {
	case extract.Full:
		return Full
	case extract.Partial:
		return Partial
	}
	return None
}

// maxName is the longest name of a contained file that is kept, bytes.
const maxName = 255

// printable is a contained file's name without control characters. It comes
// from outside: it is no safe path.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}

// reportType are the message types that are fields and text, not messages.
func reportType(t string) bool {
	switch t {
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report",
		"message/global-delivery-status", "message/global-disposition-notification", "message/global-headers",
		"message/tracking-status", "message/http", "message/s-http", "message/sip", "message/sipfrag":
		return true
	}
	return false
}
