package inspect

import (
	"strings"

	"github.com/sealpost/sealpost/message"
)

// fieldText returns the text of a header field as it is scanned, and whether
// it is scanned at all. Fields that programs fill (routes, signatures, ids,
// dates) hold no text, and of fields with addresses only the names beside
// them are text.
func fieldText(f message.Field) (string, bool) {
	name := strings.ToLower(f.Name)
	switch name {
	case "received", "received-spf", "authentication-results", "dkim-signature", "domainkey-signature",
		"message-id", "in-reply-to", "references", "return-path", "mime-version", "delivered-to",
		"content-type", "content-transfer-encoding", "content-disposition", "content-id", "x-google-dkim-signature",
		"thread-index", "feedback-id", "autocrypt":
		return "", false
	case "date":
		return f.Text(), len(f.Raw) > longestDate
	case "from", "to", "cc", "bcc", "sender", "reply-to", "resent-from", "resent-to", "resent-cc", "resent-bcc",
		"resent-sender", "disposition-notification-to", "errors-to", "x-original-to":
		return withoutAddresses(f.Text()), true
	}
	if strings.HasPrefix(name, "arc-") || strings.HasPrefix(name, "list-") || strings.HasPrefix(name, "x-ms-exchange-") {
		return "", false
	}
	return f.Text(), true
}

// longestDate is how long the field of a date is at most that is no more than
// that, with the name of the time zone in a comment. Programs show what they
// can't read as it stands.
const longestDate = 50

// withoutAddresses leaves out every word with an "@".
func withoutAddresses(text string) string {
	kept := strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '<' || r == '>' || r == ',' || r == ';' || r == '"'
	})
	var b strings.Builder
	for _, word := range kept {
		if !strings.Contains(word, "@") {
			b.WriteString(word)
			b.WriteByte(' ')
		}
	}
	return b.String()
}
