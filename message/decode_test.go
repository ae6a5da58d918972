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
	var s step = &quotedStep{}
	if encoding == "base64" {
		s = newBase64Step(base64Skips)
	}
	b, err := io.ReadAll(&stepReader{src: r, step: s, spool: NewSpool(1, 1)})
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
	b, err := io.ReadAll(&stepReader{src: src, step: newBase64Step(base64Skips), spool: NewSpool(1, 1)})
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
		if strict, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b))); err == nil && goodLines(b) {
			if loose := decoded(t, "quoted-printable", bytes.NewReader(b)); !bytes.Equal(strict, loose) {
				t.Errorf("quoted-printable: %q, strictly %q", loose, strict)
			}
		}
		c := base64Check{}
		c.line(b, 0)
		if strict, err := base64.StdEncoding.DecodeString(strings.Map(dropBlanks, string(b))); (c.problem() == "") != (err == nil) && !bytes.ContainsAny(b, "=") {
			t.Errorf("checked %v, strictly %v", (c.problem() == ""), err)
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

// goodLines reports whether Read would call quoted-printable clean.
func goodLines(b []byte) bool {
	for line := range bytes.Lines(b) {
		if end := eol(line); !goodQuoted(line[:len(line)-end], end > 0) || hasLoneCR(line, end) {
			return false
		}
	}
	return true
}

// Blocks of all kinds decode to what was encoded.
func TestBlocks(t *testing.T) {
	for _, tt := range []struct{ meaning, text, want, name string }{
		{"uuencode", "begin 644 a b.txt\r\n#0V%T\r\n`\r\nend\r\nrest", "Cat", "a b.txt"},
		{"uuencode", "#0V%T\r\n", "Cat", ""},
		{"base64", "begin-base64 644 x\r\nQ2F0\r\n====\r\nQ2F0", "Cat", "x"},
		{"yenc", "=ybegin line=128 size=3 name=x y\r\n=ypart begin=1\r\n\x6d\x8b\x9e=\x7d\r\n=yend size=3\r\n", "Cat\x13", "x y"},
		{"binhex", "(This file must be converted with BinHex 4.0)\r\n\r\n:3f&dN!0c:", "Cattts", ""},
	} {
		m := &Message{Content: filled(t, NewSpool(1<<20, 1<<20), []byte(tt.text))}
		s := newReadings(t.Context(), m)
		var out bytes.Buffer
		name, err := s.decodeBlock(m.Content, Span{0, m.Content.Size()}, tt.meaning, &out)
		if err != nil || name != tt.name || out.String() != tt.want {
			t.Errorf("%s: %q, name %q, %v", tt.meaning, out.String(), name, err)
		}
	}
}

// A block of whatever bytes decodes to a bounded number of others.
func FuzzBlocks(f *testing.F) {
	f.Add("begin 644 a\r\n#0V%T\r\n`\r\nend\r\n")
	f.Add("=ybegin line=1 name=x\r\nab=c\r\n=yend\r\n")
	f.Add("(This file must be converted with BinHex 4.0)\r\n:!N\"q3:")
	f.Fuzz(func(t *testing.T, text string) {
		m := readMessage(t, []byte("MIME-Version: 1.0\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"+text))
		checkWork(t, m)
		for _, meaning := range []string{"uuencode", "base64", "yenc", "binhex"} {
			var out bytes.Buffer
			if _, err := newReadings(t.Context(), m).decodeBlock(m.Content, m.Root.body(), meaning, &limited{w: &out, left: 1000}); err != nil || out.Len() > 1000 {
				t.Errorf("%s: %d bytes, %v", meaning, out.Len(), err)
			}
		}
	})
}
