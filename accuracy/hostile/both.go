package hostile

import "strings"

// bothClasses have two deviations at once: one in the message around a part,
// another in the part.
func bothClasses() []class {
	var list []class
	for _, o := range outers() {
		c := class{name: "two at once, " + o.name}
		for _, in := range inners() {
			c.variants = append(c.variants, variant{in.name, func(s secret) string { return o.make(in.make(s)) }})
		}
		list = append(list, c)
	}
	return list
}

// outer puts a part into a message that isn't read by all programs alike.
type outer struct {
	name string
	make func(part string) string
}

func outers() []outer {
	typed := func(x string) func(part string) string {
		return func(part string) string { return top + x + "\r\n" + parts("b1", cover, part) }
	}
	line := func(x string) func(part string) string {
		return func(part string) string {
			return top + mixed + "\r\n--b1\r\n" + cover + strings.ReplaceAll(x, "%", "--b1") + part + "--b1--\r\n"
		}
	}
	return []outer{
		{"two types", typed("Content-Type: text/plain\r\n" + mixed)},
		{"two boundaries", typed("Content-Type: multipart/mixed; boundary=b0; boundary=b1\r\n")},
		{"boundary in a comment", typed("Content-Type: multipart/mixed; boundary=(x)b1\r\n")},
		{"boundary with a NUL", typed("Content-Type: multipart/mixed; boundary=b\x001\r\n")},
		{"type in a fold", typed("X-A: 1\r\n \r\n" + mixed)},
		{"no colon before the type", typed("no field\r\n" + mixed)},
		{"type behind a bare CR", typed("X-A: 1\r" + mixed)},
		{"no boundary", typed("Content-Type: multipart/mixed\r\n")},
		{"boundary on a text", typed("Content-Type: text/plain; boundary=b1\r\n")},
		{"boundary that goes on", line("%x\r\n")},
		{"boundary behind a blank", line(" %\r\n")},
		{"boundary behind a bare CR", line("\r%\r\n")},
		{"boundary behind other characters", line("xx%\r\n")},
		{"part behind the end", func(part string) string {
			return top + mixed + "\r\n" + parts("b1", cover) + "\r\n" + parts("b1", part)
		}},
		{"part before the first", func(part string) string { return top + mixed + "\r\n" + part + parts("b1", cover) }},
		{"encoded multipart", func(part string) string {
			return top + mixed + "Content-Transfer-Encoding: base64\r\n\r\n" + broken(plain64(parts("b1", cover, part)), 76)
		}},
		{"encoded message", func(part string) string {
			return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"+broken(plain64(top+part), 76))
		}},
		{"fragment", func(part string) string {
			return top + "Content-Type: message/partial; id=\"a@b\"; number=1; total=1\r\n\r\n" + top + part
		}},
		{"smuggled", func(part string) string {
			return top + plainType + "\r\nHello\n.\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + top + part
		}},
		{"in the text", func(part string) string { return top + plainType + "\r\nHello\r\n\r\n" + part }},
	}
}

// inners are parts that aren't read by all programs alike.
func inners() []variant {
	text := func(encoding, body string) string {
		return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body + "\r\n"
	}
	return []variant{
		{"base64 in blocks", func(s secret) string { return text("base64", chunks(s.text(), 4)) }},
		{"base64 with junk", func(s secret) string { return text("base64", spread(s.b64(), "!*")) }},
		{"base64 behind padding", func(s secret) string { return text("base64", plain64("Hello!!\r\n")+"\r\n"+s.b64()) }},
		{"base64 of odd lines", func(s secret) string { return text("base64", chopped(s.b64(), 13)) }},
		{"quoted-printable with bad escapes", func(s secret) string { return text("quoted-printable", "=XX "+hexed(s.text())) }},
		{"quoted-printable cut inside an escape", func(s secret) string {
			return text("quoted-printable", strings.ReplaceAll(hexed(s.text()), "=3", "=3=\r\n"))
		}},
		{"two encodings", func(s secret) string {
			return "Content-Transfer-Encoding: 7bit\r\n" + text("quoted-printable", hexed(s.text()))
		}},
		{"encoding by another name", func(s secret) string { return text("quotedprintable", hexed(s.text())) }},
		{"encoding with a comment", func(s secret) string { return text("(x) quoted-printable", hexed(s.text())) }},
		{"encoding in a fold", func(s secret) string { return text("\r\n quoted-printable", hexed(s.text())) }},
		{"header ends in blanks", func(s secret) string {
			return plainType + "Content-Transfer-Encoding: quoted-printable\r\n \t\r\n" + hexed(s.text()) + "\r\n"
		}},
		{"UTF-7", func(s secret) string {
			return "Content-Type: text/plain; charset=utf-7\r\n\r\n" + utf7(s.text()) + "\r\n"
		}},
		{"UTF-16 in base64", func(s secret) string {
			return plainType + "Content-Transfer-Encoding: base64\r\n\r\n" + broken(plain64(wide(s.text(), true)), 76)
		}},
		{"page with tags in the value", func(s secret) string {
			return "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + hexed("<html>"+cutIn(s.text(), s.value, "<b></b>")) + "\r\n"
		}},
		{"multipart of another boundary", func(s secret) string {
			return "Content-Type: multipart/alternative; boundary=i\r\n\r\n" + parts("i ", cover, hidden(s))
		}},
		{"uuencode", func(s secret) string { return plainType + "\r\n" + uu(s.text()) }},
	}
}
