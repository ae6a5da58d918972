package values

import (
	"math/rand/v2"
	"strings"
)

// vatRule is one country's form and check, without the prefix.
type vatRule struct {
	prefix, shape string
	body          string // shape of what is made, as for bban
	complete      func(body string) string
	ok            func(s string) bool
}

// remainder makes rules whose last digit comes from a weighted sum.
func remainder(prefix, shape, body string, digit func(s string) string) vatRule {
	return vatRule{prefix, shape, body,
		func(b string) string {
			if c := digit(b); len(c) == 1 && c != "X" {
				return b + c
			}
			return ""
		},
		func(s string) bool { return digit(s[:len(s)-1]) == s[len(s)-1:] }}
}

// modTable is a weighted sum, mod 11, looked up in a table; X isn't issued.
func modTable(table string, weights ...int) func(string) string {
	return func(s string) string { return mod11table(s, table, weights...) }
}

// vatRules are the member states' numbers, Northern Ireland, Britain, Switzerland and
// Norway. Source: European Commission, "VIES: VAT number structure" and the
// algorithms that the member states filed (TAXUD, "VAT identification number,
// check algorithms"); HMRC; Bundesamt für Statistik (UID, eCH-0097); Brønnøysund.
func vatRules() []vatRule {
	return []vatRule{
		remainder("ATU", `\d{8}`, "7n", func(s string) string { return pad((96-crossSum(s, 1, 2, 1, 2, 1, 2, 1))%10, 1) }),
		pair("BE0", `\d{9}`, "7n", func(s string) string { return pad(97-number("0"+s)%97, 2) }),
		remainder("BG", `\d{9}`, "8n", bulgarian),
		vatRule{"CZ", `[1-8]\d{7}`, "7n", func(b string) string { return czechVAT("2" + b[1:]) }, func(s string) bool { return czechVAT(s[:7]) == s }},
		remainder("DE", `[1-9]\d{8}`, "8n", mod1110),
		remainder("DK", `[1-9]\d{7}`, "7n", modTable("0X987654321", 2, 7, 6, 5, 4, 3, 2)),
		remainder("EE", `10\d{7}`, "8n", func(s string) string { return pad((10-sum(s, 3, 7, 1, 3, 7, 1, 3, 7)%10)%10, 1) }),
		remainder("EL", `\d{9}`, "8n", func(s string) string { return pad(sum(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10, 1) }),
		vatRule{"ES", `[A-HJUV]\d{8}`, "7n", func(b string) string { return "B" + b + luhn(b) }, func(s string) bool { return luhnOK(s[1:]) }},
		remainder("FI", `\d{8}`, "7n", modTable("0X987654321", 7, 9, 10, 5, 8, 4, 2)),
		vatRule{"FR", `\d{11}`, "8n", func(b string) string { s := b + luhn(b); return frenchKey(s) + s },
			func(s string) bool { return luhnOK(s[2:]) && s[:2] == frenchKey(s[2:]) }},
		remainder("HR", `\d{11}`, "10n", mod1110),
		remainder("HU", `\d{8}`, "7n", func(s string) string { return pad((10-sum(s, 9, 7, 3, 1, 9, 7, 3)%10)%10, 1) }),
		vatRule{"IE", `\d{7}[A-W][A-I]?`, "7n", func(b string) string { return b + ppsCheck(b, "") }, func(s string) bool { return ppsCheck(s[:7], s[8:]) == s[7:8] }},
		remainder("IT", `\d{7}(0\d\d|100|12[01])\d`, "7n", luhn),
		pair("LU", `\d{8}`, "6n", func(s string) string { return pad(number(s)%89, 2) }),
		remainder("NO", `[89]\d{8}`, "8n", modTable("0X987654321", 3, 2, 7, 6, 5, 4, 3, 2)),
		vatRule{"NL", `\d{9}B\d\d`, "8n", dutchVAT, func(s string) bool {
			return sum(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 || mod97("NL"+s) == 1
		}},
		remainder("PL", `\d{10}`, "9n", func(s string) string { return strings.TrimPrefix(withNIPCheck(s), s) }),
		remainder("PT", `[1-35-9]\d{8}`, "8n", modTable("00987654321", 9, 8, 7, 6, 5, 4, 3, 2)),
		remainder("RO", `[1-9]\d{7}`, "7n", func(s string) string { return pad(sum(s, 3, 2, 1, 7, 5, 3, 2)*10%11%10, 1) }),
		vatRule{"SE", `\d{10}(0[1-9]|[1-8]\d|9[0-4])`, "8n", func(b string) string { b = "55" + b[1:]; return b + luhn(b) + "01" }, func(s string) bool { return luhnOK(s[:10]) }},
		remainder("SI", `[1-9]\d{7}`, "7n", modTable("0X987654321", 8, 7, 6, 5, 4, 3, 2)),
		vatRule{"SK", `[1-9]\d[2-4789]\d{7}`, "7n", slovakVAT, func(s string) bool { return number(s)%11 == 0 }},
		pair("GB", `[1-9]\d{8}`, "7n", func(s string) string { return pad(97-sum(s, 8, 7, 6, 5, 4, 3, 2)%97, 2) }),
		remainder("CHE", `[1-9]\d{8}`, "8n", modTable("0X987654321", 5, 4, 3, 2, 7, 6, 5, 4)),
	}
}

// pair makes rules that end in two digits.
func pair(prefix, shape, body string, key func(s string) string) vatRule {
	return vatRule{prefix, shape, body,
		func(b string) string { return b + key(b) },
		func(s string) bool {
			k := key(s[:len(s)-2])
			// Britain: the sum plus 55 since 2009.
			return s[len(s)-2:] == k || prefix == "GB" && s[7:] == pad((number(k)+97-55)%97, 2)
		}}
}

// bulgarian is the check digit of a company.
func bulgarian(s string) string {
	c := sum(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if c == 10 {
		c = sum(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
	}
	return pad(c, 1)
}

// czechVAT completes the seven digits of a company.
func czechVAT(s string) string { return s + mod11table(s, "10987654321", 8, 7, 6, 5, 4, 3, 2) }

// frenchKey is (12 + 3 × SIREN mod 97) mod 97.
func frenchKey(siren string) string { return pad((12+3*(number(siren)%97))%97, 2) }

// dutchVAT is a company's number: its old form, nine digits of the eleven test.
func dutchVAT(b string) string {
	c := sum(b, 9, 8, 7, 6, 5, 4, 3, 2) % 11
	if c == 10 {
		return ""
	}
	return b + pad(c, 1) + "B01"
}

// slovakVAT makes ten digits that 11 divides.
func slovakVAT(b string) string {
	n := number("202" + b[:6] + "0")
	n += (11 - n%11) % 11
	return pad(n, 10)
}

// vatID: a country's prefix and its number; see vatRules.
func vatID() Identifier {
	rules := vatRules()
	valid := func(r *rand.Rand) string {
		return until(func() string {
			rule := pick(r, rules...)
			b := rule.complete(digits(r, number(rule.body[:len(rule.body)-1])))
			if b == "" || !like(rule.shape, strings.TrimPrefix(rule.prefix+b, rule.stem())) || !rule.holds(rule.prefix+b) {
				return ""
			}
			return vatForm(r, rule.prefix+b)
		})
	}
	plain := func(r *rand.Rand) string {
		return strings.TrimSuffix(strings.TrimSuffix(Squeeze(valid(r)), "MWST"), "MVA")
	}
	return Identifier{ID: "vat-id", Small: true, Checked: true, make: valid,
		Examples: []string{"ATU13585627", "BE0428759497", "DE136695976", "DK13585628", "EE100931558", "EL094259216", "ESB58378431", "FI20774740", "FR40303265045", "HR33392005961", "HU12892312",
			"IE6433435F", "IT00743110157", "LU15027442", "NL123456782B90", "PL8567346215", "PT501964843", "RO18547290", "SE123456789701", "SI50223054", "SK2022749619", "GB980780684", "CZ25123891", "BG175074752"},
		ok: func(s string) bool {
			for _, rule := range rules {
				if strings.HasPrefix(s, rule.stem()) && rule.holds(s) {
					return true
				}
			}
			return false
		},
		noFaults: true,
		squeeze:  func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(Squeeze(s), "MWST"), "MVA") },
		faults: []fault{
			{"wrong check digit", func(r *rand.Rand) string { s := plain(r); return change(r, s, len(s)-1) }},
			{"one digit wrong", func(r *rand.Rand) string { s := plain(r); return change(r, s, len(s)-1-r.IntN(6)) }},
			{"no such country", func(r *rand.Rand) string { return pick(r, "XX", "QQ", "ZZ") + digits(r, 9) }},
			{"a country's length is wrong", func(r *rand.Rand) string { return pick(r, "DE", "PT", "EL") + digits(r, 11) }},
			{"two digits swapped", func(r *rand.Rand) string { s := plain(r); return swap(s, len(s)-3) }},
		}}
}

// vatForm writes a number as its country does.
func vatForm(r *rand.Rand, s string) string {
	form := map[string]string{"DE": "## ### ### ###", "GB": "## ### #### ##", "FR": "## ## ### ### ###", "BE": "## ####.###.###", "NL": "## ###.###.### ###", "CHE": "###-###.###.### MWST", "NO": "## ### ### ### MVA"}
	switch {
	case strings.HasPrefix(s, "CHE"):
		return fill(form["CHE"], s)
	case strings.HasPrefix(s, "NO"):
		return fill(form["NO"], s)
	case form[s[:2]] != "" && r.IntN(3) == 0:
		return fill(form[s[:2]], s)
	}
	return s
}

// stem is the prefix without a first character that belongs to the number.
func (v vatRule) stem() string { return strings.TrimSuffix(v.prefix, "0") }

// holds checks a whole number.
func (v vatRule) holds(s string) bool {
	if v.prefix == "BE0" {
		return like(`BE[01]\d{9}`, s) && pad(97-number(s[2:10])%97, 2) == s[10:]
	}
	n := s[len(v.prefix):]
	return like(v.shape, n) && v.ok(n)
}
