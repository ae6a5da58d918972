package hostile

import (
	"fmt"
	"strings"
)

// documentClasses are values in places of documents that readers show and
// extractors forget.
func documentClasses() []class {
	return []class{oddPlacesOfWord(), oddPlacesOfSheets(), oddPlacesOfPDF()}
}

const (
	xmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
	wordNS  = " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
	sheetNS = " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
	officeR = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	typesNS = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
)

// links is a relationships part: kinds and targets in turn.
func links(list ...string) string {
	s := xmlHead + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
	for i := 0; i < len(list); i += 2 {
		s += fmt.Sprintf("<Relationship Id=\"rId%d\" Type=\"%s/%s\" Target=\"%s\"/>", i/2+1, officeR, list[i], list[i+1])
	}
	return s + "</Relationships>"
}

// word is a document with a body and more parts (names and contents).
func word(body string, more ...string) string {
	list := append([]string{"[Content_Types].xml", xmlHead + typesNS, "_rels/.rels", links("officeDocument", "word/document.xml"),
		"word/document.xml", xmlHead + "<w:document" + wordNS + "><w:body><w:p><w:r><w:t>See below.</w:t></w:r></w:p>" + body + "</w:body></w:document>"}, more...)
	return attach("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", zipped(list...))
}

// para is a paragraph of Word.
func para(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }

func oddPlacesOfWord() class {
	part := func(kind, name, element string) func(s secret) string {
		return func(s secret) string {
			return word("", "word/_rels/document.xml.rels", links(kind, name), "word/"+name, xmlHead+"<w:"+element+wordNS+">"+para(s.line)+"</w:"+element+">")
		}
	}
	return class{"odd places of text documents", []variant{
		{"header", part("header", "header1.xml", "hdr")},
		{"footer", part("footer", "footer1.xml", "ftr")},
		{"comment", func(s secret) string {
			return word("", "word/_rels/document.xml.rels", links("comments", "comments.xml"), "word/comments.xml", xmlHead+"<w:comments"+wordNS+"><w:comment w:id=\"0\" w:author=\"A\">"+para(s.line)+"</w:comment></w:comments>")
		}},
		{"footnote", func(s secret) string {
			return word("", "word/_rels/document.xml.rels", links("footnotes", "footnotes.xml"), "word/footnotes.xml", xmlHead+"<w:footnotes"+wordNS+"><w:footnote w:id=\"2\">"+para(s.line)+"</w:footnote></w:footnotes>")
		}},
		{"hidden text", func(s secret) string {
			return word("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>" + s.line + "</w:t></w:r></w:p>")
		}},
		{"deleted, with changes shown", func(s secret) string {
			return word("<w:p><w:del w:id=\"1\" w:author=\"A\"><w:r><w:delText>" + s.line + "</w:delText></w:r></w:del></w:p>")
		}},
		{"text box", func(s secret) string {
			return word("<w:p><w:r><w:pict><v:shape xmlns:v=\"urn:schemas-microsoft-com:vml\"><v:textbox><w:txbxContent>" + para(s.line) + "</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>")
		}},
		{"one cell beside the words", func(s secret) string {
			label := s.line[:len(s.line)-len(s.value)]
			return word("<w:tbl><w:tr><w:tc>" + para(label) + "</w:tc><w:tc>" + para(s.value) + "</w:tc></w:tr></w:tbl>")
		}},
		{"one run a character", func(s secret) string {
			return word("<w:p><w:r><w:t>" + strings.Join(strings.Split(strings.ReplaceAll(s.line, " ", "\u00a0"), ""), "</w:t></w:r><w:r><w:t>") + "</w:t></w:r></w:p>")
		}},
		{"field of a form", func(s secret) string {
			return word("<w:sdt><w:sdtPr><w:alias w:val=\"x\"/></w:sdtPr><w:sdtContent>" + para(s.line) + "</w:sdtContent></w:sdt>")
		}},
		{"description of a picture", func(s secret) string {
			return word("<w:p><w:r><w:drawing><wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\"><wp:docPr id=\"1\" name=\"p\" descr=\"" + s.line + "\"/></wp:inline></w:drawing></w:r></w:p>")
		}},
		{"title of the document", func(s secret) string {
			return word("", "docProps/core.xml", xmlHead+"<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>"+s.line+"</dc:title></cp:coreProperties>")
		}},
		{"other encoding of the XML", func(s secret) string {
			x := "<?xml version=\"1.0\" encoding=\"UTF-16\"?><w:document" + wordNS + "><w:body>" + para(s.line) + "</w:body></w:document>"
			return attach("application/octet-stream", "a.docx", zipped("[Content_Types].xml", xmlHead+typesNS, "_rels/.rels", links("officeDocument", "word/document.xml"), "word/document.xml", "\xff\xfe"+wide(x, false)))
		}},
		{"document under another name", func(s secret) string {
			return attach("application/octet-stream", "a.docx", zipped("[Content_Types].xml", xmlHead+typesNS, "_rels/.rels", links("officeDocument", "odd/main.xml"), "odd/main.xml", xmlHead+"<w:document"+wordNS+"><w:body>"+para(s.line)+"</w:body></w:document>"))
		}},
		{"RTF inside", func(s secret) string { return word("", "word/afchunk.rtf", "{\\rtf1\\ansi "+s.line+"}") }},
		{"RTF, hidden", func(s secret) string {
			return attach("application/rtf", "a.rtf", "{\\rtf1\\ansi hello {\\v "+s.line+"}}")
		}},
		{"RTF, escaped", func(s secret) string {
			return attach("application/rtf", "a.rtf", "{\\rtf1\\ansi "+strings.ReplaceAll(strings.ToLower(hexed(s.line)), "=", "\\'")+"}")
		}},
		{"RTF, groups in the value", func(s secret) string {
			return attach("application/rtf", "a.rtf", "{\\rtf1\\ansi "+strings.Replace(s.line, s.value, cutIn(s.value, s.value, "}{\\b0 "), 1)+"}")
		}},
	}}
}

