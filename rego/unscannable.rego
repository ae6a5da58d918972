# METADATA
# title: What could not be read
# description: |
#   Nobody knows what an unreadable part holds. What that demands is the
#   operator's choice (data.sealpost.unscannable). Content that is
#   encrypted already is protected as it is.
# scope: package
package sealpost.topic.unscannable

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
