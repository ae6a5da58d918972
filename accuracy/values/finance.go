package values

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// paymentCard: an issuer's range (Visa 4; Mastercard 51–55 and 2221–2720;
// American Express 34, 37; Discover 6011, 644–649, 65; Diners Club 36, 38, 39,
// 300–305; JCB 3528–3589) and a Luhn digit. Source: ISO/IEC 7812-1; the
// networks' published ranges. Numbers that begin with 0 or 10–17 are no
// payment cards (major industry identifiers 0 and 1), whatever their check.
func paymentCard() Identifier {
	card := func(r *rand.Rand) string {
		c := pick(r, [][2]string{{"4", "16"}, {"4", "16"}, {"51", "16"}, {"53", "16"}, {"55", "16"}, {"2221", "16"}, {"2720", "16"}, {"24", "16"},
			{"34", "15"}, {"37", "15"}, {"6011", "16"}, {"647", "16"}, {"65", "16"}, {"36", "14"}, {"3530", "16"}, {"3588", "16"}}...)
		body := c[0] + digits(r, number(c[1])-1-len(c[0]))
		return body + luhn(body)
	}
	return Identifier{ID: "payment-card", Checked: true, make: card,
		Examples: []string{"4111111111111111", "378282246310005", "5555555555554444", "6011111111111117", "30569309025904", "3530111333300000", "2223003122003222"},
		ok: func(s string) bool {
			return len(s) >= 12 && len(s) <= 19 && luhnOK(s) && !like(`0.*|1[0-79].*`, s)
		},
		forms: []string{"#### #### #### ####", "################", "####-####-####-####", "#### ###### #####", "###############", "#### ###### ####", "####.####.####.####"},
		faults: []fault{{"no issuer", func(r *rand.Rand) string {
			body := pick(r, "0", "10", "13", "17") + digits(r, 13)
			return body + luhn(body)
		}}},
	}
}

// ibanCountry is how a country fills the account part: n digit, a letter,
// c either; and the check digits that its banks' association defines inside.
type ibanCountry struct {
	code, form string
	check      func(bban string) string // puts the national check digits in
}

