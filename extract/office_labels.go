package extract

import (
	"maps"
	"slices"
	"strings"
)

// labelSet gathers the Microsoft sensitivity labels of one file, by id. A
// label may be told twice: in docMetadata/LabelInfo.xml ([MS-OFFCRYPTO]
// 2.6), which has no name, and in properties called MSIP_Label_<id>_<field>.
type labelSet map[string]*label

type label struct {
	name string
	off  bool // removed, or not enabled
}

// maxLabels is how many labels of one file are kept.
const maxLabels = 100

func (l labelSet) of(id string) *label {
	id = strings.ToLower(strings.Trim(strings.TrimSpace(id), "{}"))
	if l[id] == nil {
		if id == "" || len(id) > 100 || len(l) >= maxLabels {
			return &label{}
		}
		l[id] = &label{}
	}
	return l[id]
}

// info takes an entry of LabelInfo.xml.
func (l labelSet) info(id, enabled, removed string) {
	of := l.of(id)
	of.off = enabled == "0" || enabled == "false" || removed == "1" || removed == "true"
}

// property takes a document property, if it is one of a label.
func (l labelSet) property(name, value string) {
	rest, ok := strings.CutPrefix(name, "MSIP_Label_")
	if !ok {
		return
	}
	id, field, _ := strings.Cut(rest, "_")
	of := l.of(id)
	switch strings.ToLower(field) {
	case "name":
		of.name = cleanText(value)
	case "enabled":
		of.off = strings.EqualFold(cleanText(value), "false")
	}
}

// headers takes the labels out of a mail's header field "msip_labels", as it
// stands in saved messages.
func (l labelSet) headers(text string) {
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		i := strings.Index(name, "MSIP_Label_")
		if ok && i >= 0 {
			l.property(strings.TrimSpace(name[i:]), value)
		}
	}
}

// hand gives the labels that are in force to the sink, in order of their ids.
func (l labelSet) hand(w *work) {
	for _, id := range slices.Sorted(maps.Keys(l)) {
		if !l[id].off {
			w.sink.Label(id, l[id].name)
		}
	}
}
