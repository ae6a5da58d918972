package hostile

import "strings"

// boundaryClasses are about the boundary parameter and the lines that use it.
func boundaryClasses() []class {
	return []class{boundaryGivenTwice(), boundaryQuotedOddly(), boundaryWithCommentsOrEncodings(), boundaryWithControls(), boundaryLines(), boundariesThatResembleEachOther(), missingBoundaryLines()}
}

// used makes messages whose parts begin with "--mark"; x is the parameter that
// says so.
func used(mark string) func(x string, s secret) string {
	return func(x string, s secret) string {
		return top + "Content-Type: multipart/mixed; " + x + "\r\n\r\n" + parts(mark, cover, hidden(s))
	}
}

// delimited has x between two parts, with the delimiter in place of "%".
func delimited(x string, s secret) string {
	return top + mixed + "\r\n--b1\r\n" + cover + strings.ReplaceAll(x, "%", "--b1") + hidden(s) + "--b1--\r\n"
}

func boundaryGivenTwice() class {
	return class{"boundary given twice", append(each([]string{"boundary=b1; boundary=b0", "boundary=b0; boundary=b1", "boundary=b1; BOUNDARY=b0", "boundary=\"b0\"; boundary=b1; boundary=b2", "boundary=b0; boundary*=utf-8''b1", "boundary*=utf-8''b0; boundary=b1"}, used("b1")),
		variant{"parts of both", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b0; boundary=b1\r\n\r\n" + parts("b0", cover) + parts("b1", hidden(s))
		}})}
}

func boundaryQuotedOddly() class {
	return class{"boundary quoted oddly", append(each([]string{"boundary='b1'", "boundary=\"b1", "boundary=b1\"", "boundary=\"b\\1\"", "boundary=\"b1\"x", "boundary=x\"b1\"", "boundary= b1", "boundary =b1", "boundary = \"b1\"", "boundary=\"b1 \"", "boundary=\" b1\"", "boundary=b1 ", "boundary=b1;",
		"boundary=b1,", "; boundary=b1", "boundary:b1", "boundary b1", "boundary==b1", "boundary=\"b1\";;", "x=\"y; boundary=b0\"; boundary=b1", "x=\"; boundary=b1"}, used("b1")),
		each([]string{"boundary='b1'"}, used("'b1'"))...)}
}

func boundaryWithCommentsOrEncodings() class {
	return class{"boundary with comments or encodings", append(each([]string{"boundary=(x)b1", "boundary=b1(x)", "boundary(x)=b1", "(x) boundary=b1", "boundary=b(x)1", "boundary==?utf-8?q?b1?=", "boundary=\"=?utf-8?q?b1?=\"", "boundary*=utf-8''b%31", "boundary*0=b; boundary*1=1",
		"boundary*1=1; boundary*0=b", "boundary*0*=utf-8''b; boundary*1*=%31", "boundary*=b1", "boundary*=us-ascii'en'b1", "boundary*0=b1"}, used("b1")),
		each([]string{"boundary==?utf-8?q?b1?="}, used("=?utf-8?q?b1?="))...)}
}

func boundaryWithControls() class {
	return class{"boundary with controls", append(each([]string{"boundary=b1\x00", "boundary=\"b1\x00x\"", "boundary=b1\x00b0", "boundary=\x00b1", "boundary=b1\r", "boundary=\"b1\r\"", "boundary=\tb1", "boundary=b1\v", "boundary=b\x001", "bound\vary=b1", "boundary=b\f1", "bound\x1cary=b1; boundary=b0", "boundary=\"b\x1d1\"", "bound\x00ary=b1", "boundary=b1\u00a0", "boundary=\u200bb1", "boundary=b\u00ad1"}, used("b1")),
		variant{"none at all", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n" + parts("", cover, hidden(s))
		}}, variant{"longer than 70", func(s secret) string {
			mark := strings.Repeat("b", 200)
			return top + "Content-Type: multipart/mixed; boundary=" + mark + "\r\n\r\n" + parts(mark, cover, hidden(s))
		}}, variant{"longer than 70, cut in the lines", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=" + strings.Repeat("b", 90) + "\r\n\r\n" + parts(strings.Repeat("b", 70), cover, hidden(s))
		}})}
}

func boundaryLines() class {
	return class{"boundary lines", each([]string{"% \r\n", "%\t\r\n", "%x\r\n", " %\r\n", "%\n", "%\r", "\r%\r\n", "%\x00\r\n", "%--x\r\n", "--%\r\n", "%  --\r\n", "%\r\r\n", "\n%\n", "%\v\r\n", "%;\r\n", "-%\r\n", ">%\r\n", "%-\r\n", "\x00%\r\n", "x%\r\n",
		"\t%\r\n", "=%\r\n", "| %\r\n", "> %\r\n", "*%\r\n", "\u00a0%\r\n", "\ufeff%\r\n", "\v%\r\n", "\f%\r\n", "\x1e%\r\n", "\b%\r\n", "%\f\r\n", "%\x1c\r\n", "%\u2028", "%\u0085\r\n", "%\xa0\r\n", "% x\r\n", "%\r\n\x00\r\n", "%(x)\r\n", "\"%\"\r\n", "=2D=2Db1\r\n"}, delimited)}
}

func boundariesThatResembleEachOther() class {
	return class{"boundaries that resemble each other", []variant{
		{"prefix of another", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n" + parts("b1", cover, hidden(s)) + "--b--\r\n"
		}},
		{"inner is the prefix", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" + parts("b", cover, hidden(s)) + "--b1--\r\n"
		}},
		{"inner and outer are the same", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n" + parts("b1", cover, hidden(s)) + "--b1--\r\n"
		}},
		{"case differs", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=AbC\r\n\r\n" + parts("aBc", cover, hidden(s))
		}},
		{"used otherwise than declared", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + parts("b2", cover, hidden(s))
		}},
		{"used otherwise after the first", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" + cover + "--b2\r\n" + hidden(s) + "--b2--\r\n--b1--\r\n"
		}},
		{"outer ends inside", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n" + cover + "--o--\r\n--i\r\n" + hidden(s) + "--i--\r\n--o--\r\n"
		}},
	}}
}

func missingBoundaryLines() class {
	return class{"missing boundary lines", []variant{
		{"no end", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" + cover + "--b1\r\n" + hidden(s)
		}},
		{"no end and no line end", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" + cover + "--b1\r\n" + strings.TrimSpace(hidden(s))
		}},
		{"only the end", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + hidden(s) + "--b1--\r\n"
		}},
		{"none", func(s secret) string { return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + s.text() }},
		{"none, with an encoding", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\nContent-Transfer-Encoding: base64\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"inner without end", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n" + cover + "--i\r\n" + hidden(s) + "--o--\r\n"
		}},
		{"glued to the text", func(s secret) string {
			return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" + strings.TrimSpace(cover) + "--b1\r\n" + hidden(s) + "--b1--\r\n"
		}},
	}}
}