// ibanCountries are from the IBAN registry (ISO 13616, SWIFT), national checks
// from TR 201 of the European Committee for Banking Standards.
func ibanCountries() []ibanCountry {
	asIs := func(b string) string { return b }
	return []ibanCountry{
		{"DE", "18n", asIs}, {"AT", "16n", asIs}, {"CH", "5n12c", asIs}, {"LI", "5n12c", asIs}, {"GB", "4a14n", asIs}, {"IE", "4a14n", asIs},
		{"LU", "3n13c", asIs}, {"DK", "14n", asIs}, {"SE", "20n", asIs},
		{"NL", "4a10n", func(b string) string { return b[:4] + "0" + elevenProof(b[5:13]) }},
		{"BE", "12n", func(b string) string { return b[:10] + pad((number(b[:10])+96)%97+1, 2) }},
		{"PL", "24n", func(b string) string {
			return b[:7] + pad((10-sum(b, 3, 9, 7, 1, 3, 9, 7)%10)%10, 1) + b[8:]
		}},
		{"FR", "10n11c2n", func(b string) string { return b[:21] + ribKey(b) }},
		{"ES", "20n", func(b string) string {
			return b[:8] + spanishDigit(b[:8], 4, 8, 5, 10, 9, 7, 3, 6) + spanishDigit(b[10:], 1, 2, 4, 8, 5, 10, 9, 7, 3, 6) + b[10:]
		}},
		{"IT", "1a10n12c", func(b string) string { return cin(b[1:]) + b[1:] }},
		{"NO", "11n", func(b string) string {
			c := (11 - sum(b, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
			if c == 10 {
				return ""
			}
			return b[:10] + pad(c, 1)
		}},
		{"FI", "14n", func(b string) string { return b[:13] + luhn(b[:13]) }},
		{"PT", "21n", func(b string) string {
			return b[:19] + pad(98-mod97(b[:19]+"00"), 2)
		}},
	}
}

// elevenProof is a Dutch account number of ten digits whose weighted sum is
// divisible by 11, from eight digits; the first is 0.
func elevenProof(b string) string {
	for c := range 10 {
		if s := b + pad(c, 1); sum("0"+s, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0 {
			return s
		}
	}
	return elevenProof("1" + b[:7])
}

// ribKey is the French key: letters count 1–9, 1–9, 2–9.
func ribKey(b string) string {
	n := 0
	for i := range 21 {
		v := val(b[i])
		if v >= 10 {
			v = strings.IndexByte("ABCDEFGHI", b[i]) + 1
			if at := strings.IndexByte("JKLMNOPQR", b[i]); at >= 0 {
				v = at + 1
			}
			if at := strings.IndexByte("STUVWXYZ", b[i]); at >= 0 {
				v = at + 2
			}
		}
		n = (n*10 + v) % 97
	}
	return pad(97-n*100%97, 2)
}

func spanishDigit(s string, weights ...int) string {
	c := 11 - sum(s, weights...)%11
	switch c {
	case 10:
		return "1"
	case 11:
		return "0"
	}
	return pad(c, 1)
}

// oddValues are the values of 0–9 and A–Z in odd places of Italian check
// letters (decree of 23 December 1976; the bank's CIN is the same).
func oddValues(c byte) int {
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	if c >= 'A' {
		return odd[c-'A']
	}
	return odd[c-'0']
}

// cin is the Italian check letter of s.
func cin(s string) string {
	t := 0
	for i := range len(s) {
		switch {
		case i%2 == 0:
			t += oddValues(s[i])
		case s[i] >= 'A':
			t += int(s[i] - 'A')
		default:
			t += int(s[i] - '0')
		}
	}
	return string(rune('A' + t%26))
}

// bban is a random account part of a form such as "4a14n".
func bban(r *rand.Rand, form string) string {
	var b strings.Builder
	for _, m := range regexp.MustCompile(`(\d+)([nac])`).FindAllStringSubmatch(form, -1) {
		alphabet := map[string]string{"n": "0123456789", "a": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "c": "0123456789"}[m[2]]
		b.WriteString(chars(r, alphabet, number(m[1])))
	}
	return b.String()
}

// withIBANCheck puts the two check digits between country and account.
func withIBANCheck(country, account string) string {
	return country + pad(98-mod97(account+country+"00"), 2) + account
}

// iban: country, two check digits (ISO 7064 MOD 97-10, 02–98), and an account
// part of the length and form that the country registered. Source: ISO 13616,
// IBAN registry of SWIFT.
func iban() Identifier {
	countries := ibanCountries()
	valid := func(r *rand.Rand) string {
		return until(func() string {
			c := pick(r, countries...)
			if b := c.check(bban(r, c.form)); b != "" {
				return withIBANCheck(c.code, b)
			}
			return ""
		})
	}
	return Identifier{ID: "iban", Small: true, Checked: true, make: valid,
		Examples: []string{"DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "BE68539007547034", "NL91ABNA0417164300", "ES9121000418450200051332",
			"IT60X0542811101000000123456", "PL61109010140000071219812874", "NO9386011117947", "FI2112345600000785", "PT50000201231234567890154", "AT611904300234573201", "CH9300762011623852957"},
		ok: func(s string) bool {
			return len(s) > 4 && ibanForm(countries, s) && like(`(0[2-9]|[1-8]\d|9[0-8])`, s[2:4]) && mod97(s[4:]+s[:4]) == 1
		},
		forms: ibanForms(countries),
		faults: []fault{
			{"no such country", func(r *rand.Rand) string { return withIBANCheck(pick(r, "XX", "ZZ", "QQ", "AA"), digits(r, 18)) }},
			{"a country's length is wrong", func(r *rand.Rand) string { return withIBANCheck("DE", digits(r, 17)) }},
			{"letters where digits belong", func(r *rand.Rand) string {
				return withIBANCheck("DE", chars(r, "ABCDEFGH", 4)+digits(r, 14))
			}},
		},
	}
}

// ibanForm says whether a string has its country's form.
func ibanForm(countries []ibanCountry, s string) bool {
	class := strings.NewReplacer("n", "N", "a", "A", "c", "C")
	for _, c := range countries {
		if c.code != s[:2] {
			continue
		}
		shape := regexp.MustCompile(`(\d+)([NAC])`).ReplaceAllStringFunc(class.Replace(c.form), func(m string) string {
			n, kind := m[:len(m)-1], m[len(m)-1:]
			return map[string]string{"N": `\d`, "A": `[A-Z]`, "C": `[A-Z0-9]`}[kind] + "{" + n + "}"
		})
		return like(`[A-Z]{2}\d\d`+shape, s)
	}
	return false
}

// ibanForms are groups of four and the plain form, for each length.
func ibanForms(countries []ibanCountry) []string {
	var forms []string
	for _, c := range countries {
		n := 4
		for _, m := range regexp.MustCompile(`\d+`).FindAllString(c.form, -1) {
			v, _ := strconv.Atoi(m)
			n += v
		}
		plain := strings.Repeat("#", n)
		grouped := strings.TrimSpace(regexp.MustCompile("#{1,4}").ReplaceAllString(plain, "$0 "))
		forms = append(forms, grouped, plain)
	}
	return forms
}
