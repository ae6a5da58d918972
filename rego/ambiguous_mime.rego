# METADATA
# title: Mail that programs read differently
# description: |
#   Some mail shows other content to other programs, by mistake or to get past
#   a filter. Every reading is looked through, but the recipient may see what
#   nobody thought of. What each way to do so demands is in
#   data.sealpost.ambiguous_mime.
# scope: package
package sealpost.topic.ambiguous_mime

import data.sealpost.seen

# METADATA
# title: Ambiguous mail
# description: A demand for each class of ambiguity, for what we send and for what others send us.
# custom:
#   id: ambiguous-mime
require contains {
	"level": seen.level(demand),
	"rule": "ambiguous-mime",
	"reason": sprintf("Programs read the message differently (%s).", [class]),
	"hold": demand == "hold",
} if {
	input.content.ambiguous == true
	some class in ways
	demand := data.sealpost.ambiguous_mime.demands[class][seen.side][input.recipient.kind]
}

ways contains data.sealpost.ambiguous_mime.codes[code] if {
	input.content.ambiguous == true
	some code in input.content.problems
}

# Ambiguous, but none of the codes says why.
ways contains "other" if {
	input.content.ambiguous == true
	every code in input.content.problems {
		not data.sealpost.ambiguous_mime.codes[code]
	}
}
