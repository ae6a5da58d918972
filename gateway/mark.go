package gateway

import (
	"regexp"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// Suffix ends every marked domain. The top-level domain "invalid" exists
// nowhere (RFC 2606), so a mark without our configuration is undeliverable.
const Suffix = ".sealpost.invalid"

// Way is the word in a mark that tells the MTA where the copy goes next.
type Way string

const (
	// WayContent, WayHold, WayReject and WayNotify lead to deliver.
	WayContent Way = "content"
	WayHold    Way = "hold"
	WayReject  Way = "reject"
	WayNotify  Way = "notify"
	// The others lead to the MTA's own SMTP client with that level's demands.
	WayTLS           Way = "tls"
	WayVerifiedTLS   Way = "verified-tls"
	WayPartnerTLS    Way = "partner-tls"
	WayOpportunistic Way = "opportunistic"
	// WayTreated is a copy that deliver has handed back: its content is
	// protected, and it travels like opportunistic mail.
	WayTreated Way = "treated"
)

// Mark is a recipient address that carries its own treatment:
// bob@partner.example.<job>.<way>.sealpost.invalid.
type Mark struct {
	Address string // the real recipient
	Job     string
	Way     Way
}

func (m Mark) String() string { return m.Address + "." + m.Job + "." + string(m.Way) + Suffix }

var markForm = regexp.MustCompile(`^(.+@.+)\.([a-z2-7]{26})\.([a-z-]+)$`)

// ParseMark reads a marked address. ok is false for any other address.
func ParseMark(address string) (m Mark, ok bool) {
	if !HasSuffix(address) {
		return Mark{}, false
	}
	at := strings.LastIndexByte(address, '@')
	s := markForm.FindStringSubmatch(address[:at] + strings.ToLower(address[at:len(address)-len(Suffix)]))
	if s == nil {
		return Mark{}, false
	}
	return Mark{Address: address[:len(s[1])], Job: s[2], Way: Way(s[3])}, true
}

// HasSuffix reports whether an address lies in the marks' domain, whether or
// not it is a well-formed mark.
func HasSuffix(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return false
	}
	d := strings.TrimSuffix(strings.ToLower(address[at+1:]), ".")
	return strings.HasSuffix("."+d, Suffix)
}

// markable reports whether an address can carry a mark and still be an
// address: its domain is a name and not too long.
func markable(address string, way Way) bool {
	mark := Mark{Job: strings.Repeat("a", 26), Way: way}.String()
	return message.CheckSuffix(address, mark) == nil
}
