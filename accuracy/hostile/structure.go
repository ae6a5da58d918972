package hostile

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// structureClasses are about the tree: types, separators, where parts stand.
func structureClasses() []class {
	return []class{separatorsOfHeaderAndBody(), typesThatResembleMultipart(), typesThatResembleText(), partsInPreambleAndEpilogue(), boundaryWhereNoneBelongs(), multipartWithoutBoundary(), encodingsOnMultipartAndMessage(), messageTypes(), mimeVersion(), controlsAroundHeadersAndBoundaries(), smtpSmuggling(), wrappersOfEncryptedMail(), depthAndNumber()}
}

// plainHead is the header of a part of base64, without its last line end.
const plainHead = plainType + "Content-Transfer-Encoding: base64"

// ofType is a message with parts and a boundary, of another type.
func ofType(x string, s secret) string { return typed("Content-Type: "+x+"; boundary=b1\r\n", s) }

// separators stand between header and body.
func separators() []string {
	return []string{"\n\n", "\r\r", "\r\n\n", "\n\r\n", "\r\n\r", "\r\r\n", "\r\n \r\n", "\r\n\t\r\n", "\r\n  \t\r\n", "\r\n\v\r\n", "\r\n\f\r\n", "\r\n\x00\r\n", "\n \n", "\r\n\u00a0\r\n", "\r\n\xa0\r\n", "\r\n\u0085\r\n", "\r\n\u2028\r\n", "\r\n\ufeff\r\n",
		"\r\n:\r\n\r\n", "\r\n;\r\n\r\n", "\r\nno colon here\r\n\r\n", "\r\nno colon here\r\n", "\r\n>From x\r\n\r\n", "\r\nX\r\n\r\n", "\r\n-\r\n", "\r\n=\r\n", "\x00\r\n\r\n", "\r\n\x1a\r\n", "\r\n(x)\r\n\r\n", "\r\r\n\r\r\n", "\r\n\r\r\n", "\n\r\r\n"}
}

func separatorsOfHeaderAndBody() class {
	return class{"separators of header and body", append(each(separators(), func(x string, s secret) string {
		return top + plainHead + x + s.b64() + "\r\n"
	}), each(separators()[:14], func(x string, s secret) string {
		return top + mixed + "\r\n" + parts("b1", cover, plainHead+x+s.b64()+"\r\n")
	})...)}
}

func typesThatResembleMultipart() class {
	return class{"types that resemble multipart", each([]string{"multipart", "x-multipart/mixed", "multipart\\mixed", "multipart/x-own", "multipart/", "/mixed", "mixed", "Multi-Part/mixed", "multipart/mixed/more", "multipart//mixed", "multipart.mixed", "x-mixed", "", "*/*", "multipart/*",
		"message/multipart", "application/multipart"}, ofType)}
}

func typesThatResembleText() class {
	return class{"types that resemble text", each([]string{"text", "x-text/plain", "plain", "text/", "/plain", "text\\plain", "application/x-unknown", "image/png", "audio/x", "video/mp4", "text/plain/x", "", "font/woff", "chemical/x", "model/x", "x", "application/pdf", "application/zip"}, func(x string, s secret) string {
		return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: "+x+"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+s.b64()+"\r\n")
	})}
}

func partsInPreambleAndEpilogue() class {
	return class{"parts in preamble and epilogue", []variant{
		{"text in the preamble", func(s secret) string { return top + mixed + "\r\n" + s.text() + parts("b1", cover) }},
		{"part in the preamble", func(s secret) string { return top + mixed + "\r\n" + hidden(s) + parts("b1", cover) }},
		{"text in the epilogue", func(s secret) string { return top + mixed + "\r\n" + parts("b1", cover) + s.text() }},
		{"part in the epilogue", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover) + "\r\n--b1\r\n" + hidden(s) + "--b1--\r\n"
		}},
		{"part with its own boundary in the epilogue", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover) + "\r\n" + parts("b2", hidden(s))
		}},
		{"base64 in the epilogue", func(s secret) string { return top + mixed + "\r\n" + parts("b1", cover) + "\r\n" + s.b64() + "\r\n" }},
		{"header in the preamble", func(s secret) string {
			return top + mixed + "\r\n" + plainHead + "\r\n\r\n" + s.b64() + "\r\n" + parts("b1", cover)
		}},
	}}
}

