package containers

import (
	"fmt"
	"html"
	"strings"
)

const (
	xmlHead   = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
	relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	ooxml     = "application/vnd.openxmlformats-officedocument."
)

// rels is a relationships part with one or more targets: "type target".
func rels(list ...string) string {
	s := xmlHead + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
	for i, l := range list {
		kind, target, _ := strings.Cut(l, " ")
		s += fmt.Sprintf("<Relationship Id=\"rId%d\" Type=\"%s/%s\" Target=\"%s\"/>", i+1, relations, kind, target)
	}
	return s + "</Relationships>"
}

// contentTypes is the part that every OOXML package begins with.
func contentTypes(overrides ...string) member {
	s := xmlHead + "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
	for _, o := range overrides {
		part, kind, _ := strings.Cut(o, " ")
		s += "<Override PartName=\"" + part + "\" ContentType=\"" + ooxml + kind + "+xml\"/>"
	}
	return member{"[Content_Types].xml", s + "</Types>"}
}

// wordFile is a document with these paragraphs, already XML.
func wordFile(it Item, paragraphs string) string {
	return mixed(it, file(ooxml+"wordprocessingml.document", "letter.docx", zipped("",
		contentTypes("/word/document.xml wordprocessingml.document.main"),
		member{"_rels/.rels", rels("officeDocument word/document.xml")},
		member{"word/document.xml", xmlHead + "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>" + paragraphs + "<w:sectPr/></w:body></w:document>"})))
}

// paragraphs makes one paragraph a line of a form with one %s.
func paragraphs(s, form string) string {
	var b strings.Builder
	for l := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		fmt.Fprintf(&b, form, html.EscapeString(l))
	}
	return b.String()
}

const wordParagraph = "<w:p><w:r><w:t xml:space=\"preserve\">%s</w:t></w:r></w:p>"

func docx(it Item) string { return wordFile(it, paragraphs(it.Text, wordParagraph)) }

// thirds cuts a value in three, between characters.
func thirds(s string) [3]string {
	r := []rune(s)
	n := len(r) / 3
	return [3]string{string(r[:n]), string(r[n : 2*n]), string(r[2*n:])}
}

// docxRuns cuts the value into runs, as Word does after spelling and editing.
func docxRuns(it Item) string {
	const next = "</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r w:rsidR=\"00A77B3E\"><w:rPr><w:lang w:val=\"de-DE\"/></w:rPr><w:t xml:space=\"preserve\">"
	p := thirds(it.Value)
	cut := html.EscapeString(p[0]) + next + html.EscapeString(p[1]) + next + html.EscapeString(p[2])
	return wordFile(it, strings.Replace(paragraphs(it.Text, wordParagraph), html.EscapeString(it.Value), cut, 1))
}

// docxTable has the label in the heading of the column only.
func docxTable(it Item) string {
	row := func(cells ...string) string {
		s := "<w:tr>"
		for _, c := range cells {
			s += "<w:tc>" + paragraphs(c, wordParagraph) + "</w:tc>"
		}
		return s + "</w:tr>"
	}
	return wordFile(it, "<w:tbl>"+row("Nr", it.Label, "Name")+row("1", it.Value, "Anna Kowalska")+row("2", "", "Bernd Groß")+"</w:tbl>")
}

// workbook has a heading row; value is the cell's XML.
func workbook(it Item, value string) string {
	strs := []string{"Name", it.Label, "Ref", "Anna Kowalska", it.Value, "A-1"}
	shared := xmlHead + "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
	for _, s := range strs {
		shared += "<si><t>" + html.EscapeString(s) + "</t></si>"
	}
	sheet := xmlHead + "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>" +
		"<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c></row>" +
		"<row r=\"2\"><c r=\"A2\" t=\"s\"><v>3</v></c>" + value + "<c r=\"C2\" t=\"s\"><v>5</v></c></row></sheetData></worksheet>"
	return mixed(it, file(ooxml+"spreadsheetml.sheet", "table.xlsx", zipped("",
		contentTypes("/xl/workbook.xml spreadsheetml.sheet.main", "/xl/worksheets/sheet1.xml spreadsheetml.worksheet", "/xl/sharedStrings.xml spreadsheetml.sharedStrings", "/xl/styles.xml spreadsheetml.styles"),
		member{"_rels/.rels", rels("officeDocument xl/workbook.xml")},
		member{"xl/workbook.xml", xmlHead + "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"" + relations + "\"><sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"},
		member{"xl/_rels/workbook.xml.rels", rels("worksheet worksheets/sheet1.xml", "sharedStrings sharedStrings.xml", "styles styles.xml")},
		member{"xl/worksheets/sheet1.xml", sheet},
		member{"xl/styles.xml", xmlHead + "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"},
		member{"xl/sharedStrings.xml", shared + "</sst>"})))
}

