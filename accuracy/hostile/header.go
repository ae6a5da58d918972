package hostile

import "strings"

// headerClasses are about the fields of a header.
func headerClasses() []class {
	return []class{duplicateContentType(), duplicateContentTransferEncoding(), duplicateContentDisposition(), severalValuesInOneField(), commentsAndBlanksInNamesAndValues(), truncatingFolds(), fileNames(), subjects()}
}

const (
	// mixed declares the boundary b1.
	mixed = "Content-Type: multipart/mixed; boundary=b1\r\n"
	// plainType declares text.
	plainType = "Content-Type: text/plain\r\n"
)

// encoded is a message of one part of base64; x are fields.
func encoded(x string, s secret) string {
	return top + plainType + x + "\r\n" + s.b64() + "\r\n"
}

// typed is a message with a hidden part; x are the fields that say so.
func typed(x string, s secret) string { return top + x + "\r\n" + parts("b1", cover, hidden(s)) }

// asPart is a message in which the fields x stand above a part of base64.
func asPart(x string, s secret) string {
	return top + mixed + "\r\n" + parts("b1", cover, x+"\r\n"+s.b64()+"\r\n")
}

func duplicateContentType() class {
	return class{"duplicate Content-Type", append(each([]string{
		"Content-Type: text/plain\r\n" + mixed, mixed + "Content-Type: text/plain\r\n", "Content-Type: application/octet-stream\r\n" + mixed, mixed + "Content-Type: image/png\r\n",
		"Content-Type: text/html\r\nContent-Type: text/plain\r\n" + mixed, "Content-type: text/plain\r\nX-A: 1\r\nCONTENT-TYPE: multipart/mixed; boundary=b1\r\n",
	}, typed), variant{"two boundaries, the last", func(s secret) string {
		return top + "Content-Type: multipart/mixed; boundary=b0\r\n" + mixed + "\r\n" + parts("b0", cover) + parts("b1", hidden(s))
	}}, variant{"two boundaries, the first", func(s secret) string {
		return top + mixed + "Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + parts("b0", cover) + parts("b1", hidden(s))
	}})}
}

func duplicateContentTransferEncoding() class {
	return class{"duplicate Content-Transfer-Encoding", append(each([]string{
		"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n",
		"Content-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: quoted-printable\r\n",
		"Content-Transfer-Encoding: base64\r\nContent-transfer-encoding: x-unknown\r\n", "Content-Transfer-Encoding:\r\nContent-Transfer-Encoding: base64\r\n",
	}, encoded), each([]string{
		"Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: binary\r\n",
	}, asPart)...)}
}

func duplicateContentDisposition() class {
	return class{"duplicate Content-Disposition", each([]string{
		"Content-Disposition: inline\r\nContent-Disposition: attachment; filename=a.txt\r\n", "Content-Disposition: attachment; filename=a.png\r\nContent-Disposition: inline; filename=a.txt\r\n",
		"Content-Disposition: attachment; filename=a.jpg; filename=b.txt\r\n", "Content-Disposition: attachment, inline\r\n",
	}, func(x string, s secret) string {
		return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"+x+"\r\n"+s.b64()+"\r\n")
	})}
}

func severalValuesInOneField() class {
	return class{"several values in one field", append(each([]string{
		"Content-Type: text/plain, multipart/mixed; boundary=b1\r\n", "Content-Type: multipart/mixed; boundary=b1, text/plain\r\n", "Content-Type: text/plain; multipart/mixed; boundary=b1\r\n",
		"Content-Type: text/plain multipart/mixed; boundary=b1\r\n", "Content-Type: multipart/mixed text/plain; boundary=b1\r\n",
	}, typed), each([]string{
		"Content-Transfer-Encoding: 7bit, base64\r\n", "Content-Transfer-Encoding: base64, 7bit\r\n", "Content-Transfer-Encoding: 7bit base64\r\n", "Content-Transfer-Encoding: base64 7bit\r\n",
		"Content-Transfer-Encoding: base64; 7bit\r\n", "Content-Transfer-Encoding: base64;\r\n", "Content-Transfer-Encoding: 7bit; base64\r\n",
	}, encoded)...)}
}

