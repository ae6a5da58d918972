package extract

import (
	"cmp"
	"strconv"
)

// maxProperties is how many properties of one set are read.
const maxProperties = 2_000

// summaryNames and documentNames are the well-known properties of the two sets that documents
// have ([MS-OLEPS] and [MS-OSHARED] 2.3.3.2).
var summaryNames = map[int]string{2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "last author", 9: "revision", 18: "application"}
var documentNames = map[int]string{2: "category", 3: "format", 14: "manager", 15: "company", 26: "content type", 27: "content status"}

// properties reads the property sets of a document.
func (r *oleReader) properties(d oleDir) error {
	for _, known := range []struct {
		stream string
		names  map[int]string
	}{{"\x05SummaryInformation", summaryNames}, {"\x05DocumentSummaryInformation", documentNames}} {
		name, names := known.stream, known.names
		set, err := r.slurp(d, name)
		if err != nil {
			return err
		}
		if len(set) < 48 {
			continue
		}
		for i := range min(u32(set, 24), 2) {
			at := u32(set, 28+20*i+16)
			if at > len(set) {
				continue
			}
			if i == 1 {
				names = nil // the user's own, with names of their own
			}
			if err := r.propertySet(set[at:], names); err != nil {
				return err
			}
		}
	}
	return nil
}

// propertySet reads one section of a property set.
func (r *oleReader) propertySet(b []byte, names map[int]string) error {
	count := min(u32(b, 4), maxProperties, len(b)/8)
	page := 1252
	for i := range count {
		if u32(b, 8+8*i) == 1 {
			page = u16(b, u32(b, 8+8*i+4)+4)
		}
	}
	own := map[int]string{}
	for i := range count {
		if u32(b, 8+8*i) == 0 {
			own = propertyDictionary(b, u32(b, 8+8*i+4), page)
		}
	}
	for i := range count {
		id, at := u32(b, 8+8*i), u32(b, 8+8*i+4)
		if id < 2 {
			continue
		}
		name := cmp.Or(own[id], names[id])
		for _, value := range propertyValues(b, at, page) {
			r.labels.property(name, value)
			if name == "" {
				name = "property"
			}
			if err := r.w.field("properties", name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// propertyDictionary reads the names of the user's own properties.
func propertyDictionary(b []byte, at, page int) map[int]string {
	names := map[int]string{}
	count := min(u32(b, at), maxProperties)
	at += 4
	for range count {
		id, n := u32(b, at), u32(b, at+4)
		if n > 512 {
			break
		}
		at += 8
		if page == 1200 {
			names[id] = utf16UpToNUL(part(b, at, 2*n))
			at += (2*n + 3) &^ 3
		} else {
			names[id] = cleanText(decodePage(part(b, at, n), page))
			at += n
		}
	}
	return names
}

// propertyValues reads a value, or the texts of a list of them.
func propertyValues(b []byte, at, page int) []string {
	kind := u32(b, at)
	at += 4
	count := 1
	if kind&0x1000 != 0 {
		count = min(u32(b, at), maxProperties)
		at += 4
	}
	var values []string
	for range count {
		if at >= len(b) {
			break
		}
		item := kind &^ 0x1000
		if item == 0x0C { // each one says its own type
			item = u32(b, at)
			at += 4
		}
		n := u32(b, at)
		switch item {
		case 0x1E: // VT_LPSTR
			values = append(values, decodePage(part(b, at+4, n), page))
			at += 4 + (n+3)&^3
		case 0x1F: // VT_LPWSTR
			values = append(values, utf16Text(part(b, at+4, 2*n)))
			at += 4 + (2*n+3)&^3
		case 0x03:
			if kind == 0x03 {
				return nil // counts and the like
			}
			values = append(values, strconv.Itoa(n))
			at += 4
		default:
			return values
		}
	}
	return values
}
