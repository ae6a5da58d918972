package sealpost.topic.overrides_test

import data.sealpost.topic.overrides

lists := {
	"tags": ["ausnahme"],
	"justification": 10,
	"may": {"health-data": {"anna": true}, "identifiers-tls": {"*": true}},
}

asking(text, login, direction) := {
	"message": {"overrides": [text], "direction": direction, "subject": "Results"},
	"sender": {"authenticated": login, "address": "anna@home.example"},
}

good := "override health-data: asked for by the patient"

lifted(m) := found if {
	found := {[o.rule, o.who, o.justification] | some o in overrides.override} with input as m
		with data.sealpost.overrides as lists
}

ignored(m) := found if {
	found := {[o.rule, o.who] | some o in overrides.ignored} with input as m with data.sealpost.overrides as lists
}

told(m) := found if {
	found := count(overrides.notify) with input as m with data.sealpost.overrides as lists
}

test_an_authorised_sender_lifts_one_rule if {
	m := asking(good, "anna", "outbound")
	lifted(m) == {["health-data", "anna", "asked for by the patient"]}
	ignored(m) == set()
	told(m) == 0
}

test_words_and_case if {
	every text in [
		"Override HEALTH-DATA: asked for by the patient",
		"  ausnahme  health-data : asked for by the patient",
	] {
		lifted(asking(text, "anna", "outbound")) == {["health-data", "anna", "asked for by the patient"]}
	}
}

test_a_rule_that_anybody_may_lift if {
	lifted(asking("override identifiers-tls: partner has no TLS", "carl", "outbound")) == {["identifiers-tls", "carl", "partner has no TLS"]}
}

# The negative twins: each misses one thing.
test_without_a_login if {
	m := asking(good, "", "outbound")
	lifted(m) == set()
	ignored(m) == {["health-data", ""]}
	told(m) == 0
}

test_from_outside if {
	m := asking(good, "anna", "inbound")
	lifted(m) == set()
	ignored(m) == {["health-data", "anna"]}
}

test_by_somebody_else if {
	m := asking(good, "bert", "outbound")
	lifted(m) == set()
	ignored(m) == {["health-data", "bert"]}
	told(m) == 1
}

# Whose address it claims to be doesn't matter.
test_by_address if {
	lifted(asking(good, "anna@home.example", "outbound")) == set()
}

test_without_a_justification if {
	every text in ["override health-data: ", "override health-data:because"] {
		m := asking(text, "anna", "outbound")
		lifted(m) == set()
		ignored(m) == {["health-data", "anna"]}
		told(m) == 1
	}
}

test_of_a_rule_that_is_not_listed if {
	m := asking("override secrets: this is only a test", "anna", "outbound")
	lifted(m) == set()
	ignored(m) == {["unknown", "anna"]}
}

# "*" in the lists is anybody; a login of that name is no rule's.
test_names_are_taken_as_they_are if {
	lifted(asking(good, "*", "outbound")) == set()
	lifted(asking("override *: asked for by the patient", "anna", "outbound")) == set()
}

test_other_tags if {
	every text in ["JIRA-123: login page", "override", "no override health-data: asked for by the patient"] {
		m := asking(text, "anna", "outbound")
		lifted(m) == set()
		ignored(m) == set()
		told(m) == 0
	}
}
