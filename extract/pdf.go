package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// read reads a PDF (ISO 32000): the pages' text, forms and annotations, the
// document's properties, and the files that are embedded.
func (p *pdfReader) read(w *work) error {
	if w.sniffed.start > 0 {
		before := io.NewSectionReader(w.file.Data, 0, w.sniffed.start)
		if err := w.child(Child{Size: w.sniffed.start}, before); err != nil {
			return err
		}
	}
	if err := behindPDF(w); err != nil {
		return err
	}
	m, end, err := p.module(w)
	if err != nil {
		return err
	}
	defer end()
	d := &pdfDocument{w: w, m: m}
	err = d.read()
	switch {
	case w.ctx.Err() != nil || errors.Is(err, errStop):
		return err
	case errors.Is(err, errPDFMemory), errors.Is(m.err, errPDFMemory):
		w.fail(ProblemBudget)
		return errStop
	case m.err != nil:
		return errReader
	}
	return err
}

// behindPDF hands on what stands behind a PDF's end: another file, for programs
// that look at its end or anywhere in it.
func behindPDF(w *work) error {
	const sign, padding = "%%EOF", 64
	r, at, end, filled := newForward(w.open()), int64(0), int64(0), int64(0)
	for {
		b := r.peek(len(sign))
		if n := len(bytes.TrimRight(b, "\x00 \t\r\n")); n > 0 {
			filled = at + int64(n)
		}
		if i := bytes.LastIndex(b, []byte(sign)); i >= 0 {
			end = at + int64(i+len(sign))
		}
		if len(b) < len(sign) {
			break
		}
		n := len(b) - len(sign) + 1
		r.next(n)
		at += int64(n)
	}
	if r.err != io.EOF {
		return r.err
	}
	rest := filled - end
	if end == 0 || rest <= padding || w.sniffed.also == KindZip {
		return nil
	}
	w.note(ProblemMismatch)
	return w.child(Child{Size: rest}, io.NewSectionReader(w.file.Data, end, rest))
}

// pdfDocument is a document that is being read.
type pdfDocument struct {
	w    *work
	m    *pdfModule
	doc  uint64
	form uint64
	out  []byte
}

// errPDF says that pdfium could not open a document.
var errPDF = errors.New("pdf: no document")

func (d *pdfDocument) read() error {
	opened, err := d.open()
	if err != nil || !opened {
		return err
	}
	d.openForm()
	pages := d.m.call("FPDF_GetPageCount", d.doc)
	for i := range pages {
		if err := d.page(i); err != nil {
			return err
		}
	}
	if pages == 0 {
		d.w.lost(ProblemBroken)
	}
	if err := d.properties(); err != nil {
		return err
	}
	return d.attachments()
}

// open opens the document, with a password where it needs one. It is false
// where none fits.
func (d *pdfDocument) open() (bool, error) {
	size := d.w.file.Size - d.w.sniffed.start
	if size > math.MaxInt32 {
		return false, errPDFMemory
	}
	data := d.m.malloc(size)
	if d.m.err != nil {
		return false, d.m.err
	}
	if err := d.m.write(data, io.NewSectionReader(d.w.file.Data, d.w.sniffed.start, size)); err != nil {
		return false, err
	}
	for i, password := range append([]string{""}, d.w.budget.Passwords...) {
		if len(password) > 1024 {
			continue
		}
		d.doc = uint64(d.m.call("FPDF_LoadMemDocument64", uint64(data), uint64(size), d.m.cstring(0, password)))
		d.w.result.Encrypted = d.w.result.Encrypted || i > 0
		if d.doc != 0 || d.m.err != nil {
			return d.m.err == nil, d.m.err
		}
		const wrongPassword, wrongHandler = 4, 5
		switch code := d.m.call("FPDF_GetLastError"); {
		case d.m.err != nil:
			return false, d.m.err
		case code != wrongPassword && code != wrongHandler:
			return false, d.broken()
		}
	}
	d.w.encryptedPart()
	return false, d.w.strings()
}

