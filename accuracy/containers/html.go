package containers

import (
	"html"
	"strings"
)

// page is the letter as mail programs make it.
func page(it Item, body string) string {
	return "<!DOCTYPE html>\n<html lang=\"" + it.Language + "\"><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n<style>p.MsoNormal {margin:0cm; font-size:11.0pt}</style></head>\n<body>\n" + body + "\n</body></html>\n"
}

// htmlText turns lines into paragraphs.
func htmlText(s string) string {
	var b strings.Builder
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		if l == "" {
			l = "\u00a0"
		}
		b.WriteString("<p class=MsoNormal>" + html.EscapeString(l) + "</p>\n")
	}
	return b.String()
}

// htmlCut has tags inside the value, as editors leave them.
func htmlCut(it Item) string {
	v := html.EscapeString(it.Value)
	p := thirds(it.Value)
	cut := html.EscapeString(p[0]) + "<b>" + html.EscapeString(p[1]) + "</b><span style=\"color:#1F497D\">" + html.EscapeString(p[2]) + "</span>"
	return bodyOnly(it, quotedPrintable("text/html; charset=utf-8", page(it, strings.Replace(htmlText(it.Text), v, cut, 1))))
}

// htmlTable has the label in the heading of the column only.
func htmlTable(it Item) string {
	cells := func(tag string, list ...string) string {
		s := "<tr>"
		for _, c := range list {
			s += "<" + tag + ">" + html.EscapeString(c) + "</" + tag + ">"
		}
		return s + "</tr>\n"
	}
	body := "<table border=1>\n" + cells("th", "Nr", it.Label, "Name") + cells("td", "1", it.Value, "Anna Kowalska") + cells("td", "2", "", "Bernd Groß") + "</table>"
	return bodyOnly(it, quotedPrintable("text/html; charset=utf-8", page(it, body)))
}
