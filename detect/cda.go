package detect

import "bytes"

func cda() detector {
	return detector{
		ID:       "cda",
		Category: Health,
		Doc:      "clinical document (CDA, C-CDA)",
		Source:   "HL7 Clinical Document Architecture, release 2.0, section 4.1 (ClinicalDocument, urn:hl7-org:v3)",
		Anchors:  []string{"ClinicalDocument"},
		Check:    checkCDA,
		Mask:     dots,
	}
}

// checkCDA wants the element itself, with the namespace among its attributes
// or with an element of the header behind it.
func checkCDA(c *candidate) grade {
	text := c.Text[:min(len(c.Text), 800)]
	if !bytes.HasPrefix(text, []byte("ClinicalDocument")) || bytes.HasSuffix(c.Before, []byte("/")) {
		return reject
	}
	element := bytes.HasSuffix(c.Before, []byte("<")) || bytes.HasSuffix(c.Before, []byte(":"))
	for _, mark := range []string{"urn:hl7-org:v3", "POCD_HD000040", "recordTarget"} {
		if element && bytes.Contains(text, []byte(mark)) {
			c.end = min(len(c.Text), 400)
			return proven
		}
	}
	return reject
}
