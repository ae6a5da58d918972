package extract

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/sys/unix"
)

// discard is a Sink that looks at nothing.
type discard struct{}

func (discard) Text(string, []byte)  {}
func (discard) Label(string, string) {}
func (discard) Child(_ Child, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

const benchRow = `<tr style="height:15.0pt"><td width="64" style="width:48.0pt;padding:0cm 5.4pt;height:15.0pt"><p class="MsoNormal"><span style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif">Order&nbsp;%d was shipped<o:p></o:p></span></p></td>` +
	`<td><p class="MsoNormal">The quick brown fox jumps over the lazy dog, and then goes home to sleep for an hour.</p></td><td><a href="https://shop.example/order?id=%d&amp;x=1">Zażółć gęślą jaźń</a></td></tr>` + "\r\n"

// benchFile is 2 MB of a kind of text.
func benchFile(kind Kind) []byte {
	const size = 2 << 20
	fill := func(head, row, tail string) []byte {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, row, i, i)
		}
		return []byte(b.String() + tail)
	}
	switch kind {
	case KindHTML:
		return fill("<!DOCTYPE html><html><body><table>", benchRow, "</table></body></html>")
	case KindCSV:
		return fill("id,number,text,city,date\n", "%d,%d,\"The quick brown fox, and so on\",Zażółć,2026-11-22\n", "")
	case KindJSON:
		return fill("[", `{"id": %d, "number": %d, "text": "The quick brown \"fox\"", "city": "Łódź"},`, `{"id": 0}]`)
	case KindXML:
		return fill("<?xml version='1.0'?><rows>", "<row><id>%d</id><number unit='kg'>%d</number><text>The quick brown fox &amp; so on</text></row>\n", "</rows>")
	}
	return fill("", "Order %d was shipped and %d pieces of it went to the customer who asked for them. Zażółć gęślą jaźń.\n", "")
}

// cpu is the processor time that this process has used: on a machine that
// others use too it says more than the clock.
func cpu(b *testing.B) time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func BenchmarkExtract(b *testing.B) {
	x, err := New(Options{Time: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	for _, kind := range []Kind{KindText, KindHTML, KindCSV, KindJSON, KindXML} {
		data := benchFile(kind)
		b.Run(string(kind), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				r := x.Extract(b.Context(), File{Data: bytes.NewReader(data), Size: int64(len(data))}, x.Budget(int64(len(data))), discard{})
				if r.Kind != kind || r.Scanned != Full {
					b.Fatalf("%+v", r)
				}
			}
			b.ReportMetric(float64(len(data))*float64(b.N)/1e6/(cpu(b)-before).Seconds(), "MB/cpu-s")
		})
	}
	data := benchFile(KindHTML)
	b.Run("html-tokens", func(b *testing.B) { // what taking HTML apart costs golang.org/x/net, with nothing made of it
		b.SetBytes(int64(len(data)))
		before := cpu(b)
		for b.Loop() {
			for z := html.NewTokenizer(bytes.NewReader(data)); z.Next() != html.ErrorToken; {
				z.Token()
			}
		}
		b.ReportMetric(float64(len(data))*float64(b.N)/1e6/(cpu(b)-before).Seconds(), "MB/cpu-s")
	})
	b.Run("memory", func(b *testing.B) { // what one pass over the bytes costs here and now
		b.SetBytes(int64(len(data)))
		before := cpu(b)
		for b.Loop() {
			if bytes.Count(data, []byte("needle")) > 0 {
				b.Fatal("found")
			}
		}
		b.ReportMetric(float64(len(data))*float64(b.N)/1e6/(cpu(b)-before).Seconds(), "MB/cpu-s")
	})
}

func BenchmarkPDF(b *testing.B) {
	x, err := New(Options{Cache: pdfCache(), Time: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	const pages = 50
	data := densePDF(pages)
	before := cpu(b)
	for b.Loop() {
		r := x.Extract(b.Context(), File{Data: bytes.NewReader(data), Size: int64(len(data))}, x.Budget(1<<20), discard{})
		if r.Kind != KindPDF || r.Scanned != Full {
			b.Fatalf("%+v", r)
		}
	}
	b.ReportMetric(float64(pages*b.N)/(cpu(b)-before).Seconds(), "pages/cpu-s")
}

// BenchmarkPDFStart is what the first PDF costs, with and without the compiled
// reader on disk.
func BenchmarkPDFStart(b *testing.B) {
	for _, cache := range []string{pdfCache(), ""} {
		b.Run(fmt.Sprintf("cache=%t", cache != ""), func(b *testing.B) {
			data := densePDF(1)
			for b.Loop() {
				x, err := New(Options{Cache: cache})
				if err != nil {
					b.Fatal(err)
				}
				r := x.Extract(b.Context(), File{Data: bytes.NewReader(data), Size: int64(len(data))}, x.Budget(1<<20), discard{})
				if r.Scanned != Full {
					b.Fatalf("%+v", r)
				}
				if err := x.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
