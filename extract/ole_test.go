package extract

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const plenty = 100 << 20

func wantText(t *testing.T, sink *officeSink, place string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(sink.texts[place], w) {
			t.Errorf("place %q lacks %q: %q", place, w, sink.texts)
		}
	}
}

func wantFull(t *testing.T, r Result) {
	t.Helper()
	if r.Scanned != Full || len(r.Problems) > 0 {
		t.Errorf("scanned %s, problems %v, want full", r.Scanned, r.Problems)
	}
}

func msgFile() oleTree {
	vba := le(uint16(3), 2, uint16(1252), uint16(9), 4, 0, uint16(0), uint16(0x1A), 7, "Module1", uint16(0x31), 4, 3)
	return oleTree{
		"__properties_version1.0":                                                    append(make([]byte, 32), le(uint16(3), uint16(mapiCodePage), 6, 1250, 0)...),
		"__substg1.0_0037001F":                                                       wide("Wniosek o zażółcenie"),
		"__substg1.0_007D001F":                                                       wide("msip_labels: MSIP_Label_11111111-2222-3333-4444-555555555555_Enabled=True;MSIP_Label_11111111-2222-3333-4444-555555555555_Name=Secret;\r\n"),
		"__substg1.0_1000001E":                                                       []byte("PESEL 44051401359 za\xbf\xf3\xb3\xe6"),
		"__substg1.0_10130102":                                                       []byte("<html><p>html body</p></html>"),
		"__substg1.0_10090102":                                                       packRTF(`{\rtf1 rtf body}`),
		"__substg1.0_8001001F":                                                       wide("named property 4711"),
		"__recip_version1.0_#00000000/__properties_version1.0":                       make([]byte, 8),
		"__recip_version1.0_#00000000/__substg1.0_3001001F":                          wide("Anna Nowak"),
		"__recip_version1.0_#00000000/__substg1.0_39FE001F":                          wide("anna@example.pl"),
		"__attach_version1.0_#00000000/__properties_version1.0":                      make([]byte, 8),
		"__attach_version1.0_#00000000/__substg1.0_37010102":                         []byte("a,b\n1,2\n"),
		"__attach_version1.0_#00000000/__substg1.0_3707001F":                         wide("lista płac.csv"),
		"__attach_version1.0_#00000000/__substg1.0_370E001F":                         wide("text/csv"),
		"__attach_version1.0_#00000001/__properties_version1.0":                      make([]byte, 8),
		"__attach_version1.0_#00000001/__substg1.0_3707001F":                         wide("inner message"),
		"__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0": make([]byte, 24),
		"__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_1000001F":    wide("embedded body 02070803628"),
		"__attach_version1.0_#00000002/__substg1.0_3701000D/\x01Ole10Native":         le(42, uint16(2), "note.txt\x00C:\\note.txt\x00", 0x30000, 0, 7, "package"),
		"__attach_version1.0_#00000002/__substg1.0_3701000D/Macros/VBA/dir":          packVBA(string(vba)),
		"__attach_version1.0_#00000002/__substg1.0_3701000D/Macros/VBA/Module1":      append([]byte("xxx"), packVBA("Attribute VB_Name = \"M\"\r\nSub Secret()\r\n")...),
		"__attach_version1.0_#00000002/__substg1.0_3701000D/Macros/PROJECT":          []byte("ID=1"),
		"__attach_version1.0_#00000002/__properties_version1.0":                      make([]byte, 8),
		"__nameid_version1.0/__substg1.0_00020102":                                   make([]byte, 16),
	}
}

func TestMsg(t *testing.T) {
	data := msgFile().build()
	if kind := oleKind(File{Data: bytes.NewReader(data), Size: int64(len(data))}); kind != KindMsg {
		t.Errorf("kind %s, want msg", kind)
	}
	sink, result := readOffice(readCompound, data, plenty)
	wantFull(t, result)
	wantText(t, sink, "header", "Wniosek o zażółcenie", "Anna Nowak", "anna@example.pl")
	wantText(t, sink, "", "PESEL 44051401359 zażółć", "embedded body 02070803628")
	wantText(t, sink, "properties", "named property 4711")
	wantText(t, sink, "macros", "Sub Secret()")
	var children []string
	for _, c := range sink.children {
		children = append(children, c.Name+"|"+c.Type+"|"+string(c.data))
	}
	slices.Sort(children)
	want := []string{
		"body.html|text/html|<html><p>html body</p></html>", "body.rtf|application/rtf|{\\rtf1 rtf body}",
		"lista płac.csv|text/csv|a,b\n1,2\n", "note.txt||package",
	}
	if diff := cmp.Diff(want, children); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"11111111-2222-3333-4444-555555555555": "Secret"}, sink.labels); diff != "" {
		t.Error(diff)
	}
}

