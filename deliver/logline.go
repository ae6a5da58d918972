package deliver

import (
	"regexp"
	"strings"
)

// logLine is one line of Postfix: "… host postfix/sealpost-in/smtpd[123]: text".
type logLine struct {
	program string // "postfix/sealpost-in/smtpd"
	process string // "smtpd"
	pid     string
	text    string
}

// logHead is what stands in front of the text: the time as syslog or Postfix's
// postlogd writes it, or as RFC 3339; the host; the program. The syslog_name of
// a service may have slashes.
var logHead = regexp.MustCompile(`^(?:[A-Z][a-z]{2} [ 0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]` +
	`|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2}))` +
	` [^ ]{1,255} ([A-Za-z0-9._/-]{1,100}/([a-z]{1,20}))\[([0-9]{1,10})\]: `)

// parseLogLine reads a whole line with its line end.
func parseLogLine(raw []byte) (logLine, bool) {
	m := logHead.FindSubmatchIndex(raw)
	if m == nil {
		return logLine{}, false
	}
	text, ok := strings.CutSuffix(string(raw[m[1]:]), "\n")
	if !ok {
		return logLine{}, false
	}
	return logLine{program: string(raw[m[2]:m[3]]), process: string(raw[m[4]:m[5]]), pid: string(raw[m[6]:m[7]]), text: text}, true
}

// peerForm is "name[address]" or "name[address]:port" as smtpd writes its
// client: neither has blanks, commas or brackets within.
const peerForm = `[^\s,\[\]]+\[[^\s,\[\]]*\](?::[0-9]+)?`

var clientForm = regexp.MustCompile(`^([0-9A-Za-z]{5,40}): client=` + peerForm + `, orig_queue_id=([a-z2-7]{26})(?:, |$)`)

// client reads smtpd's first line of a message with a batch.
func (l logLine) client() (queueID, batch string, ok bool) {
	m := clientForm.FindStringSubmatch(l.text)
	if l.process != "smtpd" || m == nil || m[1] == "NOQUEUE" {
		return "", "", false
	}
	return m[1], m[2], true
}

// queued reports whether the queue manager has seen a message.
func (l logLine) queued(queueID string) bool {
	return (l.process == "qmgr" || l.process == "oqmgr" || l.process == "nqmgr") &&
		strings.HasPrefix(l.text, queueID+": from=<")
}

// begins reports whether a line begins another message with that id.
func (l logLine) begins(queueID string) bool {
	return l.process == "smtpd" && strings.HasPrefix(l.text, queueID+": client=") ||
		l.process == "pickup" && strings.HasPrefix(l.text, queueID+": uid=")
}

var disconnectForm = regexp.MustCompile(`^disconnect from ` + peerForm + `((?: [a-z]+=[0-9]+(?:/[0-9]+)?)+)$`)

// account is smtpd's own at the end of a session of one message: 1 if the DATA
// was carried out ("data=1"), 0 if not ("data=0/1", or none at all), -1 if this
// isn't such a line.
func (l logLine) account() int {
	m := disconnectForm.FindStringSubmatch(l.text)
	if l.process != "smtpd" || m == nil || !strings.Contains(m[1], " commands=") {
		return -1
	}
	for _, word := range strings.Fields(m[1]) {
		if value, ok := strings.CutPrefix(word, "data="); ok && value != "0" && !strings.HasPrefix(value, "0/") {
			return 1
		}
	}
	return 0
}

// validBatch reports whether s has the form of message.NewID.
func validBatch(s string) bool {
	return len(s) == 26 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