func commentsAndBlanksInNamesAndValues() class {
	return class{"comments and blanks in names and values", append(each([]string{
		"Content-Transfer-Encoding : base64\r\n", "Content-Transfer-Encoding\t: base64\r\n", "CONTENT-TRANSFER-ENCODING: BASE64\r\n", "Content-Transfer-Encoding:base64\r\n", "Content-Transfer-Encoding: (x) base64\r\n",
		"Content-Transfer-Encoding: base64 (x)\r\n", "Content-Transfer-Encoding: ba(x)se64\r\n", "Content-Transfer-Encoding: \"base64\"\r\n", "Content-Transfer-Encoding: base64\x00\r\n", "Content-Transfer-Encoding\x00: base64\r\n",
		"Content-Transfer-Encoding: \x00base64\r\n", "Content-Transfer-Encoding: base\x0064\r\n", "Content-Transfer-Encoding:\tbase64\t\r\n", "Content-Transfer-Encoding: \vbase64\r\n", "Content-Transfer-Encoding(x): base64\r\n",
		"Content-Transfer-Encoding: =?us-ascii?q?base64?=\r\n", " Content-Transfer-Encoding: base64\r\n", "Content_Transfer_Encoding: base64\r\nContent-Transfer-Encoding: base64\r\n",
	}, encoded), each([]string{
		"Content-Type: (x) multipart/mixed; boundary=b1\r\n", "Content-Type: multipart(x)/mixed; boundary=b1\r\n", "Content-Type: multipart/mixed (; boundary=b0); boundary=b1\r\n", "Content-Type : multipart/mixed; boundary=b1\r\n",
		"Content-Type: multipart/mixed\x00; boundary=b1\r\n", "Content-Type: multipart /mixed; boundary=b1\r\n", "Content-Type: multipart/ mixed; boundary=b1\r\n", "Content-Type: MULTIPART/MIXED; BOUNDARY=b1\r\n",
		"Content-Type: \"multipart/mixed\"; boundary=b1\r\n", "Content-Type:\r\n multipart/mixed; boundary=b1\r\n", "\x00Content-Type: multipart/mixed; boundary=b1\r\n", "Content-Type: =?utf-8?q?multipart/mixed?=; boundary=b1\r\n",
	}, typed)...)}
}

func truncatingFolds() class {
	return class{"truncating folds", append(each([]string{
		"Content-Type: multipart/mixed;\r\n \r\n boundary=b1\r\n", "Content-Type: multipart/mixed;\r\n\t\r\n\tboundary=b1\r\n", "Content-Type: multipart/mixed;\n boundary=b1\r\n", "Content-Type: multipart/mixed;\r boundary=b1\r\n",
		"Content-Type: multipart/mixed\r\n ; boundary=b1\r\n", "Content-Type: multipart/mixed; bound\r\n ary=b1\r\n", "Content-Type: multipart/mixed; boundary\r\n =\r\n b1\r\n", "Content-Type:\r\n\r\n multipart/mixed; boundary=b1\r\n",
		"Content-Type: multipart/mixed;\r\n\x0bboundary=b1\r\n", "Content-Type: multipart/mixed;\r\n\u00a0boundary=b1\r\n", "Content-Type: multipart/mixed;\r\n\r\n boundary=b1\r\n", "Content-Type: multi\r\n part/mixed; boundary=b1\r\n", "X-A: 1\r\n Content-Type: multipart/mixed; boundary=b1\r\n", "X-A:\r\n\tContent-Type: multipart/mixed; boundary=b1\r\n", "Content-\r\n Type: multipart/mixed; boundary=b1\r\n",
	}, typed), each([]string{
		"Content-Transfer-Encoding:\r\n base64\r\n", "Content-Transfer-Encoding:\r\n \r\n base64\r\n", "Content-Transfer-Encoding: 7bit\r\n base64\r\n", "Content-Transfer-Encoding:\n base64\r\n", "Content-Transfer-Encoding: base\r\n 64\r\n",
	}, encoded)...)}
}

