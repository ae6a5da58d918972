# METADATA
# title: Card and account numbers
# description: |
#   What payment cards and bank accounts demand grows with how many different
#   ones there are (data.sealpost.financial_data). They also count as
#   identifiers (topic personal_data).
# scope: package
package sealpost.topic.financial_data

import data.sealpost.seen

# METADATA
# title: Card numbers are confidential
# description: From the first step of the lists on.
# custom:
#   id: card-numbers-class
class contains {
	"class": "confidential",
	"rule": "card-numbers-class",
	"reason": "The message holds card numbers.",
} if {
	"payment-card" in input.content.detectors
	card_demands
}

# METADATA
# title: Account numbers are confidential
# description: From the first step of the lists on.
# custom:
#   id: account-numbers-class
class contains {
	"class": "confidential",
	"rule": "account-numbers-class",
	"reason": "The message holds account numbers.",
} if {
	"financial" in input.content.categories
	account_demands
}

# METADATA
# title: Card numbers
# description: Numbers of payment cards, as PCI DSS speaks of them.
# custom:
#   id: card-numbers
require contains {
	"level": seen.level(demand),
	"rule": "card-numbers",
	"reason": "Card numbers need this much protection.",
	"hold": demand == "hold",
} if {
	"payment-card" in input.content.detectors
	demand := card_demands[input.recipient.kind]
}

# METADATA
# title: Account numbers
# description: IBAN and all other findings of category financial.
# custom:
#   id: account-numbers
require contains {
	"level": seen.level(demand),
	"rule": "account-numbers",
	"reason": "Account numbers need this much protection.",
	"hold": demand == "hold",
} if {
	"financial" in input.content.categories
	demand := account_demands[input.recipient.kind]
}

# What the highest step that is reached demands.
card_demands := steps[count(steps) - 1].demands if {
	"payment-card" in input.content.detectors
	steps := [step | some step in data.sealpost.financial_data.cards; cards >= step.from]
}

account_demands := steps[count(steps) - 1].demands if {
	"financial" in input.content.categories
	steps := [step | some step in data.sealpost.financial_data.accounts; accounts >= step.from]
}

cards := sum([finding.count |
	some finding in input.content.findings
	finding.detector == "payment-card"
	finding.confidence in {"medium", "high"}
])

accounts := sum([finding.count |
	some finding in input.content.findings
	finding.category == "financial"
	finding.detector != "payment-card"
	finding.confidence in {"medium", "high"}
])
