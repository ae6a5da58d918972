package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind says what the messages of an experiment are like.
type kind struct {
	name  string
	bytes int
	// attachment puts the bulk into an attached text file, in base64.
	attachment bool
	// marked puts an account number into the text, which the shipped policy
	// lets out over a forced encrypted connection only.
	marked bool
}

// text is one message, header and body apart. Header values begin with their
// blank.
type text struct {
	header [][2]string
	body   []byte
}

// iban is a valid account number that no bank gave out.
const iban = "DE89 3704 0044 0532 0130 00"

const (
	sender    = "alice@sender.example"
	recipient = "bob@recipient.example"
)

const vocabulary = "the meeting about our new contract takes place on Monday please bring all figures that you have with regards team order " +
	"delivery invoice customer project plan next week office report question answer number street city and or is not will be for you we they from " +
	"with this that when where room quarter budget review draft version agreed open until Friday"

// sampleTexts returns n different messages of about that size: ordinary words
// and some numbers, or a short text and an attachment. They are the same in
// each run.
func sampleTexts(k kind, n int) []text {
	rnd := rand.New(rand.NewPCG(1, uint64(k.bytes)))
	all := make([]text, n)
	for i := range all {
		t := text{header: [][2]string{
			{"Received", " from client.example (client.example [192.0.2.1]) by gw.example with ESMTPS; Mon, 2 Nov 2026 10:00:00 +0000"},
			{"From", " Alice <" + sender + ">"}, {"To", " Bob <" + recipient + ">"},
			{"Subject", fmt.Sprintf(" Our meeting, number %d", i)}, {"Date", " Mon, 2 Nov 2026 10:00:00 +0000"},
			{"Message-ID", fmt.Sprintf(" <%d.%d@sender.example>", i, rnd.Uint64())}, {"MIME-Version", " 1.0"},
		}}
		b := bytes.NewBuffer(make([]byte, 0, k.bytes+k.bytes/50+4096))
		if k.attachment {
			t.header = append(t.header, [2]string{"Content-Type", ` multipart/mixed; boundary="b"`})
			b.WriteString("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
		} else {
			t.header = append(t.header, [2]string{"Content-Type", " text/plain; charset=utf-8"})
		}
		if k.marked {
			b.WriteString("Please pay the invoice to our account, IBAN " + iban + ".\r\n\r\n")
		}
		if k.attachment {
			prose(b, rnd, min(2000, k.bytes/4))
			attach(b, rnd, k.bytes)
		} else {
			prose(b, rnd, k.bytes)
		}
		t.body = b.Bytes()
		all[i] = t
	}
	return all
}

// prose writes lines of words up to n bytes. Numbers are short and stand alone,
// and none behind what could be a country code, so that nothing can pass for an
// identifier.
func prose(b *bytes.Buffer, rnd *rand.Rand, n int) {
	words := strings.Fields(vocabulary)
	for b.Len() < n {
		for line := b.Len(); b.Len()-line < 65; {
			word := words[rnd.IntN(len(words))]
			b.WriteString(word)
			b.WriteByte(' ')
			if len(word) > 2 && rnd.IntN(10) == 0 {
				fmt.Fprintf(b, "%d ", rnd.IntN(2100))
			}
		}
		b.WriteString("\r\n")
	}
}

// attach ends a multipart with a text file in base64, up to n bytes in all.
func attach(b *bytes.Buffer, rnd *rand.Rand, n int) {
	b.WriteString("--b\r\nContent-Type: text/plain; charset=utf-8; name=notes.txt\r\n" +
		"Content-Disposition: attachment; filename=notes.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	var file bytes.Buffer
	prose(&file, rnd, max(0, n-b.Len())*57/78)
	line := make([]byte, 78)
	for file.Len() > 0 {
		raw := file.Next(57)
		l := base64.StdEncoding.EncodedLen(len(raw))
		base64.StdEncoding.Encode(line, raw)
		b.Write(append(line[:l], '\r', '\n'))
	}
	b.WriteString("--b--\r\n")
}

// file is the whole message with line ends as smtp-source reads them.
func (t *text) file() []byte {
	var b bytes.Buffer
	for _, h := range t.header {
		b.WriteString(h[0] + ":" + h[1] + "\n")
	}
	b.WriteByte('\n')
	b.Write(bytes.ReplaceAll(t.body, []byte("\r\n"), []byte("\n")))
	return b.Bytes()
}