// broken says of a file that pdfium can't open whether what is left of it says
// that it was encrypted (ISO 32000-1 section 7.6.1).
func (d *pdfDocument) broken() error {
	for _, sign := range [...]string{"/Encrypt ", "/Encrypt<<", "/Encrypt\r", "/Encrypt\n"} {
		if sealed, err := d.w.contains(sign); err != nil {
			return err
		} else if sealed {
			d.w.encryptedPart()
		}
	}
	return errPDF
}

// openForm gets what the form's values are asked with.
func (d *pdfDocument) openForm() {
	const size, version = 512, 2
	info := d.m.malloc(size)
	zero := make([]byte, size)
	zero[0] = version
	if d.m.err == nil && d.m.mod.Memory().Write(info, zero) {
		d.form = uint64(d.m.call("FPDFDOC_InitFormFillEnvironment", d.doc, uint64(info)))
	}
}

// page reads one page.
func (d *pdfDocument) page(i uint32) error {
	page := uint64(d.m.call("FPDF_LoadPage", d.doc, uint64(i)))
	if page == 0 {
		if d.m.err == nil {
			d.w.lost(ProblemBroken)
		}
		return d.m.err
	}
	t := pdfText{m: d.m, page: uint64(d.m.call("FPDFText_LoadPage", page))}
	d.out = t.append(d.out[:0])
	d.m.call("FPDFText_ClosePage", t.page)
	if d.m.err != nil {
		return d.m.err
	}
	if t.strange*3 > t.letters+t.strange {
		d.w.lost(ProblemFeature) // a font that doesn't tell which letters its shapes are
	}
	if d.isPicture(page, t.letters) {
		d.w.lost(ProblemImage)
	}
	if len(d.out) > 0 {
		if err := d.w.text("", append(d.out, "\n\n"...)); err != nil {
			return err
		}
	} else if err := d.w.spend(0); err != nil {
		return err
	}
	if err := d.annotations(page); err != nil {
		return err
	}
	d.m.call("FPDF_ClosePage", page)
	return d.m.err
}

// isPicture reports whether what a page shows is more than its letters: a scan,
// or letters drawn as lines.
func (d *pdfDocument) isPicture(page uint64, letters int) bool {
	const few, some, image = 16, 200, 3
	if letters >= some {
		return false
	}
	count := d.m.call("FPDFPage_CountObjects", page)
	if letters < few {
		return count > 0
	}
	area := d.float("FPDF_GetPageWidthF", page) * d.float("FPDF_GetPageHeightF", page)
	for i := range min(count, 1000) {
		object := uint64(d.m.call("FPDFPage_GetObject", page, uint64(i)))
		if d.m.call("FPDFPageObj_GetType", object) != image {
			continue
		}
		s := uint64(d.m.scratch)
		d.m.call("FPDFPageObj_GetBounds", object, s, s+4, s+8, s+12)
		if b := d.m.bytes(d.m.scratch, 16); len(b) == 16 {
			f := func(at int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[at:])) }
			if (f(8)-f(0))*(f(12)-f(4)) > area/2 {
				return true
			}
		}
	}
	return false
}

func (d *pdfDocument) float(name string, arg uint64) float32 {
	return api.DecodeF32(uint64(d.m.call(name, arg)))
}

// annotations reads a page's comments, links and form fields.
func (d *pdfDocument) annotations(page uint64) error {
	var comments, links, fields []byte
	for i := range d.m.call("FPDFPage_GetAnnotCount", page) {
		a := uint64(d.m.call("FPDFPage_GetAnnot", page, uint64(i)))
		if a == 0 {
			continue
		}
		const link, widget = 2, 20
		switch d.m.call("FPDFAnnot_GetSubtype", a) {
		case link:
			if target := uint64(d.m.call("FPDFAnnot_GetLink", a)); target != 0 {
				links = appendLine(links, d.link(target))
			}
		case widget:
			fields = d.appendField(fields, a)
		}
		comments = appendLine(comments, d.annotation(a, "Contents"))
		d.m.call("FPDFPage_CloseAnnot", a)
		if d.m.err != nil {
			return d.m.err
		}
	}
	if err := d.w.text("", fields); err != nil {
		return err
	}
	if err := d.w.text("comments", comments); err != nil {
		return err
	}
	return d.w.text("links", links)
}

