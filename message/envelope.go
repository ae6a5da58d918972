package message

import "net/netip"

// Envelope is what SMTP said about a message before its content: who sends
// it, from where, and to whom.
type Envelope struct {
	// Sender is the reverse-path without angle brackets, as typed; "" is
	// the null sender of notifications (RFC 5321 section 4.5.5).
	Sender string
	// SenderArgs are the ESMTP arguments of MAIL, for example "SIZE=1000",
	// "BODY=8BITMIME", "SMTPUTF8", "RET=HDRS".
	SenderArgs []string
	// Recipients stand in the order of RCPT; the same address may stand
	// there twice.
	Recipients []Recipient
	Client     Client
	// QueueID is the MTA's name for the message. It is for logs only: the
	// MTA may change it (postsuper -r).
	QueueID string
}

// Recipient is one RCPT.
type Recipient struct {
	// Typed is the forward-path exactly as the client typed it, without
	// angle brackets. The MTA deletes a recipient only by this string.
	Typed string
	// Address is what Typed stands for: the address to judge. It differs
	// from Typed where the MTA would add or replace recipients later
	// (aliases), and in nothing else.
	Address string
	// Args are the ESMTP arguments of RCPT: "NOTIFY=…", "ORCPT=…".
	Args []string
}

// Client is the SMTP client that handed the message to the MTA.
type Client struct {
	// Addr is the zero Addr for mail that was submitted on the machine
	// itself (sendmail -t) or made by the MTA (a bounce).
	Addr netip.Addr
	Name string // host name as the MTA resolved it, or ""
	Helo string
	// User is the login name, empty unless the client authenticated.
	User string
	// TLS is nil unless the client's connection was encrypted.
	TLS *TLS
}

// TLS describes one encrypted connection.
type TLS struct {
	Version  string // "TLSv1.3"
	Cipher   string
	Bits     int
	Verified bool   // the client showed a certificate that the MTA trusts
	Subject  string // that certificate's subject CN, or ""
	Issuer   string
}
