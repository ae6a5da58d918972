package values

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"net/netip"
	"strings"
	"time"
)

// asWritten is the squeeze of identifiers in which every character counts.
func asWritten(s string) string { return s }

// emailAddress: addr-spec with a domain that has a dot and a top level of
// letters. Source: RFC 5322 § 3.4.1, RFC 5321 § 4.1.2, RFC 3696 § 2.
func emailAddress() Identifier {
	local := func(r *rand.Rand) string {
		first := pick(r, "anna", "bob", "willeke", "jean-luc", "giulia", "nils", "elena", "k.nowak", "o.hara", "m_schulz")
		return pick(r, first, first+"."+pick(r, "kowalska", "meyer", "devries", "rossi", "garcia"), first+"+"+pick(r, "news", "claims"), first+digits(r, 2), strings.ToUpper(first[:1])+first[1:])
	}
	domain := func(r *rand.Rand) string {
		return pick(r, "example", "mail", "kontor", "assurance", "ziekenhuis", "banca", "klinik-nord", "uni-"+pick(r, "a", "b")) + pick(r, ".de", ".pl", ".nl", ".fr", ".co.uk", ".it", ".es", ".se", ".com", ".org", ".example", ".health", ".eu")
	}
	return Identifier{ID: "email-address", squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string { return local(r) + "@" + domain(r) },
		ok: func(s string) bool {
			a, err := mail.ParseAddress(s)
			return err == nil && a.Address == s && like(`.+@([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}`, s)
		},
		faults: []fault{
			{"no domain", func(r *rand.Rand) string { return local(r) + "@" }},
			{"no local part", func(r *rand.Rand) string { return "@" + strings.ReplaceAll(domain(r), ".", "_") }},
			{"no dot in the domain", func(r *rand.Rand) string { return local(r) + "@" + pick(r, "localhost", "server", "db") + digits(r, 1) }},
			{"a version, no domain", func(r *rand.Rand) string {
				return pick(r, "left-pad", "react", "lodash") + "@" + fmt.Sprintf("%d.%d.%d", r.IntN(20), r.IntN(20), r.IntN(20))
			}},
			{"top level of digits", func(r *rand.Rand) string { return local(r) + "@host." + digits(r, 3) }},
		}}
}

// phoneNumber: "+", a country code that ITU assigned and a national number, 8 to
// 15 digits in all; or a national number as its country writes it. Source:
// ITU-T E.164 and its list of country codes, E.123 for the notation.
func phoneNumber() Identifier {
	forms := []string{"+49 30 #######", "+49 (0)89 ########", "+48 22 ### ## ##", "+48 60# ### ###", "+44 20 7### ####", "+44 7700 9#####", "+31 6 2#######", "+31 20 6## ####",
		"+33 1 4# ## ## ##", "+33 6 1# ## ## ##", "+39 02 6#######", "+39 347 #######", "+34 91 5## ## ##", "+34 6## ### ###", "+46 8 5## ### ##", "+46 70 ### ## ##",
		"+47 9## ## ###", "+45 2# ## ## ##", "+358 40 ### ####", "+43 1 5######", "+41 44 2## ## ##", "+1 212 55# ####", "+1-415-55#-####", "0049 40 3#######", "+32 2 5## ## ##", "+353 1 6## ####"}
	return Identifier{ID: "phone-number", Textual: true, squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string {
			f := pick(r, forms...)
			return fill(f, chars(r, "2345678", 1)+digits(r, strings.Count(f, "#")-1))
		},
		ok: func(s string) bool {
			n := strings.NewReplacer("(0)", "", " ", "", "-", "", "+", "", "0049", "49").Replace(s)
			return allDigits(n) && len(n) >= 8 && len(n) <= 15 && !like(`(0|999|21[0459]|80[1-79]|210|28).*`, n)
		},
		faults: []fault{
			{"no such country code", func(r *rand.Rand) string {
				return pick(r, "+999 ", "+210 ", "+801 ", "+0 ") + fill("## ### ####", digits(r, 9))
			}},
			{"too long", func(r *rand.Rand) string { return "+49 30 " + digits(r, 16) }},
			{"too short", func(r *rand.Rand) string { return "+48 " + digits(r, 3) }},
		}}
}