func appendLine(b []byte, line string) []byte {
	if line == "" {
		return b
	}
	return append(append(b, line...), '\n')
}

func (d *pdfDocument) annotation(a uint64, key string) string {
	return d.m.wide("FPDFAnnot_GetStringValue", a, d.m.cstring(0, key))
}

// appendField appends a form field as "name\tvalue".
func (d *pdfDocument) appendField(b []byte, a uint64) []byte {
	name, value := "", ""
	if d.form != 0 {
		name = d.m.wide("FPDFAnnot_GetFormFieldAlternateName", d.form, a)
		if name == "" {
			name = d.m.wide("FPDFAnnot_GetFormFieldName", d.form, a)
		}
		value = d.m.wide("FPDFAnnot_GetFormFieldValue", d.form, a)
	}
	if value == "" {
		value = d.annotation(a, "V")
	}
	if value == "" {
		return b
	}
	return appendLine(b, oneLineString(name)+"\t"+oneLineString(value))
}

func oneLineString(s string) string { return strings.Join(strings.Fields(s), " ") }

func (d *pdfDocument) link(target uint64) string {
	action := uint64(d.m.call("FPDFLink_GetAction", target))
	if action == 0 {
		return ""
	}
	n := d.m.call("FPDFAction_GetURIPath", d.doc, action, uint64(d.m.scratch), pdfScratch)
	if n <= 1 || n > pdfScratch {
		return ""
	}
	return strings.ToValidUTF8(string(d.m.bytes(d.m.scratch, n-1)), "\uFFFD")
}

// properties reads the document's information dictionary, and its metadata
// where they stand in the file as they are.
func (d *pdfDocument) properties() error {
	var b []byte
	for _, key := range [...]string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer"} {
		if value := d.m.wide("FPDF_GetMetaText", d.doc, d.m.cstring(0, key)); value != "" {
			b = appendLine(b, key+"\t"+oneLineString(value))
		}
	}
	if err := d.w.text("properties", b); err != nil {
		return err
	}
	return d.w.xmp()
}

// attachments hands embedded files on.
func (d *pdfDocument) attachments() error {
	for i := range d.m.call("FPDFDoc_GetAttachmentCount", d.doc) {
		a := uint64(d.m.call("FPDFDoc_GetAttachment", d.doc, uint64(i)))
		if a == 0 {
			d.w.lost(ProblemBroken)
			continue
		}
		name := d.m.wide("FPDFAttachment_GetName", a)
		length := uint64(d.m.scratch)
		ok := d.m.call("FPDFAttachment_GetFile", a, 0, 0, length)
		b := d.m.bytes(d.m.scratch, 4)
		if d.m.err != nil {
			return d.m.err
		}
		if ok == 0 {
			d.w.lost(ProblemBroken)
			continue
		}
		size := binary.LittleEndian.Uint32(b)
		if err := d.w.spend(0); err != nil {
			return err
		}
		data := d.m.malloc(int64(size) + 1)
		d.m.call("FPDFAttachment_GetFile", a, uint64(data), uint64(size), length)
		content := d.m.bytes(data, size)
		if d.m.err != nil {
			return d.m.err
		}
		if err := d.w.text("names", []byte(name+"\n")); err != nil {
			return err
		}
		if unsafe(name) {
			d.w.note(ProblemUnsafe)
		}
		if err := d.w.child(Child{Name: name, Size: int64(size)}, bytes.NewReader(content)); err != nil {
			return err
		}
		d.m.call("free", uint64(data))
	}
	return d.m.err
}
