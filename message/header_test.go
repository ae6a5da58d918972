package message

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

func TestHeaderLookUp(t *testing.T) {
	h := readMessage(t, []byte("Subject: =?utf-8?Q?=C3=A4?=\r\nTO:a@b\r\nX: 1\r\n\t2 \r\nto: \xff\xfec@d\r\nEmpty:\r\n\r\n")).Header
	for name, want := range map[string]string{"subject": "=?utf-8?Q?=C3=A4?=", "To": "a@b", "x": "1\t2", "empty": "", "none": ""} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := h.Values("To"); !slices.Equal(got, []string{"a@b", "\xff\xfec@d"}) {
		t.Errorf("To: %q", got)
	}
	if got := h.Text("subject"); got != "ä" {
		t.Errorf("subject is %q", got)
	}
	if got := string(h.Fields("x")[0].Raw); got != "X: 1\r\n\t2 " {
		t.Errorf("raw bytes are %q", got)
	}
	if h.Get("Content-Type") != "" || len(h.Values("none")) != 0 || h.Text("none") != "" {
		t.Error("there is something that isn't")
	}
}

func TestDecodeWords(t *testing.T) {
	for s, want := range map[string]string{
		"":                                 "",
		"plain":                            "plain",
		"=?utf-8?Q?=C3=A4?= =?utf-8?Q?b?=": "äb",    // blanks between words go
		"=?utf-8?Q?=C3?= =?UTF-8?b?pA==?=": "ä",     // a character over two words
		"=?utf-8?Q?a?= b =?utf-8?Q?c?=":    "a b c", // and around plain text stay
		"=?utf-8?Q?a?=b":                   "ab",    // no blank behind
		"=?iso-8859-2?Q?=B1?= =?utf-8?Q?=C4=85?=": "ąą",             // neighbours with other charsets
		"=?utf-8?B?w6Q?=":                         "ä",              // padding missing
		"=?utf-8?B?w6Q=w6Q=?=":                    "ää",             // padding inside
		"=?utf-8?Q?a?b?=":                         "a?b",            // a bare question mark
		"=?utf-8?Q?=zz=4?=":                       "=zz=4",          // no escapes
		"=?utf-8?Q?line=0D=0ABcc:_x?=":            "line\r\nBcc: x", // line ends that stood there encoded
		"=?x-none?Q?a=E4b?=":                      "a\uFFFDb",       // charset not known
		"=?utf-8?Q?=FF?=":                         "ÿ",              // declared wrongly
		"=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=":      "こん",             // a charset with states
		"=?utf-7?Q?+AOQ-b?=":                      "äb",             //
		"=?utf-8?Q?=":                             "=",              // without its end
		"=?utf-8?Q?b=C3=A4 c":                     "bä c",           //
		"=?utf-8?Q":                               "=?utf-8?Q",      // broken in all ways
		"=??Q?a?=":                                "=??Q?a?=",       //
		"=?=?=?":                                  "=?=?=?",         //
		"=?a b?Q?c?=":                             "=?a b?Q?c?=",    //
		"na\xefve":                                "naïve",          // eight bits without a word
		"=?utf-8?Q?" + strings.Repeat("a", 9000) + "?=": strings.Repeat("a", 9000), // some put everything into one
	} {
		if got := decodeWords(s); got != want {
			t.Errorf("%.60q: %.60q, want %.60q", s, got, want)
		}
	}
}

func FuzzDecodeWords(f *testing.F) {
	f.Add("=?utf-8?Q?=C3?= =?UTF-8?b?pA==?= =?iso-2022-kr?B?GyQpQw==?=")
	f.Fuzz(func(t *testing.T, s string) {
		got := decodeWords(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q is no UTF-8", got)
		}
		if !strings.Contains(s, "=?") && utf8.ValidString(s) && got != s {
			t.Errorf("%q becomes %q", s, got)
		}
		for _, v := range []string{s, "text/plain; name=" + s, "x; a=" + s + "; b=c"} {
			field := parseMIMEField(v)
			if len(field.params) > maxParams {
				t.Errorf("%d parameters", len(field.params))
			}
			if strings.ContainsFunc(field.value, notInValue) {
				t.Errorf("the value is %q", field.value)
			}
		}
	})
}

