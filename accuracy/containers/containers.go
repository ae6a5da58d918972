// Package containers puts values into messages in the ways in which people send
// them: in the text, in HTML, in documents, archives, exports and headers.
//
// Every container is made here, byte for byte, with nothing but the standard
// library and the character tables of golang.org/x/text; what a container looks
// like on the wire was written from its specification and not from what our
// own readers accept. Tests open each with readers of other people.
//
// The letters that surround a value, and the words that people of a language
// write beside it, are files in data/.
package containers

import (
	"strings"
	"time"

	"github.com/sealpost/sealpost/accuracy/values"
)

// Item is a value and what stands around it.
type Item struct {
	Language string
	Label    string // the words beside the value
	Value    string
	Kind     values.Kind
	File     string // the file's name, of values that are files
	Textual  bool   // never a number in a table
	Subject  string
	Text     string // the whole letter, with LF; of values that are files, without the value
}

// Container is one way to send an item.
type Container struct {
	Name  string
	fits  func(Item) bool
	build func(Item) string
}

// Fits says whether an item can be sent in this way.
func (c Container) Fits(it Item) bool { return c.fits(it) }

// Build makes the whole message, with CRLF.
func (c Container) Build(it Item) []byte { return []byte(c.build(it)) }

// All is every container.
func All() []Container {
	return []Container{
		{"plain-7bit", text, plain7bit},
		{"plain-qp", text, func(it Item) string { return bodyOnly(it, quotedPrintable("text/plain; charset=utf-8", it.Text)) }},
		{"plain-base64", text, func(it Item) string { return bodyOnly(it, base64Part("text/plain; charset=utf-8", it.Text)) }},
		{"plain-latin", text, latin},
		{"plain-flowed", line, flowed},
		{"html", text, func(it Item) string {
			return bodyOnly(it, quotedPrintable("text/html; charset=utf-8", page(it, htmlText(it.Text))))
		}},
		{"html-cut", cuttable, htmlCut},
		{"html-table", line, htmlTable},
		{"quoted", text, quoted},
		{"forwarded", always, forwarded},
		{"attachment", always, attachment},
		{"utf16-text", line, utf16Text},
		{"csv", line, csvFile},
		{"docx", text, docx},
		{"docx-runs", cuttable, docxRuns},
		{"docx-table", line, docxTable},
		{"xlsx", line, xlsxString},
		{"xlsx-number", numeric, xlsxNumber},
		{"xlsx-date", dated, xlsxDate},
		{"pptx", text, pptx},
		{"odt", text, odt},
		{"ods", line, ods},
		{"rtf", text, rtf},
		{"pdf", text, pdf},
		{"doc", text, doc},
		{"xls", line, xls},
		{"xls-number", numeric, xlsNumber},
		{"ppt", text, ppt},
		{"msg", text, msg},
		{"winmail", always, winmail},
		{"zip", always, zipFile},
		{"zip-in-eml", always, zipInEml},
		{"tar-gz", always, tarGz},
		{"vcf", line, vcf},
		{"yaml", line, yamlFile},
		{"json", line, jsonFile},
		{"xml", line, xmlFile},
		{"ics", line, ics},
		{"subject", subjectFits, subject},
		{"file-name", nameFits, fileName},
	}
}

func always(Item) bool     { return true }
func line(it Item) bool    { return it.Kind == values.Line }
func text(it Item) bool    { return it.Kind == values.Line || it.Kind == values.Block }
func numeric(it Item) bool { return line(it) && !it.Textual && number(it) != "" }

// dated items are a day, which spreadsheets hold as a number of days.
func dated(it Item) bool { return line(it) && it.Textual && serial(it.Value) > 0 }

// cuttable items are long enough for a cut to matter.
func cuttable(it Item) bool { return line(it) && len(it.Value) >= 8 }

// subjectFits: nobody writes a subject that is longer than some lines.
func subjectFits(it Item) bool { return line(it) && len(it.Value) <= 70 }

// nameFits: file names of Windows.
func nameFits(it Item) bool {
	return line(it) && len(it.Value) <= 60 && !strings.ContainsAny(it.Label+it.Value, `/\:*?"<>|`)
}

// serial is a day as spreadsheets count: 1 is the first of January 1900, which
// was followed by a 29 February that never was. 0 is no day.
func serial(s string) int {
	for _, layout := range []string{"02.01.2006", "2006-01-02", "02/01/2006", "02-01-2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return int(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		}
	}
	return 0
}

// number is the value as a number cell of a spreadsheet holds it: at most 15
// digits and no leading zero; "" where it isn't one.
func number(it Item) string {
	n := values.Squeeze(it.Value)
	if len(n) < 5 || len(n) > 15 || n[0] == '0' || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	return n
}