func xlsxString(it Item) string { return workbook(it, "<c r=\"B2\" t=\"s\"><v>4</v></c>") }

// xlsxNumber has the value as a number only.
func xlsxNumber(it Item) string {
	n := number(it)
	it.Value = "-"
	return workbook(it, "<c r=\"B2\"><v>"+n+"</v></c>")
}

// xlsxDate has a day as a number with the format of a date.
func xlsxDate(it Item) string {
	days := serial(it.Value)
	it.Value = "-"
	return workbook(it, fmt.Sprintf("<c r=\"B2\" s=\"1\"><v>%d</v></c>", days))
}

func pptx(it Item) string {
	const drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
	slide := xmlHead + "<p:sld xmlns:a=\"" + drawing + "\" xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"><p:cSld><p:spTree><p:sp><p:txBody><a:bodyPr/>" +
		paragraphs(it.Text, "<a:p><a:r><a:t>%s</a:t></a:r></a:p>") + "</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
	return mixed(it, file(ooxml+"presentationml.presentation", "slides.pptx", zipped("",
		contentTypes("/ppt/presentation.xml presentationml.presentation.main", "/ppt/slides/slide1.xml presentationml.slide"),
		member{"_rels/.rels", rels("officeDocument ppt/presentation.xml")},
		member{"ppt/presentation.xml", xmlHead + "<p:presentation xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" xmlns:r=\"" + relations + "\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId1\"/></p:sldIdLst></p:presentation>"},
		member{"ppt/_rels/presentation.xml.rels", rels("slide slides/slide1.xml")},
		member{"ppt/slides/slide1.xml", slide})))
}

// openDocument is an ODF package around a body.
func openDocument(it Item, kind, name, body string) string {
	mimetype := "application/vnd.oasis.opendocument." + kind
	const ns = "urn:oasis:names:tc:opendocument:xmlns:"
	return mixed(it, file(mimetype, name, zipped("mimetype",
		member{"mimetype", mimetype},
		member{"content.xml", xmlHead + "<office:document-content xmlns:office=\"" + ns + "office:1.0\" xmlns:text=\"" + ns + "text:1.0\" xmlns:table=\"" + ns + "table:1.0\" office:version=\"1.2\"><office:body>" + body + "</office:body></office:document-content>"},
		member{"META-INF/manifest.xml", xmlHead + "<manifest:manifest xmlns:manifest=\"" + ns + "manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"" + mimetype + "\"/><manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>"})))
}

func odt(it Item) string {
	return openDocument(it, "text", "letter.odt", "<office:text>"+paragraphs(it.Text, "<text:p>%s</text:p>")+"</office:text>")
}

func ods(it Item) string {
	row := func(cells ...string) string {
		s := "<table:table-row>"
		for _, c := range cells {
			s += "<table:table-cell office:value-type=\"string\"><text:p>" + html.EscapeString(c) + "</text:p></table:table-cell>"
		}
		return s + "</table:table-row>"
	}
	return openDocument(it, "spreadsheet", "table.ods", "<office:spreadsheet><table:table table:name=\"Data\">"+row("Name", it.Label, "Ref")+row("Anna Kowalska", it.Value, "A-1")+"</table:table></office:spreadsheet>")
}

// rtf writes other than ASCII letters as \u with a "?" for old readers.
func rtf(it Item) string {
	var b strings.Builder
	b.WriteString("{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Calibri;}}\r\n\\pard\\f0\\fs22 ")
	for _, r := range it.Text {
		switch {
		case r == '\n':
			b.WriteString("\\par\r\n")
		case r == '\\' || r == '{' || r == '}':
			b.WriteString("\\" + string(r))
		case r > 126:
			fmt.Fprintf(&b, "\\u%d?", int16(r))
		default:
			b.WriteRune(r)
		}
	}
	return mixed(it, file("application/rtf", "letter.rtf", b.String()+"}\r\n"))
}
