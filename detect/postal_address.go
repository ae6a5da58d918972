package detect

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

func postalAddress() detector {
	return detector{
		ID:       "postal-address",
		Category: Personal,
		Doc:      "street with number, postcode and town",
		Source:   "UPU S42 (parts of addresses) and the countries' forms of postcodes (UPU, Universal POST*CODE database)",
		Shapes: []shape{digits(4, 6), {Lead: "A9999", Rest: '9', Min: 5, Max: 6}, {Lead: "AA9999", Rest: '9', Min: 6, Max: 7}, {Lead: "9999AA", Rest: 'A', Min: 6, Max: 6},
			{Lead: "A99AA", Rest: 'A', Min: 5, Max: 5}, {Lead: "A999AA", Rest: 'A', Min: 6, Max: 6}, {Lead: "AA99AA", Rest: 'A', Min: 6, Max: 6},
			{Lead: "AA999AA", Rest: 'A', Min: 7, Max: 7}, {Lead: "A9A9AA", Rest: 'A', Min: 6, Max: 6}, {Lead: "AA9A9AA", Rest: 'A', Min: 7, Max: 7}},
		Check: checkPostal,
		Context: words("en: address, home address, residing at, resident of, lives at, living at, delivery address, ship to, bill to", "de: Adresse, Anschrift, Wohnort, wohnhaft, Wohnanschrift, Lieferadresse, Rechnungsadresse", "fr: adresse, domicilié, domiciliée, demeurant",
			"nl: adres, woonachtig, woonadres", "pl: adres, adres zamieszkania, zamieszkały, zamieszkała, zam", "es: dirección, domicilio, domiciliado", "it: indirizzo, residente in, residenza", "nordic: adress, adresse, bosatt, bopæl, osoite"),
		Mask: dots,
	}
}

// checkPostal: a postcode is any number until a town follows it and a street
// with a number stands before it, on the same line or the one above. Four
// digits that may be a year need context too.
func checkPostal(c *candidate) grade {
	form := postcode(c)
	if form == noPostcode || form == townBehind && !townFollows(c.After) {
		return reject
	}
	before := addressLines(c.Before)
	switch {
	case len(before) < 5, form == stateAndZIP && !townFollows(c.After) && !stateBefore(before), !hasStreet(before):
		return reject
	case len(c.Text) == 4 && string(c.Text) > "1949" && string(c.Text) < "2041":
		return hinted
	}
	return formed
}

// Where the town of a postcode stands.
const (
	noPostcode  = iota
	townBefore  // London SW1A 2AA
	townBehind  // 1017 GC Amsterdam
	stateAndZIP // Springfield, IL 62704, or 80335 München
)

// postcode reports whether a candidate is grouped as some country's postcodes:
// four or five digits, also behind the country's letters, "00-950", "111 22",
// "1017 GC", "SW1A 2AA".
func postcode(c *candidate) int {
	first, last := classes[c.Text[0]], classes[c.Text[len(c.Text)-1]]
	groups := len(c.Groups)
	switch {
	case first == isDigit && last == isDigit && groups == 1:
		if len(c.Text) == 5 {
			return stateAndZIP
		}
		if len(c.Text) == 4 {
			return townBehind
		}
	case first == isDigit && last == isDigit:
		if c.grouped(2, 3) && c.Seps == "-" || c.grouped(3, 2) && c.Seps == " " || c.grouped(4, 3) && c.Seps == "-" {
			return townBehind
		}
	case first == isDigit:
		if c.grouped(4, 2) && c.Seps == " " || groups == 1 {
			return townBehind
		}
	case last == isDigit:
		if groups == 2 && c.Groups[0] <= 2 && c.Groups[1] >= 4 && c.Seps == "-" {
			return townBehind
		}
	case groups == 2 && c.Groups[1] == 3 && c.Seps == " ":
		return townBefore
	}
	return noPostcode
}

