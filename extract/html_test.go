package extract

import (
	"strings"
	"testing"
)

// What a reader sees as one is one, what he sees apart is apart, and what is
// hidden from him is text too.
func TestHTML(t *testing.T) {
	for _, c := range []struct{ page, place, want string }{
		{"<p>45<b>39</b> 14<span>8</span>8</p>", "", "4539 1488\n"},
		{"4539&nbsp;1488&#49;&#x32;&amp;&unknown;<br>", "", "4539\u00a0148812&&unknown;\n"},
		{"<table><tr><td>45</td><td>39</td></tr><tr><td> a <p>b</p> </td><td></td><td>c</td></tr></table>x", "", "45\t39\na b\t\tc\n\nx\n"},
		{"<table><tr><th colspan=2>A</th><th>B</th></tr></table>", "", "A\t\tB\n"},
		{"<table><tr><td><p>one</p><p>two</p><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>", "", "one\ntwo\n\n1\t2\n"},
		{"<p>one</p><p>two<br>three</p>", "", "one\n\ntwo\nthree\n"},
		{"a<div style='display: none'>hidden</div>b", "hidden", "hidden"},
		{"a<div style='display: none'>hidden</div>b", "", "a\nb\n"},
		{"a<i style='color:red'>b</i><i style='display: none'>c</i><i style='color:red'>d</i>", "", "abd\n"},
		{"<p>45<span style='font-size:0'>11</span>39</p>", "", "4539\n"},
		{"<p>45<span style='font-size:0px'>11</span>39</p>", "hidden", "451139"},
		{"<p>45<span style='font-size:10pt'>11</span>39</p>", "", "451139\n"},
		{"45<!-- a comment -->39", "", "4539\n"},
		{"45<!-- a comment -->39", "hidden", " a comment "},
		{"45<!--[if mso]>11<b>22</b><![endif]-->39", "hidden", "45112239"},
		{"45<!--[if mso]>11<b>22</b><![endif]-->39", "", "4539\n"},
		{"<!--[if !mso]><!-->45<!--<![endif]-->39", "", "4539\n"},
		{"<script>var x = '4539<b>', y = '\\u0034\\x35'</script>a", "script", "var x = '4539<b>', y = '45'"},
		{"<style>.a:before{content:'\\34 539'}</style>a", "hidden", "4539"},
		{"<img alt='a picture' src='cid:1'>", "hidden", "a picture"},
		{"<input placeholder=4539 value=\"1488\">", "hidden", "4539\n"},
		{"<a href='https://x.example/?a=1&amp;b=2'>x</a>", "links", "https://x.example/?a=1&b=2\n"},
		{"<noscript>45<b>39</b></noscript>", "", "4539\n"},
		{"<template>45<b>39</b></template>", "hidden", "4539"},
		{"<p title=\"unfinished 4539", "hidden", "unfinished 4539"},
		{"<textarea>45&#51;9</textarea><title>the &amp; title</title>", "", "4539\n"},
		{"<textarea>45&#51;9</textarea><title>the &amp; title</title>", "properties", "the & title"},
		{"1 < 2 <3 </ 4 <p", "", "1 < 2 <3\n"},
		{"45<!-- a comment --!>39", "", "4539\n"},
		{"45<!-- a -- > comment --!>39", "hidden", " a -- > comment "},
		{"<p 4539 x></p 1488>", "hidden", "4539  1488\n"},
		{"45<label>39</label> <button>14</button>88", "", "4539 1488\n"},
		{"<div style='display: inline'>45</div><div style='display: inline'>39</div><div>1488</div>", "", "4539\n1488\n"},
		{"<p>No. 45<span style='color:#fff'>11</span>39</p>", "", "No. 451139\n"},
		{"<p>No. 45<span style='color:#fff'>11</span>39</p>", "layout", "No. 4539\n"},
		{"<p>No. <i class=a>45</i><i class=b>11</i><i class=a>39</i></p>", "layout", "No.  4539\n"},
		{"<p>No. 45<i>11</i> 39</p>", "layout", "No. 45 39\n"},
		{"<p>No. 45 <i>11</i> 39</p>", "hidden", ""},
		{"<p>No. 45<img alt='39'>14<input value=88></p>", "layout", "No. 45391488\n"},
		{"a <bdo dir=rtl>9354</bdo> b", "", "a \u202e9354\u202c b\n"},
		{"<div dir=RTL><p>a</p><p><bdo>9354</bdo></p></div>b", "", "\u202ba\n\n\u202e9354\n\nb\n"},
		{"<p style='direction: rtl; unicode-bidi: bidi-override'>9354<br>b<span dir=ltr>c</span></p>", "", "\u202e9354\n\u202eb\u202cc\n"},
	} {
		r, got := extracted(t, File{Type: "text/html"}, []byte(c.page))
		if r.Scanned != Full || r.Kind != KindHTML {
			t.Errorf("%s: %+v", c.page, r)
		}
		if text := got.place[c.place]; c.place == "" && text != c.want || !strings.Contains(text, c.want) {
			t.Errorf("%s: place %q is %q, want %q", c.page, c.place, text, c.want)
		}
	}
}

