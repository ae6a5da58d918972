# METADATA
# title: Decision
# description: |
#   Ranks what the topics demand and answers for one recipient. Topics only
#   add to sets; the most protective rule wins, and an override lifts the one
#   rule that it names, never another.
# scope: package
package sealpost.main

# Levels and classes, the most protective first. A word that isn't here comes
# before all of them, so that it reaches the answer and is refused there, not
# ignored.
level_order := {
	"forbidden": 1,
	"content": 2,
	"partner-tls": 3,
	"verified-tls": 4,
	"tls": 5,
	"opportunistic": 6,
}

class_order := {
	"strictly-confidential": 1,
	"confidential": 2,
	"internal": 3,
	"public": 4,
}

# How a level is reached when no topic says otherwise, in order of preference.
usual_treatments := {
	"opportunistic": [],
	"tls": ["tls"],
	"verified-tls": ["tls"],
	"partner-tls": ["tls"],
	"content": ["smime", "pgp", "pdf", "portal"],
	"forbidden": ["reject"],
}

# METADATA
# title: The answer for one recipient
# description: Undefined where anything is missing; that is no decision, and the mail waits.
# entrypoint: true
decision := {
	"class": class,
	"level": level,
	"treatments": treatments,
	"reasons": [{"rule": r.rule, "level": r.level, "text": r.reason} | some [_, r] in demands],
	"overridden": [{"rule": r.rule, "level": r.level, "text": r.reason} | some [_, r] in lifted],
	"notices": notices,
}

# METADATA
# title: Class of the message
# description: The most sensitive class that a topic names. It never depends on the recipient.
class := "public" if count(named_classes) == 0

else := min(named_classes)[1]

named_classes contains [order, c.class] if {
	some c in data.sealpost.topic[_].class
	order := object.get(class_order, c.class, 0)
}

# Every demand behind its order: the set begins with the most protective.
all_demands contains [order, r] if {
	some r in data.sealpost.topic[_].require
	order := object.get(level_order, object.get(r, "level", ""), 0)
}

overridden_rules contains o.rule if some o in data.sealpost.topic[_].override

demands := all_demands if count(overridden_rules) == 0

else := {d | some d in all_demands; not d[1].rule in overridden_rules}

# Only what would have changed something is reported as lifted.
lifted := {d |
	some rule in overridden_rules
	some d in all_demands
	d[1].rule == rule
	d[0] < min(demands)[0]
}

level := min(demands)[1].level

# Two topics that name different treatments for this level contradict each
# other; that is no decision.
treatments := [treatment(name, chosen) | some name in chosen.treatments] if {
	some chosen in named_treatments
	chosen.level == level
} else := [{"treatment": name} | some name in usual_treatments[level]]

named_treatments contains t if some t in data.sealpost.topic[_].treat_with

treatment(name, chosen) := {"treatment": name, "params": chosen.params[name]}

treatment(name, chosen) := {"treatment": name} if not chosen.params[name]

notices := [{"rule": n.rule, "text": n.reason} | some n in data.sealpost.topic[_].notify]
