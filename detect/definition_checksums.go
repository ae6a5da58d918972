package detect

// checksums are the checks that a definition may name. Each is told the
// letters, in capitals, and digits of a value, check characters included.
type checksums struct{}

// checksumNames are sorted.
func checksumNames() []string {
	return []string{
		"damm", "ean", "iban", "iso7064-mod11-10", "iso7064-mod11-2", "iso7064-mod37-2", "iso7064-mod37-36",
		"luhn", "mod11", "mod11-x", "mod97", "verhoeff",
	}
}

// checksumOf returns a check by its name; nil where there is none.
func checksumOf(name string) func([]byte) bool {
	var c checksums
	switch name {
	case "damm":
		return c.damm
	case "ean":
		return c.ean
	case "iban":
		return func(t []byte) bool { return len(t) > 4 && c.mod97(append(append([]byte{}, t[4:]...), t[:4]...)) }
	case "iso7064-mod11-10":
		return func(t []byte) bool { return c.hybrid(t, 10) }
	case "iso7064-mod11-2":
		return func(t []byte) bool { return c.pure(t, 11, 10) }
	case "iso7064-mod37-2":
		return func(t []byte) bool { return c.pure(t, 37, 36) }
	case "iso7064-mod37-36":
		return func(t []byte) bool { return c.hybrid(t, 36) }
	case "luhn":
		return c.luhn
	case "mod11":
		return func(t []byte) bool { return c.digits(t) && c.mod11(t) }
	case "mod11-x":
		return c.mod11
	case "mod97":
		return c.mod97
	case "verhoeff":
		return c.verhoeff
	}
	return nil
}

func (checksums) digits(t []byte) bool {
	for _, b := range t {
		if classes[b] != isDigit {
			return false
		}
	}
	return len(t) > 1
}

// luhn is ISO/IEC 7812-1 annex B.
func (c checksums) luhn(t []byte) bool { return c.digits(t) && luhn(t) }

// ean has the weights 3 and 1 from the right (ISO/IEC 15420).
func (c checksums) ean(t []byte) bool {
	if !c.digits(t) {
		return false
	}
	sum := 0
	for i := range t {
		sum += int(t[len(t)-1-i]-'0') * (1 + 2*(i&1))
	}
	return sum%10 == 0
}

// mod11 has the weights 1, 2, 3 … from the right, with X for ten at the end,
// as ISBN-10 has it.
func (c checksums) mod11(t []byte) bool {
	if len(t) < 2 || !c.digits(t[:len(t)-1]) && len(t) > 2 {
		return false
	}
	sum := 0
	for i := range t {
		b := t[len(t)-1-i]
		v := int(b - '0')
		if i == 0 && b == 'X' {
			v = 10
		} else if classes[b] != isDigit {
			return false
		}
		sum += v * (i + 1)
	}
	return sum%11 == 0
}

// mod97 is ISO/IEC 7064 MOD 97-10; letters count from A = 10.
func (checksums) mod97(t []byte) bool {
	sum := 0
	for _, b := range t {
		if classes[b] == isDigit {
			sum = (sum*10 + int(b-'0')) % 97
		} else {
			sum = (sum*100 + int(b-'A') + 10) % 97
		}
	}
	return len(t) > 2 && sum == 1
}

// pure is a pure system of ISO/IEC 7064 with radix 2; the check character of
// value ten or thirty-six is written as X or *, of which the latter is no
// letter and never seen here.
func (checksums) pure(t []byte, modulus, alphabet int) bool {
	sum := 0
	for i, b := range t {
		v := value36(b)
		if alphabet == 10 && b == 'X' && i == len(t)-1 {
			v = 10
		} else if v >= alphabet {
			return false
		}
		sum = (sum*2 + v) % modulus
	}
	return len(t) > 1 && sum == 1
}

// hybrid is a hybrid system of ISO/IEC 7064, MOD m+1,m.
func (checksums) hybrid(t []byte, m int) bool {
	p := m
	for i, b := range t {
		v := value36(b)
		if v >= m {
			return false
		}
		if i == len(t)-1 {
			return i > 0 && (p+v)%m == 1
		}
		p = (p + v) % m
		if p == 0 {
			p = m
		}
		p = p * 2 % (m + 1)
	}
	return false
}

func value36(b byte) int {
	if classes[b] == isDigit {
		return int(b - '0')
	}
	return int(b-'A') + 10
}

// verhoeff is the dihedral check of J. Verhoeff, 1969.
func (c checksums) verhoeff(t []byte) bool {
	if !c.digits(t) {
		return false
	}
	sum := 0
	for i := range t {
		v := int(t[len(t)-1-i] - '0')
		for range i % 8 {
			v = [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}[v]
		}
		sum = dihedral(sum, v)
	}
	return sum == 0
}

// dihedral is the product in the group of the ten symmetries of a pentagon.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b)%5
	}
	return (a - b + 5) % 5
}

// damm is the check of H. M. Damm, 2004, by its table.
func (c checksums) damm(t []byte) bool {
	if !c.digits(t) {
		return false
	}
	at := byte('0')
	for _, b := range t {
		at = dammTable[at-'0'][b-'0']
	}
	return at == '0'
}

var dammTable = [10]string{
	"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
	"3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
}