// ipAddress: IPv4 in dotted decimals, IPv6 in text. Source: RFC 791, RFC 4291
// § 2.2, RFC 5952. Addresses are public ones, as their owners are persons.
func ipAddress() Identifier {
	v4 := func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", pick(r, 62, 78, 85, 93, 109, 145, 188, 212), 16+r.IntN(220), r.IntN(256), 2+r.IntN(250))
	}
	v6 := func(r *rand.Rand) string {
		hex := func() string { return chars(r, "123456789abcdef", 1) + chars(r, "0123456789abcdef", 3) }
		return pick(r, "2a02:", "2a01:", "2003:") + hex() + ":" + hex() + pick(r, "::"+hex(), ":"+hex()+":"+hex()+":"+hex()+":"+hex()+":"+hex())
	}
	return Identifier{ID: "ip-address", Textual: true, squeeze: asWritten, noFaults: true, Examples: []string{"93.184.216.34", "2a02:26f0:ff::5c7a"},
		make: func(r *rand.Rand) string { return pick(r, v4, v4, v6)(r) },
		ok:   func(s string) bool { _, err := netip.ParseAddr(s); return err == nil },
		faults: []fault{
			{"a part above 255", func(r *rand.Rand) string {
				return fmt.Sprintf("%d.%d.%d.%d", 256+r.IntN(700), r.IntN(256), r.IntN(256), 300+r.IntN(99))
			}},
			{"three parts", func(r *rand.Rand) string { return fmt.Sprintf("%d.%d.%d", 30+r.IntN(60), r.IntN(256), r.IntN(256)) }},
			{"five parts", func(r *rand.Rand) string { return v4(r) + "." + between(r, 1, 255, 1) }},
			{"a group too long", func(r *rand.Rand) string { return v6(r)[:9] + "g:" + digits(r, 5) + "::1" }},
		}}
}

// dateOfBirth: a day between 120 years ago and today, in the notations of the
// languages; never only by its form, always with what stands beside it.
func dateOfBirth() Identifier {
	layouts := []string{"02.01.2006", "2006-01-02", "02/01/2006", "02-01-2006", "2 January 2006", "2.1.2006"}
	parse := func(s string) bool {
		for _, l := range layouts {
			if t, err := time.Parse(l, s); err == nil {
				return t.Year() > 1906 && t.Year() < 2026
			}
		}
		return false
	}
	bad := func(layout string, y, m, d int) string {
		return strings.NewReplacer("2006", pad(y, 4), "01", pad(m, 2), "02", pad(d, 2)).Replace(layout)
	}
	return Identifier{ID: "date-of-birth", Textual: true, squeeze: asWritten, noFaults: true, ok: parse,
		make: func(r *rand.Rand) string { return born(r).Format(pick(r, layouts[:4]...)) },
		faults: []fault{
			{"no such day", func(r *rand.Rand) string { y, m, d := badDay(r); return bad(layouts[r.IntN(4)], y, m, d) }},
			{"no such month", func(r *rand.Rand) string {
				return bad(layouts[r.IntN(2)], 1950+r.IntN(60), 13+r.IntN(40), 13+r.IntN(15))
			}},
			{"in the future", func(r *rand.Rand) string { return day(r, 2062, 2099).Format(pick(r, layouts[:4]...)) }},
			{"nobody is that old", func(r *rand.Rand) string { return day(r, 1650, 1850).Format(pick(r, layouts[:4]...)) }},
		}}
}

// jwt: three parts of base64url without padding; the first is a JSON object with
// "alg", the second a JSON object. Source: RFC 7515 § 3.1, RFC 7519 § 3.
func jwt() Identifier {
	enc := base64.RawURLEncoding.EncodeToString
	payload := func(r *rand.Rand) string {
		return fmt.Sprintf(`{"sub":"%s","name":"%s","iat":%d,"exp":%d}`, digits(r, 10), pick(r, "Anna", "Bob", "Elena"), 1700000000+r.IntN(9e7), 1800000000+r.IntN(9e7))
	}
	head := func(r *rand.Rand) string {
		return pick(r, `{"alg":"HS256","typ":"JWT"}`, `{"typ":"JWT","alg":"RS256"}`, `{"alg":"ES256","kid":"`+chars(r, "abcdef0123456789", 8)+`"}`)
	}
	signature := func(r *rand.Rand) string { return enc([]byte(chars(r, "abcdefghijklmnop\x01\x02\x8f\xfe", 32))) }
	return Identifier{ID: "jwt", Checked: true, squeeze: asWritten, noFaults: true, ok: jwtOK,
		Examples: []string{"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
		make: func(r *rand.Rand) string {
			return enc([]byte(head(r))) + "." + enc([]byte(payload(r))) + "." + signature(r)
		},
		faults: []fault{
			{"no algorithm", func(r *rand.Rand) string {
				return enc([]byte(`{"typ":"JWT"}`)) + "." + enc([]byte(payload(r))) + "." + signature(r)
			}},
			{"head is no JSON", func(r *rand.Rand) string {
				return "eyJhbGciOiJ" + chars(r, "KLMNOPQR", 6) + "." + enc([]byte(payload(r))) + "." + signature(r)
			}},
			{"two parts", func(r *rand.Rand) string { return enc([]byte(head(r))) + "." + enc([]byte(payload(r))) }},
			{"payload is no object", func(r *rand.Rand) string {
				return enc([]byte(head(r))) + "." + enc([]byte("["+digits(r, 9)+"]")) + "." + signature(r)
			}},
		}}
}