func boundaryWhereNoneBelongs() class {
	return class{"boundary where none belongs", []variant{
		{"on text/plain", func(s secret) string { return ofType("text/plain", s) }},
		{"on text/html", func(s secret) string { return ofType("text/html", s) }},
		{"on application/octet-stream", func(s secret) string { return ofType("application/octet-stream", s) }},
		{"on message/rfc822", func(s secret) string { return ofType("message/rfc822", s) }},
		{"on image/png", func(s secret) string { return ofType("image/png", s) }},
		{"no type at all", func(s secret) string { return top + "\r\n" + parts("b1", cover, hidden(s)) }},
	}}
}

func multipartWithoutBoundary() class {
	return class{"multipart without boundary", each([]string{"multipart/mixed", "multipart/alternative", "multipart/related", "multipart/mixed; charset=utf-8", "multipart/signed; micalg=sha-256"}, func(x string, s secret) string {
		return top + "Content-Type: " + x + "\r\n\r\n" + parts("b1", cover, hidden(s))
	})}
}

func encodingsOnMultipartAndMessage() class {
	return class{"encodings on multipart and message", []variant{
		{"base64 on multipart", func(s secret) string {
			return top + mixed + "Content-Transfer-Encoding: base64\r\n\r\n" + plain64(parts("b1", cover, hidden(s))) + "\r\n"
		}},
		{"base64 declared, not done", func(s secret) string {
			return top + mixed + "Content-Transfer-Encoding: base64\r\n\r\n" + parts("b1", cover, hidden(s))
		}},
		{"quoted-printable on multipart", func(s secret) string {
			return top + mixed + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.ReplaceAll(parts("b1", cover, hidden(s)), "=", "=3D")
		}},
		{"quoted-printable hides the boundary", func(s secret) string {
			return top + mixed + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.ReplaceAll(strings.ReplaceAll(parts("b1", cover, hidden(s)), "=", "=3D"), "--b1", "=2D=2Db1")
		}},
		{"base64 on message/rfc822", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"+plain64(top+hidden(s))+"\r\n")
		}},
		{"quoted-printable on message/rfc822", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+strings.ReplaceAll(top+hidden(s), "=", "=3D"))
		}},
		{"uuencode on multipart", func(s secret) string {
			return top + mixed + "Content-Transfer-Encoding: x-uuencode\r\n\r\n" + uu(parts("b1", cover, hidden(s)))
		}},
	}}
}

func messageTypes() class {
	return class{"message types", []variant{
		{"message/partial", func(s secret) string {
			return top + "Content-Type: message/partial; id=\"a@b\"; number=1; total=2\r\n\r\n" + top + hidden(s)
		}},
		{"message/partial, the second", func(s secret) string {
			return top + "Content-Type: message/partial; id=\"a@b\"; number=2; total=2\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"message/external-body", func(s secret) string {
			return top + "Content-Type: message/external-body; access-type=URL; URL=\"http://x.example/\"\r\n\r\n" + hidden(s)
		}},
		{"message/x-own", func(s secret) string { return top + "Content-Type: message/x-own\r\n\r\n" + top + hidden(s) }},
		{"message/global", func(s secret) string { return top + "Content-Type: message/global\r\n\r\n" + top + hidden(s) }},
		{"message/delivery-status", func(s secret) string { return top + "Content-Type: message/delivery-status\r\n\r\n" + s.text() }},
		{"mail of few fields", func(s secret) string { return attach("application/octet-stream", "mail.eml", hidden(s)) }},
		{"mail with a subject only", func(s secret) string {
			return attach("application/octet-stream", "mail.eml", "Subject: x\r\n"+hidden(s))
		}},
		{"page with its pictures", func(s secret) string {
			return attach("application/octet-stream", "a.mht", "From: <Saved by x>\r\n"+mixed+"\r\n"+parts("b1", cover, hidden(s)))
		}},
		{"second mail of a mailbox", func(s secret) string {
			const line = "From bob@office.example Tue Nov  4 09:12:44 2025\r\n"
			return attach("application/mbox", "a.mbox", line+top+cover+"\r\n"+line+top+hidden(s))
		}},
		{"message as a stream of bytes", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", cover, "Content-Type: application/octet-stream; name=mail.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n"+plain64(top+hidden(s))+"\r\n")
		}},
	}}
}

