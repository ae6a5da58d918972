# METADATA
# title: Partners
# description: |
#   Mail to a registered partner domain travels as was agreed with the
#   partner (data.sealpost.partners), with nothing for the user to do.
# scope: package
package sealpost.topic.partner_tls

# METADATA
# title: Agreed with the partner
# description: |
#   The partner's level holds for every message to its domains. With a public
#   mail provider anything but partner-tls may be agreed.
# custom:
#   id: partner-agreement
require contains {
	"level": input.recipient.partner.level,
	"rule": "partner-agreement",
	"reason": sprintf("Agreed with the partner %s.", [input.recipient.partner.name]),
} if input.recipient.partner
