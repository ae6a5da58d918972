package extract

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// readDICOM reads what a DICOM file says of the patient and the study (PS3.10,
// PS3.5 section 7): text elements up to the pixels, as "PatientName\tvalue".
func readDICOM(w *work) error {
	w.lost(ProblemImage)
	d := &dicom{r: newForward(io.NewSectionReader(w.file.Data, 132, max(0, w.file.Size-132))), explicit: true, w: w}
	err := d.read()
	if textErr := w.text("metadata", d.out); textErr != nil {
		return textErr
	}
	return err
}

type dicom struct {
	w        *work
	r        *forward
	out      []byte
	explicit bool // the value's type is written before its length
	big      bool // big-endian
	syntax   string
	charset  charset
}

// dicomNames are the elements that say whose the picture is (PS3.6).
var dicomNames = map[uint32]string{
	0x00100010: "PatientName", 0x00100020: "PatientID", 0x00100021: "IssuerOfPatientID", 0x00100030: "PatientBirthDate",
	0x00100032: "PatientBirthTime", 0x00100040: "PatientSex", 0x00101000: "OtherPatientIDs", 0x00101001: "OtherPatientNames",
	0x00101005: "PatientBirthName", 0x00101010: "PatientAge", 0x00101040: "PatientAddress", 0x00101060: "PatientMotherBirthName",
	0x00102154: "PatientTelephoneNumbers", 0x00104000: "PatientComments", 0x001021B0: "AdditionalPatientHistory",
	0x00102000: "MedicalAlerts", 0x00102110: "Allergies",
	0x00080050: "AccessionNumber", 0x00080080: "InstitutionName", 0x00080090: "ReferringPhysicianName",
	0x00081030: "StudyDescription", 0x0008103E: "SeriesDescription", 0x00080060: "Modality",
	0x00081080: "AdmittingDiagnosesDescription", 0x00321060: "RequestedProcedureDescription", 0x00400254: "PerformedProcedureStepDescription",
}

const dicomPixels = 0x7FE00010

// read goes through the elements, also those of sequences.
func (d *dicom) read() error {
	for {
		if d.syntax != "" && len(d.r.peek(2)) >= 2 && binary.LittleEndian.Uint16(d.r.peek(2)) != 2 {
			d.setSyntax()
		}
		head := d.r.peek(12)
		if len(head) < 8 {
			if len(head) > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		order := binary.ByteOrder(binary.LittleEndian)
		if d.big {
			order = binary.BigEndian
		}
		tag := uint32(order.Uint16(head))<<16 | uint32(order.Uint16(head[2:]))
		if tag == dicomPixels {
			return nil
		}
		size, used, sequence := d.length(head, tag, order)
		d.r.next(used)
		if size == 0xFFFFFFFF || sequence {
			continue // its items follow and are elements themselves
		}
		if err := d.value(tag, size); err != nil {
			return err
		}
	}
}

// setSyntax takes over how the data set behind the header is written.
func (d *dicom) setSyntax() {
	switch d.syntax {
	case "1.2.840.10008.1.2":
		d.explicit = false
	case "1.2.840.10008.1.2.2":
		d.big = true
	case "1.2.840.10008.1.2.1.99": // deflated
		d.w.lost(ProblemFeature)
	}
	d.syntax = ""
}

// length reads an element's length. Items have no type; long types have their
// length in other bytes.
func (d *dicom) length(head []byte, tag uint32, order binary.ByteOrder) (size uint32, used int, sequence bool) {
	if tag>>16 == 0xFFFE {
		return order.Uint32(head[4:]), 8, true
	}
	if !d.explicit {
		return order.Uint32(head[4:]), 8, false
	}
	switch vr := string(head[4:6]); vr {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		if len(head) < 12 {
			return 0, len(head), false
		}
		return order.Uint32(head[8:]), 12, vr == "SQ"
	}
	return uint32(order.Uint16(head[6:])), 8, false
}

// value reads or passes over an element's value.
func (d *dicom) value(tag, size uint32) error {
	const longest = 64 << 10
	name, isText := dicomNames[tag]
	const transferSyntax, characterSet = 0x00020010, 0x00080005
	if isText || tag == transferSyntax || tag == characterSet {
		b := bytes.Trim(d.r.next(int(min(size, longest))), " \x00")
		switch tag {
		case transferSyntax:
			d.syntax = string(b)
		case characterSet:
			d.charset = charsetNamed(dicomCharset(string(b)), charset{})
		default:
			// The parts of a name are set apart by "^", several values by "\".
			text := strings.NewReplacer("^", " ", `\`, " ", "\r", " ", "\n", " ").Replace(string(d.charset.sample(b)))
			d.out = append(append(append(append(d.out, name...), '\t'), text...), '\n')
		}
		if len(d.out) > chunk {
			if err := d.w.text("metadata", d.out); err != nil {
				return err
			}
			d.out = d.out[:0]
		}
		if size <= longest {
			return nil
		}
		size -= longest
	}
	for size > 0 {
		n := len(d.r.next(int(min(size, chunk))))
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		size -= uint32(n)
	}
	return nil
}

// dicomCharset is the name of a character set that DICOM has names of its own
// for (PS3.3 section C.12.1.1.2).
func dicomCharset(defined string) string {
	switch name, _, _ := strings.Cut(strings.TrimSpace(defined), `\`); name {
	case "ISO_IR 100":
		return "iso-8859-1"
	case "ISO_IR 101":
		return "iso-8859-2"
	case "ISO_IR 109":
		return "iso-8859-3"
	case "ISO_IR 110":
		return "iso-8859-4"
	case "ISO_IR 144":
		return "iso-8859-5"
	case "ISO_IR 148":
		return "iso-8859-9"
	case "GB18030", "GBK":
		return name
	}
	return ""
}
