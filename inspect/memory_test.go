package inspect

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// A large message is one of these kinds; each writes about size bytes.
var largeMails = map[string]func(w io.Writer, size int){
	"text": func(w io.Writer, size int) {
		fill(w, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", size, mailLike(1<<20))
	},
	"html": func(w io.Writer, size int) {
		text := strings.ReplaceAll(strings.ReplaceAll(string(mailLike(1<<20)), "<", "&lt;"), "\r\n", "<br>\r\n<p class=x>")
		fill(w, "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>", size, []byte(text))
	},
	"csv": func(w io.Writer, size int) {
		fill(w, "MIME-Version: 1.0\r\nContent-Type: text/csv; name=a.csv\r\n\r\nname,number,card\r\n", size, bytes.Repeat([]byte("\"Smith, Ann\",4711,4539 1488 0343 6467\r\n"), 20_000))
	},
	"base64": func(w io.Writer, size int) {
		attached(w, "text/plain; name=a.txt", func(w io.Writer) { fill(w, "", size*3/4, mailLike(1<<20)) })
	},
	"zip": func(w io.Writer, size int) {
		attached(w, "application/zip; name=a.zip", func(w io.Writer) {
			zipped(w, zip.Store, "a.txt", func(w io.Writer) { fill(w, "", size*3/4, mailLike(1<<20)) })
		})
	},
	"unpacked": func(w io.Writer, size int) { // few bytes that make many
		attached(w, "application/zip; name=a.zip", func(w io.Writer) {
			zipped(w, zip.Deflate, "a.txt", func(w io.Writer) { fill(w, "", size, mailLike(1<<20)) })
		})
	},
	"xlsx": func(w io.Writer, size int) {
		attached(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=a.xlsx", func(w io.Writer) {
			packed(w, func(put putEntry) { workbook(put, size*3/4) })
		})
	},
	"eml": func(w io.Writer, size int) {
		attached(w, "application/octet-stream; name=a.eml", func(w io.Writer) {
			fill(w, "From: a@a.example\r\nTo: b@b.example\r\nSubject: x\r\n\r\n", size*3/4, mailLike(1<<20))
		})
	},
	"json": func(w io.Writer, size int) {
		row := `,{"name": "Smith, Ann", "orders": [4711, 4712], "card": "4539 1488 0343 6467"}` + "\r\n"
		fill(w, "MIME-Version: 1.0\r\nContent-Type: application/json; name=a.json\r\n\r\n[{}", size/len(row)*len(row), bytes.Repeat([]byte(row), 10_000))
		_, _ = io.WriteString(w, "]")
	},
	"xml": func(w io.Writer, size int) {
		row := "<row id='4711'><name>Smith &amp; Sons</name><card>4539 1488 0343 6467</card></row>\r\n"
		fill(w, "MIME-Version: 1.0\r\nContent-Type: application/xml; name=a.xml\r\n\r\n<rows>", size/len(row)*len(row), bytes.Repeat([]byte(row), 10_000))
		_, _ = io.WriteString(w, "</rows>")
	},
	"rtf": func(w io.Writer, size int) {
		row := "{\\b card} 4539 1488 0343 6467 and other words that run on\\par\r\n"
		fill(w, "MIME-Version: 1.0\r\nContent-Type: application/rtf; name=a.rtf\r\n\r\n{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}", size/len(row)*len(row), bytes.Repeat([]byte(row), 10_000))
		_, _ = io.WriteString(w, "}")
	},
	"docx": func(w io.Writer, size int) {
		attached(w, "application/octet-stream; name=a.docx", func(w io.Writer) {
			row := "<w:p><w:pPr><w:b/></w:pPr><w:r><w:t>Smith &amp; Sons</w:t></w:r><w:r><w:t> have card 4539 1488 0343 6467</w:t></w:r></w:p>"
			packed(w, func(put putEntry) {
				put("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`, 0, nil, "")
				put("word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`, size*3/4, func(int) string { return row }, "</w:body></w:document>")
			})
		})
	},
	"pdf": func(w io.Writer, size int) {
		attached(w, "application/pdf; name=a.pdf", func(w io.Writer) { pdfWith(w, size*3/4) })
	},
}

// fill writes head, and then block again and again.
func fill(w io.Writer, head string, size int, block []byte) {
	_, _ = io.WriteString(w, head)
	for ; size > 0; size -= len(block) {
		_, _ = w.Write(block[:min(size, len(block))])
	}
}

// attached writes a text with a file attached to it.
func attached(w io.Writer, contentType string, write func(io.Writer)) {
	_, _ = io.WriteString(w, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"+
		"Content-Type: "+contentType+"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	lines := &lineBreaker{w: w}
	e := base64.NewEncoder(base64.StdEncoding, lines)
	write(e)
	_ = e.Close()
	_, _ = io.WriteString(w, string(lines.left)+"\r\n--b--\r\n")
}

// lineBreaker breaks what is written into lines of 76 characters.
type lineBreaker struct {
	w    io.Writer
	left []byte
}

func (l *lineBreaker) Write(p []byte) (int, error) {
	l.left = append(l.left, p...)
	var out []byte
	for len(l.left) >= 76 {
		out = append(append(out, l.left[:76]...), "\r\n"...)
		l.left = l.left[76:]
	}
	l.left = bytes.Clone(l.left)
	if _, err := l.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func zipped(w io.Writer, method uint16, name string, write func(io.Writer)) {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 1) })
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err == nil {
		write(f)
	}
	_ = z.Close()
}

// putEntry writes an entry of a zip file: a head, rows of size bytes, a tail.
type putEntry func(name, head string, size int, row func(i int) string, tail string)

// packed writes a zip file with nothing compressed.
func packed(w io.Writer, write func(put putEntry)) {
	z := zip.NewWriter(w)
	write(func(name, head string, size int, row func(i int) string, tail string) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return
		}
		_, _ = io.WriteString(f, head)
		for i := 0; size > 0; i++ {
			s := row(i)
			size -= len(s)
			_, _ = io.WriteString(f, s)
		}
		_, _ = io.WriteString(f, tail)
	})
	_ = z.Close()
}

