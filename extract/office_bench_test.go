package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// benchSheet is the XML of a sheet with many rows.
func benchSheet(rows int) []byte {
	var b bytes.Buffer
	b.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i := range rows {
		fmt.Fprintf(&b, `<row r="%d" spans="1:4"><c r="A%d" t="inlineStr"><is><t>Customer %d</t></is></c><c r="B%d"><v>%d</v></c><c r="C%d"><v>1234.5</v></c><c r="D%d" t="str"><f>A1</f><v>text</v></c></row>`, i+1, i+1, i, i+1, 44051401359+i, i+1, i+1)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.Bytes()
}

// benchDocument is the XML of a document as Word writes it.
func benchDocument(paragraphs int) []byte {
	var b bytes.Buffer
	b.WriteString(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for i := range paragraphs {
		fmt.Fprintf(&b, `<w:p w:rsidR="00A77B3E" w:rsidRDefault="00A77B3E"><w:pPr><w:spacing w:after="0"/></w:pPr><w:r w:rsidRPr="0012"><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial"/><w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">Paragraph %d has some words &amp; figures </w:t></w:r><w:r><w:t>that run on.</w:t></w:r></w:p>`, i)
	}
	b.WriteString(`</w:body></w:document>`)
	return b.Bytes()
}

func zipOf(b *testing.B, name string, data []byte) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	entry, err := z.Create(name)
	if err == nil {
		_, err = entry.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkOOXML is the whole way from a zipped file to its text, by the size
// of its XML; encoding/xml beside it only takes the same XML apart.
func BenchmarkOOXML(b *testing.B) {
	for name, data := range map[string][]byte{"sheet.xml": benchSheet(40_000), "document.xml": benchDocument(20_000)} {
		packed := zipOf(b, name, data)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				w := officeWork(b.Context(), packed, 1<<40, discard{})
				if err := readOOXML(w); err != nil || w.result.Scanned != Full {
					b.Fatal(err, w.result)
				}
			}
		})
		b.Run(name+"/encoding-xml", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				d := xml.NewDecoder(bytes.NewReader(data))
				for {
					if _, err := d.RawToken(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkRTF reads text as Word writes it, with as many words as characters
// of text.
func BenchmarkRTF(b *testing.B) {
	data := []byte(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}}` +
		strings.Repeat(`{\rtlch\fcs1 \af0 \ltrch\fcs0 \insrsid1234 Some words and fig\'fcres that run on, }\par `, 50_000) + "}")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		w := officeWork(b.Context(), data, 1<<40, discard{})
		if err := readRTF(w); err != nil || w.result.Scanned != Full {
			b.Fatal(err, w.result)
		}
	}
}