// Tags and texts of any length are read to their end, in pieces.
func TestHTMLLongTokens(t *testing.T) {
	filler := strings.Repeat("x ", 1<<20)
	for name, page := range map[string]string{
		"text":      "<p>" + filler + "needle</p> <b>behind</b>",
		"attribute": "<img alt='needle " + filler + "needle'> <b>behind</b>",
		"unquoted":  "<img alt=" + strings.Repeat("x", 1<<20) + "needle> <b>behind</b>",
		"comment":   "45<!-- needle " + filler + "needle -->39 <b>behind</b>",
		"script":    "<script>" + filler + "needle</script> <b>behind</b>",
		"style":     "<style>" + filler + "needle</style> <b>behind</b>",
		"name":      "<x" + strings.Repeat("y", 1<<20) + " z=needle> <b>behind</b>",
	} {
		r, c := extracted(t, File{Type: "text/html"}, []byte(page))
		if got := c.all(); r.Scanned != Full || !strings.Contains(got, "needle") || !strings.HasSuffix(c.place[""], "behind\n") {
			t.Errorf("%s: %+v, %d bytes", name, r, len(got))
		}
		if name == "comment" && !strings.Contains(c.place[""], "4539") {
			t.Errorf("the comment cuts the number: %q", c.place[""])
		}
	}
}

// A file in an attribute is a file.
func TestHTMLDataURI(t *testing.T) {
	for _, page := range []string{
		`<img src="data:text/plain;base64,aGVs` + "\n" + `bG8gd29ybGQ=">`,
		`<img src="data:text/plain,hello%20world">`,
		`<img src=data:;base64,aGVsbG8gd29ybGQ>`,
	} {
		_, c := extracted(t, File{Type: "text/html"}, []byte(page))
		if len(c.files) != 1 || string(c.files[0].data) != "hello world" {
			t.Errorf("%s: %+v", page, c.files)
		}
	}
}

// However much stands apart from the body within a line, no word of the line is
// cut by it.
func TestHTMLWordsStayWhole(t *testing.T) {
	aside := "<!--" + strings.Repeat("x", 3*pageFlush) + "-->"
	for name, before := range map[string]string{"short line": "words ", "long line": strings.Repeat("Zażółć ", pageFlush), "one word": strings.Repeat("ż", 3*pageFlush)} {
		_, c := extracted(t, File{Type: "text/html"}, []byte("<p>"+before+"4539 1488"+aside+"0343 6467"))
		if !strings.Contains(c.place[""], "4539 14880343 6467\n") {
			t.Errorf("%s: %q", name, c.place[""][len(c.place[""])-100:])
		}
	}
	row := "<table><tr><td>PESEL</td><td>" + aside + "</td><td><p>one</p><p>" + aside + "two</p></td></tr></table>"
	if _, c := extracted(t, File{Type: "text/html"}, []byte(row)); c.place[""] != "PESEL\t\tone two\n" {
		t.Errorf("a row: %q", c.place[""])
	}
}

// Names and comments are cut between characters, where they are cut.
func TestMarkupCutsCharacters(t *testing.T) {
	for i := range 3 {
		long := strings.Repeat("x", i) + strings.Repeat("ż", markupBuffer)
		for _, page := range []string{"<?xml version='1.0'?><" + long + ">a</" + long + ">", "<html><!--" + long + "-->b<!--" + long + "-->"} {
			c := &checker{t: t}
			x := newExtractor(t)
			if r := x.Extract(t.Context(), File{Data: strings.NewReader(page), Size: int64(len(page))}, x.Budget(1<<20), c); r.Scanned != Full {
				t.Errorf("%+v", r)
			}
			c.end()
		}
	}
}
