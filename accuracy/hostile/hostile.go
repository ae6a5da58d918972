// Package hostile makes mails that two readers read differently, and text that
// people see otherwise than programs. Each hides one valid identifier, with the
// words that belong beside it, so that at least one plausible reader shows it.
//
// The classes are those of the literature on ambiguous MIME ("Inbox Invasion",
// CCS 2024; draft-chen-email-mime-ambiguity-defense), of text obfuscation, of
// archives that programs read differently, and places of documents that readers
// show and extractors forget.
// A mail is a silent miss if the value isn't found and nothing is said either:
// neither that the message is ambiguous nor that a part was not read.
//
// Bytes are exact: bare CR, bare LF and NUL stand where a variant wants them.
package hostile

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/accuracy/values"
)

// Mail is one hostile mail.
type Mail struct {
	Class    string
	Variant  string
	Detector string // that has to see the value
	Value    string
	Raw      []byte
}

// secret is what a mail hides.
type secret struct {
	detector, value string
	line            string // the value with its context, ASCII
	printable       bool   // hidden parts are quoted-printable and not base64
}

// text is the line as a paragraph.
func (s secret) text() string { return "Dear Anna,\r\n\r\n" + s.line + "\r\n\r\nRegards\r\n" }

// b64 is the paragraph in base64, one line without its end.
func (s secret) b64() string { return base64.StdEncoding.EncodeToString([]byte(s.text())) }

// variant is one way of a class.
type variant struct {
	name string
	make func(s secret) string
}

// class is one kind of ambiguity.
type class struct {
	name     string
	variants []variant
}

// Mails makes every hostile mail, each hiding a card, a PESEL or an IBAN in turn;
// each variant is made with two of the three. In the second, hidden parts are
// written in quoted-printable: programs that decode whatever looks like base64
// don't find them by that alone.
func Mails() []Mail {
	secrets := secrets()
	var mails []Mail
	n := 0
	for _, c := range classes() {
		for _, v := range c.variants {
			for i := range 2 {
				s := secrets[n%len(secrets)]
				s.printable = i == 1
				n++
				mails = append(mails, Mail{c.name, v.name, s.detector, s.value, []byte(v.make(s))})
			}
		}
	}
	return mails
}

// classes are all of them.
func classes() []class {
	return slices.Concat(headerClasses(), boundaryClasses(), structureClasses(), encodingClasses(), textClasses(), typeClasses(), archiveClasses(), documentClasses(), bothClasses())
}

// secrets are values with context, the three kinds in turn.
func secrets() []secret {
	words := map[string]string{"payment-card": "Credit card number: ", "pl-pesel": "PESEL: ", "iban": "IBAN: "}
	var lists [3][]secret
	for _, id := range values.All() {
		at := slices.Index([]string{"payment-card", "pl-pesel", "iban"}, id.ID)
		if at < 0 {
			continue
		}
		for _, v := range id.Valid(40) {
			lists[at] = append(lists[at], secret{detector: id.ID, value: values.Squeeze(v.Text), line: words[id.ID] + values.Squeeze(v.Text)})
		}
	}
	var all []secret
	for i := range lists[0] {
		all = append(all, lists[0][i], lists[1][i], lists[2][i])
	}
	return all
}

// top is a header without a type.
const top = "From: Bob <bob@office.example>\r\nTo: Anna <anna@partner.example>\r\nSubject: Documents\r\nDate: Tue, 04 Nov 2025 09:12:44 +0100\r\nMessage-ID: <9@office.example>\r\nMIME-Version: 1.0\r\n"

// cover is the harmless text of the first part.
const cover = "Content-Type: text/plain\r\n\r\nPlease see below.\r\n"

// hidden is a part with the secret, encoded so that no digit of it is to be seen.
func hidden(s secret) string {
	if !s.printable {
		return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + s.b64() + "\r\n"
	}
	const line = 24 * len("=00")
	var b strings.Builder
	for h := hexed(s.text()); h != ""; {
		n := min(line, len(h))
		b.WriteString(h[:n])
		if h = h[n:]; h != "" {
			b.WriteString("=\r\n")
		}
	}
	return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String() + "\r\n"
}

// parts joins parts with a delimiter line "--mark" and ends them.
func parts(mark string, list ...string) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString("--" + mark + "\r\n" + p)
	}
	return b.String() + "--" + mark + "--\r\n"
}

// each makes variants of a list of strings that a function puts in place.
func each(names []string, make func(x string, s secret) string) []variant {
	var list []variant
	for _, x := range names {
		list = append(list, variant{show(x), func(s secret) string { return make(x, s) }})
	}
	return list
}

// show names a variant by what it contains, without control characters.
func show(x string) string {
	return strings.NewReplacer("\r", "␍", "\n", "␊", "\x00", "␀", "\t", "␉", "\v", "␋", "\f", "␌", "\x1a", "␚").Replace(x)
}
