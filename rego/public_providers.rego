# METADATA
# title: Public mail providers
# description: |
#   Behind an address at a public provider (gmail.com and the like) stands
#   nobody with whom anything was agreed, and TLS ends at the provider.
# scope: package
package sealpost.topic.public_providers

# METADATA
# title: Confidential mail to a public provider
# description: Its content is encrypted, because the provider itself can read all the rest.
# custom:
#   id: public-provider-confidential
require contains {
	"level": "content",
	"rule": "public-provider-confidential",
	"reason": "Confidential mail to a public mail provider needs encrypted content.",
} if {
	input.recipient.kind == "public-provider"
	data.sealpost.main.class in {"confidential", "strictly-confidential"}
}
