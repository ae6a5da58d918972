package extract

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/transform"
)

// Properties of messages ([MS-OXPROPS]) that are more than a line of text.
const (
	mapiSubject     = 0x0037
	mapiHeaders     = 0x007D
	mapiBody        = 0x1000
	mapiRTF         = 0x1009
	mapiHTML        = 0x1013
	mapiAttachData  = 0x3701
	mapiAttachExt   = 0x3703
	mapiAttachName  = 0x3704
	mapiAttachLong  = 0x3707
	mapiAttachType  = 0x370E
	mapiDisplayName = 0x3001
	mapiCodePage    = 0x3FFD
	mapiNetCodePage = 0x3FDE
)

// Types of properties ([MS-OXCDATA] 2.11.1).
const (
	mapiObject  = 0x000D
	mapiString8 = 0x001E
	mapiUnicode = 0x001F
	mapiBinary  = 0x0102
)

// mapiPlace is where the text of a property stands.
func mapiPlace(id int) string {
	switch id {
	case mapiBody:
		return ""
	case mapiSubject, mapiHeaders, 0x0042, 0x0044, 0x0064, 0x0065, 0x0070, 0x0076, 0x0078, 0x0C1A, 0x0C1F, 0x0E02, 0x0E03, 0x0E04,
		0x0E1D, 0x1035, 0x1039, 0x1042, 0x5D01, 0x5D02, 0x5D0A, 0x5D0B:
		return "header"
	}
	return "properties"
}

// msgProperty is a stream that holds a property.
type msgProperty struct {
	id, kind int
	entry    *oleEntry
}

// msgProperties lists the streams of a storage that hold properties.
func msgProperties(d oleDir) []msgProperty {
	var list []msgProperty
	for _, e := range d.list() {
		tag, ok := strings.CutPrefix(e.name, "__substg1.0_")
		if !ok || e.kind != 2 || len(tag) < 8 {
			continue
		}
		if n, err := strconv.ParseUint(tag[:8], 16, 32); err == nil {
			list = append(list, msgProperty{int(n >> 16), int(n & 0xFFFF), e})
		}
	}
	return list
}

// message reads a message of Outlook ([MS-OXMSG]) that lies in d.
func (r *oleReader) message(d oleDir, depth int) error {
	if depth > oleMaxDepth {
		r.w.lost(ProblemBudget)
		return nil
	}
	page, err := r.messagePage(d)
	if err != nil {
		return err
	}
	properties := msgProperties(d)
	for _, place := range []string{"header", "", "properties"} {
		for _, p := range properties {
			if mapiPlace(p.id) == place {
				if err := r.w.passed(r.property(p, page)); err != nil {
					return err
				}
			}
		}
	}
	return d.dirs(func(name string, in oleDir) error {
		switch {
		case strings.HasPrefix(name, "__recip"):
			return r.recipient(in, page)
		case strings.HasPrefix(name, "__attach"):
			return r.attachment(in, page, depth)
		case strings.HasPrefix(name, "__nameid"):
			return nil
		}
		return r.dir(in, depth+1)
	})
}

// messagePage is the code page of a message's narrow texts.
func (r *oleReader) messagePage(d oleDir) (int, error) {
	b, err := r.slurp(d, "__properties_version1.0")
	if err != nil {
		return 0, err
	}
	page := 1252
	for at := len(b) % 16; at+16 <= len(b); at += 16 {
		id := u16(b, at+2)
		if n := u32(b, at+8); n != 0 && (id == mapiCodePage || id == mapiNetCodePage && page == 1252) {
			page = n
		}
	}
	return page, nil
}

// property hands on a property of a message.
func (r *oleReader) property(p msgProperty, page int) error {
	r.read[p.entry] = true
	switch {
	case p.id == mapiRTF && p.kind == mapiBinary:
		return r.w.compressedRTF(r.f.open(p.entry).reader())
	case p.id == mapiHTML && p.kind == mapiBinary:
		return r.w.child(Child{Name: "body.html", Type: "text/html", Size: p.entry.size}, r.f.open(p.entry).reader())
	case p.kind&^0x1000 != mapiString8 && p.kind&^0x1000 != mapiUnicode:
		return nil // numbers, dates and ids
	}
	if p.kind&^0x1000 == mapiUnicode {
		page = 1200
	}
	return r.w.mapiText(p.id, r.f.open(p.entry).reader(), page, r.labels)
}

