package values

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Patient is somebody whom a file of health data is about.
type Patient struct {
	Family, Given string
	Sex           string // F or M
	Born          time.Time
	ID            string // the hospital's number
}

// SomePatient makes one up.
func SomePatient(r *rand.Rand) Patient {
	return Patient{
		Family: pick(r, "Kowalska", "Meyer", "de Vries", "Dubois", "Smith", "Nowak", "Schneider", "Jansen", "Lefèvre", "Taylor"),
		Given:  pick(r, "Anna", "Willeke", "Claire", "Emma", "Hanna"), Sex: "F", Born: day(r, 1935, 2005), ID: digits(r, 7),
	}
}

// HL7 is a laboratory's answer (ORU^R01) about a patient, with CR between
// segments. Source: HL7 v2.5.1 chapters 2, 3 and 7.
func HL7(r *rand.Rand, p Patient) string {
	at := day(r, 2024, 2025).Format("20060102") + "0930"
	return strings.Join([]string{
		"MSH|^~\\&|LAB|CLINIC|EHR|PRACTICE|" + at + "||ORU^R01^ORU_R01|" + digits(r, 8) + "|P|2.5.1|||||DEU|UNICODE UTF-8",
		"PID|1||" + p.ID + "^^^CLINIC^MR||" + p.Family + "^" + p.Given + "||" + p.Born.Format("20060102") + "|" + p.Sex,
		"OBR|1||" + digits(r, 6) + "|4548-4^Hemoglobin A1c^LN|||" + at,
		"OBX|1|NM|4548-4^Hemoglobin A1c^LN||" + between(r, 5, 11, 1) + "." + digits(r, 1) + "|%|4.0-6.0|H|||F",
		"OBX|2|NM|2160-0^Creatinine^LN||1." + digits(r, 1) + "|mg/dL|0.5-1.1|N|||F",
	}, "\r")
}

// HL7Admission is an admission (ADT^A01) as a text file with line ends. Source:
// HL7 v2.5.1 chapters 2, 3 and 6.
func HL7Admission(r *rand.Rand, p Patient) string {
	at := day(r, 2024, 2025).Format("20060102") + "1115"
	return strings.Join([]string{
		"MSH|^~\\&|ADT|CLINIC|LAB|CLINIC|" + at + "||ADT^A01|" + digits(r, 8) + "|P|2.3",
		"EVN|A01|" + at,
		"PID|1||" + p.ID + "^^^CLINIC^MR||" + p.Family + "^" + p.Given + "||" + p.Born.Format("20060102") + "|" + p.Sex + "|||Long Road 4^^Leeds",
		"PV1|1|I|WARD4^12^A||||" + digits(r, 4) + "^SHAW^TOM",
		"DG1|1|I10|" + pick(r, "I21.4", "J18.9", "K35.8", "S72.0") + "|||A",
	}, "\r\n") + "\r\n"
}

// FHIRPatient is a patient in XML.
func FHIRPatient(r *rand.Rand, p Patient) string {
	return fmt.Sprintf(`<Patient xmlns="http://hl7.org/fhir"><id value="p%s"/><name><family value="%s"/><given value="%s"/></name><gender value="female"/><birthDate value="%s"/></Patient>
`, p.ID+digits(r, 1), p.Family, p.Given, p.Born.Format("2006-01-02"))
}

