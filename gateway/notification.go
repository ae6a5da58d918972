package gateway

import (
	"io"
	"regexp"

	"github.com/sealpost/sealpost/message"
)

// maxNotification bounds the notifications that are rewritten, in bytes. The
// MTA's own are a few kilobytes, because marked messages ask for RET=HDRS.
const maxNotification = 1 << 20

var marksInText = regexp.MustCompile(`(?i)([^\s<>;]+@[^\s<>;]+?)\.[a-z2-7]{26}\.[a-z-]+\.sealpost\.invalid`)

// unmark returns a new body for a notification that the MTA itself wrote about
// a marked recipient, with the address that the sender knows in the mark's
// place; nil for every other message. The caller owns the body.
func (g *Gateway) unmark(m *message.Message) (*message.Content, error) {
	written := m.Envelope.Sender == "" && !m.Envelope.Client.Addr.IsValid()
	if !written || m.Root == nil || m.Root.Type != "multipart/report" || m.Content.Size()-m.BodyStart > maxNotification {
		return nil, nil
	}
	body, err := io.ReadAll(io.NewSectionReader(m.Content, m.BodyStart, m.Content.Size()-m.BodyStart))
	if err != nil {
		return nil, err
	}
	if !marksInText.Match(body) {
		return nil, nil
	}
	out, err := g.Spool.New()
	if err != nil {
		return nil, err
	}
	if _, err := out.Write(marksInText.ReplaceAll(body, []byte("$1"))); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}