// mapiText hands on the text of a property, in a code page, where it belongs.
func (w *work) mapiText(id int, r *io.SectionReader, page int, labels labelSet) error {
	if id == mapiHTML && page == 1200 {
		return w.child(Child{Name: "body.html", Type: "text/html", Size: -1}, transform.NewReader(r, codePage(page).NewDecoder()))
	} else if id == mapiHTML {
		// Bytes say themselves which characters they are.
		return w.child(Child{Name: "body.html", Type: "text/html", Size: r.Size()}, r)
	}
	if r.Size() > flowMaxBlock {
		return w.stream(mapiPlace(id), transform.NewReader(w.counted(r), codePage(page).NewDecoder()))
	}
	b, err := w.slurp(r, flowMaxBlock)
	if err != nil {
		return err
	}
	text := decodePage(b, page)
	if id == mapiHeaders {
		labels.headers(text)
	}
	return w.line(mapiPlace(id), text)
}

// stream hands on a long text in UTF-8, piece by piece.
func (w *work) stream(place string, r io.Reader) error {
	buf := make([]byte, flowBatch)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		n += kept
		whole := n
		if err == nil {
			whole -= brokenRune(buf[:n])
		}
		if whole > 0 {
			if terr := w.text(place, bytes.ToValidUTF8(buf[:whole], []byte("\uFFFD"))); terr != nil {
				return terr
			}
		}
		kept = copy(buf, buf[whole:n])
		if err == io.EOF {
			return w.text(place, []byte("\n"))
		}
		if err != nil {
			return err
		}
	}
}

func (r *oleReader) propertyText(p msgProperty, page int) (string, error) {
	r.read[p.entry] = true
	b, err := r.w.slurp(r.f.open(p.entry).reader(), maxOLEStream)
	if p.kind&^0x1000 == mapiUnicode {
		return utf16Text(b), err
	}
	return decodePage(b, page), err
}

// recipient hands on the texts of one recipient.
func (r *oleReader) recipient(d oleDir, page int) error {
	r.read[d.find("__properties_version1.0")] = true
	var texts []string
	for _, p := range msgProperties(d) {
		r.read[p.entry] = true
		if p.kind != mapiString8 && p.kind != mapiUnicode {
			continue
		}
		text, err := r.propertyText(p, page)
		if err := r.w.passed(err); err != nil {
			return err
		}
		if text = cleanText(text); text != "SMTP" {
			texts = append(texts, text)
		}
	}
	return r.w.line("header", strings.Join(texts, " "))
}

// attachment hands on one attached file, or reads an attached message.
func (r *oleReader) attachment(d oleDir, page, depth int) error {
	r.read[d.find("__properties_version1.0")] = true
	names := map[int]string{}
	var data *oleEntry
	for _, p := range msgProperties(d) {
		r.read[p.entry] = true
		switch {
		case p.id == mapiAttachData && p.kind == mapiBinary:
			data = p.entry
		case p.kind == mapiString8 || p.kind == mapiUnicode:
			text, err := r.propertyText(p, page)
			if err := r.w.passed(err); err != nil {
				return err
			}
			names[p.id] = cleanText(text)
		}
	}
	name := names[mapiAttachLong]
	for _, id := range []int{mapiAttachName, mapiDisplayName, mapiAttachExt} {
		if name == "" {
			name = names[id]
		}
	}
	if in, ok := d.dir(fmt.Sprintf("__substg1.0_%04X%04X", mapiAttachData, mapiObject)); ok {
		if err := r.w.line("names", name); err != nil {
			return err
		}
		return r.dir(in, depth+1)
	}
	if data == nil {
		// The attachment is a link, or it is missing.
		return r.w.line("links", name)
	}
	return r.w.passed(r.w.child(Child{Name: name, Type: strings.ToLower(names[mapiAttachType]), Size: data.size}, r.f.open(data).reader()))
}

// compressedRTF hands on a message's RTF body as a contained file.
func (w *work) compressedRTF(r io.Reader) error {
	text, err := expandRTF(r)
	if err != nil {
		return err
	}
	return w.child(Child{Name: "body.rtf", Type: "application/rtf", Size: -1}, text)
}
