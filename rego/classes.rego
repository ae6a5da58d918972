# METADATA
# title: Floors of the classes
# description: |
#   The least that each class needs, by kind of recipient
#   (data.sealpost.classes). Rules of other topics demand more for what they
#   found; this one still holds where an exception or override lifts them.
# scope: package
package sealpost.topic.classes

# METADATA
# title: Floor of the class
# description: Strictly confidential mail never leaves in clear, whatever is lifted.
# custom:
#   id: class-floor
require contains {
	"level": data.sealpost.classes[data.sealpost.main.class][input.recipient.kind],
	"rule": "class-floor",
	"reason": "Mail of this class needs this protection at least.",
}
