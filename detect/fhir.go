package detect

import "bytes"

func fhir() detector {
	return detector{
		ID:       "fhir",
		Category: Health,
		Doc:      "FHIR resource on a patient, in JSON or XML",
		Source:   "HL7 FHIR R4 (4.0.1), Resource Index; JSON and XML representation of resources",
		Anchors:  []string{"resourceType", "hl7 org fhir"},
		Check:    checkFHIR,
		Mask:     dots,
	}
}

// checkFHIR: resources that describe software, value sets and other systems
// are nobody's.
func checkFHIR(c *candidate) grade {
	if bytes.HasPrefix(c.Text, []byte("resourceType")) {
		value, marked := labelled(bytes.TrimLeft(c.Text[c.Label:], `"'`), ":=")
		value = bytes.TrimLeft(value, `"'`)
		if marked && patientResource(value[:tokenEnd(value, 0)]) {
			c.end = min(len(c.Text), 400)
			return proven
		}
		return reject
	}
	// <Patient xmlns="http://hl7.org/fhir">
	tag := c.Before[bytes.LastIndexByte(c.Before, '<')+1:]
	if bytes.Contains(tag, []byte("xmlns")) && patientResource(tag[:tokenEnd(tag, 0)]) {
		c.end = min(len(c.Text), 400)
		return proven
	}
	return reject
}

func patientResource(name []byte) bool {
	switch string(name) {
	case "Patient", "Person", "RelatedPerson", "Condition", "Observation", "Encounter", "Procedure", "AllergyIntolerance", "AdverseEvent",
		"MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Immunization", "DiagnosticReport",
		"DocumentReference", "Composition", "Bundle", "CarePlan", "CareTeam", "Claim", "ClaimResponse", "ClinicalImpression", "Communication",
		"Consent", "Coverage", "DetectedIssue", "DeviceRequest", "DeviceUseStatement", "EpisodeOfCare", "ExplanationOfBenefit",
		"FamilyMemberHistory", "Flag", "Goal", "ImagingStudy", "Media", "NutritionOrder", "QuestionnaireResponse", "RiskAssessment",
		"ServiceRequest", "Specimen", "Appointment", "BodyStructure", "VisionPrescription":
		return true
	}
	return false
}
