package ordinary

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var placeholder = regexp.MustCompile(`\{([a-zA-Z]+)(\d*)\}`)

// fillIn replaces the placeholders of a text: {d8} eight digits, {x12} twelve
// hexadecimal ones, {A3} three letters, and the words below.
func fillIn(r *rand.Rand, language, text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		n, _ := strconv.Atoi(m[2])
		switch m[1] {
		case "d":
			return string("123456789"[r.IntN(9)]) + chars(r, "0123456789", n-1)
		case "x":
			return chars(r, "0123456789abcdef", n)
		case "A":
			return chars(r, "ABCDEFGHJKLMNPRSTUVWXYZ", n)
		case "luhn":
			return luhnNumber(r, n)
		}
		return word(r, language, m[1])
	})
}

// word fills in a placeholder without a number.
func word(r *rand.Rand, language, name string) string {
	switch name {
	case "name":
		return pick(r, "Peter Hill", "Anna Meyer", "Luc Martin", "Willem Jansen", "Ewa Nowak", "Carlos Ruiz", "Giulia Conti", "Sara Holm", "Tom Baker", "Jonas Vogel")
	case "town":
		return pick(r, "Leeds", "Köln", "Lyon", "Utrecht", "Gdańsk", "Sevilla", "Torino", "Malmö", "Basel", "Gent")
	case "date":
		return someDay(r).Format(map[string]string{"en": "2 January 2006", "de": "02.01.2006", "fr": "02/01/2006", "nl": "02-01-2006", "pl": "02.01.2006", "es": "02/01/2006", "it": "02/01/2006"}[language])
	case "time":
		return fmt.Sprintf("%02d:%02d", 6+r.IntN(16), r.IntN(60))
	case "int":
		return strconv.Itoa(1 + r.IntN(12))
	case "ver":
		return fmt.Sprintf("%d.%d.%d", r.IntN(9), r.IntN(30), r.IntN(99))
	case "money":
		return money(r, language)
	case "tel":
		return fmt.Sprintf("%d %02d-%d", 100+r.IntN(800), r.IntN(100), 10+r.IntN(90))
	case "ean":
		return ean(pick(r, "40", "87", "59", "30", "84", "80", "50") + chars(r, "0123456789", 10))
	case "ups":
		return ups(r)
	case "registered":
		return s10(r)
	case "usps":
		return "9400" + mod10(chars(r, "0123456789", 17), 3)
	case "imei":
		return luhnNumber(r, 15)
	case "isbn":
		return mod10("978"+chars(r, "0123456789", 9), 1)
	case "mac":
		return mac(r)
	case "lotto":
		return fillIn(r, language, "{int}, 1{int}, 2{int}, {int}, 3{int}, 4{int}")
	case "flight":
		return pick(r, "LH", "AF", "KL", "LO", "BA", "IB") + " " + chars(r, "123456789", 4)
	case "eticket":
		return pick(r, "220", "057", "074", "080", "125") + "-" + fillIn(r, language, "{d10}")
	case "plate":
		return pick(r, "K-AB 1234", "AB12 CDE", "AB-123-CD", "GD 12345", "12-ABC-3", "1234 BCD", "AB 123 CD")
	case "nipn":
		return checked(r, 10, []int{6, 5, 7, 2, 3, 4, 5, 6, 7})
	case "bsnn":
		return checked(r, 9, []int{9, 8, 7, 6, 5, 4, 3, 2})
	case "peseln":
		return peselLike(r)
	}
	panic("no such placeholder: " + name)
}

func money(r *rand.Rand, language string) string {
	whole, cents := 3+r.IntN(4000), r.IntN(100)
	if language == "en" {
		return fmt.Sprintf("£%d.%02d", whole, cents)
	}
	return fmt.Sprintf("%d,%02d %s", whole, cents, map[bool]string{true: "zł", false: "€"}[language == "pl"])
}

// ups is a parcel number of UPS: 1Z, fifteen characters, and a check digit in
// which letters count by their place.
func ups(r *rand.Rand) string {
	s := chars(r, "0123456789ABCDEFGHJKLMNPRSTVWXY", 6) + chars(r, "0123456789", 9)
	t := 0
	for i := range len(s) {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			v = int(s[i]-'A'+2) % 10
		}
		t += v * (1 + i%2)
	}
	return "1Z" + s + strconv.Itoa((10-t%10)%10)
}

// s10 is a registered item of a postal service (UPU S10): weights 8 6 4 2 3 5 9 7.
func s10(r *rand.Rand) string {
	s, t := chars(r, "0123456789", 8), 0
	for i, w := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		t += int(s[i]-'0') * w
	}
	c := 11 - t%11
	switch c {
	case 10:
		c = 0
	case 11:
		c = 5
	}
	return pick(r, "RR", "CP", "EE", "LX") + s + strconv.Itoa(c) + pick(r, "DE", "GB", "FR", "PL", "NL")
}

// mod10 appends the check digit of bar codes; first is the first weight, the
// other of 1 and 3 the next.
func mod10(s string, first int) string {
	t := 0
	for i := range len(s) {
		w := first
		if i%2 == 1 {
			w = 4 - first
		}
		t += int(s[i]-'0') * w
	}
	return s + strconv.Itoa((10-t%10)%10)
}

func mac(r *rand.Rand) string {
	return fillIn(r, "en", "{x2}:{x2}:{x2}:{x2}:{x2}:{x2}")
}

// luhnNumber has n digits that satisfy Luhn, such as many order systems use.
func luhnNumber(r *rand.Rand, n int) string {
	s := string("123456789"[r.IntN(9)]) + chars(r, "0123456789", n-2)
	t := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			d = d * 2
			d = d/10 + d%10
		}
		t += d
	}
	return s + strconv.Itoa((10-t%10)%10)
}

// ean completes twelve digits.
func ean(s string) string {
	t := 0
	for i := range 12 {
		t += int(s[i]-'0') * (1 + 2*(i%2))
	}
	return s + strconv.Itoa((10-t%10)%10)
}

// checked has n digits, the last of which is the weighted sum mod 11.
func checked(r *rand.Rand, n int, weights []int) string {
	for {
		s := string("123456789"[r.IntN(9)]) + chars(r, "0123456789", n-2)
		t := 0
		for i, w := range weights {
			t += int(s[i]-'0') * w
		}
		if t%11 < 10 {
			return s + strconv.Itoa(t%11)
		}
	}
}

// peselLike is a number of a date, a serial and a digit that happens to fit.
func peselLike(r *rand.Rand) string {
	s := someDay(r).AddDate(-40, 0, 0).Format("060102") + chars(r, "0123456789", 4)
	t := 0
	for i := range 10 {
		t += int(s[i]-'0') * []int{1, 3, 7, 9}[i%4]
	}
	return s + strconv.Itoa((10-t%10)%10)
}

func someDay(r *rand.Rand) time.Time {
	return time.Date(2025, 1, 1+r.IntN(300), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
}

func chars(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// lines makes n lines of a form of placeholders.
func lines(r *rand.Rand, n int, form string) string {
	var b strings.Builder
	for range n {
		b.WriteString(fillIn(r, "en", form) + "\n")
	}
	return strings.TrimSpace(b.String())
}
