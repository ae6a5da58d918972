package containers

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/accuracy/values"
)

// sample is a PESEL in a letter.
func sample(t *testing.T, language string, n int) Item {
	t.Helper()
	letters, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range values.All() {
		if id.ID == "pl-pesel" {
			v := id.Valid(n + 1)[n]
			v.Text = values.Squeeze(v.Text) // every character set and cell has it
			return letters.Item(id, v, language, n)
		}
	}
	t.Fatal("no PESEL")
	return Item{}
}

// decoded is the body of a part or message without its transfer encoding.
func decoded(t *testing.T, encoding string, body io.Reader) string {
	t.Helper()
	switch encoding {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// leaf opens a message with the standard library: its subject, and the last part
// with its name.
func leaf(t *testing.T, raw []byte) (subject, name, content string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return subject, "", decoded(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name, content = p.FileName(), decoded(t, p.Header.Get("Content-Transfer-Encoding"), p)
		if p.Header.Get("Content-Type") == "message/rfc822" {
			_, name, content = leaf(t, []byte(content))
		}
	}
	return subject, name, content
}

// unzipped is the whole text of an archive, and of those in it.
func unzipped(t *testing.T, s string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(s), int64(len(s)))
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, ".zip") {
			b = []byte(unzipped(t, string(b)))
		}
		if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
			wellFormed(t, f.Name, string(b))
		}
		all += string(b)
	}
	return all
}

func wellFormed(t *testing.T, name, s string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// tags are cut out where a value is cut by them.
var tags = regexp.MustCompile(`<[^>]*>`)

// open reads what a container holds with strangers' readers.
func open(t *testing.T, c Container, raw []byte) string {
	t.Helper()
	subject, name, content := leaf(t, raw)
	switch c.Name {
	case "subject":
		return subject
	case "file-name":
		return name
	case "html-cut":
		return tags.ReplaceAllString(content, "")
	case "docx-runs":
		return tags.ReplaceAllString(unzipped(t, content), "")
	case "xls-number":
		return content
	case "doc", "xls", "ppt", "msg":
		return strings.ReplaceAll(content, "\x00", "")
	case "docx", "docx-table", "xlsx", "xlsx-number", "xlsx-date", "pptx", "odt", "ods", "zip", "zip-in-eml":
		return unzipped(t, content)
	case "tar-gz":
		z, err := gzip.NewReader(strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(z)
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	case "utf16-text":
		return strings.ReplaceAll(content, "\x00", "")
	case "ics":
		return strings.ReplaceAll(content, "\r\n ", "")
	case "csv":
		r := csv.NewReader(strings.NewReader(content))
		if strings.Contains(content, ";") {
			r.Comma = ';'
		}
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows[1][1]
	case "json":
		if !json.Valid([]byte(content)) {
			t.Fatalf("not JSON: %s", content)
		}
	case "xml":
		wellFormed(t, name, content)
	case "pdf":
		return pdfText(t, content)
	}
	return content
}

// pdfText checks the table of objects and opens the content streams.
func pdfText(t *testing.T, s string) string {
	t.Helper()
	var start, n int
	if _, err := fmt.Sscanf(s[strings.LastIndex(s, "startxref"):], "startxref\n%d", &start); err != nil {
		t.Fatal(err)
	}
	for i, m := range regexp.MustCompile(`(\d{10}) 00000 n`).FindAllStringSubmatch(s[start:], -1) {
		if _, err := fmt.Sscan(strings.TrimLeft(m[1], "0"), &n); err != nil || !strings.HasPrefix(s[n:], fmt.Sprintf("%d 0 obj\n", i+1)) {
			t.Fatalf("object %d isn't at %s", i+1, m[1])
		}
	}
	var all string
	for _, m := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllStringSubmatch(s, -1) {
		z, err := zlib.NewReader(strings.NewReader(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	return all
}

// Strangers' readers find the value in every container and language.
func TestStrangersFindTheValue(t *testing.T) {
	for _, c := range All() {
		for n, language := range Languages() {
			it := sample(t, language, n)
			if c.Name == "xlsx-date" {
				it.Value, it.Textual = "14.05.1944", true
			}
			if !c.Fits(it) {
				if !strings.HasSuffix(c.Name, "-number") { // numbers lose their leading zeros
					t.Errorf("%s doesn't take %q", c.Name, it.Value)
				}
				continue
			}
			want := it.Value
			if c.Name == "xlsx-date" {
				want = "<v>16206</v>"
			}
			if c.Name == "xls-number" {
				n, err := strconv.ParseFloat(it.Value, 64)
				if err != nil {
					t.Fatal(err)
				}
				want = string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(n)))
			}
			raw := c.Build(it)
			if got := open(t, c, raw); !strings.Contains(got, want) {
				t.Errorf("%s in %s: %q isn't in\n%s", c.Name, language, want, got)
			}
			if !bytes.Equal(raw, c.Build(it)) {
				t.Errorf("%s isn't the same twice", c.Name)
			}
		}
	}
}

// Files and blocks of lines fit into the containers in which people send them,
// and come out byte for byte.
func TestFilesComeOutWhole(t *testing.T) {
	letters, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range values.All() {
		if id.Kind != values.File && id.Kind != values.Binary {
			continue
		}
		fit := 0
		for _, c := range All() {
			it := letters.Item(id, id.Valid(1)[0], "de", 0)
			if !c.Fits(it) {
				continue
			}
			fit++
			if got := open(t, c, c.Build(it)); !strings.Contains(got, it.Value) {
				t.Errorf("%s in %s: the file isn't there", id.ID, c.Name)
			}
		}
		if fit < 5 {
			t.Errorf("%s fits into %d containers only", id.ID, fit)
		}
	}
}

// What is declared as seven bits has no others, whatever the words and values.
func TestSevenBitsAreSeven(t *testing.T) {
	letters, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range values.All() {
		for n, v := range id.Valid(40) {
			it := letters.Item(id, v, Languages()[n%len(Languages())], n)
			if !text(it) {
				continue
			}
			for _, c := range plain7bit(it) {
				if c > 126 || c < 32 && c != '\r' && c != '\n' && c != '\t' {
					t.Fatalf("%s in %s: %q", id.ID, it.Language, c)
				}
			}
		}
	}
}

// Every identifier has words in every language, and every letter has its label
// and value.
func TestLettersAreComplete(t *testing.T) {
	letters, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(All()) < 15 || len(Languages()) < 6 {
		t.Errorf("%d containers in %d languages", len(All()), len(Languages()))
	}
	for _, id := range values.All() {
		for _, language := range Languages() {
			for n := range 6 {
				it := letters.Item(id, id.Valid(1)[0], language, n)
				if it.Label == "" || it.Subject == "" || !strings.Contains(it.Text, it.Label) {
					t.Errorf("%s in %s: %+v", id.ID, language, it)
				}
			}
		}
	}
	for _, language := range Languages() {
		if n := len(letters.letters[language]); n < 6 {
			t.Errorf("%s: %d letters", language, n)
		}
	}
}