// FHIRLines is what a bulk export writes: a resource a line.
func FHIRLines(r *rand.Rand, p Patient) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":"p%[1]s","name":[{"family":"%[2]s","given":["%[3]s"]}],"birthDate":"%[4]s"}
{"resourceType":"MedicationRequest","status":"active","subject":{"reference":"Patient/p%[1]s"},"medicationCodeableConcept":{"text":"%[5]s"}}
`, p.ID, p.Family, p.Given, p.Born.Format("2006-01-02"), pick(r, "Metformin 500 mg", "Sertraline 50 mg", "Ramipril 5 mg"))
}

// FHIRJSON is a bundle of a patient and a condition. Source: HL7 FHIR R4,
// "Bundle", "Patient", "Condition".
func FHIRJSON(r *rand.Rand, p Patient) string {
	return fmt.Sprintf(`{
  "resourceType": "Bundle", "type": "collection",
  "entry": [
    {"resource": {"resourceType": "Patient", "id": "p%[1]s", "identifier": [{"system": "urn:oid:1.2.36.146", "value": "%[1]s"}],
      "name": [{"family": "%[2]s", "given": ["%[3]s"]}], "gender": "female", "birthDate": "%[4]s"}},
    {"resource": {"resourceType": "Condition", "subject": {"reference": "Patient/p%[1]s"},
      "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "%[5]s"}]}}}
  ]
}`, p.ID, p.Family, p.Given, p.Born.Format("2006-01-02"), pick(r, "E11.9", "I10.0", "F32.1", "C50.9"))
}

// FHIRXML is an observation about a patient.
func FHIRXML(r *rand.Rand, p Patient) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<Observation xmlns="http://hl7.org/fhir">
  <status value="final"/>
  <code><coding><system value="http://loinc.org"/><code value="4548-4"/><display value="Hemoglobin A1c"/></coding></code>
  <subject><reference value="Patient/%s"/><display value="%s %s"/></subject>
  <valueQuantity><value value="%d.%d"/><unit value="%%"/></valueQuantity>
</Observation>
`, p.ID, p.Given, p.Family, 5+r.IntN(6), r.IntN(10))
}

// CDA is a discharge summary. Source: HL7 CDA R2, C-CDA R2.1.
func CDA(r *rand.Rand, p Patient) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <code code="18842-5" codeSystem="2.16.840.1.113883.6.1" displayName="Discharge summary"/>
  <title>Discharge summary</title>
  <recordTarget><patientRole><id extension="%s" root="2.16.840.1.113883.19.5"/><patient>
    <name><given>%s</given><family>%s</family></name><administrativeGenderCode code="%s"/><birthTime value="%s"/>
  </patient></patientRole></recordTarget>
  <component><structuredBody><component><section>
    <code code="11535-2" codeSystem="2.16.840.1.113883.6.1"/><title>Hospital discharge diagnosis</title>
    <entry><observation classCode="OBS" moodCode="EVN"><value xsi:type="CD" code="%s" codeSystem="2.16.840.1.113883.6.3"/></observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
