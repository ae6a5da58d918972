# METADATA
# title: Secrets
# description: Private keys, passwords and API keys (data.sealpost.secrets).
# scope: package
package sealpost.topic.secrets

# METADATA
# title: Secrets are confidential
# description: One finding of high confidence is enough.
# custom:
#   id: secrets-class
class contains {
	"class": "confidential",
	"rule": "secrets-class",
	"reason": "The message holds a password or key.",
} if {
	"secret" in input.content.categories
	found
}

# METADATA
# title: Secrets leave encrypted
# description: Whoever reads the mail on its way could use them.
# custom:
#   id: secrets
require contains {
	"level": data.sealpost.secrets[input.recipient.kind],
	"rule": "secrets",
	"reason": "Passwords and keys leave with encrypted content only.",
} if {
	"secret" in input.content.categories
	found
}

found if {
	"secret" in input.content.categories
	some finding in input.content.findings
	finding.category == "secret"
	finding.confidence == "high"
}
