# METADATA
# title: Personal identifiers
# description: |
#   Numbers that identify a person or an account (national numbers, payment
#   cards, bank accounts). What is demanded grows with how many different ones
#   there are (data.sealpost.thresholds.identifiers).
# scope: package
package sealpost.topic.personal_data

# METADATA
# title: Identifiers are confidential
# description: From the first threshold on.
# custom:
#   id: identifiers-class
class contains {
	"class": "confidential",
	"rule": "identifiers-class",
	"reason": "The message holds personal identifiers.",
} if identifiers >= data.sealpost.thresholds.identifiers.tls

# METADATA
# title: Identifiers need TLS
# description: An encrypted connection, or no delivery.
# custom:
#   id: identifiers-tls
require contains {
	"level": "tls",
	"rule": "identifiers-tls",
	"reason": "Personal identifiers leave over encrypted connections only.",
} if {
	identifiers >= data.sealpost.thresholds.identifiers.tls
	input.recipient.kind != "local"
}

# METADATA
# title: Many identifiers need verified TLS
# description: The server's identity is verified as well.
# custom:
#   id: identifiers-verified-tls
require contains {
	"level": "verified-tls",
	"rule": "identifiers-verified-tls",
	"reason": "Many personal identifiers leave to verified servers only.",
} if {
	identifiers >= data.sealpost.thresholds.identifiers.verified_tls
	input.recipient.kind != "local"
}

# METADATA
# title: Identifiers to a public provider
# description: The content is encrypted, because TLS ends at the provider.
# custom:
#   id: identifiers-public-provider
require contains {
	"level": "content",
	"rule": "identifiers-public-provider",
	"reason": "Personal identifiers to a public mail provider need encrypted content.",
} if {
	identifiers >= data.sealpost.thresholds.identifiers.tls
	input.recipient.kind == "public-provider"
}

# METADATA
# title: Bulk of identifiers to a public provider
# description: A list of people or accounts doesn't go to a private mailbox.
# custom:
#   id: identifiers-bulk
require contains {
	"level": "forbidden",
	"rule": "identifiers-bulk",
	"reason": "So many personal identifiers may not be sent to a public mail provider.",
} if {
	identifiers >= data.sealpost.thresholds.identifiers.forbidden_to_public
	input.recipient.kind == "public-provider"
}

# How many different identifiers there are. Names, addresses and dates of
# birth belong to a person, too, but don't identify one by themselves.
identifiers := sum([finding.count |
	some finding in input.content.findings
	finding.category in {"personal", "financial"}
	finding.confidence in {"medium", "high"}
	not finding.detector in {"person-name", "postal-address", "date-of-birth"}
])
