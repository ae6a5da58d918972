# METADATA
# title: Levels for the cases
# description: A local part that begins with a level's name demands that level.
# scope: package
package sealpost.topic.case_levels

# METADATA
# title: Level by local part
# description: The address tls.bob@business.example needs the level tls.
# custom:
#   id: case-level
require contains {
	"level": level,
	"rule": "case-level",
	"reason": "The case asks for it.",
} if {
	some level in ["tls", "verified-tls", "partner-tls", "content", "forbidden"]
	startswith(input.recipient.address, concat("", [level, "."]))
}

# METADATA
# title: Treatment of content
# description: The test plugin stands for every way to encrypt content.
# custom:
#   id: case-treatment
treat_with contains {
	"level": "content",
	"treatments": ["pdf"],
	"rule": "case-treatment",
}