// Whatever stands in MIME fields, what is made of them is bounded, and the
// boundary that is used is the first of those that are tried.
func FuzzParams(f *testing.F) {
	for _, v := range []string{"multipart/mixed; boundary=a; boundary*0=b; boundary*1*=%63", "text/plain; charset=x; name*=utf-8''%41", `a/b; boundary="a\"b(c)"; (d(e`, "multipart/mixed, text/plain boundary = 'x'"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
			p := &Part{Header: Header{{Name: name, Raw: []byte(name + ": " + v)}, {Name: name, Raw: []byte(name + ":" + v)}}}
			p.describe(nil)
			d := p.doubt()
			if len(d.types) > maxCandidates || len(d.boundaries) > maxCandidates || len(d.encodings) > maxCandidates || len(p.Names) > maxNames {
				t.Errorf("%q: %d types, %d boundaries, %d encodings, %d names", v, len(d.types), len(d.boundaries), len(d.encodings), len(p.Names))
			}
			if b := p.Params["boundary"]; b != "" && len(b) <= maxBoundary && (len(d.boundaries) == 0 || d.boundaries[0] != b) {
				t.Errorf("%q: boundary %q of %q", v, b, d.boundaries)
			}
			if p.Type == "" || p.Encoding == "" && name != "Content-Transfer-Encoding" {
				t.Errorf("%q: type %q, encoding %q", v, p.Type, p.Encoding)
			}
			for _, n := range p.Names {
				if strings.ContainsFunc(n, unicode.IsControl) || n == "" {
					t.Errorf("%q: name %q", v, n)
				}
			}
		}
	})
}

// Text comes out right in every charset, however it arrives in pieces, and
// every character of it is found again where it stands.
func TestCharsets(t *testing.T) {
	polish := "Zażółć gęślą jaźń, dziękuję bardzo. Łódź"
	czech := "Příliš žluťoučký kůň úpěl ďábelské ódy"
	german := "Müller, Straße, schöne Grüße aus Österreich"
	french := "Là où l’été a été très agréable, ça va"
	for _, tt := range []struct{ charset, bytes, want string }{
		{"", "plain", "plain"},
		{"", "caf\xe9 \xc3\xa9 \xe2\x82", "café é â‚"},
		{"", "\xef\xbb\xbfé", "é"},
		{"utf-8", "\xef\xbb\xbfé\xe9", "éé"},
		{"", "\xff\xfea\x00\x05\x01", "aą"},
		{"", "a\x00b\x00c\x00d\x00", "abcd"},
		{"us-ascii", "\x00a\x00b\x00c\x00d", "abcd"},
		{"utf-8", "\xe2\x82\xac\x80", "€€"},
		{"UTF8", "é", "é"},
		{"iso-8859-1", "\x80\xe9", "€é"},
		{"Windows-1250", "\xb9", "ą"},
		{"koi8-r", "\xf0\xd2\xc9", "При"},
		{"shift_jis", "\x82\xb1\x82\xf1", "こん"},
		{"gb18030", "\xc4\xe3\xba\xc3", "你好"},
		{"iso-2022-jp", "\x1b$B$3$s\x1b(B", "こん"},
		{"utf-16", "\x00a\x01\x05", "aą"},
		{"utf-16", "\xff\xfea\x00", "a"},
		{"utf-16le", "a\x00b\x00", "ab"},
		{"utf-32", "\x00\x00\x00a\x00\x00\x01\x05", "aą"},
		{"utf-7", "1 +- 1, +AOQ-b+IKw 5 +2D3eAA-.", "1 + 1, äb€ 5 😀."},
		{"utf-7", "+2D0-x+2D0", "\uFFFDx\uFFFD"},
		{"utf-7", "\xff+AOQ\n+", "\uFFFDä\n"},
		{"iso-2022-kr", "a", "a"},
		{"x-none", "caf\xe9", "café"},
		{"", encoded(charmap.Windows1250, polish), polish},
		{"utf-8", encoded(charmap.ISO8859_2, polish), polish},
		{"", encoded(charmap.Windows1250, czech), czech},
		{"", encoded(charmap.ISO8859_2, czech), czech},
		{"us-ascii", encoded(charmap.Windows1252, german), german},
		{"", encoded(charmap.Windows1252, french), french},
	} {
		mail := "Content-Type: text/plain; charset=\"" + tt.charset + "\"\r\n\r\n" + tt.bytes
		p := readMessage(t, []byte(mail)).Root
		for _, r := range []io.Reader{p.Text(), iotest.OneByteReader(p.Text()), iotest.HalfReader(p.Text())} {
			got, err := io.ReadAll(r)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s %q: %q, %v, want %q", tt.charset, tt.bytes, got, err, tt.want)
			}
		}
		checkLocate(t, p)
	}
}

func encoded(c *charmap.Charmap, s string) string {
	var b []byte
	for _, r := range s {
		if x, ok := c.EncodeRune(r); ok {
			b = append(b, x)
		}
	}
	return string(b)
}

func TestUTF7IsNoted(t *testing.T) {
	m := readMessage(t, []byte("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-7\r\n\r\n+AOQ-"))
	if text, _ := io.ReadAll(m.Root.Text()); string(text) != "ä" || !m.Root.Has(AmbiguousCharset) {
		t.Errorf("%q, %v", text, m.Root.Problems)
	}
}
