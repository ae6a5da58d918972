package policy

import (
	"reflect"
	"slices"
	"strings"
)

// Vocabulary holds the words that this build and its plugins know beyond the
// standard ones. A policy that uses any other word is refused.
type Vocabulary struct {
	Detectors  []string
	Categories []string
	Treatments []string
	// Tables are the organisation's own that are looked for; empty: not known
	// here, and a policy may name any.
	Tables   []string
	Problems []string // codes of what is wrong with parts
}

// standardDetectors are the ids that every build reserves, whether or not the
// detector is there: a policy may speak of them.
const standardDetectors = `payment-card iban us-ssn us-itin us-npi us-mbi ca-sin uk-nhs uk-nino uk-utr ie-pps
	de-steuer-id de-svnr de-kvnr de-personalausweis at-svnr ch-ahv pl-pesel pl-nip pl-regon pl-dowod
	nl-bsn be-nrn lu-matricule fr-nir fr-siret it-codice-fiscale it-piva es-dni es-nie pt-nif gr-amka cz-rc ro-cnp
	bg-egn hr-oib se-personnummer no-fodselsnummer dk-cpr fi-hetu ee-isikukood lt-asmens tr-tckn au-tfn in-aadhaar
	br-cpf passport-mrz vat-id email-address phone-number ip-address date-of-birth postal-address person-name
	icd10 diagnosis medication lab-result hl7v2 fhir cda dicom private-key api-key password jwt exact-data keyword label malware`

// standardProblems are the codes of what may be wrong with a part: those of
// reading MIME, those of reading what is in it, and those of the shipped
// inspector plugins.
const standardProblems = `bad-header-line blank-fold header-end-disputed space-before-colon odd-mime-field mbox-from-line nul-in-header
	header-too-big header-not-ended repeated-header duplicate-header bare-cr bare-lf line-end-disputed nul-in-body line-too-long smuggled-mail
	no-mime-version duplicate-content-type duplicate-encoding duplicate-disposition several-values odd-content-type bad-content-type
	odd-encoding bad-encoding unknown-encoding bad-param duplicate-param odd-name name-conflict ambiguous-charset charset-conflict
	unknown-charset missing-boundary odd-boundary bad-boundary boundary-not-found empty-multipart boundary-not-closed boundary-prefix
	boundary-line-disputed boundary-reused boundary-after-close boundary-on-leaf parts-in-preamble parts-in-epilogue odd-container-encoding
	encoding-on-multipart encoded-message message-fragment too-deep too-many-parts too-many-readings odd-base64 bad-base64
	bad-quoted-printable encoded-block wrapped-ciphertext
	time-budget type-not-read type-mismatch encrypted read-failed over-budget broken image feature-unknown unsafe-name not-parsed
	inspector-failed mime-in-text
	inspector-unavailable malware-scan-unavailable malware-scan-too-large ocr-too-large ocr-too-many-pages ocr-too-much-text ocr-time ocr-failed
	command-failed command-could-not-tell command-output-too-long command-output-not-utf-8`

// standardTreatments and the levels that each can reach. Rejecting and
// quarantining reach every level: nothing leaves.
func standardTreatments() map[string][]Level {
	tls := []Level{TLS, VerifiedTLS, PartnerTLS}
	content := []Level{TLS, VerifiedTLS, PartnerTLS, ContentLevel}
	return map[string][]Level{
		"tls": tls, "smime": content, "pgp": content, "pdf": content, "portal": content,
		"reject": Levels(), "quarantine": Levels(),
	}
}

// vocabulary is the words of one generation.
type vocabulary struct {
	detectors, categories, tables, problems []string
	// treatments and the levels that each can reach; nil is not known here,
	// and for the handler to say.
	treatments map[string][]Level
}

func (v Vocabulary) all() vocabulary {
	w := vocabulary{
		detectors:  union(strings.Fields(standardDetectors), v.Detectors),
		problems:   union(strings.Fields(standardProblems), v.Problems),
		categories: union([]string{"personal", "financial", "health", "secret", "contact", "own"}, v.Categories),
		treatments: standardTreatments(),
		tables:     v.Tables,
	}
	for _, t := range v.Treatments {
		if _, standard := w.treatments[t]; !standard {
			w.treatments[t] = nil
		}
	}
	return w
}

// union is both lists, each word once: a schema with a word twice is refused.
func union(standard, more []string) []string {
	for _, word := range more {
		if !slices.Contains(standard, word) {
			standard = append(standard, word)
		}
	}
	return standard
}

func (v vocabulary) treatmentNames() (names []string) {
	for name := range v.treatments {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func words[S ~string](list []S) []string {
	s := make([]string, len(list))
	for i, w := range list {
		s[i] = string(w)
	}
	return s
}

// enum is the list of words that a field of the input may hold, nil where it
// may hold any text; of a list, what its entries may be. Named string types have their own; other fields say it
// in an `enum` tag.
func (v vocabulary) enum(f reflect.StructField) []string {
	switch tag, ok := f.Tag.Lookup("enum"); {
	case tag == "detectors":
		return v.detectors
	case tag == "categories":
		return v.categories
	case tag == "tables":
		return v.tables
	case tag == "problems":
		return v.problems
	case ok:
		return strings.Split(tag, ",")
	}
	return typeEnum(f.Type)
}

func typeEnum(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[Level]():
		return words(Levels())
	case reflect.TypeFor[Class]():
		return words(Classes())
	case reflect.TypeFor[Direction]():
		return words([]Direction{Outbound, Inbound, Internal})
	case reflect.TypeFor[Kind]():
		return words([]Kind{Local, PartnerKind, PublicProvider, Business})
	case reflect.TypeFor[Scanned]():
		return words([]Scanned{Full, Partial, None})
	}
	return nil
}

// enums lists, by path in the input ("content.findings[].category"), the words
// that stand there.
func (v vocabulary) enums() map[string][]string {
	m := map[string][]string{}
	v.collect("", reflect.TypeFor[Input](), m, map[string]bool{})
	return m
}

// objects are the paths in the input at which objects, or lists of them, lie.
func (v vocabulary) objects() map[string]bool {
	m := map[string]bool{}
	v.collect("", reflect.TypeFor[Input](), map[string][]string{}, m)
	return m
}

func (v vocabulary) collect(prefix string, t reflect.Type, m map[string][]string, objects map[string]bool) {
	list := prefix
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Slice {
			prefix += "[]"
		}
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == timeType {
		return
	}
	objects[prefix], objects[list] = true, true
	for i := range t.NumField() {
		f := t.Field(i)
		name, _ := jsonField(f)
		p := strings.TrimPrefix(prefix+"."+name, ".")
		if words := v.enum(f); words != nil && f.Type.Kind() == reflect.Slice {
			m[p+"[]"] = words
		} else if words != nil {
			m[p] = words
		}
		v.collect(p, f.Type, m, objects)
	}
}
