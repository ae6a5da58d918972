# METADATA
# title: Personal identifiers
# description: |
#   Numbers that identify a person or an account (national numbers, payment
#   cards, bank accounts). What is demanded grows with how many different ones
#   there are (data.sealpost.thresholds.identifiers).
# scope: package
package sealpost.topic.personal_data

import data.sealpost.seen

# METADATA
# title: Identifiers are confidential
# description: From the first threshold on.
# custom:
#   id: identifiers-class
class contains {
	"class": "confidential",
	"rule": "identifiers-class",
	"reason": "The message holds personal identifiers.",
} if {
	input.content.findings[0]
	identifiers >= data.sealpost.thresholds.identifiers.tls
}

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
	input.content.findings[0]
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
	input.content.findings[0]
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
	input.content.findings[0]
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
	input.content.findings[0]
	identifiers >= data.sealpost.thresholds.identifiers.forbidden_to_public
	input.recipient.kind == "public-provider"
}

# METADATA
# title: A name with a number
# description: |
#   A person's name together with a number that opens something: an identity
#   number, a card, an account (data.sealpost.personal_data). Laws of many
#   places speak of both together.
# custom:
#   id: name-and-number
require contains {
	"level": seen.level(demand),
	"rule": "name-and-number",
	"reason": "The message holds somebody's name together with a number of theirs.",
	"hold": demand == "hold",
} if {
	"personal" in input.content.categories
	demand := data.sealpost.personal_data.name_and_number.demands[input.recipient.kind]
	named_number
}

named_number if {
	"personal" in input.content.categories
	some name in input.content.findings
	name.detector in data.sealpost.personal_data.name_and_number.names
	name.confidence in {"medium", "high"}
	some number in input.content.findings
	number.detector in data.sealpost.personal_data.name_and_number.numbers
	number.confidence in {"medium", "high"}
}

# How many different identifiers there are. Names, addresses and dates of
# birth belong to a person, too, but don't identify one by themselves.
identifiers := sum([finding.count |
	some finding in input.content.findings
	finding.category in {"personal", "financial"}
	finding.confidence in {"medium", "high"}
	not finding.detector in {"person-name", "postal-address", "date-of-birth"}
])
