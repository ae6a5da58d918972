package message

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// checkLocate checks that the places of a text come in order, lie in the body,
// and that nothing is behind its end.
func checkLocate(t *testing.T, p *Part) {
	t.Helper()
	text, err := io.ReadAll(p.Text())
	if err != nil {
		t.Fatal(err)
	}
	last := p.Start
	step := 1 + len(text)/3
	for i := 0; i < len(text); i += step {
		at, err := p.Locate(int64(i))
		if err != nil || at < last || at > p.End {
			t.Fatalf("%s: %d of %d is at %d after %d, %v; body %d-%d", p.Path, i, len(text), at, last, err, p.Start, p.End)
		}
		last = at
	}
	for _, beyond := range []int64{-1, int64(len(text)) + 1, 1 << 40} {
		if _, err := p.Locate(beyond); !errors.Is(err, ErrBeyond) {
			t.Errorf("%s: %d of %d is somewhere: %v", p.Path, beyond, len(text), err)
		}
	}
}

// Each value in a text is found where it stands, whatever is undone before it.
func TestLocate(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct{ name, header, body, value, stands string }{
		{"plain", "", "one VALUE two", "VALUE", "VALUE two"},
		{"far", "", long + "VALUE", "VALUE", "VALUE"},
		{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n", "=C3=A4 a=\r\nb =56ALUE", "VALUE", "=56ALUE"},
		{"quoted-printable, far", "Content-Transfer-Encoding: quoted-printable\r\n", strings.Repeat("=41=\r\n", 10_000) + "VALUE", "VALUE", "VALUE"},
		{"base64", "Content-Transfer-Encoding: base64\r\n", "YWJj\r\nVkFM\r\nVUU=", "VALUE", "VkFM"},
		{"base64, far", "Content-Transfer-Encoding: base64\r\n", strings.Repeat("YWJj\r\n", 10_000) + "VkFMVUU=", "VALUE", "VkFMVUU="},
		{"UTF-16", "Content-Type: text/plain; charset=utf-16le\r\n", "\xe4\x00V\x00A\x00L\x00U\x00E\x00", "VALUE", "V\x00A"},
		{"windows-1252", "Content-Type: text/plain; charset=windows-1252\r\n", "\x80\x80 VALUE", "VALUE", "VALUE"},
		{"false UTF-8", "Content-Type: text/plain; charset=utf-8\r\n", "\x80\xe9 VALUE", "VALUE", "VALUE"},
		{"Japanese", "Content-Type: text/plain; charset=iso-2022-jp\r\n", "\x1b$B$3$s\x1b(BVALUE", "VALUE", "VALUE"},
		{"both", "Content-Type: text/plain; charset=windows-1250\r\nContent-Transfer-Encoding: quoted-printable\r\n", "=B3=F3d=BC VALUE", "VALUE", "VALUE"},
	} {
		mail := tt.header + "\r\n" + tt.body
		p := readMessage(t, []byte(mail)).Root
		text, err := io.ReadAll(p.Text())
		if err != nil {
			t.Fatal(err)
		}
		i := strings.Index(string(text), tt.value)
		at, err := p.Locate(int64(i))
		if err != nil || i < 0 || !strings.HasPrefix(strings.TrimLeft(mail[at:], "\r\n"), tt.stands) {
			t.Errorf("%s: at %d of the text, %d of the mail, %v: %.20q", tt.name, i, at, err, mail[at:])
		}
		checkLocate(t, p)
	}
}