// workbook is one sheet, a third of it strings that the cells share.
func workbook(put putEntry, size int) {
	put("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`, 0, nil, "")
	put("xl/workbook.xml", `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`, 0, nil, "")
	put("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`, 0, nil, "")
	put("xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`, size/3, func(i int) string {
		return fmt.Sprintf("<si><t>Customer number %d of our house</t></si>", i)
	}, "</sst>")
	put("xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, size*2/3, func(i int) string {
		return fmt.Sprintf(`<row r="%d"><c r="A%d" t="s"><v>%d</v></c><c r="B%d"><v>%d</v></c><c r="C%d"><v>1234.5</v></c></row>`, i+1, i+1, i, i+1, 44051401359+i, i+1)
	}, "</sheetData></worksheet>")
}

// pdfWith is a page, and a text file that is embedded in the document.
func pdfWith(w io.Writer, size int) {
	at, offsets := 0, []int{}
	write := func(s string) {
		n, _ := io.WriteString(w, s)
		at += n
	}
	object := func(s string) {
		offsets = append(offsets, at)
		write(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", len(offsets), s))
	}
	write("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a.txt) 5 0 R] >> >> >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 4 0 R >> >> >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	object("<< /Type /Filespec /F (a.txt) /UF (a.txt) /EF << /F 6 0 R >> >>")
	offsets = append(offsets, at)
	write(fmt.Sprintf("6 0 obj\n<< /Type /EmbeddedFile /Length %d >>\nstream\n", size))
	fill(w, "", size, mailLike(1<<20))
	at += size
	write("\nendstream\nendobj\n")
	start := at
	write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1))
	for _, o := range offsets {
		write(fmt.Sprintf("%010d 00000 n \n", o))
	}
	write(fmt.Sprintf("trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start))
}

// newLargeMessage makes a message that lies in the spool and nowhere else.
func newLargeMessage(t testing.TB, spool *message.Spool, write func(io.Writer, int), size int) *message.Message {
	t.Helper()
	c, err := spool.New()
	if err != nil {
		t.Fatal(err)
	}
	write(c, size)
	m := &message.Message{ID: "x", Content: c}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// mostHeap is the most bytes that the Go heap took while do ran, with what
// waited for the garbage collector.
func mostHeap(do func()) (most uint64) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	look := func() {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64())
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				look()
			}
		}
	}()
	do()
	close(done)
	<-ended
	look()
	return most
}

func inspectLarge(t testing.TB, in *Inspector, m *message.Message) Report {
	t.Helper()
	if err := m.Read(); err != nil {
		t.Fatal(err)
	}
	r := in.Inspect(context.Background(), m, nil)
	if r.Scanned != Full || best(r.Findings, "payment-card") == "-" && best(r.Findings, "phone-number") == "-" && best(r.Findings, "pl-pesel") == "-" {
		t.Errorf("%s %v, %d findings", r.Scanned, r.Problems, len(r.Findings))
	}
	return r
}

// A message of any size is inspected in the same memory: 8 times the size takes
// hardly more.
func TestMemory(t *testing.T) {
	in := testInspector(t, Options{})
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // so that hardly anything waits for the collector
	for _, kind := range sortedKeys(largeMails) {
		heap := func(size int) uint64 {
			m := newLargeMessage(t, message.NewSpool(1<<30, 1<<30), largeMails[kind], size)
			return mostHeap(func() { inspectLarge(t, in, m) })
		}
		more := uint64(2 << 20)
		if kind == "xlsx" {
			more = 4 << 20 // the strings that cells share are held, 16 MB of them at most
		}
		if small, large := heap(512<<10), heap(4<<20); large > small+more {
			t.Errorf("%s: half a MB took %d bytes of heap, 4 MB took %d", kind, small, large)
		}
	}
}

// The heap that a message of 100 MB takes, MB.
func BenchmarkHeap(b *testing.B) {
	for _, kind := range sortedKeys(largeMails) {
		b.Run(kind, func(b *testing.B) {
			in := testInspector(b, Options{Extract: extract.Options{Bytes: 1 << 30}, Spool: message.NewSpool(1<<30, 4<<30)})
			m := newLargeMessage(b, message.NewSpool(1<<30, 1<<30), largeMails[kind], 100<<20)
			most := uint64(0)
			b.SetBytes(m.Content.Size())
			for b.Loop() {
				most = max(most, mostHeap(func() { inspectLarge(b, in, m) }))
			}
			b.ReportMetric(float64(most)/1e6, "MB-heap")
		})
	}
}
