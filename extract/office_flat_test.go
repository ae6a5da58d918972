package extract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOfficeKinds(t *testing.T) {
	for head, want := range map[string]Kind{
		`<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">`: KindODS,
		`<?mso-application progid="Word.Document"?><w:wordDocument>`:                                              KindDocx,
		`<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">`:                           KindDocx,
		`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`:                                         KindXlsx,
		`<Workbook>`: "", `<package version="2.0">`: "", `no xml`: "", ``: "",
	} {
		if got := flatOfficeKind([]byte(head)); got != want {
			t.Errorf("%s: got %q, want %q", head, got, want)
		}
	}
}

func TestWord2003(t *testing.T) {
	sink, result := readOffice(readOOXML, []byte(`<w:wordDocument><w:body><w:p><w:r><w:t>4405</w:t></w:r><w:r><w:t>1401359</w:t></w:r></w:p><w:binData w:name="wordml://a.png">iVBO
		Rw==</w:binData></w:body></w:wordDocument>`), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "44051401359\n\n")
	if len(sink.children) != 1 || sink.children[0].Name != "a.png" || string(sink.children[0].data) != "\x89PNG" {
		t.Errorf("children %v", sink.children)
	}
}

func TestExcel2003(t *testing.T) {
	sink, result := readOffice(readOOXML, []byte(`<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><DocumentProperties><Title>T</Title></DocumentProperties>
		<Worksheet ss:Name="One"><Table><Row><Cell><Data ss:Type="String">PESEL</Data></Cell><Cell ss:Index="3"><Data>x</Data><Comment><ss:Data>remark</ss:Data></Comment></Cell></Row>
		<Row ss:Hidden="1"><Cell><Data ss:Type="Number">44051401359</Data></Cell></Row></Table></Worksheet></Workbook>`), plenty)
	wantFull(t, result)
	if diff := cmp.Diff("PESEL\t\tx\n", sink.texts[""]); diff != "" {
		t.Error(diff)
	}
	wantText(t, sink, "hidden", "PESEL\t\tx\n44051401359\n")
	wantText(t, sink, "comments", "remark")
	wantText(t, sink, "names", "One")
	wantText(t, sink, "properties", "T")
}
