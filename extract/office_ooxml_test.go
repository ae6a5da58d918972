package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pack zips files given as name, content, name, content.
func pack(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readPart(t *testing.T, xml string) (*officeSink, Result) {
	t.Helper()
	return readOffice(readOOXML, pack(t, "[Content_Types].xml", "<Types/>", "some/where.xml", xml), plenty)
}

func TestDocxText(t *testing.T) {
	const head = `<?xml version="1.0"?><w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main">`
	for _, c := range []struct{ name, xml, place, want string }{
		{"runs cut a word", `<w:p><w:r><w:t>4405</w:t></w:r><w:proofErr/><w:r><w:t>1401</w:t></w:r><w:r><w:t>359</w:t></w:r></w:p>`, "", "44051401359\n\n"},
		{"another prefix", `<x:p><x:r><x:t>a</x:t><x:tab/><x:t>b</x:t><x:br/><x:t>c</x:t></x:r></x:p>`, "", "a\tb\nc\n\n"},
		{"tab stops are no tabs", `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r></w:p>`, "", "a\n\n"},
		{"entities", `<w:p><w:r><w:t>a&amp;&#x142;&#322;&lt;&unknown;<![CDATA[<c>]]></w:t></w:r></w:p>`, "", "a&łł<&unknown;<c>\n\n"},
		{"deleted in a word", `<w:p><w:r><w:t>12</w:t></w:r><w:del><w:r><w:delText>xx</w:delText></w:r></w:del><w:r><w:t>34</w:t></w:r></w:p>`, "", "1234\n\n"},
		{"deleted, read with it", `<w:p><w:r><w:t>12</w:t></w:r><w:del><w:r><w:delText>xx</w:delText></w:r></w:del><w:r><w:t>34</w:t></w:r></w:p>`, "deleted", "12xx34\n\n"},
		{"hidden half", `<w:p><w:r><w:t>4405</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>1401359</w:t></w:r></w:p>`, "hidden", "44051401359\n\n"},
		{"hidden off", `<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r></w:p>`, "", "seen\n\n"},
		{"hidden mark only", `<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t>seen</w:t></w:r></w:p>`, "", "seen\n\n"},
		{"text box in a word", `<w:p><w:r><w:t>12</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r><w:r><w:t>34</w:t></w:r></w:p>`, "", "box\n\n1234\n\n"},
		{"fallback", `<w:p><w:r><mc:AlternateContent><mc:Choice><w:t>a</w:t></mc:Choice><mc:Fallback><w:t>b</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>`, "", "a\n\n"},
		{"table", `<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name  of</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>PESEL</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "", "Name of\tPESEL\n\t1 2\n"},
		{"wide cell", `<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "", "a\t\tb\n"},
		{"table in a cell", `<w:tbl><w:tr><w:tc><w:p><w:r><w:t>o</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc><w:tc><w:p><w:r><w:t>p</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "", "o\na\tb\n\tp\n"},
		{"field", `<w:p><w:r><w:instrText>HYPER</w:instrText></w:r><w:r><w:instrText>LINK "x"</w:instrText></w:r><w:r><w:t>link</w:t></w:r></w:p>`, "fields", "HYPERLINK \"x\"\n"},
		{"alt text", `<w:p><w:r><wp:docPr id="1" name="n" descr="a picture of 4711"/></w:r></w:p>`, "alt", "a picture of 4711\n"},
		{"symbol", `<w:p><w:r><w:sym w:font="Symbol" w:char="F031"/></w:r></w:p>`, "", "1\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink, result := readPart(t, head+"<w:body>"+c.xml+"</w:body></w:document>")
			wantFull(t, result)
			if diff := cmp.Diff(c.want, sink.texts[c.place]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDocxParts(t *testing.T) {
	utf16 := []byte{0xFF, 0xFE}
	for _, c := range `<?xml version="1.0" encoding="UTF-16"?><w:ftr><w:p><w:r><w:t>stopka zażółć</w:t></w:r></w:p></w:ftr>` {
		utf16 = binary.LittleEndian.AppendUint16(utf16, uint16(c))
	}
	sink, result := readOffice(readOOXML, pack(t,
		"[Content_Types].xml", "<Types/>",
		"Word/Dokument.XML", `<w:document><w:p><w:pPr><w:pStyle w:val="Geheim"/></w:pPr><w:r><w:t>by style</w:t></w:r></w:p></w:document>`,
		"word/styles.xml", `<w:styles><w:style w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:styleId="Geheim"><w:basedOn w:val="Base"/></w:style></w:styles>`,
		"word/f.xml", string(utf16),
		"word/legacy.xml", "<?xml version=\"1.0\" encoding=\"windows-1250\"?><w:hdr><w:p><w:r><w:t>za\xbf\xf3\xb3\xe6</w:t></w:r></w:p></w:hdr>",
		"word/comments.xml", `<w:comments><w:comment w:author="Rita"><w:p><w:r><w:t>remark</w:t></w:r></w:p></w:comment></w:comments>`,
		"word/_rels/Dokument.XML.rels", `<Relationships><Relationship Id="r1" TargetMode="External" Target="https://example.org/?pesel=1"/></Relationships>`,
		"customXml/item1.xml", `<patient pesel="44051401359"/>`,
		"word/embeddings/oleObject1.bin", oleMagic+"…",
		"word/afchunk.htm", `<html><body>chunk</body></html>`,
		"docProps/custom.xml", `<Properties><property name="MSIP_Label_AAAA_Enabled"><vt:lpwstr>true</vt:lpwstr></property><property name="MSIP_Label_AAAA_Name"><vt:lpwstr>Confidential</vt:lpwstr></property><property name="MSIP_Label_BBBB_Enabled"><vt:lpwstr>false</vt:lpwstr></property></Properties>`,
		"docMetadata/LabelInfo.xml", `<clbl:labelList><clbl:label id="{CCCC}" enabled="1"/><clbl:label id="{DDDD}" enabled="1" removed="1"/></clbl:labelList>`,
		"_xmlsignatures/sig1.xml", `<Signature/>`,
	), plenty)
	wantFull(t, result)
	if !result.Signed {
		t.Error("not signed")
	}
	wantText(t, sink, "hidden", "by style")
	wantText(t, sink, "header", "stopka zażółć", "zażółć")
	wantText(t, sink, "comments", "remark")
	wantText(t, sink, "links", "https://example.org/?pesel=1")
	if diff := cmp.Diff(map[string]string{"aaaa": "Confidential", "cccc": ""}, sink.labels); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, c := range sink.children {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"afchunk.htm", "item1.xml", "oleObject1.bin"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestXlsxCells(t *testing.T) {
	sink, result := readOffice(readOOXML, pack(t,
		"[Content_Types].xml", "<Types/>",
		"xl/workbook.xml", `<workbook><workbookPr date1904="0"/><sheets><sheet name="Second" r:id="r2"/><sheet name="First" state="veryHidden" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Target="worksheets/a.xml"/><Relationship Id="r2" Target="/xl/worksheets/b.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="000\-00\-0000"/><numFmt numFmtId="171" formatCode="[$-415]d\ mmmm\ yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="22"/><xf numFmtId="11"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<sst><si><t>Card</t></si><si><r><t>split </t></r><r><t>text</t></r><rPh><t>no</t></rPh></si><si><t>left over</t></si></sst>`,
		"xl/worksheets/a.xml", `<worksheet><sheetData><row><c t="inlineStr"><is><t>very hidden</t></is></c></row></sheetData></worksheet>`,
		"xl/worksheets/b.xml", `<worksheet><cols><col min="5" max="5" hidden="1"/></cols><sheetData>
			<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
			<row r="2"><c r="A2"><v>4532015112830366</v></c><c r="B2"><v>4.53201511283036E+15</v></c><c r="C2" s="1"><v>12345678</v></c><c r="D2" s="2"><v>16206</v></c><c r="E2"><v>77</v></c><c r="F2" s="3"><v>45292.5</v></c><c r="G2" s="4"><v>44051401359</v></c><c r="H2" t="b"><v>1</v></c><c r="I2" t="str"><f>A1&amp;"x"</f><v>Cardx</v></c></row>
			<row r="3" hidden="1"><c r="A3"><v>99</v></c></row></sheetData></worksheet>`,
	), plenty)
	wantFull(t, result)
	want := "Card\t\tsplit text\n4532015112830366\t4532015112830360\t012-34-5678\t1944-05-14\t\t2024-01-01 12:00:00\t44051401359\tTRUE\tCardx\n"
	if diff := cmp.Diff(want, sink.texts[""]); diff != "" {
		t.Error(diff)
	}
	wantText(t, sink, "hidden", "very hidden", "left over", "\t77\t", "Card\t\tsplit text\n99\n")
	wantText(t, sink, "names", "Second\nFirst\n")
	wantText(t, sink, "formulas", "A1&\"x\"")
}

func TestNumberFormats(t *testing.T) {
	for _, c := range []struct {
		code string
		v    float64
		want string
	}{
		{"General", 4532015112830366, "4532015112830366"}, {"0.00E+00", 4532015112830366, "4532015112830366"},
		{"00000000000", 2070803628, "02070803628"}, {`"PL"00\ 00`, 1234, "PL12 34"}, {"(000) 000-0000", 15551234567, "(1555) 123-4567"},
		{"#,##0.00", 1234.5, "1234.5"}, {"0%", 0.25, "0.25"}, {"yyyy-mm-dd", 1, "1900-01-01"}, {"d/m/yy h:mm", 45292.25, "2024-01-01 06:00:00"},
		{"[h]:mm", 0.5, "12:00:00"}, {"mmm", 45292, "2024-01-01"}, {"@", 12, "12"}, {"yyyy", -5, "-5"}, {"0", 0.1 + 0.2, "0.3"},
	} {
		if got := parseNumFormat(c.code).show(c.v, "", false); got != c.want {
			t.Errorf("%q of %v: got %q, want %q", c.code, c.v, got, c.want)
		}
	}
}

func TestPptxOrder(t *testing.T) {
	slide := func(text string) string { return `<p:sld><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:sld>` }
	sink, result := readOffice(readOOXML, pack(t,
		"[Content_Types].xml", "<Types/>",
		"ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId id="256" r:id="rId9"/><p:sldId id="257" r:id="rId8"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="rId8" Target="slides/slide1.xml"/><Relationship Id="rId9" Target="slides/slide2.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", slide("comes second"), "ppt/slides/slide2.xml", slide("comes first"),
		"ppt/charts/chart1.xml", `<c:chartSpace><c:pt><c:v>Umsatz</c:v></c:pt><c:pt><c:v>4711</c:v></c:pt></c:chartSpace>`,
		"ppt/comments/c1.xml", `<p:cmLst><p:cm><p:text>a remark</p:text></p:cm></p:cmLst>`,
	), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "comes first\n\ncomes second\n\n", "Umsatz\n4711\n")
	wantText(t, sink, "comments", "a remark")
}

// TestOfficeBounds says what becomes of files that would cost too much.
func TestOfficeBounds(t *testing.T) {
	bomb := pack(t, "[Content_Types].xml", "<Types/>", "a.xml", "<document><p><r><t>"+strings.Repeat(" ", 20<<20)+"</t></r></p></document>")
	deep := pack(t, "a.xml", "<document>"+strings.Repeat("<p><r>", 5000))
	boxes := pack(t, "a.xml", "<document>"+strings.Repeat("<p><r><t>a</t><txbxContent>", 900)+strings.Repeat("</txbxContent></r></p>", 900)+"</document>")
	cut := pack(t, "a.xml", "<document><p><r><t>seen</t>")
	columns := pack(t, "a.xml", "<worksheet>"+strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 20_000)+"</worksheet>")
	entities := pack(t, "a.xml", `<!DOCTYPE d [<!ENTITY a "b">]><document><p><r><t>&a;</t></r></p></document>`)
	var many []string
	for range 80 {
		many = append(many, strings.Repeat("n", 60_000), "")
	}
	for _, c := range []struct {
		name  string
		data  []byte
		bytes int64
		want  Problem
	}{
		{"bomb", bomb, 1 << 20, ProblemBudget}, {"deep", deep, plenty, ProblemBroken}, {"boxes", boxes, plenty, ""}, {"cut", cut, plenty, ProblemBroken},
		{"columns", columns, 4 << 20, ProblemBudget}, {"entities", entities, plenty, ProblemFeature}, {"directory", pack(t, many...), plenty, ProblemBudget},
		{"no zip", []byte("PK\x03\x04 and nothing"), plenty, ProblemBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, result := readOffice(readOOXML, c.data, c.bytes)
			if c.want == "" {
				wantFull(t, result)
			} else if result.Scanned == Full || !slices.Contains(result.Problems, c.want) {
				t.Errorf("%+v, want %s", result, c.want)
			}
		})
	}
}

// TestOfficeTime says that reading ends with its context.
func TestOfficeTime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for file, read := range map[string]reader{"letter.docx": readOOXML, "letter.odt": readODF, "letter.doc": readCompound, "letter.rtf": readRTF, "talk.ppt.gz": readCompound, "sheet.xls": readCompound} {
		data := officeFile(t, "testdata/office/"+file)
		w := officeWork(ctx, data, plenty, &officeSink{})
		if err := read(w); err != errStop || !slices.Contains(w.result.Problems, ProblemTime) {
			t.Errorf("%s: %v, %+v", file, err, w.result)
		}
	}
}

// brt is a record of a binary workbook.
func brt(kind int, values ...any) string {
	data := le(values...)
	head := []byte{byte(kind)}
	if kind >= 0x80 {
		head = []byte{byte(kind)&0x7F | 0x80, byte(kind >> 7)}
	}
	return string(append(append(head, byte(len(data))), data...))
}

func TestXlsb(t *testing.T) {
	sink, result := readOffice(readOOXML, pack(t,
		"[Content_Types].xml", "<Types/>",
		"xl/workbook.bin", brt(131)+brt(156, 0, 1, 2, wide("r1"), 5, wide("Arkuś"))+brt(156, 1, 2, 2, wide("r2"), 3, wide("Off")),
		"xl/_rels/workbook.bin.rels", `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.bin"/><Relationship Id="r2" Target="worksheets/sheet2.bin"/></Relationships>`,
		"xl/styles.bin", brt(278)+brt(617)+brt(47, uint16(0), uint16(0), 0)+brt(47, uint16(0), uint16(14), 0)+brt(618),
		"xl/sharedStrings.bin", brt(159)+brt(19, byte(0), 5, wide("PESEL")),
		"xl/worksheets/sheet1.bin", brt(129)+
			brt(0, 0, 0, uint16(0), byte(0), byte(0))+brt(7, 0, 0, 0)+brt(6, 2, 0, 3, wide("zaż"))+
			brt(0, 1, 0, uint16(0), byte(0), byte(0))+brt(5, 0, 0, float64(44051401359))+brt(2, 2, 1, 16206<<2|2)+
			brt(0, 2, 0, uint16(0), byte(0), byte(0x10))+brt(5, 0, 0, float64(7)),
		"xl/worksheets/sheet2.bin", brt(129)+brt(0, 0, 0, uint16(0), byte(0), byte(0))+brt(6, 0, 0, 3, wide("hid")),
	), plenty)
	wantFull(t, result)
	if diff := cmp.Diff("PESEL\t\tzaż\n44051401359\t\t1944-05-14\n", sink.texts[""]); diff != "" {
		t.Error(diff)
	}
	wantText(t, sink, "hidden", "PESEL\t\tzaż\n7\n", "hid\n")
	wantText(t, sink, "names", "Arkuś\nOff\n")
}
