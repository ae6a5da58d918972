// Package health makes letters and files about patients in five languages:
// discharge letters, laboratory and radiology reports, referrals, prescriptions,
// sick notes, doctors' invoices, claims, ward lists, patients' and employers' mails,
// and HL7 v2, FHIR, CDA and DICOM. Each has a person's identity and a health
// signal. Persons, numbers and findings are made up from a seed.
package health

import (
	"embed"
	"encoding/base64"
	"math/rand/v2"
	"mime"
	"strings"
	"time"

	"github.com/sealpost/sealpost/accuracy/values"
)

//go:embed data
var data embed.FS

// Letter is one mail about a patient.
type Letter struct {
	Kind     string
	Language string // "" of files
	Form     string
	Raw      []byte
}

// Languages of the letters.
func Languages() []string { return []string{"en", "de", "fr", "nl", "pl"} }

// rounds is how often each text and each kind of file is made.
const rounds = 5

// Letters makes all of them. The error names the file that can't be read.
func Letters() ([]Letter, error) {
	var list []Letter
	r := rand.New(rand.NewPCG(112, 20251104))
	terms := collect()
	for _, language := range Languages() {
		b, err := data.ReadFile("data/" + language + ".txt")
		if err != nil {
			return nil, err
		}
		for i, text := range strings.Split(string(b), "\n[") {
			head, body, _ := strings.Cut(strings.TrimPrefix(text, "["), "\n")
			kind, subject, _ := strings.Cut(head, "] ")
			for n := range rounds {
				p := values.SomePatient(r)
				fill := terms.filler(r, language, p)
				form := []string{"plain", "html", "attachment"}[(i+n)%3]
				list = append(list, Letter{kind, language, form, []byte(write(form, fill(subject), fill(body)))})
			}
		}
	}
	return append(list, files(r)...), nil
}

// files are the machine-made formats, attached, and once pasted.
func files(r *rand.Rand) []Letter {
	var list []Letter
	makers := []struct {
		kind, name, mime string
		make             func(*rand.Rand, values.Patient) string
	}{
		{"HL7 v2", "result.hl7", "application/octet-stream", values.HL7},
		{"FHIR JSON", "bundle.json", "application/fhir+json", values.FHIRJSON},
		{"FHIR XML", "observation.xml", "application/xml", values.FHIRXML},
		{"HL7 v2 admission", "adt.txt", "text/plain", values.HL7Admission},
		{"FHIR patient", "patient.xml", "application/fhir+xml", values.FHIRPatient},
		{"FHIR lines", "export.ndjson", "application/fhir+ndjson", values.FHIRLines},
		{"C-CDA", "summary.xml", "text/xml", values.CDA},
		{"DICOM", "scan", "application/dicom", values.DICOM},
	}
	for _, m := range makers {
		for n := range rounds {
			content, kind := m.make(r, values.SomePatient(r)), m.mime
			if n%2 == 1 {
				kind = "application/octet-stream" // the sender's program knows nothing of it
			}
			l := Letter{m.kind, "", "attachment", []byte(attached(kind, m.name, content))}
			if n == rounds-1 && m.kind != "DICOM" { // pasted into the mail
				l.Form, l.Raw = "plain", []byte(top+part("text/plain; charset=utf-8", "", strings.NewReplacer("\r", "\r\n", "\n", "\r\n").Replace(content)))
			}
			list = append(list, l)
		}
	}
	return list
}

// terms are the medical words of each language and the identity numbers.
type terms struct {
	diagnoses, drugs, labs map[string][]string
	codes                  []string
	numbers                map[string][]string
}

func collect() terms {
	t := terms{map[string][]string{}, map[string][]string{}, map[string][]string{}, nil, map[string][]string{}}
	national := map[string]string{"uk-nhs": "en", "de-kvnr": "de", "fr-nir": "fr", "nl-bsn": "nl", "pl-pesel": "pl"}
	for _, id := range values.All() {
		for _, v := range id.Valid(40) {
			switch id.ID {
			case "diagnosis":
				t.diagnoses[v.Language] = append(t.diagnoses[v.Language], v.Text)
			case "medication":
				t.drugs[v.Language] = append(t.drugs[v.Language], v.Text)
			case "lab-result":
				t.labs[v.Language] = append(t.labs[v.Language], v.Text)
			case "icd10":
				t.codes = append(t.codes, v.Text)
			default:
				if language := national[id.ID]; language != "" {
					t.numbers[language] = append(t.numbers[language], v.Text)
				}
			}
		}
	}
	return t
}

// filler replaces the placeholders for one patient; each medical one anew.
func (t terms) filler(r *rand.Rand, language string, p values.Patient) func(string) string {
	number := pick(r, t.numbers[language])
	layout := map[string]string{"en": "02/01/2006", "de": "02.01.2006", "fr": "02/01/2006", "nl": "02-01-2006", "pl": "02.01.2006"}[language]
	return func(s string) string {
		s = strings.NewReplacer("{name}", p.Given+" "+p.Family, "{born}", p.Born.Format(layout), "{id}", number).Replace(s)
		return replaceEach(s, func(name string) string {
			switch name {
			case "diagnosis":
				return pick(r, t.diagnoses[language])
			case "drug":
				return pick(r, t.drugs[language])
			case "lab":
				return pick(r, t.labs[language])
			case "icd":
				return pick(r, t.codes)
			}
			return time.Date(2025, 1, 1+r.IntN(300), 0, 0, 0, 0, time.UTC).Format(layout)
		})
	}
}

// replaceEach replaces "{name}" from left to right.
func replaceEach(s string, word func(name string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(word(name))
		s = after
	}
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

const top = "From: Ward 4 <ward4@clinic.example>\r\nTo: practice@doctors.example\r\nDate: Tue, 04 Nov 2025 09:12:44 +0100\r\nMessage-ID: <77@clinic.example>\r\nMIME-Version: 1.0\r\n"

// write writes a letter in one of three forms.
func write(form, subject, text string) string {
	head := strings.Replace(top, "Date:", "Subject: "+mime.QEncoding.Encode("utf-8", subject)+"\r\nDate:", 1)
	switch form {
	case "html":
		return head + part("text/html; charset=utf-8", "", "<html><body><p>"+strings.ReplaceAll(text, "\n", "<br>\r\n")+"</p></body></html>")
	case "attachment":
		return attached("text/plain; charset=utf-8", "letter.txt", text)
	}
	return head + part("text/plain; charset=utf-8", "", strings.ReplaceAll(text, "\n", "\r\n"))
}

// attached is a mail that says nothing and has a file.
func attached(kind, name, content string) string {
	return strings.Replace(top, "Date:", "Subject: FYI\r\nDate:", 1) + "Content-Type: multipart/mixed; boundary=\"=_ward4\"\r\n\r\n--=_ward4\r\nContent-Type: text/plain\r\n\r\nSee attachment.\r\n\r\n--=_ward4\r\n" +
		part(kind, name, content) + "\r\n--=_ward4--\r\n"
}

// part is base64, with a file name if there is one.
func part(kind, name, content string) string {
	e := base64.StdEncoding.EncodeToString([]byte(content))
	var b strings.Builder
	for len(e) > 76 {
		b.WriteString(e[:76] + "\r\n")
		e = e[76:]
	}
	disposition := ""
	if name != "" {
		disposition = "Content-Disposition: attachment; filename=\"" + name + "\"\r\n"
	}
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n" + disposition + "\r\n" + b.String() + e + "\r\n"
}
