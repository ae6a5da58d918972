package detect

// contact is the detectors of who somebody is and where to be reached, and of
// the marks that people put on what they write.
func contact() []detector {
	return []detector{
		dateOfBirth(), emailAddress(), ipAddress(), label(), personName(), phoneNumber(), postalAddress(),
	}
}
