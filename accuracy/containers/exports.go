package containers

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"html"
	"strings"
)

// slug is a label as programs name fields.
func slug(label string) string {
	fields := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(ascii(label), ".", "")), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(fields, "_")
}

// csvFile has a heading row; semicolons where Excel writes them.
func csvFile(it Item) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if it.Language != "en" {
		w.Comma = ';'
	}
	_ = w.WriteAll([][]string{{"Name", it.Label, "Ref"}, {"Anna Kowalska", it.Value, "A-1"}, {"Peter Hill", "", "A-2"}})
	return mixed(it, file("text/csv", "export.csv", b.String()))
}

func jsonFile(it Item) string {
	b, _ := json.MarshalIndent(map[string]any{"customers": []any{map[string]string{"name": "Anna Kowalska", slug(it.Label): it.Value}}}, "", "  ")
	return mixed(it, file("application/json", "export.json", string(b)))
}

func xmlFile(it Item) string {
	tag := slug(it.Label)
	return mixed(it, file("application/xml", "export.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<customers>\n  <customer>\n    <name>Anna Kowalska</name>\n    <"+tag+">"+
		html.EscapeString(it.Value)+"</"+tag+">\n  </customer>\n</customers>\n"))
}

func yamlFile(it Item) string {
	quoted := strings.NewReplacer("'", "''").Replace(it.Value)
	return mixed(it, file("application/yaml", "export.yaml", "customers:\n  - name: Anna Kowalska\n    "+slug(it.Label)+": '"+quoted+"'\n"))
}

// vcf is a card with the letter's words as a note.
func vcf(it Item) string {
	escape := strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\n", "\\n")
	return mixed(it, file("text/vcard", "card.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Kowalska\r\nNOTE:"+escape.Replace(it.Label+": "+it.Value)+"\r\nEND:VCARD\r\n"))
}

// ics is an invitation with the letter as description, folded at 75 octets.
func ics(it Item) string {
	escape := strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\n", "\\n")
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//office//EN", "METHOD:REQUEST", "BEGIN:VEVENT", "UID:77@office.example", "DTSTAMP:20251104T081244Z", "DTSTART:20251110T090000Z",
		"SUMMARY:" + escape.Replace(it.Subject), "DESCRIPTION:" + escape.Replace(it.Text), "END:VEVENT", "END:VCALENDAR"}
	var b strings.Builder
	for _, l := range lines {
		for len(l) > 75 {
			at := 75
			for l[at]&0xc0 == 0x80 {
				at--
			}
			b.WriteString(l[:at] + "\r\n")
			l = " " + l[at:]
		}
		b.WriteString(l + "\r\n")
	}
	return mixed(it, base64Part("text/calendar; charset=utf-8; method=REQUEST", strings.ReplaceAll(b.String(), "\r\n", "\n")))
}

// member is one file of an archive.
type member struct{ name, content string }

// zipped is an archive of files; the first is stored where it must be.
func zipped(stored string, members ...member) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		method := zip.Deflate
		if m.name == stored {
			method = zip.Store
		}
		f, _ := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		_, _ = f.Write([]byte(m.content))
	}
	_ = w.Close()
	return b.String()
}

func zipFile(it Item) string {
	return mixed(it, file("application/zip", "files.zip", zipped("", member{"readme.txt", "See the other file.\r\n"}, member{"docs/" + it.name(), it.payload()})))
}

// zipInEml is an archive in an archive, attached to a message that is attached.
func zipInEml(it Item) string {
	archive := zipped("", member{"2025.zip", zipped("", member{it.name(), it.payload()})})
	original := header(it.Subject) + inner(multi("mixed", sevenBit("text/plain", "See attachment.\n"), file("application/octet-stream", "all.zip", archive)))
	return header("Fwd: "+it.Subject) + multi("mixed", sevenBit("text/plain", "FYI\n"), "Content-Type: message/rfc822\r\n\r\n"+original)
}

func tarGz(it Item) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	content := it.payload()
	_ = w.WriteHeader(&tar.Header{Name: it.name(), Mode: 0o644, Size: int64(len(content)), Format: tar.FormatUSTAR})
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	_ = z.Close()
	return mixed(it, file("application/gzip", "backup.tar.gz", b.String()))
}
