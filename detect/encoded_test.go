package detect

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// A number is found that stands there in another way of writing.
func TestEncoded(t *testing.T) {
	e := testEngine(t, "Seeadler")
	const card = "card number 4539 1488 0343 6467 of May"
	entities := ""
	for _, b := range []byte("4539148803436467") {
		entities += "&#" + string("0123456789"[b/10%10]) + string("0123456789"[b%10]) + ";"
	}
	filler := strings.Repeat("ordinary text ", 5000)
	lines := func(s string) string {
		var b strings.Builder
		for ; len(s) > 76; s = s[76:] {
			b.WriteString(s[:76] + "\r\n")
		}
		return b.String() + s
	}
	utf16 := strings.Join(strings.Split(card, ""), "\x00") + "\x00"
	for name, text := range map[string]string{
		"percent":            "https://example.com/?q=" + url.PathEscape(card) + "&x=1",
		"percent, each byte": "card %34%35%33%39%31%34%38%38%30%33%34%33%36%34%36%37",
		"entities":           "card number " + entities,
		"no-break spaces":    "card number 4539&nbsp;1488&nbsp;0343&nbsp;6467",
		"base64":             "see " + base64.StdEncoding.EncodeToString([]byte(card)) + " there",
		"base64 of a page":   lines(base64.StdEncoding.EncodeToString([]byte(filler[:3000] + " " + card))),
		"base64, a long one": base64.StdEncoding.EncodeToString([]byte(filler + card + filler)),
		"base64 in lines":    lines(base64.StdEncoding.EncodeToString([]byte(filler + card + filler))),
		"base64 for URLs":    "token=" + base64.RawURLEncoding.EncodeToString([]byte("żółć: "+card)),
		"base64 of UTF-16":   "powershell -enc " + base64.StdEncoding.EncodeToString([]byte(utf16)),
		"quotation marks":    "card number “4539 1488 0343 6467”",
		"signs beside it":    "card number →4539148803436467←",
		"superscripts":       "card ⁴⁵³⁹¹⁴⁸⁸⁰³⁴³⁶⁴⁶⁷",
	} {
		for _, before := range []string{"", "\n", filler[:windowSize-ahead-20] + "\n", filler[:windowSize-20] + "\n"} {
			if got := best(scanText(e, before+text), "payment-card"); got != High {
				t.Errorf("%s behind %d bytes: %s", name, len(before), got)
			}
		}
	}
	for _, text := range []string{"card %zz", "a&b&nbsp", "card %34", strings.Repeat("QUJD", 1000), base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(card))))} {
		if got := best(scanText(e, text), "payment-card"); got != "-" {
			t.Errorf("%.40s: %s", text, got)
		}
	}
	if got := best(scanText(e, "„Seeadler“"), "keyword"); got != High {
		t.Error("a word in quotation marks:", got)
	}
}
