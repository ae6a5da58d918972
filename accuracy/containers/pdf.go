package containers

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// glyphs are the names (Adobe Glyph List) of letters that WinAnsi lacks; they
// take the codes from 1 on.
func glyphs() map[rune]string {
	return map[rune]string{'ą': "aogonek", 'ć': "cacute", 'ę': "eogonek", 'ł': "lslash", 'Ł': "Lslash", 'ń': "nacute", 'ś': "sacute", 'Ś': "Sacute", 'ź': "zacute", 'ż': "zdotaccent", 'č': "ccaron",
		'Е': "afii10022", 'Г': "afii10020", 'Н': "afii10031", '→': "arrowright",
		'Α': "Alpha", 'Μ': "Mu", 'Κ': "Kappa", 'Č': "Ccaron", 'ý': "yacute", 'ı': "dotlessi", 'ş': "scedilla"}
}

// pdf is one page a fifty lines, Helvetica, with compressed content: PDF 1.4
// as ISO 32000-1 describes it.
func pdf(it Item) string {
	differences, codes := "", map[rune]byte{}
	names := glyphs()
	encode := func(s string) string {
		var b strings.Builder
		for _, r := range typewriter(s) {
			c, ok := charmap.Windows1252.EncodeRune(r)
			if name, has := names[r]; has && !ok {
				if codes[r] == 0 {
					codes[r] = byte(len(codes) + 1)
					differences += " /" + name
				}
				c = codes[r]
			}
			if strings.IndexByte("()\\", c) >= 0 || c < 32 {
				fmt.Fprintf(&b, "\\%03o", c)
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	var pages []string
	lines := strings.Split(wrap(it.Text, 95), "\n")
	for len(lines) > 0 {
		n := min(50, len(lines))
		var page strings.Builder
		page.WriteString("BT /F1 10 Tf 50 790 Td 14 TL\n")
		for _, l := range lines[:n] {
			page.WriteString("(" + encode(l) + ") Tj T*\n")
		}
		pages = append(pages, page.String()+"ET\n")
		lines = lines[n:]
	}
	return mixed(it, file("application/pdf", "letter.pdf", pdfFile(pages, differences)))
}

// wrap breaks lines that are longer than a page is wide, at blanks.
func wrap(s string, width int) string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		for len(l) > width {
			at := strings.LastIndexByte(l[:width], ' ')
			if at <= 0 {
				break
			}
			out = append(out, l[:at])
			l = l[at+1:]
		}
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}

// pdfFile numbers the objects: 1 catalogue, 2 page tree, 3 font, then a page
// and its content in turn.
func pdfFile(pages []string, differences string) string {
	encoding := "/WinAnsiEncoding"
	if differences != "" {
		encoding = "<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1" + differences + "] >>"
	}
	var kids string
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding " + encoding + " >>"}
	for _, p := range pages {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write([]byte(p))
		_ = w.Close()
		n := len(objects) + 1
		kids += fmt.Sprintf("%d 0 R ", n)
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", n+1),
			fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream", z.Len(), z.String()))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", kids, len(pages))
	var b strings.Builder
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	table := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", table, len(objects)+1, start)
	return b.String()
}
