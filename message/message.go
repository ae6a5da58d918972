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
// a problem says so (Ambiguous tells which), the other plausible readings stand
// beside it (Part.Also), and no byte is out of reach: every byte of the content
// lies in a header, a leaf, a boundary line, or a multipart's preamble or
// epilogue. Limits on headers, depth, parts and readings make the rest one
// opaque piece, which says so too (Incomplete tells which).
//
// A reading of bytes that had to be decoded first, or whose line ends were
// changed, has them in a content of its own (Part.Source). It counts against
// the spool and ends with the message.
//
// A Message and everything in it belongs to whoever made it and is valid until
// Close. This package imports nothing else of Sealpost.
package message

import (
	"errors"
	"time"
)

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

	// decoded are the contents that Read made of encoded parts, work the
	// bytes that it read in all its passes.
	decoded []*Content
	work    int64
}

// Close gives back what the content, and what Read decoded of it, occupies.
func (m *Message) Close() error {
	err := m.closeDecoded()
	if m.Content == nil {
		return err
	}
	return errors.Join(err, m.Content.Close())
}
