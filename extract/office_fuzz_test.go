package extract

import (
	"archive/zip"
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	fuzzBudget = 4 << 20         // bytes that one input may make
	fuzzTime   = 5 * time.Second // far above what any input may take
)

// fuzzReader says that a reader, whatever the file, ends soon, hands on UTF-8
// and stays within its budget.
func fuzzReader(f *testing.F, read reader, pattern string, more ...[]byte) {
	files, err := filepath.Glob("testdata/office/" + pattern)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, ".want") {
			f.Add(officeFile(f, file))
		}
	}
	for _, data := range more {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		begun := time.Now()
		sink, result := readOffice(read, data, fuzzBudget, "secret")
		if took := time.Since(begun); took > fuzzTime {
			t.Errorf("took %v", took)
		}
		if sink.broken {
			t.Errorf("text is not UTF-8: %.2000s", sink.out.String())
		}
		total := 0
		for _, text := range sink.texts {
			total += len(text)
		}
		if total > fuzzBudget {
			t.Errorf("%d bytes of text with a budget of %d", total, fuzzBudget)
		}
		if result.Scanned != Full && len(result.Problems) == 0 {
			t.Error("not all was read, and nothing says why")
		}
	})
}

// fuzzPart reads data as one part of a package, so that the fuzzer need not
// learn to deflate.
func fuzzPart(read reader, name string) reader {
	return func(w *work) error {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return err
		}
		data := make([]byte, w.file.Size)
		if _, err := w.file.Data.ReadAt(data, 0); err != nil && len(data) > 0 {
			return err
		}
		if _, err := entry.Write(data); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		w.file = File{Data: bytes.NewReader(b.Bytes()), Size: int64(b.Len())}
		return read(w)
	}
}

func FuzzOOXML(f *testing.F) { fuzzReader(f, readOOXML, "*.*x") }

func FuzzOOXMLPart(f *testing.F) {
	fuzzReader(f, fuzzPart(readOOXML, "part.xml"), "none",
		[]byte(`<w:document><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>a&amp;b</w:t></w:r><w:del><w:r><w:delText>x</w:delText></w:r></w:del></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:document>`),
		[]byte(`<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData><row r="1" hidden="1"><c r="C1" t="inlineStr"><is><t>x</t></is></c><c r="XFD1"><v>45321</v></c></row></sheetData></worksheet>`),
		[]byte(`<sst><si><t>a</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si></sst>`),
		[]byte(`<p:sld show="0"><a:p><a:r><a:t><![CDATA[x]]></a:t></a:r><a:br/></a:p></p:sld>`),
		[]byte(`<pkg:package><pkg:part pkg:name="/a"><pkg:binaryData>QUJD</pkg:binaryData></pkg:part></pkg:package>`))
}

func FuzzODF(f *testing.F) { fuzzReader(f, readODF, "*.od?") }

func FuzzFlatODF(f *testing.F) { fuzzReader(f, readFlatODF, "*.fod?") }

func FuzzRTF(f *testing.F) {
	fuzzReader(f, readRTF, "*.rtf",
		[]byte(`{\rtf1\ansi\ansicpg1250{\fonttbl{\f0\fcharset238 A;}}\f0 za\'bf\u243 o\uc2\u322??{\*\x y}{\v h}{\*\objdata 0105000002000000080000005061636b61676500000000000000000003000000414243}\bin3 abc}`))
}

func FuzzOLE(f *testing.F) { fuzzReader(f, readCompound, "*.[dx][ol][cs]", msgFile().build()) }

func FuzzXls(f *testing.F) {
	b := append(record(biffBOF, uint16(0x600), uint16(5), 0, 0, 0), record(0xFC, 1, 1, uint16(2), "\x00ab")...)
	b = append(b, record(biffBOF, uint16(0x600), uint16(0x10), 0, 0, 0)...)
	b = append(b, record(0xFD, uint16(0), uint16(0), uint16(0), 0)...)
	fuzzReader(f, fuzzStream("Workbook"), "none", append(b, record(0xBD, uint16(1), uint16(1), uint16(2), 123456<<2|2, uint16(0))...))
}

func FuzzPpt(f *testing.F) {
	fuzzReader(f, fuzzStream("PowerPoint Document"), "none",
		le(uint16(0x0F), uint16(0x3F0), 12, uint16(0), uint16(0xFA0), 4, wide("ab"), uint16(0x10), uint16(0x1011), 4, "abcd"))
}

func FuzzProperties(f *testing.F) {
	fuzzReader(f, fuzzStream("\x05DocumentSummaryInformation"), "none", propertySet())
}

func FuzzVBA(f *testing.F) { fuzzReader(f, fuzzStream("dir"), "none", packVBA("abcdefghijkl")) }

func FuzzEncryptionInfo(f *testing.F) {
	fuzzReader(f, func(w *work) error {
		data := make([]byte, w.file.Size)
		_, _ = w.file.Data.ReadAt(data, 0)
		built := oleTree{"EncryptionInfo": data, "EncryptedPackage": make([]byte, 64)}.build()
		w.file = File{Data: bytes.NewReader(built), Size: int64(len(built))}
		return readCompound(w)
	}, "none", le(uint16(4), uint16(4), 0x40, `<encryption><keyData saltValue="AAAA" hashAlgorithm="SHA1"/><encryptedKey spinCount="1" keyBits="128" hashAlgorithm="SHA512" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" encryptedKeyValue="AAAA"/></encryption>`))
}

// fuzzStream reads data as one stream of a compound file.
func fuzzStream(name string) reader {
	return func(w *work) error {
		data := make([]byte, w.file.Size)
		_, _ = w.file.Data.ReadAt(data, 0)
		built := oleTree{name: data}.build()
		w.file = File{Data: bytes.NewReader(built), Size: int64(len(built))}
		return readCompound(w)
	}
}

func FuzzTNEF(f *testing.F) { fuzzReader(f, readTNEF, "none", tnefFile()) }

func FuzzCompressedRTF(f *testing.F) {
	f.Add(packRTF(`{\rtf1 text}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := expandRTF(bytes.NewReader(data))
		if err != nil {
			return
		}
		if out, _ := io.ReadAll(r); len(out) > 9*len(data) {
			t.Errorf("%d bytes made %d", len(data), len(out))
		}
	})
}
