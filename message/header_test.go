package message

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/transform"
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
		"=?utf-8?Q?=":                             "=?utf-8?Q?=",    // broken in all ways
		"=?utf-8?Q":                               "=?utf-8?Q",      //
		"=??Q?a?=":                                "=??Q?a?=",       //
		"=?=?=?":                                  "=?=?=?",         //
		"=?a b?Q?c?=":                             "=?a b?Q?c?=",    //
		"na\xefve":                                "naïve",          // eight bits without a word
		"=?utf-8?Q?" + strings.Repeat("a", 9000) + "?=": "=?utf-8?Q?" + strings.Repeat("a", 9000) + "?=", // beyond reason
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

// Text comes out right in every charset, however it arrives in pieces.
func TestCharsets(t *testing.T) {
	for _, tt := range []struct{ charset, bytes, want string }{
		{"", "plain", "plain"},
		{"", "caf\xe9 \xc3\xa9 \xe2\x82", "café é â‚"},
		{"", "\xef\xbb\xbfé", "é"},
		{"", "\xff\xfea\x00\x05\x01", "aą"},
		{"utf-8", "\xe2\x82\xac\x80", "€€"},
		{"UTF8", "é", "é"},
		{"iso-8859-1", "\x80\xe9", "€é"},
		{"Windows-1250", "\xb9", "ą"},
		{"utf-16", "\x00a\x01\x05", "aą"},
		{"utf-16", "\xff\xfea\x00", "a"},
		{"utf-7", "1 +- 1, +AOQ-b+IKw 5 +2D3eAA-.", "1 + 1, äb€ 5 😀."},
		{"utf-7", "+2D0-x+2D0", "\uFFFDx\uFFFD"},
		{"utf-7", "\xff+AOQ\n+", "\uFFFDä\n"},
		{"iso-2022-kr", "a", "a"},
		{"x-none", "caf\xe9", "café"},
	} {
		d, _ := decoderFor(tt.charset)
		for _, r := range []io.Reader{strings.NewReader(tt.bytes), iotest.OneByteReader(strings.NewReader(tt.bytes))} {
			d.Reset()
			got, err := io.ReadAll(transform.NewReader(r, d))
			if err != nil || string(got) != tt.want {
				t.Errorf("%s %q: %q, %v, want %q", tt.charset, tt.bytes, got, err, tt.want)
			}
		}
	}
}

func TestUTF7IsNoted(t *testing.T) {
	m := readMessage(t, []byte("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-7\r\n\r\n+AOQ-"))
	if text, _ := io.ReadAll(m.Root.Text(m.Content)); string(text) != "ä" || !m.Root.Has(AmbiguousCharset) {
		t.Errorf("%q, %v", text, m.Root.Problems)
	}
}
