// Package values makes values of the identifiers that detectors look for:
// valid ones, written as people write them, and invalid ones that look alike.
//
// It is a second opinion. Nothing here is shared with the detectors: each rule
// was written from what its issuer publishes, and each function says which
// document that is. A value that a detector judges otherwise is a mistake on
// one of the two sides.
//
// Everything is deterministic: the same identifier and number give the same
// values, on every machine. The values are committed in accuracy/testdata, and
// a test compares. All of them are made up; one that belongs to somebody does
// so by chance.
package values

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Kind says what a value needs of the place that it stands in.
type Kind int

const (
	// Line is one line of text.
	Line Kind = iota
	// Block is several lines of text, which must stay lines.
	Block
	// File is a whole file of text.
	File
	// Binary is a whole file of bytes.
	Binary
)

// Identifier is one kind of value: the detector's id, and how its values are
// made and checked.
type Identifier struct {
	// ID is the detector's id.
	ID string
	// Checked says that values carry a check that random text rarely passes.
	Checked bool
	// Kind says where values can stand.
	Kind Kind
	// Name is the file name of values that are files; else empty.
	Name string
	// Neutral says that the word of the context would be evidence by itself:
	// invalid values are tried in other sentences only.
	Neutral bool
	// Textual says that a table never holds the value as a number.
	Textual bool
	// Small says that people write its letters small, too.
	Small bool
	// Examples are values that the issuer or the standard itself prints.
	Examples []string

	make      func(r *rand.Rand) string // canonical, without separators
	ok        func(s string) bool       // the rule at its loosest, for a canonical value
	squeeze   func(s string) string     // from what people write to canonical; nil takes the usual separators out
	forms     []string                  // '#' stands for the next character; none means canonical
	faults    []fault                   // beside the usual ones
	noFaults  bool                      // the usual faults make no sense here
	localised bool                      // canonical values carry their language in front: "de:…"
}

// fault is one way to be invalid.
type fault struct {
	why  string
	make func(r *rand.Rand) string
}

// glued faults are never written in groups: a digit too many would stand apart,
// beside a valid value.
func (f fault) glued() bool { return strings.HasPrefix(f.why, "too ") }

// Value is one value.
type Value struct {
	Text     string
	Why      string // of an invalid value: what is wrong
	Language string // "" is any; else the only language in which it makes sense
}

// Valid makes n different valid values.
func (id Identifier) Valid(n int) []Value {
	r := source(id.ID, 1)
	var list []Value
	seen := map[string]bool{}
	for tries := 0; len(list) < n && tries < 1000*n; tries++ {
		v := id.value(id.written(id.make(r), len(list)), "")
		if !seen[v.Text] {
			seen[v.Text] = true
			list = append(list, v)
		}
	}
	return list
}

// Invalid makes n different values that look like the identifier and break its
// rule, in turn of all ways in which that can happen.
func (id Identifier) Invalid(n int) []Value {
	r := source(id.ID, 2)
	faults := slices.Clone(id.faults)
	if !id.noFaults {
		faults = append(faults, id.usual()...)
	}
	var list []Value
	seen := map[string]bool{}
	for round := 0; len(list) < n && round < 100*n; round++ {
		f := faults[round%len(faults)]
		for range 100 {
			s := f.make(r)
			if s == "" {
				continue
			}
			if !f.glued() {
				s = id.written(s, round/len(faults))
			}
			v := id.value(s, f.why)
			if !seen[v.Text] && !id.OK(v.Text) {
				seen[v.Text] = true
				list = append(list, v)
				break
			}
		}
	}
	return list
}

// OK checks a value as written.
func (id Identifier) OK(s string) bool {
	if id.squeeze != nil {
		return id.ok(id.squeeze(s))
	}
	return id.ok(Squeeze(s))
}

func (id Identifier) value(s, why string) Value {
	if id.localised {
		return Value{Text: s[3:], Why: why, Language: s[:2]}
	}
	return Value{Text: s, Why: why}
}

// written puts the separators of the i-th form that fits into a canonical value.
func (id Identifier) written(s string, i int) string {
	for range id.forms {
		form := id.forms[i%len(id.forms)]
		if strings.Count(form, "#") == len(s) {
			return id.typed(fill(form, s), i)
		}
		i++
	}
	return id.typed(s, i)
}

