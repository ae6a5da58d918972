package sdk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"strings"
	"time"
)

// NoticeSettings are what an operator tells a plugin that sends notices. They
// are meant to be embedded in the plugin's own settings.
type NoticeSettings struct {
	// From is the address that notices come from.
	From string `json:"from"`
	// Language of notices: en or de.
	Language string `json:"language"`
}

// DefaultNoticeSettings are in English, from the postmaster of this host.
func DefaultNoticeSettings() (NoticeSettings, error) {
	host, err := os.Hostname()
	if err != nil {
		return NoticeSettings{}, fmt.Errorf("looking for an address that notices come from: %w", err)
	}
	return NoticeSettings{From: "postmaster@" + host, Language: "en"}, nil
}

// Check says what is wrong with the values.
func (s NoticeSettings) Check() (wrong []Diagnostic) {
	if s.Language != "en" && s.Language != "de" {
		wrong = append(wrong, Diagnostic{Path: "language", Text: fmt.Sprintf("read %q, want en or de", s.Language)})
	}
	if !strings.Contains(s.From, "@") {
		wrong = append(wrong, Diagnostic{Path: "from", Text: fmt.Sprintf("read %q, want an address", s.From)})
	}
	return wrong
}

// Notice is a message from the gateway to the sender of a message, about some
// of its recipients. It holds nothing of the message itself, not even its
// subject. It is meant to leave with the null sender, so that nothing answers
// it (RFC 3834 section 3.3).
type Notice struct {
	From     string // address of the gateway's own
	To       string // the sender; never empty: the null sender gets no notices
	Job, Key string // of the task; the same Key makes the same Message-ID
	Language string // "en" or "de"; anything else is "en"
	Refused  bool   // the message didn't go to About; otherwise just for information
	About    []NoticeAbout
	Date     time.Time
}

// NoticeAbout is what there is to say of one recipient.
type NoticeAbout struct {
	Address string // "" where the reasons are about the whole message
	Reasons []Reason
}

// noticeWords are one language's.
type noticeWords struct{ refused, told, intro, introTold, to, why, id, auto string }

func words(language string) noticeWords {
	if language == "de" {
		return noticeWords{
			refused: "Ihre Nachricht wurde nicht zugestellt", told: "Hinweis zu Ihrer Nachricht",
			intro:     "Ihre Nachricht wurde an die folgenden Empfänger nicht zugestellt.",
			introTold: "Zu Ihrer Nachricht gibt es einen Hinweis.",
			to:        "Empfänger", why: "Grund", id: "Kennung",
			auto: "Diese Mitteilung hat das Mail-Gateway erzeugt. Sie enthält nichts vom Inhalt Ihrer Nachricht. Bitte antworten Sie nicht darauf.",
		}
	}
	return noticeWords{
		refused: "Your message was not delivered", told: "About your message",
		intro:     "Your message was not delivered to the following recipients.",
		introTold: "There is something to know about your message.",
		to:        "Recipient", why: "Reason", id: "Reference",
		auto: "This notice was made by the mail gateway. It holds nothing of your message. Please do not answer it.",
	}
}

// Message returns the notice as it goes to the mail server: header and body,
// lines ending in CRLF. An address that can't stand in a header is an error.
func (n Notice) Message() ([]byte, error) {
	for _, a := range []string{n.From, n.To} {
		if a == "" || strings.ContainsFunc(a, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("a notice needs well-formed addresses")
		}
	}
	w := words(n.Language)
	subject := w.told
	if n.Refused {
		subject = w.refused
	}
	id := sha256.Sum256([]byte(n.Job + "\x00" + n.Key))
	_, host, _ := strings.Cut((&mail.Address{Address: n.From}).Address, "@")
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("From", (&mail.Address{Name: "Mail Gateway", Address: n.From}).String())
	field("To", (&mail.Address{Address: n.To}).String())
	field("Subject", mime.QEncoding.Encode("utf-8", subject))
	field("Date", n.Date.Format(time.RFC1123Z))
	field("Message-ID", fmt.Sprintf("<%s@%s>", hex.EncodeToString(id[:16]), host))
	field("Auto-Submitted", "auto-generated")
	field("X-Auto-Response-Suppress", "All")
	field("MIME-Version", "1.0")
	field("Content-Type", "text/plain; charset=utf-8")
	field("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	if _, err := q.Write([]byte(strings.ReplaceAll(n.text(w), "\n", "\r\n"))); err != nil {
		return nil, err
	}
	if err := q.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (n Notice) text(w noticeWords) string {
	var t strings.Builder
	intro := w.introTold
	if n.Refused {
		intro = w.intro
	}
	t.WriteString(intro + "\n\n")
	for _, a := range n.About {
		if a.Address != "" {
			fmt.Fprintf(&t, "%s: %s\n", w.to, flat(a.Address))
		}
		for _, r := range a.Reasons {
			if r.Rule != "" {
				fmt.Fprintf(&t, "%s: %s (%s)\n", w.why, flat(r.Text), flat(r.Rule))
			} else {
				fmt.Fprintf(&t, "%s: %s\n", w.why, flat(r.Text))
			}
		}
		t.WriteString("\n")
	}
	fmt.Fprintf(&t, "%s: %s\n\n%s\n", w.id, flat(n.Job), w.auto)
	return t.String()
}

// flat keeps a text in its line.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }
