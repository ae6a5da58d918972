package values

import (
	"math/rand/v2"
	"strings"
)

// usSSN: area 001–899 without 666, group 01–99, serial 0001–9999; no check.
// Numbers that were printed in advertisements belong to nobody. Source: Social
// Security Administration, POMS RM 10201.030 and "Randomization" (2011).
func usSSN() Identifier {
	ok := func(s string) bool {
		return isDigits(s, 9) && !like(`000.*|666.*|9.*|...00.*|.....0000`, s) && s != "078051120" && s != "219099999" && s != "457555462"
	}
	ssn := func(r *rand.Rand) string {
		return until(func() string {
			if s := between(r, 1, 772, 3) + between(r, 1, 99, 2) + between(r, 1, 9999, 4); ok(s) {
				return s
			}
			return ""
		})
	}
	return Identifier{ID: "us-ssn", make: ssn, ok: ok, forms: []string{"###-##-####", "### ## ####", "#########"}, noFaults: true, faults: []fault{
		{"area 000", func(r *rand.Rand) string { return "000" + ssn(r)[3:] }},
		{"area 666", func(r *rand.Rand) string { return "666" + ssn(r)[3:] }},
		{"area 900 and up", func(r *rand.Rand) string { return "9" + ssn(r)[1:] }},
		{"group 00", func(r *rand.Rand) string { s := ssn(r); return s[:3] + "00" + s[5:] }},
		{"serial 0000", func(r *rand.Rand) string { return ssn(r)[:5] + "0000" }},
		{"advertised", func(r *rand.Rand) string { return pick(r, "078051120", "219099999") }},
	}}
}

// usITIN: 9, and group 50–65, 70–88, 90–92 or 94–99. Source: IRS, Publication
// 1915 and Internal Revenue Manual 3.21.263.
func usITIN() Identifier {
	groups := []int{50, 53, 58, 61, 65, 70, 74, 79, 83, 88, 90, 92, 94, 97, 99}
	return Identifier{ID: "us-itin", noFaults: true,
		make: func(r *rand.Rand) string {
			return "9" + digits(r, 2) + pad(pick(r, groups...), 2) + between(r, 1, 9999, 4)
		},
		ok:    func(s string) bool { return like(`9\d\d(5\d|6[0-5]|7\d|8[0-8]|9[0-2]|9[4-9])\d{4}`, s) },
		forms: []string{"###-##-####", "### ## ####", "#########"},
		faults: []fault{
			{"group not in use", func(r *rand.Rand) string {
				return "9" + digits(r, 2) + pad(pick(r, 0, 1, 12, 27, 33, 49, 66, 69, 89, 93), 2) + digits(r, 4)
			}},
			{"does not begin with 9", func(r *rand.Rand) string { return between(r, 1, 8, 1) + digits(r, 2) + "72" + digits(r, 4) }},
			{"one digit more", func(r *rand.Rand) string { return "9" + digits(r, 2) + "72" + digits(r, 5) }},
		}}
}

// usNPI: ten digits that begin with 1 or 2, Luhn with 80840 in front. Source:
// 45 CFR 162.406; CMS, "Requirements for NPI Check Digit".
func usNPI() Identifier {
	npi := func(r *rand.Rand) string { s := pick(r, "1", "1", "2") + digits(r, 8); return s + luhn("80840"+s) }
	return Identifier{ID: "us-npi", Checked: true, make: npi, Examples: []string{"1234567893"},
		ok: func(s string) bool { return isDigits(s, 10) && (s[0] == '1' || s[0] == '2') && luhnOK("80840"+s) },
		faults: []fault{{"does not begin with 1 or 2", func(r *rand.Rand) string {
			s := between(r, 3, 9, 1) + digits(r, 8)
			return s + luhn("80840"+s)
		}}}}
}

// usMBI: eleven places C A AN N A AN N A A N N, first 1–9, letters without
// S L O I B Z. Source: CMS, "Understanding the Medicare Beneficiary
// Identifier (MBI) Format".
func usMBI() Identifier {
	const letters, alphanumeric = "ACDEFGHJKMNPQRTUVWXY", "0123456789ACDEFGHJKMNPQRTUVWXY"
	mbi := func(r *rand.Rand) string {
		return between(r, 1, 9, 1) + chars(r, letters, 1) + chars(r, alphanumeric, 1) + digits(r, 1) + chars(r, letters, 1) +
			chars(r, alphanumeric, 1) + digits(r, 1) + chars(r, letters, 2) + digits(r, 2)
	}
	return Identifier{ID: "us-mbi", Small: true, make: mbi, Examples: []string{"1EG4-TE5-MK73", "1EG4-TE5-MK72"},
		ok: func(s string) bool {
			const l, a = `[AC-HJKMNP-RT-Y]`, `[0-9AC-HJKMNP-RT-Y]`
			return like(`[1-9]`+l+a+`\d`+l+a+`\d`+l+l+`\d\d`, s)
		},
		forms: []string{"####-###-####", "###########", "#### ### ####"},
		faults: []fault{
			{"letter that is not used", func(r *rand.Rand) string { s := mbi(r); return s[:4] + chars(r, "SLOIBZ", 1) + s[5:] }},
			{"begins with 0", func(r *rand.Rand) string { return "0" + mbi(r)[1:] }},
			{"digit in place of a letter", func(r *rand.Rand) string { s := mbi(r); return s[:7] + digits(r, 1) + s[8:] }},
			{"letter in place of a digit", func(r *rand.Rand) string { s := mbi(r); return s[:3] + chars(r, letters, 1) + s[4:] }},
		}}
}

// caSIN: nine digits, Luhn; 0 and 8 are not issued in front (8 is for business
// numbers). Source: Employment and Social Development Canada, SIN Code of
// Practice.
func caSIN() Identifier {
	sin := func(r *rand.Rand) string { s := chars(r, "12345679", 1) + digits(r, 7); return s + luhn(s) }
	return Identifier{ID: "ca-sin", Checked: true, make: sin,
		ok:     func(s string) bool { return isDigits(s, 9) && luhnOK(s) && !strings.ContainsAny(s[:1], "08") },
		forms:  []string{"### ### ###", "#########", "###-###-###"},
		faults: []fault{{"begins with 8 or 0", func(r *rand.Rand) string { s := pick(r, "8", "0") + digits(r, 7); return s + luhn(s) }}},
	}
}

// brCPF: nine digits and two mod 11 digits; eleven equal digits are not
// issued. Source: Receita Federal, Instrução Normativa RFB 1548/2015.
func brCPF() Identifier {
	check := func(s string) string {
		for range 2 {
			t := 0
			for i := range len(s) {
				t += val(s[i]) * (len(s) + 1 - i)
			}
			s += pad(t*10%11%10, 1)
		}
		return s
	}
	return Identifier{ID: "br-cpf", Checked: true, Examples: []string{"529.982.247-25", "111.444.777-35"},
		make: func(r *rand.Rand) string { return check(digits(r, 9)) },
		ok: func(s string) bool {
			return isDigits(s, 11) && check(s[:9]) == s && s != strings.Repeat(s[:1], 11)
		},
		forms:  []string{"###.###.###-##", "###########", "#########-##", "### ### ### ##", "###.###.###/##"},
		faults: []fault{{"equal digits", func(r *rand.Rand) string { return strings.Repeat(digits(r, 1), 11) }}}}
}
