package detect

import "strings"

// Checks of VAT numbers that need more than a line. The forms have been
// looked at before.

// dutchKey: since 2020 a sole trader's number says nothing of the person and
// passes MOD 97-10 over letters and digits; the others hold an eleven test.
func dutchKey(t []byte) bool {
	if t[9] != 'B' || number(t[10:]) == 0 {
		return false
	}
	r := 2321 % 97 // N and L, counted from A = 10
	for _, b := range t {
		if b >= 'A' {
			r = (r*100 + int(b-'A') + 10) % 97
		} else {
			r = (r*10 + int(b-'0')) % 97
		}
	}
	return r == 1 || elevenTest(t[:9])
}

// bulgarianFirm: nine digits are a firm; ten a person, a foreigner or another.
func bulgarianFirm(t []byte) bool {
	if len(t) == 9 {
		r := weighted(t, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if r == 10 {
			r = weighted(t, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
		}
		return r == digit(t, 8)
	}
	last := digit(t, 9)
	return weighted(t, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == last ||
		weighted(t, 21, 19, 17, 13, 11, 9, 7, 3, 1)%10 == last ||
		(11-weighted(t, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == last
}

// cypriot: digits at odd places count as in an Italian tax code.
func cypriot(t []byte) bool {
	sum := 0
	for i := range 8 {
		v := digit(t, i)
		if i%2 == 0 {
			v = oddValues[v]
		}
		sum += v
	}
	return string(t[:2]) != "12" && 'A'+byte(sum%26) == t[8]
}

// czechFirm: eight digits are a firm, nine that begin with 6 a person without
// a birth number, other nine and ten are birth numbers.
func czechFirm(t []byte) bool {
	switch {
	case len(t) == 8:
		return t[0] != '9' && (11-weighted(t, 8, 7, 6, 5, 4, 3, 2)%11)%10 == digit(t, 7)
	case len(t) == 10:
		return remainder(t[:9], 11)%10 == digit(t, 9)
	case t[0] == '6':
		sum := weighted(t[1:], 8, 7, 6, 5, 4, 3, 2)
		return (8-(10-sum%11)%11+10)%10 == digit(t, 8)
	}
	month := number(t[2:4]) % 50
	return number(t[:2]) <= 53 && month >= 1 && month <= 12 && number(t[4:6]) >= 1 && number(t[4:6]) <= 31
}

// spanishFirm: DNI and NIE of persons, and firms, whose last character is a
// digit, a letter or either by the kind of firm.
func spanishFirm(t []byte) bool {
	first, last := t[0], t[8]
	switch {
	case first <= '9':
		return nifLetter(number(t[:8])) == last
	case first >= 'X':
		return nifLetter(int(first-'X')*10_000_000+number(t[1:8])) == last
	case first >= 'K' && first <= 'M':
		return nifLetter(number(t[1:8])) == last
	case first == 'I' || first == 'O' || first == 'T':
		return false
	}
	check := (10 - crossSums(t[1:], 2, 1, 2, 1, 2, 1, 2)%10) % 10
	letter := "JABCDEFGHI"[check] == last
	switch {
	case strings.IndexByte("PQSW", first) >= 0:
		return letter
	case strings.IndexByte("ABH", first) >= 0:
		return last == '0'+byte(check)
	}
	return letter || last == '0'+byte(check)
}

// frenchKey: the SIREN passes Luhn and has a key of two digits, or of a letter
// and another character.
func frenchKey(t []byte) bool {
	const characters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	siren := t[2:]
	if string(siren[:3]) != "000" && !luhn(siren) {
		return false // Monaco's begin with 000
	}
	a, b := strings.IndexByte(characters, t[0]), strings.IndexByte(characters, t[1])
	switch {
	case a < 0 || b < 0:
		return false
	case a < 10 && b < 10:
		return (12+3*remainder(siren, 97))%97 == a*10+b
	}
	key := a*34 + b - 100
	if a < 10 {
		key = a*24 + b - 10
	}
	return (number(siren)+1+key/11)%11 == key%11
}

// lithuanianFirm: the last digit but one is 1.
func lithuanianFirm(t []byte) bool {
	n := len(t) - 1
	if t[n-1] != '1' {
		return false
	}
	for _, start := range []int{1, 3} {
		sum := 0
		for i := range n {
			sum += ((start+i-1)%9 + 1) * digit(t, i)
		}
		if sum%11 < 10 || start == 3 {
			return sum%11%10 == digit(t, n)
		}
	}
	return false
}

// romanianFirm: the weights stand to the right.
func romanianFirm(t []byte) bool {
	weights := []int{7, 5, 3, 2, 1, 7, 5, 3, 2}
	sum := weighted(t, weights[len(weights)-len(t)+1:]...)
	return t[0] != '0' && sum*10%11%10 == digit(t, len(t)-1)
}

// slovenian: a check of 11 isn't given out.
func slovenian(t []byte) bool {
	check := 11 - weighted(t, 8, 7, 6, 5, 4, 3, 2)%11
	return check != 11 && check%10 == digit(t, 7)
}

// british: government departments GD000 to GD499, health authorities HA500 to
// HA999, or a number with modulus 97, since 2010 also less 55; branches have
// three digits more.
func british(t []byte) bool {
	switch string(t[:2]) {
	case "GD":
		return number(t[2:]) < 500
	case "HA":
		return number(t[2:]) >= 500
	}
	if t[0] >= 'A' {
		return false
	}
	r := (weighted(t, 8, 7, 6, 5, 4, 3, 2) + number(t[7:9])) % 97
	return r == 0 || r == 42
}

// norwegianFirm is a number of the Brønnøysund register.
func norwegianFirm(t []byte) bool {
	return t[0] != '0' && weighted(t, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}
