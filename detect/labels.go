package detect

import "strings"

// Label is one of Microsoft's sensitivity labels as a message carries it.
type Label struct {
	ID      string // the label's GUID, lower case
	Name    string // as the administrator wrote it; empty where it isn't said
	Enabled bool
	Method  string // "Standard" (by default or rule), "Privileged" (by hand) or ""
}

// Bounds of what ParseLabels reads.
const (
	maxLabels     = 32
	maxLabelName  = 256
	maxLabelsText = 64 << 10
)

// ParseLabels reads the header field msip_labels, or the custom properties of
// an Office file written the same way: "MSIP_Label_GUID_Name=Confidential;
// MSIP_Label_GUID_Enabled=true; …" ([MS-OFFCRYPTO] section 2.6 and Microsoft
// Purview's documentation of label metadata). Labels come in the order of
// their first property. Anything else is passed over; at most 32 labels are
// read, names are cut at 256 bytes, and text beyond 64 KiB isn't read.
func ParseLabels(header string) []Label {
	header = header[:min(len(header), maxLabelsText)]
	var all []Label
	for item := range strings.SplitSeq(header, ";") {
		key, value, ok := strings.Cut(strings.Join(strings.Fields(item), " "), "=")
		id, property := labelProperty(strings.TrimSpace(key))
		if !ok || id == "" {
			continue
		}
		i := 0
		for i < len(all) && all[i].ID != id {
			i++
		}
		if i == maxLabels {
			continue
		}
		if i == len(all) {
			all = append(all, Label{ID: id})
		}
		all[i].set(property, strings.Trim(value, ` "`))
	}
	return all
}

func (l *Label) set(property, value string) {
	value = strings.ToValidUTF8(value[:min(len(value), maxLabelName)], "")
	switch strings.ToLower(property) {
	case "name":
		l.Name = value
	case "enabled":
		l.Enabled = strings.EqualFold(value, "true") || value == "1"
	case "method":
		l.Method = value
	}
}

// labelProperty divides "MSIP_Label_GUID_Name" into GUID and property; id is
// empty where it has another form.
func labelProperty(key string) (id, property string) {
	const prefix, guid = "msip_label_", 36
	low := strings.ToLower(key)
	if !strings.HasPrefix(low, prefix) || len(low) < len(prefix)+guid+2 || low[len(prefix)+guid] != '_' {
		return "", ""
	}
	id = low[len(prefix) : len(prefix)+guid]
	for i := range guid {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (id[i] == '-') || !dash && !isHex(id[i]) {
			return "", ""
		}
	}
	return id, key[len(prefix)+guid+1:]
}
