package extract

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attribute is an attribute of a TNEF file.
func attribute(level byte, id uint16, values ...any) []byte {
	data := le(values...)
	return append(append(le(level, id, uint16(0), len(data)), data...), 0, 0)
}

// mapiProps is a list of properties of kinds string8, unicode and binary.
func mapiProps(values ...[]byte) []byte {
	b := le(len(values) / 2)
	for i := 0; i+1 < len(values); i += 2 {
		b = append(append(b, values[i]...), le(1, len(values[i+1]), string(values[i+1]), make([]byte, (4-len(values[i+1])&3)&3))...)
	}
	return b
}

func tnefFile() []byte {
	b := []byte(tnefMagic + "\x01\x00")
	b = append(b, attribute(1, tnefCodePage, 1250, 0)...)
	b = append(b, attribute(1, tnefSubject, "Ksi\xb9\xbfka\x00")...)
	b = append(b, attribute(1, 0x8008, "IPM.Note\x00")...)
	b = append(b, attribute(1, tnefBody, "PESEL 44051401359\x00")...)
	b = append(b, attribute(1, tnefRecipients, 1, mapiProps(le(uint16(mapiUnicode), uint16(0x3003)), wide("bob@example.org\x00")))...)
	b = append(b, attribute(1, tnefProperties, mapiProps(
		le(uint16(mapiBinary), uint16(mapiRTF)), packRTF(`{\rtf1 body}`),
		le(uint16(mapiString8), uint16(0x8001), make([]byte, 16), 1, 5, "name\x00\x00\x00\x00"), []byte("named value\x00"),
	))...)
	b = append(b, attribute(2, tnefAttachBegin, make([]byte, 14))...)
	b = append(b, attribute(2, tnefAttachTitle, "LISTA~1.CSV\x00")...)
	b = append(b, attribute(2, tnefAttachData, "a,b\n")...)
	b = append(b, attribute(2, tnefAttachProps, mapiProps(le(uint16(mapiUnicode), uint16(mapiAttachLong)), wide("lista płac.csv\x00")))...)
	b = append(b, attribute(2, tnefAttachBegin, make([]byte, 14))...)
	b = append(b, attribute(2, tnefAttachProps, mapiProps(le(uint16(mapiObject), uint16(mapiAttachData)), append(make([]byte, 16), tnefMagic...)))...)
	return b
}

func TestTNEF(t *testing.T) {
	sink, result := readOffice(readTNEF, tnefFile(), plenty)
	wantFull(t, result)
	wantText(t, sink, "header", "Książka", "bob@example.org")
	wantText(t, sink, "", "PESEL 44051401359")
	wantText(t, sink, "properties", "named value")
	var children []string
	for _, c := range sink.children {
		children = append(children, c.Name+"|"+string(c.data))
	}
	want := []string{"body.rtf|{\\rtf1 body}", "lista płac.csv|a,b\n", "|" + tnefMagic}
	if diff := cmp.Diff(want, children); diff != "" {
		t.Error(diff)
	}
}

// TestTNEFCut says that what is missing is noted, and what is there is read.
func TestTNEFCut(t *testing.T) {
	whole := tnefFile()
	for _, n := range []int{len(whole) - 200, 100, 60, 7} {
		_, result := readOffice(readTNEF, whole[:n], plenty)
		if result.Scanned == Full || !slices.Contains(result.Problems, ProblemBroken) {
			t.Errorf("cut at %d: %+v", n, result)
		}
	}
}

func TestExpandRTF(t *testing.T) {
	if len(rtfDictionary) != 207 {
		t.Fatalf("dictionary has %d bytes", len(rtfDictionary))
	}
	// The example of [MS-OXRTFCP] 3.1.1.
	packed := []byte("\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0")
	want := "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
	r, err := expandRTF(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}
