package extract

import (
	"bytes"
	"compress/zlib"
	"slices"
	"strings"
	"testing"
)

// wordFile is a Word document whose pieces of text stand in another order than
// they are read, as where it was saved fast; odd pieces have two bytes a
// character.
func wordFile(pieces ...string) oleTree {
	main := make([]byte, 0x400)
	copy(main, le(uint16(0xA5EC), uint16(0xC1)))
	copy(main[0x0A:], le(uint16(0x0204))) // complex, 1Table
	cps, pcds, total := le(0), []byte(nil), 0
	places := make([]int, len(pieces))
	for i := len(pieces) - 1; i >= 0; i-- {
		places[i] = len(main)
		if i%2 == 1 {
			main = append(main, wide(pieces[i])...)
		} else {
			main = append(main, pieces[i]...)
		}
	}
	for i, p := range pieces {
		n, fc := len(p), places[i]*2|0x40000000
		if i%2 == 1 {
			n, fc = len([]rune(p)), places[i]
		}
		total += n
		cps = append(cps, le(total)...)
		pcds = append(pcds, le(uint16(0), fc, uint16(0))...)
	}
	copy(main[0x4C:], le(total))
	clx := append(le(byte(1), uint16(2), uint16(0), byte(2), len(cps)+len(pcds)), append(cps, pcds...)...)
	copy(main[0x1A2:], le(0, len(clx)))
	return oleTree{"WordDocument": main, "1Table": clx}
}

func TestWordPieces(t *testing.T) {
	sink, result := readOffice(readCompound, wordFile("4405", "1401", "359 ", "zażółć\r", "\x13HYPERLINK x\x14shown\x15 end\r", "a\ab\a\ac\ad\a\a").build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "44051401359 zażółć\n\nshown end\n\na\tb\nc\td\n")
	wantText(t, sink, "fields", "HYPERLINK x")
}

func TestWordPiecesBroken(t *testing.T) {
	file := wordFile("text", "more")
	for _, change := range []func(){
		func() { copy(file["1Table"][10:], le(1<<30)) },             // a piece that is longer than the file
		func() { copy(file["1Table"][6:], le(1<<30)) },              // a table that is longer than its stream
		func() { file["1Table"] = nil },                             // no table
		func() { file["WordDocument"] = file["WordDocument"][:64] }, // no header
	} {
		change()
		if _, result := readOffice(readCompound, file.build(), plenty); result.Scanned == Full {
			t.Errorf("%+v, want broken", result)
		}
	}
}

func TestWordEncrypted(t *testing.T) {
	file := wordFile("text")
	file["WordDocument"][0x0B] |= 1
	sink, result := readOffice(readCompound, file.build(), plenty)
	if result.Scanned != None || !result.Encrypted || len(sink.texts) > 0 {
		t.Errorf("%+v, want encrypted", result)
	}
}

// TestWord95 reads a document with one byte a character, in the code page of
// its language.
func TestWord95(t *testing.T) {
	main := make([]byte, 0x200)
	copy(main, le(uint16(0xA5DC), uint16(0x68), uint16(0), uint16(0x415)))
	text := "za\xbf\xf3\xb3\xe6 44051401359\rfoot\r"
	copy(main[0x18:], le(0x200, 0x200+len(text)))
	copy(main[0x34:], le(19, len(text)-19))
	sink, result := readOffice(readCompound, oleTree{"WordDocument": append(main, text...)}.build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "zażółć 44051401359\n\n")
	wantText(t, sink, "notes", "foot\n\n")
}

// pptRecord is a record of a presentation; version 15 holds others.
func pptRecord(version, instance, kind int, data ...string) string {
	body := strings.Join(data, "")
	return string(le(uint16(version|instance<<4), uint16(kind), len(body), body))
}

func TestPpt(t *testing.T) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte(oleMagic + "embedded")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	document := pptRecord(15, 0, 0x3E8,
		pptRecord(15, 0, 0x3EE, pptRecord(0, 0, 0xFA0, string(wide("Zażółć\rdwa")))+pptRecord(0, 0, 0xFA8, "caf\xe9")),
		pptRecord(15, 0, 0x3F0, pptRecord(0, 0, 0xFA8, "a note")),
		pptRecord(15, 0, 0x2EE0, pptRecord(0, 1, 0xFBA, string(wide("a comment"))))) +
		pptRecord(0, 1, 0x1011, string(le(16)), packed.String())
	sink, result := readOffice(readCompound, oleTree{"PowerPoint Document": []byte(document), "Current User": make([]byte, 20)}.build(), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "Zażółć\ndwa\n\ncafé\n\n")
	wantText(t, sink, "notes", "a note")
	wantText(t, sink, "comments", "a comment")
	if len(sink.children) != 1 || string(sink.children[0].data) != oleMagic+"embedded" {
		t.Errorf("children %v", sink.children)
	}
}

func TestPptEncrypted(t *testing.T) {
	for _, file := range []oleTree{
		{"PowerPoint Document": []byte(pptRecord(15, 0, 0x2F14)), "Current User": make([]byte, 20)},
		{"PowerPoint Document": []byte(pptRecord(0, 0, 0xFA8, "text")), "Current User": append(make([]byte, 12), le(0xF3D1C4DF)...)},
	} {
		if _, result := readOffice(readCompound, file.build(), plenty); result.Scanned != None || !slices.Contains(result.Problems, ProblemEncrypted) {
			t.Errorf("%+v, want encrypted", result)
		}
	}
}
