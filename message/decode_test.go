package message

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
)

func decoded(t testing.TB, encoding string, r io.Reader) []byte {
	t.Helper()
	var s step = quotedStep{}
	if encoding == "base64" {
		s = &base64Step{table: newBase64Table()}
	}
	b, err := io.ReadAll(newStepReader(r, s, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is encoded by the rules comes back, however it arrives in pieces.
func TestDecodeRoundTrip(t *testing.T) {
	for _, size := range []int{0, 1, 2, 3, 56, 57, 58, 8192, 100_000} {
		want := noise(size)
		plain := base64.StdEncoding.EncodeToString(want)
		var b64 bytes.Buffer
		for ; len(plain) > 76; plain = plain[76:] {
			b64.WriteString(plain[:76] + "\r\n")
		}
		b64.WriteString(plain + "\r\n")
		var qp bytes.Buffer
		w := quotedprintable.NewWriter(&qp)
		w.Binary = true
		w.Write(want)
		w.Close()
		for name, text := range map[string][]byte{"base64": b64.Bytes(), "quoted-printable": qp.Bytes()} {
			for _, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)), iotest.HalfReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text))} {
				if got := decoded(t, name, r); !bytes.Equal(got, want) {
					t.Errorf("%s: %d bytes come back as %d others", name, size, len(got))
				}
			}
		}
	}
}

func TestDecodeLoosely(t *testing.T) {
	blanks := strings.Repeat(" ", 20_000)
	for _, tt := range []struct{ encoding, text, want string }{
		{"base64", "SGVsbG8", "Hello"},
		{"base64", "SGVsbG8=====", "Hello"},
		{"base64", "S-G_V\x00s\r\nb G8=", "Hello"},
		{"base64", "SGVsbG8=SGVsbG8=", "HelloHello"},
		{"base64", "S", ""},
		{"quoted-printable", "a=3D=3d=C3=BC", "a==ü"},
		{"quoted-printable", "soft=\r\nsoft=\nsoft= \t \r\nend", "softsoftsoftend"},
		{"quoted-printable", "blanks \t\r\nend  ", "blanks\r\nend"},
		{"quoted-printable", "a b\tc", "a b\tc"},
		{"quoted-printable", "=zz=4==4", "=zz=4==4"},
		{"quoted-printable", "a=", "a"},
		{"quoted-printable", "a=\rb", "a=\rb"},
		{"quoted-printable", "x" + blanks + "y", "x" + blanks + "y"},
		{"quoted-printable", "x=" + blanks + "y", "x=" + blanks + "y"},
	} {
		for _, r := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
			if got := decoded(t, tt.encoding, r); string(got) != tt.want {
				t.Errorf("%s %.60q: %.60q, want %.60q", tt.encoding, tt.text, got, tt.want)
			}
		}
	}
}

// An error of what lies beneath is passed on, behind what came before it.
func TestDecodeError(t *testing.T) {
	src := io.MultiReader(strings.NewReader("SGVsbG8h"), iotest.ErrReader(io.ErrUnexpectedEOF))
	b, err := io.ReadAll(newStepReader(src, &base64Step{table: newBase64Table()}, 0))
	if string(b) != "Hello!" || err != io.ErrUnexpectedEOF {
		t.Errorf("%q, %v", b, err)
	}
}

// Whatever stands there, decoding ends, comes to the same in pieces, and what
// Read called clean the strict decoders read the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("SGVs\r\nbG8="))
	f.Add([]byte("a=3Db= \r\nc  "))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range []string{"base64", "quoted-printable"} {
			whole := decoded(t, name, bytes.NewReader(b))
			pieces := decoded(t, name, iotest.OneByteReader(bytes.NewReader(b)))
			if !bytes.Equal(whole, pieces) {
				t.Errorf("%s: %q, in pieces %q", name, whole, pieces)
			}
			if len(whole) > len(b) {
				t.Errorf("%s: %d bytes out of %d", name, len(whole), len(b))
			}
		}
		c := base64Check{table: newBase64Table()}
		c.line(b, 0)
		if strict, err := base64.StdEncoding.DecodeString(strings.Map(dropBlanks, string(b))); c.good() != (err == nil) && !bytes.ContainsAny(b, "=") {
			t.Errorf("checked %v, strictly %v", c.good(), err)
		} else if err == nil && !bytes.Equal(strict, decoded(t, "base64", bytes.NewReader(b))) {
			t.Error("strictly decoded it is something else")
		}
	})
}

func dropBlanks(r rune) rune {
	if strings.ContainsRune(" \t\r\n", r) {
		return -1
	}
	return r
}
