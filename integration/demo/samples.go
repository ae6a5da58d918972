package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/sealpost/sealpost/integration"
)

// sample is a message and what has to become of it.
type sample struct {
	name  string
	mail  []byte
	rows  []row
	reply integration.Reply // what the client was told at the end
}

// row is one recipient of a sample.
type row struct {
	recipient string
	want      seen
	got       seen
	detail    string // what happened, in words
}

// seen is what can be as expected or not.
type seen struct {
	class, level, treatment string
	outcome                 outcome
	sink                    string // where it arrived, with arrived
	encrypted               bool   // on the wire
}

// outcome is what became of a recipient's copy.
type outcome string

const (
	arrived outcome = "arrived"
	refused outcome = "refused" // in the SMTP dialogue
	bounced outcome = "bounced" // not sent, and the sender was told
	waiting outcome = "waiting" // in the queue, because TLS can't be had
	unknown outcome = "unknown"
)

const (
	bob   = "bob@partner.example"
	nora  = "nora@notls.example"
	dora  = "dora@gmail.com"
	carol = "carol@business.example"
)

const (
	identifier = "Please use the account IBAN DE89 3704 0044 0532 0130 00 from now on.\r\n"
	health     = "Patient: the diagnosis is asthma, ICD-10 code J45.0, first treated in May.\r\n"
)

// all are the samples. Content encryption isn't part of this version, so what
// needs it is refused, honestly and with the reason.
func all() []sample {
	byPartner := seen{"confidential", "partner-tls", "tls", arrived, integration.Partner, true}
	noContent := func(class string, o outcome) seen { return seen{class, "content", "reject", o, "", false} }
	return []sample{
		{name: "A plain note", mail: text("Lunch", "See you at noon.\r\n"), rows: []row{
			{recipient: carol, want: seen{"public", "opportunistic", "none", arrived, integration.Internet, true}},
			{recipient: bob, want: seen{"public", "partner-tls", "tls", arrived, integration.Partner, true}},
		}},
		{name: "An account number to a partner", mail: text("Account", identifier), rows: []row{{recipient: bob, want: byPartner}}},
		{name: "An account number to a partner without TLS", mail: text("Account", identifier), rows: []row{
			{recipient: nora, want: seen{"confidential", "tls", "tls", waiting, "", false}},
		}},
		{name: "An account number to a public provider", mail: text("Account", identifier), rows: []row{
			{recipient: dora, want: noContent("confidential", refused)},
		}},
		{name: "An account number to both at once", mail: text("Account", identifier), rows: []row{
			{recipient: bob, want: byPartner},
			{recipient: dora, want: noContent("confidential", bounced)},
		}},
		{name: "Health data to a partner", mail: text("Findings", health), rows: []row{
			{recipient: bob, want: noContent("strictly-confidential", refused)},
		}},
		{name: "A subject that begins with (SECURE)", mail: text("(SECURE) Offer", "Our offer.\r\n"), rows: []row{
			{recipient: carol, want: noContent("confidential", refused)},
		}},
		{name: "An attachment of 20 MB", mail: attachment(20 << 20), rows: []row{
			{recipient: carol, want: seen{"public", "opportunistic", "none", arrived, integration.Internet, true}},
		}},
	}
}

func header(subject string) string {
	return "From: Alice <alice@bank.example>\r\nTo: undisclosed-recipients:;\r\nSubject: " + subject +
		"\r\nDate: Fri, 02 Jan 2026 10:00:00 +0000\r\nMessage-ID: <" + strings.Map(letters, subject) + "@bank.example>\r\nMIME-Version: 1.0\r\n"
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

func text(subject, body string) []byte {
	return []byte(header(subject) + "Content-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\n" + body + "\r\nAlice\r\n")
}

// attachment is a message with an attached text file, together size bytes.
func attachment(size int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%sContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThe report.\r\n"+
		"--b\r\nContent-Type: text/plain; name=report.txt\r\nContent-Disposition: attachment; filename=report.txt\r\n"+
		"Content-Transfer-Encoding: base64\r\n\r\n", header("Report"))
	line := base64.StdEncoding.EncodeToString([]byte("All machines ran without interruption in this week. \r\n"))
	for b.Len() < size {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("--b--\r\n")
	return []byte(b.String())
}
