package inspect

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func htmlText(t testing.TB, page string) string {
	t.Helper()
	var b bytes.Buffer
	if err := readHTML(strings.NewReader(page), &b); err != nil && err != errLongToken {
		t.Fatal(err)
	}
	return b.String()
}

// What a reader sees as one is one, what he sees apart is apart, and what is
// hidden from him is text too.
func TestHTMLText(t *testing.T) {
	for page, want := range map[string]string{
		"<p>45<b>39</b> 14<span>8</span>8</p>":                  "4539 1488",
		"4539&nbsp;1488&#49;&#x32;":                             "4539\u00a0148812",
		"<td>45</td><td>39</td>":                                "45\n",
		"<div style='display:none'>hidden</div>":                "hidden",
		"<!-- a comment -->":                                    " a comment ",
		"<script>var x = '4539'</script>":                       "var x = '4539'",
		"<style>.a{}</style>":                                   ".a{}",
		"<img alt='a picture' src='cid:1'>":                     "a picture",
		"<a href='https://x.example/?a=1&amp;b=2'>x</a>":        "https://x.example/?a=1&b=2",
		"<noscript>45<b>39</b></noscript>":                      "4539",
		"45<!-- x -->39":                                        "4539",
		"<p title=\"unfinished 4539":                            "unfinished 4539",
		"<textarea>45&#51;9</textarea><title>the title</title>": "4539",
	} {
		if got := htmlText(t, page); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", page, got, want)
		}
	}
	if got := htmlText(t, "<td>45</td><td>39</td>"); strings.Contains(got, "4539") {
		t.Errorf("cells run together: %q", got)
	}
}

// Tags and texts of any length are read in bounded memory, to their end.
func TestHTMLLongTokens(t *testing.T) {
	filler := strings.Repeat("x ", 2*htmlToken)
	for name, page := range map[string]string{
		"text":      "<p>" + filler + "needle</p> <b>behind</b>",
		"attribute": "<img alt='needle " + filler + "needle'> <b>behind</b>",
		"comment":   "<!-- needle " + filler + "needle --> <b>behind</b>",
		"script":    "<script>" + filler + "needle</script> <b>behind</b>",
	} {
		var b bytes.Buffer
		err := readHTML(strings.NewReader(page), &b)
		if err != errLongToken {
			t.Errorf("%s: error %v", name, err)
		}
		if got := b.String(); !strings.Contains(got, "needle") || !strings.Contains(got, "behind") {
			t.Errorf("%s: text is missing", name)
		}
	}
}

// FuzzHTML: no page makes the reader fail or lose the error of what it reads
// from, and all text outside of tags arrives.
func FuzzHTML(f *testing.F) {
	f.Add("<p>a</p>")
	f.Add("<!-- x --><script>1</script>&nbsp;&#x41;")
	f.Add("<noscript><iframe><plaintext><a b='c")
	f.Fuzz(func(t *testing.T, page string) {
		var b bytes.Buffer
		if err := readHTML(strings.NewReader(page+"<p>needle</p>-->\"'</script></style></title></textarea></xmp></iframe>needle"), &b); err != nil {
			t.Errorf("error %v", err)
		}
		if !strings.Contains(b.String(), "needle") {
			t.Errorf("text is missing: %q", b.String())
		}
		broken := io.MultiReader(strings.NewReader(page), errorReader{})
		if err := readHTML(broken, &b); err != io.ErrUnexpectedEOF {
			t.Errorf("error %v", err)
		}
	})
}

// errorReader always fails.
type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
