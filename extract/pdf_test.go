package extract

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A PDF that takes too long is left, and the next one is read as ever: each
// file has a reader of its own.
func TestPDFTime(t *testing.T) {
	x, err := New(Options{Cache: pdfCache(), PDFs: 1, Time: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	data := densePDF(3000)
	ctx, cancel := context.WithCancel(t.Context())
	c := &cancelling{cancel: cancel}
	r := x.Extract(ctx, File{Data: bytes.NewReader(data), Size: int64(len(data))}, &Budget{Bytes: 1 << 30, Files: 10}, c)
	if r.Scanned != Partial || !slices.Equal(r.Problems, []Problem{ProblemTime}) || c.pages > 1 {
		t.Errorf("%+v, %d pages", r, c.pages)
	}
	if r, c := extractedBy(t, x, File{}, readFile(t, "doc.pdf")); r.Scanned != Full || !strings.Contains(c.all(), needle) {
		t.Errorf("the next file: %+v", r)
	}
}

// cancelling ends the context with the first page.
type cancelling struct {
	discard
	cancel func()
	pages  int
}

func (c *cancelling) Text(string, []byte) { c.pages++; c.cancel() }

// A PDF that needs more memory than the reader may have is over budget.
func TestPDFMemory(t *testing.T) {
	x, err := New(Options{Cache: pdfCache(), PDFMemory: 24 << 20, Time: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	data := append(densePDF(1), make([]byte, 32<<20)...)
	if r, _ := extractedBy(t, x, File{}, data); r.Scanned != None || !slices.Equal(r.Problems, []Problem{ProblemBudget}) {
		t.Errorf("%+v", r)
	}
	if r, _ := extractedBy(t, x, File{}, densePDF(1)); r.Scanned != Full {
		t.Errorf("a small one: %+v", r)
	}
}

// What stands before a PDF is read too, and said.
func TestPDFBehindText(t *testing.T) {
	x := withWorkers(t)
	r, c := extractedBy(t, x, File{}, append([]byte("a text of "+needle+"\n"), readFile(t, "scan.pdf")...))
	if r.Kind != KindPDF || !slices.Contains(r.Problems, ProblemMismatch) || !slices.Contains(r.Problems, ProblemImage) || !strings.Contains(c.all(), needle) {
		t.Errorf("%+v %q", r, c.all())
	}
}

// The memory that one PDF had comes to the next one empty, and ends at its size.
func TestPDFRegion(t *testing.T) {
	m := &pdfMemory{size: 4 << 16}
	if r := m.Allocate(1<<16, 5<<16); r.Reallocate(1<<16) != nil {
		t.Error("memory beyond the size of a region")
	}
	for range 3 {
		r := m.Allocate(1<<16, 4<<16)
		b := r.Reallocate(1 << 16)
		if len(b) != 1<<16 || bytes.Count(b, []byte{0}) != len(b) {
			t.Fatalf("%d bytes, not all zero", len(b))
		}
		b[0] = 'x'
		if b = r.Reallocate(2 << 16); len(b) != 2<<16 || b[0] != 'x' {
			t.Fatal("what stood there is gone")
		}
		if r.Reallocate(5<<16) != nil {
			t.Error("more than its size")
		}
		r.Free()
		if b[0] != 0 { // whoever looks at it still lives
			t.Error("what stood there is still there")
		}
	}
	if len(m.all) != 1 {
		t.Errorf("%d regions for one at a time", len(m.all))
	}
	one, other := m.Allocate(1<<16, 4<<16).Reallocate(1<<16), m.Allocate(1<<16, 4<<16).Reallocate(1<<16)
	if one == nil || other == nil || &one[0] == &other[0] {
		t.Error("two at a time don't have a region each")
	}
	if err := m.close(); err != nil {
		t.Error(err)
	}
}

// What follows a PDF's end is a file of its own, but for what fills it up.
func TestBehindPDF(t *testing.T) {
	x := withWorkers(t)
	for behind, want := range map[string]int{"": 0, "\n": 0, strings.Repeat("\x00", 5000): 0, strings.Repeat("more ", 50) + needle: 1} {
		r, c := extractedBy(t, x, File{}, append(densePDF(1), behind...))
		if len(c.files) != want || slices.Contains(r.Problems, ProblemMismatch) != (want > 0) || want > 0 && !strings.Contains(c.all(), needle) {
			t.Errorf("%.10q: %+v, %d files", behind, r, len(c.files))
		}
	}
}

// What begins like a PDF and is none is broken, not empty.
func TestPDFBroken(t *testing.T) {
	r, _ := extractedBy(t, withWorkers(t), File{}, []byte("%PDF-1.4\nnothing that makes sense"))
	if r.Scanned != None || !slices.Equal(r.Problems, []Problem{ProblemBroken}) {
		t.Errorf("%+v", r)
	}
}

// Of an encrypted PDF that is broken too, both are said.
func TestPDFBrokenEncrypted(t *testing.T) {
	r, _ := extractedBy(t, withWorkers(t), File{}, []byte("%PDF-1.4\ntrailer << /Encrypt 5 0 R >>"))
	if r.Scanned != None || !r.Encrypted || !slices.Equal(r.Problems, []Problem{ProblemEncrypted, ProblemBroken}) {
		t.Errorf("%+v", r)
	}
}

// What was filled into a form is text, with the field's name before it, also
// where the value stands at the field's parent.
func TestPDFForm(t *testing.T) {
	data := pdfOf([]string{
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R 5 0 R] >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R 6 0 R] >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (pesel) /V (44051401359) /Rect [0 0 100 20] /P 3 0 R >>",
		"<< /FT /Tx /T (card) /V (" + needle + ") /Kids [6 0 R] >>",
		"<< /Type /Annot /Subtype /Widget /Parent 5 0 R /Rect [0 30 100 50] /P 3 0 R >>",
	})
	r, c := extractedBy(t, withWorkers(t), File{}, data)
	if want := "pesel\t44051401359\ncard\t" + needle + "\n"; r.Scanned != Full || c.place[""] != want {
		t.Errorf("%+v %q, want %q", r, c.place, want)
	}
}

// pdfOf joins objects to a PDF; the first is the catalogue.
func pdfOf(objects []string) []byte {
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.4\n")
	for i, object := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// densePDF has pages full of text.
func densePDF(pages int) []byte {
	var kids, content strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 5+i)
	}
	content.WriteString("BT /F 10 Tf 12 TL 50 780 Td\n")
	for i := range 60 {
		fmt.Fprintf(&content, "(Line %d has words, numbers such as %d and more that fill it up to the margin of the page) ' \n", i, i*7919)
	}
	content.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), pages),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()),
	}
	for range pages {
		objects = append(objects, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> /Contents 4 0 R >>")
	}
	return pdfOf(objects)
}
