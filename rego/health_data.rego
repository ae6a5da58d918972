# METADATA
# title: Health data
# description: |
#   Health data is strictly confidential. TLS isn't enough for it, whoever
#   receives it outside: the content must be encrypted.
# scope: package
package sealpost.topic.health_data

# METADATA
# title: Health data is strictly confidential
# description: One finding of at least medium confidence is enough.
# custom:
#   id: health-data-class
class contains {
	"class": "strictly-confidential",
	"rule": "health-data-class",
	"reason": "The message holds health data.",
} if found

# METADATA
# title: Health data leaves encrypted
# description: For every recipient outside the organisation, partners too.
# custom:
#   id: health-data
require contains {
	"level": "content",
	"rule": "health-data",
	"reason": "Health data leaves with encrypted content only.",
} if {
	found
	input.recipient.kind != "local"
}

found if {
	some finding in input.content.findings
	finding.category == "health"
	finding.confidence in {"medium", "high"}
}
