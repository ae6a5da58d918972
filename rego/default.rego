# METADATA
# title: Default
# description: What holds when no other rule demands more.
# scope: package
package sealpost.topic.default_level

# METADATA
# title: Opportunistic TLS
# description: Mail goes encrypted where the other side offers it.
# custom:
#   id: default
require contains {
	"level": "opportunistic",
	"rule": "default",
	"reason": "Every message travels over TLS where the other side offers it.",
}
