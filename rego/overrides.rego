# METADATA
# title: Overrides by senders
# description: |
#   A sender who has logged in, and whom the lists allow it
#   (data.sealpost.overrides), lifts one rule for one message by a tag in the
#   subject, "[override RULE: justification]", or a header field,
#   "X-Sealpost-Override: RULE: justification". Every other rule still holds. A
#   rule that forbids is not lifted: the copy is held until a second person
#   releases it.
# scope: package
package sealpost.topic.overrides

# METADATA
# title: Override by the sender
# description: The rule is lifted for this message, and who wanted it and why is recorded.
# custom:
#   id: sender-override
override contains {
	"rule": rule,
	"who": input.sender.authenticated,
	"justification": why,
	"reason": "Asked for by the sender of the message.",
} if {
	input.message.overrides[0]
	some [rule, why] in asked
	allowed(rule)
	justified(why)
}

# METADATA
# title: Override that doesn't count
# description: Recorded with the reason; nothing is lifted by it.
# custom:
#   id: ignored-override
ignored contains {
	"rule": listed(rule),
	"who": input.sender.authenticated,
	"reason": reason,
} if {
	input.message.overrides[0]
	some [rule, why] in asked
	reason := refusal(rule, why)
}

# METADATA
# title: The sender hears of it
# description: Senders of ours who have logged in are told that their override doesn't count. Nobody else is.
# custom:
#   id: override-not-used
notify contains {
	"rule": "override-not-used",
	"reason": reason,
} if {
	input.sender.authenticated != ""
	input.message.overrides[0]
	some [rule, why] in asked
	reason := refusal(rule, why)
}

# What the message asks for: rules with justifications. The words of tags may
# be those of any language; that of the header field is "override".
asked contains [lower(found[1]), trim_space(found[2])] if {
	input.message.overrides[0]
	some text in input.message.overrides
	some found in regex.find_all_string_submatch_n(tag, text, 1)
}

tag := sprintf(`(?i)^\s*(?:override|%s)\s+([\w-]{1,64})\s*:\s*([^\r\n]{0,500})`, [concat("|", data.sealpost.overrides.tags)])

refusal(_, _) := "The override doesn't count: its sender has not logged in." if input.sender.authenticated == ""

refusal(rule, _) := "The override doesn't count: its sender may not lift this rule." if {
	input.sender.authenticated != ""
	not allowed(rule)
}

refusal(rule, why) := "The override doesn't count: it needs a justification that says more." if {
	allowed(rule)
	not justified(why)
}

# Who may lift the rule is listed by login, which was proven, not by address.
# Mail from outside lifts nothing, whoever has logged in.
allowed(rule) if {
	input.sender.authenticated != ""
	input.message.direction != "inbound"
	some who in [input.sender.authenticated, "*"]
	data.sealpost.overrides.may[rule][who]
}

justified(why) if count(why) >= data.sealpost.overrides.justification

# Only names from the lists are repeated, not any text of the message.
listed(rule) := rule if data.sealpost.overrides.may[rule]

listed(rule) := "unknown" if not data.sealpost.overrides.may[rule]
