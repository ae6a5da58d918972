// Package message is one message as mail servers pass it on: its envelope, its
// content byte for byte, and the tree of its MIME parts.
//
// Content is never changed in place; whoever needs other bytes writes a new
// Content (Message.WithHeader helps). It lives in memory and is read through
// windows: a message of 100 MB takes no more heap than one of 100 KB. What is
// wrong with a message is data (Part.Problems), not an error: reading never
// fails on a message, only on the machine beneath it.
//
// The tree is one reading of the message, the usual one. Where programs differ,
// a problem says so, and no byte is out of reach: every byte of the content
// lies in a header, a leaf, a boundary line, or a multipart's preamble or
// epilogue. Limits on headers, depth and parts make the rest one opaque piece,
// which says so too.
//
// A Message and everything in it belongs to whoever made it and is valid until
// Close. This package imports nothing else of Sealpost.
package message

import "time"

// Message is one message on its way.
type Message struct {
	// ID is ours: 26 lower-case letters and digits, random, never reused. It
	// stands in replies, logs, marks and the ledger. It is a secret only as
	// far as it can't be guessed.
	ID       string
	Received time.Time
	Envelope Envelope
	// Content is header and body as the MTA has them, lines ending in CRLF.
	Content *Content
	// Header holds the top-level header fields, Root the tree of parts.
	// Both are nil until Read. A header over the limits is not all there, and
	// Root then has the problem HeaderTooBig.
	Header Header
	Root   *Part
	// BodyStart is where in Content the body begins: behind the empty line, or
	// where a line stands that is no header. It is filled by Read too.
	BodyStart int64
}

// Close gives back what the content occupies.
func (m *Message) Close() error {
	if m.Content == nil {
		return nil
	}
	return m.Content.Close()
}
