package extract

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// compound makes a compound file that holds streams of these names.
func compound(names ...string) []byte {
	t := oleTree{}
	for _, name := range names {
		t[name] = []byte("x")
	}
	return t.build()
}

// Content tells what a file is; names and types only where it doesn't.
func TestKind(t *testing.T) {
	x := newExtractor(t)
	docx := zippedNames(t, "[Content_Types].xml", "word/document.xml")
	for _, c := range []struct {
		name, mime string
		data       []byte
		want       Kind
	}{
		{"", "", nil, KindEmpty},
		{"a.pdf", "application/pdf", []byte("just text\n"), KindText},
		{"a.txt", "text/plain", []byte("%PDF-1.4\n..."), KindPDF},
		{"", "", append(bytes.Repeat([]byte("\n"), 500), "%PDF-1.4\n"...), KindPDF},
		{"", "", []byte("{\\rtf1 x}"), KindRTF},
		{"", "", docx, KindDocx},
		{"", "", zippedNames(t, "[Content_Types].xml", "xl/workbook.xml"), KindXlsx},
		{"", "", zippedNames(t, "[Content_Types].xml", "ppt/presentation.xml"), KindPptx},
		{"", "", zippedNames(t, "word/document.xml"), KindDocx},
		{"", "", zippedNames(t, "word/letter.xml"), KindZip},
		{"", "", zippedNames(t, `Word\document.xml`, "[content_types].xml"), KindDocx},
		{"", "", compound("WordDocument"), KindDoc},
		{"", "", compound("a", "b", "c", "d", "Workbook"), KindXls},
		{"", "", compound("PowerPoint Document"), KindPpt},
		{"", "", compound("__properties_version1.0"), KindMsg},
		{"", "", compound("other"), KindOLE},
		{"", "", []byte("\x78\x9F\x3E\x22\x00\x00"), KindTNEF},
		{"", "", []byte(`{"a": 1}`), KindJSON},
		{"", "", []byte(`[{"html": "<html>"}]`), KindJSON},
		{"", "", []byte(`[note] this is a text, not an array`), KindText},
		{"", "", []byte(`<?xml version="1.0"?><a/>`), KindXML},
		{"", "", []byte(`<?xml version="1.0"?><svg xmlns="x"/>`), KindSVG},
		{"", "", []byte(`<p>a piece</p> of <b>HTML</b>`), KindHTML},
		{"", "", []byte(`<alice@x.example> wrote something`), KindText},
		{"a.html", "", []byte(`anything`), KindHTML},
		{"", "", []byte("a;b;c\n1;2;3\n4;5;6\n"), KindCSV},
		{"", "", []byte("Dear all, this is\nprose, with commas, here\nand there.\n"), KindText},
		{"", "", []byte("Long Street, Leeds, UK\nShort Street, York, UK\nNo Street, Hull, UK\n"), KindText},
		{"a.csv", "", []byte("a\n1\n"), KindCSV},
		{"a.yaml", "", []byte("a: 1\n"), KindYAML},
		{"", "", []byte("BEGIN:VCARD\r\n"), KindVCF},
		{"", "", []byte("begin:vcalendar\r\n"), KindICS},
		{"", "", []byte("From: a@b\nTo: c@d\nSubject: x\n\nbody"), KindEML},
		{"", "", []byte("Note: this\nTo: do\nis a text\n"), KindText},
		{"", "", []byte("MZ is how this text begins"), KindText},
		{"", "", []byte("BMW is a car, said he, and went home."), KindText},
		{"", "", append([]byte("MZ\x90\x00"), make([]byte, 100)...), KindProgram},
		{"", "", []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10"), KindUnknown},
	} {
		if got := x.Kind(File{Data: bytes.NewReader(c.data), Size: int64(len(c.data)), Name: c.name, Type: c.mime}); got != c.want {
			t.Errorf("%q %.40q: %s, want %s", c.name, c.data, got, c.want)
		}
	}
}

func zippedNames(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newZip(&b)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a name or type claims and the content isn't is said.
func TestMismatch(t *testing.T) {
	for _, c := range []struct {
		name, mime, data string
		want             bool
	}{
		{"a.pdf", "", "text", true},
		{"", "application/pdf", "text", true},
		{"a.jpg", "image/jpeg", "PK\x05\x06" + strings.Repeat("\x00", 18), true},
		{"a.txt", "text/plain", "GIF89a" + strings.Repeat("\x00", 18), true},
		{"a.txt", "text/plain", "text", false},
		{"a.gif", "image/gif", "GIF89a" + strings.Repeat("\x00", 18), false},
		{"a.gif", "image/gif", "GIF89a/*<html><script>*/", true},
		{"a.bin", "application/octet-stream", "text", false},
		{"a.xls", "application/vnd.ms-excel", "a;b;c\n1;2;3\n1;2;3\n", false},
		{"a.p7m", "application/pkcs7-mime", "GIF89a", true},
	} {
		r, _ := extracted(t, File{Name: c.name, Type: c.mime}, []byte(c.data))
		if got := slices.Contains(r.Problems, ProblemMismatch); got != c.want {
			t.Errorf("%q %q %.20q: %+v, want mismatch %t", c.name, c.mime, c.data, r, c.want)
		}
	}
}

// An Office file that is encrypted as a whole is said to be.
func TestSealed(t *testing.T) {
	whole := compound("EncryptionInfo", "EncryptedPackage")
	broken := bytes.Clone(whole)
	broken[48] = 99 // where the directory should be
	for _, data := range [][]byte{whole, broken} {
		r, _ := extracted(t, File{Name: "a.docx"}, data)
		if !r.Encrypted || r.Scanned != None || !slices.Contains(r.Problems, ProblemEncrypted) {
			t.Errorf("%+v", r)
		}
	}
}

// Text is decoded by what it is, then by what it claims, then by a guess.
func TestCharset(t *testing.T) {
	for _, c := range []struct{ claim, data, want string }{
		{"iso-8859-2", "Za\xbf\xf3\xb3\xe6", "Zażółć"},
		{"iso-8859-1", "Zażółć", "Zażółć"}, // the label lies
		{"utf-8", "Za\xbf\xf3\xb3\xe6 g\xea\x9cl\xb9", "Zażółć gęślą"},
		{"utf-16", "plain", "plain"},
		{"shift_jis", "\x83e\x83X\x83g", "テスト"},
		{"iso-2022-jp", "\x1b$B%F%9%H\x1b(B", "テスト"},
		{"no-such", "caf\xe9", "café"},
		{"", "\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0", "Привет, как дела"},
		{"", strings.Repeat("x", chunk-1) + "é", strings.Repeat("x", chunk-1) + "é"},
	} {
		r, got := extracted(t, File{Charset: c.claim, Type: "text/plain"}, []byte(c.data))
		if got.place[""] != c.want || r.Scanned != Full {
			t.Errorf("%s: %.60q, want %.60q (%+v)", c.claim, got.place[""], c.want, r)
		}
	}
}