// workbook has cells, and more parts.
func workbook(state, cells string, more ...string) string {
	list := append([]string{"[Content_Types].xml", xmlHead + typesNS, "_rels/.rels", links("officeDocument", "xl/workbook.xml"),
		"xl/workbook.xml", xmlHead + "<workbook" + sheetNS + " xmlns:r=\"" + officeR + "\"><sheets><sheet name=\"A\" sheetId=\"1\" " + state + "r:id=\"rId1\"/></sheets></workbook>",
		"xl/_rels/workbook.xml.rels", links("worksheet", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml", xmlHead + "<worksheet" + sheetNS + ">" + cells + "</worksheet>"}, more...)
	return attach("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "a.xlsx", zipped(list...))
}

func oddPlacesOfSheets() class {
	inline := func(s string) string { return "<c r=\"A1\" t=\"inlineStr\"><is><t>" + s + "</t></is></c>" }
	row := func(c string) string { return "<sheetData><row r=\"1\">" + c + "</row></sheetData>" }
	return class{"odd places of spreadsheets", []variant{
		{"inline string", func(s secret) string { return workbook("", row(inline(s.line))) }},
		{"hidden sheet", func(s secret) string { return workbook("state=\"veryHidden\" ", row(inline(s.line))) }},
		{"hidden row", func(s secret) string {
			return workbook("", "<sheetData><row r=\"1\" hidden=\"1\">"+inline(s.line)+"</row></sheetData>")
		}},
		{"result of a formula", func(s secret) string {
			return workbook("", row("<c r=\"A1\" t=\"str\"><f>B1&amp;C1</f><v>"+s.line+"</v></c>"))
		}},
		{"rich text in runs", func(s secret) string {
			return workbook("", row("<c r=\"A1\" t=\"inlineStr\"><is><r><t>"+strings.Replace(s.line, s.value, cutIn(s.value, s.value, "</t></r><r><rPr><b/></rPr><t>"), 1)+"</t></r></is></c>"))
		}},
		{"label in the cell before", func(s secret) string {
			label := s.line[:len(s.line)-len(s.value)]
			return workbook("", row(inline(label)+strings.Replace(inline(s.value), "A1", "B1", 1)))
		}},
		{"page header", func(s secret) string {
			return workbook("", row(inline("x"))+"<headerFooter><oddHeader>&amp;C"+s.line+"</oddHeader></headerFooter>")
		}},
		{"comment", func(s secret) string {
			return workbook("", row(inline("x")), "xl/worksheets/_rels/sheet1.xml.rels", links("comments", "../comments1.xml"), "xl/comments1.xml", xmlHead+"<comments"+sheetNS+"><authors><author>A</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>"+s.line+"</t></text></comment></commentList></comments>")
		}},
		{"CSV in UTF-16 with tabs", func(s secret) string {
			return attach("text/csv", "a.csv", "\xff\xfe"+wide("Name\t"+s.line[:len(s.line)-len(s.value)]+"\r\nAnna\t"+s.value+"\r\n", false))
		}},
		{"CSV as a formula", func(s secret) string { return attach("text/csv", "a.csv", "a,b\r\n\"=\"\""+s.line+"\"\"\",2\r\n") }},
	}}
}

// pdf is a file of numbered objects, from 1 on; the catalogue is the first.
func pdf(info string, objects ...string) string {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	table := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "%strailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", table, len(objects)+1, info, at)
	return attach("application/pdf", "a.pdf", b.String())
}

// pdfPage is a page with a content and more entries, in a catalogue with more;
// further objects begin at 6.
func pdfPage(content, entries, catalogue string, more ...string) string {
	if !strings.Contains(entries, "/Resources") {
		entries += "/Resources << /Font << /F1 4 0 R >> >> "
	}
	objects := []string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + ">>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R " + entries + ">>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)}
	return pdf("", append(objects, more...)...)
}

func oddPlacesOfPDF() class {
	show := func(s string) string { return "BT /F1 12 Tf 50 700 Td " + s + " ET" }
	const nothing = "BT /F1 12 Tf 50 700 Td (See below.) Tj ET"
	return class{"odd places of PDF", []variant{
		{"hexadecimal string", func(s secret) string {
			return pdfPage(show("<"+strings.ReplaceAll(hexed(s.line), "=", "")+"> Tj"), "", "")
		}},
		{"one string a character", func(s secret) string {
			return pdfPage(show("[("+strings.Join(strings.Split(s.line, ""), ") -10 (")+")] TJ"), "", "")
		}},
		{"one operator a character", func(s secret) string {
			var b strings.Builder
			for i, c := range s.line {
				fmt.Fprintf(&b, "1 0 0 1 %d 700 Tm (%c) Tj ", 50+7*i, c)
			}
			return pdfPage("BT /F1 12 Tf "+b.String()+"ET", "", "")
		}},
		{"invisible", func(s secret) string { return pdfPage(show("3 Tr ("+s.line+") Tj"), "", "") }},
		{"note", func(s secret) string {
			return pdfPage(nothing, "/Annots [6 0 R] ", "", "<< /Type /Annot /Subtype /Text /Rect [50 600 70 620] /Contents ("+s.line+") >>")
		}},
		{"field of a form", func(s secret) string {
			return pdfPage(nothing, "/Annots [6 0 R] ", "/AcroForm << /Fields [6 0 R] >> ", "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V ("+s.line+") /Rect [50 600 300 620] >>")
		}},
		{"title", func(s secret) string {
			return pdf("/Info 3 0 R ", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [4 0 R] /Count 1 >>", "<< /Title ("+s.line+") >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
		}},
		{"attached file", func(s secret) string {
			return pdfPage(nothing, "", "/Names << /EmbeddedFiles << /Names [(a.txt) 6 0 R] >> >> ", "<< /Type /Filespec /F (a.txt) /EF << /F 7 0 R >> >>", fmt.Sprintf("<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream", len(s.text()), s.text()))
		}},
		{"form that the page draws", func(s secret) string {
			content := show("(" + s.line + ") Tj")
			return pdfPage("/X Do", "/Resources << /XObject << /X 6 0 R >> >> ", "", fmt.Sprintf("<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Length %d >>\nstream\n%s\nendstream", len(content), content))
		}},
		{"without its table of objects", func(s secret) string {
			content := show("(" + s.line + ") Tj")
			return attach("application/pdf", "a.pdf", "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>\nendobj\n4 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n"+
				fmt.Sprintf("5 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n", len(content), content))
		}},
		{"page that is a picture", func(s secret) string {
			return pdfPage("q 500 0 0 700 50 50 cm /I Do Q", "/Resources << /XObject << /I 6 0 R >> >> ", "", "<< /Type /XObject /Subtype /Image /Width 50 /Height 20 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1000 >>\nstream\n"+noise(s.value, 1000)+"\nendstream")
		}},
	}}
}
