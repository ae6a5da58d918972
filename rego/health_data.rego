# METADATA
# title: Health data
# description: |
#   What is known about a person's health is strictly confidential. TLS isn't
#   enough for it, whoever receives it outside: the content must be encrypted.
#
#   A person's health is a sign of health together with a sign of who the
#   person is, in one document or message (data.sealpost.health_data). Signs of
#   health with nobody to whom they belong (a price list of medicines) have
#   demands of their own there.
# scope: package
package sealpost.topic.health_data

# METADATA
# title: A person's health is strictly confidential
# description: A sign of health and a sign of whose health it is.
# custom:
#   id: health-data-class
class contains {
	"class": "strictly-confidential",
	"rule": "health-data-class",
	"reason": "The message holds health data.",
} if {
	"health" in input.content.categories
	extent == "person"
}

# METADATA
# title: Signs of health are confidential
# description: Also where nothing was found that says whose health it is.
# custom:
#   id: health-signs-class
class contains {
	"class": "confidential",
	"rule": "health-signs-class",
	"reason": "The message speaks of illness or treatment.",
} if {
	"health" in input.content.categories
	extent == "signs"
}

# METADATA
# title: Health data leaves encrypted
# description: For every recipient outside the organisation, partners too, unless the lists say otherwise.
# custom:
#   id: health-data
require contains {
	"level": data.sealpost.health_data[extent][input.recipient.kind],
	"rule": "health-data",
	"reason": "Health data leaves with encrypted content only.",
} if {
	"health" in input.content.categories
}

# How much is known: "person", or "signs" alone.
default extent := "signs"

extent := "person" if somebody

# A detector is sure of a sign only near words on one person's health
# ("patient", "my son"): somebody's it is, whether or not a name was found.
somebody if {
	"health" in input.content.categories
	some finding in input.content.findings
	finding.category == "health"
	finding.confidence == "high"
	data.sealpost.health_data.sure_is_enough
}

# Records of one patient.
somebody if {
	some record in ["hl7v2", "fhir", "cda", "dicom"]
	record in input.content.detectors
}

somebody if {
	"health" in input.content.categories
	data.sealpost.health_data.together == "message"
	count(identified) > 0
}

somebody if {
	"health" in input.content.categories
	data.sealpost.health_data.together == "document"
	some finding in input.content.findings
	finding.category == "health"
	finding.confidence in {"medium", "high"}
	finding.part in identified
}

# The documents in which something says who a person is.
identified := {finding.part |
	some finding in input.content.findings
	finding.category in {"personal", "contact"}
	finding.confidence in {"medium", "high"}
	not finding.detector in data.sealpost.health_data.no_identity
}
