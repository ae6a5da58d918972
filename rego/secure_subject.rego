# METADATA
# title: Secure subject
# description: |
#   A sender asks for encryption by beginning the subject with an agreed word,
#   "(SECURE)" for instance. Words of all languages always count, in capitals
#   or not, also after the marks of replies and forwarded mail.
# scope: package
package sealpost.topic.secure_subject

# METADATA
# title: Sender asked for encryption
# description: The whole message, text and attachments, leaves with encrypted content only.
# custom:
#   id: secure-subject
require contains {
	"level": "content",
	"rule": "secure-subject",
	"reason": "The subject asks for an encrypted message.",
} if {
	asked
	input.recipient.kind != "local"
}

# METADATA
# title: Who asks for encryption has something confidential
# description: A message sent securely is at least confidential.
# custom:
#   id: secure-subject-class
class contains {
	"class": "confidential",
	"rule": "secure-subject-class",
	"reason": "The subject asks for an encrypted message.",
} if asked

asked if regex.match(opening, lower(input.message.subject))

# Marks of replies, and then one of the words as it stands there; all in small
# letters.
opening := sprintf(`%s(?:%s)`, [reply_marks, concat("|", [quoted |
	some word in data.sealpost.secure_subject.words
	quoted := sprintf(`\Q%s\E`, [lower(word)])
])])

# "Re:", "AW:", "Fwd [2]:" and the like at the beginning, in small letters.
reply_marks := concat("", [
	`^([\s\p{Z}\p{Cf}]*(`,
	concat("|", data.sealpost.secure_subject.reply_prefixes),
	`)\s*([\[(]\d{1,3}[\])])?\s*[:：])*[\s\p{Z}\p{Cf}]*`,
])
