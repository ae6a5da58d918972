# METADATA
# title: Decision
# description: |
#   Ranks what the topics demand and answers for one recipient. Topics only
#   add to sets; the most protective rule wins, and an override lifts the one
#   rule that it names, never another. A sender's own override (one with "who")
#   never lifts what forbids: the copy is held until a second person releases it.
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
	"overrides": [o | some o in records],
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

overrides contains o if some o in data.sealpost.topic[_].override

demands := all_demands if count(overrides) == 0

else := all_demands - lifted_demands

# Agreed: an exception, say.
lifted_demands contains d if {
	some o in overrides
	object.get(o, "who", "") == ""
	some d in all_demands
	d[1].rule == o.rule
}

# By the sender.
lifted_demands contains d if {
	some o in overrides
	object.get(o, "who", "") != ""
	some d in all_demands
	d[1].rule == o.rule
	d[1].level != "forbidden"
}

# Only what would have changed something is reported as lifted.
lifted := {d |
	some o in overrides
	some d in lifted_demands
	d[1].rule == o.rule
	d[0] < min(demands)[0]
}

level := min(demands)[1].level

# What forbids until somebody releases it: demands that say "hold", and those
# that the sender may lift only together with a second person.
releasable contains d if {
	some d in demands
	d[1].level == "forbidden"
	object.get(d[1], "hold", false)
}

releasable contains d if {
	some o in overrides
	object.get(o, "who", "") != ""
	some d in demands
	d[1].level == "forbidden"
	d[1].rule == o.rule
}

releases contains {"rule": r.rule, "reason": r.reason} if some [_, r] in releasable

# The copy is held if everything that forbids it can be released. What then
# holds is the most protective of all other demands.
held := {"release": releases, "then": then} if {
	then := min(demands - releasable)[1].level
	then != "forbidden"
}

# Two topics that name different treatments for this level contradict each
# other; that is no decision.
treatments := [{"treatment": "quarantine", "params": held}, {"treatment": "reject"}] if {
	level == "forbidden"
	held
} else := [treatment(name, chosen) | some name in chosen.treatments] if {
	some chosen in named_treatments
	chosen.level == level
} else := [{"treatment": name} | some name in usual_treatments[level]]

named_treatments contains t if some t in data.sealpost.topic[_].treat_with

treatment(name, chosen) := {"treatment": name, "params": chosen.params[name]}

treatment(name, chosen) := {"treatment": name} if not chosen.params[name]

notices := [{"rule": n.rule, "text": n.reason} | some n in data.sealpost.topic[_].notify]

# What senders wanted lifted, and what became of it.
records contains {"rule": o.rule, "who": o.who, "justification": o.justification, "state": "lifted", "text": o.reason} if {
	some o in overrides
	object.get(o, "who", "") != ""
	some d in lifted_demands
	d[1].rule == o.rule
}

records contains {"rule": o.rule, "who": o.who, "justification": o.justification, "state": state, "text": o.reason} if {
	some o in overrides
	object.get(o, "who", "") != ""
	some [_, r] in demands
	r.level == "forbidden"
	r.rule == o.rule
}

records contains {"rule": o.rule, "who": o.who, "justification": "", "state": "ignored", "text": o.reason} if some o in not_counted

not_counted contains o if some o in data.sealpost.topic[_].ignored

default state := "not-lifted"

state := "held" if held
