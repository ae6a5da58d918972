# METADATA
# title: What could not be read
# description: |
#   Nobody knows what an unreadable part holds. What that demands is the
#   operator's choice, by how much was read (data.sealpost.unscannable) and by
#   what was in the way (data.sealpost.problems). Content that is encrypted
#   already is protected as it is.
# scope: package
package sealpost.topic.unscannable

import data.sealpost.seen

# METADATA
# title: Unreadable content
# description: The level for partly read messages and for those of which nothing could be read.
# custom:
#   id: unscannable
require contains {
	"level": data.sealpost.unscannable[input.content.scanned],
	"rule": "unscannable",
	"reason": "Some of the message could not be read, so that nobody knows what it holds.",
} if {
	input.content.scanned in {"partial", "none"}
	input.content.encrypted == ""
	input.recipient.kind != "local"
}

# METADATA
# title: What was in the way
# description: A demand for each class of problems, for what we send and for what others send us.
# custom:
#   id: unscannable-problem
require contains {
	"level": seen.level(demand),
	"rule": "unscannable-problem",
	"reason": sprintf("Some of the message could not be read (%s).", [class]),
	"hold": demand == "hold",
} if {
	input.content.problems[0]
	some class in obstacles
	demand := data.sealpost.problems.demands[class][seen.side][input.recipient.kind]
}

# A code that the lists don't know is of class "other"; one of the topic
# ambiguous_mime, or one that means no harm, is of none.
obstacles contains class if {
	input.content.problems[0]
	some code in input.content.problems
	not code in data.sealpost.problems.harmless
	not data.sealpost.ambiguous_mime.codes[code]
	class := object.get(data.sealpost.problems.codes, code, "other")
	not excused(class)
}

# What couldn't be read because it is encrypted is protected already.
excused(class) if {
	class == "encrypted"
	input.content.encrypted != ""
}
