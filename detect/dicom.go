package detect

import "bytes"

func dicom() detector {
	return detector{
		ID:       "dicom",
		Category: Health,
		Doc:      "attributes of a medical image that name a patient, as names with values",
		Source:   "DICOM PS3.6 (data elements 0010,0010 Patient's Name to 0010,0040 Patient's Sex) and PS3.18 annex F",
		Anchors:  []string{"PatientName", "PatientID", "PatientBirthDate", "Patient's Name", "Patient's Birth Date"},
		Check:    checkDICOM,
		Mask:     dots,
	}
}

// checkDICOM takes a name with a tab and a value, as readers of image files
// give it, or one beside its tag, as dumps do. In source code it has neither.
func checkDICOM(c *candidate) grade {
	if c.Text[0] != 'P' {
		return reject
	}
	value := c.Text[c.Label:]
	tagged := bytes.Contains(lastLine(c.Before), []byte("(0010,00")) || bytes.Contains(lastLine(c.Before), []byte("00100"))
	switch {
	case tagged:
		c.Value = bytes.Clone(lastLine(c.Before))
	case len(value) > 1 && value[0] == '\t' && len(blanks(line(value[1:], 80))) > 0:
		c.Value = line(value[1:], 80)
	default:
		return reject
	}
	return proven
}
