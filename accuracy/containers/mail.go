package containers

import (
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// header is the header of every message here, down to MIME-Version.
func header(subject string) string {
	return "From: Peter Hill <peter.hill@office.example>\r\nTo: Emma Taylor <emma@partner.example>\r\nSubject: " + mime.QEncoding.Encode("utf-8", subject) +
		"\r\nDate: Tue, 04 Nov 2025 09:12:44 +0100\r\nMessage-ID: <4b1f.77@office.example>\r\nMIME-Version: 1.0\r\n"
}

// crlf makes CRLF of LF.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// bodyOnly is a message of one part.
func bodyOnly(it Item, part string) string { return header(it.Subject) + part }

// mixed is a message with a short text and an attachment.
func mixed(it Item, parts ...string) string {
	greeting := map[string]string{"en": "Please see the attachment.", "de": "Bitte beachten Sie den Anhang.", "fr": "Veuillez voir la pièce jointe.", "nl": "Zie de bijlage.",
		"pl": "Proszę zobaczyć załącznik.", "es": "Vea el adjunto.", "it": "Vedi allegato.", "sv": "Se bilagan."}[it.Language]
	all := append([]string{quotedPrintable("text/plain; charset=utf-8", greeting+"\n")}, parts...)
	return header(it.Subject) + multi("mixed", all...)
}

// multi joins parts.
func multi(kind string, parts ...string) string {
	const boundary = "=_7d1c_next"
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=%q\r\n\r\n", kind, boundary)
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// inner is multi with another boundary, for messages in messages.
func inner(s string) string { return strings.ReplaceAll(s, "=_7d1c_next", "=_7d1c_inner") }

// sevenBit is a part of ASCII.
func sevenBit(kind, s string) string {
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + crlf(s)
}

func quotedPrintable(kind, s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(crlf(s)))
	_ = w.Close()
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String()
}

func base64Part(kind, s string) string {
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines(crlf(s))
}

// base64Lines encodes in lines of 76.
func base64Lines(s string) string {
	enc := base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for len(enc) > 76 {
		b.WriteString(enc[:76] + "\r\n")
		enc = enc[76:]
	}
	return b.String() + enc + "\r\n"
}

// file is an attachment of bytes.
func file(kind, name, content string) string {
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: " +
		mime.FormatMediaType("attachment", map[string]string{"filename": name}) + "\r\n\r\n" + base64Lines(content)
}

// typewriter has the blanks, hyphens and quotes that every character set has.
func typewriter(s string) string {
	return strings.NewReplacer("\u202f", "\u00a0", "\u2011", "-", "‚", "'", "‘", "'", "„", "\"", "“", "\"", "”", "\"").Replace(s)
}

// ascii writes words as people do who have no accents on their keyboard.
func ascii(s string) string {
	return strings.NewReplacer("\u00a0", " ", "–", "-", "«", "\"", "»", "\"", "…", "...", "ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "å", "a", "Å", "A", "ø", "oe", "æ", "ae",
		"é", "e", "è", "e", "ê", "e", "ë", "e", "É", "E", "à", "a", "á", "a", "â", "a", "ç", "c", "í", "i", "ï", "i", "ì", "i", "î", "i", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "œ", "oe", "ú", "u", "ù", "u", "û", "u",
		"ą", "a", "ć", "c", "ę", "e", "ł", "l", "Ł", "L", "ń", "n", "ś", "s", "Ś", "S", "ź", "z", "ż", "z", "č", "c", "¿", "", "°", "o", "µ", "u", "→", "->", "’", "'", "È", "E", "•", "*", "²", "2",
		"Е", "E", "Г", "G", "Н", "N", "º", "o", "ª", "a", "Č", "C", "ý", "y", "ı", "i", "ş", "s", "Α", "A", "Μ", "M", "Κ", "K").Replace(typewriter(s))
}

func plain7bit(it Item) string {
	it.Subject = ascii(it.Subject)
	return bodyOnly(it, sevenBit("text/plain; charset=us-ascii", ascii(it.Text)))
}

// latin is the text in the eight-bit character set of the language, sent as it is.
func latin(it Item) string {
	name, set := "windows-1252", charmap.Windows1252
	if it.Language == "pl" {
		name, set = "iso-8859-2", charmap.ISO8859_2
	}
	encoded, err := set.NewEncoder().String(typewriter(it.Text))
	if err != nil { // a letter that the set lacks: people write without accents
		encoded = ascii(it.Text)
	}
	return bodyOnly(it, "Content-Type: text/plain; charset="+name+"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+crlf(encoded))
}

// flowed wraps at 72 columns with a blank at the end (RFC 3676).
func flowed(it Item) string {
	var out []string
	for l := range strings.SplitSeq(it.Text, "\n") {
		for len(l) > 72 {
			at := strings.LastIndexByte(l[:72], ' ')
			if at <= 0 {
				break
			}
			out = append(out, l[:at+1])
			l = l[at+1:]
		}
		out = append(out, l)
	}
	return bodyOnly(it, quotedPrintable("text/plain; charset=utf-8; format=flowed", strings.Join(out, "\n")))
}

// quoted is an answer below which the letter stands, as mail programs quote.
func quoted(it Item) string {
	intro := map[string]string{"en": "Thanks!\n\nOn 3 Nov 2025, Emma wrote:", "de": "Danke!\n\nAm 03.11.25 um 14:02 schrieb Emma:", "fr": "Merci !\n\nLe 03/11/2025 à 14:02, Emma a écrit :", "nl": "Dank!\n\nOp 3 nov 2025 schreef Emma:",
		"pl": "Dziękuję!\n\nW dniu 3.11.2025 Emma napisała:", "es": "¡Gracias!\n\nEl 3/11/2025, Emma escribió:", "it": "Grazie!\n\nIl 03/11/25, Emma ha scritto:", "sv": "Tack!\n\nDen 3 nov 2025 skrev Emma:"}[it.Language]
	return bodyOnly(it, quotedPrintable("text/plain; charset=utf-8", intro+"\n> "+strings.ReplaceAll(strings.TrimSpace(it.Text), "\n", "\n> ")+"\n"))
}

// forwarded is the letter as a message in a message.
func forwarded(it Item) string {
	original := header(it.Subject) + quotedPrintable("text/plain; charset=utf-8", it.Text)
	if it.File != "" {
		original = header(it.Subject) + inner(multi("mixed", sevenBit("text/plain", "See attachment.\n"), file("application/octet-stream", it.name(), it.Value)))
	}
	return header("Fwd: "+it.Subject) + multi("mixed", sevenBit("text/plain", "FYI\n"), "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"+original)
}

// attachment is a text file that the sender's program knows nothing of.
func attachment(it Item) string {
	return mixed(it, file("application/octet-stream", it.name(), it.payload()))
}

// utf16Text is what a Windows editor saves as "Unicode".
func utf16Text(it Item) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, r := range crlf(it.Text) {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return mixed(it, file("text/plain", "note.txt", b.String()))
}

// subject is the value in the subject and a body without it.
func subject(it Item) string {
	it.Subject = it.Label + " " + it.Value
	return bodyOnly(it, sevenBit("text/plain; charset=us-ascii", "See subject.\n"))
}

// fileName is the value in the name of an attachment.
func fileName(it Item) string {
	return mixed(it, file("text/plain", it.Label+" "+it.Value+".txt", "Nothing to see here.\r\n"))
}
