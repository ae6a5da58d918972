package sdk

import (
	"bytes"
	"errors"
	"io"
	"net/mail"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeSettings(t *testing.T) {
	type inner struct {
		Port int `json:"port"`
	}
	type all struct {
		Name    string           `json:"name"`
		Servers []inner          `json:"servers"`
		Named   map[string]inner `json:"named"`
		On      *bool            `json:"on"`
	}
	for _, c := range []struct {
		in   string
		want []Diagnostic
	}{
		{"", nil},
		{"null", nil},
		{`{"name": "x", "servers": [{"port": 1}], "named": {"a": {"port": 2}}, "on": true}`, nil},
		{"{\n\n\"name\": }", []Diagnostic{{Line: 3, Text: "the settings aren't JSON: invalid character '}' looking for beginning of value"}}},
		{`[]`, []Diagnostic{{Text: "read [], want an object"}}},
		{`{"nam": 1, "servers": [{"port": "x"}, {"prt": 1}, 5], "named": {"a": 1}, "on": "yes"}`, []Diagnostic{
			{Path: "nam", Text: "not known; allowed: name, servers, named, on"},
			{Path: "named.a", Text: "read 1, want an object"},
			{Path: "on", Text: `read "yes", want bool`},
			{Path: "servers[0].port", Text: `read "x", want int`},
			{Path: "servers[1].prt", Text: "not known; allowed: port"},
			{Path: "servers[2]", Text: "read 5, want an object"},
		}},
	} {
		if diff := cmp.Diff(c.want, DecodeSettings([]byte(c.in), &all{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.in, diff)
		}
	}
}

func FuzzDecodeSettings(f *testing.F) {
	f.Add(`{"name": [1, {"a": null}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		var s struct {
			Name []map[string]int `json:"name"`
		}
		DecodeSettings([]byte(in), &s)
	})
}

// Content arrives whole and in order, however it is cut; a broken stream never
// looks like its end.
func TestEachChunk(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), MaxChunk/5)
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(content), "half": iotest.HalfReader(bytes.NewReader(content)),
		"end with data": iotest.DataErrReader(bytes.NewReader(content))} {
		var got []byte
		err := EachChunk(r, func(c []byte) error {
			if len(c) > MaxChunk {
				t.Errorf("%s: a chunk of %d", name, len(c))
			}
			got = append(got, c...)
			return nil
		})
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	broken := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := EachChunk(broken, func([]byte) error { return nil }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken stream: %v", err)
	}
	if err := EachChunk(nil, func([]byte) error { return nil }); err == nil {
		t.Error("no content at all")
	}
}

// The plugin's side of a content: too short and too long are errors.
func TestChunks(t *testing.T) {
	for _, c := range []struct {
		parts []string
		size  int64
		ok    bool
	}{
		{[]string{"ab", "", "c"}, 3, true},
		{[]string{"abc"}, -1, true},
		{nil, 0, true},
		{[]string{"ab"}, 3, false},
		{[]string{"abcd"}, 3, false},
		{[]string{"abc", "d"}, 3, false},
		{[]string{"a"}, 0, false},
	} {
		parts := c.parts
		r := &chunks{left: c.size, next: func() ([]byte, error) {
			if len(parts) == 0 {
				return nil, io.EOF
			}
			p := parts[0]
			parts = parts[1:]
			return []byte(p), nil
		}}
		got, err := io.ReadAll(r)
		if (err == nil) != c.ok || c.ok && string(got) != strings.Join(c.parts, "") {
			t.Errorf("%v of %d: %q %v", c.parts, c.size, got, err)
		}
	}
}

// Nothing that is told can get into a notice's header or break its lines.
func TestNoticeInjection(t *testing.T) {
	n := Notice{From: "p@b.example", To: "a@b.example", Job: "j\r\nX: y", Key: "k", Date: time.Unix(0, 0).UTC(),
		About: []NoticeAbout{{Address: "bob@c.example\r\n.\r\n", Reasons: []Reason{{Rule: "r", Text: "a\r\n\r\nb"}}}}}
	m, err := n.Message()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(m, []byte("\n")) != bytes.Count(m, []byte("\r\n")) {
		t.Error("bare line ends")
	}
	read, err := mail.ReadMessage(bytes.NewReader(m))
	if err != nil || read.Header.Get("X") != "" {
		t.Errorf("%v %v", read, err)
	}
	for _, to := range []string{"", "a@b.example\r\nBcc: c@d.example"} {
		n.To = to
		if _, err := n.Message(); err == nil {
			t.Errorf("%q was taken", to)
		}
	}
}
