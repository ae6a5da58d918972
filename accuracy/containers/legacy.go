package containers

import (
	"encoding/binary"
	"math"
	"strings"
)

// biff is one record of Excel's.
func biff(kind int, data string) string { return le16(kind) + le16(len(data)) + data }

// xls is a workbook of BIFF8 with a heading row (MS-XLS): two streams of
// records, the strings in a shared table.
func xls(it Item) string {
	return workbook97(it, biff(0x00fd, le16(1)+le16(1)+le16(0)+le32(4)))
}

// xlsNumber has the value as a number only.
func xlsNumber(it Item) string {
	v := 0.0
	for _, c := range number(it) {
		v = v*10 + float64(c-'0')
	}
	it.Value = "-"
	return workbook97(it, biff(0x0203, le16(1)+le16(1)+le16(0)+string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))))
}

func workbook97(it Item, cell string) string {
	strs := []string{"Name", it.Label, "Ref", "Anna Kowalska", it.Value, "A-1"}
	table := le32(len(strs)) + le32(len(strs))
	for _, s := range strs {
		u := utf16le(s)
		table += le16(len(u)/2) + "\x01" + u
	}
	version := le16(0x0600)
	bof := func(kind int) string {
		return biff(0x0809, version+le16(kind)+le16(0x0dbb)+le16(0x07cc)+le32(0)+le32(6))
	}
	label := func(row, column, index int) string {
		return biff(0x00fd, le16(row)+le16(column)+le16(0)+le32(index))
	}
	sheet := bof(0x10) + label(0, 0, 0) + label(0, 1, 1) + label(0, 2, 2) + label(1, 0, 3) + cell + label(1, 2, 5) + biff(0x000a, "")
	globals := func(at int) string {
		return bof(0x05) + biff(0x0042, le16(1200)) + biff(0x0085, le32(at)+le16(0)+"\x04\x00Data") + biff(0x00fc, table) + biff(0x000a, "")
	}
	stream := globals(len(globals(0))) + sheet
	return mixed(it, file("application/vnd.ms-excel", "table.xls", compound(member{"Workbook", padded(stream, "\x00", cutoff)})))
}

// doc is a document of Word 97 (MS-DOC): the header, the text as one piece, and
// a table that says where it lies.
func doc(it Item) string {
	text := strings.ReplaceAll(it.Text, "\n", "\r")
	const at = 1024 // where the text begins
	header := make([]byte, at)
	put16 := func(offset, v int) { copy(header[offset:], le16(v)) }
	put32 := func(offset, v int) { copy(header[offset:], le32(v)) }
	u := utf16le(text)
	put16(0x00, 0xa5ec)
	put16(0x02, 0x00c1)
	put16(0x0a, 0x1200) // the table stream is "1Table"; extended characters
	put32(0x18, at)
	put32(0x1c, at+len(u))
	put16(0x20, 0x000e)
	put16(0x3e, 0x0016)
	put32(0x40, at+len(u))
	put32(0x4c, len(u)/2)
	put16(0x98, 0x005d)
	pieces := le32(0) + le32(len(u)/2) + le16(0) + le32(at) + le16(0)
	clx := "\x02" + le32(len(pieces)) + pieces
	put32(0x1a2, 0)
	put32(0x1a6, len(clx))
	return mixed(it, file("application/msword", "letter.doc", compound(member{"WordDocument", padded(string(header)+u, "\x00", cutoff)}, member{"1Table", padded(clx, "\x00", cutoff)})))
}

// record is one of PowerPoint's.
func record(version, kind int, data string) string {
	return le16(version) + le16(kind) + le32(len(data)) + data
}

// ppt is a presentation of PowerPoint 97 (MS-PPT) as far as its outline.
func ppt(it Item) string {
	slide := record(0, 0x03f3, le32(1)+le32(0)+le32(1)+le32(256)+le32(0)) + record(0, 0x0f9f, le32(1)) + record(0, 0x0fa0, utf16le(strings.ReplaceAll(it.Text, "\n", "\r")))
	document := record(0x0f, 0x03e8, record(0x0f, 0x0ff0, slide))
	user := record(0, 0x0ff6, le32(0x14)+le32(0xe391c05f)+le32(0)+le16(4)+le16(0x03f4)+"\x03\x00"+le16(0)+"Emma"+le32(8))
	return mixed(it, file("application/vnd.ms-powerpoint", "slides.ppt", compound(member{"PowerPoint Document", padded(document, "\x00", cutoff)}, member{"Current User", user})))
}

// msg is a message as Outlook saves it (MS-OXMSG): one stream for each text.
func msg(it Item) string {
	const unicode = 0x001f
	property := func(id, length int) string { return le16(unicode) + le16(id) + le32(6) + le32(length) + le32(0) }
	class, subject, body := utf16le("IPM.Note"), utf16le(it.Subject), utf16le(crlf(it.Text))
	properties := strings.Repeat("\x00", 8) + le32(0) + le32(0) + le32(0) + le32(0) + strings.Repeat("\x00", 8) + property(0x001a, len(class)+2) + property(0x0037, len(subject)+2) + property(0x1000, len(body)+2)
	return mixed(it, file("application/vnd.ms-outlook", "mail.msg", compound(member{"__properties_version1.0", properties},
		member{"__substg1.0_001A001F", class}, member{"__substg1.0_0037001F", subject}, member{"__substg1.0_1000001F", body})))
}

// winmail is Outlook's winmail.dat (MS-OXTNEF) with one attached file.
func winmail(it Item) string {
	attribute := func(level byte, id int, data string) string {
		sum := 0
		for i := range len(data) {
			sum += int(data[i])
		}
		return string([]byte{level}) + le32(id) + le32(len(data)) + data + le16(sum)
	}
	tnef := le32(0x223e9f78) + le16(1) +
		attribute(1, 0x00089006, le32(0x00010000)) + // version
		attribute(1, 0x00069007, le32(1252)+le32(0)) + // code page
		attribute(1, 0x00078008, "IPM.Microsoft Mail.Note\x00") + // class
		attribute(2, 0x00069002, le16(1)+le32(0xffffffff)+le16(0)+le16(0)+le32(0)) + // an attachment begins
		attribute(2, 0x00018010, it.name()+"\x00") + // its name
		attribute(2, 0x0006800f, it.payload())
	return mixed(it, file("application/ms-tnef", "winmail.dat", tnef))
}