`, p.ID, p.Given, p.Family, p.Sex, p.Born.Format("20060102"), pick(r, "I21.4", "J18.9", "K35.8", "S72.0"))
}

// DICOM is a small image with its header, explicit VR little endian. Source:
// DICOM PS3.10 § 7, PS3.5 § 7.1.
func DICOM(r *rand.Rand, p Patient) string {
	return dicomFile("DICM", r, p)
}

func dicomFile(magic string, r *rand.Rand, p Patient) string {
	element := func(group, number uint16, vr, value string) string {
		if len(value)%2 == 1 {
			value += map[bool]string{true: "\x00", false: " "}[vr == "UI"]
		}
		b := binary.LittleEndian.AppendUint16(nil, group)
		b = binary.LittleEndian.AppendUint16(b, number)
		b = binary.LittleEndian.AppendUint16(append(b, vr...), uint16(len(value)))
		return string(b) + value
	}
	uid := "1.2.826.0.1.3680043.2." + digits(r, 6)
	meta := element(2, 0x02, "UI", "1.2.840.10008.5.1.4.1.1.7") + element(2, 0x03, "UI", uid) + element(2, 0x10, "UI", "1.2.840.10008.1.2.1")
	length := element(2, 0x00, "UL", string(binary.LittleEndian.AppendUint32(nil, uint32(len(meta)))))
	return strings.Repeat("\x00", 128) + magic + length + meta +
		element(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.7") + element(8, 0x18, "UI", uid) + element(8, 0x20, "DA", day(r, 2024, 2025).Format("20060102")) +
		element(8, 0x60, "CS", pick(r, "CR", "CT", "MR")) +
		element(16, 0x10, "PN", strings.NewReplacer("è", "e").Replace(p.Family)+"^"+p.Given) + element(16, 0x20, "LO", p.ID) + element(16, 0x30, "DA", p.Born.Format("20060102")) + element(16, 0x40, "CS", p.Sex)
}

// hl7v2: a message that begins with MSH and its delimiters; see HL7.
func hl7v2() Identifier {
	valid := func(r *rand.Rand) string { return HL7(r, SomePatient(r)) }
	return Identifier{ID: "hl7v2", Checked: true, Kind: File, Name: "message.hl7", squeeze: asWritten, noFaults: true, make: valid,
		ok: func(s string) bool {
			return strings.HasPrefix(s, "MSH|^~\\&|") && strings.Contains(s, "\rPID|") && strings.Contains(s, "|2.5.1|")
		},
		faults: []fault{
			{"a table with bars", func(r *rand.Rand) string {
				return "Name|Town|Amount\rMeyer|Bonn|" + digits(r, 3) + "\rJansen|Breda|" + digits(r, 3)
			}},
			{"no MSH", func(r *rand.Rand) string { return "MSG|1|2|" + digits(r, 5) + "\rPIX|" + digits(r, 4) + "|x" }},
			{"MSH is a word", func(r *rand.Rand) string {
				return "MSH " + digits(r, 4) + ", the machine shop, | order " + digits(r, 5)
			}},
		}}
}

// fhir: JSON or XML of a clinical FHIR resource; see FHIRJSON. Other
// JSON with "resourceType" (as of Azure's templates) is none.
func fhir() Identifier {
	return Identifier{ID: "fhir", Checked: true, Kind: File, Name: "resource.json", squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string { return pick(r, FHIRJSON, FHIRXML)(r, SomePatient(r)) },
		ok: func(s string) bool {
			return strings.Contains(s, `"resourceType": "Bundle"`) || strings.Contains(s, `xmlns="http://hl7.org/fhir"`)
		},
		faults: []fault{
			{"a resource of something else", func(r *rand.Rand) string {
				return `{"resourceType": "Microsoft.Compute/virtualMachines", "name": "vm` + digits(r, 4) + `", "location": "westeurope"}`
			}},
			{"XML of another namespace", func(r *rand.Rand) string {
				return `<?xml version="1.0"?><Observation xmlns="http://birds.example/2020"><species count="` + digits(r, 3) + `"/></Observation>`
			}},
			{"other JSON", func(r *rand.Rand) string {
				return `{"type": "Patient", "level": ` + digits(r, 3) + `, "game": "Theme Hospital"}`
			}},
		}}
}

// cda: XML whose root is ClinicalDocument of urn:hl7-org:v3; see CDA.
func cda() Identifier {
	return Identifier{ID: "cda", Checked: true, Kind: File, Name: "document.xml", squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string { return CDA(r, SomePatient(r)) },
		ok:   func(s string) bool { return strings.Contains(s, `<ClinicalDocument xmlns="urn:hl7-org:v3"`) },
		faults: []fault{
			{"another root", func(r *rand.Rand) string {
				return `<?xml version="1.0"?><Document xmlns="urn:example:v3"><id>` + digits(r, 6) + `</id></Document>`
			}},
			{"another namespace", func(r *rand.Rand) string {
				return `<?xml version="1.0"?><ClinicalDocument xmlns="http://blog.example/"><post n="` + digits(r, 5) + `"/></ClinicalDocument>`
			}},
		}}
}

// dicom: 128 bytes, "DICM", and elements; see DICOM.
func dicom() Identifier {
	return Identifier{ID: "dicom", Checked: true, Kind: Binary, Name: "image.dcm", squeeze: asWritten, noFaults: true,
		make: func(r *rand.Rand) string { return DICOM(r, SomePatient(r)) },
		ok:   func(s string) bool { return len(s) > 140 && s[128:132] == "DICM" && s[132:134] == "\x02\x00" },
		faults: []fault{
			{"another magic word", func(r *rand.Rand) string { return dicomFile("DICN", r, SomePatient(r)) }},
			{"the magic word in another place", func(r *rand.Rand) string { return "DICM" + dicomFile("\x00\x00\x00\x00", r, SomePatient(r)) }},
		}}
}
