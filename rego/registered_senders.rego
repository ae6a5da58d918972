# METADATA
# title: Registered senders
# description: |
#   Where it is switched on (data.sealpost.registered_senders), only senders
#   who are registered and have logged in may send outside.
# scope: package
package sealpost.topic.registered_senders

# METADATA
# title: Only registered senders
# description: Whoever isn't listed, or writes a listed address without having logged in, sends nothing outside.
# custom:
#   id: registered-sender
require contains {
	"level": "forbidden",
	"rule": "registered-sender",
	"reason": "Only registered senders who have logged in may send to recipients outside.",
} if {
	data.sealpost.registered_senders.required == true
	input.message.direction == "outbound"
	input.recipient.kind != "local"
	not registered
}

registered if {
	proven
	data.sealpost.registered_senders.senders[lower(input.sender.address)]
}

registered if {
	proven
	data.sealpost.registered_senders.domains[input.sender.domain]
}

# The mail server's own notices have no sender, and come from no client.
registered if {
	input.sender.address == ""
	input.sender.client.ip == ""
}

proven if input.sender.authenticated != ""

proven if not data.sealpost.registered_senders.login
