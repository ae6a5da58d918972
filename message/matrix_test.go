package message

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// hides reports whether a mail hides the marker silently: it stands in no
// reading, and nothing is doubtful.
func hides(t *testing.T, mail string) bool {
	t.Helper()
	silent := true
	readMessage(t, []byte(mail)).Root.WalkAll(func(p *Part) {
		for _, x := range p.Problems {
			silent = silent && !Ambiguous(x.Code) && !Incomplete(x.Code)
		}
		silent = silent && !strings.Contains(allText(t, p), marker)
	})
	return silent
}

// Whatever stands where a line end, the end of a header or a boundary should
// be, a value behind it is found, or the mail is doubtful.
func TestSeparators(t *testing.T) {
	const head = "From: a@example.com\r\nMIME-Version: 1.0\r\n"
	secret := base64.StdEncoding.EncodeToString([]byte("Hello, the " + marker + " stands here."))
	mails := map[string]string{
		"end of header":     head + "Content-Transfer-Encoding: base64%s" + secret + "\r\n",
		"between fields":    head + "X: y%sContent-Transfer-Encoding: base64\r\n\r\n" + secret + "\r\n",
		"behind a boundary": head + "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m%sContent-Transfer-Encoding: base64\r\n\r\n" + secret + "\r\n--m--\r\n",
		"before a boundary": head + "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nx%s--m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + secret + "\r\n--m--\r\n",
	}
	var try func(sep string)
	try = func(sep string) {
		// Blanks alone separate nothing for anybody, and what follows an empty
		// line and a blank is text.
		if strings.Trim(sep, " ") != "" && !strings.HasSuffix(sep, "\n\n ") {
			for where, mail := range mails {
				if hides(t, fmt.Sprintf(mail, sep)) {
					t.Errorf("%s: %q hides it", where, sep)
				}
			}
		}
		for _, c := range "\r\n \x00" {
			if len(sep) < 3 {
				try(sep + string(c))
			}
		}
	}
	try("")
}

// Whatever is put anywhere into a field that says how a part is read, what
// some programs see then is found, or the mail is doubtful.
func TestObscuredFields(t *testing.T) {
	secret := "Content-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte("Hello, the "+marker+" stands here.")) + "\r\n"
	parts := "\r\n\r\n--abc\r\n" + secret + "--abc--\r\n"
	mails := []struct{ field, rest string }{
		{"Content-Transfer-Encoding: base64", strings.TrimPrefix(secret, "Content-Transfer-Encoding: base64")},
		{`Content-Type: multipart/mixed; boundary="abc"`, parts},
		{"Content-Type: multipart/mixed; boundary=abc", parts},
	}
	for _, m := range mails {
		for _, put := range []string{"\x00", "\v", "\f", "\b", "\t", " ", "\x7f", "\xa0", "(c)", `"`, `\`, "'", "=", ";", ",", "\r\n ", "\n ", "\r", "%20", "=?utf-8?q??=", "/", "*", "."} {
			for i := range len(m.field) + 1 {
				if i == 0 && strings.Contains(put, "\n") {
					continue // an empty line: what follows is text
				}
				field := m.field[:i] + put + m.field[i:]
				if hides(t, "From: a@example.com\r\nMIME-Version: 1.0\r\n"+field+m.rest) {
					t.Errorf("%q hides it", field)
				}
			}
		}
	}
}