// typed is a value as programs and hasty people change it: blanks and hyphens
// at which no line breaks, small letters. Values that have one form only stay as
// they are.
func (id Identifier) typed(s string, i int) string {
	if len(id.forms) == 0 && !id.Small {
		return s
	}
	switch i % 7 {
	case 2:
		return strings.ReplaceAll(s, " ", "\u00a0")
	case 3:
		if id.Small {
			return strings.ToLower(s)
		}
	case 4:
		return strings.ReplaceAll(s, "-", "\u2011")
	case 5:
		return strings.ReplaceAll(s, " ", "\u202f")
	case 6:
		return strings.ReplaceAll(s, "-", "–")
	}
	return s
}

// usual are the faults that every identifier of fixed length can have.
func (id Identifier) usual() []fault {
	return []fault{
		{"wrong check character", func(r *rand.Rand) string { s := id.make(r); return change(r, s, len(s)-1) }},
		{"one character wrong", func(r *rand.Rand) string { s := id.make(r); return change(r, s, r.IntN(len(s))) }},
		{"two characters swapped", func(r *rand.Rand) string { s := id.make(r); return swap(s, r.IntN(len(s)-1)) }},
		{"too long", func(r *rand.Rand) string { return id.make(r) + digits(r, 1) }},
		{"too short", func(r *rand.Rand) string { s := id.make(r); return s[:len(s)-1] }},
	}
}

// Squeeze takes the separators out that people put into numbers, and makes
// letters capitals.
func Squeeze(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "·", "").Replace(keyboard(s))
	return strings.ToUpper(s)
}

// keyboard has the blanks and hyphens of a keyboard.
func keyboard(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2011", "-", "–", "-").Replace(s)
}

// fill puts the characters of s in place of the '#' of form.
func fill(form, s string) string {
	var b strings.Builder
	for i := range len(form) {
		if form[i] == '#' {
			b.WriteByte(s[0])
			s = s[1:]
		} else {
			b.WriteByte(form[i])
		}
	}
	return b.String()
}

// change replaces the character at i by another of its kind.
func change(r *rand.Rand, s string, i int) string {
	for {
		c := byte('0' + r.IntN(10))
		if s[i] >= 'A' && s[i] <= 'Z' {
			c = byte('A' + r.IntN(26))
		}
		if c != s[i] {
			return s[:i] + string(c) + s[i+1:]
		}
	}
}

// swap exchanges two neighbours; "" where they are of different kinds.
func swap(s string, i int) string {
	if (s[i] > '9') != (s[i+1] > '9') {
		return ""
	}
	return s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]
}

// source is the random source of an identifier.
func source(id string, stream uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(id))
	return rand.New(rand.NewPCG(h.Sum64(), stream))
}

// Lists prints n valid and n invalid values, one a line, quoted.
func (id Identifier) Lists(n int) string {
	var b strings.Builder
	for _, v := range id.Valid(n) {
		fmt.Fprintf(&b, "valid   %s\n", strconv.Quote(v.Text))
	}
	for _, v := range id.Invalid(n) {
		fmt.Fprintf(&b, "invalid %s  %s\n", strconv.Quote(v.Text), v.Why)
	}
	return b.String()
}

// All is every identifier, in the order of the detectors' list.
func All() []Identifier {
	return []Identifier{
		paymentCard(), iban(),
		usSSN(), usITIN(), usNPI(), usMBI(), caSIN(),
		ukNHS(), ukNINO(), ukUTR(), iePPS(),
		deSteuerID(), deSVNR(), deKVNR(), dePersonalausweis(), atSVNR(), chAHV(),
		plPESEL(), plNIP(), plREGON(), plDowod(),
		nlBSN(), beNRN(), luMatricule(), frNIR(), frSIRET(),
		itCodiceFiscale(), itPIVA(), esDNI(), esNIE(), ptNIF(),
		grAMKA(), czRC(), roCNP(), bgEGN(), hrOIB(),
		sePersonnummer(), noFodselsnummer(), dkCPR(), fiHETU(), eeIsikukood(), ltAsmens(),
		trTCKN(), auTFN(), inAadhaar(), brCPF(),
		passportMRZ(), vatID(),
		emailAddress(), phoneNumber(), ipAddress(), dateOfBirth(),
		icd10(), diagnosis(), medication(), labResult(), hl7v2(), fhir(), cda(), dicom(),
		privateKey(), apiKey(), password(), jwt(),
	}
}