// TestOLELoops says that tables that lead back into themselves end, and are
// noted.
func TestOLELoops(t *testing.T) {
	good := msgFile().build()
	for _, at := range []int{48, 60, 76} { // directory, mini table, table
		data := slices.Clone(good)
		copy(data[at:], []byte{0, 0, 0, 0})
		_, result := readOffice(readCompound, data, plenty)
		if result.Scanned == Full && at != 60 {
			t.Errorf("changed at %d: scanned full", at)
		}
	}
	// Each entry of the table leads to itself.
	data := slices.Clone(good)
	for i := len(data) - 1024; i+4 <= len(data); i += 4 {
		copy(data[i:], le((i-(len(data)-1024))/4))
	}
	if _, result := readOffice(readCompound, data, plenty); result.Scanned == Full {
		t.Error("a loop was read as full")
	}
}

// TestXls5 reads a workbook of Excel 5, whose texts are bytes.
func TestXls5(t *testing.T) {
	var b []byte
	add := func(kind uint16, values ...any) { b = append(b, record(kind, values...)...) }
	add(biffBOF, uint16(0x500), uint16(5), 0)
	add(0x42, uint16(1250))
	add(0x41E, uint16(164), "\x0a0000000000")
	for _, format := range []uint16{0, 14, 164} {
		add(0xE0, uint16(0), format, make([]byte, 12))
	}
	sheet := len(b)
	add(0x85, 0, uint16(0), "\x07P\xb3atnik")
	offset := uint32(len(b) + 4)
	copy(b[sheet+4:], le(offset))
	add(0x0A)
	add(biffBOF, uint16(0x500), uint16(0x10), 0)
	add(0x204, uint16(0), uint16(0), uint16(0), uint16(5), "Za\xbf\xf3\xb3")
	add(0xD6, uint16(0), uint16(2), uint16(0), uint16(3), "NIP")
	add(0x203, uint16(1), uint16(0), uint16(1), float64(16206))
	add(0xBD, uint16(1), uint16(1), uint16(2), 123456<<2|2, uint16(0), 150<<2|3, uint16(2))
	add(0x06, uint16(2), uint16(0), uint16(0), "\x00\x00\x00\x00\x00\x00\xff\xff", uint16(0), 0)
	add(0x207, uint16(4), "text")
	add(0x205, uint16(2), uint16(1), uint16(0), "\x01\x00")
	add(0x1C, uint16(0), uint16(0), uint16(4), "note")
	add(0x0A)
	sink, result := readOffice(readCompound, oleTree{"Book": b}.build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "Zażół\t\tNIP\n1944-05-14\t0000123456\t1.5\ntext\tTRUE\n")
	wantText(t, sink, "names", "Płatnik")
	wantText(t, sink, "comments", "note")
}

// TestXlsStrings reads strings that are cut between records, with the width of
// the characters changing where they are cut.
func TestXlsStrings(t *testing.T) {
	var b []byte
	add := func(kind uint16, values ...any) { b = append(b, record(kind, values...)...) }
	add(biffBOF, uint16(0x600), uint16(5), 0, 0, 0)
	add(0xFC, 3, 3,
		uint16(5), "\x00first",
		uint16(6), "\x0c", uint16(1), 2, "rich", "\x00") // cut in the second, which has a run and an extension
	add(biffContinue, "\x01", wide("ży"), 7, "ex", uint16(8), "\x01", wide("ółw"))
	add(biffContinue, "\x00hello")
	add(0x0A)
	add(biffBOF, uint16(0x600), uint16(0x10), 0, 0, 0)
	for i := range 3 {
		add(0xFD, uint16(0), uint16(i), uint16(0), i)
	}
	add(0x0A)
	b = bytes.ReplaceAll(b, []byte("rich\x00"), []byte("rich"))
	// The record became a byte shorter.
	i := bytes.Index(b, []byte{0xFC, 0})
	b[i+2]--
	sink, result := readOffice(readCompound, oleTree{"Workbook": b}.build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "first\trichży\tółwhello\n")
}