// addressLines is the last two lines of a text.
func addressLines(text []byte) []byte {
	end := bytes.TrimRight(text, "\r\n \t")
	i := bytes.LastIndexByte(end, '\n')
	if j := bytes.LastIndexByte(end[:max(i, 0)], '\n'); i >= 0 && len(end)-i < 24 && len(end) == len(text) {
		i = j // the town's line has the postcode in its middle
	}
	return end[i+1:]
}

// townFollows reports whether a capitalised word follows on the same line.
func townFollows(after []byte) bool {
	if len(after) < 3 || after[0] != ' ' && after[0] != '\t' {
		return false
	}
	word := after[1:]
	n := wordEnd(word)
	return capital(word) && n >= 2 && utf8.RuneCount(word[:n]) >= 2
}

// stateBefore reports whether a state's two letters stand at the end.
func stateBefore(before []byte) bool {
	n := len(before)
	return n > 4 && classes[before[n-1]] == isLetter && before[n-1] < 'a' && before[n-2] >= 'A' && before[n-2] <= 'Z' && before[n-3] == ' '
}

// hasStreet looks for a street and its number between two commas or line
// breaks of what precedes a postcode.
func hasStreet(before []byte) bool {
	number := []byte(nil) // of "12, rue …"
	for part := range bytes.FieldsFuncSeq(before, func(r rune) bool { return strings.ContainsRune(",;\t\n\r|", r) }) {
		if streetIn(append(number, part...)) {
			return true
		}
		if number = nil; len(bytes.TrimSpace(part)) <= 4 {
			number = append(bytes.Clone(part), ' ')
		}
	}
	return false
}

// streetIn reports whether a text of a few words has a street and a number.
func streetIn(text []byte) bool {
	words := bytes.Fields(text)
	if len(words) < 2 || len(words) > 8 {
		return false
	}
	numbered, street := false, false
	for i, w := range words {
		numbered = numbered || classes[w[0]] == isDigit && len(digitRun(w)) <= 4
		named := i > 0 && capital(words[i-1]) || i+1 < len(words) && (capital(words[i+1]) || particle(string(words[i+1])))
		behind := i > 0 && capital(words[i-1])
		street = street || behind && numbered && englishStreet(bytes.Trim(w, ".")) || streetWord(bytes.Trim(w, "."), capital(w), named)
	}
	return numbered && street
}

// englishStreet reports whether a word is one for streets that stands behind
// the name.
func englishStreet(word []byte) bool {
	switch string(bytes.ToLower(word)) {
	case "street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "drive", "dr", "boulevard", "blvd", "court", "ct", "terrace", "crescent",
		"close", "square", "sq", "way", "place", "highway", "hwy", "parkway", "gardens", "mews":
		return true
	}
	return false
}

// streetWord reports whether a word is one for streets with a name beside it,
// or ends with one.
func streetWord(word []byte, capital, named bool) bool {
	low := string(bytes.ToLower(word))
	if named {
		switch low {
		case "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "damm", "ufer", "chaussee",
			"rue", "av", "avenue", "boulevard", "bd", "allée", "impasse", "quai", "chemin", "route", "via", "viale", "piazza", "corso", "vicolo", "largo",
			"calle", "c/", "avenida", "avda", "plaza", "paseo", "carrer", "ul", "ulica", "al", "aleja", "pl", "plac", "os", "osiedle",
			"straat", "laan", "plein", "gracht", "kade", "dreef", "gata", "gate", "vej", "katu", "tie", "väg", "vägen", "gatan":
			return true
		}
	}
	if !capital {
		return false
	}
	for _, end := range [...]string{"straße", "strasse", "straat", "str", "weg", "platz", "allee", "gasse", "damm", "ufer", "laan", "plein", "gracht", "kade", "singel",
		"dreef", "gatan", "gata", "gate", "gaten", "vägen", "veien", "vej", "gade", "katu", "tie", "kuja", "stræde"} {
		if len(low) > len(end)+max(2, 7-len(end)) && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