func fileNames() class {
	return class{"file names", each([]string{
		"Content-Disposition: attachment; filename=\"%\"", "Content-Disposition: attachment; filename=\"a.txt\"; filename*=utf-8''%", "Content-Disposition: attachment; filename*=utf-8''a.txt; filename=\"%\"",
		"Content-Disposition: attachment; filename*0=\"%\"; filename*1=\".txt\"", "Content-Disposition: attachment; filename*1=\".txt\"; filename*0=\"%\"", "Content-Disposition: attachment; filename=\"=?utf-8?q?%?=\"",
		"Content-Disposition: attachment; filename=a.txt\r\nContent-Type: text/plain; name=\"%\"", "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=\"%\"", "Content-Disposition: attachment; filename=\"a.txt\"; filename=\"%\"",
		"Content-Disposition: attachment; filename=\"%", "Content-Disposition: attachment; filename='%'", "Content-Description: %\r\nContent-Disposition: attachment",
	}, named)}
}

func subjects() class {
	return class{"subjects", []variant{
		{"twice", func(s secret) string { return top + "Subject: " + s.line + "\r\n\r\nHello\r\n" }},
		{"encoded word cut in the value", func(s secret) string {
			at := len(s.line) - 6
			return "Subject: =?utf-8?q?" + qWord(s.line[:at]) + "?=\r\n =?utf-8?q?" + qWord(s.line[at:]) + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word of base64", func(s secret) string { return "Subject: =?utf-8?b?" + plain64(s.line) + "?=\r\n\r\nHello\r\n" }},
		{"encoded word in quotes", func(s secret) string { return "Subject: \"=?utf-8?b?" + plain64(s.line) + "?=\"\r\n\r\nHello\r\n" }},
		{"encoded word with a language", func(s secret) string {
			return "Subject: =?utf-8*en?q?" + qWord(s.line) + "?=\r\n\r\nHello\r\n"
		}},
		{"encoded word of an unknown set", func(s secret) string { return "Subject: =?x-none?b?" + plain64(s.line) + "?=\r\n\r\nHello\r\n" }},
		{"encoded word without its end", func(s secret) string {
			return "Subject: =?utf-8?q?" + strings.ReplaceAll(hexed(s.line), "=20", "_") + "\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word that ends in one sign", func(s secret) string {
			return "Subject: =?utf-8?q?" + strings.ReplaceAll(hexed(s.line), "=20", "_") + "?\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word cut inside a group", func(s secret) string {
			e := plain64(s.line)
			return "Subject: =?utf-8?b?" + e[:13] + "?= =?utf-8?b?" + e[13:] + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded words glued together", func(s secret) string {
			at := len(s.line) - 6
			return "Subject: =?utf-8?q?" + qWord(s.line[:at]) + "?==?utf-8?q?" + qWord(s.line[at:]) + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word in UTF-7", func(s secret) string {
			return "Subject: =?utf-7?q?" + strings.ReplaceAll(utf7(s.line), "=", "=3D") + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word with blanks", func(s secret) string {
			return "Subject: =?utf-8?q?" + s.line + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"encoded word twice", func(s secret) string {
			return "Subject: =?utf-8?b?" + plain64("=?utf-8?b?"+plain64(s.line)+"?=") + "?=\r\n" + top + "\r\nHello\r\n"
		}},
		{"comment of a date", func(s secret) string {
			return strings.Replace(top, "+0100", "+0100 ("+s.line+")", 1) + "\r\nHello\r\n"
		}},
		{"encoded word of 10,000", func(s secret) string {
			return "Subject: =?utf-8?q?" + strings.Repeat("x_", 5000) + strings.ReplaceAll(hexed(s.line), "=20", "_") + "?=\r\n" + strings.Replace(top, "Subject: Documents\r\n", "", 1) + "\r\nHello\r\n"
		}},
		{"name behind a hundred parameters", func(s secret) string {
			return named("Content-Disposition: attachment"+strings.Repeat("; a=1", 100)+"; filename=\"%\"", s)
		}},
		{"folded in the value", func(s secret) string {
			return "Subject: " + s.line[:len(s.line)-5] + "\r\n " + s.line[len(s.line)-5:] + "\r\n\r\nHello\r\n"
		}},
	}}
}