func TestXlsEncrypted(t *testing.T) {
	b := append(record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), record(0x2F, make([]byte, 54))...)
	_, result := readOffice(readCompound, oleTree{"Workbook": b}.build(), plenty)
	if result.Scanned != None || !result.Encrypted || !slices.Contains(result.Problems, ProblemEncrypted) {
		t.Errorf("got %+v, want encrypted", result)
	}
}

// TestOLEUnknown says that the words in an unknown stream are read, and that
// this is not all of it.
func TestOLEUnknown(t *testing.T) {
	data := oleTree{"Contents_of": []byte("\x00\x01PESEL 44051401359\x00"), "Wide": append([]byte{1, 2}, wide("sekret 7 słów")...), "file": []byte("%PDF-1.7 …")}.build()
	sink, result := readOffice(readCompound, data, plenty)
	if result.Scanned != Partial || !slices.Contains(result.Problems, ProblemFeature) {
		t.Errorf("got %+v, want partial", result)
	}
	wantText(t, sink, "strings", "PESEL 44051401359", "sekret 7 słów")
	if len(sink.children) != 1 || sink.children[0].Name != "file" {
		t.Errorf("children %v", sink.children)
	}
}

// propertySet is a document's properties with a label among the user's own.
func propertySet() []byte {
	dictionary := le(2, 2, 57, "MSIP_Label_aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee_Name\x00\x00\x00\x00\x00", 3, 5, "Case\x00", "\x00\x00")
	own := func() []byte {
		head := 8 + 8*4
		page := head + len(dictionary)
		return le(0, 4, 0, head, 1, page, 2, page+8, 3, page+8+20, string(dictionary), 2, 1252, 0x1E, 12, "Internal\x00\x00\x00\x00", 0x1E, 5, "C-47\x00\x00\x00\x00")
	}()
	first := le(0, 1, 15, 16, 0x1E, 4, "ACME")
	return le(uint16(0xFFFE), uint16(0), 0, make([]byte, 16), 2, make([]byte, 16), 68, make([]byte, 16), 68+len(first), string(first), string(own))
}

func TestProperties(t *testing.T) {
	sink, result := readOffice(readCompound, oleTree{"\x05DocumentSummaryInformation": propertySet()}.build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "properties", "company: ACME\n", "Case: C-47\n")
	if diff := cmp.Diff(map[string]string{"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee": "Internal"}, sink.labels); diff != "" {
		t.Error(diff)
	}
}

// TestOLELarge reads a file whose table needs a list of its own.
func TestOLELarge(t *testing.T) {
	data := oleTree{"file": append([]byte("%PDF"), bytes.Repeat([]byte("12345678"), 1<<21)...), "other": []byte("at the end 4711")}.build()
	sink, result := readOffice(readCompound, data, plenty)
	if slices.Contains(result.Problems, ProblemBroken) || len(sink.children) != 1 || len(sink.children[0].data) != 16<<20+4 {
		t.Errorf("%+v, %d children", result, len(sink.children))
	}
	wantText(t, sink, "strings", "at the end 4711")
	_, result = readOffice(readCompound, data[:len(data)-600], plenty)
	if !slices.Contains(result.Problems, ProblemBroken) {
		t.Errorf("cut: %+v", result)
	}
}

// TestExpandVBA are the examples of [MS-OVBA] 3.2.
func TestExpandVBA(t *testing.T) {
	for packed, want := range map[string]string{
		"\x01\x2F\xB0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6A\x01\x38\x08\x61\x6B\x6C\x00\x30\x6D\x6E\x6F\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7A\x00\x3C": "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
		"\x01\x03\xB0\x02\x61\x45\x00": strings.Repeat("a", 73),
	} {
		if got, err := expandVBA([]byte(packed)); err != nil || string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
}