func mimeVersion() class {
	versions := []string{"", "MIME-Version: 2.0\r\n", "MIME-Version: 0.9\r\n", "MIME-Version:\r\n", "X-MIME-Version: 1.0\r\n"}
	return class{"MIME-Version", append(each(versions, textThatIsBase64), each([]string{"", "MIME-Version: 2.0\r\n", "MIME-Version: 1\r\n", "Mime-version: (x) 1.0\r\n", "MIME-Version: x\r\nMIME-Version: 1.0\r\n"}, func(x string, s secret) string {
		return strings.Replace(top, "MIME-Version: 1.0\r\n", x, 1) + mixed + "\r\n" + parts("b1", cover, hidden(s))
	})...)}
}

// textThatIsBase64 is a text that is base64 by its characters: the programs that
// decode it see nothing of it.
func textThatIsBase64(x string, s secret) string {
	text := "\r\nDear Anna\r\n\r\n" + strings.ReplaceAll(s.line, ":", "") + "\r\n"
	for n := len(strings.Join(strings.Fields(text), "")); n%4 != 0; n++ {
		text += "x"
	}
	return strings.Replace(top, "MIME-Version: 1.0\r\n", x, 1) + plainType + "Content-Transfer-Encoding: base64\r\n" + text + "\r\n"
}

