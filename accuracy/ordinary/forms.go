package ordinary

import (
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// form is how a mail program writes a mail.
type form struct {
	name string
	make func(r *rand.Rand, l letter) string
}

func forms() []form {
	return []form{
		{"plain", func(r *rand.Rand, l letter) string {
			return header(r, l, "") + part("text/plain; charset=utf-8", l.text+signature(l))
		}},
		{"phone", phone},
		{"webmail", alternative("Mozilla/5.0 (Windows NT 10.0)", func(s string) string {
			return "<div dir=\"ltr\"><div>" + strings.ReplaceAll(html.EscapeString(s), "\n", "</div><div>") + "<br></div></div>"
		})},
		{"outlook", alternative("Microsoft Outlook 16.0", outlook)},
		{"reply", reply},
		{"flowed", flowed},
		{"newsletter", newsletter},
		{"with export", withFile},
		{"latin", latin},
		{"with logo", withLogo},
		{"original below", original},
		{"with message", withMessage},
		{"invitation", invitation},
		{"list", func(r *rand.Rand, l letter) string {
			return header(r, l, "") + multi(r, "mixed", part("text/plain; charset=utf-8", l.text), part("text/plain; charset=us-ascii", "_______________________________________________\nteam mailing list\nhttps://lists.example.org/team\n"))
		}},
		{"eight bit", func(r *rand.Rand, l letter) string {
			return header(r, l, "") + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + crlf(l.text+signature(l))
		}},
		{"base64", func(r *rand.Rand, l letter) string {
			return header(r, l, "") + encoded("text/plain; charset=\"UTF-8\"", l.text)
		}},
	}
}

// stamp is a time as mail programs write it.
func stamp(r *rand.Rand) string { return someDay(r).Format("Mon, 02 Jan 2006 15:04:05 -0700") }

// header is what servers and programs put above a mail; some sign, some count.
func header(r *rand.Rand, l letter, agent string) string {
	const hex, upper = "0123456789abcdef", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	h := "Received: from mx.example.net (mx.example.net [192.0.2." + fmt.Sprint(1+r.IntN(250)) + "])\r\n\tby mail.example.org with ESMTPS id " + chars(r, upper, 11) + "\r\n\tfor <team@example.org>; " + stamp(r) + "\r\n"
	if r.IntN(2) == 0 {
		signature := make([]byte, 128)
		for i := range signature {
			signature[i] = byte(r.IntN(256))
		}
		e := base64.StdEncoding.EncodeToString(signature)
		h += "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s2025;\r\n\tt=" + chars(r, "123456789", 10) + "; h=from:to:subject:date;\r\n\tb=" + e[:60] + "\r\n\t " + e[60:120] + "\r\n\t " + e[120:] + "\r\n"
	}
	h += "From: " + word(r, l.language, "name") + " <info@example.net>\r\nTo: team@example.org\r\nSubject: " + mime.QEncoding.Encode("utf-8", l.subject) +
		"\r\nDate: " + stamp(r) + "\r\nMessage-ID: <" + chars(r, hex, 24) + "@example.net>\r\n"
	switch r.IntN(4) {
	case 0:
		h += "References: <" + chars(r, hex, 24) + "@example.net>\r\n <" + chars(r, upper, 32) + "@mail.example.org>\r\nIn-Reply-To: <" + chars(r, upper, 32) + "@mail.example.org>\r\n"
	case 1:
		h += "X-MS-Exchange-Organization-Network-Message-Id:\r\n\t" + fillIn(r, "en", "{x8}-{x4}-4{x3}-a{x3}-{x12}") + "\r\nX-Priority: 3 (Normal)\r\n"
	case 2:
		h += "List-Unsubscribe: <https://news.example.com/u/" + chars(r, "0123456789", 16) + ">\r\nFeedback-ID: " + chars(r, "123456789", 9) + ":" + chars(r, "123456789", 11) + ":mail\r\n"
	}
	if agent != "" {
		h += "User-Agent: " + agent + "\r\n"
	}
	return h + "MIME-Version: 1.0\r\n"
}

func signature(l letter) string {
	return "\n-- \nSara Holm\n" + map[string]string{"en": "Purchasing", "de": "Einkauf", "fr": "Achats", "nl": "Inkoop", "pl": "Dział zakupów", "es": "Compras", "it": "Acquisti"}[l.language] + "\nwww.example.net\n"
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// part is text as it is where it is ASCII, else quoted-printable.
func part(kind, s string) string {
	plain := !strings.ContainsFunc(s, func(c rune) bool { return c > 126 })
	for l := range strings.SplitSeq(s, "\n") {
		plain = plain && len(l) < 900
	}
	if plain {
		return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + crlf(s)
	}
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(crlf(s)))
	_ = w.Close()
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String()
}

func encoded(kind, s string) string {
	e := base64.StdEncoding.EncodeToString([]byte(crlf(s)))
	var b strings.Builder
	for len(e) > 76 {
		b.WriteString(e[:76] + "\r\n")
		e = e[76:]
	}
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b.String() + e + "\r\n"
}

// multi joins parts with a boundary such as the usual programs make, and often
// a line for programs that don't know MIME.
func multi(r *rand.Rand, kind string, parts ...string) string {
	const digits, hex = "0123456789", "0123456789abcdef"
	mark := pick(r, "----=_Part_"+chars(r, digits, 8)+"."+chars(r, digits, 13), "000000000000"+chars(r, hex, 16), "------------"+chars(r, "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789abcdefghij", 24),
		"_000_AM0PR04MB"+chars(r, digits, 4)+chars(r, "0123456789ABCDEF", 20)+"AM0PR04MB"+chars(r, digits, 4)+"eurp_", "Apple-Mail=_"+strings.ToUpper(fillIn(r, "en", "{x8}-{x4}-4{x3}-A{x3}-{x12}")), "=-"+chars(r, "abcdefghijABCDEFGHIJ0123456789+/", 20))
	s := "Content-Type: multipart/" + kind + ";\r\n\tboundary=\"" + mark + "\"\r\n\r\n"
	if r.IntN(3) == 0 {
		s += "This is a multi-part message in MIME format.\r\n"
	}
	for _, p := range parts {
		s += "--" + mark + "\r\n" + p + "\r\n"
	}
	return s + "--" + mark + "--\r\n"
}

func phone(r *rand.Rand, l letter) string {
	sent := map[string]string{"en": "Sent from my phone", "de": "Von meinem Telefon gesendet", "fr": "Envoyé de mon téléphone", "nl": "Verzonden vanaf mijn telefoon", "pl": "Wysłane z telefonu", "es": "Enviado desde mi teléfono", "it": "Inviato dal telefono"}[l.language]
	return header(r, l, "") + part("text/plain;\r\n\tcharset=utf-8", l.text+"\n"+sent+"\n")
}

func alternative(agent string, page func(string) string) func(*rand.Rand, letter) string {
	return func(r *rand.Rand, l letter) string {
		return header(r, l, agent) + multi(r, "alternative", part("text/plain; charset=\"utf-8\"", l.text+signature(l)), part("text/html; charset=\"utf-8\"", "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>"+page(l.text)+"</body></html>"))
	}
}

func outlook(s string) string {
	var b strings.Builder
	b.WriteString("<style><!-- @font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;} p.MsoNormal {margin:0cm;} --></style><div class=\"WordSection1\">")
	for l := range strings.SplitSeq(s, "\n") {
		if l == "" {
			l = "\u00a0"
		}
		b.WriteString("<p class=\"MsoNormal\"><span style=\"mso-fareast-language:EN-US\">" + html.EscapeString(l) + "<o:p></o:p></span></p>\n")
	}
	return b.String() + "</div>"
}

func reply(r *rand.Rand, l letter) string {
	l.subject = map[string]string{"de": "AW: ", "pl": "Odp: ", "it": "R: "}[l.language] + l.subject
	return header(r, l, "") + part("text/plain; charset=utf-8", "OK.\n\n> "+strings.ReplaceAll(strings.TrimSpace(l.text), "\n", "\n> ")+"\n>> "+strings.ReplaceAll(fillIn(r, l.language, "{name}, {date} {time}"), "\n", "\n>> ")+"\n")
}

func flowed(r *rand.Rand, l letter) string {
	var out []string
	for line := range strings.SplitSeq(l.text, "\n") {
		for len(line) > 72 && strings.Contains(line[:72], " ") {
			at := strings.LastIndexByte(line[:72], ' ')
			if at == 0 {
				break
			}
			out = append(out, line[:at+1])
			line = line[at+1:]
		}
		out = append(out, line)
	}
	return header(r, l, "Thunderbird 140.0") + part("text/plain; charset=UTF-8; format=flowed", strings.Join(out, "\n")+signature(l))
}

func newsletter(r *rand.Rand, l letter) string {
	rows := ""
	for line := range strings.SplitSeq(l.text, "\n") {
		rows += "<tr><td style=\"padding:8px 16px;font-size:14px;color:#33" + chars(r, "0123456789abcdef", 4) + "\">" + html.EscapeString(line) + "</td></tr>\n"
	}
	return header(r, l, "") + part("text/html; charset=utf-8", "<!doctype html><html><body><table width=\"600\" cellpadding=\"0\">"+rows+"</table><img src=\"https://px.example.com/o/"+chars(r, "0123456789abcdef", 40)+".gif\" width=1 height=1></body></html>")
}

func withFile(r *rand.Rand, l letter) string {
	export := "time;value;unit;sequence\n" + lines(r, 20, "2025-{int}-{int}T{time}:{d2}Z;{d2}.{d4};kPa;{d11}") + "\n"
	return header(r, l, "") + multi(r, "mixed", part("text/plain; charset=utf-8", l.text), strings.Replace(encoded("text/csv; name=\"export.csv\"", export), "\r\n\r\n", "\r\nContent-Disposition: attachment; filename=\"export.csv\"\r\n\r\n", 1))
}

// latin is ISO 8859-1 where it can be.
func latin(r *rand.Rand, l letter) string {
	b := make([]byte, 0, len(l.text))
	for _, c := range l.text {
		if c > 255 {
			return header(r, l, "") + part("text/plain; charset=utf-8", l.text)
		}
		b = append(b, byte(c))
	}
	return header(r, l, "") + part("text/plain; charset=iso-8859-1", string(b))
}

// withLogo is Outlook's nest: mixed, related, alternative, with a picture in the
// signature.
func withLogo(r *rand.Rand, l letter) string {
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	picture := "Content-Type: image/png; name=\"image001.png\"\r\nContent-Description: image001.png\r\nContent-Disposition: inline; filename=\"image001.png\"; size=70;\r\n\tcreation-date=\"" + stamp(r) +
		"\"\r\nContent-ID: <image001.png@01DC" + chars(r, "0123456789ABCDEF", 4) + "." + chars(r, "0123456789ABCDEF", 8) + ">\r\nContent-Transfer-Encoding: base64\r\n\r\n" + png + "\r\n"
	text := multi(r, "alternative", part("text/plain; charset=\"utf-8\"", l.text+signature(l)), part("text/html; charset=\"utf-8\"", "<html><body>"+outlook(l.text)+"<img src=\"cid:image001.png@01DC\"></body></html>"))
	return header(r, l, "Microsoft Outlook 16.0") + multi(r, "related", text, picture)
}

// original is an answer above the mail, as Outlook quotes.
func original(r *rand.Rand, l letter) string {
	labels := map[string]string{"en": "From: | Sent: | To: | Subject: ", "de": "Von: | Gesendet: | An: | Betreff: ", "fr": "De : | Envoyé : | À : | Objet : ", "nl": "Van: | Verzonden: | Aan: | Onderwerp: ",
		"pl": "Od: | Wysłano: | Do: | Temat: ", "es": "De: | Enviado: | Para: | Asunto: ", "it": "Da: | Inviato: | A: | Oggetto: "}[l.language]
	w := strings.Split(labels, "|")
	head := w[0] + word(r, l.language, "name") + "\n" + strings.TrimSpace(w[1]) + " " + fillIn(r, l.language, "{date} {time}") + "\n" + strings.TrimSpace(w[2]) + " team@example.org\n" + strings.TrimSpace(w[3]) + " " + l.subject + "\n\n"
	return header(r, l, "") + part("text/plain; charset=utf-8", "OK\n\n________________________________\n"+head+l.text)
}

// withMessage has the mail as an attached message.
func withMessage(r *rand.Rand, l letter) string {
	return header(r, letter{l.language, "Fwd: " + l.subject, ""}, "") + multi(r, "mixed", part("text/plain; charset=utf-8", "FYI\n"), "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"+header(r, l, "")+part("text/plain; charset=utf-8", l.text))
}

// invitation has the first line in a calendar entry.
func invitation(r *rand.Rand, l letter) string {
	entry := fillIn(r, "en", "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:040000008200E00074C5B7101A82E008{x32}\nDTSTAMP:20251104T08{d2}{d2}Z\nDTSTART:20251110T090000Z\nSEQUENCE:{int}\nSUMMARY:") +
		strings.ReplaceAll(l.subject, ",", "\\,") + fillIn(r, "en", "\nLOCATION:Room {d3}\nDESCRIPTION:Meeting ID {d11}\nEND:VEVENT\nEND:VCALENDAR\n")
	return header(r, l, "") + multi(r, "alternative", part("text/plain; charset=utf-8", l.text), part("text/calendar; charset=utf-8; method=REQUEST", entry))
}
