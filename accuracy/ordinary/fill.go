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
