# METADATA
# title: Exceptions
# description: |
#   An exception lifts one rule for one recipient domain until a day
#   (data.sealpost.exceptions). All other rules still hold.
# scope: package
package sealpost.topic.exceptions

# METADATA
# title: Agreed exception
# description: |
#   Holds on its last day, too. An exception may be bound to one sender, who
#   must have logged in: anybody can write any sender's address.
# custom:
#   id: exception
override contains {"rule": exception.rule, "reason": exception.reason} if {
	input.recipient.exceptions[0]
	some exception in input.recipient.exceptions
	input.now.date <= exception.until
	exception.sender in senders
}

senders contains ""

senders contains lower(input.sender.address) if input.sender.authenticated != ""
