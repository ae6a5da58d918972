# METADATA
# title: The organisation's own data
# description: |
#   Findings of category own: rows of the organisation's own tables
#   (exact-data), its words (keyword), and what plugins look for (malware).
#   What each demands is in data.sealpost.own_data, by detector; so are the
#   organisation's own detectors.
# scope: package
package sealpost.topic.own_data

import data.sealpost.seen

# METADATA
# title: Class of the organisation's own data
# description: The message is at least as sensitive as the lists say of what was found.
# custom:
#   id: own-data-class
class contains {
	"class": meaning.class,
	"rule": "own-data-class",
	"reason": meaning.reason,
} if {
	"own" in input.content.categories
	some meaning in meanings
}

# METADATA
# title: Demand of the organisation's own data
# description: What the lists demand for what was found, by kind of recipient.
# custom:
#   id: own-data
require contains {
	"level": seen.level(demand),
	"rule": "own-data",
	"reason": meaning.reason,
	"hold": demand == "hold",
} if {
	"own" in input.content.categories
	some meaning in meanings
	demand := meaning.demands[input.recipient.kind]
}

meanings contains meaning if {
	"own" in input.content.categories
	some finding in input.content.findings
	finding.confidence in {"medium", "high"}
	meaning := data.sealpost.own_data[finding.detector]
	finding.count >= meaning.from
}
