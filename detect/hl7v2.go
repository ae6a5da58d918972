package detect

import "bytes"

func hl7v2() detector {
	return detector{
		ID:       "hl7v2",
		Category: Health,
		Doc:      "message of HL7 version 2 (MSH header), or a segment that identifies a patient (PID)",
		Source:   "HL7 version 2.5.1, chapter 2 sections 2.5 and 2.15.9 (MSH), chapter 3 section 3.4.2 (PID)",
		Anchors:  []string{"MSH", "PID"},
		Check:    checkHL7,
		Mask:     dots,
	}
}

// checkHL7: the header declares its own separators, a field separator and four
// encoding characters that all differ, "|^~\&" in nearly every message. A
// patient's segment alone is a set number and fields with components.
func checkHL7(c *candidate) grade {
	text := c.Text[3:]
	if len(text) < 8 || len(c.Before) > 0 && bytes.IndexByte([]byte("\r\n\t \v>\""), c.Before[len(c.Before)-1]) < 0 {
		return reject
	}
	segment := line(text, 200)
	c.end = min(len(c.Text), 400)
	switch {
	case string(c.Text[:3]) == "MSH" && (bytes.HasPrefix(text, []byte(`|^~\&`)) || ownSeparators(text)):
		return proven
	case string(c.Text[:3]) == "PID" && text[0] == '|' && bytes.Count(segment, []byte("|")) >= 4 && bytes.IndexByte(segment, '^') > 0:
		return formed
	}
	return reject
}

// ownSeparators reports whether text begins with five different marks of which
// the first comes back after the others.
func ownSeparators(text []byte) bool {
	for i, b := range text[:5] {
		if classes[b] != 0 || b <= ' ' || bytes.IndexByte(text[:i], b) >= 0 {
			return false
		}
	}
	return text[5] == text[0]
}
