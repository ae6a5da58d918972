package hostile

import "strings"

// typeClasses are parts whose type and content tell different things.
func typeClasses() []class { return []class{textThatBeginsOtherwise(), typesOfMarkup()} }

// bodied is a message of one part of a type.
func bodied(kind, body string) string {
	return top + "Content-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
}

// textThatBeginsOtherwise begins like something else than its type says, which
// programs that show a part by its type don't mind.
func textThatBeginsOtherwise() class {
	var list []variant
	for _, begin := range []string{"%PDF-1.4\r\n", "{\\rtf1 ", "BEGIN:VCALENDAR\r\n", "BEGIN:VCARD\r\n", "{\"a\":1}\r\n", "[1,2]\r\n", "a;b;c\r\n1;2;3\r\n4;5;6\r\n", "---\r\na: b\r\n", "From: a\r\nTo: b\r\nSubject: c\r\nDate: d\r\n\r\n",
		"GIF89a", "PK\x03\x04", "BM", "<?xml version=\"1.0\"?>\r\n", "<svg xmlns=\"http://www.w3.org/2000/svg\">\r\n", "-----BEGIN PGP MESSAGE-----\r\n\r\n", "begin 644 a.txt\r\n", "MZ", "Rar!\x1a\x07", "ID3", "RIFF1234WEBP"} {
		list = append(list, variant{"page after " + show(begin), func(s secret) string {
			return bodied("text/html", begin+"<html><body><p>"+cutIn(s.text(), s.value, "<b></b>")+"</p></body></html>\r\n")
		}})
	}
	for _, begin := range []string{"<html>\r\n", "<!doctype html>\r\n", "{\\rtf1 ", "%PDF-1.4\r\n", "<?xml version=\"1.0\"?>\r\n", "GIF89a"} {
		list = append(list, variant{"text after " + show(begin), func(s secret) string {
			return bodied("text/plain", begin+"<p "+s.line+">\r\n</p "+s.line+">\r\n")
		}})
	}
	return class{"text that begins like something else", list}
}

// typesOfMarkup are shown as pages by some programs.
func typesOfMarkup() class {
	return class{"types of markup", append(each([]string{"text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html", "application/xhtml+xml", "text/x-html", "TEXT/HTML", "text/html; format=flowed"}, func(x string, s secret) string {
		return bodied(x, "See below.\r\n\r\n<bold>"+strings.Replace(s.line, s.value, cutIn(s.value, s.value, "</bold><bold>"), 1)+"</bold>\r\n")
	}), variant{"literal less-than of enriched text", func(s secret) string {
		return bodied("text/enriched", strings.Replace(s.line, s.value, cutIn(s.value, s.value, "<param>x</param><fixed></fixed>"), 1)+"\r\n")
	}})}
}
