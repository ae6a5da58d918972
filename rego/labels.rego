# METADATA
# title: Labels
# description: |
#   What people and their programs say of a message: sensitivity labels and the
#   header field Sensitivity. What each label means, in all languages, is in
#   data.sealpost.labels, in small letters.
# scope: package
package sealpost.topic.labels

import data.sealpost.seen

# METADATA
# title: Class of the label
# description: The message is at least as sensitive as its label says.
# custom:
#   id: label-class
class contains {
	"class": meaning.class,
	"rule": "label-class",
	"reason": "The message is labelled so.",
} if {
	input.message.labels[0]
	some meaning in meanings
}

# METADATA
# title: Demand of the label
# description: What the lists demand for the label, by kind of recipient.
# custom:
#   id: label
require contains {
	"level": seen.level(demand),
	"rule": "label",
	"reason": "The label of the message demands it.",
	"hold": demand == "hold",
} if {
	input.message.labels[0]
	some meaning in meanings
	demand := meaning.demands[input.recipient.kind]
}

meanings contains meaning if {
	input.message.labels[0]
	some label in input.message.labels
	meaning := data.sealpost.labels[lower(trim_space(label))]
}