func controlsAroundHeadersAndBoundaries() class {
	return class{"controls around headers and boundaries", []variant{
		{"NUL before the header", func(s secret) string { return "\x00" + top + plainHead + "\r\n\r\n" + s.b64() + "\r\n" }},
		{"bare CR between fields", func(s secret) string {
			return top + strings.ReplaceAll(plainHead, "\r\n", "\r") + "\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"bare LF between fields", func(s secret) string {
			return top + strings.ReplaceAll(plainHead, "\r\n", "\n") + "\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"bare CR in a harmless field", func(s secret) string {
			return top + "X-A: 1\rContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"bare LF in a harmless field", func(s secret) string {
			return top + "X-A: 1\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"all bare LF", func(s secret) string {
			return strings.ReplaceAll(top+mixed+"\r\n"+parts("b1", cover, hidden(s)), "\r\n", "\n")
		}},
		{"all bare CR", func(s secret) string {
			return strings.ReplaceAll(top+mixed+"\r\n"+parts("b1", cover, hidden(s)), "\r\n", "\r")
		}},
		{"CR CR LF everywhere", func(s secret) string {
			return strings.ReplaceAll(top+mixed+"\r\n"+parts("b1", cover, hidden(s)), "\r\n", "\r\r\n")
		}},
		{"byte order mark before the header", func(s secret) string { return "\ufeff" + top + plainHead + "\r\n\r\n" + s.b64() + "\r\n" }},
		{"mbox line before the header", func(s secret) string {
			return "From bob@office.example Tue Nov  4 09:12:44 2025\r\n" + top + plainHead + "\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"empty line before the header", func(s secret) string { return "\r\n" + top + plainHead + "\r\n\r\n" + s.b64() + "\r\n" }},
	}}
}

func smtpSmuggling() class {
	return class{"SMTP smuggling", each([]string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n\x00.\r\n", "\r\n\x00.\r\n"}, func(x string, s secret) string {
		return top + "Content-Type: text/plain\r\n\r\nHello" + x + "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + top + plainHead + "\r\n\r\n" + s.b64() + "\r\n"
	})}
}

func wrappersOfEncryptedMail() class {
	return class{"wrappers of encrypted mail", []variant{
		{"HTML around an encrypted part", func(s secret) string {
			return top + mixed + "\r\n" + parts("b1", "Content-Type: text/html\r\n\r\n<img src=\"http://x.example/\r\n", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"+s.b64()+"\r\n", "Content-Type: text/html\r\n\r\n\">\r\n")
		}},
		{"plain text that claims to be encrypted", func(s secret) string {
			return top + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + s.b64() + "\r\n"
		}},
		{"plain text in multipart/encrypted", func(s secret) string {
			return top + "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b1\r\n\r\n" + parts("b1", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n", "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"+s.b64()+"\r\n")
		}},
		{"text beside PGP armour", func(s secret) string {
			return top + "Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA1q2\r\n-----END PGP MESSAGE-----\r\n" + s.text()
		}},
		{"text in PGP armour", func(s secret) string {
			return top + "Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nComment: x\r\n\r\n" + s.b64() + "\r\n-----END PGP MESSAGE-----\r\n"
		}},
		{"signed content", func(s secret) string {
			return top + "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + broken(plain64(signed(hidden(s))), 76)
		}},
		{"signed content in signed content", func(s secret) string {
			in := "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + broken(plain64(signed(hidden(s))), 76)
			return top + "Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + broken(plain64(signed(in)), 76)
		}},
		{"signed part with more parts", func(s secret) string {
			return top + "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b1\r\n\r\n" + parts("b1", cover, "Content-Type: application/pkcs7-signature\r\n\r\nMII=\r\n", hidden(s))
		}},
	}}
}

func depthAndNumber() class {
	return class{"depth and number", []variant{
		{"thirty deep", func(s secret) string { return top + deep(30, s) }},
		{"two hundred deep", func(s secret) string { return top + deep(200, s) }},
		{"three thousand parts", func(s secret) string {
			return top + mixed + "\r\n" + strings.Repeat("--b1\r\n"+cover, 3000) + parts("b1", hidden(s))
		}},
		{"a long header before", func(s secret) string {
			return top + "X-A: " + strings.Repeat("a", 300_000) + "\r\n" + mixed + "\r\n" + parts("b1", cover, hidden(s))
		}},
		{"many fields before", func(s secret) string {
			return top + strings.Repeat("X-A: a\r\n", 5000) + mixed + "\r\n" + parts("b1", cover, hidden(s))
		}},
	}}
}

// signed is CMS signed data (RFC 5652) with content and no signer.
func signed(content string) string {
	data, version := "\x06\x09*\x86H\x86\xf7\r\x01\x07\x01", "\x02\x01\x01"
	inner := der(0x30, version+der(0x31, "")+der(0x30, data+der(0xa0, der(0x04, content)))+der(0x31, ""))
	return der(0x30, "\x06\x09*\x86H\x86\xf7\r\x01\x07\x02"+der(0xa0, inner))
}

// der is a value of ASN.1.
func der(tag byte, content string) string {
	if n := len(content); n >= 0x80 {
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + content
	}
	return string([]byte{tag, byte(len(content))}) + content
}

// deep nests multiparts.
func deep(n int, s secret) string {
	body := hidden(s)
	for i := range n {
		mark := fmt.Sprintf("b%d", i)
		body = "Content-Type: multipart/mixed; boundary=" + mark + "\r\n\r\n" + parts(mark, body)
	}
	return body
}

func plain64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// uu is a uuencoded block.
func uu(s string) string {
	var b strings.Builder
	b.WriteString("begin 644 a.txt\r\n")
	for len(s) > 0 {
		n := min(45, len(s))
		chunk := s[:n] + strings.Repeat("\x00", (3-n%3)%3)
		s = s[n:]
		b.WriteByte(byte(' ' + n))
		for i := 0; i < len(chunk); i += 3 {
			v := uint32(chunk[i])<<16 | uint32(chunk[i+1])<<8 | uint32(chunk[i+2])
			for shift := 18; shift >= 0; shift -= 6 {
				b.WriteByte(strings.Replace(string(rune(' '+v>>shift&63)), " ", "`", 1)[0])
			}
		}
		b.WriteString("\r\n")
	}
	return b.String() + "`\r\nend\r\n"
}

// qWord is text of an encoded word.
func qWord(s string) string { return strings.NewReplacer(" ", "_", ":", "=3A").Replace(s) }

// named puts the secret in place of "%" in the header of a part.
func named(x string, s secret) string {
	name := s.line
	if strings.Contains(x, "''") {
		name = strings.NewReplacer(" ", "%20", ":", "%3A").Replace(name)
	}
	if strings.Contains(x, "=?") {
		name = qWord(name)
	}
	name = strings.ReplaceAll(name, ":", "")
	return top + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + parts("b1", cover, strings.Replace(x, "%", name, 1)+"\r\n\r\nnothing\r\n")
}
