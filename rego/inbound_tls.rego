# METADATA
# title: Mail from outside over TLS
# description: |
#   Whether the server that handed a message in used encryption that is good
#   enough, and what it demands if not: of everybody, or of domains with which
#   that was agreed (data.sealpost.inbound_tls).
# scope: package
package sealpost.topic.inbound_tls

import data.sealpost.seen

# METADATA
# title: It came without encryption
# description: The sender's server did not use TLS.
# custom:
#   id: inbound-tls
require contains {
	"level": seen.level(demand),
	"rule": "inbound-tls",
	"reason": "The message came over a connection without encryption.",
	"hold": demand == "hold",
} if {
	input.message.direction == "inbound"
	input.sender.client.ip != ""
	not input.sender.client.tls
}

# METADATA
# title: It came with weak encryption
# description: TLS of a version or strength that the lists don't accept.
# custom:
#   id: inbound-tls-weak
require contains {
	"level": seen.level(demand),
	"rule": "inbound-tls-weak",
	"reason": "The message came over a connection with weak encryption.",
	"hold": demand == "hold",
} if {
	input.message.direction == "inbound"
	input.sender.client.ip != ""
	weak
}

weak if {
	input.message.direction == "inbound"
	version := input.sender.client.tls.version
	not version in data.sealpost.inbound_tls.versions
}

weak if {
	input.message.direction == "inbound"
	input.sender.client.tls.bits < data.sealpost.inbound_tls.min_bits
}

demand := object.get(data.sealpost.inbound_tls.from, input.sender.domain, data.sealpost.inbound_tls.anybody) if {
	input.message.direction == "inbound"
}
